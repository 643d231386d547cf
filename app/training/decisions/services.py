"""Begin and answer decisions; write, weigh, publish and retire them; make items of them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.bank.workshop.drafting import add_draft
from app.bank.workshop.models import ItemDraft
from app.bank.workshop.opening import sheet_of_body
from app.bank.workshop.sheets import with_first_rows
from app.core.audit.services import record_act
from app.core.errors import InvalidInputError
from app.core.ids import new_public_id
from app.studio.queries import public_scenario_of, scenario_of
from app.training.decisions import queries
from app.training.decisions.errors import (
    AnsweredError,
    CodeTakenError,
    DraftedError,
    MomentRefusedError,
    NotStartedError,
    NotWeighedError,
    OwnCaseError,
    PublishedError,
    TimeOverError,
)
from app.training.decisions.models import DecisionAnswer, DecisionCase, DecisionStart
from question_bank.items import Cognitive, ItemKind, Pool, Topic
from simulations.decisions import (
    ANSWER_S,
    ChoiceWorth,
    DecisionError,
    DecisionMoment,
    check_moment,
)
from simulations.scenarios import Scenario
from simulations.skills import SkillId

logger = logging.getLogger(__name__)

GRACE_S = 5
"""Added to the ninety seconds for the way of the answer."""

TOPIC = {
    SkillId.TRAFFIC: Topic.TRAFFIC,
    SkillId.SELECTION: Topic.SUPPLY,
    SkillId.STOCK: Topic.SUPPLY,
    SkillId.COMPLIANCE: Topic.COMPLIANCE,
    SkillId.FORECAST: Topic.DATA_REVIEW,
}
"""Topic of the item that is made of a decision; live operations for every other skill."""


def time_is_over(started_at: datetime, now: datetime) -> bool:
    """Say whether the ninety seconds and their grace have passed."""
    return now > started_at + timedelta(seconds=ANSWER_S + GRACE_S)


def start(db_session: Session, case: DecisionCase, person_id: int, *, now: datetime) -> None:
    """Begin the ninety seconds; who has begun goes on with their own."""
    db_session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    if queries.start_or_none(db_session, case.id, person_id) is None:
        db_session.add(DecisionStart(case_id=case.id, person_id=person_id, started_at=now))
        db_session.flush()


def answer(
    db_session: Session,
    case: DecisionCase,
    person_id: int,
    choice: int,
    *,
    day: date,
    now: datetime,
) -> None:
    """Keep an answer; the same one twice is one.

    Args:
        db_session: The session of the caller's transaction.
        case: A published case.
        person_id: Who answers.
        choice: Position of the answer, from 0.
        day: Today in Beijing; kept where the case is today's.
        now: The moment (aware).

    Raises:
        InvalidInputError: If the case has no such answer.
        NotStartedError: If they have not begun.
        AnsweredError: If they gave another answer before.
        TimeOverError: If the time is over.
    """
    if not 0 <= choice < len(queries.moment_of(case).choices):
        raise InvalidInputError(f"choice {choice}", [{"field": "choice", "code": "unknown"}])
    db_session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    held = queries.start_or_none(db_session, case.id, person_id)
    if held is None:
        raise NotStartedError(f"{case!r} by person {person_id}")
    begun, given = held
    if given is not None:
        if given.choice == choice:
            return
        raise AnsweredError(f"{case!r} by person {person_id}")
    if time_is_over(begun.started_at, now):
        raise TimeOverError(f"{case!r} by person {person_id}")
    of_day = queries.case_of_day(queries.published_cases(db_session), day)
    db_session.add(
        DecisionAnswer(
            start_id=begun.id,
            case_id=case.id,
            choice=choice,
            day=day if of_day is not None and of_day.id == case.id else None,
            answered_at=now,
        )
    )
    db_session.flush()


def checked(db_session: Session, moment: DecisionMoment) -> Scenario:
    """Return the room of a moment that fits it.

    Raises:
        NotFoundError: If the room is not there or not for practice: rooms of contests and
            examinations give nothing away.
        MomentRefusedError: If the room does not take it; its code says why.
    """
    scenario = scenario_of(db_session, moment.scenario)
    public_scenario_of(db_session, scenario.id)
    try:
        check_moment(scenario, moment)
    except DecisionError as error:
        refused = MomentRefusedError(str(error), [{"field": "choices", "code": error.code}])
        if error.code == "too_late":
            refused.code = "decision_too_late"
        raise refused from error
    return scenario


def add_case(
    db_session: Session,
    moment: DecisionMoment,
    content_hash: str,
    *,
    author_id: int | None,
    actor: str,
    now: datetime,
    worths: Sequence[ChoiceWorth] = (),
) -> DecisionCase:
    """Add a case that was checked; it waits to be weighed unless its worths are known.

    Raises:
        CodeTakenError: If another case has its code.
    """
    case = DecisionCase(
        code=moment.id,
        body=moment.model_dump(mode="json"),
        content_hash=content_hash,
        worths=[one.to_dict() for one in worths] or None,
        author_id=author_id,
        created_at=now,
    )
    try:
        with db_session.begin_nested():
            db_session.add(case)
    except IntegrityError as error:
        raise CodeTakenError(moment.id) from error
    _audit(db_session, case, "written", actor=actor, now=now)
    return case


def set_worths(db_session: Session, case_id: int, worths: Sequence[ChoiceWorth]) -> None:
    """Keep what the twin says of a case's answers."""
    case = db_session.get_one(DecisionCase, case_id, with_for_update=True)
    case.worths = [one.to_dict() for one in worths]
    db_session.flush()
    logger.info("%r weighed", case)


