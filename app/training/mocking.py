"""Mock exams (模拟考试): an exam's own page, filled from the practice half, and what to expect.

A mock's attempt has a blueprint and an exam code of its own, so that it never stands among an
exam's: not in its statistics, not in a certification. What was foretold is kept when it starts;
afterwards it can be compared with what came.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from flask import current_app
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bank import queries as bank_queries
from app.bank import services as bank
from app.bank.models import BlueprintVersion
from app.certification import queries as certification
from app.core.config import Settings
from app.core.errors import ConflictError, NotFoundError
from app.core.hashing import digest
from app.exams import drawing
from app.exams.models import Attempt
from app.exams.services import start_attempt
from app.exams.terms import Arrangement, ExamTerms
from app.training import queries
from app.training.models import MockExam
from app.training.pool import calibrated_curves, practice_pool
from app.training.profiles import SkillProfile
from certificates.programmes import CertificationProgramme
from question_bank.assembly import assemble_form
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.errors import InfeasibleBlueprintError
from question_bank.mastery import whole_posterior
from question_bank.mocks import MockPlan, mock_plan, practice_bank
from question_bank.passing import LEAST_ANSWERS, PassForecast, pass_forecast, typical_form

logger = logging.getLogger(__name__)

EXAM_CODE = "mock:"
"""How the exam codes of mocks begin; the level follows."""

ACTOR = "system:training"

PLANS_KEPT = 60


class MockUnavailableError(ConflictError):
    """Raised when the practice half cannot fill even a short mock of an exam."""

    code = "mock_unavailable"


@dataclass(frozen=True)
class MockOffer:
    """A mock that a person may sit.

    Attributes:
        level: Of the exam.
        title: Of the programme.
        exam: The exam's blueprint.
        plan: What the mock looks like; None if the practice half is too small.
        limit_s: Time limit of the mock.
        exam_limit_s: Of the exam.
        cut_fraction: The exam's cut.
        forecast: What to expect of the exam today; None with too few answers.
    """

    level: str
    title: str
    exam: ExamBlueprint
    plan: MockPlan | None
    limit_s: int
    exam_limit_s: int
    cut_fraction: float
    forecast: PassForecast | None


@dataclass(frozen=True)
class SatMock:
    """A mock that was begun: its record and its attempt."""

    mock: MockExam
    attempt: Attempt

    @property
    def chance(self) -> float | None:
        return None if self.mock.forecast is None else float(self.mock.forecast["chance"])


def offers_of(db_session: Session, profile: SkillProfile, *, now: datetime) -> list[MockOffer]:
    """Return the mock of each level's exam with what the person may expect of it."""
    return [
        offer_of(db_session, profile, programme, now=now) for programme in _programmes(db_session)
    ]


def offer_of(
    db_session: Session, profile: SkillProfile, programme: CertificationProgramme, *, now: datetime
) -> MockOffer:
    """Return the mock of one programme's exam."""
    exam = bank_queries.blueprint_of(db_session, programme.theory.blueprint_ref)
    plan = plan_of(db_session, exam)
    limit_s = programme.theory.minutes * 60
    cut = programme.theory.cut_fraction
    return MockOffer(
        programme.level.value,
        programme.title,
        exam,
        plan,
        limit_s if plan is None else plan.limit_s(limit_s),
        limit_s,
        cut,
        forecast_of(db_session, profile, exam, cut, now=now),
    )


_PLANS: dict[str, MockPlan | None] = {}
"""Plans by what they follow from: to prove that a blueprint can be filled takes a while."""


def plan_of(db_session: Session, exam: ExamBlueprint) -> MockPlan | None:
    """Return what a mock of an exam looks like today."""
    held = _practice_bank(db_session)
    known = digest([exam.model_dump(mode="json"), sorted(one.ref for one in held)])
    if known not in _PLANS:
        if len(_PLANS) >= PLANS_KEPT:
            _PLANS.clear()
        _PLANS[known] = mock_plan(exam, held)
    return _PLANS[known]


def _practice_bank(db_session: Session) -> ItemBank:
    items = list(practice_pool(db_session).items.values())
    case_ids = {one.case_id for one in items if one.case_id is not None}
    return practice_bank(items, bank_queries.newest_cases(db_session, case_ids))


def forecast_of(
    db_session: Session,
    profile: SkillProfile,
    exam: ExamBlueprint,
    cut_fraction: float,
    *,
    now: datetime,
) -> PassForecast | None:
    """Return what a person may expect of an exam today; None with too few answers."""
    weights, answers = whole_posterior(profile.evidence, now=now)
    if answers < LEAST_ANSWERS:
        return None
    pool = practice_pool(db_session)
    items = [one for one in pool.items.values() if one.level == exam.level]
    form = typical_form(exam, items, calibrated_curves(db_session))
    if not form:
        return None
    return pass_forecast(weights, form, cut_fraction, answers=round(answers))


