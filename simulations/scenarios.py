"""The scenario (场景): a merchant's room as versioned, strictly checked content.

Everything numeric about a merchant or its market is a field here, with unit, range and source;
mechanisms are code (`simulations.engines`). "assumption" as source means: chosen so that levels
stay inside the magnitudes of public playbooks and the case material, not measured on a real room.
"""

import hashlib
import json
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, StringConstraints, model_validator

from simulations.actions import COMPLIANCE_ID, PACES, Code
from simulations.merchants import (
    Audience,
    Benefits,
    Comments,
    Compliance,
    Content,
    Host,
    House,
    Incident,
    Line,
    Market,
    Normals,
    Phase,
    Platform,
    Product,
    Scoring,
    Speed,
    Text,
    number,
    whole,
)

TICK_S = 5
"""Length of a tick in seconds of room time; results are converged at 5 s."""

TICKS_PER_MINUTE = 60 // TICK_S
MOST_PRODUCTS = 12
LEAST_ANSWER_WALL_S = 45
"""No human deadline in a room is shorter than this on the wall clock."""


class Budget(NamedTuple):
    """What may be spent in a session, in fen."""

    traffic_fen: int
    benefit_fen: int


class Scenario(Content):
    """A room that can be played: the merchant's story, its numbers and its texts."""

    lang: Literal["zh-Hans"]
    id: Code
    version: int = whole("rises with every published change", ge=1, le=10_000)
    engine: Literal["1"] = Field(description="engine version that runs it")
    exposure: Literal["public", "secure"] = Field(
        description="public scenarios train and demonstrate; they never count in production"
    )
    title: Line
    level: Literal["junior", "intermediate", "senior"]
    story: Annotated[str, StringConstraints(min_length=60, max_length=260)]
    problem: Text = Field(description="what is wrong at the start")
    source: Text
    duration_min: int = whole("minutes of room time", ge=10, le=480)
    target_gmv_fen: int = whole("the session's target, fen", ge=1, le=10**12)
    speed: Speed
    phases: tuple[Phase, ...] = Field(min_length=1)
    host: Host
    audience: Audience
    platform: Platform
    market: Market
    benefits: Benefits
    compliance: Compliance
    house: House
    price_floor_fraction: float = number("lowest price, share of list", ge=0.1, le=1)
    reverse_freight_fen: int = whole("lost a returned order, fen; about 800", ge=0, le=10_000)
    writeoff_fraction: float = number("of a reordered unit's cost; assumption", ge=0, le=1)
    actions_per_tick: int = whole("most actions in one tick", ge=1, le=20)
    products: tuple[Product, ...] = Field(min_length=2, max_length=MOST_PRODUCTS)
    incidents: tuple[Incident, ...] = Field(max_length=8)
    scoring: Scoring
    normals: Normals
    comments: Comments

    @property
    def ref(self) -> str:
        """Return the permanent name of this version."""
        return f"{self.id}@{self.version}"

    @property
    def budget(self) -> Budget:
        """Return what may be spent in the session."""
        return Budget(self.market.budget_fen, self.benefits.budget_fen)

    @property
    def limits(self) -> dict[str, Any]:
        """Return the ranges of the controls as JSON-able data; both ends are allowed."""
        coupon, bag = self.benefits.coupon, self.benefits.lucky_bag
        packet, market = self.benefits.red_packet, self.market
        return {
            "coupon": {
                "depth_fraction": [coupon.depth_least_fraction, coupon.depth_most_fraction],
                "minutes": [1, coupon.most_min],
                "cooldown_s": round(coupon.pause_min * 60),
            },
            "lucky_bag": {
                "prize_fen": [bag.least_fen, bag.most_fen],
                "minutes": [1, bag.most_min],
                "cooldown_s": round(bag.pause_min * 60),
            },
            "red_packet": {
                "amount_fen": [packet.least_fen, packet.most_fen],
                "cooldown_s": round(packet.pause_min * 60),
            },
            "traffic": {
                "bid_fen": [market.bid_least_fen, market.bid_most_fen],
                "rate_fen_per_min": [0, market.rate_most_fen_per_min],
            },
            "freight_cover": {"cost_per_order_fen": self.benefits.freight_cover.cost_fen},
            "pace": [pace.value for pace in PACES],
        }

    @property
    def duration_ticks(self) -> int:
        """Return the length of the session in ticks."""
        return self.duration_min * TICKS_PER_MINUTE

    def __hash__(self) -> int:
        return hash(self._content_hash)

    @cached_property
    def _content_hash(self) -> str:
        data = json.dumps(
            self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        return hashlib.sha256(data.encode()).hexdigest()

    def content_hash(self) -> str:
        """Return a hash of everything in the scenario; results are stored under it."""
        return self._content_hash

    def product_index(self, code: str) -> int:
        """Return a product's position on the tray, from 0; KeyError if there is none."""
        for position, product in enumerate(self.products):
            if product.code == code:
                return position
        raise KeyError(code)

    def choice_index(self, incident: str, choice: str) -> tuple[int, int]:
        """Return positions of an incident (-1: a compliance warning) and of one of its choices.

        Raises:
            KeyError: If there is no such incident, or it has no such choice.
        """
        if incident == COMPLIANCE_ID:
            ids = [one.id for one in self.compliance.choices]
            return -1, _position(ids, choice)
        position = _position([one.id for one in self.incidents], incident)
        return position, _position([one.id for one in self.incidents[position].choices], choice)

    def product_code(self, index: int) -> str:
        """Return the code of the product at a position of the tray."""
        return self.products[index].code

    def choice_codes(self, incident: int, choice: int) -> tuple[str, str]:
        """Return the ids at these positions; incident -1 is a compliance warning."""
        if incident < 0:
            return COMPLIANCE_ID, self.compliance.choices[choice].id
        one = self.incidents[incident]
        return one.id, one.choices[choice].id

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [
            *self._name_problems(),
            *self._range_problems(),
            *self._time_problems(),
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _name_problems(self) -> list[str]:
        problems = []
        for what, ids in (
            ("products", [one.code for one in self.products]),
            ("incidents", [one.id for one in self.incidents]),
            ("compliance.choices", [one.id for one in self.compliance.choices]),
            *(
                (f"incidents.{one.id}.choices", [c.id for c in one.choices])
                for one in self.incidents
            ),
        ):
            if len(set(ids)) < len(ids):
                problems.append(f"{what}: ids must differ")
        if COMPLIANCE_ID in {one.id for one in self.incidents}:
            problems.append(f"incidents: the id {COMPLIANCE_ID!r} is taken by warnings")
        if not any(choice.clears for choice in self.compliance.choices):
            problems.append("compliance.choices: none clears a warning")
        return problems

    def _range_problems(self) -> list[str]:
        problems = [
            f"products.{one.code}: cost_fen {one.cost_fen} is not below list_price_fen"
            for one in self.products
            if one.cost_fen >= one.list_price_fen
        ]
        coupon, bag, packet = (
            self.benefits.coupon,
            self.benefits.lucky_bag,
            self.benefits.red_packet,
        )
        for what, least, most in (
            ("coupon depth", coupon.depth_least_fraction, coupon.depth_most_fraction),
            ("lucky_bag prize", bag.least_fen, bag.most_fen),
            ("red_packet amount", packet.least_fen, packet.most_fen),
            ("market bid", self.market.bid_least_fen, self.market.bid_most_fen),
        ):
            if least > most:
                problems.append(f"{what}: least {least} is above most {most}")
        return problems

    def _time_problems(self) -> list[str]:
        """Return what does not fit into the session, or leaves people too little time."""
        problems = []
        wall_s = self.compliance.answer_min * 60 / self.speed.exam
        if wall_s < LEAST_ANSWER_WALL_S:
            problems.append(
                f"compliance.answer_min: {wall_s:.0f} s on the wall at speed {self.speed.exam:g}; "
                f"at least {LEAST_ANSWER_WALL_S}"
            )
        for one in self.incidents:
            if not one.sign_min <= one.from_min <= one.until_min:
                problems.append(f"incidents.{one.id}: needs sign_min <= from_min <= until_min")
            if one.until_min + one.lasts_min > self.duration_min:
                problems.append(f"incidents.{one.id}: may last beyond the session's end")
            if one.lasts_min * 60 / self.speed.exam < LEAST_ANSWER_WALL_S:
                problems.append(f"incidents.{one.id}.lasts_min: too short to answer")
        if self.phases[-1].until_min != self.duration_min or any(
            a.until_min >= b.until_min for a, b in pairwise(self.phases)
        ):
            problems.append("phases: must rise and end with the session")
        for name, curve in (
            ("fans_curve", self.audience.fans_curve),
            ("public_curve", self.audience.public_curve),
        ):
            if any(a.minute >= b.minute for a, b in pairwise(curve)):
                problems.append(f"audience.{name}: minutes must rise")
        return problems


def _position(ids: list[str], wanted: str) -> int:
    if wanted not in ids:
        raise KeyError(wanted)
    return ids.index(wanted)
