"""What no candidate ever sees of a room: pools, heat, fatigue, energy, and what is to come."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from flask_babel import gettext

from simulations.engines.v1.layout import NEVER
from simulations.engines.v1.state import State
from simulations.rooms import RoomState
from simulations.scenarios import TICK_S, TICKS_PER_MINUTE, Scenario

Json = dict[str, Any]


def hidden_state(scenario: Scenario, state: RoomState) -> list[Json]:
    """Return a room's hidden state in groups, in words.

    Args:
        scenario: The room, as it was planned.
        state: The room at a tick.

    Returns:
        Groups `{title, rows}`; a row has `label`, `value` in words, `share` in [0, 1] where a bar
        helps (else None), and `tone`: `now` for what happens at this tick, `past`, or "".
    """
    s = state.numbers
    groups = [
        (gettext("观众池"), _viewers(s)),
        (gettext("平台与行情"), _platform(s)),
        (gettext("主播与疲劳"), chain(_host(scenario, s), _fatigue(s))),
        (gettext("突发与合规"), chain(_incidents(scenario, s), _compliance(s))),
        (gettext("货盘"), _tray(scenario, s)),
    ]
    return [{"title": title, "rows": list(rows)} for title, rows in groups]


def _row(label: str, value: str, share: float | None = None, tone: str = "") -> Json:
    shown = None if share is None else round(min(max(share, 0.0), 1.0), 3)
    return {"label": label, "value": value, "share": shown, "tone": tone}


def _viewers(s: State) -> Iterator[Json]:
    total = max(sum(s.viewers), 1.0)
    for place, name in enumerate((gettext("私域"), gettext("公域"), gettext("投流"))):
        words = gettext(
            "%(here)s 人在场，%(bought)s 人买过",
            here=f"{s.viewers[place]:.0f}",
            bought=f"{s.buyers[place]:.0f}",
        )
        yield _row(name, words, s.viewers[place] / total)
    yield _row(gettext("粉丝数"), f"{s.fans:.0f}")


def _platform(s: State) -> Iterator[Json]:
    yield _row(gettext("平台热度"), f"×{s.heat:.2f}", s.heat / 2.0)
    yield _row(gettext("公域波动"), f"{s.wave_public:+.2f}")
    yield _row(gettext("私域波动"), f"{s.wave_fans:+.2f}")
    yield _row(gettext("今日公域"), f"×{s.day_public:.2f}")
    yield _row(gettext("今日购买意愿"), f"×{s.day_buying:.2f}")


def _host(scenario: Scenario, s: State) -> Iterator[Json]:
    hosts = scenario.hosts
    yield _row(gettext("%(name)s 精力", name=hosts[s.host].name), f"{100 * s.energy:.0f}", s.energy)
    yield _row(gettext("房间情绪"), f"{100 * s.mood:.0f}", s.mood)
    for place, one in enumerate(hosts):
        if place != s.host:
            energy = s.host_energy[place]
            yield _row(
                gettext("%(name)s 精力（台下）", name=one.name), f"{100 * energy:.0f}", energy
            )


def _fatigue(s: State) -> Iterator[Json]:
    for name, value in (
        (gettext("优惠券疲劳"), s.coupon_fatigue),
        (gettext("福袋疲劳"), s.bag_fatigue),
        (gettext("红包疲劳"), s.packet_fatigue),
        (gettext("憋单疲劳"), s.held_fatigue),
    ):
        yield _row(name, f"{value:.2f}", value)


def _tray(scenario: Scenario, s: State) -> Iterator[Json]:
    for place, product in enumerate(scenario.products):
        words = gettext(
            "新鲜 %(novelty)s，每分钟 %(demand)s 单",
            novelty=f"{100 * s.novelty[place]:.0f}",
            demand=f"{s.demand[place] * TICKS_PER_MINUTE:.1f}",
        )
        tone = "now" if place == s.pinned else ""
        yield _row(f"{place + 1:02} {product.name}", words, s.novelty[place], tone)


def _incidents(scenario: Scenario, s: State) -> Iterator[Json]:
    for place, one in enumerate(scenario.incidents):
        start, end = s.incident_start[place], s.incident_end[place]
        if start >= NEVER:
            yield _row(one.title, gettext("这一场不来"), tone="past")
            continue
        span = f"{_clock(start)} – {_clock(end)}"
        if s.tick >= end:
            yield _row(one.title, span, tone="past")
        elif s.tick >= start:
            left = gettext("%(span)s，影响还剩 %(left)s", span=span,
                           left=f"{100 * s.incident_left[place]:.0f}")  # fmt: skip
            yield _row(one.title, left, s.incident_left[place], "now")
        else:
            yield _row(one.title, span)


def _compliance(s: State) -> Iterator[Json]:
    yield _row(
        gettext("风险，到下一次提醒"),
        f"{s.risk:.2f} / {s.risk_at:.2f}",
        s.risk / s.risk_at if s.risk_at > 0.0 else 0.0,
        "now" if s.warning_tick < NEVER else "",
    )
    yield _row(gettext("提醒与违规"), f"{s.warnings:.0f} / {s.strikes:.0f}")


def _clock(tick: int) -> str:
    minutes = tick * TICK_S // 60
    return f"{minutes // 60}:{minutes % 60:02}"
