"""What the pages of a playtest are given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from itertools import accumulate
from typing import Any

from flask import url_for
from flask_babel import gettext

from app.library.playing import forecasting, labels, services
from app.library.playing.models import Playtest
from app.rooms import findings, plan_page, presenting
from app.rooms.forecasts import forecast_body
from app.rooms.standing import RunningRoom
from simulations.cockpit import order_fates
from simulations.past_sessions import past_sessions
from simulations.policies import Policy, Reference, log_of
from simulations.policies import planned as as_planned
from simulations.rooms import LoggedAction, RoomKeys, brief, minute_series
from simulations.scenarios import TICKS_PER_MINUTE, Scenario
from simulations.scoring import room_result

Json = dict[str, Any]

POINTS = 40
"""Moments of a curve, the end included; the start is 0 by itself."""


def as_room(playtest: Playtest) -> RunningRoom:
    """Return a playtest in the form of a running practice room, for the cockpit's functions."""
    return RunningRoom(
        id=playtest.id,
        public_id=playtest.public_id,
        is_exam=False,
        is_open=playtest.is_open,
        is_planning=False,
        writer_epoch=playtest.writer_epoch,
        event_count=playtest.event_count,
        last_tick=playtest.log[-1]["tick"] if playtest.log else 0,
        clock=playtest.clock,
        key_bytes=playtest.macro_key + playtest.micro_key,
        cards=None,
    )


def poll_json(playtest: Playtest, *, after: int, with_series: bool, now: datetime) -> Json:
    """Return what a cockpit is told, as `rooms.polling.poll_answer` does for a room."""
    scenario = services.scenario_of(playtest)
    state = services.state_in(playtest, now=now)
    body = presenting.poll_body(as_room(playtest), scenario, state, (), now=now)
    body["log"] = [
        _log_entry(scenario, place, one)
        for place, one in enumerate(playtest.log, 1)
        if place > after
    ]
    asked = forecast_body(scenario, state.tick, lambda: forecasting.forecasts_in(playtest))
    if asked is not None:
        body["forecast"] = asked
    if with_series:
        log = services.log_in(playtest)
        fates = order_fates(scenario, playtest.keys, log, state.tick)
        body["orders"] = presenting.order_entries(scenario, fates)
        series = minute_series(scenario, playtest.keys, log, state.tick)
        body["series"] = presenting.series_body(series)
    return body


def _log_entry(scenario: Scenario, place: int, one: Mapping[str, Any]) -> Json:
    if "forecast" in one:
        return presenting.forecast_entry(place, {**one["forecast"], "tick": one["tick"]})
    return presenting.acted_entry(scenario, place, one["tick"], one["action"])


def cockpit_data(playtest: Playtest, *, now: datetime) -> Json:
    """Return the data of the cockpit's page; its addresses are the playtest's."""
    here = playtest.public_id

    def to(name: str) -> str:
        return url_for(f"playtests.{name}", public_id=here)

    return {
        "room": {
            "public_id": here,
            "title": playtest.title,
            "is_exam": False,
            "speed": playtest.clock_speed,
        },
        "urls": {
            "poll": to("poll"),
            "actions": to("act"),
            "forecasts": to("forecast"),
            "clock": to("change_clock"),
            "state": to("take_over"),
            "finish": to("finish"),
            "result": to("result"),
            "sign_in": url_for("accounts.sign_in", next=to("cockpit")),
        },
        "brief": presenting.shown_brief(brief(services.scenario_of(playtest)), exam=False),
        "labels": presenting.page_labels(),
        "poll": poll_json(playtest, after=0, with_series=True, now=now),
    }


def planned(playtest: Playtest) -> plan_page.Planned:
    """Return a playtest that its author plans, as the rooms' plan page takes it."""
    return plan_page.Planned(
        public_id=playtest.public_id,
        is_exam=False,
        is_planning=playtest.is_planning,
        plan=playtest.plan_draft if playtest.is_planning else playtest.plan,
        diagnosis=playtest.diagnosis or "",
        writer_epoch=playtest.writer_epoch,
        event_count=playtest.event_count,
        left_ms=None,
    )


def plan_state(playtest: Playtest) -> Json:
    """Return where an author's planning stands."""
    scenario = services.scenario_of(playtest).with_plan(None)
    past = past_sessions(scenario) if playtest.is_planning else None
    return plan_page.state_of(planned(playtest), scenario, past)


