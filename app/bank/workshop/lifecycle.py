"""The life of a draft as a sequence of facts: where it stands, and who may do what next.

Everything here follows from the facts alone. A draft goes `draft → review → accepted → pilot →
live → retired`; a return by a reader, or out of the pilot, leads back to `draft`, and a new
submission begins a new round with readers of its own. Nobody reads what they wrote, and a reader
solves the item before they see its key: a miss, or the remark that it is ambiguous, can only send
the draft back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.core.errors import ConflictError, ForbiddenError, SecondPersonRequiredError

READERS = 2
"""Readers of each round; both must accept."""


class Stage(StrEnum):
    DRAFT = "draft"
    REVIEW = "review"
    ACCEPTED = "accepted"
    PILOT = "pilot"
    LIVE = "live"
    RETIRED = "retired"
    DISCARDED = "discarded"


WORKED_ON = (Stage.DRAFT, Stage.REVIEW, Stage.ACCEPTED, Stage.PILOT)
"""Stages in which an item has no second draft beside this one."""


class StageError(ConflictError):
    """Raised when the draft stands where the act makes no sense."""

    code = "draft_stage"


class OwnDraftError(SecondPersonRequiredError):
    """Raised when the author would read, accept or publish the own draft."""

    code = "own_draft"


class CaseWholeError(ConflictError):
    """Raised when an item of a case group would go a step that the group takes as a whole."""

    code = "case_whole"


class SeatsTakenError(ConflictError):
    """Raised when both readers of the round are others."""

    code = "readers_complete"


class NotReaderError(ForbiddenError):
    """Raised when somebody who is no reader of the round would act as one."""

    code = "not_reader"


class UnsolvedError(ConflictError):
    """Raised when a reader would see the key or decide before solving the item."""

    code = "solve_first"


class SolvedBeforeError(ConflictError):
    """Raised when a reader would solve the item twice: the second time is not blind."""

    code = "solved_before"


class MissedError(ConflictError):
    """Raised when a reader would accept an item that they missed or found ambiguous."""

    code = "missed_blind"


class DecidedError(ConflictError):
    """Raised when a reader has accepted in this round already."""

    code = "reading_decided"


@dataclass(frozen=True)
class Fact:
    """One thing that happened; `payload` is what belongs to its kind."""

    kind: str
    person_id: int
    at: datetime
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Solving:
    """What a reader came to before seeing the key.

    Attributes:
        value: The response in its stored form.
        credit: In [0, 1]; None where people or the room's engine give it.
        seconds: From opening the item to the answer.
        is_ambiguous: Whether the reader could argue for another key.
        remark: What they said about it.
    """

    value: dict[str, Any]
    credit: float | None
    seconds: int
    is_ambiguous: bool
    remark: str

    @property
    def is_missed(self) -> bool:
        """Whether the item cannot be accepted by this reader."""
        return self.is_ambiguous or (self.credit is not None and self.credit < 1.0 - 1e-9)


@dataclass
class Standing:
    """Where a draft stands after its facts.

    Attributes:
        stage: Its place in the life cycle.
        author_id: Who wrote it.
        round: Number of submissions so far.
        opened: When each reader of this round opened it, by person.
        solved: What each of them came to.
        accepted: Who accepted, in order.
        returned: The last return, by a reader or out of the pilot: who, with which remark; None
            before one.
    """

    stage: Stage
    author_id: int
    round: int = 0
    opened: dict[int, datetime] = field(default_factory=dict)
    solved: dict[int, Solving] = field(default_factory=dict)
    accepted: tuple[int, ...] = ()
    returned: Fact | None = None

    def take(self, fact: Fact) -> None:
        """Move on by one fact."""
        who = fact.person_id
        if fact.kind == "submitted":
            self.stage, self.round = Stage.REVIEW, self.round + 1
            self.opened, self.solved, self.accepted = {}, {}, ()
        elif fact.kind == "opened":
            self.opened[who] = fact.at
        elif fact.kind == "stepped_back":
            self.opened.pop(who, None)
            self.solved.pop(who, None)
        elif fact.kind == "solved":
            self.solved[who] = Solving(**fact.payload)
        elif fact.kind == "accepted":
            self.accepted = (*self.accepted, who)
            if len(self.accepted) == READERS:
                self.stage = Stage.ACCEPTED
        elif fact.kind in ("sent_back", "withdrawn", "recalled"):
            self.stage = Stage.DRAFT
            self.returned = self.returned if fact.kind == "withdrawn" else fact
        else:
            self.stage = AFTER[fact.kind]

    def check_author(self, person_id: int, *stages: Stage) -> None:
        """Refuse whoever is not the author, and any other stage.

        Raises:
            ForbiddenError: If it is not their draft.
            StageError: If it stands elsewhere.
        """
        if person_id != self.author_id:
            raise ForbiddenError(f"person {person_id} did not write it")
        self.check_stage(*stages)

    def check_stage(self, *stages: Stage) -> None:
        """Refuse any other stage.

        Raises:
            StageError: If it stands elsewhere.
        """
        if self.stage not in stages:
            raise StageError(f"{self.stage}, wanted {', '.join(stages)}")

    def check_other(self, person_id: int) -> None:
        """Refuse the author.

        Raises:
            OwnDraftError: If it is their own.
        """
        if person_id == self.author_id:
            raise OwnDraftError(f"person {person_id} wrote it")

    def check_may_open(self, person_id: int) -> None:
        """Refuse whoever cannot become a reader of this round.

        Raises:
            OwnDraftError: If they wrote it.
            StageError: If it is not in review.
            SeatsTakenError: If two others read it.
        """
        self.check_other(person_id)
        self.check_stage(Stage.REVIEW)
        if person_id not in self.opened and len(self.opened) >= READERS:
            raise SeatsTakenError(f"round {self.round} has its readers")

    def check_reader(self, person_id: int) -> None:
        """Refuse whoever does not read it in this round.

        Raises:
            StageError: If it is not in review.
            NotReaderError: If they have not opened it.
        """
        self.check_stage(Stage.REVIEW)
        if person_id not in self.opened:
            raise NotReaderError(f"person {person_id} does not read it")

    def check_may_solve(self, person_id: int) -> None:
        """Refuse a second blind answer.

        Raises:
            NotReaderError, StageError: As `check_reader`.
            SolvedBeforeError: If they have solved it.
        """
        self.check_reader(person_id)
        if person_id in self.solved:
            raise SolvedBeforeError(f"person {person_id} solved it before")

    def check_may_decide(self, person_id: int, *, accepts: bool) -> None:
        """Refuse a decision that the reader may not take.

        Raises:
            NotReaderError, StageError: As `check_reader`.
            UnsolvedError: If they have not solved it.
            DecidedError: If they have accepted.
            MissedError: If they would accept what they missed.
        """
        self.check_reader(person_id)
        if person_id not in self.solved:
            raise UnsolvedError(f"person {person_id} has not solved it")
        if person_id in self.accepted:
            raise DecidedError(f"person {person_id} accepted it")
        if accepts and self.solved[person_id].is_missed:
            raise MissedError(f"person {person_id} missed it")

    def sees_key(self, person_id: int) -> bool:
        """Say whether somebody may see the key.

        The author may, a reader who solved it, and whoever has to publish what was accepted.
        """
        if person_id == self.author_id:
            return True
        if self.stage is Stage.REVIEW:
            return person_id in self.solved
        return self.stage not in (Stage.DRAFT, Stage.DISCARDED)


AFTER = {
    "created": Stage.DRAFT,
    "piloted": Stage.PILOT,
    "published": Stage.LIVE,
    "retired": Stage.RETIRED,
    "discarded": Stage.DISCARDED,
}
"""Where the facts lead that need no more than their name."""


def standing_of(facts: Iterable[Fact]) -> Standing:
    """Return where the facts of one draft lead; the first is its creation.

    Raises:
        ValueError: If there is no fact, or the first one is another.
    """
    every = list(facts)
    if not every or every[0].kind != "created":
        raise ValueError("a draft begins with its creation")
    out = Standing(Stage.DRAFT, every[0].person_id)
    for fact in every[1:]:
        out.take(fact)
    return out
