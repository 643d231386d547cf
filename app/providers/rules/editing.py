"""A scheme as fields that a person edits: what each is called, what stands in it, what it becomes.

Fields reach every number that a version changes: weights, ends, the certified component, ratings,
the matrix's minimums, red lines; modules come and go (`module_editing`). Words of what stays are
changed in the text of the scheme.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from pydantic import ValidationError

from app.providers import labels, loading, wording
from app.providers.rules import module_editing
from app.providers.rules import wording as rule_words
from app.providers.rules.deciding import BadSchemeError
from app.providers.rules.module_editing import NUMBER_CHARS, NewField, plain_number
from app.providers.schemes import Scheme
from certificates.levels import Level


@dataclass(frozen=True, slots=True)
class EditField:
    """One number of a scheme.

    Attributes:
        name: Of the input; ids joined by `--`.
        label: What it is, in the group.
        text: What stands in it; empty where there is none.
        is_optional: Whether it may be empty.
        is_box: Whether it is a box to tick, no number.
    """

    name: str
    label: str
    text: str
    is_optional: bool = False
    is_box: bool = False


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields that belong together under one heading; `added` are those of a row to be added."""

    title: str
    rows: tuple[tuple[str, tuple[EditField, ...]], ...]
    added: tuple[NewField, ...] = ()


def groups_of(scheme: Scheme) -> list[FieldGroup]:
    """Return a scheme's fields, group by group."""
    return [
        *(_force_group(scheme, place) for place in range(len(scheme.forces))),
        _certified_group(scheme),
        _rating_group(scheme),
        *([_matrix_group(scheme)] if scheme.matrix else []),
        *([_red_line_group(scheme)] if scheme.red_lines else []),
    ]


def edited(scheme: Scheme, typed: Mapping[str, str], *, version: int, effective_on: date) -> Scheme:
    """Return the scheme that the fields describe; a field that was not sent stays as it is.

    Args:
        scheme: The version that the fields began with.
        typed: What was typed, by the fields' names.
        version: Its number.
        effective_on: First day of its first month.

    Raises:
        BadSchemeError: With everything that is wrong and where.
    """
    body = scheme.model_dump(mode="json")
    body["version"], body["effective_on"] = version, effective_on.isoformat()
    problems = [
        *module_editing.change_modules(body, typed),
        *_put_forces(body, typed),
        *_put_component(body, typed),
        *_put_ratings(body, typed),
        *_put_matrix(body, typed),
        *_put_red_lines(body, typed),
    ]
    if problems:
        raise BadSchemeError(tuple(problems))
    try:
        return Scheme.model_validate(body)
    except ValidationError as error:
        raise BadSchemeError(loading.problems_of(body, error)) from error


def sums_of(scheme: Scheme, typed: Mapping[str, str]) -> tuple[dict[str, Decimal], Decimal]:
    """Return what the typed weights add up to, by force and in all; what is no number counts 0."""
    sums = {
        wording.name_of(force): sum(module_editing.weights_of(force, typed), Decimal(0))
        for force in scheme.forces
    }
    return sums, sum(sums.values(), Decimal(0))


def _force_group(scheme: Scheme, place: int) -> FieldGroup:
    force = scheme.forces[place]
    rows = []
    for module in force.modules:
        fields = (
            EditField(_name("module", module.id, "weight"), gettext("权重"), f"{module.weight:f}"),
            EditField(_name("module", module.id, "floor"), gettext("得 0 分"), f"{module.floor:f}"),
            EditField(_name("module", module.id, "full"), gettext("得满分"), f"{module.full:f}"),
            *(
                [
                    EditField(
                        module_editing.drop_name(module.id),
                        gettext("去掉这个模块"),
                        "",
                        is_optional=True,
                        is_box=True,
                    )
                ]
                if module_editing.may_drop(module.id)
                else []
            ),
        )
        unit = labels.UNIT[module.unit]
        rows.append(
            (f"{wording.name_of(module)}（{wording.indicator_of(module)}，{unit}）", fields)
        )
    added = tuple(module_editing.new_fields(force))
    return FieldGroup(wording.name_of(force), tuple(rows), added)


def _certified_group(scheme: Scheme) -> FieldGroup:
    component = scheme.certified
    rows: list[tuple[str, tuple[EditField, ...]]] = [
        (
            str(labels.LEVEL[award.level]),
            (
                EditField(
                    _name("level", award.level.value, "points"),
                    gettext("每人加分"),
                    f"{award.points:f}",
                ),
                EditField(
                    _name("level", award.level.value, "equivalents"),
                    gettext("当量"),
                    str(award.equivalents),
                ),
            ),
        )
        for award in component.levels
    ]
    for place, band in enumerate(component.diminishing):
        rows.append(
            (
                gettext("递减第 %(n)s 段", n=place + 1),
                (
                    EditField(_name("band", place, "above"), gettext("超过"), f"{band.above:f}"),
                    EditField(
                        _name("band", place, "fraction"), gettext("按几成计"), f"{band.fraction:f}"
                    ),
                ),
            )
        )
    if component.coverage is not None:
        coverage = component.coverage
        rows.append(
            (
                gettext("与在服商家数挂钩"),
                (
                    EditField(
                        _name("coverage", "full_per_ten"),
                        gettext("每 10 家满几当量全计"),
                        f"{coverage.full_per_ten:f}",
                    ),
                    EditField(
                        _name("coverage", "least_fraction"),
                        gettext("至少按几成计"),
                        f"{coverage.least_fraction:f}",
                    ),
                ),
            )
        )
    cap = EditField(_name("certified", "cap"), gettext("上限"), f"{component.cap:f}")
    rows.append((gettext("合计"), (cap,)))
    return FieldGroup(wording.name_of(component), tuple(rows))


