"""A room after a recording: what an export shows, on mechanisms lent by a room that stands.

An export says who came, who was there, what was sold and at what price. It says nothing of costs,
returns, stocks, benefits or the platform's rules: those are lent by a base room, product by product
from one of the same role, and stay assumptions until the author writes their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from simulations.loading import parse_scenario
from simulations.merchants import Role
from simulations.recordings import Recording
from simulations.scenarios import Scenario

LENT_LEVERS = (
    "planning",
    "crew",
    "hidden_hit",
    "cash",
    "service",
    "stage",
    "other_hosts",
    "holds",
    "trust",
    "clips",
    "drill",
)
"""Parts of the base room that are left out: whether this merchant has them, no export says."""

STOCK_RATIO = 1.3
"""Units at the start over units sold: somebody who sold it had it; assumption."""

STORY = (
    "由一场真实直播的分钟数据拟合而来：进房、停留、讲解和成交的节奏都按那一场还原，"
    "主播照着自己的顺序讲。商家的故事、人物和突发还没有写，请作者补全；你来操盘，"
    "看看换一种排法、换一种投放，这一场能多成交多少。"
)
PROBLEM = "请作者写：这一场开播时问题出在哪里。"
NOTE = "由真实场次拟合：讲解{minutes}分钟，约成交{units}件；它的用处和陷阱请作者补写。"


def units_of(recording: Recording) -> dict[str, float]:
    """Return about how many units of each product were sold: GMV over the price shown."""
    units = dict.fromkeys(recording.products, 0.0)
    for one in recording.minutes:
        if one.price_fen:
            units[one.product] += one.gmv_fen / one.price_fen
    return units


def list_prices(recording: Recording) -> dict[str, int]:
    """Return the highest price shown of each product, in fen."""
    prices = dict.fromkeys(recording.products, 100)
    for one in recording.minutes:
        prices[one.product] = max(prices[one.product], one.price_fen)
    return prices


def codes_of(recording: Recording) -> dict[str, str]:
    """Return a code for each product's name."""
    return {name: f"item-{place}" for place, name in enumerate(recording.products, start=1)}


def guessed_roles(recording: Recording) -> dict[str, Role]:
    """Return a first guess at each product's role, by price and by what it brought.

    The cheapest draws people in (引流), the next gives (福利), the one that brought most is the hit
    (爆款), the dearest stands for the shop (形象) if it brought little; of the rest the dearer half
    earns (利润) and the cheaper half follows (承接).
    """
    names, prices = recording.products, list_prices(recording)
    brought = dict.fromkeys(names, 0)
    for one in recording.minutes:
        brought[one.product] += one.gmv_fen
    by_price = sorted(names, key=lambda name: (prices[name], name))
    roles: dict[str, Role] = {}
    hit = max(names, key=lambda name: (brought[name], name))
    roles[hit] = "hit"
    rest = [name for name in by_price if name != hit]
    if len(rest) > 2:
        roles[rest.pop(0)] = "hook"
    if len(rest) > 2:
        roles[rest.pop(0)] = "benefit"
    if len(rest) > 2 and brought[rest[-1]] < 0.1 * sum(brought.values()):
        roles[rest.pop()] = "image"
    for place, name in enumerate(rest):
        roles[name] = "follow" if place < len(rest) / 2 else "profit"
    return roles


def replica_body(
    recording: Recording, base: Scenario, scenario_id: str, title: str
) -> dict[str, Any]:
    """Return a room after the recording, before anything is fitted, as a scenario's mapping.

    Arrivals are the recording's; leaving, appeal and everything else are the base's.

    Args:
        recording: The session.
        base: The room that lends what no export shows.
        scenario_id: The id of the new room.
        title: Its title.
    """
    body = base.model_dump(mode="json", exclude_defaults=True)
    for part in LENT_LEVERS:
        body.pop(part, None)
    count = len(recording.minutes)
    own = {
        "id": scenario_id,
        "version": 1,
        "exposure": "secure",
        "title": title,
        "story": STORY,
        "problem": PROBLEM,
        "source": f"真实场次的分钟数据（{count}分钟）拟合；导出里没有的数取自{base.id}，为命题假设",
        "duration_min": count,
        "target_gmv_fen": max(1, recording.gmv_fen),
        "phases": _phases(count),
        "products": _products(recording, base),
        "incidents": [],
    }
    body |= own
    body["scoring"] = {key: value for key, value in body["scoring"].items() if key not in {"aims"}}
    body["house"].pop("host_rotate_min", None)
    body["audience"] |= _arrivals(recording)
    body["market"] = _market(recording, body["market"])
    body["benefits"] |= {"budget_fen": max(body["benefits"]["budget_fen"], 1)}
    paid = sum(one.spend_fen for one in recording.minutes)
    body["house"]["traffic_rate_fen_per_min"] = paid // count
    body["house"]["traffic_bid_fen"] = body["market"]["bid_fen"]
    return body


