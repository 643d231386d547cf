"""Draw forms: exactly by integer programming, or the proof of what is missing.

Every item is a 0/1 variable; quotas are rows; a case group's items are tied together;
enemies exclude each other. Random costs make every feasible form possible, so candidates
get different forms of the same shape. HiGHS (through SciPy) either finds an optimum or
proves that none exists; then each quota is relaxed by a slack and the least total slack
names the cells that the bank cannot fill.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint, Quota
from question_bank.errors import InfeasibleBlueprintError
from question_bank.items import Item, ItemKind, Topic

T = TypeVar("T")

COST_STEPS = 1_000_003
"""Costs are drawn from this many steps; ties are then rare."""


@dataclass(frozen=True)
class ExamForm:
    """试卷: the items one candidate gets, in order, each with its order of choices.

    Attributes:
        blueprint_ref: What it was drawn by.
        items: Item refs in display order.
        choice_orders: For each item the choice ids in display order; empty for kinds without.
    """

    blueprint_ref: str
    items: tuple[str, ...]
    choice_orders: tuple[tuple[str, ...], ...]


class Draw:
    """A seeded stream of whole numbers (SHA-256 in counter mode): same seed, same form.

    The standard generators promise equal streams only within one version; this one is a
    few lines and stays the same for as long as an attempt must be explained.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._count = 0

    def below(self, bound: int) -> int:
        """Return a whole number in [0, bound); the bias for bounds below 2^32 is under 2^-32."""
        self._count += 1
        block = hashlib.sha256(self._seed + self._count.to_bytes(8, "big")).digest()
        return int.from_bytes(block[:8], "big") % bound

    def shuffled(self, values: Sequence[T]) -> list[T]:
        """Return the values in a random order (Fisher–Yates)."""
        out = list(values)
        for i in range(len(out) - 1, 0, -1):
            j = self.below(i + 1)
            out[i], out[j] = out[j], out[i]
        return out


def assemble_form(
    bank: ItemBank,
    blueprint: ExamBlueprint,
    *,
    seed: bytes,
    avoid: Iterable[str] = (),
) -> ExamForm:
    """Draw one form.

    Args:
        bank: All items; only those of the blueprint's pool and level are drawn.
        blueprint: Quotas of the form.
        seed: >= 16 secret bytes; the same seed draws the same form from the same bank.
        avoid: Item ids seen on the last sitting, left out if the quotas allow it.

    Raises:
        InfeasibleBlueprintError: Naming each quota that cannot be met, and by how much.
    """
    items = sorted(
        (item for item in bank if item.pool is blueprint.pool and item.level == blueprint.level),
        key=lambda item: item.id,
    )
    draw = Draw(seed)
    avoided = frozenset(avoid)
    costs = [
        draw.below(COST_STEPS) / COST_STEPS + (100.0 if item.id in avoided else 0.0)
        for item in items
    ]
    chosen = _solve(items, bank, blueprint, costs)
    return _arrange(chosen, bank, blueprint, draw)


def missing_cells(bank: ItemBank, blueprint: ExamBlueprint) -> list[str]:
    """Return what the bank lacks for this blueprint; empty if a form can be drawn."""
    try:
        assemble_form(bank, blueprint, seed=bytes(16))
    except InfeasibleBlueprintError as error:
        return error.missing
    return []


def _solve(
    items: Sequence[Item], bank: ItemBank, blueprint: ExamBlueprint, costs: Sequence[float]
) -> list[Item]:
    # SciPy costs 60 MB and half a second: only the process that draws forms pays for it.
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    rows: list[list[float]] = []
    low: list[float] = []
    high: list[float] = []

    def add(row: list[float], least: float, most: float) -> None:
        rows.append(row)
        low.append(least)
        high.append(most)

    total = Quota(least=blueprint.item_count, most=blueprint.item_count)
    quotas = [total, *blueprint.quotas]
    for quota in quotas:
        row = [1.0 if quota.fits(item) else 0.0 for item in items]
        add(row, quota.least, float("inf") if quota.most is None else quota.most)
    for row in _ties(items, bank):
        add(row, 0.0, 0.0)
    for row in _enemies(items):
        add(row, 0.0, 1.0)

    if items:
        found = milp(
            np.array(costs),
            constraints=LinearConstraint(np.array(rows), np.array(low), np.array(high)),
            integrality=np.ones(len(items)),
            bounds=Bounds(0, 1),
            options={"mip_rel_gap": 0.05, "time_limit": 20.0},
        )
        if found.x is not None:
            return [item for item, x in zip(items, found.x, strict=True) if x > 0.5]
    raise InfeasibleBlueprintError(blueprint.ref, _name_shortfalls(items, quotas, rows, low, high))


