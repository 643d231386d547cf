"""A scenario's body as plain data: read and change it by paths, from words and from YAML."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from decimal import Decimal
from typing import Any

import yaml

from app.core.errors import InvalidInputError
from app.studio.drafts.shapes import Shape, shape_at
from simulations.engines.registry import ENGINE_VERSION
from simulations.errors import ScenarioError
from simulations.loading import parse_scenario
from simulations.scenarios import Scenario

Body = dict[str, Any]

KEPT_BY_STUDIO = ("id", "version", "engine", "lang", "plan", "opening", "cards")
"""Fields that no author writes: the studio gives them, or a room puts them in."""

YAML_CHARS = 120_000
"""Longest text of a scenario; the longest shipped one has a sixth of it."""

MOST_ROWS = 40
"""Entries of a list that states no bound itself."""


_WRITTEN = re.compile(
    r"(?P<digits>[-−+]?(?:\d{1,3}(?:[,，]\d{3})+|\d+)(?:\.\d+)?)\s*(?P<wan>万)?", re.ASCII
)
"""A number with separators of thousands, or in 万."""


class FaultyValueError(InvalidInputError):
    """Raised when a value cannot stand at its place; `errors` say which, and what is allowed."""

    code = "scenario_value"


class FaultyYamlError(InvalidInputError):
    """Raised when a text is no scenario; `errors` name the line."""

    code = "scenario_yaml"


def value_at(body: Any, path: str) -> Any:
    """Return what stands at a path; None where nothing does."""
    for step in path.split(".") if path else ():
        if isinstance(body, list):
            place = int(step) if step.isascii() and step.isdecimal() else len(body)
            body = body[place] if place < len(body) else None
        elif isinstance(body, dict):
            body = body.get(step)
        else:
            return None
    return body


def with_value(body: Body, path: str, value: Any) -> Body:
    """Return the body with another value at a path; the empty path replaces it all.

    Raises:
        FaultyValueError: If nothing can stand there.
    """
    if not path:
        return dict(value)
    out = deepcopy(body)
    parent_path, _, last = path.rpartition(".")
    parent = value_at(out, parent_path)
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list) and last.isdecimal() and int(last) < len(parent):
        parent[int(last)] = value
    else:
        raise FaultyValueError(path, [{"field": path, "code": "no_such_place"}])
    return out


def typed(path: str, text: Any) -> Any:
    """Return the value that a person's input means at a path.

    Args:
        path: Where it goes.
        text: What was typed; numbers, truth values and None pass as they are.

    Raises:
        FaultyValueError: With the place and the allowed range, if it cannot stand there.
    """
    try:
        shape = shape_at(path)
    except KeyError as error:
        raise FaultyValueError(path, [{"field": path, "code": "no_such_place"}]) from error
    if path.split(".")[0] in KEPT_BY_STUDIO:
        raise FaultyValueError(path, [{"field": path, "code": "not_written"}])
    value, code = _converted(shape, text)
    if code:
        raise FaultyValueError(
            f"{path}: {text!r}",
            [{"field": path, "code": code, "least": shape.least, "most": shape.most,
              "above": shape.above}],
        )  # fmt: skip
    return value


def _converted(shape: Shape, given: Any) -> tuple[Any, str]:
    if isinstance(given, str):
        given = given.strip()
    if given in ("", None):
        if shape.kind in ("words", "numbers") and not shape.least:
            return [], ""
        return (shape.default, "") if shape.is_optional else (None, "required")
    if shape.kind in ("whole", "number"):
        return _number(shape, given)
    if shape.kind == "flag":
        return given in (True, "true", "1", "on"), ""
    if shape.kind == "pick":
        for option in shape.options:
            if str(option) == str(given):
                return option, ""
        return None, "unknown"
    if shape.kind in ("words", "numbers"):
        return _list(shape, given)
    if shape.kind != "text":
        return None, "no_value"
    text = str(given)
    if shape.pattern and not re.search(shape.pattern, text):
        return None, "pattern"
    is_short = shape.least is not None and len(text) < shape.least
    is_long = shape.most is not None and len(text) > shape.most
    return text, "length" if is_short or is_long else ""


def written_number(given: Any) -> Any:
    """Return a number as people write it, 6万 or 60,000, as plain digits; others as they are."""
    if not isinstance(given, str):
        return given
    found = _WRITTEN.fullmatch(given.strip())
    if found is None:
        return given
    plain = found["digits"].replace(",", "").replace("，", "").replace("−", "-")
    # Shifted as text: 1.1万 is 11000, not 11000.000000000002.
    return f"{Decimal(plain) * 10_000:f}" if found["wan"] else plain


def _number(shape: Shape, given: Any) -> tuple[Any, str]:
    if isinstance(given, bool):
        return None, "number"
    try:
        number = float(written_number(given))
    except (TypeError, ValueError):
        return None, "number"
    if not math.isfinite(number):
        return None, "number"
    if shape.kind == "whole":
        if abs(number - round(number)) > 1e-6:
            return None, "whole"
        number = round(number)
    is_low = shape.least is not None and number < shape.least
    is_low = is_low or (shape.above is not None and number <= shape.above)
    is_high = shape.most is not None and number > shape.most
    return number, "range" if is_low or is_high else ""


def _list(shape: Shape, given: Any) -> tuple[Any, str]:
    # A sentence may hold commas, so lines part texts; numbers may stand in one line.
    parting = r"\n" if shape.kind == "words" else r"[\n,，]"
    entries = given if isinstance(given, list) else re.split(parting, str(given))
    words = [str(one).strip() for one in entries if str(one).strip()]
    is_short = shape.least is not None and len(words) < shape.least
    if is_short or len(words) > (shape.most or MOST_ROWS):
        return None, "count"
    if shape.kind == "words":
        return words, ""
    try:
        return [float(one) for one in words], ""
    except ValueError:
        return None, "number"


def parsed(body: Mapping[str, Any], scenario_id: str, version: int) -> Scenario:
    """Return the scenario that a body describes, under its id and version.

    Raises:
        ScenarioError: With every fault.
    """
    fixed = {"lang": "zh-Hans", "engine": ENGINE_VERSION}
    return parse_scenario({**body, **fixed, "id": scenario_id, "version": version})


def faults_of(body: Mapping[str, Any], scenario_id: str, version: int) -> list[tuple[str, str]]:
    """Return what is wrong with a body: (path or what is concerned, message of the model)."""
    try:
        parsed(body, scenario_id, version)
    except ScenarioError as error:
        out: list[tuple[str, str]] = []
        for line in str(error).splitlines():
            _, _, rest = line.partition(": ")  # origin
            _, _, rest = rest.partition(": ")  # id
            where, _, message = rest.partition(": ")
            if where == "(whole)":
                for one in message.removeprefix("Value error, ").split("; "):
                    place, _, problem = one.partition(": ")
                    out.append((place, problem or one))
            else:
                out.append((where, message))
        return out
    return []


def own_body(scenario: Scenario) -> Body:
    """Return what an author may write of a scenario, as plain data without what is left out."""
    body: Body = scenario.model_dump(mode="json")
    return {name: value for name, value in body.items() if name not in KEPT_BY_STUDIO}


class _Dumper(yaml.SafeDumper):
    """Lists stand below their names, indented, as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def yaml_of(body: Mapping[str, Any]) -> str:
    """Return a body as YAML, in the order of the model."""
    return yaml.dump(dict(body), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)


