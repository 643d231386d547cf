"""How far the stated chance to pass can be believed: simulated people whose abilities are known.

People practise items, the chance to pass is stated, and then they sit a form. Their answers follow
difficulties and slopes that differ from those believed in, as a bank's do before it is calibrated;
so the check is not the model with itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from question_bank.adaptive import posterior
from question_bank.difficulty import Curve
from question_bank.passing import Reliability, pass_forecast, reliability

PRACTISED = (30, 60, 120)
"""Answers that the simulated people have given before."""

TRUE_B_SD, TRUE_LOG_A_SD = 0.5, 0.25
"""How far true difficulties, and logarithms of true slopes, lie around those believed in."""


def study_forecasts(
    pool: Sequence[Curve],
    form: Sequence[Curve],
    cut_fraction: float,
    *,
    people: int,
    seed: int,
) -> Reliability:
    """State the chance to pass for simulated people, let them sit the form, and compare.

    Args:
        pool: Curves of what is practised, as believed.
        form: Curves of the exam's form, as believed.
        cut_fraction: Least share of the marks that passes.
        people: How many; their abilities are normal around 0.2 with a deviation of 1.
        seed: Of all chance.
    """
    rng = np.random.default_rng(seed)
    stated, passed = [], []
    for _ in range(people):
        theta, count = rng.normal(0.2, 1), int(rng.choice(PRACTISED))
        held = [pool[at] for at in rng.choice(len(pool), min(count, len(pool)), replace=False)]
        weights = posterior(held, _answers(held, theta, rng))
        stated.append(pass_forecast(weights, form, cut_fraction, answers=len(held)).chance)
        score = float(np.mean(_answers(form, theta, rng)))
        passed.append(score >= cut_fraction - 1e-9)
    return reliability(stated, passed)


def _answers(curves: Sequence[Curve], theta: float, rng: np.random.Generator) -> list[float]:
    a = np.array([one.a for one in curves]) * np.exp(rng.normal(0, TRUE_LOG_A_SD, len(curves)))
    b = np.array([one.b for one in curves]) + rng.normal(0, TRUE_B_SD, len(curves))
    c = np.array([one.c for one in curves])
    chance = c + (1 - c) / (1 + np.exp(-a * (theta - b)))
    return [float(one) for one in rng.random(len(curves)) < chance]
