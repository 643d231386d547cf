"""The placement test (定位测评): each next item is the one that tells most about this person.

After every answer the ability is the mean of the posterior on a grid of 41 nodes (EAP, Bock &
Mislevy 1982; the prior is standard normal). The next item comes from the topic that is furthest
behind its share of the test so far (Kingsbury & Zara 1989), and there it is one of the six with
the greatest Fisher information at the present ability, by a draw of the test's own seed, so that a
best item is not shown to everybody. The test ends when the standard error is small enough and every
topic was asked, or when it has the most items.

Everything follows from pool, shares, seed and answers: what was shown can be worked out again.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from question_bank.difficulty import Curve, stacked
from question_bank.psychometrics.abilities import abilities, form_information
from question_bank.psychometrics.irt import NODES
from question_bank.psychometrics.matrices import Floats

BEST_OF = 6
"""Among how many of the most informative items of the topic the seed draws."""

TOPIC_SD = 0.6
"""How far a person's topics lie apart around the whole, as a standard deviation; an assumption.
A topic that was asked twice says little of itself: it is drawn towards the whole by this much."""

Ending = Literal["precise", "longest", "exhausted"]


@dataclass(frozen=True, slots=True)
class PoolItem:
    """What the test must know of an item.

    Attributes:
        id: The item's id.
        topic: Its topic.
        curve: Its chance curve.
        excludes: Ids that must not stand in the same test: its enemies, and the others of a case.
    """

    id: str
    topic: str
    curve: Curve
    excludes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rules:
    """When a test ends.

    Attributes:
        target_error: Standard error at which it may end.
        least_items: Never before so many.
        least_per_topic: Nor before each topic was asked so often, as far as the pool has it.
        most_items: Never after so many.
    """

    target_error: float = 0.42
    least_items: int = 16
    least_per_topic: int = 2
    most_items: int = 30


PLACEMENT = Rules()
"""The placement test of the product: 16 to 30 items."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One item that was answered: its place in the pool by id, and its credit in [0, 1]."""

    item_id: str
    credit: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands: ability and standard error on the scale of `difficulty`."""

    theta: float
    error: float
    count: int


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next: an item, or the end with its reason."""

    standing: Standing
    item_id: str | None
    ending: Ending | None


def standing_of(curves: Sequence[Curve], credits: Sequence[float]) -> Standing:
    """Return the ability that answers show; a credit of one half and more counts as right."""
    if not curves:
        return Standing(0.0, 1.0, 0)
    theta, error = abilities(stacked(curves), np.array([credits], dtype=np.float64))
    return Standing(float(theta[0]), float(error[0]), len(curves))


def next_step(
    pool: Sequence[PoolItem],
    shares: Mapping[str, float],
    answers: Sequence[Answered],
    seed: bytes,
    *,
    rules: Rules = PLACEMENT,
    avoid: Collection[str] = (),
) -> Step:
    """Return the next item, or the end.

    Args:
        pool: Every item that may be asked.
        shares: Share of the test by topic; they need not sum to 1. Topics without one are not
            asked.
        answers: What was answered so far, in order.
        seed: Of this test.
        rules: When it ends.
        avoid: Ids that are asked only when their topic has nothing else: what was seen lately.

    Raises:
        KeyError: If an answer names an item that the pool has not.
    """
    by_id = {one.id: one for one in pool}
    asked = [by_id[one.item_id] for one in answers]
    standing = standing_of([one.curve for one in asked], [one.credit for one in answers])
    closed = {one.id for one in asked}.union(*(one.excludes for one in asked))
    open_items = [one for one in pool if one.id not in closed and shares.get(one.topic, 0) > 0]
    counts = Counter(one.topic for one in asked)
    if ending := _ending(standing, open_items, counts, shares, rules):
        return Step(standing, None, ending)
    topic = _topic_behind(open_items, counts, shares, rules)
    within = [one for one in open_items if one.topic == topic]
    fresh = [one for one in within if one.id not in avoid] or within
    return Step(standing, _drawn(fresh, standing.theta, seed, len(answers)).id, None)