def programme_of_level(db_session: Session, level: str) -> CertificationProgramme:
    """Return the programme whose exam is practised at a level.

    Raises:
        NotFoundError: If there is none.
    """
    found = [one for one in _programmes(db_session) if one.level.value == level]
    if not found:
        raise NotFoundError(f"no programme of level {level}")
    return found[0]


def draw_mock(db_session: Session, person_id: int, plan: MockPlan) -> list[list[object]]:
    """Draw a form of a mock; takes up to a second, so never inside a transaction.

    What the person saw in the last mock is left out where enough is left.

    Returns:
        `[[item_ref, [choice ids in order]], …]`.
    """
    last = queries.mocks_of(db_session, person_id)[:1]
    seen: frozenset[str] = frozenset()
    if last:
        seen = drawing.item_ids(db_session.get_one(Attempt, last[0].attempt_id).form)
    bank_now, seed = _practice_bank(db_session), secrets.token_bytes(32)
    try:
        form = assemble_form(bank_now, plan.blueprint, seed=seed, avoid=seen)
    except InfeasibleBlueprintError:
        form = assemble_form(bank_now, plan.blueprint, seed=seed)
    pairs = zip(form.items, form.choice_orders, strict=True)
    return [[ref, list(order)] for ref, order in pairs]


def start_mock(
    db_session: Session,
    person_id: int,
    offer: MockOffer,
    form: Sequence[Sequence[object]],
    *,
    now: datetime,
) -> Attempt:
    """Start a mock exam, or return the one of its level that the person is in.

    Args:
        db_session: The session of the caller's transaction.
        person_id: Who practises.
        offer: The mock, as the page offered it.
        form: As it was drawn, `[[item_ref, [choice ids]], …]`.
        now: The moment (aware).

    Raises:
        MockUnavailableError: If there is no mock of this exam.
    """
    if offer.plan is None:
        raise MockUnavailableError(f"level {offer.level}")
    settings: Settings = current_app.config["SETTINGS"]
    blueprint = _published(db_session, offer.plan.blueprint, now=now)
    terms = ExamTerms(
        exam_code=EXAM_CODE + offer.level,
        programme_ref="",
        title=gettext("模拟考试 · %(title)s", title=offer.title),
        blueprint_ref=blueprint.ref,
        limit_s=offer.limit_s,
        cut_fraction=offer.cut_fraction,
        is_demo=settings.is_demo,
    )
    held = [list(entry) for entry in form]
    attempt = start_attempt(
        db_session, person_id, terms, now=now, arrangement=Arrangement(form=held)
    )
    known = db_session.scalar(select(MockExam.id).where(MockExam.attempt_id == attempt.id))
    if known is None:
        db_session.add(
            MockExam(
                attempt_id=attempt.id,
                person_id=person_id,
                level=offer.level,
                exam_blueprint_ref=offer.exam.ref,
                length_fraction=offer.plan.length_fraction,
                forecast=None if offer.forecast is None else asdict(offer.forecast),
                at=now,
            )
        )
        db_session.flush()
    return attempt


def sat_mocks(db_session: Session, person_id: int) -> list[SatMock]:
    """Return the person's mocks, newest first, each with its attempt."""
    mocks = queries.mocks_of(db_session, person_id)
    ids = [one.attempt_id for one in mocks]
    attempts = {
        one.id: one for one in db_session.scalars(select(Attempt).where(Attempt.id.in_(ids)))
    }
    return [SatMock(one, attempts[one.attempt_id]) for one in mocks]


def _programmes(db_session: Session) -> list[CertificationProgramme]:
    """Return the newest programme of each level that certifies, juniors first."""
    newest: dict[str, CertificationProgramme] = {}
    for one in certification.programmes(db_session):
        if not one.is_demo:
            newest[one.level.value] = one
    order = ("junior", "intermediate", "senior")
    return [newest[level] for level in order if level in newest]


def _published(db_session: Session, blueprint: ExamBlueprint, *, now: datetime) -> ExamBlueprint:
    """Return the mock's blueprint as a published version; another length gets another version."""
    rows = db_session.scalars(
        select(BlueprintVersion)
        .where(BlueprintVersion.blueprint_id == blueprint.id)
        .order_by(BlueprintVersion.version)
    ).all()
    for row in rows:
        held = ExamBlueprint.model_validate(row.body)
        if held.model_copy(update={"version": 1}) == blueprint.model_copy(update={"version": 1}):
            return held
    version = rows[-1].version + 1 if rows else 1
    fresh = blueprint.model_copy(update={"version": version})
    bank.publish_blueprint(db_session, fresh, actor=ACTOR, now=now)
    return fresh
