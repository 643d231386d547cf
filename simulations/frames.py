"""A finished session as a film: what its cockpit showed, ten seconds apart, small enough to send.

A frame says only what changed since the frame before it; the first frame of a chunk says
everything. Everything comes from `observing.observe`, so a frame can show nothing that the cockpit
did not: no heat, no waves, no keys, nothing of what was still to come.

A whole frame is::

    {"tick": 432,
     "now": {"online": 101, "gmv_fen": 512300, "orders": 66, "visitors": 2810, "new_fans": 61},
     "kpi": {"gpm_fen": 157400, "dwell_s": 92.1, ...},      # last 5 minutes, null while empty
     "arrivals": {"fans": 5.2, "public": 18.0, "paid": 3.1},            # a minute, last 5
     "money": {"traffic_fen": 45000, "roi_ratio": 2.24 | null, "gifts_fen": 6000,
               "net_gmv_fen": 281000, "margin_fen": 61000},
     "tray": [[7900, 41, 19, true], ...],           # price in fen, stock, sold, is listed
     "pinned": 0 | null,                                    # index in the tray
     "traffic": {"bid_fen": 60, "rate_fen_per_min": 1250, "is_on": true},
     "host": {"pace": "normal", "energy": "steady", "mood": "high", "is_busy": false},
     "stage": "lead" | null,                                # who hosts, where there are several
     "benefits": {"coupon": 480 | null, "lucky_bag": null, "red_packet": null,
                  "freight_cover": false},                  # tick at which it ends
     "incidents": [{"title": "…", "stage": "sign" | "active" | "answered", "answer": "…" | null}],
     "compliance": {"warnings": 1, "strikes": 0, "is_warned": false, "is_throttled": false},
     "comments": [{"name": "…", "text": "…", "tone": "ask"}]}           # the latest, old → new
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulations.observing import observe
from simulations.scenarios import TICK_S, Scenario
from simulations.states import LoggedAction, RoomKeys, RoomState, replay

Json = dict[str, Any]

FRAME_TICKS = 2
"""Ticks between two frames: ten seconds of room time, of which a minute's board shows six."""

CHUNK_FRAMES = 60
"""Frames of a chunk, ten minutes: 15 to 40 kB, computed in a tenth of a second."""

CHUNK_TICKS = FRAME_TICKS * CHUNK_FRAMES

SHOWN_COMMENTS = 5

LIVE = ("online", "gmv_fen", "orders", "visitors", "new_fans")
KPI = ("gpm_fen", "dwell_s", "conversion_fraction", "click_fraction", "arrivals_per_min")
TIMED = ("coupon", "lucky_bag", "red_packet")


def chunk_count(scenario: Scenario) -> int:
    """Return how many chunks a session has; the last frame is the end of the session."""
    return scenario.duration_ticks // CHUNK_TICKS + 1


def chunk_of(
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    number: int,
    *,
    exam: bool,
) -> list[Json]:
    """Return one chunk of a session: its first frame whole, the others as changes.

    Args:
        scenario: The scenario, as planned.
        keys: The room's keys.
        log: The whole log of the session.
        number: Which chunk, from 0.
        exam: Whether the host is described as in an exam, in words alone.

    Raises:
        IndexError: If the session has no such chunk.
    """
    if not 0 <= number < chunk_count(scenario):
        raise IndexError(f"{scenario.ref} has no chunk {number}")
    first = number * CHUNK_TICKS
    last = min(first + CHUNK_TICKS - 1, scenario.duration_ticks)
    whole = (
        frame_of(scenario, state, exam=exam) for state in _states(scenario, keys, log, first, last)
    )
    frames: list[Json] = []
    before: Mapping[str, Any] = {}
    for frame in whole:
        frames.append(
            {
                name: part
                for name, part in frame.items()
                if name not in before or before[name] != part
            }
        )
        before = frame
    return frames


def frame_of(scenario: Scenario, state: RoomState, *, exam: bool) -> Json:
    """Return what the cockpit showed at a state, whole; see the module's docstring."""
    seen = observe(scenario, state, exam=exam)
    kpi, spend = seen["kpi"], seen["kpi"]["spend"]
    host, tick = seen["host"], seen["tick"]
    texts = {
        (one.id, choice.id): choice.text for one in scenario.incidents for choice in one.choices
    }
    return {
        "tick": tick,
        "now": {name: seen["now"][name] for name in LIVE},
        "kpi": {
            name: one["total"] if one["last_5"] is None else one["last_5"]
            for name, one in kpi["metrics"].items()
            if name in KPI
        },
        "arrivals": {name: one["per_min"] for name, one in kpi["arrivals"].items()},
        "money": {
            "traffic_fen": spend["traffic_fen"],
            "roi_ratio": spend["roi_ratio"],
            "gifts_fen": seen["benefits"]["spent_fen"],
            "net_gmv_fen": kpi["estimate"]["net_gmv_fen"],
            "margin_fen": kpi["estimate"]["margin_fen"],
        },
        "tray": [
            [one[name] for name in ("price_fen", "stock", "sold", "is_listed")]
            for one in seen["tray"]
        ],
        "pinned": next((i for i, one in enumerate(seen["tray"]) if one["is_pinned"]), None),
        "traffic": {
            name: seen["traffic"][name] for name in ("bid_fen", "rate_fen_per_min", "is_on")
        },
        "host": {name: host[name] for name in ("pace", "energy", "mood", "is_busy")},
        "stage": seen["stage"]["host"] if "stage" in seen else None,
        "benefits": {
            **{name: _end(seen["benefits"][name], tick) for name in TIMED},
            "freight_cover": seen["benefits"]["freight_cover"]["is_on"],
        },
        "incidents": [
            {
                "title": one["title"],
                "stage": one["stage"],
                "answer": texts.get((one["id"], one["answer"])),
            }
            for one in seen["incidents"]
        ],
        "compliance": {
            "warnings": seen["compliance"]["warnings"],
            "strikes": seen["compliance"]["strikes"],
            "is_warned": seen["compliance"]["warning"] is not None,
            "is_throttled": seen["compliance"]["throttled_s"] > 0,
        },
        "comments": [
            {name: one[name] for name in ("name", "text", "tone")}
            for one in seen["comments"][-SHOWN_COMMENTS:]
        ],
    }


def _end(lever: Mapping[str, Any], tick: int) -> int | None:
    """Return the tick at which a benefit ends: it stays the same while the benefit runs."""
    return tick + lever["left_s"] // TICK_S if lever["is_active"] else None


def _states(
    scenario: Scenario, keys: RoomKeys, log: Sequence[LoggedAction], first: int, last: int
) -> Iterator[RoomState]:
    state = replay(scenario, keys, log, first)
    yield state
    for tick in range(first + FRAME_TICKS, last + 1, FRAME_TICKS):
        state = replay(scenario, keys, log, tick, state)
        yield state
