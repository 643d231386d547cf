"""What a placement test is worth: simulated people with known abilities, against a fixed form.

The same people sit the adaptive test and a fixed form of just as many items with the same shares
of topics, chosen evenly over the pool's difficulties. Bias is the mean error of the ability, rmse
the root of its mean square. `item_sd` lets the people answer by other difficulties than the test
believes in: what a pool that was never calibrated is like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from question_bank.adaptive import (
    PLACEMENT,
    Answered,
    PoolItem,
    Rules,
    next_step,
    standing_of,
)
from question_bank.difficulty import Curve


@dataclass(frozen=True, slots=True)
class PlacementStudy:
    """What was found.

    Attributes:
        count: People.
        mean_items: Items that the adaptive test took, on average.
        most_shown_fraction: Share of people who met the most used item.
        bias, rmse: Of the adaptive test.
        fixed_bias, fixed_rmse: Of the fixed form of `fixed_items` items.
        fixed_items: Its length: the adaptive test's mean, rounded up.
        covered_fraction: Share of people whose ability lies within 1.96 standard errors.
    """

    count: int
    mean_items: float
    most_shown_fraction: float
    bias: float
    rmse: float
    fixed_bias: float
    fixed_rmse: float
    fixed_items: int
    covered_fraction: float


def study_placement(
    pool: Sequence[PoolItem],
    shares: Mapping[str, float],
    thetas: Sequence[float],
    *,
    seed: int,
    item_sd: float = 0.0,
    rules: Rules = PLACEMENT,
) -> PlacementStudy:
    """Let people of known ability sit the adaptive test and a fixed form.

    Args:
        pool: The items.
        shares: Share of the test by topic.
        thetas: True abilities.
        seed: Of all chance.
        item_sd: Standard deviation of the true difficulties around the believed ones.
        rules: Of the adaptive test.
    """
    rng = np.random.default_rng(seed)
    truth = {one.id: _shifted(one.curve, float(rng.normal(0, item_sd))) for one in pool}
    found, errors, lengths = [], [], []
    shown: dict[str, int] = {}
    for theta in thetas:
        answers = sit(pool, shares, truth, theta, rng, rules)
        curves = {one.id: one.curve for one in pool}
        standing = standing_of(
            [curves[one.item_id] for one in answers], [one.credit for one in answers]
        )
        found.append(standing.theta)
        errors.append(standing.error)
        lengths.append(len(answers))
        for one in answers:
            shown[one.item_id] = shown.get(one.item_id, 0) + 1
    fixed_items = int(np.ceil(np.mean(lengths)))
    form = fixed_form(pool, shares, fixed_items)
    fixed = [_fixed_theta(form, truth, theta, rng) for theta in thetas]
    true, estimates = np.array(thetas), np.array(found)
    return PlacementStudy(
        len(thetas),
        float(np.mean(lengths)),
        max(shown.values()) / len(thetas),
        float((estimates - true).mean()),
        float(np.sqrt(((estimates - true) ** 2).mean())),
        float((np.array(fixed) - true).mean()),
        float(np.sqrt(((np.array(fixed) - true) ** 2).mean())),
        fixed_items,
        float((np.abs(estimates - true) <= 1.96 * np.array(errors)).mean()),
    )


def sit(
    pool: Sequence[PoolItem],
    shares: Mapping[str, float],
    truth: Mapping[str, Curve],
    theta: float,
    rng: np.random.Generator,
    rules: Rules = PLACEMENT,
) -> list[Answered]:
    """Return one simulated person's whole test."""
    answers: list[Answered] = []
    seed = rng.bytes(16)
    while (step := next_step(pool, shares, answers, seed, rules=rules)).item_id is not None:
        answers.append(Answered(step.item_id, _answer(truth[step.item_id], theta, rng)))
    return answers


def fixed_form(pool: Sequence[PoolItem], shares: Mapping[str, float], count: int) -> list[PoolItem]:
    """Return a form with the shares of topics, even over the difficulties of each topic."""
    total = sum(shares.values())
    form: list[PoolItem] = []
    for topic, share in shares.items():
        held = sorted((one for one in pool if one.topic == topic), key=lambda one: one.curve.b)
        wanted = min(len(held), round(share / total * count))
        form += [held[int((at + 0.5) * len(held) / wanted)] for at in range(wanted)]
    return form


def _fixed_theta(
    form: Sequence[PoolItem], truth: Mapping[str, Curve], theta: float, rng: np.random.Generator
) -> float:
    credits = [_answer(truth[one.id], theta, rng) for one in form]
    return standing_of([one.curve for one in form], credits).theta


def _answer(curve: Curve, theta: float, rng: np.random.Generator) -> float:
    chance = curve.c + (1 - curve.c) / (1 + np.exp(-curve.a * (theta - curve.b)))
    return float(rng.random() < chance)


def _shifted(curve: Curve, by: float) -> Curve:
    return replace(curve, b=curve.b + by)
