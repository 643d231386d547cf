"""定标纪要: what the cut rests on, in one document that is hashed, signed and approved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
)
from app.core.hashing import digest
from app.programmes.cuts import propose_cut
from app.standards import queries
from app.standards.acts import (
    MeetingMovedOnError,
    NotReadyError,
    PanelTooSmallError,
    check_stage,
    note,
)
from app.standards.figures import (
    RoundFigures,
    cohort_of,
    consequences,
    facilities_of,
    finished_rounds,
    hofstee_check,
    round_figures,
)
from app.standards.models import (
    StandardDecision,
    StandardExclusion,
    StandardMeeting,
    StandardMinutes,
    StandardSignature,
)
from question_bank.psychometrics.panels import LEAST_PANEL, rounded_cut

DIGITS = 6
"""Figures of the minutes are rounded to so many digits: the hash must not rest on the last bit."""

OPEN_FOR_EXCLUSION = ("discussing", "bounds", "signing", "approved")


class AlreadySignedError(ConflictError):
    """Raised when somebody signs the same version twice."""

    code = "already_signed"


class MinutesChangedError(ConflictError):
    """Raised when a signature is for another text than the one that stands."""

    code = "minutes_changed"


class NoItemLeftError(ConflictError):
    """Raised when the last item would be left out."""

    code = "no_item_left"


class OutsidePanelError(ForbiddenError):
    """Raised when somebody of the meeting would approve its cut."""

    code = "second_person_outside_panel"


def close_meeting(
    db_session: Session, meeting: StandardMeeting, *, actor: str, now: datetime
) -> StandardMinutes:
    """Close the judging and draw up the minutes.

    Raises:
        MeetingMovedOnError: If Hofstee's questions are not open.
        NotReadyError: If a judge has not answered them.
    """
    check_stage(meeting, "bounds")
    answered = queries.bounds_by_member(db_session, meeting.id)
    if any(one.id not in answered for one in queries.sitting_members(db_session, meeting.id)):
        raise NotReadyError("bounds_missing", f"{meeting!r}")
    return _draw_up(db_session, meeting, actor=actor, now=now)


def _draw_up(
    db_session: Session, meeting: StandardMeeting, *, actor: str, now: datetime
) -> StandardMinutes:
    before = queries.minutes_or_none(db_session, meeting.id)
    version = 1 if before is None else before.version + 1
    body = minutes_body(db_session, meeting, version=version, now=now)
    minutes = StandardMinutes(
        meeting_id=meeting.id, version=version, body=body, content_hash=digest(body), at=now
    )
    db_session.add(minutes)
    meeting.stage, meeting.ended_at = "signing", None
    db_session.flush()
    details = {"version": version, "hash": minutes.content_hash}
    note(db_session, meeting, "minutes_drawn_up", actor=actor, now=now, details=details)
    return minutes


def minutes_body(
    db_session: Session, meeting: StandardMeeting, *, version: int, now: datetime
) -> dict[str, Any]:
    """Return the minutes as plain values; seats and names are not brought together.

    Raises:
        NotReadyError: If no counted round is finished.
        PanelTooSmallError: If fewer than five judges are left.
    """
    members = queries.members_of(db_session, meeting.id)
    sitting = [one for one in members if one.is_sitting]
    if len(sitting) < LEAST_PANEL:
        raise PanelTooSmallError(f"{meeting!r}: {len(sitting)}")
    excluded = queries.exclusions_of(db_session, meeting.id)
    rounds = [
        found
        for number in finished_rounds(meeting)
        if number
        and (found := round_figures(db_session, meeting, number, excluded=excluded)) is not None
    ]
    if not rounds:
        raise NotReadyError("ratings_missing", f"{meeting!r}")
    names = queries.names_of(
        db_session, [meeting.coordinator_id, *(one.person_id for one in members)]
    )
    definition = queries.definition_or_none(db_session, meeting.id)
    assert definition is not None, "no training without one"
    known = facilities_of(meeting)
    return {
        "meeting": meeting.public_id,
        "version": version,
        "title": meeting.title,
        "blueprint_ref": meeting.blueprint_ref,
        "method": meeting.method,
        "convened_at": meeting.convened_at.isoformat(),
        "drawn_up_at": now.isoformat(),
        "coordinator": names[meeting.coordinator_id],
        "judges": sorted(names[one.person_id] for one in sitting),
        "left": sorted(
            [names[one.person_id], one.left_reason or "", one.interest]
            for one in members
            if not one.is_sitting
        ),
        "definition": definition.text,
        "training_refs": list(meeting.training_refs),
        "item_refs": list(meeting.item_refs),
        "excluded": [[ref, excluded[ref].reason] for ref in meeting.item_refs if ref in excluded],
        "facilities": {
            ref: [_rounded(known[ref][0]), known[ref][1]]
            for ref in meeting.item_refs
            if ref in known
        },
        "rounds": [_round_body(one) for one in rounds],
        "result": _result_body(db_session, meeting, rounds[-1]),
    }


def _round_body(found: RoundFigures) -> dict[str, Any]:
    result = found.result
    return {
        "round": found.number,
        "cut": _rounded(result.cut_score),
        "standard_error": _rounded(result.standard_error),
        "reliability": _rounded(result.reliability),
        "agreement": _rounded(found.agreement),
        "judges": {
            seat: {
                "cut": _rounded(one.cut_score),
                "severity": _rounded(one.severity),
                "agreement": _rounded(one.agreement),
                "realism": _rounded(one.realism),
            }
            for seat, one in result.judges.items()
        },
        "ratings": {
            seat: {ref: _rounded(value) for ref, value in row.items()}
            for seat, row in found.rows.items()
        },
        "places": {
            seat: {ref: list(cell) for ref, cell in placed.items()}
            for seat, placed in found.places.items()
        },
        "cells": {
            seat: {"/".join(cell): _rounded(share) for cell, share in given.items()}
            for seat, given in found.cells.items()
        },
        "means": {ref: _rounded(value) for ref, value in result.item_means.items()},
        "sds": {ref: _rounded(value) for ref, value in result.item_sds.items()},
    }


def _result_body(
    db_session: Session, meeting: StandardMeeting, last: RoundFigures
) -> dict[str, Any]:
    cut = last.result.cut_score
    proposed = rounded_cut(cut, meeting.cut_step)
    cohort = cohort_of(meeting)
    check = hofstee_check(db_session, meeting)
    return {
        "cut": _rounded(cut),
        "standard_error": _rounded(last.result.standard_error),
        "proposed_cut": proposed,
        "cut_step": meeting.cut_step,
        "candidates": sum(count for _, count in cohort),
        "consequences": [
            [_rounded(one.cut), _rounded(one.passing)]
            for one in consequences(cohort, [last.low, proposed, last.high])
        ],
        "hofstee": check
        and {
            "cut": _rounded(check.cut_score),
            "fail": _rounded(check.fail_fraction),
            "least_cut": _rounded(check.least_cut),
            "most_cut": _rounded(check.most_cut),
            "least_fail": _rounded(check.least_fail),
            "most_fail": _rounded(check.most_fail),
            "within": check.least_cut <= proposed <= check.most_cut,
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def set_exclusion(
    db_session: Session,
    meeting: StandardMeeting,
    ref: str,
    *,
    excluded: bool,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Leave an item out of the cut, or take it in again.

    Once there are minutes, they are drawn up anew and want every signature and the approval
    again; a cut that was approved stays approved until then.

    Raises:
        MeetingMovedOnError: Before the first discussion, or while the minutes wait for approval.
        NotFoundError: If the item is not of the form.
        NoItemLeftError: If no item would be left.
        InvalidInputError: Without a reason.
    """
    check_stage(meeting, *OPEN_FOR_EXCLUSION)
    if ref not in meeting.item_refs:
        raise NotFoundError(f"{meeting!r}: item {ref}")
    if not 2 <= len(reason) <= 200:
        raise InvalidInputError(f"{meeting!r}", [{"field": "reason", "code": "length"}])
    out = set(queries.exclusions_of(db_session, meeting.id))
    if (ref in out) == excluded:
        raise MeetingMovedOnError(f"{meeting!r}: {ref} is that already")
    if excluded and len(out) + 1 >= len(meeting.item_refs):
        raise NoItemLeftError(f"{meeting!r}")
    db_session.add(
        StandardExclusion(
            meeting_id=meeting.id,
            subject=ref,
            excluded=excluded,
            reason=reason,
            actor=actor,
            at=now,
        )
    )
    db_session.flush()
    act = "item_excluded" if excluded else "item_taken_in"
    note(db_session, meeting, act, actor=actor, now=now, details={"item": ref})
    if meeting.stage in ("signing", "approved"):
        _draw_up(db_session, meeting, actor=actor, now=now)


