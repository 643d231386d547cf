"""Reads of standard setting: meetings, panels, judgements, minutes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Person, RoleGrant
from app.accounts.roles import Role
from app.core.errors import NotFoundError
from app.standards.models import (
    StandardAgreement,
    StandardBounds,
    StandardComment,
    StandardDecision,
    StandardDefinition,
    StandardExclusion,
    StandardMeeting,
    StandardMember,
    StandardMinutes,
    StandardRating,
    StandardSignature,
)
from question_bank.psychometrics.panels import CELLS

CELL_SUBJECTS = tuple(f"cell:{difficulty}/{importance}" for difficulty, importance in CELLS)
"""What the cells of Ebel's grid are called among the subjects of a round."""

SIGNED_STAGES = ("signed", "approved", "declined")
"""From here on the whole committee may read the minutes."""

CLOSED_STAGES = ("signing", *SIGNED_STAGES, "abandoned")
"""From here on nobody joins or leaves the panel."""


def meeting_of(
    db_session: Session, public_id: str, person_id: int, *, lock: bool = False
) -> StandardMeeting:
    """Return a meeting for its coordinator or one of its judges, who left it among them.

    Raises:
        NotFoundError: If there is none, or the person has no part in it.
    """
    sits = exists().where(
        StandardMember.meeting_id == StandardMeeting.id, StandardMember.person_id == person_id
    )
    query = select(StandardMeeting).where(
        StandardMeeting.public_id == public_id,
        or_(StandardMeeting.coordinator_id == person_id, sits),
    )
    return _found(db_session, query, public_id, lock=lock)


def readable_meeting(
    db_session: Session, public_id: str, person_id: int, *, lock: bool = False
) -> StandardMeeting:
    """Return a meeting whose minutes a person may read: one's own, or any that is signed.

    Raises:
        NotFoundError: If there is none that this person may read.
    """
    sits = exists().where(
        StandardMember.meeting_id == StandardMeeting.id, StandardMember.person_id == person_id
    )
    query = select(StandardMeeting).where(
        StandardMeeting.public_id == public_id,
        or_(
            StandardMeeting.coordinator_id == person_id,
            sits,
            StandardMeeting.stage.in_(SIGNED_STAGES),
        ),
    )
    return _found(db_session, query, public_id, lock=lock)


def _found(
    db_session: Session, query: Select[Any], public_id: str, *, lock: bool
) -> StandardMeeting:
    if lock:
        query = query.with_for_update(of=StandardMeeting).execution_options(populate_existing=True)
    found: StandardMeeting | None = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"standard-setting meeting {public_id}")
    return found


def meetings_for(db_session: Session, person_id: int) -> Sequence[StandardMeeting]:
    """Return the meetings that a person leads, sits in, or may read; newest first."""
    own = select(StandardMember.meeting_id).where(StandardMember.person_id == person_id)
    return db_session.scalars(
        select(StandardMeeting)
        .where(
            or_(
                StandardMeeting.coordinator_id == person_id,
                StandardMeeting.id.in_(own),
                StandardMeeting.stage.in_(SIGNED_STAGES),
            )
        )
        .order_by(StandardMeeting.id.desc())
    ).all()


def members_of(db_session: Session, meeting_id: int) -> Sequence[StandardMember]:
    """Return everybody who was invited to a meeting, in the order of invitation."""
    return db_session.scalars(
        select(StandardMember)
        .where(StandardMember.meeting_id == meeting_id)
        .order_by(StandardMember.id)
    ).all()


def sitting_members(db_session: Session, meeting_id: int) -> list[StandardMember]:
    """Return who judges."""
    return [one for one in members_of(db_session, meeting_id) if one.is_sitting]


def member_or_none(db_session: Session, meeting_id: int, person_id: int) -> StandardMember | None:
    """Return somebody's place in a meeting."""
    return db_session.scalar(
        select(StandardMember).where(
            StandardMember.meeting_id == meeting_id, StandardMember.person_id == person_id
        )
    )


def names_of(db_session: Session, person_ids: Sequence[int]) -> dict[int, str]:
    """Return people's names."""
    rows = db_session.execute(
        select(Person.id, Person.display_name).where(Person.id.in_(person_ids))
    )
    return dict(rows.all())