def replica(recording: Recording, base: Scenario) -> Scenario:
    """Return the unfitted room as a scenario; what `simulations.fitting` begins from."""
    return parse_scenario(replica_body(recording, base, "replica", "replica"), "recording")


def _phases(count: int) -> list[dict[str, Any]]:
    return [
        {"title": "开场", "until_min": max(1, count // 6)},
        {"title": "主推", "until_min": max(2, count * 5 // 6)},
        {"title": "收尾", "until_min": count},
    ]


def _arrivals(recording: Recording) -> dict[str, Any]:
    minutes = recording.minutes
    return {
        "fans_per_min": max(0.01, fmean(one.fans for one in minutes)),
        "public_per_min": max(0.01, fmean(one.public for one in minutes)),
        "fans_curve": [{"minute": 0, "factor": 1}],
        "public_curve": [{"minute": 0, "factor": 1}],
    }


def _market(recording: Recording, lent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the market for visitors: the cost of one is what was spent over who came by it."""
    market = {key: value for key, value in lent.items() if key not in {"boost", "goals"}}
    paid = sum(one.paid for one in recording.minutes)
    spend = sum(one.spend_fen for one in recording.minutes)
    if paid and spend:
        # At the market's own bid half of it is won, at 0.7 of the bid (`v1.world.buy_traffic`).
        bid = max(1, round(spend / paid / 0.7))
        most = max(one.paid for one in recording.minutes)
        rate = max(one.spend_fen for one in recording.minutes)
        market |= {
            "bid_fen": min(bid, 100_000),
            "bid_least_fen": max(1, bid // 4),
            "bid_most_fen": min(100_000, bid * 6),
            "visitors_per_min": 8.0 * max(1, most),
            "pool": max(10, 20 * paid),
            "rate_most_fen_per_min": max(1, 3 * rate),
            "budget_fen": max(spend * 2, 1),
        }
    return market


def _products(recording: Recording, base: Scenario) -> list[dict[str, Any]]:
    prices, units, codes = list_prices(recording), units_of(recording), codes_of(recording)
    roles = guessed_roles(recording)
    shown = dict.fromkeys(recording.products, 0)
    for one in recording.minutes:
        shown[one.product] += 1
    return [
        _product(
            base,
            roles[name],
            {
                "code": codes[name],
                "name": name,
                "list_price_fen": prices[name],
                "stock": max(1, round(STOCK_RATIO * units[name]) + 5),
                "note": NOTE.format(minutes=shown[name], units=round(units[name])),
            },
        )
        for name in recording.products
    ]


def _product(base: Scenario, role: Role, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a product with what one of its role lends: cost share, returns, appeal, comments."""
    lender = next((one for one in base.products if one.role == role), base.products[0])
    body = lender.model_dump(mode="json", exclude_defaults=True)
    for part in ("restock", "presale"):
        body.pop(part, None)
    price = own["list_price_fen"]
    cost = max(1, min(price - 1, round(price * lender.cost_fen / lender.list_price_fen)))
    return {**body, "role": role, "cost_fen": cost, **own}


def knots(values: Sequence[float], step: int) -> list[tuple[int, float]]:
    """Return a curve as few points: the mean around each, the first and last minute included."""
    last = len(values) - 1
    places = [*range(0, last, step), last]
    half = max(1, step // 2)
    return [(at, fmean(values[max(0, at - half) : at + half + 1])) for at in places]