def _ending(
    standing: Standing,
    open_items: Sequence[PoolItem],
    counts: Mapping[str, int],
    shares: Mapping[str, float],
    rules: Rules,
) -> Ending | None:
    if not open_items:
        return "exhausted"
    if standing.count >= rules.most_items:
        return "longest"
    left = {one.topic for one in open_items}
    lacking = any(counts.get(one, 0) < rules.least_per_topic for one in shares if one in left)
    if standing.count >= rules.least_items and not lacking:
        return "precise" if standing.error <= rules.target_error else None
    return None


def _topic_behind(
    open_items: Sequence[PoolItem],
    counts: Mapping[str, int],
    shares: Mapping[str, float],
    rules: Rules,
) -> str:
    """Return the topic whose share of the next answers is least met; of equals the first named.

    Small topics come late by their share: when what they lack fills the test up to its least
    length, only they are left to choose from, so that they do not make the test longer.
    """
    total, count = sum(shares.values()), sum(counts.values()) + 1
    left = {one.topic for one in open_items}
    topics = [topic for topic in shares if topic in left]
    lacks = {one: max(0, rules.least_per_topic - counts.get(one, 0)) for one in topics}
    if sum(lacks.values()) >= rules.least_items - count + 1:
        topics = [topic for topic in topics if lacks[topic]] or topics
    return max(topics, key=lambda topic: shares[topic] / total * count - counts.get(topic, 0))


def _drawn(items: Sequence[PoolItem], theta: float, seed: bytes, place: int) -> PoolItem:
    """Return one of the most informative items; of equally informative ones the first by id."""
    information = stacked([one.curve for one in items]).information(np.array([theta]))[0]
    order = sorted(range(len(items)), key=lambda at: (-information[at], items[at].id))
    digest = hashlib.sha256(seed + place.to_bytes(2, "big")).digest()
    return items[order[int.from_bytes(digest[:8], "big") % min(BEST_OF, len(order))]]


def topic_standings(pool: Sequence[PoolItem], answers: Sequence[Answered]) -> dict[str, Standing]:
    """Return where a person stands in each topic that was asked.

    The topic's ability has the whole's posterior as its prior, widened by `TOPIC_SD`: two answers
    move it a little, ten let it speak for itself.
    """
    by_id = {one.id: one for one in pool}
    asked = [(by_id[one.item_id], one.credit) for one in answers]
    whole = standing_of([item.curve for item, _ in asked], [credit for _, credit in asked])
    topics: dict[str, list[tuple[PoolItem, float]]] = {}
    for item, credit in asked:
        topics.setdefault(item.topic, []).append((item, credit))
    return {
        topic: _with_prior(
            [item.curve for item, _ in held],
            [credit for _, credit in held],
            whole.theta,
            float(np.hypot(TOPIC_SD, whole.error)),
        )
        for topic, held in topics.items()
    }


def _with_prior(
    curves: Sequence[Curve], credits: Sequence[float], mean: float, sd: float
) -> Standing:
    weights = posterior(curves, credits, mean=mean, sd=sd)
    theta = float(weights @ NODES)
    error = math.sqrt(max(float(weights @ NODES**2) - theta**2, 0.0))
    return Standing(theta, error, len(curves))


def posterior(
    curves: Sequence[Curve], credits: Sequence[float], *, mean: float = 0.0, sd: float = 1.0
) -> Floats:
    """Return the posterior of the ability on `NODES`; 41 weights that sum to 1.

    Args:
        curves: Of the items that were answered.
        credits: In [0, 1]; one half and more counts as right.
        mean: Of the normal prior.
        sd: Of the normal prior, > 0.
    """
    logs = -(((NODES - mean) / sd) ** 2) / 2
    if curves:
        chance = np.clip(stacked(curves).chances(NODES), 1e-12, 1 - 1e-12)
        right = np.array([credit >= 0.5 for credit in credits])
        logs = logs + np.where(right, np.log(chance), np.log1p(-chance)).sum(axis=1)
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def expected_error(curves: Sequence[Curve], theta: float) -> float:
    """Return the standard error that a fixed form of these items leaves at an ability."""
    information = form_information(stacked(curves), np.array([theta]))[0]
    return float(1 / np.sqrt(information + 1.0))  # the prior is worth 1