def people_of(db_session: Session, person_ids: Sequence[int]) -> dict[int, Person]:
    """Return people by id."""
    rows = db_session.scalars(select(Person).where(Person.id.in_(person_ids)))
    return {one.id: one for one in rows}


def committee(db_session: Session) -> Sequence[Person]:
    """Return the members of the committee, by name."""
    return db_session.scalars(
        select(Person)
        .where(
            Person.disabled_at.is_(None),
            exists().where(
                RoleGrant.person_id == Person.id,
                RoleGrant.role == Role.COMMITTEE_MEMBER.value,
                RoleGrant.ended_at.is_(None),
            ),
        )
        .order_by(Person.display_name, Person.id)
    ).all()


def definition_or_none(db_session: Session, meeting_id: int) -> StandardDefinition | None:
    """Return the wording of the definition that stands."""
    return db_session.scalar(
        select(StandardDefinition)
        .where(StandardDefinition.meeting_id == meeting_id)
        .order_by(StandardDefinition.number.desc())
        .limit(1)
    )


def agreed_member_ids(db_session: Session, definition_id: int) -> set[int]:
    """Return which judges agreed to a wording."""
    return set(
        db_session.scalars(
            select(StandardAgreement.member_id).where(
                StandardAgreement.definition_id == definition_id
            )
        )
    )


def rating_by_key_or_none(db_session: Session, member_id: int, key: str) -> StandardRating | None:
    """Return the judgement that a request with this key made before."""
    return db_session.scalar(
        select(StandardRating).where(
            StandardRating.member_id == member_id, StandardRating.key == key
        )
    )


def has_judged(db_session: Session, member_id: int, subject: str) -> bool:
    """Say whether a judge has judged a subject in any round, hence has seen it."""
    return bool(
        db_session.scalar(
            select(
                exists().where(
                    StandardRating.member_id == member_id, StandardRating.subject == subject
                )
            )
        )
    )


Judgements = dict[int, dict[str, StandardRating]]
"""By member id, by subject: the newest judgement."""


def judgements_in(
    db_session: Session, meeting: StandardMeeting, round_number: int, *, member_id: int = 0
) -> Judgements:
    """Return the judgements of a round, of one judge or of all.

    Args:
        db_session: A session to read with.
        meeting: The meeting.
        round_number: 0 is the training.
        member_id: Whose; 0 for everybody's, also of those who left.
    """
    query = (
        select(StandardRating)
        .join(StandardMember, StandardMember.id == StandardRating.member_id)
        .where(StandardMember.meeting_id == meeting.id, StandardRating.round == round_number)
        .order_by(StandardRating.id)
    )
    if member_id:
        query = query.where(StandardRating.member_id == member_id)
    found: Judgements = defaultdict(dict)
    for one in db_session.scalars(query):
        found[one.member_id][one.subject] = one
    return dict(found)


def bounds_by_member(db_session: Session, meeting_id: int) -> dict[int, StandardBounds]:
    """Return each judge's newest answers to Hofstee's questions."""
    rows = db_session.scalars(
        select(StandardBounds)
        .join(StandardMember, StandardMember.id == StandardBounds.member_id)
        .where(StandardMember.meeting_id == meeting_id)
        .order_by(StandardBounds.id)
    )
    return {one.member_id: one for one in rows}


def comments_in(
    db_session: Session, meeting_id: int, round_number: int
) -> dict[str, list[StandardComment]]:
    """Return what was said in a round's discussion, by subject, oldest first."""
    rows = db_session.scalars(
        select(StandardComment)
        .where(StandardComment.meeting_id == meeting_id, StandardComment.round == round_number)
        .order_by(StandardComment.id)
    )
    out: dict[str, list[StandardComment]] = defaultdict(list)
    for one in rows:
        out[one.subject].append(one)
    return dict(out)


def exclusions_of(db_session: Session, meeting_id: int) -> dict[str, StandardExclusion]:
    """Return the items that are left out, with the act that left them out."""
    rows = db_session.scalars(
        select(StandardExclusion)
        .where(StandardExclusion.meeting_id == meeting_id)
        .order_by(StandardExclusion.id)
    )
    newest = {one.subject: one for one in rows}
    return {subject: one for subject, one in newest.items() if one.excluded}


