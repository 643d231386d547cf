"""How far each skill is mastered (掌握度): one posterior a skill, from all kinds of evidence.

Practice, exams, rooms and placement tests are all put as right-or-wrong answers on one scale of
ability. A piece of evidence counts by its source and by its age; an answer that counts half moves
the posterior half as much (a tempered likelihood). The whole person comes first; each skill then
has the whole as its prior, widened by `TOPIC_SD`, so that a skill nobody asked about stays near
the whole, with a wide interval.

Mastery is the share of a level's plain questions that a person of this ability knows: 60 % is where
a just competent operator of the level stands.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from question_bank.adaptive import TOPIC_SD
from question_bank.difficulty import LEVEL_THETA, Curve, stacked
from question_bank.psychometrics.irt import NODES
from question_bank.psychometrics.matrices import Floats

COMPETENT = 0.6
"""Mastery of a just competent operator."""

HALF_LIFE = timedelta(days=60)
"""After this time a piece of evidence counts half; an assumption."""

OLDEST = timedelta(days=365)
"""Older evidence does not count."""


class Source(StrEnum):
    """Where evidence comes from."""

    PLACEMENT = "placement"
    EXAM = "exam"
    ROOM = "room"
    PRACTICE = "practice"
    REPEAT = "repeat"


WEIGHT: Mapping[Source, float] = {
    Source.PLACEMENT: 1.0,
    Source.EXAM: 1.0,
    Source.ROOM: 1.0,
    Source.PRACTICE: 0.8,
    Source.REPEAT: 0.3,
}
"""What one answer of a source counts when it is fresh. Practice is done with the handbook at hand;
an item that comes again was explained before. Assumptions, all of them."""

ROOM_ANSWERS = 4.0
"""Answers that a room's points of one skill stand for."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence about a skill.

    Attributes:
        skill: Id of the skill.
        curve: Of what was asked.
        credit: In [0, 1].
        source: Where it comes from.
        at: When.
        answers: How many answers it stands for.
    """

    skill: str
    curve: Curve
    credit: float
    source: Source
    at: datetime
    answers: float = 1.0


@dataclass(frozen=True, slots=True)
class Mastery:
    """How far one skill is mastered, as seen from a level.

    Attributes:
        skill: Its id.
        theta, theta_error: Ability and its standard error.
        value: Mastery in [0, 1] of the level's questions.
        low, high: Its 80 % interval.
        weight: Sum of the weights of what it rests on, in fresh answers.
        by_source: The same by source.
        last_at: The newest piece of evidence; None without any.
    """

    skill: str
    theta: float
    theta_error: float
    value: float
    low: float
    high: float
    weight: float
    by_source: Mapping[Source, float]
    last_at: datetime | None


def mastery_at(theta: float, level: str) -> float:
    """Return the mastery of an ability for a level's questions, in (0, 1)."""
    offset = math.log(COMPETENT / (1 - COMPETENT))
    return 1 / (1 + math.exp(-(theta - LEVEL_THETA[level] + offset)))


def weight_of(one: Evidence, now: datetime) -> float:
    """Return how many fresh answers a piece of evidence counts as."""
    age = now - one.at
    if age > OLDEST:
        return 0.0
    lives: float = max(age, timedelta(0)) / HALF_LIFE
    return one.answers * WEIGHT[one.source] * math.pow(0.5, lives)


def room_evidence(
    skill: str, points: float, level_points: float | None, level: str, at: datetime
) -> Evidence:
    """Return what a room's points of a skill say.

    Args:
        skill: Id of the skill.
        points: 0 to 100.
        level_points: Points of a competent operator in the same room; None where unknown.
        level: Of the room.
        at: When it was scored.
    """
    usual = COMPETENT if level_points is None else min(0.9, max(0.1, level_points / 100))
    b = LEVEL_THETA[level] - math.log(usual / (1 - usual))
    credit = min(1.0, max(0.0, points / 100))
    return Evidence(skill, Curve(1.0, b, 0.0), credit, Source.ROOM, at, ROOM_ANSWERS)


def masteries(
    evidence: Sequence[Evidence], skills: Sequence[str], *, level: str, now: datetime
) -> tuple[Mastery, ...]:
    """Return the mastery of every skill, in the given order.

    Args:
        evidence: All there is of one person; skills that are not asked for still shape the whole.
        skills: Ids.
        level: The level whose questions are meant.
        now: The moment that ages are counted to (aware).
    """
    weights = np.array([weight_of(one, now) for one in evidence])
    logs = _log_likelihoods(evidence)
    whole = _normed(weights @ logs - NODES**2 / 2)
    mean = float(whole @ NODES)
    spread = math.hypot(math.sqrt(max(float(whole @ NODES**2) - mean**2, 0.0)), TOPIC_SD)
    out = []
    for skill in skills:
        held = [at for at, one in enumerate(evidence) if one.skill == skill]
        prior = -(((NODES - mean) / spread) ** 2) / 2
        posterior = _normed(prior + weights[held] @ logs[held])
        sources: dict[Source, float] = {}
        for at in held:
            source = evidence[at].source
            sources[source] = sources.get(source, 0.0) + float(weights[at])
        out.append(
            _mastery(
                skill,
                posterior,
                level,
                sources,
                max((evidence[at].at for at in held), default=None),
            )
        )
    return tuple(out)


def whole_posterior(evidence: Sequence[Evidence], *, now: datetime) -> tuple[Floats, float]:
    """Return the posterior of the whole ability on `NODES`, and how many fresh answers made it."""
    weights = np.array([weight_of(one, now) for one in evidence])
    logs = _log_likelihoods(evidence)
    return _normed(weights @ logs - NODES**2 / 2), float(weights.sum())


def _log_likelihoods(evidence: Sequence[Evidence]) -> Floats:
    """Return each piece's log-likelihood at each node; shape (n, 41)."""
    if not evidence:
        return np.zeros((0, len(NODES)))
    chance = np.clip(stacked([one.curve for one in evidence]).chances(NODES), 1e-9, 1 - 1e-9).T
    credit = np.array([one.credit for one in evidence])[:, None]
    return np.asarray(credit * np.log(chance) + (1 - credit) * np.log1p(-chance))


def _normed(logs: Floats) -> Floats:
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _mastery(
    skill: str,
    posterior: Floats,
    level: str,
    by_source: Mapping[Source, float],
    last_at: datetime | None,
) -> Mastery:
    theta = float(posterior @ NODES)
    error = math.sqrt(max(float(posterior @ NODES**2) - theta**2, 0.0))
    below = np.cumsum(posterior) - posterior / 2
    low, high = (float(np.interp(share, below, NODES)) for share in (0.1, 0.9))
    return Mastery(
        skill,
        theta,
        error,
        mastery_at(theta, level),
        mastery_at(low, level),
        mastery_at(high, level),
        sum(by_source.values()),
        by_source,
        last_at,
    )
