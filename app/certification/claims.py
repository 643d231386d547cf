"""Evidence of practice: live sessions, training, contests; one states it, another confirms it.

Who states it and who confirms it are two persons, and neither is the candidate. What is confirmed
counts from that moment: the candidate's enrolments are decided anew.
"""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import Person
from app.certification.models import EvidenceClaim
from app.core.audit.services import record_act
from app.core.db import read_rows, to_driver
from app.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from certificates.outcomes import ContestOutcome, Logged
from certificates.validity import end_of_day, issue_day

logger = logging.getLogger(__name__)

KINDS = ("sessions", "training", "contest")

MOST_AMOUNT = {"sessions": 400, "training": 200, "contest": 200}
"""More in one entry is a slip of the finger."""

MOST_ROWS = 2000
"""Rows of one file."""

COLUMNS = ("账号", "类型", "数量", "日期", "事项", "依据")
"""Heading of a file: account, kind, amount, day, what, where it can be looked up."""

KIND_OF_WORD = {"场次": "sessions", "学时": "training", "大赛": "contest"}


class ClaimTakenError(ConflictError):
    """Raised when the same thing was entered before and not declined."""

    code = "claim_taken"


class ClaimOfOwnProviderError(SecondPersonRequiredError):
    """Raised when somebody would confirm what their own provider stated."""

    code = "claim_own_provider"


class ClaimDecidedError(ConflictError):
    """Raised when somebody confirmed or declined the entry before."""

    code = "claim_decided"


@dataclass(frozen=True)
class NewClaim:
    """What somebody states of a candidate.

    Attributes:
        kind: `sessions`, `training` or `contest`.
        amount: Sessions, hours, or the contest's certified points.
        happened_on: The day, or the last day of a series.
        title: Whose sessions, which course, which contest.
        source: Where it can be looked up.
    """

    kind: str
    amount: float
    happened_on: date
    title: str
    source: str


class RowProblem(NamedTuple):
    """What is wrong in a row of a file; rows are counted from 1, the heading among them."""

    row: int
    column: str
    code: str


class ClaimFileError(InvalidInputError):
    """Raised when a file cannot be taken; nothing of it is.

    Attributes:
        rows: Every problem.
    """

    code = "claim_file"

    def __init__(self, rows: Sequence[RowProblem]) -> None:
        super().__init__(
            "file", [{"field": f"{one.row}:{one.column}", "code": one.code} for one in rows]
        )
        self.rows = tuple(rows)


def enter(
    db_session: Session,
    person: Person,
    claim: NewClaim,
    *,
    enterer: str,
    now: datetime,
    provider_code: str | None = None,
) -> EvidenceClaim:
    """State something of a candidate; it counts once a second person has confirmed it.

    Args:
        db_session: The session of the caller's transaction.
        person: The candidate.
        claim: What is stated.
        enterer: `person:<public id>` or `cli:…`.
        now: The moment (aware).
        provider_code: The provider whose manager states it; nobody of it confirms it then.

    Raises:
        InvalidInputError: If the amount is out of range, or the day lies in the future.
        SecondPersonRequiredError: If the candidate states it of themselves.
        ClaimTakenError: If it was entered before.
    """
    if problem := _problem(claim, now):
        raise InvalidInputError(f"claim {claim.kind}", [{"field": problem[0], "code": problem[1]}])
    if enterer == f"person:{person.public_id}":
        raise SecondPersonRequiredError(f"claim of {enterer} on themselves")
    row = EvidenceClaim(
        person_id=person.id,
        kind=claim.kind,
        amount=claim.amount,
        happened_on=claim.happened_on,
        title=claim.title,
        source=claim.source,
        enterer=enterer,
        entered_at=now,
        provider_code=provider_code,
    )
    try:
        with db_session.begin_nested():
            db_session.add(row)
    except IntegrityError as error:
        raise ClaimTakenError(
            f"{claim.kind} of {person.public_id} on {claim.happened_on}"
        ) from error
    _audit(db_session, row, person.public_id, "entered", actor=enterer, now=now)
    return row


