"""A session minute by minute: the data of curves and of the action strip."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from simulations.actions import HandBack, Lever
from simulations.engines.registry import engine_for
from simulations.engines.v1.layout import COLUMNS, MARKS, NEVER, State, unpack
from simulations.scenarios import TICKS_PER_MINUTE, Scenario
from simulations.states import LoggedAction, RoomKeys, prepared_for, rows_of

MARK_NAMES = (
    "fans",
    "public",
    "paid",
    "gmv",
    "orders",
    "view_min",
    "comments",
    "new_fans",
    "exposures",
    "clicks",
    "spend",
    "paid_gmv",
    "online",
    "refunds",
    "margin",
    "gifts",
)
"""Cumulative figures of a mark, in the engine's order (`v1.board.mark`); `online` is a moment's."""

CLICKS_AT = 16
SOLD_AT = 28
"""Where the figures of single products begin in a mark."""

LEVER_OF_VERB = {
    "pin": Lever.PIN,
    "unpin": Lever.PIN,
    "list": Lever.SHELF,
    "delist": Lever.SHELF,
    "restock": Lever.SHELF,
    "set_price": Lever.PRICE,
    "coupon": Lever.BENEFITS,
    "lucky_bag": Lever.BENEFITS,
    "red_packet": Lever.BENEFITS,
    "traffic": Lever.TRAFFIC,
    "pace": Lever.PACE,
    "freight_cover": Lever.FREIGHT,
    "hold": Lever.PIN,
    "release": Lever.PIN,
    "trust": Lever.FREIGHT,
    "switch_host": Lever.STAGE,
    "break": Lever.STAGE,
}
"""The lever that a verb takes; `hand_back` names its own, the others take none."""


def mark_of(state: State, minute: int) -> list[float]:
    """Return the cumulative figures at the end of a minute, among the latest `MARKS`."""
    return list(marks_at(state.marks, minute))


def marks_at(marks: Sequence[float], minute: int) -> Sequence[float]:
    """Return the cumulative figures at the end of a minute from a room's `marks`."""
    at = minute % MARKS * COLUMNS
    return marks[at : at + COLUMNS]


def marks_until(
    scenario: Scenario, keys: RoomKeys, log: Sequence[LoggedAction], until_tick: int
) -> tuple[list[list[float]], State]:
    """Return the figures at minute 0, 1, ... up to a tick, and the state there."""
    engine = engine_for(scenario.engine)
    setting = prepared_for(scenario, engine)
    until = min(until_tick, scenario.duration_ticks)
    rows = engine.rows(rows_of(scenario, log))
    room = engine.begin(setting, keys.macro)
    marks = [[0.0] * COLUMNS]
    last = until // TICKS_PER_MINUTE
    state = unpack(State, engine.dump(room))
    while len(marks) <= last:
        # The state remembers as many minutes as fit into its marks; read them before they go.
        reached = min(last, len(marks) - 1 + MARKS - 1)
        engine.advance(
            room, setting, (keys.macro, keys.micro), rows, len(log), reached * TICKS_PER_MINUTE
        )
        state = unpack(State, engine.dump(room))
        marks.extend(mark_of(state, minute) for minute in range(len(marks), reached + 1))
    engine.advance(room, setting, (keys.macro, keys.micro), rows, len(log), until)
    return marks, unpack(State, engine.dump(room))


def minute_series(
    scenario: Scenario, keys: RoomKeys, log: Sequence[LoggedAction], until_tick: int
) -> dict[str, Any]:
    """Return a session's figures for each whole minute up to a tick, as JSON-able data.

    Arrays have one number a minute (the first is minute 0 to 1): `gmv_fen`, `net_gmv_fen`,
    `margin_fen`, `spend_fen`, `orders`, `new_fans`, `comments`, `clicks`, `viewer_minutes` and
    `arrivals` by channel are what happened within the minute, `online` is its end. `actions` are
    the log's entries with minute and lever, `incidents` those whose first sign has shown.
    """
    marks, state = marks_until(scenario, keys, log, until_tick)

    def within(name: str, digits: int | None = None) -> list[float]:
        column = MARK_NAMES.index(name)
        return [round(b[column] - a[column], digits) for a, b in pairwise(marks)]

    gmv, refunds = within("gmv"), within("refunds")
    return {
        "scenario_ref": scenario.ref,
        "minutes": len(marks) - 1,
        "gmv_fen": gmv,
        "net_gmv_fen": [a - b for a, b in zip(gmv, refunds, strict=True)],
        "margin_fen": within("margin"),
        "spend_fen": within("spend"),
        "orders": within("orders", 2),
        "new_fans": within("new_fans", 2),
        "comments": within("comments", 2),
        "clicks": within("clicks", 2),
        "viewer_minutes": within("view_min", 2),
        "online": [round(mark[MARK_NAMES.index("online")]) for mark in marks[1:]],
        "arrivals": {channel: within(channel, 2) for channel in MARK_NAMES[:3]},
        "actions": [
            action_mark(index, entry) for index, entry in enumerate(log) if entry.tick <= state.tick
        ],
        "incidents": incident_marks(scenario, state),
    }


def action_mark(index: int, entry: LoggedAction) -> dict[str, Any]:
    """Return an action's place on the strip: index in the log, tick, minute, lever, the action."""
    action = entry.action
    if isinstance(action, HandBack):
        lever: str | None = action.lever.value
    else:
        taken = LEVER_OF_VERB.get(action.verb)
        lever = taken.value if taken is not None else None
    return {
        "index": index,
        "tick": entry.tick,
        "minute": entry.tick / TICKS_PER_MINUTE,
        "lever": lever,
        "action": action.to_dict(),
    }


def incident_marks(scenario: Scenario, state: State) -> list[dict[str, Any]]:
    """Return the incidents that have shown so far; nothing of those still to come."""
    marks = []
    for e, incident in enumerate(scenario.incidents):
        start = state.incident_start[e]
        sign = start - int(incident.sign_min * TICKS_PER_MINUTE + 0.5)
        if start >= NEVER or state.tick < sign:
            continue
        answer = state.incident_answer[e]
        has_begun = state.tick >= start
        marks.append(
            {
                "id": incident.id,
                "title": incident.title,
                "sign_tick": sign,
                "start_tick": start if has_begun else None,
                "end_tick": state.incident_end[e] if has_begun else None,
                "answer": incident.choices[answer].id if answer >= 0 else None,
            }
        )
    return marks
