"""What a machine can prove of a parametrised item: over many draws, not for one lucky one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from question_bank.arithmetic import holds
from question_bank.expressions import ExpressionError
from question_bank.instances import ItemInstance, instance_of
from question_bank.items import Item, ItemKind
from question_bank.parameters import Parametric, WorkedOut, pinned_text

LINT_SEED = b"lint of a parametrised item"
"""Fixed, so that a finding comes back until it is mended."""

LEAST_ACCEPTED = 0.05
"""Least share of draws that meet the constraints: fewer make a draw a matter of luck."""

LEAST_INSTANCES = 30
"""Least different sets of values among the draws; fewer are a handful of fixed items."""

LEAST_KEYS = 12
"""Least different keys among the draws: a rumoured answer must not be worth a try."""

PLACE_FRACTIONS = (0.08, 0.45)
"""Bounds of the share of draws, over all choice items, with the key at one place by size."""

PLACES_FROM = 10
"""Choice items from which their places are compared."""

READ_INSTANCES = 12
"""Instances that are linted as plain items."""


@dataclass(frozen=True)
class Draws:
    """What many draws of one item came to.

    Attributes:
        tried: How many sets of values were drawn.
        usable: Different sets that meet every condition, with what follows from them.
        faults: How often each fault stopped a draw.
    """

    tried: int
    usable: list[tuple[dict[str, Decimal], WorkedOut]]
    faults: Counter[str]

    @property
    def accepted_fraction(self) -> float:
        return 1 - sum(self.faults.values()) / self.tried


def many_draws(item_id: str, parametric: Parametric) -> Draws:
    """Draw as a form would, without stopping at the first usable values."""
    return _many_draws(item_id, parametric.model_dump_json())


@lru_cache(maxsize=256)
def _many_draws(item_id: str, written: str) -> Draws:
    parametric = Parametric.model_validate_json(written)
    usable: dict[str, tuple[dict[str, Decimal], WorkedOut]] = {}
    faults: Counter[str] = Counter()
    tried = 0
    for drawn in parametric.draws(LINT_SEED, item_id):
        tried += 1
        try:
            worked = parametric.worked_out(drawn)
            fault = parametric.fault(worked)
        except ExpressionError as error:
            fault = str(error)
        if fault:
            faults[fault.split(" the key ", 1)[0]] += 1
        else:
            usable[pinned_text(drawn)] = (drawn, worked)
    return Draws(tried, list(usable.values()), faults)


def parameter_faults(item: Item, parametric: Parametric) -> Iterator[tuple[str, str]]:
    """Yield (rule, message) for what is wrong with an item's parameters."""
    draws = many_draws(item.id, parametric)
    if draws.accepted_fraction < LEAST_ACCEPTED:
        common = "; ".join(f"{fault} ({count})" for fault, count in draws.faults.most_common(3))
        yield "draws", f"{draws.accepted_fraction:.0%} of {draws.tried} draws can be used: {common}"
    if len(draws.usable) < LEAST_INSTANCES:
        yield "instances", f"{len(draws.usable)} different sets of values: widen the ranges"
    if len({worked.key for _, worked in draws.usable}) < LEAST_KEYS:
        yield "keys", "too few different keys: widen the ranges"
    if not item.checks:
        yield "unchecked-arithmetic", "state the key once more another way, in checks"
    yield from _failed_checks(item, draws)


def place_faults(items: Iterable[Item]) -> Iterator[str]:
    """Yield a message for each place by size at which the key stands too often or too rarely."""
    shares: Counter[int] = Counter()
    count = 0
    for item in items:
        if item.parametric is None or item.kind is not ItemKind.SINGLE_CHOICE:
            continue
        usable = many_draws(item.id, item.parametric).usable
        count += 1
        for _, worked in usable:
            shares[sorted([worked.key, *worked.wrong]).index(worked.key)] += 1
    total = sum(shares.values())
    if count < PLACES_FROM or not total:
        return
    for place in range(4):
        share = shares[place] / total
        if not PLACE_FRACTIONS[0] <= share <= PLACE_FRACTIONS[1]:
            yield f"the key is number {place + 1} by size in {share:.0%} of draws"


def _failed_checks(item: Item, draws: Draws) -> Iterator[tuple[str, str]]:
    for check in item.checks:
        for drawn, worked in draws.usable:
            try:
                true = holds(check, {**worked.values, "key": worked.key})
            except ValueError as fault:
                yield "arithmetic", str(fault)
                break
            if not true:
                yield "arithmetic", f"{check} does not close for {pinned_text(drawn)}"
                break


def sample_instances(item: Item, parametric: Parametric) -> list[ItemInstance]:
    """Return some instances to be read like plain items.

    Raises:
        ParameterError: If a text names a figure that nothing defines.
    """
    usable = many_draws(item.id, parametric).usable
    step = max(1, len(usable) // READ_INSTANCES)
    return [instance_of(item, pinned_text(drawn)) for drawn, _ in usable[::step][:READ_INSTANCES]]