def _problem(claim: NewClaim, now: datetime) -> tuple[str, str] | None:
    """Return field and code of what makes a claim unusable."""
    if claim.kind not in KINDS:
        return ("kind", "unknown")
    is_whole = claim.kind != "sessions" or float(claim.amount).is_integer()
    if not (0 < claim.amount <= MOST_AMOUNT[claim.kind] and is_whole):
        return ("amount", "out_of_range")
    if claim.happened_on > issue_day(now):
        return ("happened_on", "in_future")
    if not claim.title or len(claim.title) > 80:
        return ("title", "length")
    if not claim.source or len(claim.source) > 200:
        return ("source", "length")
    return None


def decide_claim(
    db_session: Session, claim: EvidenceClaim, outcome: str, *, decider: str, now: datetime
) -> None:
    """Confirm or decline an entry; who entered it may only take it back.

    Args:
        db_session: The session of the caller's transaction.
        claim: The entry, locked.
        outcome: `confirmed` or `declined`.
        decider: `person:<public id>`.
        now: The moment (aware).

    Raises:
        ClaimDecidedError: If somebody was first.
        SecondPersonRequiredError: If who confirms entered it, or is the candidate.
    """
    if claim.decided_at is not None:
        raise ClaimDecidedError(f"{claim!r} was {claim.outcome}")
    candidate = db_session.scalar(select(Person.public_id).where(Person.id == claim.person_id))
    if decider == f"person:{candidate}" or (outcome == "confirmed" and decider == claim.enterer):
        raise SecondPersonRequiredError(f"{claim!r}: {decider}")
    claim.decider, claim.decided_at, claim.outcome = decider, now, outcome
    db_session.flush()
    _audit(db_session, claim, candidate or "", outcome, actor=decider, now=now)


def take_back(db_session: Session, claim: EvidenceClaim, *, actor: str, now: datetime) -> None:
    """Let a confirmed entry count no longer: what it rested on was opened again.

    Args:
        db_session: The session of the caller's transaction.
        claim: The entry, locked; the caller knows that no credential rests on it.
        actor: Who opened it again, with whatever second person that needs.
        now: The moment (aware).
    """
    candidate = db_session.scalar(select(Person.public_id).where(Person.id == claim.person_id))
    claim.decider, claim.decided_at, claim.outcome = actor, now, "declined"
    db_session.flush()
    _audit(db_session, claim, candidate or "", "taken_back", actor=actor, now=now)


