"""The chance to pass an exam (通过概率): from what was answered, to a score on a form of the exam.

The ability is a posterior (`adaptive.posterior`). At each ability the number of right answers on a
form is the sum of independent chances (Lord & Wingersky 1984); passing is reaching the cut.
Averaged over the posterior that is the chance to pass; its interval is what the ends of the
ability's own interval would give. The items' difficulties are themselves uncertain while the pool
is not calibrated: their spread (`ITEM_SD`) flattens every chance a little.

A form of the exam is not known before it is drawn, so a typical one stands for it: for each topic
as many items as the blueprint asks, even over the difficulties of what may be practised.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from question_bank.blueprints import ExamBlueprint
from question_bank.difficulty import Curve, curve_of, stacked
from question_bank.items import Item, Topic
from question_bank.psychometrics.irt import NODES
from question_bank.psychometrics.matrices import Floats

ITEM_SD = 0.5
"""Spread of true difficulties around those worked out from the content; an assumption."""

INTERVAL = 0.80
"""Share of the ability's posterior that the interval of the chance covers."""

LEAST_ANSWERS = 30
"""Answers below which no chance is given: two thirds of the prior would speak."""

FEW_ANSWERS = 80
"""Answers below which the page says that they are few."""


@dataclass(frozen=True, slots=True)
class PassForecast:
    """What a person may expect of an exam sat today.

    Attributes:
        chance: To pass, in [0, 1].
        low, high: The chance at the ends of the ability's interval.
        score: Expected share of the marks.
        score_low, score_high: Ends of the score's 80 % interval.
        answers: How many answers it rests on.
    """

    chance: float
    low: float
    high: float
    score: float
    score_low: float
    score_high: float
    answers: int

    @property
    def is_thin(self) -> bool:
        """Whether it rests on few answers."""
        return self.answers < FEW_ANSWERS


def typical_form(
    blueprint: ExamBlueprint, items: Sequence[Item], calibrated: Mapping[str, Curve]
) -> list[Curve]:
    """Return the curves of a form as the blueprint draws them on average.

    Args:
        blueprint: Of the exam.
        items: What may be practised of the exam's level; an item may stand for several.
        calibrated: Curves estimated from answers, by item id.
    """
    counts = topic_counts(blueprint)
    curves: list[Curve] = []
    for topic, count in counts.items():
        held = sorted(
            (curve_of(one, calibrated) for one in items if one.topic == topic),
            key=lambda one: one.b,
        )
        if held:
            curves += [held[int((at + 0.5) * len(held) / count)] for at in range(count)]
    return curves


def topic_counts(blueprint: ExamBlueprint) -> dict[Topic, int]:
    """Return how many items of each topic a form has on average; they sum to its length."""
    middles = dict.fromkeys(Topic, 0.0)
    for quota in blueprint.quotas:
        if quota.topic is not None and quota.name == f"topic={quota.topic}":
            most = blueprint.item_count if quota.most is None else quota.most
            middles[quota.topic] = (quota.least + most) / 2
    total = sum(middles.values())
    if total == 0:
        middles, total = dict.fromkeys(Topic, 1.0), float(len(Topic))
    exact = {one: middle / total * blueprint.item_count for one, middle in middles.items()}
    counts = {one: math.floor(value) for one, value in exact.items()}
    by_rest = sorted(exact, key=lambda one: counts[one] - exact[one])
    for one in by_rest[: blueprint.item_count - sum(counts.values())]:
        counts[one] += 1
    return {one: count for one, count in counts.items() if count}


