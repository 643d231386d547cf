"""Which providers fit a merchant, and why: a pure rule that anybody may read.

Fit is of four parts, each 0 to 1: the forces that the merchant's stage needs most, experience with
its goods, certified operators who are free, and nearness. Money is no part, nor is the tier: it
follows from the same forces. Of equal fit the day draws the order, another one each day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.providers.trade import Category

NATIONWIDE = "全国"

W_FORCES, W_GOODS, W_OPERATORS, W_NEAR = 0.5, 0.2, 0.2, 0.1

MANY_SESSIONS = 50
"""Operated sessions in a category from which on experience is full."""

MANY_FREE = 5
"""Free operators from which on more are no better: a merchant needs one or two."""

BAND = 0.05
"""Fits that lie in one band are equal: so fine is no figure here."""


class Stage(StrEnum):
    """Where a merchant stands, by its monthly GMV; the words are in `labels.py`."""

    COLD_START = "cold_start"
    STEADY = "steady"
    LEAP = "leap"
    LARGE = "large"


STAGE_FROM_FEN = {
    Stage.COLD_START: 0,
    Stage.STEADY: 50 * 10_000 * 100,
    Stage.LEAP: 200 * 10_000 * 100,
    Stage.LARGE: 500 * 10_000 * 100,
}
"""Least monthly GMV of each stage: to 50万, to 200万 (营销大场), to 500万 (跃迁), above."""

STAGE_FORCES: Mapping[Stage, Mapping[str, float]] = {
    Stage.COLD_START: {"anchor": 0.5, "traffic": 0.3, "live_ops": 0.2},
    Stage.STEADY: {"live_ops": 0.5, "traffic": 0.3, "supply": 0.2},
    Stage.LEAP: {"anchor": 0.4, "supply": 0.3, "live_ops": 0.3},
    Stage.LARGE: {"service": 0.4, "supply": 0.4, "traffic": 0.2},
}
"""Which forces a stage needs; the weights of a stage sum to one."""


class Reason(StrEnum):
    """Why a provider is listed, or what is not known of it; the words are in `labels.py`."""

    STRONG_FORCE = "strong_force"
    GOODS = "goods"
    DECLARED_GOODS = "declared_goods"
    FREE = "free"
    UPLIFT = "uplift"
    NEAR = "near"
    NO_SCORE = "no_score"


STRONG_FROM = 75.0
"""A force's score from which on it is named as a strength."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a merchant describes; nothing of it is kept."""

    monthly_gmv_fen: int
    category: Category
    region: str

    @property
    def stage(self) -> Stage:
        """The stage that its monthly GMV says."""
        return max(
            (one for one, least in STAGE_FROM_FEN.items() if self.monthly_gmv_fen >= least),
            key=lambda one: STAGE_FROM_FEN[one],
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """What a listed provider lets merchants know, and what is on record.

    Attributes:
        key: Tells it from others.
        categories, regions, stages: As it declares; regions may say 全国.
        home: Its own region.
        forces: Score of each force, 0 to 100; empty without figures of the month.
        sessions: Operated sessions by category, from session results.
        free: Its operators in the public register who look for work and show where they work.
        uplift: What its sessions were estimated to gain, as it counts; None if it does not.
    """

    key: str
    categories: frozenset[str]
    regions: frozenset[str]
    stages: frozenset[str]
    home: str
    forces: Mapping[str, float]
    sessions: Mapping[str, int]
    free: int
    uplift: float | None


@dataclass(frozen=True, slots=True)
class Match:
    """A provider that fits.

    Attributes:
        fit: 0 to 1.
        reasons: Each with the figure that it rests on: a force's name, sessions, operators.
    """

    offer: Offer
    fit: float
    reasons: tuple[tuple[Reason, str], ...]

    @property
    def band(self) -> int:
        """Fits of one band are equal."""
        return int(self.fit / BAND + 1e-9)


def matches(need: Need, offers: Iterable[Offer], *, day: date) -> list[Match]:
    """Return the providers that serve such a merchant, the best band first.

    A provider must declare the stage, the goods (or have operated them) and the region.

    Args:
        need: What the merchant describes.
        offers: Listed providers.
        day: Draws the order within a band; the same for everybody on one day.
    """
    found = [_match(need, one) for one in offers if serves(one, need)]
    return sorted(found, key=lambda one: (-one.band, _lot(one.offer.key, need, day)))


def serves(offer: Offer, need: Need) -> bool:
    """Say whether a provider serves such merchants at all."""
    goods = need.category.value in offer.categories or offer.sessions.get(need.category.value, 0)
    place = need.region in offer.regions or NATIONWIDE in offer.regions
    return bool(goods) and place and need.stage.value in offer.stages


def _match(need: Need, offer: Offer) -> Match:
    weights = STAGE_FORCES[need.stage]
    forces = sum(weight * offer.forces.get(one, 0.0) / 100 for one, weight in weights.items())
    sessions = offer.sessions.get(need.category.value, 0)
    near = offer.home == need.region
    fit = (
        W_FORCES * forces
        + W_GOODS * min(sessions / MANY_SESSIONS, 1.0)
        + W_OPERATORS * min(offer.free / MANY_FREE, 1.0)
        + W_NEAR * near
    )
    reasons: list[tuple[Reason, str]] = []
    strong = [one for one in weights if offer.forces.get(one, 0.0) >= STRONG_FROM]
    reasons += [(Reason.STRONG_FORCE, one) for one in strong]
    if sessions:
        reasons.append((Reason.GOODS, str(sessions)))
    else:
        reasons.append((Reason.DECLARED_GOODS, ""))
    if offer.free:
        reasons.append((Reason.FREE, str(offer.free)))
    if offer.uplift is not None and offer.uplift > 0:
        reasons.append((Reason.UPLIFT, f"{offer.uplift * 100:.1f}%"))
    if near:
        reasons.append((Reason.NEAR, need.region))
    if not offer.forces:
        reasons.append((Reason.NO_SCORE, ""))
    return Match(offer, fit, tuple(reasons))


def _lot(key: str, need: Need, day: date) -> str:
    text = f"{day.isoformat()}|{need.category}|{need.region}|{need.stage}|{key}"
    return hashlib.sha256(text.encode()).hexdigest()
