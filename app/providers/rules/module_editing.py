"""Modules that come and go: what is typed into a force's empty row, and the marks that drop one.

A version may have other modules than the one before: scores are always told by the version that
made them, so nothing of what was settled moves. Each force has one empty row; a row with nothing
in it adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.providers import labels
from app.providers.importing import ESTIMATED_MODULE_ID
from app.providers.schemes import Direction, Force, Unit

NUMBER_CHARS = 24
"""Longer than any number that is meant."""

TEXT_CHARS = 400
"""Longest text of a module, a formula in words."""

TEXTS = {
    "id": _("编号"),
    "name": _("名称"),
    "name_en": _("英文名称"),
    "indicator": _("指标"),
    "indicator_en": _("指标（英文）"),
    "formula": _("怎么算"),
    "formula_en": _("怎么算（英文）"),
    "csv_column": _("导入文件的表头"),
    "source": _("出处"),
}
NUMBERS = {
    "weight": _("权重"),
    "floor": _("得 0 分"),
    "full": _("得满分"),
    "least": _("可能的最小值"),
    "most": _("可能的最大值"),
}
COUNTS = {"decimals": _("小数位"), "window_months": _("统计几个月")}


@dataclass(frozen=True, slots=True)
class NewField:
    """One input of the empty row.

    Attributes:
        name: Of the input.
        label: What it is.
        choices: Codes with their words; empty for what is typed.
        is_number: Whether a number is typed.
    """

    name: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    is_number: bool = False


def drop_name(module_id: str) -> str:
    """Return the name of the box that leaves a module out."""
    return f"module--{module_id}--drop"


def may_drop(module_id: str) -> bool:
    """Say whether a module may go: the one that sessions are estimated into stays."""
    return module_id != ESTIMATED_MODULE_ID


def new_fields(force: Force) -> list[NewField]:
    """Return the inputs of a force's empty row."""
    units = tuple((unit.value, str(labels.UNIT[unit])) for unit in Unit)
    ways = tuple((way.value, str(labels.DIRECTION[way])) for way in Direction)
    return [
        *(NewField(_name(force.id, key), str(label)) for key, label in TEXTS.items()),
        NewField(_name(force.id, "unit"), gettext("单位"), units),
        NewField(_name(force.id, "direction"), gettext("方向"), ways),
        *(
            NewField(_name(force.id, key), str(label), is_number=True)
            for key, label in (*NUMBERS.items(), *COUNTS.items())
        ),
    ]


def change_modules(body: dict[str, Any], typed: Mapping[str, str]) -> Iterator[str]:
    """Leave out the marked modules of a scheme's body and add the typed ones.

    Args:
        body: Of the scheme, changed in place.
        typed: What was typed, by the fields' names.

    Yields:
        What is wrong, each with its place; what the scheme's own rules say comes later.
    """
    for force in body["forces"]:
        for module in force["modules"]:
            if _is_dropped(module["id"], typed) and not may_drop(module["id"]):
                yield gettext("%(id)s 由操盘场次估计得出，不能去掉", id=module["id"])
        force["modules"] = [one for one in force["modules"] if not _is_dropped(one["id"], typed)]
        if _is_begun(force["id"], typed):
            yield from _add(force, typed)
        if not force["modules"]:
            yield gettext("%(force)s 至少要有一个模块", force=force["id"])


def weights_of(force: Force, typed: Mapping[str, str]) -> list[Decimal]:
    """Return the weights that a force's modules have as typed; what is no number counts 0."""
    texts = [
        typed.get(f"module--{one.id}--weight", str(one.weight))
        for one in force.modules
        if not _is_dropped(one.id, typed)
    ]
    texts.append(typed.get(_name(force.id, "weight"), ""))
    return [plain_number(one) or Decimal(0) for one in texts]


def plain_number(text: str) -> Decimal | None:
    """Return a plain decimal number; None if the text is none."""
    plain = text.strip()
    if not plain or len(plain) > NUMBER_CHARS or not plain.isascii() or "e" in plain.lower():
        return None
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _is_dropped(module_id: str, typed: Mapping[str, str]) -> bool:
    return bool(typed.get(drop_name(module_id)))


def _is_begun(force_id: str, typed: Mapping[str, str]) -> bool:
    keys = (*TEXTS, *NUMBERS, *COUNTS)
    return any(typed.get(_name(force_id, key), "").strip() for key in keys)


def _add(force: dict[str, Any], typed: Mapping[str, str]) -> Iterator[str]:
    module: dict[str, Any] = {}
    problems = []
    for key in (*TEXTS, "unit", "direction"):
        module[key] = typed.get(_name(force["id"], key), "").strip()[:TEXT_CHARS]
        if key in TEXTS and not module[key]:
            problems.append((TEXTS[key], gettext("没有填")))
    for key, label in (*NUMBERS.items(), *COUNTS.items()):
        number = plain_number(typed.get(_name(force["id"], key), ""))
        if number is None or (key in COUNTS and number != int(number)):
            problems.append((label, gettext("应为整数") if key in COUNTS else gettext("不是数")))
        else:
            module[key] = int(number) if key in COUNTS else f"{number:f}"
    for label, why in problems:
        yield gettext(
            "%(force)s 的新模块，%(label)s：%(why)s", force=force["id"], label=label, why=why
        )
    if not problems:
        force["modules"] = [*force["modules"], module]


def _name(force_id: str, key: str) -> str:
    return f"new--{force_id}--{key}"
