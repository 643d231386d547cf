"""Cards (突发卡): incidents of a scenario that a jury plays for every room at the same tick.

A card fixes when an incident begins; without it, that is the secret key's choice. It changes
nothing before its first sign, so a room may get one while it runs: what was replayed so far stays
bit for bit what it was. House and reference of a carded room meet the same cards.
"""

from collections.abc import Iterable
from typing import NamedTuple

from simulations.planning import Card
from simulations.scenarios import Scenario
from simulations.states import RoomState, setting_for

LEAST_NOTICE_TICKS = 2
"""Between the decision and the first sign: every process has read it before it matters."""


class Playable(NamedTuple):
    """An incident that may still be played as a card.

    Attributes:
        incident: Its id.
        title: Its name.
        least_tick: The earliest tick at which its effect may begin.
    """

    incident: str
    title: str
    least_tick: int


def playable(scenario: Scenario, state: RoomState) -> list[Playable]:
    """Return the incidents that have shown no sign yet, and when each could begin.

    Args:
        scenario: The scenario, with the cards played so far.
        state: A room of it as it stands now; rooms with the same macro key all agree.
    """
    numbers, held = state.numbers, {card.incident for card in scenario.cards or ()}
    out = []
    for e, one in enumerate(scenario.incidents):
        sign = sign_ticks(scenario, one.id)
        begins = numbers.incident_start[e] - sign
        if one.id in held or numbers.tick + LEAST_NOTICE_TICKS >= begins:
            continue
        least = numbers.tick + LEAST_NOTICE_TICKS + sign + 1
        if least < scenario.duration_ticks:
            out.append(Playable(one.id, one.title, least))
    return out


def sign_ticks(scenario: Scenario, incident: str) -> int:
    """Return the ticks between an incident's first sign and its effect.

    Raises:
        KeyError: If the scenario has no such incident.
    """
    ids = [one.id for one in scenario.incidents]
    if incident not in ids:
        raise KeyError(incident)
    return int(setting_for(scenario).incident_sign[ids.index(incident)])


def known_at(scenario: Scenario, tick: int) -> Scenario:
    """Return the scenario with those cards only of which a room had seen a sign by a tick.

    A forecast is judged on what its writer could know: a card played later is in no future of it.
    """
    held = scenario.cards or ()
    seen = [card for card in held if card.tick - sign_ticks(scenario, card.incident) <= tick]
    return scenario.with_cards(seen)


def cards_from(pairs: Iterable[tuple[str, int]]) -> tuple[Card, ...]:
    """Return cards of (incident, tick) in the one order in which they are kept."""
    found = [Card(incident=incident, tick=tick) for incident, tick in pairs]
    return tuple(sorted(found, key=lambda card: (card.tick, card.incident)))