def minutes_or_none(db_session: Session, meeting_id: int) -> StandardMinutes | None:
    """Return the newest version of the minutes."""
    return db_session.scalar(
        select(StandardMinutes)
        .where(StandardMinutes.meeting_id == meeting_id)
        .order_by(StandardMinutes.version.desc())
        .limit(1)
    )


def minutes_of(db_session: Session, meeting: StandardMeeting) -> StandardMinutes:
    """Return the newest version of the minutes.

    Raises:
        NotFoundError: If none were drawn up yet.
    """
    found = minutes_or_none(db_session, meeting.id)
    if found is None:
        raise NotFoundError(f"minutes of {meeting!r}")
    return found


def signatures_under(db_session: Session, minutes_id: int) -> Sequence[StandardSignature]:
    """Return the signatures under a version, in their order."""
    return db_session.scalars(
        select(StandardSignature)
        .where(StandardSignature.minutes_id == minutes_id)
        .order_by(StandardSignature.id)
    ).all()


def decision_or_none(db_session: Session, minutes_id: int) -> StandardDecision | None:
    """Return what the second person decided."""
    return db_session.scalar(
        select(StandardDecision).where(StandardDecision.minutes_id == minutes_id)
    )


def approved_cuts(db_session: Session) -> list[tuple[StandardDecision, StandardMeeting]]:
    """Return every approved cut with its meeting, newest first."""
    rows = db_session.execute(
        select(StandardDecision, StandardMeeting)
        .join(StandardMinutes, StandardMinutes.id == StandardDecision.minutes_id)
        .join(StandardMeeting, StandardMeeting.id == StandardMinutes.meeting_id)
        .where(StandardDecision.outcome == "approved")
        .order_by(StandardDecision.id.desc())
    )
    return [(decision, meeting) for decision, meeting in rows]


@dataclass(frozen=True)
class Waiting:
    """What of standard setting waits for a person.

    Attributes:
        meeting: Where.
        act: `prepare`, `rate`, `bounds`, `discuss`, `sign`, `lead` (the coordinator
            goes on) or `approve`.
    """

    meeting: StandardMeeting
    act: str


def waiting_for(db_session: Session, person_id: int) -> list[Waiting]:
    """Return what a person is to do in meetings, oldest meeting first."""
    open_meetings = db_session.scalars(
        select(StandardMeeting)
        .where(StandardMeeting.ended_at.is_(None))
        .order_by(StandardMeeting.id)
    ).all()
    out = []
    for meeting in open_meetings:
        act = _act_for(db_session, meeting, person_id)
        if act:
            out.append(Waiting(meeting, act))
    return out


def _act_for(db_session: Session, meeting: StandardMeeting, person_id: int) -> str:
    leads = meeting.coordinator_id == person_id
    member = member_or_none(db_session, meeting.id, person_id)
    if meeting.stage == "signed":
        return "" if leads or member is not None else "approve"
    if meeting.stage == "signing":
        minutes = minutes_or_none(db_session, meeting.id)
        signs = leads or (member is not None and member.is_sitting)
        if minutes is None or not signs:
            return ""
        done = {one.person_id for one in signatures_under(db_session, minutes.id)}
        return "" if person_id in done else "sign"
    if leads:
        return "lead"
    if member is None or not member.is_sitting:
        return ""
    if meeting.stage == "preparing":
        definition = definition_or_none(db_session, meeting.id)
        agreed = definition is not None and member.id in agreed_member_ids(
            db_session, definition.id
        )
        return "" if member.declared_at is not None and agreed else "prepare"
    if meeting.stage == "rating":
        wanted = set(subjects_in(meeting, meeting.round))
        given = judgements_in(db_session, meeting, meeting.round, member_id=member.id)
        return "rate" if wanted - set(given.get(member.id, {})) else ""
    if meeting.stage == "bounds":
        return "" if member.id in bounds_by_member(db_session, meeting.id) else "bounds"
    return "discuss" if meeting.stage == "discussing" else ""


def subjects_in(meeting: StandardMeeting, round_number: int) -> list[str]:
    """Return what each judge is to judge in a round: items, and Ebel's cells behind them."""
    refs = meeting.refs_in(round_number)
    return [*refs, *CELL_SUBJECTS] if meeting.method == "ebel" else list(refs)
