"""Items known beforehand: who does better on items that others had seen than on the new ones.

Each person's items are parted into old ones (shown before to somebody who may have told of them)
and new ones. If the items differ only in difficulty (Rasch 1960), then, given how many a person got
right in all, how many of these are old ones does not depend on ability: its distribution follows
from the elementary symmetric functions of the difficulties alone. The chance of as many old ones
or more is therefore exact, whatever the form and however able the person.

A person is flagged when that chance is below the level that keeps the chance of any false flag
in the whole exam at 5 % (Bonferroni over the persons looked at). Difficulties come from the exam
itself, by joint maximum likelihood; with unequal discriminations the level is approximate, and
`question_bank.error_rates` measures what becomes of it. A sign for people to look at, never a
verdict.

Source: Klauer (Psychometrika 56, 1991), the exact conditional person test for a split of items;
the recursion for symmetric functions is Gustafsson's (1980).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from question_bank.psychometrics.matrices import Flags, Floats, ResponseMatrix
from question_bank.similarity import FAMILY_ALPHA

LEAST_PERSONS = 100
"""Fewer persons do not tell how hard the items are: nothing is computed."""

LEAST_ITEMS = 5
"""Old items, and new ones, of a person; with fewer of either nobody is looked at."""

ROUNDS = 20
"""Of the joint estimation; it settles to a hundredth of a logit within ten."""

EDGE = 0.3
"""Added to rights and wrongs alike, so that all or none right has a finite logit."""


@dataclass(frozen=True, slots=True)
class OldNew:
    """How one person did on old and on new items.

    Attributes:
        person: Position in the matrix.
        old, right_old: Old items of the form, and how many of them were right.
        new, right_new: The same of new items.
        expected: Old ones right to be expected, given all the rights.
        p_value: Chance of as many old ones right or more.
    """

    person: int
    old: int
    right_old: int
    new: int
    right_new: int
    expected: float
    p_value: float


@dataclass(frozen=True, slots=True)
class OldNewGains:
    """What was found in an exam.

    Attributes:
        persons: Everybody with enough items of both sorts, by position.
        level: The chance that flags.
    """

    persons: tuple[OldNew, ...]
    level: float

    @property
    def flagged(self) -> tuple[OldNew, ...]:
        """Those at or below the level, the least likely first."""
        found = (one for one in self.persons if one.p_value <= self.level)
        return tuple(sorted(found, key=lambda one: one.p_value))

    def of(self, person: int) -> OldNew | None:
        """Return how a person did; None if there were too few items of either sort."""
        return next((one for one in self.persons if one.person == person), None)


def gains_on_old(
    matrix: ResponseMatrix, is_old: Flags, *, alpha: float = FAMILY_ALPHA
) -> OldNewGains | None:
    """Compare everybody's old and new items; None if there are too few persons.

    Args:
        matrix: Scored responses; a half and more counts as right. Forms may differ.
        is_old: Which items were old for whom; shape (n, k).
        alpha: Chance of a false flag in the whole exam.
    """
    if len(matrix.person_ids) < LEAST_PERSONS:
        return None
    shown = matrix.shown
    right = shown & (np.nan_to_num(matrix.credits) >= 0.5)
    easiness = np.exp(-rasch_difficulties(right, shown))
    old, new = shown & is_old, shown & ~is_old
    looked_at = np.flatnonzero((old.sum(axis=1) >= LEAST_ITEMS) & (new.sum(axis=1) >= LEAST_ITEMS))
    persons = []
    for person in looked_at.tolist():
        of_old, of_new = old[person], new[person]
        right_old, right_new = int(right[person, of_old].sum()), int(right[person, of_new].sum())
        expected, p_value = _upper_tail(
            easiness[of_old], easiness[of_new], right_old, right_old + right_new
        )
        persons.append(
            OldNew(
                person=person,
                old=int(of_old.sum()),
                right_old=right_old,
                new=int(of_new.sum()),
                right_new=right_new,
                expected=expected,
                p_value=p_value,
            )
        )
    return OldNewGains(tuple(persons), alpha / max(1, len(persons)))


def rasch_difficulties(right: Flags, shown: Flags) -> Floats:
    """Return the items' difficulties in logits, their mean 0, by joint maximum likelihood.

    The known stretch of joint estimates, k / (k - 1), is taken out (Wright & Douglas 1977).

    Args:
        right: Shape (n, k).
        shown: Which items each person's form had; shape (n, k).
    """
    counts, totals = shown.sum(axis=1), right.sum(axis=1)
    solved, seen = right.sum(axis=0), shown.sum(axis=0)
    ability = np.log((totals + EDGE) / (counts - totals + EDGE))
    difficulty = np.log((seen - solved + EDGE) / (solved + EDGE))
    difficulty -= difficulty.mean()
    for _ in range(ROUNDS):
        for axis, target, number in ((0, solved, seen), (1, totals, counts)):
            chance = np.where(shown, 1 / (1 + np.exp(difficulty[None, :] - ability[:, None])), 0.0)
            spread = (chance * (1 - chance)).sum(axis=axis) + 1e-9
            # Nobody is all right or all wrong for sure: the edge keeps every estimate finite.
            wanted = np.clip(target, EDGE, np.maximum(number - EDGE, EDGE))
            step = np.clip((wanted - chance.sum(axis=axis)) / spread, -1.0, 1.0)
            if axis == 0:
                difficulty = difficulty - step
                difficulty -= difficulty.mean()
            else:
                ability = ability + step
    length = float(np.mean(counts))
    return np.asarray(difficulty * (length - 1) / length, dtype=np.float64)


def _upper_tail(old: Floats, new: Floats, right_old: int, right: int) -> tuple[float, float]:
    """Return mean and upper tail of the old ones right, given all the rights.

    Args:
        old: exp(-difficulty) of the old items.
        new: The same of the new ones.
        right_old: Old ones right.
        right: Rights in all.
    """
    scale = float(np.exp(np.log(np.concatenate([old, new])).mean()))
    of_old, of_new = _symmetric(old / scale), _symmetric(new / scale)
    least, most = max(0, right - len(new)), min(len(old), right)
    scores = np.arange(least, most + 1)
    weights = of_old[scores] * of_new[right - scores]
    weights /= weights.sum()
    return float(weights @ scores), float(min(1.0, weights[scores >= right_old].sum()))


def _symmetric(weights: Floats) -> Floats:
    """Return the elementary symmetric functions of order 0 to k."""
    out = np.zeros(len(weights) + 1)
    out[0] = 1.0
    for place, weight in enumerate(weights.tolist(), 1):
        out[1 : place + 1] += weight * out[:place]
    return out
