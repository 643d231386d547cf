"""The comment stream: words from the scenario for what the engine noted people talk about.

Which words is decided by the note alone (its tick and how many comments there had been), so that a
line stays what it was when the page is loaded again, and no key is involved.
"""

from functools import lru_cache
from typing import Any

from simulations.engines.v1.arithmetic import draw
from simulations.engines.v1.codes import (
    TALK_BAG,
    TALK_BOUGHT,
    TALK_COUPON,
    TALK_INCIDENT,
    TALK_KINDS,
    TALK_PACKET,
    TALK_PLAIN,
    TALK_PRODUCT,
    TALK_SOLD_OUT,
    TALK_WARNING,
)
from simulations.engines.v1.layout import TALK, State
from simulations.scenarios import Scenario

_NAME_SLOT, _TEXT_SLOT = 0, 1


def comments(scenario: Scenario, s: State) -> list[dict[str, Any]]:
    """Return the latest comments, oldest first."""
    order = sorted((s.talk_tick[j], s.talk_kind[j]) for j in range(TALK) if s.talk_tick[j] >= 0)
    return [{**_comment(scenario, tick, note)} for tick, note in order]


@lru_cache(maxsize=8192)
def _comment(scenario: Scenario, tick: int, note: int) -> dict[str, Any]:
    kind, count = note % TALK_KINDS, note // TALK_KINDS
    texts, tone = _texts(scenario, kind)
    names = scenario.comments.names
    return {
        "tick": tick,
        "name": names[int(draw(count, tick, _NAME_SLOT) * len(names))],
        "text": texts[int(draw(count, tick, _TEXT_SLOT) * len(texts))],
        "tone": tone,
    }


def _texts(scenario: Scenario, kind: int) -> tuple[tuple[str, ...], str]:
    lines = scenario.comments
    if TALK_PRODUCT <= kind < TALK_INCIDENT:
        return scenario.products[kind - TALK_PRODUCT].comments, "ask"
    if TALK_INCIDENT <= kind < TALK_BAG:
        return scenario.incidents[kind - TALK_INCIDENT].comments, "complain"
    return {
        TALK_PLAIN: (lines.plain, "plain"),
        TALK_BAG: (lines.lucky_bag, "benefit"),
        TALK_PACKET: (lines.red_packet, "benefit"),
        TALK_COUPON: (lines.coupon, "benefit"),
        TALK_SOLD_OUT: (lines.sold_out, "complain"),
        TALK_BOUGHT: (lines.bought, "praise"),
        TALK_WARNING: (lines.warning, "complain"),
    }[kind]