def parse_claims(data: bytes) -> list[tuple[int, str, NewClaim]]:
    """Read a file of entries, strictly: UTF-8 or GB18030, heading as `COLUMNS`.

    Returns:
        (row, account, claim) of every row.

    Raises:
        ClaimFileError: With every problem of the file.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise ClaimFileError([RowProblem(1, "", "encoding")]) from error
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ClaimFileError([RowProblem(1, "", "not_csv")]) from error
    if not rows or tuple(cell.strip() for cell in rows[0]) != COLUMNS:
        raise ClaimFileError([RowProblem(1, "", "heading")])
    if len(rows) > MOST_ROWS + 1:
        raise ClaimFileError([RowProblem(MOST_ROWS + 2, "", "too_many")])
    out, problems = [], []
    for number, cells in enumerate(rows[1:], 2):
        values = [cell.strip() for cell in cells]
        if not any(values):
            continue
        if len(values) != len(COLUMNS):
            problems.append(RowProblem(number, "", "cell_count"))
            continue
        account, word, amount, day, title, source = values
        try:
            claim = NewClaim(
                kind=KIND_OF_WORD.get(word, ""),
                amount=float(amount),
                happened_on=date.fromisoformat(day),
                title=title,
                source=source,
            )
        except ValueError:
            problems.append(RowProblem(number, "", "number_or_day"))
            continue
        out.append((number, account, claim))
    if problems:
        raise ClaimFileError(problems)
    return out


def enter_file(
    db_session: Session,
    rows: Sequence[tuple[int, str, NewClaim]],
    *,
    enterer: str,
    now: datetime,
) -> int:
    """Enter every row of a file, or none.

    Rows that stand already are passed over, so that a file may be sent again with more rows.

    Returns:
        How many were new.

    Raises:
        ClaimFileError: With every row that cannot be entered.
    """
    problems: list[RowProblem] = []
    new = 0
    for number, account, claim in rows:
        person = accounts.person_of_account_or_none(db_session, account)
        if person is None:
            problems.append(RowProblem(number, COLUMNS[0], "unknown_account"))
            continue
        try:
            enter(db_session, person, claim, enterer=enterer, now=now)
            new += 1
        except ClaimTakenError:
            continue
        except SecondPersonRequiredError:
            problems.append(RowProblem(number, COLUMNS[0], "own_account"))
        except InvalidInputError as error:
            problem = error.errors[0]
            problems.append(RowProblem(number, str(problem["field"]), str(problem["code"])))
    if problems:
        raise ClaimFileError(problems)
    return new


def claim_of(db_session: Session, public_id: str, *, lock: bool = False) -> EvidenceClaim:
    """Return an entry.

    Raises:
        NotFoundError: If there is none of that id.
    """
    query = select(EvidenceClaim).where(EvidenceClaim.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"claim {public_id}")
    return found


def waiting_claims(db_session: Session, *, limit: int = 200) -> list[tuple[EvidenceClaim, Person]]:
    """Return entries that wait for a second person with their candidates, oldest first."""
    rows = db_session.execute(
        select(EvidenceClaim, Person)
        .join(Person, Person.id == EvidenceClaim.person_id)
        .where(EvidenceClaim.decided_at.is_(None))
        .order_by(EvidenceClaim.id)
        .limit(limit)
    )
    return [(claim, person) for claim, person in rows]


SUM_CONFIRMED = """
SELECT kind, sum(amount) FROM evidence_claim
WHERE person_id = :person_id AND outcome = 'confirmed' AND decided_at <= :at GROUP BY kind"""


def logged_of(db_session: Session, person_id: int, *, at: datetime) -> Logged:
    """Return what is confirmed of a candidate's practice by a moment."""
    asked = {"person_id": person_id, "at": to_driver(at)}
    sums: dict[str, float] = dict(read_rows(db_session, SUM_CONFIRMED, asked))
    return Logged(
        sessions=int(sums.get("sessions", 0)), training_hours=float(sums.get("training", 0.0))
    )


SUM_WAITING = """
SELECT kind, sum(amount) FROM evidence_claim
WHERE person_id = :person_id AND decided_at IS NULL GROUP BY kind"""


def waiting_of(db_session: Session, person_id: int) -> dict[str, float]:
    """Return what is entered of a candidate and waits for a second person, by kind."""
    return dict(read_rows(db_session, SUM_WAITING, {"person_id": person_id}))


def contest_outcomes(db_session: Session, person_id: int) -> list[ContestOutcome]:
    """Return the confirmed results of a candidate in contests.

    A result counts from its confirmation, however long before the contest was held.
    """
    rows = db_session.scalars(
        select(EvidenceClaim).where(
            EvidenceClaim.person_id == person_id,
            EvidenceClaim.kind == "contest",
            EvidenceClaim.outcome == "confirmed",
        )
    )
    out = []
    for row in rows:
        assert row.decided_at is not None, "the table's check"
        # A contest that ends on the day of its confirmation has been held.
        held_at = min(end_of_day(row.happened_on), row.decided_at)
        out.append(ContestOutcome(evidence_id=row.public_id, score=row.amount, finished_at=held_at))
    return out


def _audit(
    db_session: Session,
    claim: EvidenceClaim,
    candidate: str,
    outcome: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    record_act(
        db_session,
        subject=f"evidence:{claim.public_id}",
        action=f"evidence.{outcome}",
        actor=actor,
        now=now,
        details={"person": candidate, "kind": claim.kind, "amount": claim.amount},
    )
    logger.info("%r: %s", claim, outcome)
