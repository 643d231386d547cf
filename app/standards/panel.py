"""Convene a panel, let its judges declare interests, and agree on the borderline candidate."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.bank import queries as bank
from app.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from app.exams import queries as exams
from app.standards import queries
from app.standards.acts import (
    AlreadyInvitedError,
    MeetingMovedOnError,
    PanelTooLargeError,
    PanelTooSmallError,
    check_sitting,
    check_stage,
    note,
)
from app.standards.models import (
    StandardAgreement,
    StandardDefinition,
    StandardMeeting,
    StandardMember,
)
from question_bank.items import split_ref
from question_bank.psychometrics.panels import CUT_STEPS, LEAST_PANEL, MOST_PANEL, USUAL_STEP

logger = logging.getLogger(__name__)

TRAINING_ITEMS = 3
"""Items that are judged for practice; they are of the level, and not in the form."""

DEFINITION_CHARS = (40, 1200)


class NoFormToJudgeError(ConflictError):
    """Raised when no form was drawn from the blueprint."""

    code = "no_form_to_judge"


def convene(
    db_session: Session,
    blueprint_ref: str,
    *,
    method: str,
    coordinator_id: int,
    judge_ids: Sequence[int],
    cut_step: float = USUAL_STEP,
    actor: str,
    now: datetime,
) -> StandardMeeting:
    """Convene a panel on the newest form of a blueprint.

    Args:
        db_session: The session of the caller's transaction.
        blueprint_ref: `id@version`.
        method: `angoff` or `ebel`.
        coordinator_id: Who leads the meeting and judges nothing.
        judge_ids: Members of the committee, five to ten, without the coordinator.
        cut_step: What the cut is rounded to, settled before anybody judges: one of `CUT_STEPS`.
        actor: The coordinator, for the audit log.
        now: The moment (aware).

    Raises:
        InvalidInputError: If the step is another.
        NotFoundError: If there is no such blueprint, or a judge is not of the committee.
        SecondPersonRequiredError: If the coordinator would judge.
        PanelTooSmallError, PanelTooLargeError: For another number of judges.
        NoFormToJudgeError: If no form was drawn yet.
    """
    if cut_step not in CUT_STEPS:
        raise InvalidInputError(f"step {cut_step}", [{"field": "cut_step", "code": "unknown"}])
    blueprint = bank.blueprint_of(db_session, blueprint_ref)
    wanted = list(dict.fromkeys(judge_ids))
    if coordinator_id in wanted:
        raise SecondPersonRequiredError("the coordinator does not judge")
    if len(wanted) < LEAST_PANEL:
        raise PanelTooSmallError(f"{len(wanted)} judges")
    if len(wanted) > MOST_PANEL:
        raise PanelTooLargeError(f"{len(wanted)} judges")
    _check_committee(db_session, wanted)
    forms = exams.newest_forms(db_session, blueprint_ref, limit=1)
    if not forms:
        raise NoFormToJudgeError(blueprint_ref)
    item_refs = [str(entry[0]) for entry in forms[0]]
    meeting = StandardMeeting(
        blueprint_ref=blueprint_ref,
        title=blueprint.title,
        method=method,
        cut_step=cut_step,
        item_refs=item_refs,
        training_refs=[],
        coordinator_id=coordinator_id,
        stage="preparing",
        round=0,
        facilities={},
        cohort=[],
        convened_at=now,
    )
    db_session.add(meeting)
    db_session.flush()
    meeting.training_refs = _training_refs(db_session, meeting, blueprint.level)
    for person_id in wanted:
        _invite(db_session, meeting, person_id, now=now)
    db_session.flush()
    details = {
        "blueprint": blueprint_ref,
        "method": method,
        "judges": len(wanted),
        "step": cut_step,
    }
    note(db_session, meeting, "convened", actor=actor, now=now, details=details)
    return meeting


def _check_committee(db_session: Session, person_ids: Sequence[int]) -> None:
    known = {one.id for one in queries.committee(db_session)}
    if unknown := [one for one in person_ids if one not in known]:
        raise NotFoundError(f"committee members {unknown}")


def _training_refs(db_session: Session, meeting: StandardMeeting, level: str) -> list[str]:
    """Choose live items of the level that are not in the form; the same for the same meeting."""
    held = {split_ref(ref)[0] for ref in meeting.item_refs}
    found = [
        item
        for item in bank.live_bank(db_session, include_public=True)
        if item.level == level
        and item.id not in held
        and item.kind.is_selection
        and item.case_id is None
        and item.parametric is None
    ]

    def order(ref: str) -> bytes:
        return hashlib.sha256(f"{meeting.public_id}:{ref}".encode()).digest()

    return sorted((item.ref for item in found), key=order)[:TRAINING_ITEMS]


def _invite(
    db_session: Session, meeting: StandardMeeting, person_id: int, *, now: datetime
) -> StandardMember:
    member = StandardMember(meeting_id=meeting.id, person_id=person_id, invited_at=now, interest="")
    db_session.add(member)
    return member


def invite_judge(
    db_session: Session, meeting: StandardMeeting, person_id: int, *, actor: str, now: datetime
) -> StandardMember:
    """Invite another judge before the training begins; the coordinator does.

    Raises:
        MeetingMovedOnError: If the training has begun.
        NotFoundError: If the person is not of the committee.
        SecondPersonRequiredError: If it is the coordinator.
        AlreadyInvitedError, PanelTooLargeError: As named.
    """
    check_stage(meeting, "preparing")
    if person_id == meeting.coordinator_id:
        raise SecondPersonRequiredError(f"{meeting!r}: the coordinator does not judge")
    _check_committee(db_session, [person_id])
    members = queries.members_of(db_session, meeting.id)
    if any(one.person_id == person_id for one in members):
        raise AlreadyInvitedError(f"{meeting!r}: person {person_id}")
    if sum(one.is_sitting for one in members) >= MOST_PANEL:
        raise PanelTooLargeError(f"{meeting!r}")
    member = _invite(db_session, meeting, person_id, now=now)
    db_session.flush()
    note(db_session, meeting, "judge_invited", actor=actor, now=now)
    return member


def declare_interest(
    db_session: Session,
    meeting: StandardMeeting,
    member: StandardMember,
    interest: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Declare what ties a judge to candidates or providers; whoever has an interest leaves.

    Args:
        db_session: The session of the caller's transaction.
        meeting: The meeting, locked.
        member: The judge's own place.
        interest: In words; empty declares that there is none.
        actor: The judge.
        now: The moment (aware).

    Raises:
        MeetingMovedOnError: If the meeting is over.
        InterestDeclaredError: If the judge left before.
    """
    if meeting.stage in queries.CLOSED_STAGES:
        raise MeetingMovedOnError(f"{meeting!r}")
    check_sitting(member)
    member.declared_at, member.interest = now, interest
    if interest:
        member.left_at, member.left_reason = now, "interest"
    db_session.flush()
    note(
        db_session,
        meeting,
        "interest_declared",
        actor=actor,
        now=now,
        details={"has": bool(interest)},
    )


