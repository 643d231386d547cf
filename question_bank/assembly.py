"""Draw forms: exactly by integer programming, or the proof of what is missing.

Every item is a 0/1 variable; quotas, the items that must be in, the expected score and the test
information at the cut are rows; a case group's items are tied together; enemies exclude each
other; what the candidate saw lately and what is above its exposure cap is left out. Random costs
make every feasible form possible, so candidates get different forms of the same shape. HiGHS
(through SciPy) either finds an optimum or proves that none exists; then each named row is relaxed
by a slack and the least total slack names the cells that the bank cannot fill.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint, Match, Quota
from question_bank.errors import InfeasibleBlueprintError
from question_bank.expectations import expected_credit
from question_bank.exposure import Exposure
from question_bank.instances import drawn_instance
from question_bank.items import Item, ItemKind, Topic
from question_bank.programming import INFINITY, Row, Shortfall, choose, shortfalls

T = TypeVar("T")

COST_STEPS = 1_000_003
"""Costs are drawn from this many steps; ties are then rare."""


@dataclass(frozen=True)
class ExamForm:
    """试卷: the items one candidate gets, in order, each with its order of choices.

    Attributes:
        blueprint_ref: What it was drawn by.
        items: Item refs in display order, those of parametrised items with their values.
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
    exposure: Exposure | None = None,
    pilots: Sequence[Item] = (),
    information: Mapping[str, float] | None = None,
) -> ExamForm:
    """Draw one form.

    Args:
        bank: All items; only those of the blueprint's pool and level are drawn.
        blueprint: What a form holds.
        seed: >= 16 secret bytes; the same seed draws the same form from the same bank.
        avoid: Item ids seen on the sittings that the blueprint avoids; none of them is drawn.
        exposure: Uses so far; with it the blueprint's cap binds and rarer items go first.
        pilots: Items in the pilot; the blueprint's `pilot_count` of them, or as many as there
            are, are strewn among the counted ones.
        information: Information at the cut of the items that are calibrated, by id
            (`calibrations.information_at_cut`).

    Raises:
        InfeasibleBlueprintError: Naming each cell that cannot be met, and by how much.
        ParameterError: If an item's constraints allow no values.
    """
    everything = sorted(
        (item for item in bank if item.pool is blueprint.pool and item.level == blueprint.level),
        key=lambda item: item.id,
    )
    barred = _barred(everything, bank, blueprint, frozenset(avoid), exposure)
    items = [item for item in everything if item.id not in barred]
    draw = Draw(seed)
    costs = [draw.below(COST_STEPS) / COST_STEPS for _ in items]
    if exposure is not None:
        costs = [cost + exposure.rate(one.id) for cost, one in zip(costs, items, strict=True)]
    rows = _rows(items, bank, blueprint, information or {})
    chosen = choose(costs, rows)
    if chosen is None:
        found = shortfalls(len(items), rows)
        missing = [_told(shortfall, len(barred)) for shortfall in found]
        raise InfeasibleBlueprintError(blueprint.ref, missing, found)
    shown = [drawn_instance(item, seed) for item, taken in zip(items, chosen, strict=True) if taken]
    form = _arrange(shown, bank, blueprint, draw)
    if not (blueprint.pilot_count and pilots):
        return form
    tried = [drawn_instance(item, seed) for item in _chosen_pilots(shown, pilots, blueprint, draw)]
    return _with_pilots(form, shown, tried, blueprint, draw)


def missing_cells(bank: ItemBank, blueprint: ExamBlueprint) -> list[str]:
    """Return what the bank lacks for this blueprint; empty if a form can be drawn."""
    try:
        assemble_form(bank, blueprint, seed=bytes(16))
    except InfeasibleBlueprintError as error:
        return error.missing
    return []


def _barred(
    items: Sequence[Item],
    bank: ItemBank,
    blueprint: ExamBlueprint,
    avoid: frozenset[str],
    exposure: Exposure | None,
) -> frozenset[str]:
    """Return the ids that may not be drawn now.

    A case falls with any of its items, and when one of them is not in the bank any more: it was
    read and put into use as a whole.

    What every form must hold is seen again and again by rule: neither the last sittings nor the
    cap bar it, or the case that it stands in.
    """
    cap = blueprint.max_exposure
    wanted = set(blueprint.must_include)
    wanted |= {one for case in bank.cases if wanted & set(case.item_ids) for one in case.item_ids}
    out = {
        item.id
        for item in items
        if (blueprint.sections and blueprint.section_of(item) is None)
        or (
            item.id not in wanted
            and (
                item.id in avoid
                or (cap is not None and exposure is not None and exposure.is_spent(item.id, cap))
            )
        )
    }
    out |= {item_id for case in bank.torn_cases for item_id in case.item_ids}
    for case in bank.cases:
        held = set(case.item_ids)
        if out & held or not _in_one_section(blueprint, [one for one in items if one.id in held]):
            out |= held
    return frozenset(out & {item.id for item in items})


