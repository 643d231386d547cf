"""A demonstration's certified people of higher levels, at several providers; all invented.

They make the matrix tell something: some providers reach a tier by them, some lack one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.accounts.models import Person
from app.certification import deciding, issuing, services
from app.certification import queries as certification
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.providers import queries, staffing
from app.providers.admission import services as applying
from app.providers.admission.checking import scheme_now
from app.providers.models import ProviderField
from app.providers.what_if import value_for_score
from certificates.credentials import Holder
from certificates.decisions import decide
from certificates.levels import Level
from certificates.outcomes import Logged, Outcome, RoomOutcome, TheoryOutcome, WrittenOutcome
from certificates.programmes import CertificationProgramme

ACTOR = "cli:demo"

EMPLOYED_AGO = timedelta(days=95)
THEORY_FRACTION, ROOM_POINTS, TEXT_FRACTION = 0.86, 63.0, 0.75
"""Results that the certificates show; the evidence names them as demonstration."""


APPLICANT_ACCOUNT = "applicant@demo.example"
APPLICANT_SCORE = Decimal(72)
APPLICANT_FIGURES = {"served-merchants": Decimal(16), "monthly-gmv": Decimal(6_200_000)}


@dataclass(frozen=True)
class DemoOperator:
    """Somebody certified at a provider; nobody can sign in as them.

    Attributes:
        issued_ago: Days since the certificate was issued.
    """

    provider_code: str
    account: str
    name: str
    number: str
    level: Level
    issued_ago: int


# Identity numbers of a region code that was never given out, with right check characters.
OPERATORS = (
    DemoOperator(
        "YF-0571", "staff-5@demo.example", "江照", "990001199308120030", Level.SENIOR, 210
    ),
    DemoOperator(
        "YF-0571", "staff-6@demo.example", "顾念", "990001199503220061", Level.INTERMEDIATE, 160
    ),
    DemoOperator(
        "YF-0571", "staff-7@demo.example", "宋知行", "990001199709110095", Level.INTERMEDIATE, 690
    ),
    DemoOperator(
        "LX-0024", "staff-8@demo.example", "季岚", "990001199001040116", Level.SENIOR, 320
    ),
    DemoOperator(
        "LX-0024", "staff-9@demo.example", "杜若", "99000119940630014X", Level.INTERMEDIATE, 240
    ),
    DemoOperator(
        "LX-0024", "staff-10@demo.example", "白川", "990001199611180167", Level.INTERMEDIATE, 130
    ),
    DemoOperator(
        "HY-0579", "staff-11@demo.example", "柳青禾", "990001199202270196", Level.INTERMEDIATE, 200
    ),
    DemoOperator(
        "WT-0020", "staff-12@demo.example", "闻笛", "990001199810050226", Level.INTERMEDIATE, 180
    ),
)


def add_operators(
    db_session: Session,
    password_hash: str,
    *,
    settings: Settings,
    keys: FieldKeys,
    now: datetime,
) -> int:
    """Open the accounts, certify and employ everybody who is not there yet; return how many.

    Args:
        db_session: The session of the caller's transaction.
        password_hash: Of a secret that nobody knows.
        settings: Of a demonstration deployment.
        keys: Seal identity numbers.
        now: The moment (aware).
    """
    added = 0
    for one in OPERATORS:
        if accounts.person_of_account_or_none(db_session, one.account) is not None:
            continue
        person = account_services.register_person(
            db_session,
            account=one.account,
            display_name=one.name,
            password_hash=password_hash,
            now=now,
            actor=ACTOR,
            is_demo=True,
        )
        account_services.collect_identity(
            db_session,
            person.id,
            person.public_id,
            legal_name=one.name,
            number=one.number,
            keys=keys,
            now=now,
        )
        _certify(db_session, person, one, settings=settings, now=now)
        provider = queries.provider_by_code(db_session, one.provider_code)
        began = now - EMPLOYED_AGO
        invitation = staffing.invite_staff(
            db_session, provider, one.account, "", actor=ACTOR, now=began
        )
        staffing.accept_invitation(
            db_session, person.id, invitation.public_id, now=began + timedelta(hours=3)
        )
        added += 1
    return added


def add_application(db_session: Session, password_hash: str, *, now: datetime) -> None:
    """Let somebody apply, once, with figures that meet all but the certified people."""
    if accounts.person_of_account_or_none(db_session, APPLICANT_ACCOUNT) is not None:
        return
    scheme = scheme_now(db_session, now)
    if scheme is None:
        return
    person = account_services.register_person(
        db_session,
        account=APPLICANT_ACCOUNT,
        display_name="方远",
        password_hash=password_hash,
        now=now,
        actor=ACTOR,
        is_demo=True,
    )
    declared = {module.id: value_for_score(module, APPLICANT_SCORE) for module in scheme.modules}
    declared |= {
        key: value
        for key, value in APPLICANT_FIGURES.items()
        if any(figure.id == key for figure in scheme.figures)
    }
    draft = applying.Draft(
        name="山海直播服务",
        city="青岛",
        field=ProviderField.MCN,
        introduction="服务服饰与食品商家两年，自有直播间六间，操盘团队正在考证",
        declared=declared,
        numbers=(),
    )
    applying.apply(db_session, person.id, draft, now=now)


def _certify(
    db_session: Session, person: Person, one: DemoOperator, *, settings: Settings, now: datetime
) -> None:
    """Issue a certificate of the level by the way of a real one, marked as demonstration."""
    programme = certification.newest_programme(db_session, one.level.value)
    issued_at = now - timedelta(days=one.issued_ago)
    enrolment = services.add_enrolment(
        db_session, person.id, programme, actor=ACTOR, now=issued_at - timedelta(days=9)
    )
    decision = decide(
        programme,
        _outcomes(programme, f"demo:{person.public_id}", issued_at),
        on=issued_at,
        held_levels=frozenset(Level),
        logged=Logged(sessions=60, training_hours=80.0),
    )
    issuing.issue_credential(
        db_session,
        enrolment,
        deciding.record_decision(db_session, enrolment, decision, actor=ACTOR),
        programme=programme,
        decision=decision,
        holder=Holder(name=one.name),
        reason="demonstration",
        actor=ACTOR,
        is_demo=True,
        verify_base_url=settings.public_base_url,
        now=issued_at,
    )


def _outcomes(programme: CertificationProgramme, evidence: str, at: datetime) -> list[Outcome]:
    """Return a result for every part that a programme has."""
    found: list[Outcome] = [
        TheoryOutcome(
            evidence_id=evidence,
            blueprint_ref=programme.theory.blueprint_ref,
            score_fraction=THEORY_FRACTION,
            finished_at=at - timedelta(days=6),
        )
    ]
    found += [
        RoomOutcome(
            evidence_id=evidence,
            scenario_ref=room.scenario_ref,
            score=ROOM_POINTS,
            forecast_score=ROOM_POINTS,
            finished_at=at,
        )
        for room in programme.rooms.values()
    ]
    if programme.written is not None:
        texts = {str(text): TEXT_FRACTION for text in programme.written.texts}
        found.append(WrittenOutcome(evidence_id=evidence, credits=texts, finished_at=at))
    return found
