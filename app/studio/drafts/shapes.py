"""The shape of a scenario, read from the model itself: fields, types, allowed ranges.

Forms, sliders and checks of single values all come from here, so that a range stands in one
place only: the field of `simulations.scenarios`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from simulations.scenarios import Scenario

Json = Any


@dataclass(frozen=True)
class Shape:
    """One place of a scenario's body.

    Attributes:
        name: Of the field; empty for an entry of a list.
        kind: `whole`, `number`, `text`, `flag`, `pick`, `words`, `numbers`, `part`, `rows` or
            `values` (a mapping of names to numbers).
        least: Least allowed number, or least length.
        most: Greatest allowed number, or greatest length.
        above: The number must be greater than this.
        options: Codes of a `pick`.
        is_optional: Whether it may be left out.
        default: What it is then.
        parts: Fields of a `part`, or of each entry of `rows`.
        pattern: Of a text.
    """

    name: str
    kind: str
    least: float | None = None
    most: float | None = None
    above: float | None = None
    options: tuple[Any, ...] = ()
    is_optional: bool = False
    default: Json = None
    parts: tuple[Shape, ...] = field(default=())
    pattern: str = ""

    def part(self, name: str) -> Shape:
        """Return a field by its name; KeyError if there is none."""
        for one in self.parts:
            if one.name == name:
                return one
        raise KeyError(name)


@lru_cache(maxsize=1)
def scenario_shape() -> Shape:
    """Return the shape of the whole body."""
    schema = Scenario.model_json_schema()
    return Shape("", "part", parts=tuple(_parts(schema, schema["$defs"])))


def shape_at(path: str) -> Shape:
    """Return the shape of a place, as `products.0.list_price_fen`.

    Raises:
        KeyError: If the scenario has no such place.
    """
    shape = scenario_shape()
    for step in path.split("."):
        if shape.kind == "rows":
            if not (step.isascii() and step.isdecimal() and len(step) < 4):
                raise KeyError(path)
            shape = Shape("", "part", parts=shape.parts)
        elif shape.kind == "part":
            shape = shape.part(step)
        else:
            raise KeyError(path)
    return shape


def _parts(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Iterator[Shape]:
    required = set(schema.get("required", ()))
    for name, one in schema["properties"].items():
        yield _shape(name, one, defs, is_required=name in required)


def _shape(
    name: str, schema: Mapping[str, Any], defs: Mapping[str, Any], *, is_required: bool
) -> Shape:
    is_optional = not is_required
    default = schema.get("default")
    variants = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if variants:
        schema = {**schema, **variants[0]}
    if "$ref" in schema:
        schema = {**schema, **defs[schema["$ref"].rpartition("/")[2]]}
    common: dict[str, Any] = {"name": name, "is_optional": is_optional, "default": default}
    if "const" in schema:
        return Shape(kind="pick", options=(schema["const"],), **common)
    if "enum" in schema:
        return Shape(kind="pick", options=tuple(schema["enum"]), **common)
    kind = schema.get("type")
    if kind in ("integer", "number"):
        return Shape(
            kind="whole" if kind == "integer" else "number",
            least=schema.get("minimum"),
            most=schema.get("maximum"),
            above=schema.get("exclusiveMinimum"),
            **common,
        )
    if kind == "string":
        return Shape(
            kind="text",
            least=schema.get("minLength"),
            most=schema.get("maxLength"),
            pattern=schema.get("pattern", ""),
            **common,
        )
    if kind == "boolean":
        return Shape(kind="flag", **common)
    if kind == "array":
        return _list_shape(schema, defs, common)
    if "properties" in schema:
        return Shape(kind="part", parts=tuple(_parts(schema, defs)), **common)
    return Shape(kind="values", **common)


def _list_shape(
    schema: Mapping[str, Any], defs: Mapping[str, Any], common: Mapping[str, Any]
) -> Shape:
    entry = _shape("", schema["items"], defs, is_required=True)
    bounds: dict[str, Any] = {"least": schema.get("minItems"), "most": schema.get("maxItems")}
    if entry.kind == "part":
        return Shape(kind="rows", parts=entry.parts, **bounds, **common)
    plain = "numbers" if entry.kind in ("whole", "number") else "words"
    return Shape(kind=plain, **bounds, **common)
