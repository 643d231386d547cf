"""Groups of persons in which more stand out than chance puts there: providers, sittings.

Given how many of an exam's persons stand out, chance deals them to the groups without looking: the
count in a group is hypergeometric, the exact form of comparing its share with everybody else's.
A group is named when so many or more are less likely than the family-wise level shared by the
groups (Bonferroni). Like every sign it is for people to look at: a provider whose people prepared
each other well, and one whose people passed answers on, look the same here.

Source: provider-level means of flags against the pool, of the reliability plan.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import comb

from question_bank.similarity import FAMILY_ALPHA

LEAST_SIZE = 5
"""A smaller group says nothing that its members' own sheets do not."""


@dataclass(frozen=True, slots=True)
class GroupShare:
    """How many of a group stand out.

    Attributes:
        name: The group.
        size: Its persons who sat the exam.
        flagged: How many of them stand out.
        expected: How many would by chance.
        p_value: Chance of so many or more.
    """

    name: str
    size: int
    flagged: int
    expected: float
    p_value: float


@dataclass(frozen=True, slots=True)
class GroupShares:
    """What a look at every group found.

    Attributes:
        compared: Groups that were large enough.
        level: The p-value from which downwards a group is named.
        unusual: The named ones, least likely first.
    """

    compared: int
    level: float
    unusual: tuple[GroupShare, ...]


def unusual_groups(
    members: Mapping[str, Collection[int]],
    flagged: Collection[int],
    *,
    persons: int,
    alpha: float = FAMILY_ALPHA,
) -> GroupShares:
    """Compare each group's share of persons who stand out with everybody else's.

    Args:
        members: Persons of each group; one may be in several, or in none.
        flagged: Persons who stand out.
        persons: How many sat the exam, grouped or not.
        alpha: Chance of naming any group where chance alone dealt.
    """
    marked = frozenset(flagged)
    large = {name: frozenset(one) for name, one in members.items() if len(set(one)) >= LEAST_SIZE}
    if not large:
        return GroupShares(0, alpha, ())
    level = alpha / len(large)
    shares = []
    for name, group in large.items():
        count = len(group & marked)
        share = GroupShare(
            name=name,
            size=len(group),
            flagged=count,
            expected=len(group) * len(marked) / persons,
            p_value=_at_least(count, size=len(group), marked=len(marked), persons=persons),
        )
        if share.p_value <= level:
            shares.append(share)
    shares.sort(key=lambda one: (one.p_value, one.name))
    return GroupShares(len(large), level, tuple(shares))


def _at_least(count: int, *, size: int, marked: int, persons: int) -> float:
    """Return the chance that `count` or more of `marked` fall among `size` of `persons`."""
    ways = sum(
        comb(marked, one) * comb(persons - marked, size - one)
        for one in range(count, min(size, marked) + 1)
    )
    return ways / comb(persons, size)