def _in_one_section(blueprint: ExamBlueprint, items: Sequence[Item]) -> bool:
    """Say whether no barrier stands between these items: a case is worked on as a whole."""
    return not blueprint.sections or len({blueprint.section_of(one) for one in items}) <= 1


def _section_rows(items: Sequence[Item], blueprint: ExamBlueprint) -> list[Row]:
    rows = []
    for index, section in enumerate(blueprint.sections):
        held = tuple(1.0 if blueprint.section_of(item) == index else 0.0 for item in items)
        most = INFINITY if section.item_count is None else section.item_count
        rows.append(Row(held, section.item_count or 1, most, f"section {section.title}"))
    return rows


def _rows(
    items: Sequence[Item],
    bank: ItemBank,
    blueprint: ExamBlueprint,
    information: Mapping[str, float],
) -> list[Row]:
    total = Quota(least=blueprint.item_count, most=blueprint.item_count)
    rows = [
        Row(
            tuple(1.0 if quota.fits(item) else 0.0 for item in items),
            quota.least,
            INFINITY if quota.most is None else quota.most,
            quota.name,
            penalty=3.0 if quota is total else 1.0,  # rather name the cell than the total
        )
        for quota in (total, *blueprint.quotas)
    ]
    rows += _section_rows(items, blueprint)
    for item_id in blueprint.must_include:
        held = tuple(1.0 if item.id == item_id else 0.0 for item in items)
        rows.append(Row(held, 1.0, 1.0, f"must include {item_id}", penalty=2.0))
    if blueprint.match is not None:
        wanted = blueprint.match.expected_fraction * blueprint.item_count
        slack = blueprint.match.slack_marks
        credits = tuple(expected_credit(item) for item in items)
        rows.append(Row(credits, wanted - slack, wanted + slack, EXPECTED, penalty=4.0))
        rows += _information_rows(items, blueprint.match, information)
    return [*rows, *_ties(items, bank), *_enemies(items, blueprint)]


EXPECTED = "expected score at the cut"
INFORMATION = "information at the cut"


def _information_rows(
    items: Sequence[Item], match: Match, information: Mapping[str, float]
) -> list[Row]:
    """Bound a form's information at the cut; nothing is bound where no item is calibrated."""
    known = [information[item.id] for item in items if item.id in information]
    if match.information is None or not known:
        return []
    usual = sum(known) / len(known)
    weights = tuple(information.get(item.id, usual) for item in items)
    slack = match.information * match.information_slack
    least, most = match.information - slack, match.information + slack
    return [Row(weights, least, most, INFORMATION, penalty=4.0)]


def _told(shortfall: Shortfall, barred: int) -> str:
    """Write one cell that cannot be met."""
    row = shortfall.row
    if row.name == EXPECTED:
        gap, side = (shortfall.short, "low") if shortfall.short else (shortfall.over, "high")
        return f"{EXPECTED}: {gap:.2f} marks too {side} (wanted {row.least:.2f} to {row.most:.2f})"
    if row.name == INFORMATION:
        gap, side = (shortfall.short, "low") if shortfall.short else (shortfall.over, "high")
        return f"{INFORMATION}: {gap:.2f} too {side} (wanted {row.least:.2f} to {row.most:.2f})"
    if row.name.startswith("must include"):
        return f"{row.name}: not among the items that may be drawn, or against a quota or enemy"
    left_out = f"; {barred} seen or spent are left out" if barred else ""
    if shortfall.short > 0:
        held = round(sum(row.weights))
        short = round(shortfall.short)
        return f"{row.name}: {short} too few (bank has {held}, needs {row.least:g}{left_out})"
    return f"{row.name}: {round(shortfall.over)} too many forced (at most {row.most:g})"


def _ties(items: Sequence[Item], bank: ItemBank) -> list[Row]:
    """Case groups whole: each further item of a group equals the first."""
    place = {item.id: i for i, item in enumerate(items)}
    rows = []
    for case in bank.cases:
        held = [place[item_id] for item_id in case.item_ids if item_id in place]
        for other in held[1:]:
            weights = [0.0] * len(items)
            weights[held[0]], weights[other] = 1.0, -1.0
            rows.append(Row(tuple(weights), 0.0, 0.0))
    return rows