def body_of_yaml(text: str, scenario_id: str, version: int) -> Body:
    """Return the body that a text describes.

    Raises:
        FaultyYamlError: With the line of every fault that has one; nothing is half taken.
    """
    if len(text) > YAML_CHARS:
        raise FaultyYamlError("too long", [{"field": "yaml", "code": "too_long"}])
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        row = mark.line + 1 if mark is not None else 1
        problem = str(getattr(error, "problem", "") or "")
        raise FaultyYamlError(
            str(error), [{"field": "yaml", "code": "syntax", "row": row, "problem": problem}]
        ) from error
    twice = _written_twice(node)
    if twice:
        raise FaultyYamlError(f"{len(twice)} keys twice", twice)
    if not isinstance(data, dict):
        raise FaultyYamlError("no mapping", [{"field": "yaml", "code": "no_mapping", "row": 1}])
    body = {name: value for name, value in data.items() if name not in KEPT_BY_STUDIO}
    found = faults_of(body, scenario_id, version)
    if found:
        raise FaultyYamlError(
            f"{len(found)} faults",
            [
                {"field": path, "code": "fault", "row": _row_of(node, path), "problem": problem}
                for path, problem in found
            ],
        )
    return own_body(parsed(body, scenario_id, version))


def _written_twice(root: yaml.Node | None) -> list[dict[str, object]]:
    """Return the fields that a text writes twice: YAML would silently drop the first value."""
    found: list[dict[str, object]] = []
    waiting: list[tuple[str, yaml.Node | None]] = [("", root)]
    met: set[int] = set()
    while waiting:
        path, node = waiting.pop()
        if id(node) in met:  # an alias
            continue
        met.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += [(f"{path}.{place}", one) for place, one in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for key, value in node.value:
                field = f"{path}.{key.value}".strip(".")
                if str(key.value) in names:
                    row = key.start_mark.line + 1
                    found.append({"field": field, "code": "twice", "row": row})
                names.add(str(key.value))
                waiting.append((field, value))
    return sorted(found, key=lambda one: str(one["row"]).zfill(6))


def _row_of(node: yaml.Node | None, path: str) -> int:
    """Return the line of the deepest place on a path that the text has."""
    row = 1
    for step in path.split("."):
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == step:
                    row, node = key.start_mark.line + 1, value
                    break
            else:
                return row
        elif isinstance(node, yaml.SequenceNode):
            entry = _entry(node.value, step)
            if entry is None:
                return row
            row, node = entry.start_mark.line + 1, entry
        else:
            return row
    return row


def _entry(entries: Sequence[yaml.Node], step: str) -> yaml.Node | None:
    """Return an entry of a list by its position, or by its id or code."""
    if step.isdecimal():
        return entries[int(step)] if int(step) < len(entries) else None
    for one in entries:
        if isinstance(one, yaml.MappingNode) and any(
            key.value in ("id", "code") and value.value == step for key, value in one.value
        ):
            return one
    return None


def body_changes(old: Any, new: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Return (path, old, new) of every place that differs; lists of other length differ whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            change
            for name in [*new, *(name for name in old if name not in new)]
            for change in body_changes(old.get(name), new.get(name), f"{path}.{name}".strip("."))
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            change
            for place, (a, b) in enumerate(zip(old, new, strict=True))
            for change in body_changes(a, b, f"{path}.{place}")
        ]
    return [] if old == new else [(path, old, new)]
