"""What the cockpit shows of the mechanisms that not every scenario has; see `observing`."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulations.actions import GOALS, LEVERS, VERBS, Action, Lever, decode
from simulations.engines.v1.codes import CONFIRMED, DECLINED, FAILED, OPEN, REPLACED
from simulations.engines.v1.layout import ORDERS, State
from simulations.plans import MINUTES_PER_HOUR, in_force
from simulations.scenarios import TICK_S, TICKS_PER_MINUTE, Scenario
from simulations.states import LoggedAction, RoomKeys, replay

Json = dict[str, Any]

ORDER_STATUS = {
    OPEN: "open",
    CONFIRMED: "confirmed",
    FAILED: "failed",
    REPLACED: "replaced",
    DECLINED: "declined",
}

STRAIN_WORDS = ((0.75, "strained"), (0.4, "tense"), (0.0, "calm"))
"""Least share of the strain at which orders are declined, and its word."""

ENERGY_WORDS = ((0.75, "fresh"), (0.5, "steady"), (0.3, "tired"), (0.0, "spent"))
VOICE_WORDS = ((0.8, "clear"), (0.5, "hoarse"), (0.0, "failing"))


@dataclass(frozen=True, slots=True)
class OrderFate:
    """What became of an order to the crew.

    Attributes:
        tick: When it was given.
        action: What was ordered.
        status: A value of `ORDER_STATUS`.
    """

    tick: int
    action: Action
    status: str


def word(value: float, words: tuple[tuple[float, str], ...]) -> str:
    """Return the word for a value: the first whose least value it reaches."""
    return next((name for least, name in words if value >= least), words[-1][1])


def left_s(end: int, s: State) -> int:
    """Return the seconds of room time until a tick; 0 if it has passed."""
    return max(0, end - s.tick) * TICK_S


def levers_of(scenario: Scenario) -> tuple[Lever, ...]:
    """Return the levers of this room: the stage is one only where somebody can leave it."""
    return tuple(one for one in LEVERS if one is not Lever.STAGE or scenario.stage is not None)


def extras(scenario: Scenario, s: State) -> Json:
    """Return the blocks of what the scenario offers; the others have no key."""
    blocks: Json = {}
    if scenario.crew is not None:
        blocks["crew"] = _crew(scenario, s)
    if scenario.holds is not None:
        blocks["hold"] = _hold(scenario, s)
    if scenario.trust:
        blocks["trust"] = {one.id: s.trust[j] > 0.0 for j, one in enumerate(scenario.trust)}
    if scenario.clips is not None:
        blocks["clips"] = {
            "cutting": _code(scenario, s.clip_product),
            "due_s": left_s(s.clip_due, s) if s.clip_product >= 0 else None,
            "used": round(s.clips),
            "most": scenario.clips.most,
            "visits": round(s.clip_visits),
        }
    if scenario.stage is not None:
        blocks["stage"] = _stage(scenario, s)
    if scenario.cash is not None:
        blocks["cash"] = {"at_hand_fen": round(s.cash)}
    if scenario.service is not None:
        blocks["service"] = {
            "open_questions": round(s.backlog),
            "staff": round(s.staff),
            "coming": round(s.staff_coming),
            "arrive_s": left_s(s.staff_tick, s) if s.staff_coming > 0.0 else None,
        }
    if scenario.market.boost is not None:
        blocks["boost"] = {
            "left_s": left_s(s.boost_end, s),
            "cooldown_s": left_s(s.boost_free, s),
            "is_available": s.tick >= s.boost_free
            and s.spend + scenario.market.boost.least_fen <= s.traffic_budget,
        }
    if scenario.planning is not None:
        blocks["plan"] = _plan(scenario, s)
    return blocks


def traffic_extras(scenario: Scenario, s: State) -> Json:
    """Return what goals and top-ups add to the traffic block."""
    more: Json = {}
    if scenario.market.goals is not None:
        more |= {"goal": GOALS[s.goal].value, "learning_s": left_s(s.learn_end, s)}
    if scenario.market.top_up_most_fen > 0:
        more |= {
            "budget_fen": round(s.traffic_budget),
            "top_up_left_fen": round(scenario.market.top_up_most_fen - s.topped),
        }
    return more


def order_fates(
    scenario: Scenario, keys: RoomKeys, log: Sequence[LoggedAction], tick: int
) -> list[OrderFate]:
    """Return what became of every order to the crew up to a tick, in the order they were given.

    The room itself remembers the newest few; a place is only used again by a newer order, so a
    look before each action misses none. Without a crew there are none.

    Args:
        scenario: The scenario, with the room's plan.
        keys: The room's keys.
        log: The room's accepted actions.
        tick: The moment; what was ordered after it does not count.
    """
    if scenario.crew is None:
        return []
    fates: dict[tuple[int, tuple[float, ...]], OrderFate] = {}
    known = [entry for entry in log if entry.tick <= tick]
    state = None
    for moment in sorted({entry.tick for entry in known}):
        before = known[: bisect_left(known, moment, key=lambda entry: entry.tick)]
        state = replay(scenario, keys, before, moment, state)
        _note_fates(scenario, state.numbers, fates)
    _note_fates(scenario, replay(scenario, keys, known, tick, state).numbers, fates)
    return [fates[key] for key in sorted(fates, key=lambda key: key[0])]


def _note_fates(
    scenario: Scenario, s: State, fates: dict[tuple[int, tuple[float, ...]], OrderFate]
) -> None:
    for i in range(ORDERS):
        if s.order_status[i] > 0:
            row = (s.order_verb[i], s.order_target[i], s.order_amount[i], s.order_extra[i])
            given, status = s.order_tick[i], ORDER_STATUS[s.order_status[i]]
            fates[(given, row)] = OrderFate(given, decode(row, scenario), status)


def presale_of(scenario: Scenario, s: State, p: int) -> Json | None:
    """Return how a product's pre-sale stands, None if it has none."""
    rule = scenario.products[p].presale
    if rule is None:
        return None
    return {
        "is_open": s.presale[p] > 0.0,
        "units_left": rule.units - round(s.presold[p]),
        "sold": round(s.presold[p]),
    }