def signers_of(db_session: Session, meeting: StandardMeeting) -> dict[int, str]:
    """Return who signs, by person id: `coordinator` or `judge`."""
    judges = {one.person_id: "judge" for one in queries.sitting_members(db_session, meeting.id)}
    return {meeting.coordinator_id: "coordinator", **judges}


def sign(
    db_session: Session,
    meeting: StandardMeeting,
    *,
    person_id: int,
    name: str,
    content_hash: str,
    actor: str,
    now: datetime,
) -> StandardSignature:
    """Sign the minutes; the last signature sends them to a second person for approval.

    Args:
        db_session: The session of the caller's transaction.
        meeting: The meeting, locked.
        person_id: Who signs: the coordinator or a judge.
        name: Typed; must be the person's own name.
        content_hash: Of the text that was read.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        MeetingMovedOnError: If nothing is to be signed.
        NotFoundError: If the person does not sign here.
        MinutesChangedError: If the text is another one now.
        AlreadySignedError: If this person signed this version.
        InvalidInputError: If the name is not the person's own.
    """
    check_stage(meeting, "signing")
    signers = signers_of(db_session, meeting)
    if person_id not in signers:
        raise NotFoundError(f"{meeting!r}: person {person_id} does not sign")
    minutes = queries.minutes_of(db_session, meeting)
    if minutes.content_hash != content_hash:
        raise MinutesChangedError(f"{minutes!r}")
    signed = queries.signatures_under(db_session, minutes.id)
    if any(one.person_id == person_id for one in signed):
        raise AlreadySignedError(f"{minutes!r}: person {person_id}")
    if name != queries.names_of(db_session, [person_id])[person_id]:
        raise InvalidInputError(f"{minutes!r}", [{"field": "name", "code": "other_name"}])
    signature = StandardSignature(
        minutes_id=minutes.id,
        person_id=person_id,
        part=signers[person_id],
        name=name,
        content_hash=content_hash,
        at=now,
    )
    db_session.add(signature)
    if {one.person_id for one in signed} | {person_id} >= set(signers):
        meeting.stage = "signed"
    db_session.flush()
    details = {"version": minutes.version, "hash": content_hash}
    note(db_session, meeting, "minutes_signed", actor=actor, now=now, details=details)
    return signature


