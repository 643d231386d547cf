"""What pages and polls are given: words for actions, and never a key, a wave or the future."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext

from app.core.i18n import percent, yuan
from app.rooms import labels
from app.rooms.clocks import TICK_MS
from app.rooms.models import RoomEvent, RoomSession
from app.rooms.standing import RunningRoom
from simulations.actions import COMPLIANCE_ID
from simulations.cockpit import OrderFate
from simulations.rooms import RoomState, observe
from simulations.scenarios import TICK_S, Scenario

Json = dict[str, Any]

_: Callable[..., str] = gettext

SHOWN_EVENTS = ("acted", "forecast", "paused", "resumed", "speed")
"""Kinds of events that stand in the page's log; the others are the server's own."""


def clock_body(room: RoomSession | RunningRoom, now: datetime) -> Json:
    """Return the clock at a moment; the page only counts on between two answers."""
    clock = room.clock
    room_ms = clock.room_ms_at(now)
    state = "live"
    if room_ms >= clock.duration_ms or not room.is_open:
        state = "over"
    elif not clock.has_started(now):
        state = "countdown"
    elif clock.is_paused:
        state = "paused"
    return {
        "state": state,
        "tick": room_ms // TICK_MS,
        "room_ms": room_ms,
        "duration_ms": clock.duration_ms,
        "speed": clock.speed,
        "next_tick_ms": clock.ms_to_next_tick(now),
    }


def poll_body(
    room: RoomSession | RunningRoom,
    scenario: Scenario,
    state: RoomState,
    events: Iterable[RoomEvent],
    *,
    now: datetime,
) -> Json:
    """Return everything that may have changed since the page's last look."""
    return {
        "server_now": now.isoformat(),
        "clock": clock_body(room, now),
        "room": {
            "writer_epoch": room.writer_epoch,
            "sequence": room.event_count,
            "is_closed": not room.is_open,
        },
        "observation": shown_observation(scenario, state, exam=room.is_exam),
        "log": [log_entry(scenario, event) for event in events if event.kind in SHOWN_EVENTS],
    }


def shown_observation(scenario: Scenario, state: RoomState, *, exam: bool) -> Json:
    """Return what the cockpit may show of a state; answers of past incidents in words."""
    observation = observe(scenario, state, exam=exam)
    past = observation["past_incidents"]
    texts = {
        (incident.id, choice.id): choice.text
        for incident in (scenario.incidents if past else ())
        for choice in incident.choices
    }
    for one in past:
        one["answer_text"] = texts.get((one["id"], one["answer"]), "")
    for order in observation.get("crew", {}).get("orders", ()):
        order["words"] = action_words(scenario, order["action"])
    return observation


def order_entries(scenario: Scenario, fates: Iterable[OrderFate]) -> list[Json]:
    """Return what became of the orders to the crew; the page finds them in its log.

    An order is known by its moment and its words: the room refuses the same one twice.
    """
    return [
        {
            "tick": fate.tick,
            "words": action_words(scenario, fate.action.to_dict()),
            "status": fate.status,
        }
        for fate in fates
    ]


def log_entry(scenario: Scenario, event: RoomEvent) -> Json:
    """Return an event of the log as the page shows it."""
    payload = json.loads(event.payload)
    if event.kind == "acted":
        return acted_entry(scenario, event.sequence, payload["tick"], payload["action"])
    if event.kind == "forecast":
        return forecast_entry(event.sequence, payload)
    if event.kind == "speed":
        words = _("速度改为 %(speed)s 倍", speed=f"{payload['speed']:g}")
    else:
        words = _("暂停") if event.kind == "paused" else _("继续")
    return {"sequence": event.sequence, "at_s": None, "lane": "clock", "words": words}


def acted_entry(scenario: Scenario, sequence: int, tick: int, action: Mapping[str, Any]) -> Json:
    """Return an action of the log as the page shows it."""
    return {
        "sequence": sequence,
        "tick": tick,
        "at_s": tick * TICK_S,
        "lane": labels.LANE_OF_VERB[action["verb"]],
        "words": action_words(scenario, action),
    }


def forecast_entry(sequence: int, payload: Mapping[str, Any]) -> Json:
    """Return a forecast of the log as the page shows it."""
    words = _(
        "成交预测 %(low)s / %(mid)s / %(high)s",
        low=yuan(payload["p10_fen"]),
        mid=yuan(payload["p50_fen"]),
        high=yuan(payload["p90_fen"]),
    )
    at_s = payload["tick"] * TICK_S
    return {"sequence": sequence, "at_s": at_s, "lane": "forecast", "words": words}


def series_body(series: Mapping[str, Any]) -> Json:
    """Return what happened so far for the curves, by minute.

    Args:
        series: Of `simulations.series.minute_series`.
    """
    return {
        "gmv_per_min_fen": series["gmv_fen"],
        "online": series["online"],
        "incidents": [
            {"id": one["id"], "title": one["title"], "at_s": one["sign_tick"] * TICK_S}
            for one in series["incidents"]
        ],
    }


def action_words(scenario: Scenario, action: Mapping[str, Any]) -> str:
    """Return an action in words, in the reader's language."""
    verb = action["verb"]
    words = _PRODUCT_WORDS.get(verb)
    if words is not None:
        return words(_product(scenario, action["product"]), action)
    return _WORDS[verb](scenario, action)


def _product(scenario: Scenario, code: str) -> str:
    position = scenario.product_index(code)
    return f"{position + 1:02d} {scenario.products[position].name}"