def plan_context(playtest: Playtest) -> Json:
    """Return what the rooms' plan page shows of a playtest; its addresses are the playtest's."""
    scenario = services.scenario_of(playtest).with_plan(None)
    here = playtest.public_id
    urls = {
        name: url_for(f"playtests.{target}", public_id=here)
        for name, target in (
            ("plan", "plan"), ("state", "plan_state"), ("take_over", "take_over"),
            ("cockpit", "cockpit"),
        )
    }  # fmt: skip
    urls["sign_in"] = url_for("accounts.sign_in", next=urls["plan"])
    return {
        "room": playtest,
        "urls": urls,
        **plan_page.context_of(planned(playtest), scenario, past_sessions(scenario)),
    }


def comparison(playtest: Playtest) -> Json:
    """Return a playtest's whole session beside what each player makes of the same customers.

    Returns:
        `rows`, one for the author and each player: code, words, points, money in fen, shares,
        strikes, actions; and `bands` as the studio's GMV chart reads them, lived GMV in fen.
    """
    found = _compared(
        services.scenario_of(playtest),
        services.yardstick_in(playtest),
        playtest.keys,
        services.log_in(playtest),
        tuple(services.policies_of(playtest).items()),
    )
    rows = [{**one, "words": str(labels.PLAYER[one["code"]])} for one in found["rows"]]
    return {**found, "rows": rows}


def worth(playtest: Playtest) -> Json | None:
    """Return what the author's actions were worth, in the words of a room's debrief.

    Returns:
        `effects` and `missed` of `findings.shown_effects`, `forecasts` of `shown_forecasts`; none
        until it was worked out.
    """
    found = playtest.worth
    if found is None:
        return None
    scenario = services.scenario_of(playtest)
    done, undone = findings.shown_effects(scenario, found["effects"], found["missed"])
    forecasts = findings.shown_forecasts(found["forecasts"])
    return {"effects": done, "missed": undone, "forecasts": forecasts}


@lru_cache(maxsize=16)
def _compared(
    scenario: Scenario,
    yardstick: Reference,
    keys: RoomKeys,
    log: tuple[LoggedAction, ...],
    policies: tuple[tuple[str, Policy], ...],
) -> Json:
    bare = scenario.with_plan(None)
    runs = [(services.OWN, scenario, log)]
    runs += [
        (name, as_planned(bare, policy.plan), tuple(log_of(bare, policy, keys)))
        for name, policy in policies
    ]
    minutes = _moments(scenario.duration_min)
    rows, bands = [], {}
    for code, room, actions in runs:
        result = room_result(room, keys, actions, yardstick).to_dict()
        lived, twin = result["lived"]["candidate"], result["twin"]["candidate"]
        rows.append(
            {
                "code": code,
                "points": result["score"],
                "gmv_fen": lived["gmv_fen"],
                "net_fen": twin["net_fen"],
                "margin_fraction": twin["margin_fraction"],
                "refund_fraction": twin["refund_fraction"],
                "strikes": lived["strikes"],
                "actions": len(actions),
            }
        )
        series = minute_series(room, keys, actions, room.duration_ticks)
        total = [round(fen) for fen in accumulate(series["gmv_fen"], initial=0)]
        curve = [total[min(minute, len(total) - 1)] for minute in minutes]
        bands[code] = {"p10": curve, "p50": curve, "p90": curve}
    return {"rows": rows, "bands": {"minutes": minutes, "policies": bands}}


def _moments(duration_min: int) -> list[int]:
    step = max(1, duration_min // POINTS)
    return [*range(step, duration_min, step), duration_min]


def beginners(body: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Return who may plan a draft's playtest and begin it; the author too if it is planned."""
    players = [(code, labels.PLAYER[code]) for code in services.PLAYERS]
    if body.get("planning"):
        players.insert(0, (services.OWN, gettext("我自己规划，从开播起")))
    return players


def jump_choices(playtest: Playtest) -> Json:
    """Return what the form of a jump offers."""
    most = playtest.duration_ticks // TICKS_PER_MINUTE - services.LEAST_LEFT_MIN
    return {"players": list(labels.PLAYER.items()), "most": most}


def chart_words() -> Json:
    """Return the words that the comparison's chart shows."""
    return {
        "gmv": gettext("成交额（万元）：你和四种操盘手，同一批顾客"),
        **{f"policy_{code}": str(words) for code, words in labels.PLAYER.items()},
    }
