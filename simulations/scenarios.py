"""The scenario (场景): a merchant's room as versioned, strictly checked content.

Everything numeric about a merchant or its market is a field here, with unit, range and source;
mechanisms are code (`simulations.engines`). "assumption" as source means: chosen so that levels
stay inside the magnitudes of public playbooks and the case material, not measured on a real room.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, StringConstraints, model_validator

from simulations.actions import COMPLIANCE_ID, Code
from simulations.checks import scenario_problems
from simulations.controls import control_limits
from simulations.drills import Drill
from simulations.fields import Content, Line, Text, number, whole
from simulations.mechanisms import (
    Cash,
    ClipRule,
    Crew,
    HiddenHit,
    HoldRule,
    Service,
    Stage,
    TrustLever,
)
from simulations.merchants import (
    Audience,
    Benefits,
    Comments,
    Compliance,
    Host,
    House,
    Incident,
    Market,
    Normals,
    Phase,
    Platform,
    Product,
    Scoring,
    Speed,
)
from simulations.planning import Card, Opening, Plan, Planning
from simulations.plans import check_plan, in_force

TICK_S = 5
"""Length of a tick in seconds of room time; results are converged at 5 s."""

TICKS_PER_MINUTE = 60 // TICK_S
MOST_PRODUCTS = 12


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
    duration_min: int = whole("minutes of room time; scenario material", ge=10, le=480)
    target_gmv_fen: int = whole("the session's target, fen; scenario material", ge=1, le=10**12)
    speed: Speed
    phases: tuple[Phase, ...] = Field(min_length=1)
    host: Host
    audience: Audience
    platform: Platform
    market: Market
    benefits: Benefits
    compliance: Compliance
    house: House
    price_floor_fraction: float = number(
        "lowest price, share of list; the room's rule", ge=0.1, le=1
    )
    reverse_freight_fen: int = whole("lost a returned order, fen; about 800", ge=0, le=10_000)
    writeoff_fraction: float = number("of a reordered unit's cost; assumption", ge=0, le=1)
    actions_per_tick: int = whole("most actions in one tick; the room's rule", ge=1, le=20)
    products: tuple[Product, ...] = Field(min_length=2, max_length=MOST_PRODUCTS)
    incidents: tuple[Incident, ...] = Field(max_length=8)
    scoring: Scoring
    normals: Normals
    comments: Comments
    other_hosts: tuple[Host, ...] = Field((), max_length=2, description="beside `host`, the first")
    stage: Stage | None = None
    holds: HoldRule | None = None
    trust: tuple[TrustLever, ...] = Field((), max_length=4)
    clips: ClipRule | None = None
    hidden_hit: HiddenHit | None = None
    cash: Cash | None = None
    service: Service | None = None
    crew: Crew | None = None
    planning: Planning | None = None
    drill: Drill | None = None
    plan: Plan | None = Field(None, description="put in by `with_plan`, never by a file")
    opening: Opening | None = Field(None, description="put in by `with_opening`, never by a file")
    cards: tuple[Card, ...] | None = Field(
        None, description="put in by `with_cards`, never by a file"
    )

    def with_plan(self, plan: Plan | None) -> "Scenario":
        """Return the room as planned; without a plan it is the house's.

        Raises:
            PlanRefusedError: With every rule that the plan breaks.
        """
        if plan is not None:
            check_plan(self, plan)
        return _changed(self, "plan", None if plan == Plan() else plan)

    def with_opening(self, opening: Opening | None) -> "Scenario":
        """Return the room as earlier sessions left it.

        Raises:
            KeyError: If the opening names a product that the room has not.
        """
        if opening is not None:
            for code in (*opening.gone, *(one.product for one in opening.stock or ())):
                self.product_index(code)
        return _changed(self, "opening", None if opening == Opening() else opening)

    def with_cards(self, cards: Iterable[Card]) -> "Scenario":
        """Return the room with incidents that begin when a jury says; none leaves it to the key.

        Raises:
            KeyError: If a card names an incident that the room has not, or has been played.
        """
        played = tuple(sorted(cards, key=lambda card: (card.tick, card.incident)))
        ids = [incident.id for incident in self.incidents]
        for card in played:
            ids.remove(ids[_position(ids, card.incident)])
        return _changed(self, "cards", played or None)

    @property
    def hosts(self) -> tuple[Host, ...]:
        """Return all hosts; the first begins."""
        return self.host, *self.other_hosts

    @property
    def ref(self) -> str:
        """Return the permanent name of this version."""
        return f"{self.id}@{self.version}"

    @property
    def budget(self) -> Budget:
        """Return what may be spent in the session, as planned."""
        planned = in_force(self)
        return Budget(planned.traffic_budget_fen, planned.benefit_budget_fen)

    @property
    def limits(self) -> dict[str, Any]:
        """Return the ranges of the controls as JSON-able data; see `simulations.controls`."""
        return control_limits(self)

    @property
    def duration_ticks(self) -> int:
        """Return the length of the session in ticks."""
        return self.duration_min * TICKS_PER_MINUTE

    def __hash__(self) -> int:
        return hash(self._content_hash)

    @cached_property
    def _content_hash(self) -> str:
        # What is left out stays out, so that a mechanism added later leaves the hash alone.
        content = self.model_dump(mode="json", exclude_defaults=True)
        data = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
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

    def host_index(self, code: str) -> int:
        """Return a host's position, from 0; KeyError if there is none."""
        return _position([one.id for one in self.hosts], code)

    def host_code(self, index: int) -> str:
        """Return the id of the host at a position."""
        return self.hosts[index].id

    def trust_index(self, code: str) -> int:
        """Return a trust lever's position, from 0; KeyError if it is not offered."""
        return _position([one.id for one in self.trust], code)

    def trust_code(self, index: int) -> str:
        """Return the id of the trust lever at a position."""
        return self.trust[index].id

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
        if problems := scenario_problems(self):
            raise ValueError("; ".join(problems))
        return self


@lru_cache(maxsize=1024)
def _changed(
    scenario: Scenario, field: str, value: Content | tuple[Content, ...] | None
) -> Scenario:
    """Return the scenario with one field changed; equal arguments give the same object."""
    if getattr(scenario, field) == value:
        return scenario
    fields = {name: getattr(scenario, name) for name in type(scenario).model_fields}
    return Scenario.model_construct(**{**fields, field: value})


def _position(ids: list[str], wanted: str) -> int:
    if wanted not in ids:
        raise KeyError(wanted)
    return ids.index(wanted)