def decide(
    db_session: Session,
    meeting: StandardMeeting,
    *,
    outcome: str,
    reason: str,
    content_hash: str,
    person_id: int,
    actor: str,
    now: datetime,
) -> StandardDecision:
    """Approve or decline the cut that signed minutes propose.

    An approved cut goes into the next version of every programme that uses the blueprint.

    Args:
        db_session: The session of the caller's transaction.
        meeting: The meeting, locked.
        outcome: `approved` or `declined`.
        reason: Why.
        content_hash: Of the minutes that were read.
        person_id: Who decides; nobody who had a part in the meeting.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        MeetingMovedOnError: If the minutes are not signed, or were decided on.
        OutsidePanelError: If the person led the meeting or was invited to it.
        MinutesChangedError: If the text is another one now.
        InvalidInputError: Without a reason.
    """
    check_stage(meeting, "signed")
    had_a_part = {one.person_id for one in queries.members_of(db_session, meeting.id)}
    if person_id == meeting.coordinator_id or person_id in had_a_part:
        raise OutsidePanelError(f"{meeting!r}: person {person_id}")
    if not 2 <= len(reason) <= 200:
        raise InvalidInputError(f"{meeting!r}", [{"field": "reason", "code": "length"}])
    minutes = queries.minutes_of(db_session, meeting)
    if minutes.content_hash != content_hash:
        raise MinutesChangedError(f"{minutes!r}")
    result = minutes.body["result"]
    decision = StandardDecision(
        minutes_id=minutes.id,
        blueprint_ref=meeting.blueprint_ref,
        cut_fraction=result["proposed_cut"],
        standard_error=result["standard_error"],
        outcome=outcome,
        reason=reason,
        person_id=person_id,
        at=now,
    )
    db_session.add(decision)
    meeting.stage, meeting.ended_at = outcome, now
    db_session.flush()
    details = {"version": minutes.version, "cut": decision.cut_fraction}
    note(db_session, meeting, f"cut_{outcome}", actor=actor, now=now, details=details)
    if outcome == "approved":
        propose_cut(
            db_session,
            blueprint_ref=meeting.blueprint_ref,
            cut_fraction=decision.cut_fraction,
            standard_error=decision.standard_error,
            minutes_hash=minutes.content_hash,
            session_id=cut_name(meeting, minutes),
            approved_by=actor,
            now=now,
        )
    return decision


def cut_name(meeting: StandardMeeting, minutes: StandardMinutes) -> str:
    """Return what a cut is called in a programme's history: the meeting, a later version too."""
    later = f"-v{minutes.version}" if minutes.version > 1 else ""
    return f"{meeting.public_id}{later}"


def unsigned_names(
    db_session: Session, meeting: StandardMeeting, signed: Sequence[StandardSignature]
) -> list[str]:
    """Return whose signature is missing, by name."""
    missing = set(signers_of(db_session, meeting)) - {one.person_id for one in signed}
    return sorted(queries.names_of(db_session, sorted(missing)).values())