_PRODUCT_WORDS: dict[str, Callable[[str, Mapping[str, Any]], str]] = {
    "pin": lambda name, one: _("讲解 %(name)s", name=name),
    "list": lambda name, one: _("上架 %(name)s", name=name),
    "delist": lambda name, one: _("下架 %(name)s", name=name),
    "restock": lambda name, one: _("补货 %(name)s %(units)s 件", name=name, units=one["units"]),
    "set_price": lambda name, one: _(
        "改价 %(name)s %(price)s", name=name, price=yuan(one["price_fen"])
    ),
    "hold": lambda name, one: _hold(name, one),
    "clip": lambda name, one: _("剪切片 %(name)s", name=name),
    "presale": lambda name, one: (
        _("预售 %(name)s，%(days)s 天内发货", name=name, days=one["ship_days"])
        if "ship_days" in one
        else _("预售 %(name)s，没有说发货时间", name=name)
    ),
}


def _hold(name: str, action: Mapping[str, Any]) -> str:
    if "quantity" not in action:
        return _("憋单 %(name)s，没有说时间、数量和价格", name=name)
    return _(
        "憋单 %(name)s，%(minutes)s 分钟后放 %(quantity)s 件，%(price)s",
        name=name,
        minutes=action["minutes"],
        quantity=action["quantity"],
        price=yuan(action["price_fen"]),
    )


def _respond(scenario: Scenario, action: Mapping[str, Any]) -> str:
    if action["incident"] == COMPLIANCE_ID:
        title = _("平台提醒")
        texts = {choice.id: choice.text for choice in scenario.compliance.choices}
    else:
        one = next(one for one in scenario.incidents if one.id == action["incident"])
        title, texts = one.title, {choice.id: choice.text for choice in one.choices}
    text = texts[action["choice"]]
    return _("处置 %(title)s：%(text)s", title=title, text=text)


def _traffic(scenario: Scenario, action: Mapping[str, Any]) -> str:
    if not action["bid_fen"] or not action["rate_fen_per_min"]:
        return _("暂停投流")
    words = _(
        "投流 出价 %(bid)s，每分钟 %(rate)s",
        bid=yuan(action["bid_fen"]),
        rate=yuan(action["rate_fen_per_min"]),
    )
    if "goal" not in action:
        return words
    return _("%(words)s，目标%(goal)s", words=words, goal=str(labels.GOAL[action["goal"]]))


_WORDS: dict[str, Callable[[Scenario, Mapping[str, Any]], str]] = {
    "unpin": lambda scenario, one: _("结束讲解"),
    "coupon": lambda scenario, one: _(
        "优惠券 减 %(depth)s，%(minutes)s 分钟",
        depth=percent(one["depth_fraction"], 0),
        minutes=one["minutes"],
    ),
    "lucky_bag": lambda scenario, one: _(
        "福袋 %(prize)s，%(minutes)s 分钟", prize=yuan(one["prize_fen"]), minutes=one["minutes"]
    ),
    "red_packet": lambda scenario, one: _("红包 %(amount)s", amount=yuan(one["amount_fen"])),
    "traffic": _traffic,
    "pace": lambda scenario, one: _("节奏改为%(pace)s", pace=str(labels.PACE[one["pace"]])),
    "respond": _respond,
    "freight_cover": lambda scenario, one: (
        _("开启退货补运费") if one["on"] else _("关闭退货补运费")
    ),
    "release": lambda scenario, one: _("放单"),
    "trust": lambda scenario, one: (
        _("开启%(lever)s", lever=str(labels.TRUST[one["lever"]]))
        if one["on"]
        else _("关闭%(lever)s", lever=str(labels.TRUST[one["lever"]]))
    ),
    "switch_host": lambda scenario, one: _(
        "换%(host)s上台", host=scenario.hosts[scenario.host_index(one["host"])].name
    ),
    "break": lambda scenario, one: _("休息 %(minutes)s 分钟", minutes=one["minutes"]),
    "staff": lambda scenario, one: _("加派 %(count)s 名客服", count=one["count"]),
    "boost": lambda scenario, one: _("粉条 %(amount)s", amount=yuan(one["amount_fen"])),
    "top_up": lambda scenario, one: _("追加投流预算 %(amount)s", amount=yuan(one["amount_fen"])),
    "hand_back": lambda scenario, one: _(
        "%(lever)s 交还主播", lever=str(labels.LEVER[one["lever"]])
    ),
}


def shown_brief(brief: Json, *, exam: bool) -> Json:
    """Return the scenario's fixed half for the page; in an exam without the trainer's notes."""
    if exam:
        brief = {**brief, "products": [{**one, "note": ""} for one in brief["products"]]}
    return brief


def page_labels() -> Json:
    """Return the words for codes that the cockpit's script shows, and the lanes in order."""
    tables = {
        "role": labels.ROLE,
        "lever": labels.LEVER,
        "pace": labels.PACE,
        "energy": labels.ENERGY,
        "mood": labels.MOOD,
        "voice": labels.VOICE,
        "strain": labels.STRAIN,
        "order": labels.ORDER,
        "order_reason": labels.ORDER_REASON,
        "channel": labels.CHANNEL,
        "trust": labels.TRUST,
        "goal": labels.GOAL,
        "aim": labels.AIM,
        "funnel": labels.FUNNEL,
        "verb": labels.VERB,
        "tone": labels.TONE,
    }
    return {
        "lanes": [[code, str(name)] for code, name in labels.LANES.items()],
        **{
            name: {code: str(word) for code, word in table.items()}
            for name, table in tables.items()
        },
    }


def session_clock(seconds: float) -> str:
    """Write a moment of the session: `1:12:40`."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