def _enemies(items: Sequence[Item], blueprint: ExamBlueprint) -> list[Row]:
    """At most one of each pair that items name, and of each group that the blueprint names."""
    place = {item.id: i for i, item in enumerate(items)}
    pairs = {
        tuple(sorted((place[item.id], place[enemy])))
        for item in items
        for enemy in item.enemies
        if enemy in place
    }
    rows = []
    for a, b in sorted(pairs):
        weights = [0.0] * len(items)
        weights[a] = weights[b] = 1.0
        rows.append(Row(tuple(weights), 0.0, 1.0))
    for group in blueprint.enemies:
        among = set(group)
        held = tuple(1.0 if item.id in among else 0.0 for item in items)
        rows.append(Row(held, 0.0, 1.0))
    return rows


TOPIC_ORDER = tuple(Topic)
"""Order of a form's parts; cases stand at the end of their topic."""


def _arrange(
    chosen: Sequence[Item], bank: ItemBank, blueprint: ExamBlueprint, draw: Draw
) -> ExamForm:
    """Order by section, then topic, shuffled within it; cases stay together in their order."""
    parts: list[Sequence[Item]] = [
        [item for item in chosen if blueprint.section_of(item) == index]
        for index in range(len(blueprint.sections))
    ]
    ordered = [item for part in parts or [chosen] for item in _arranged(part, bank, draw)]
    orders = tuple(_choice_order(item, draw) for item in ordered)
    return ExamForm(blueprint.ref, tuple(item.ref for item in ordered), orders)


def _chosen_pilots(
    shown: Sequence[Item], pilots: Sequence[Item], blueprint: ExamBlueprint, draw: Draw
) -> list[Item]:
    """Draw the items to be tried out: no other version or enemy of an item of the form."""
    held = {item.id for item in shown}
    barred = held | {enemy for item in shown for enemy in item.enemies}
    taken: list[Item] = []
    for item in draw.shuffled(sorted(pilots, key=lambda one: one.ref)):
        fits = item.level == blueprint.level and (
            not blueprint.sections or blueprint.section_of(item) is not None
        )
        is_free = item.id not in barred and not held & set(item.enemies)
        if len(taken) < blueprint.pilot_count and fits and is_free:
            taken.append(item)
            held.add(item.id)
            barred |= {item.id, *item.enemies}
    return taken


def _with_pilots(
    form: ExamForm,
    shown: Sequence[Item],
    pilots: Sequence[Item],
    blueprint: ExamBlueprint,
    draw: Draw,
) -> ExamForm:
    """Strew the pilot among the items of its section; a case is never torn apart."""
    by_ref = {item.ref: item for item in shown}
    refs, orders = list(form.items), list(form.choice_orders)
    for item in pilots:
        section = blueprint.section_of(item)
        held = [by_ref.get(ref) for ref in refs]
        places = [
            place
            for place in range(len(refs) + 1)
            if _may_stand(held[place - 1 : place] + held[place : place + 1], section, blueprint)
        ]
        place = places[draw.below(len(places))] if places else len(refs)
        refs.insert(place, item.ref)
        orders.insert(place, _choice_order(item, draw))
        by_ref[item.ref] = item
    return ExamForm(form.blueprint_ref, tuple(refs), tuple(orders))


def _may_stand(
    neighbours: Sequence[Item | None], section: int | None, blueprint: ExamBlueprint
) -> bool:
    """Say whether an item may stand between its neighbours-to-be."""
    items = [one for one in neighbours if one is not None]
    cases = [one.case_id for one in items if one.case_id is not None]
    is_torn = len(items) == 2 and len(cases) == 2 and cases[0] == cases[1]
    return not is_torn and any(blueprint.section_of(one) == section for one in items)


def _arranged(chosen: Sequence[Item], bank: ItemBank, draw: Draw) -> list[Item]:
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
    return ordered


def _choice_order(item: Item, draw: Draw) -> tuple[str, ...]:
    """Shuffle choices, except numbers and regions, which keep the order of size and place.

    An ordering item is never shown in its right order.
    """
    if not item.choices or item.kind is ItemKind.HOT_SPOT:
        return ()
    ids = list(item.choices)
    if item.kind is ItemKind.ORDERING:
        order = draw.shuffled(ids)
        while tuple(order) == item.right_order:
            order = draw.shuffled(ids)
        return tuple(order)
    if all(text[:1].isdigit() or text[:2] in {"约 ", "¥1"} for text in item.choices.values()):
        return tuple(ids)
    return tuple(draw.shuffled(ids))
