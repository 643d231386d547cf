"""A round's figures: the cut with its error, the judges, Hofstee's check, consequences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.exams.treating import version_of
from app.standards import queries
from app.standards.judging import BOUNDS
from app.standards.labels import SEATS
from app.standards.models import StandardMeeting
from app.standards.queries import Judgements
from question_bank.psychometrics.panels import (
    implied_ratings,
    panel_agreement,
    passing_fraction,
)
from question_bank.psychometrics.standards import (
    AngoffResult,
    HofsteeResult,
    StandardError,
    angoff,
    hofstee,
)

Rows = dict[str, dict[str, float]]
"""Ratings by seat, by item; of Ebel's method the implied ones."""

Places = dict[str, dict[str, tuple[str, str]]]
"""Ebel's places by seat, by item: (difficulty, importance)."""


@dataclass(frozen=True)
class RoundFigures:
    """What a finished round came to.

    Attributes:
        number: The round.
        rows: Ratings by seat.
        places: Ebel's places by seat; empty for Angoff.
        cells: Ebel's expected shares by seat, by cell; empty for Angoff.
        result: The cut and the judges' figures.
        agreement: ICC(2,1) of one judge; None where it is not defined.
    """

    number: int
    rows: Rows
    places: Places
    cells: dict[str, dict[tuple[str, str], float]]
    result: AngoffResult
    agreement: float | None

    @property
    def low(self) -> float:
        """The cut less one standard error."""
        return max(0.0, self.result.cut_score - self.result.standard_error)

    @property
    def high(self) -> float:
        """The cut and one standard error."""
        return min(1.0, self.result.cut_score + self.result.standard_error)


def round_figures(
    db_session: Session,
    meeting: StandardMeeting,
    round_number: int,
    *,
    excluded: Iterable[str] = (),
) -> RoundFigures | None:
    """Return the figures of a finished round; None while it is open.

    Only who sits in the meeting now counts: who left took their judgements along.

    Args:
        db_session: A session to read with.
        meeting: The meeting.
        round_number: 0 is the training.
        excluded: Items that are left out.
    """
    if not is_finished(meeting, round_number):
        return None
    seats = {one.id: one.seat or "" for one in queries.sitting_members(db_session, meeting.id)}
    given = queries.judgements_in(db_session, meeting, round_number)
    held = {member_id: given.get(member_id, {}) for member_id in seats}
    refs = [ref for ref in meeting.refs_in(round_number) if ref not in set(excluded)]
    if meeting.method == "ebel":
        places, cells = _places(held, seats, meeting.refs_in(round_number)), _cells(held, seats)
        rows = implied_ratings(places, cells, refs)
    else:
        places, cells = {}, {}
        rows = {
            seats[member_id]: {
                subject: one.expected_fraction
                for subject, one in said.items()
                if one.expected_fraction is not None
            }
            for member_id, said in held.items()
        }
    rows = {seat: rows[seat] for seat in sorted(rows, key=_seat_order)}
    known = facilities_of(meeting)
    try:
        result = angoff(rows, refs, facilities={ref: known[ref][0] for ref in refs if ref in known})
    except StandardError:
        return None
    return RoundFigures(round_number, rows, places, cells, result, panel_agreement(rows, refs))


def is_finished(meeting: StandardMeeting, round_number: int) -> bool:
    """Say whether a round is over, so that the panel may see what it came to."""
    if meeting.stage == "preparing" or round_number > meeting.round or round_number < 0:
        return False
    return round_number < meeting.round or meeting.stage != "rating"


def finished_rounds(meeting: StandardMeeting) -> list[int]:
    """Return the rounds that are over, the training first."""
    return [one for one in range(meeting.round + 1) if is_finished(meeting, one)]


def facilities_of(meeting: StandardMeeting) -> dict[str, tuple[float, int]]:
    """Return (share correct, persons) by the refs of the meeting, where enough answered."""
    kept = meeting.facilities
    return {
        ref: (kept[version_of(ref)][0], int(kept[version_of(ref)][1]))
        for ref in [*meeting.item_refs, *meeting.training_refs]
        if version_of(ref) in kept
    }


def cohort_of(meeting: StandardMeeting) -> list[tuple[float, int]]:
    """Return (score fraction, persons) of the candidates that the meeting knows of."""
    return [(score, int(count)) for score, count in meeting.cohort]


def hofstee_check(db_session: Session, meeting: StandardMeeting) -> HofsteeResult | None:
    """Return Hofstee's compromise of the panel; None without a cohort or without answers."""
    sitting = {one.id: one.seat or "" for one in queries.sitting_members(db_session, meeting.id)}
    answers = {
        sitting[member_id]: tuple(float(getattr(one, name)) for name in BOUNDS)
        for member_id, one in queries.bounds_by_member(db_session, meeting.id).items()
        if member_id in sitting
    }
    scores = [score for score, count in cohort_of(meeting) for _ in range(count)]
    if not scores or not answers:
        return None
    try:
        return hofstee(answers, scores)  # type: ignore[arg-type]
    except StandardError:
        return None


@dataclass(frozen=True)
class Consequence:
    """What a cut means for the candidates of before.

    Attributes:
        cut: The cut.
        passing: Share of them at or above it.
    """

    cut: float
    passing: float


def consequences(cohort: Sequence[tuple[float, int]], cuts: Sequence[float]) -> list[Consequence]:
    """Return the pass rate of a cohort at each cut; empty without a cohort."""
    found = ((cut, passing_fraction(cohort, cut)) for cut in cuts)
    return [Consequence(cut, share) for cut, share in found if share is not None]


def _places(held: Judgements, seats: Mapping[int, str], refs: Sequence[str]) -> Places:
    return {
        seats[member_id]: {
            ref: (said[ref].difficulty or "", said[ref].importance or "")
            for ref in refs
            if ref in said
        }
        for member_id, said in held.items()
    }


def _cells(held: Judgements, seats: Mapping[int, str]) -> dict[str, dict[tuple[str, str], float]]:
    out: dict[str, dict[tuple[str, str], float]] = {}
    for member_id, said in held.items():
        out[seats[member_id]] = {
            cell_of(subject): one.expected_fraction
            for subject, one in said.items()
            if subject in queries.CELL_SUBJECTS and one.expected_fraction is not None
        }
    return out


def cell_of(subject: str) -> tuple[str, str]:
    """Return the cell that a subject names: (difficulty, importance)."""
    difficulty, _, importance = subject.removeprefix("cell:").partition("/")
    return difficulty, importance


def _seat_order(seat: str) -> int:
    return SEATS.find(seat)
