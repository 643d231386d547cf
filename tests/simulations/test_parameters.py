"""Every number of a scenario says what it is, what is allowed, and where its value is from."""

import re

import pytest

from simulations.scenarios import Scenario

SCHEMA = Scenario.model_json_schema()

NOT_THE_AUTHORS = {"Plan", "Opening", "StockOrder", "Drill", "Stars"}
"""What a candidate decides, a session before left behind, or a lesson asks for."""

NO_PARAMETER = {
    ("Scenario", "version"),
    ("CurvePoint", "minute"),
    ("Phase", "until_min"),
    ("PerChannel", "fans"),
    ("PerChannel", "public"),
    ("PerChannel", "paid"),
    ("Range", "low"),
    ("Range", "high"),
}
"""Coordinates and parts, which the field that has them describes."""

SOURCE = re.compile(
    r"assumption|source:|scenario material|case|playbooks|the room's rule"
    r"|from the (house|break-even)|\d to \d|about \d|neutral"
)

NUMBERS = {
    (table, name): field
    for table, definition in {"Scenario": SCHEMA, **SCHEMA["$defs"]}.items()
    for name, field in definition.get("properties", {}).items()
    if {one.get("type") for one in (field, *field.get("anyOf", ()))} & {"number", "integer"}
    and table not in NOT_THE_AUTHORS
    and (table, name) not in NO_PARAMETER
}


def test_there_are_many():
    assert len(NUMBERS) > 150


@pytest.mark.parametrize("place", sorted(NUMBERS), ids=".".join)
def test_says_where_its_value_is_from(place):
    assert SOURCE.search(NUMBERS[place].get("description", "")), NUMBERS[place]


@pytest.mark.parametrize("place", sorted(NUMBERS), ids=".".join)
def test_has_a_range(place):
    field = NUMBERS[place]
    kinds = [field, *field.get("anyOf", ())]

    assert any(
        "enum" in one
        or (
            {"minimum", "exclusiveMinimum"} & set(one)
            and {"maximum", "exclusiveMaximum"} & set(one)
        )
        for one in kinds
    ), field