def write_definition(
    db_session: Session, meeting: StandardMeeting, text: str, *, person_id: int, now: datetime
) -> StandardDefinition:
    """Write the borderline candidate down anew; everybody is asked to agree again.

    Raises:
        MeetingMovedOnError: If the training has begun.
        InvalidInputError: If it is shorter or longer than a definition is.
    """
    check_stage(meeting, "preparing")
    least, most = DEFINITION_CHARS
    if not least <= len(text) <= most:
        raise InvalidInputError(f"{meeting!r}", [{"field": "text", "code": "length"}])
    before = queries.definition_or_none(db_session, meeting.id)
    definition = StandardDefinition(
        meeting_id=meeting.id,
        number=1 if before is None else before.number + 1,
        text=text,
        person_id=person_id,
        at=now,
    )
    db_session.add(definition)
    db_session.flush()
    logger.info("%r: definition %d", meeting, definition.number)
    return definition


def agree(
    db_session: Session,
    meeting: StandardMeeting,
    member: StandardMember,
    number: int,
    *,
    now: datetime,
) -> None:
    """Agree to the wording that stands; agreeing twice changes nothing.

    Raises:
        MeetingMovedOnError: If the training has begun, or there is a newer wording.
        InterestDeclaredError: If the judge left before.
    """
    check_stage(meeting, "preparing")
    check_sitting(member)
    definition = queries.definition_or_none(db_session, meeting.id)
    if definition is None or definition.number != number:
        raise MeetingMovedOnError(f"{meeting!r}: definition {number} does not stand")
    if member.id not in queries.agreed_member_ids(db_session, definition.id):
        db_session.add(StandardAgreement(definition_id=definition.id, member_id=member.id, at=now))
        db_session.flush()


def excuse_judge(
    db_session: Session,
    meeting: StandardMeeting,
    member: StandardMember,
    reason: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Let a judge go who cannot stay; their judgements do not count any more.

    Raises:
        MeetingMovedOnError: If the minutes are drawn up.
        PanelTooSmallError: If the meeting has begun and fewer than five would be left.
        InvalidInputError: Without a reason.
    """
    if meeting.stage in queries.CLOSED_STAGES or not member.is_sitting:
        raise MeetingMovedOnError(f"{meeting!r}")
    if not 2 <= len(reason) <= 200:
        raise InvalidInputError(f"{meeting!r}", [{"field": "reason", "code": "length"}])
    left = len(queries.sitting_members(db_session, meeting.id)) - 1
    if meeting.stage != "preparing" and left < LEAST_PANEL:
        raise PanelTooSmallError(f"{meeting!r}: {left} left")
    member.left_at, member.left_reason = now, reason
    db_session.flush()
    note(db_session, meeting, "judge_excused", actor=actor, now=now)