def publish(
    db_session: Session, case: DecisionCase, *, person_id: int | None, actor: str, now: datetime
) -> None:
    """Publish a weighed case; another person than its author does.

    Raises:
        PublishedError: If it is published.
        NotWeighedError: If its answers have no worth yet.
        OwnCaseError: If the author would.
    """
    if case.published_at is not None:
        raise PublishedError(repr(case))
    if case.worths is None:
        raise NotWeighedError(repr(case))
    if case.author_id is not None and case.author_id == person_id:
        raise OwnCaseError(repr(case))
    case.published_at, case.published_by = now, actor
    db_session.flush()
    _audit(db_session, case, "published", actor=actor, now=now)


def retire(db_session: Session, case: DecisionCase, *, actor: str, now: datetime) -> None:
    """Take a case out of use; its answers stay."""
    if case.retired_at is None:
        case.retired_at = now
        db_session.flush()
        _audit(db_session, case, "retired", actor=actor, now=now)


def draft_item(
    db_session: Session, case: DecisionCase, *, author_id: int, actor: str, now: datetime
) -> ItemDraft:
    """Begin an item of a case in the workshop: stem, choices, key and reasons are filled in.

    The key is the answer worth most. The author goes on from there; two others read it as ever.

    Raises:
        NotWeighedError: If the case has no worths.
        DraftedError: If an item was made of it before.
    """
    if case.item_draft_id is not None:
        raise DraftedError(repr(case))
    if case.worths is None:
        raise NotWeighedError(repr(case))
    moment = queries.moment_of(case)
    scenario = scenario_of(db_session, moment.scenario)
    body = item_body(moment, queries.worths_of_case(case), scenario)
    item_id = f"{scenario.level}-{str(body['topic']).replace('_', '-')}-{new_public_id()[:6]}"
    draft = add_draft(
        db_session,
        item_id,
        None,
        with_first_rows(sheet_of_body(body)),
        author_id=author_id,
        actor=actor,
        now=now,
        origin="new",
    )
    case.item_draft_id = draft.public_id
    db_session.flush()
    _audit(db_session, case, "drafted", actor=actor, now=now)
    return draft


def item_body(
    moment: DecisionMoment, worths: Sequence[ChoiceWorth], scenario: Scenario
) -> dict[str, Any]:
    """Return a case as the body of a single-choice item."""
    letters = "abcde"[: len(moment.choices)]
    best = max(range(len(worths)), key=lambda at: worths[at].net_fen)
    return {
        "kind": ItemKind.SINGLE_CHOICE.value,
        "topic": TOPIC.get(moment.skill, Topic.LIVE_OPS).value,
        "level": scenario.level,
        "cognitive": Cognitive.ANALYSE.value,
        "pool": Pool.PRACTICE.value,
        "skeleton": moment.title,
        "situation": True,
        "computes": False,
        "law": False,
        "stem": f"{scenario.title}，第 {moment.minute} 分钟。{moment.question}",
        "choices": {letter: one.text for letter, one in zip(letters, moment.choices, strict=True)},
        "key": [letters[best]],
        "distractors": {
            letter: one.why[:40]
            for at, (letter, one) in enumerate(zip(letters, moment.choices, strict=True))
            if at != best
        },
        "rationale": moment.lesson,
        "source": "命题假设",
    }


def _audit(db_session: Session, case: DecisionCase, act: str, *, actor: str, now: datetime) -> None:
    record_act(
        db_session,
        subject=f"decision:{case.public_id}",
        action=f"decision.{act}",
        actor=actor,
        now=now,
        details={"code": case.code, "hash": case.content_hash},
    )
