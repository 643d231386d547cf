"""What a draft's cuts and rules would have meant for candidates who were decided.

A case is what its decision recorded: the best result of each part, and what was lacking. Nobody's
decision changes by this; it shows a committee what a change would do before it is made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from certificates.decisions import SCORE_TOLERANCE, Part, Verdict, cut_of
from certificates.levels import Level
from certificates.programmes import CertificationProgramme, CredentialPrerequisite

LEAST_SHOWN = 5
"""A rate of fewer people would tell on single ones."""


class Outcome(StrEnum):
    """How a case would end under a draft."""

    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    UNKNOWN = "cannot_tell"


@dataclass(frozen=True, slots=True)
class DecidedCase:
    """One candidate's last decision in a season.

    Attributes:
        case_id: Of its enrolment.
        verdict: What was decided.
        achieved: Best result by part, in the part's unit; parts without one are left out.
        lapsed: Parts whose passed result had lapsed.
        missing_levels: Levels that were lacking.
        sessions, training_hours: What was logged at that moment.
        group: Size class of the provider that the candidate worked for.
        by_contest: Whether the practical parts were met by a contest.
    """

    case_id: int
    verdict: Verdict
    achieved: Mapping[Part, float]
    lapsed: frozenset[Part]
    missing_levels: frozenset[Level]
    sessions: int
    training_hours: float
    group: str
    by_contest: bool = False


@dataclass(frozen=True, slots=True)
class GroupEffect:
    """Pass rates of a group under the present rules and the draft's.

    Attributes:
        group: Its code; empty for everybody.
        n: Decided cases that both rules can tell.
        passed_before, passed_after: How many pass.
    """

    group: str
    n: int
    passed_before: int
    passed_after: int

    @property
    def is_shown(self) -> bool:
        """Whether there are enough people to state a rate."""
        return self.n >= LEAST_SHOWN

    @property
    def before_fraction(self) -> float | None:
        return self.passed_before / self.n if self.is_shown else None

    @property
    def after_fraction(self) -> float | None:
        return self.passed_after / self.n if self.is_shown else None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a draft would have done in a season.

    Attributes:
        moves: How many cases by (verdict now, outcome under the draft).
        everybody: Pass rates of all of them.
        groups: The same by size of provider.
        newly_passed, newly_failed: Cases whose end would be another.
        unknown: Cases that took no part which the draft demands anew.
    """

    moves: Mapping[tuple[Verdict, Outcome], int]
    everybody: GroupEffect
    groups: tuple[GroupEffect, ...]
    newly_passed: tuple[int, ...]
    newly_failed: tuple[int, ...]
    unknown: int


def outcome_of(
    case: DecidedCase, draft: CertificationProgramme, demanded: Iterable[Part]
) -> Outcome:
    """Return how a case would end under a draft.

    Content that a draft exchanges (another blueprint, another scenario) is taken as equally hard:
    nothing else can be said before somebody has sat it.

    Args:
        case: The decided case.
        draft: The rules to apply.
        demanded: Parts that the case's own programme demanded.
    """
    known = set(demanded)
    parts = [Part.THEORY, Part.ROOM]
    if not case.by_contest:
        parts += [Part.ROOM_2] * (draft.second_room is not None)
        parts += [Part.WRITTEN] * (draft.written is not None)
    states = [_part_outcome(case, draft, part) for part in parts]
    if Outcome.FAILED in states:
        return Outcome.FAILED
    if any(part not in known and part not in case.achieved for part in parts):
        return Outcome.UNKNOWN
    levels = {one.level for one in draft.prerequisites if isinstance(one, CredentialPrerequisite)}
    lacks = (
        bool(levels & case.missing_levels)
        or case.sessions < draft.least_logged("sessions")
        or case.training_hours < draft.least_logged("training")
    )
    return Outcome.INCOMPLETE if lacks or Outcome.INCOMPLETE in states else Outcome.PASSED


def _part_outcome(case: DecidedCase, draft: CertificationProgramme, part: Part) -> Outcome:
    achieved = case.achieved.get(part)
    if achieved is None or part in case.lapsed:
        return Outcome.INCOMPLETE
    cut = cut_of(part, draft)
    if part is Part.ROOM and case.by_contest:
        cut = draft.contest.cut_score if draft.contest is not None else float("inf")
    return Outcome.PASSED if achieved >= cut - SCORE_TOLERANCE else Outcome.FAILED


def effect_of(
    cases: Sequence[DecidedCase],
    draft: CertificationProgramme,
    *,
    demanded: Iterable[Part],
    groups: Sequence[str],
) -> Effect:
    """Apply a draft to the decided cases of a season.

    Args:
        cases: Each candidate once.
        draft: The rules to apply.
        demanded: Parts that the present programme demands.
        groups: Size classes in the order in which they are shown.
    """
    wanted = tuple(demanded)
    outcomes = {case.case_id: outcome_of(case, draft, wanted) for case in cases}
    moves: dict[tuple[Verdict, Outcome], int] = {}
    for case in cases:
        move = (case.verdict, outcomes[case.case_id])
        moves[move] = moves.get(move, 0) + 1
    told = [case for case in cases if outcomes[case.case_id] is not Outcome.UNKNOWN]

    def rates(group: str, members: Sequence[DecidedCase]) -> GroupEffect:
        return GroupEffect(
            group,
            len(members),
            sum(case.verdict is Verdict.PASSED for case in members),
            sum(outcomes[case.case_id] is Outcome.PASSED for case in members),
        )

    return Effect(
        moves=moves,
        everybody=rates("", told),
        groups=tuple(rates(one, [case for case in told if case.group == one]) for one in groups),
        newly_passed=tuple(
            case.case_id
            for case in told
            if case.verdict is not Verdict.PASSED and outcomes[case.case_id] is Outcome.PASSED
        ),
        newly_failed=tuple(
            case.case_id
            for case in told
            if case.verdict is Verdict.PASSED and outcomes[case.case_id] is not Outcome.PASSED
        ),
        unknown=len(cases) - len(told),
    )
