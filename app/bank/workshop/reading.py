"""Two readers of each round: solve blind, comment on parts of the text, accept or send back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.bank.workshop import publishing, queries
from app.bank.workshop.drafting import add_fact, submitted_item
from app.bank.workshop.lifecycle import Solving, Stage
from app.bank.workshop.models import DraftComment, ItemDraft
from app.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from question_bank.items import Item
from question_bank.responses import check_value, is_blank
from question_bank.scoring import score_response

COMMENT_CHARS = 1000
REMARK_CHARS = 1000


class InterestDeclaredError(ForbiddenError):
    """Raised when somebody would read what they declared an interest in."""

    code = "interest_declared"


class CommentsOpenError(ConflictError):
    """Raised when the reader would accept while comments of theirs are not settled."""

    code = "comments_open"


def open_reading(
    db_session: Session, draft: ItemDraft, *, person_id: int, actor: str, now: datetime
) -> None:
    """Make somebody a reader of the round and start their time; a repeat changes nothing.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        person_id: Who reads.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        OwnDraftError, StageError, SeatsTakenError: As `Standing.check_may_open`.
        InterestDeclaredError: If they declared an interest in it.
    """
    standing = queries.standing(db_session, draft)
    standing.check_may_open(person_id)
    if interest := queries.conflict_or_none(db_session, person_id, draft):
        raise InterestDeclaredError(f"person {person_id}: {interest.kind} {interest.value}")
    if person_id not in standing.opened:
        add_fact(db_session, draft, "opened", person_id, actor=actor, now=now)


def step_back(
    db_session: Session, draft: ItemDraft, *, person_id: int, actor: str, now: datetime
) -> None:
    """Give the reader's seat to somebody else; not after a decision.

    Raises:
        NotReaderError, StageError: If they do not read it.
        DecidedError: If they accepted it.
    """
    standing = queries.standing(db_session, draft)
    standing.check_reader(person_id)
    if person_id in standing.accepted:
        standing.check_may_decide(person_id, accepts=False)
    add_fact(db_session, draft, "stepped_back", person_id, actor=actor, now=now)


def solve_blind(
    db_session: Session,
    draft: ItemDraft,
    shown: Item,
    value: dict[str, Any],
    *,
    is_ambiguous: bool,
    remark: str,
    person_id: int,
    actor: str,
    now: datetime,
) -> Solving:
    """Store what a reader came to without the key; from here on they see it.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        shown: The item as the reader saw it, its figures filled in.
        value: The response as sent.
        is_ambiguous: Whether another key could be argued for.
        remark: Why; at most 1,000 characters.
        person_id: The reader.
        actor: The same person, for the audit log.
        now: The moment (aware); the time since opening is measured here.

    Raises:
        NotReaderError, StageError, SolvedBeforeError: As `Standing.check_may_solve`.
        InvalidInputError: If nothing was answered, or the remark is too long.
        InvalidResponseError, UnknownChoiceError: If the response does not fit the item.
    """
    standing = queries.standing(db_session, draft)
    standing.check_may_solve(person_id)
    checked = check_value(shown, value)
    if is_blank(checked) or len(remark) > REMARK_CHARS:
        raise InvalidInputError("blind answer", [{"field": "value", "code": "blank"}])
    settled = shown.kind.is_settled_later
    solving = Solving(
        value=checked,
        credit=None if settled else score_response(shown, checked),
        seconds=int((now - standing.opened[person_id]).total_seconds()),
        is_ambiguous=is_ambiguous,
        remark=remark,
    )
    add_fact(db_session, draft, "solved", person_id, asdict(solving), actor=actor, now=now)
    return solving


def decide(
    db_session: Session,
    draft: ItemDraft,
    *,
    accepts: bool,
    remark: str,
    person_id: int,
    actor: str,
    now: datetime,
) -> None:
    """Accept a draft or send it back; the second acceptance ends the review.

    An item that can be tried out then goes into the pilot by itself.

    Raises:
        NotReaderError, StageError, UnsolvedError, DecidedError, MissedError: As
            `Standing.check_may_decide`.
        CommentsOpenError: If the reader would accept with comments of their own unsettled.
        InvalidInputError: If it is sent back without a word, or with too many.
    """
    queries.standing(db_session, draft).check_may_decide(person_id, accepts=accepts)
    if len(remark) > REMARK_CHARS or not (accepts or remark):
        raise InvalidInputError("remark", [{"field": "remark", "code": "missing"}])
    threads = queries.threads_of(db_session, draft)
    if accepts and any(
        one.settled is None and one.comment.person_id == person_id for one in threads
    ):
        raise CommentsOpenError(f"{draft!r}")
    kind = "accepted" if accepts else "sent_back"
    payload = {"remark": remark}
    standing = add_fact(db_session, draft, kind, person_id, payload, actor=actor, now=now)
    if standing.stage is Stage.ACCEPTED and publishing.can_be_piloted(
        submitted_item(db_session, draft)
    ):
        publishing.pilot(db_session, draft, person_id=person_id, actor=actor, now=now)


def comment(
    db_session: Session,
    draft: ItemDraft,
    *,
    part: str,
    text: str,
    person_id: int,
    now: datetime,
) -> DraftComment:
    """Comment on a part of a draft.

    Raises:
        UnsolvedError, NotReaderError: If the person may not see the draft with its key.
        InvalidInputError: If the part or the text is missing.
    """
    standing = queries.standing(db_session, draft)
    if not standing.sees_key(person_id):
        standing.check_may_decide(person_id, accepts=False)
    parts = dict(parts_of(submitted_item(db_session, draft)))
    if part not in parts or not 1 <= len(text) <= COMMENT_CHARS:
        raise InvalidInputError("comment", [{"field": "part", "code": "unknown"}])
    row = DraftComment(
        draft_id=draft.id,
        round=draft.round,
        part=part,
        quote=parts[part],
        text=text,
        person_id=person_id,
        at=now,
    )
    db_session.add(row)
    db_session.flush()
    return row


def settle_comment(
    db_session: Session,
    draft: ItemDraft,
    comment_id: int,
    *,
    text: str,
    person_id: int,
    now: datetime,
) -> None:
    """Say that a comment is dealt with, by its writer or by the author; a repeat does nothing.

    Raises:
        NotFoundError: If the draft has no such comment.
        ForbiddenError: If the person is neither its writer nor the author.
    """
    thread = next(
        (one for one in queries.threads_of(db_session, draft) if one.comment.id == comment_id), None
    )
    if thread is None:
        raise NotFoundError(f"comment {comment_id} of {draft!r}")
    if person_id not in (thread.comment.person_id, draft.author_id):
        raise ForbiddenError(f"comment {comment_id} of {draft!r}")
    if thread.settled is not None:
        return
    db_session.add(
        DraftComment(
            draft_id=draft.id,
            round=draft.round,
            part=thread.comment.part,
            quote="",
            text=text[:COMMENT_CHARS],
            person_id=person_id,
            at=now,
            answers_id=comment_id,
        )
    )
    db_session.flush()


def parts_of(item: Item) -> Sequence[tuple[str, str]]:
    """Return the parts of an item that can be commented on: code and words."""
    out = [("stem", item.stem)]
    out += [(f"choices.{one}", text) for one, text in item.choices.items()]
    out += [(f"prompts.{one}", text) for one, text in item.prompts.items()]
    out += [(f"blanks.{one}", blank.shown_key) for one, blank in item.blanks.items()]
    out += [(f"distractors.{one}", text) for one, text in item.distractors.items()]
    out += [(f"mistakes.{one}", text) for one, text in item.mistakes.items()]
    if item.rubric is not None:
        out += [(f"criteria.{one.id}", one.text) for one in item.rubric.criteria]
        out.append(("model_answer", item.rubric.model_answer))
    out += [("key", ""), ("rationale", item.rationale), ("source", item.source)]
    if item.exhibit is not None:
        out.append(("exhibit", item.exhibit.text))
    return out
