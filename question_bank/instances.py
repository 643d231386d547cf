"""A parametrised item with the values that one candidate sees."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from question_bank.errors import ParameterError
from question_bank.expressions import ExpressionError, rounded
from question_bank.items import Item, ItemKind
from question_bank.parameters import (
    Parametric,
    WorkedOut,
    pinned_text,
    pinned_values,
)

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?::([a-z0-9]+))?\}")
"""`{price}`, `{rate:percent}`, `{gmv:wan}`, `{roi:2}` in stem, exhibit text and rationale."""

SHOWN_DECIMALS = 2
"""Decimals of a figure that does not end by itself and has no format."""

LETTERS = "abcd"


class ItemInstance(Item):
    """An item whose figures are filled in; its ref names the values, so that it can be made again.

    Attributes:
        pinned: The values as they stand in the ref, `cost=66,price=159`.
    """

    pinned: str

    @property
    def ref(self) -> str:
        return f"{self.id}@{self.version}#{self.pinned}"


def instance_of(item: Item, pinned: str) -> ItemInstance:
    """Fill in an item's figures.

    Args:
        item: A parametrised version.
        pinned: Values as they stand in a ref.

    Raises:
        ParameterError: If the item has no parameters, or the values are not among its own.
    """
    if item.parametric is None:
        raise ParameterError(f"{item.ref} has no parameters")
    drawn = pinned_values(pinned)
    variables = item.parametric.variables
    if set(drawn) != set(variables):
        raise ParameterError(f"{item.ref}: values for {sorted(variables)} expected")
    for name, value in drawn.items():
        if not variables[name].holds(value):
            raise ParameterError(f"{item.ref}: {name} is never {value}")
    try:
        worked = item.parametric.worked_out(drawn)
        if fault := item.parametric.fault(worked):
            raise ParameterError(f"{item.ref}#{pinned}: {fault}")
        return _filled(item, item.parametric, worked, pinned)
    except ExpressionError as error:
        raise ParameterError(f"{item.ref}#{pinned}: {error}") from error


def drawn_instance(item: Item, seed: bytes) -> Item:
    """Return the item as one form shows it: itself, or with values drawn for this seed.

    Raises:
        ParameterError: If no draw meets the constraints.
    """
    if item.parametric is None:
        return item
    return instance_of(item, pinned_text(item.parametric.draw(seed, item.id)))


def split_pinned(ref: str) -> tuple[str, str]:
    """Split a ref into the version's ref and the pinned values; the latter may be empty."""
    version_ref, _, pinned = ref.partition("#")
    return version_ref, pinned


def _filled(item: Item, parametric: Parametric, worked: WorkedOut, pinned: str) -> ItemInstance:
    values = {
        **worked.values,
        "key": worked.key,
        **{f"mistake_{n}": one for n, one in enumerate(worked.wrong, 1)},
    }

    def fill(text: str) -> str:
        return PLACEHOLDER.sub(lambda found: _shown(values, found[1], found[2] or ""), text)

    content: dict[str, Any] = item.model_dump(exclude={"parametric"})
    content.update(stem=fill(item.stem), rationale=fill(item.rationale), checks=[], pinned=pinned)
    if item.exhibit is not None and item.exhibit.text:
        content["exhibit"]["text"] = fill(item.exhibit.text)
    content.update(_answers(item, parametric, worked))
    return ItemInstance.model_validate(content)


def _answers(item: Item, parametric: Parametric, worked: WorkedOut) -> dict[str, Any]:
    """Return key and wrong results in the shape of the item's kind."""
    named = dict(zip(worked.wrong, (one.name for one in parametric.mistakes), strict=True))
    if item.kind is ItemKind.NUMERIC:
        return {
            "numeric": {
                "value": float(worked.key),
                "tolerance": float(parametric.tolerance),
                "unit": parametric.unit,
                "decimals": parametric.decimals,
            },
            "mistakes": {_decimal(one, parametric.decimals): name for one, name in named.items()},
        }
    results = sorted([worked.key, *worked.wrong])
    ids = dict(zip(results, LETTERS, strict=True))
    unit = f" {parametric.unit}" if parametric.unit and parametric.unit != "%" else parametric.unit
    return {
        "choices": {ids[one]: _decimal(one, parametric.decimals) + unit for one in results},
        "key": [ids[worked.key]],
        "distractors": {ids[one]: name for one, name in named.items()},
    }


def _shown(values: Mapping[str, Fraction], name: str, form: str) -> str:
    if name not in values:
        raise ParameterError(f"{{{name}}}: no such figure")
    value = values[name]
    if form == "percent":
        return _plain(value * 100) + "%"
    if form == "wan":
        return _plain(value / 10_000) + " 万"
    if form.isdecimal():
        return _decimal(value, int(form))
    if form:
        raise ParameterError(f"{{{name}:{form}}}: percent, wan or a number of decimals")
    return _plain(value)


def _plain(value: Fraction) -> str:
    """Write a figure as people do: all its decimals if it ends soon, else rounded."""
    for decimals in range(5):
        if rounded(value, decimals) == value:
            return _decimal(value, decimals)
    return _decimal(value, SHOWN_DECIMALS)


def _decimal(value: Fraction, decimals: int) -> str:
    scaled = rounded(value, decimals) * 10**decimals
    return f"{Decimal(scaled.numerator).scaleb(-decimals):.{decimals}f}"