def _name_shortfalls(
    items: Sequence[Item],
    quotas: Sequence[Quota],
    rows: list[list[float]],
    low: list[float],
    high: list[float],
) -> list[str]:
    """Relax each quota by a slack and name those that the least total slack needs."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    n, q = len(items), len(quotas)
    matrix = np.zeros((len(rows), n + 2 * q))
    if n:
        matrix[:, :n] = np.array(rows)
    for i in range(q):
        matrix[i, n + i] = 1.0  # items that would have to be added
        matrix[i, n + q + i] = -1.0  # items too many
    cost = np.concatenate([np.zeros(n), np.ones(2 * q)])
    cost[n] = cost[n + q] = 3.0  # rather name the cell than the total
    found = milp(
        cost,
        constraints=LinearConstraint(matrix, np.array(low), np.array(high)),
        integrality=np.concatenate([np.ones(n), np.ones(2 * q)]),
        bounds=Bounds(np.zeros(n + 2 * q), np.concatenate([np.ones(n), np.full(2 * q, 1000.0)])),
    )
    out = []
    for i, quota in enumerate(quotas):
        short, over = round(found.x[n + i]), round(found.x[n + q + i])
        held = sum(quota.fits(item) for item in items)
        if short:
            out.append(f"{quota.name}: {short} too few (bank has {held}, needs {quota.least})")
        if over:
            out.append(f"{quota.name}: {over} too many forced (at most {quota.most})")
    return out


def _ties(items: Sequence[Item], bank: ItemBank) -> list[list[float]]:
    """Case groups whole: each further item of a group equals the first."""
    place = {item.id: i for i, item in enumerate(items)}
    rows = []
    for case in bank.cases:
        held = [place[item_id] for item_id in case.item_ids if item_id in place]
        for other in held[1:]:
            row = [0.0] * len(items)
            row[held[0]], row[other] = 1.0, -1.0
            rows.append(row)
    return rows


def _enemies(items: Sequence[Item]) -> list[list[float]]:
    place = {item.id: i for i, item in enumerate(items)}
    pairs = {
        tuple(sorted((place[item.id], place[enemy])))
        for item in items
        for enemy in item.enemies
        if enemy in place
    }
    rows = []
    for a, b in sorted(pairs):
        row = [0.0] * len(items)
        row[a] = row[b] = 1.0
        rows.append(row)
    return rows


TOPIC_ORDER = tuple(Topic)
"""Order of a form's parts; cases stand at the end of their topic."""


def _arrange(
    chosen: Sequence[Item], bank: ItemBank, blueprint: ExamBlueprint, draw: Draw
) -> ExamForm:
    """Order by topic, shuffled within it; case groups stay together in their own order."""
    ordered: list[Item] = []
    by_id = {item.id: item for item in chosen}
    cases = {item.case_id for item in chosen if item.case_id}
    for topic in TOPIC_ORDER:
        ordered += draw.shuffled(
            [item for item in chosen if item.topic is topic and item.case_id is None]
        )
        for case in sorted((bank.case(case_id) for case_id in cases), key=lambda case: case.id):
            members = [by_id[item_id] for item_id in case.item_ids if item_id in by_id]
            if members and members[0].topic is topic:
                ordered += members
    orders = tuple(_choice_order(item, draw) for item in ordered)
    return ExamForm(blueprint.ref, tuple(item.ref for item in ordered), orders)


def _choice_order(item: Item, draw: Draw) -> tuple[str, ...]:
    """Shuffle choices, except numbers, which stay ordered by size."""
    if item.kind in {ItemKind.TRUE_FALSE, ItemKind.NUMERIC}:
        return ()
    ids = list(item.choices)
    if all(text[:1].isdigit() or text[:2] in {"约 ", "¥1"} for text in item.choices.values()):
        return tuple(ids)
    return tuple(draw.shuffled(ids))
