"""Facts about contests that others listen to; told in the transaction in which they happen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class EntryStands:
    """An entry stands otherwise than before.

    Attributes:
        standing: `seated`, `waiting`, `promoted` (from the waiting list), or why it was taken out:
            `own`, `not_eligible`, `disqualified`.
    """

    contest_id: int
    entry_id: int
    standing: str
    at: datetime


@dataclass(frozen=True)
class RoundTurned:
    """A round does not go as it was told: `turn` is `moved`, `halted`, `resumed`, `restarted`."""

    contest_id: int
    round_id: int
    turn: str
    at: datetime


@dataclass(frozen=True)
class RoundStarted:
    """The rooms of a round's run are there; their clocks start by the server's."""

    contest_id: int
    round_id: int
    run_no: int
    at: datetime


@dataclass(frozen=True)
class RoundScored:
    """Every room of a round's run has its points."""

    contest_id: int
    round_id: int
    at: datetime


@dataclass(frozen=True)
class JuryDealt:
    """Jurors were dealt rooms of a round to mark."""

    contest_id: int
    round_id: int
    person_ids: frozenset[int]
    at: datetime


@dataclass(frozen=True)
class ProtestFiled:
    """A contestant contests a result."""

    contest_id: int
    protest_id: int
    at: datetime


@dataclass(frozen=True)
class ProtestAnswered:
    """A protest has its answer."""

    contest_id: int
    protest_id: int
    at: datetime


@dataclass(frozen=True)
class ActProposed:
    """An act waits for a second person."""

    contest_id: int
    proposal_id: int
    at: datetime


@dataclass(frozen=True)
class ResultsTold:
    """The contestants are told a version of the results, which may be contested."""

    contest_id: int
    version: int
    at: datetime


@dataclass(frozen=True)
class ContestResultFinal:
    """Two people made a version of the results final.

    Attributes:
        version: Of the results; a later one replaces what an earlier one said.
    """

    contest_id: int
    contest_public_id: str
    version: int
    at: datetime


ContestFact = (
    EntryStands
    | RoundTurned
    | RoundScored
    | JuryDealt
    | ProtestFiled
    | ProtestAnswered
    | ActProposed
    | ResultsTold
    | ContestResultFinal
)
"""What people are told of."""