def pass_forecast(
    weights: Floats,
    form: Sequence[Curve],
    cut_fraction: float,
    *,
    answers: int,
) -> PassForecast:
    """Return the chance to pass a form.

    Args:
        weights: The posterior of the ability on `NODES`; 41 weights that sum to 1.
        form: Curves of the form's items, at least one.
        cut_fraction: Least share of the marks that passes; equality passes.
        answers: How many answers the posterior rests on.

    Raises:
        ValueError: If the form is empty.
    """
    if not form:
        raise ValueError("a form without items cannot be passed")
    scores = score_chances(form)
    least = math.ceil(cut_fraction * len(form) - 1e-9)
    passing = scores[:, least:].sum(axis=1)
    low, high = _interval(weights, INTERVAL)
    # The nodes' chances rise with the ability, so the ends of the interval are the ends.
    at = np.interp([low, high], NODES, passing)
    mixed = weights @ scores
    fractions = np.arange(len(form) + 1) / len(form)
    below = np.cumsum(mixed)
    return PassForecast(
        float(weights @ passing),
        float(at[0]),
        float(at[1]),
        float(mixed @ fractions),
        float(fractions[int(np.searchsorted(below, (1 - INTERVAL) / 2))]),
        float(fractions[min(len(form), int(np.searchsorted(below, (1 + INTERVAL) / 2)))]),
        answers,
    )


def score_chances(form: Sequence[Curve]) -> Floats:
    """Return the chance of each number of right answers at each node; shape (41, k + 1)."""
    chances = _uncertain(form)
    scores = np.zeros((len(NODES), len(form) + 1))
    scores[:, 0] = 1.0
    for at in range(len(form)):
        right = chances[:, at : at + 1]
        scores[:, 1 : at + 2] = scores[:, 1 : at + 2] * (1 - right) + scores[:, : at + 1] * right
        scores[:, :1] *= 1 - right
    return scores


def _uncertain(form: Sequence[Curve]) -> Floats:
    """Return the chance of a right answer at each node, averaged over the difficulty's spread.

    A logistic curve averaged over a normal spread of its difficulty is close to a flatter logistic
    one: the slope is divided by sqrt(1 + (a sd / 1.7)^2).
    """
    curves = stacked(form)
    spread = np.array([0.0 if one.origin == "calibrated" else ITEM_SD for one in form])
    slope = curves.a / np.sqrt(1 + (curves.a * spread / 1.7) ** 2)
    lift = 1 / (1 + np.exp(-slope * (NODES[:, None] - curves.b)))
    return np.asarray(curves.c + (1 - curves.c) * lift, dtype=np.float64)


def _interval(weights: Floats, share: float) -> tuple[float, float]:
    """Return the ends of the middle `share` of a posterior on `NODES`."""
    below = np.cumsum(weights) - weights / 2
    low, high = np.interp([(1 - share) / 2, (1 + share) / 2], below, NODES)
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Reliability:
    """How well stated chances agree with what happened.

    Attributes:
        brier: Mean squared difference; 0 is perfect.
        base_brier: Of stating everybody's share of passes for everybody.
        bins: (stated mean, share that passed, people) of tenths of the scale that hold anybody.
    """

    brier: float
    base_brier: float
    bins: tuple[tuple[float, float, int], ...]

    @property
    def error(self) -> float:
        """Mean distance of stated and seen shares, weighted by people."""
        people = sum(count for *_, count in self.bins)
        return sum(abs(stated - seen) * count for stated, seen, count in self.bins) / people


def reliability(stated: Sequence[float], passed: Sequence[bool]) -> Reliability:
    """Compare stated chances with outcomes.

    Raises:
        ValueError: If there are none, or not as many of both.
    """
    if not stated or len(stated) != len(passed):
        raise ValueError(f"{len(stated)} chances and {len(passed)} outcomes")
    chances, seen = np.array(stated), np.array(passed, dtype=np.float64)
    tenth = np.minimum(9, (chances * 10).astype(int))
    bins = tuple(
        (float(chances[tenth == one].mean()), float(seen[tenth == one].mean()), int(held))
        for one in range(10)
        if (held := (tenth == one).sum())
    )
    base = float(((seen - seen.mean()) ** 2).mean())
    return Reliability(float(((chances - seen) ** 2).mean()), base, bins)