def _rating_group(scheme: Scheme) -> FieldGroup:
    fields = tuple(
        EditField(
            _name("rating", place, "at_least"),
            gettext("%(code)s 级", code=rating.code),
            f"{rating.at_least:f}",
        )
        for place, rating in enumerate(scheme.ratings)
    )
    return FieldGroup(gettext("评级"), ((gettext("总分从多少起"), fields),))


def _matrix_group(scheme: Scheme) -> FieldGroup:
    forces = {force.id: wording.name_of(force) for force in scheme.forces}
    figures = {figure.id: rule_words.figure_name(figure) for figure in scheme.figures}
    rows = []
    for cell in scheme.matrix:
        held = {one.level: one.at_least for one in cell.operators}
        fields = [
            EditField(_name("cell", cell.id, "at_least"), gettext("总分"), f"{cell.at_least:f}")
        ]
        fields += [
            EditField(
                _name("cell", cell.id, "operators", level.value),
                gettext("%(level)s及以上人数", level=labels.LEVEL[level]),
                str(held.get(level, "")),
                is_optional=True,
            )
            for level in Level
        ]
        fields += [
            EditField(
                _name("cell", cell.id, "force", one.force), forces[one.force], f"{one.at_least:f}"
            )
            for one in cell.forces
        ]
        fields += [
            EditField(
                _name("cell", cell.id, "figure", one.figure),
                figures[one.figure],
                f"{one.at_least:f}",
            )
            for one in cell.figures
        ]
        rows.append((rule_words.cell_name(cell), tuple(fields)))
    return FieldGroup(gettext("层级门槛"), tuple(rows))


def _red_line_group(scheme: Scheme) -> FieldGroup:
    rows = [
        (
            rule_words.red_line_name(line),
            (EditField(_name("line", line.id, "months"), gettext("冻结月数"), str(line.months)),),
        )
        for line in scheme.red_lines
    ]
    return FieldGroup(gettext("红线"), tuple(rows))


def _put_forces(body: dict[str, Any], typed: Mapping[str, str]) -> Iterator[str]:
    for force in body["forces"]:
        for module in force["modules"]:
            for key in ("weight", "floor", "full"):
                yield from _put(module, key, typed, "module", module["id"], key)
        weights = [plain_number(str(module["weight"])) for module in force["modules"]]
        force["weight"] = str(sum((one for one in weights if one is not None), Decimal(0)))


def _put_component(body: dict[str, Any], typed: Mapping[str, str]) -> Iterator[str]:
    component = body["certified"]
    for award in component["levels"]:
        yield from _put(award, "points", typed, "level", award["level"], "points")
        name = ("level", award["level"], "equivalents")
        yield from _put(award, "equivalents", typed, *name, whole=True)
    for place, band in enumerate(component["diminishing"]):
        for key in ("above", "fraction"):
            yield from _put(band, key, typed, "band", place, key)
    if component["coverage"] is not None:
        for key in ("full_per_ten", "least_fraction"):
            yield from _put(component["coverage"], key, typed, "coverage", key)
    yield from _put(component, "cap", typed, "certified", "cap")


def _put_ratings(body: dict[str, Any], typed: Mapping[str, str]) -> Iterator[str]:
    for place, rating in enumerate(body["ratings"]):
        yield from _put(rating, "at_least", typed, "rating", place, "at_least")


def _put_matrix(body: dict[str, Any], typed: Mapping[str, str]) -> Iterator[str]:
    for cell in body["matrix"]:
        yield from _put(cell, "at_least", typed, "cell", cell["id"], "at_least")
        held = {one["level"]: one["at_least"] for one in cell["operators"]}
        operators = []
        for level in Level:
            name = _name("cell", cell["id"], "operators", level.value)
            text = typed.get(name, str(held.get(level.value, ""))).strip()
            if not text:
                continue
            if not (text.isascii() and text.isdigit() and len(text) <= 5):
                yield _refusal(name, text, gettext("应为整数，或留空"))
                continue
            operators.append({"level": level.value, "at_least": int(text)})
        cell["operators"] = operators
        for one in cell["forces"]:
            yield from _put(one, "at_least", typed, "cell", cell["id"], "force", one["force"])
        for one in cell["figures"]:
            yield from _put(one, "at_least", typed, "cell", cell["id"], "figure", one["figure"])


def _put_red_lines(body: dict[str, Any], typed: Mapping[str, str]) -> Iterator[str]:
    for line in body["red_lines"]:
        yield from _put(line, "months", typed, "line", line["id"], "months", whole=True)


def _put(
    target: dict[str, Any],
    key: str,
    typed: Mapping[str, str],
    *name_parts: object,
    whole: bool = False,
) -> Iterator[str]:
    """Put a typed number into a body; yield what is wrong with it."""
    name = _name(*name_parts)
    if name not in typed:
        return
    text = typed[name].strip()
    number = plain_number(text)
    if number is None:
        yield _refusal(name, text, gettext("不是数"))
    elif whole and number != int(number):
        yield _refusal(name, text, gettext("应为整数"))
    else:
        target[key] = int(number) if whole else f"{number:f}"


def _refusal(name: str, text: str, why: str) -> str:
    return f"{name.replace('--', ' ')}: {why} ({text[:NUMBER_CHARS]!r})"


def _name(*parts: object) -> str:
    return "--".join(str(part) for part in parts)