def customers(s: State) -> Json:
    """Return new against old customers' orders (新客, 老客)."""
    new = round(s.new_orders)
    return {
        "new_orders": new,
        "repeat_orders": round(s.orders) - new,
        "new_share_fraction": round(s.new_orders / s.orders, 4) if s.orders > 0.0 else None,
    }


def _code(scenario: Scenario, p: int) -> str | None:
    return scenario.products[p].code if p >= 0 else None


def _crew(scenario: Scenario, s: State) -> Json:
    assert scenario.crew is not None
    places = sorted(
        (i for i in range(ORDERS) if s.order_status[i] > 0), key=lambda i: s.order_tick[i]
    )
    return {
        "strain": word(s.strain / scenario.crew.decline_strain, STRAIN_WORDS),
        "orders": [
            {
                "tick": s.order_tick[i],
                "action": decode(
                    (
                        s.order_verb[i],
                        s.order_target[i],
                        s.order_amount[i],
                        s.order_extra[i],
                    ),
                    scenario,
                ).to_dict(),
                "verb": VERBS[int(s.order_verb[i]) - 1],
                "status": ORDER_STATUS[s.order_status[i]],
                "due_s": left_s(s.order_due[i], s) if s.order_status[i] == OPEN else None,
            }
            for i in places
        ],
    }


def _hold(scenario: Scenario, s: State) -> Json:
    held: Json | None = None
    if s.held >= 0:
        is_stated = s.held_price > 0.0
        held = {
            "product": _code(scenario, s.held),
            "left_s": left_s(s.held_due, s),
            "elapsed_s": (s.tick - s.held_tick) * TICK_S,
            "is_stated": is_stated,
            "price_fen": round(s.held_price) if is_stated else None,
            "quantity": round(s.held_units) if is_stated else None,
        }
    released: Json | None = None
    if s.released >= 0:
        released = {
            "product": _code(scenario, s.released),
            "left_s": left_s(s.released_end, s),
            "price_fen": round(s.released_price),
            "units_left": round(s.released_units),
        }
    return {"held": held, "released": released, "cooldown_s": left_s(s.hold_free, s)}


def _stage(scenario: Scenario, s: State) -> Json:
    on_break = s.tick < s.break_end
    return {
        "host": scenario.hosts[s.host].id,
        "is_handing_over": s.tick < s.handover_end,
        "break_left_s": left_s(s.break_end, s),
        "hosts": [
            {
                "id": host.id,
                "name": host.name,
                "is_on_stage": h == s.host and not on_break,
                "energy": word(s.energy if h == s.host else s.host_energy[h], ENERGY_WORDS),
                "voice": word(s.voice[h], VOICE_WORDS),
            }
            for h, host in enumerate(scenario.hosts)
        ],
    }


def _plan(scenario: Scenario, s: State) -> Json:
    planned = in_force(scenario)
    hour = s.tick // (TICKS_PER_MINUTE * MINUTES_PER_HOUR)
    due = sum(planned.hourly_gmv_fen[: hour + 1])
    return {
        "aim": planned.aim,
        "hour": hour,
        "target_by_now_fen": due if planned.hourly_gmv_fen else None,
        "ahead_fen": round(s.gmv) - due if planned.hourly_gmv_fen else None,
    }


def fixed_extras(scenario: Scenario) -> Json:
    """Return what `brief` adds for these mechanisms; nothing where there are none."""
    planned = in_force(scenario)
    blocks: Json = {}
    if scenario.stage is not None:
        blocks["hosts"] = [
            {"id": one.id, "name": one.name, "note": one.note} for one in scenario.hosts
        ]
    if scenario.hidden_hit is not None:
        blocks["tests"] = list(scenario.hidden_hit.products)
    if scenario.planning is not None:
        blocks["plan"] = {
            "grade": planned.grade.id if scenario.planning.grades else None,
            "preheat_videos": planned.preheat_videos,
            "tray": list(planned.tray),
            "traffic_budget_fen": planned.traffic_budget_fen,
            "benefit_budget_fen": planned.benefit_budget_fen,
            "trust": list(planned.trust),
            "stock": {one.product: one.units for one in planned.stock},
            "aim": planned.aim,
            "hourly_gmv_fen": list(planned.hourly_gmv_fen),
            "cost_fen": planned.cost_fen + planned.stock_fen,
        }
        blocks["planning"] = scenario.planning.model_dump(mode="json", exclude={"house"})
        blocks["aims"] = [one.model_dump(mode="json") for one in scenario.scoring.aims]
    return blocks
