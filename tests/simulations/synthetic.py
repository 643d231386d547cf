"""Sessions of rooms whose numbers are known, as an export would show them."""

from simulations.loading import parse_scenario
from simulations.recordings import Minute, Recording
from simulations.replicas import LENT_LEVERS
from simulations.series import minute_series
from simulations.states import LoggedAction, keys_of_seed
from simulations.verbs import Pin, SetPrice

CHANNELS = ("fans", "public", "paid")


def known_room(base, *, leave=1.0, appeals=(1.0,), traffic=1.0, day_buying_sd=0.08):
    """Return a room like `base` with factors on leaving and appeal, endless stock, no incidents."""
    body = base.model_dump(mode="json", exclude_defaults=True)
    for part in LENT_LEVERS:
        body.pop(part, None)
    body["house"].pop("host_rotate_min", None)
    body["scoring"].pop("aims", None)
    for part in ("boost", "goals"):
        body["market"].pop(part, None)
    body["incidents"] = []
    body["compliance"]["warnings_per_min"] = 0
    audience, market = body["audience"], body["market"]
    audience["day_buying_sd"] = day_buying_sd
    for name in ("fans_per_min", "public_per_min"):
        audience[name] *= traffic
    market["visitors_per_min"] *= traffic
    for name in ("pool", "budget_fen", "rate_most_fen_per_min"):
        market[name] = int(market[name] * traffic)
    rate = int(body["house"]["traffic_rate_fen_per_min"] * traffic)
    body["house"]["traffic_rate_fen_per_min"] = rate
    for channel in CHANNELS:
        audience["leave_per_min"][channel] *= leave
    for place, product in enumerate(body["products"]):
        factor = appeals[place % len(appeals)]
        product["appeal"] = {name: value * factor for name, value in product["appeal"].items()}
        product["stock"] = 1_000_000
        product.pop("restock", None)
        product.pop("presale", None)
    return parse_scenario(body)


def session_of(room, seed, rotate_min=4, cut=1.0):
    """Return a lived session of the room: each product in turn, every other round at a lower price.

    `cut` is that price over the list's; 1 leaves prices alone.
    """
    log, shown = [], []
    for minute in range(room.duration_min):
        turn = minute // rotate_min
        product = room.products[turn % len(room.products)]
        lowered = turn // len(room.products) % 2 == 1
        price = round(product.list_price_fen * (cut if lowered else 1.0))
        if minute % rotate_min == 0:
            log.append(LoggedAction(minute * 12, Pin(product=product.code)))
            if cut != 1.0:
                log.append(
                    LoggedAction(minute * 12, SetPrice(product=product.code, price_fen=price))
                )
        shown.append((product.name, price))
    series = minute_series(room, keys_of_seed(seed), log, room.duration_ticks)
    arrivals = series["arrivals"]
    return Recording(
        tuple(
            Minute(
                online=series["online"][at],
                **{channel: round(arrivals[channel][at]) for channel in CHANNELS},
                gmv_fen=round(series["gmv_fen"][at]),
                product=shown[at][0],
                price_fen=shown[at][1],
                spend_fen=round(series["spend_fen"][at]),
            )
            for at in range(room.duration_min)
        )
    )


def true_factors(room, recording, fitted, leave):
    """Return the true factor of each estimate that is one: leaving, and each product's appeal.

    A product's appeal is weighed by who was there, since channels are not told apart.
    """
    rates = room.audience.leave_per_min.numbers
    came = [sum(getattr(one, name) for one in recording.minutes) for name in CHANNELS]
    there = [a / b for a, b in zip(came, rates, strict=True)]
    by_name = {one.name: one for one in room.products}
    truth = {"leave": leave}
    values = {one.name: one.value for one in fitted.estimates}
    for product in fitted.body["products"]:
        name = f"appeal:{product['code']}"
        lent = [product["appeal"][channel] / values[name] for channel in CHANNELS]
        own = by_name[product["name"]].appeal.numbers
        truth[name] = sum(a * b for a, b in zip(there, own, strict=True)) / sum(
            a * b for a, b in zip(there, lent, strict=True)
        )
    return truth
