"""Exact numbers, and schemes that contradict themselves."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from app.providers.errors import NoSchemeError, ReadingError
from app.providers.schemes import Scheme, from_e4, scheme_for_month, to_e4
from tests.factories.schemes import LITTLE_SCHEME, RICH_SCHEME, rich_body, scheme_body


class TestToE4:
    @pytest.mark.parametrize(
        ("text", "value_e4"), [("31.4", 314_000), ("-0.0001", -1), ("6E4", 6 * 10**8)]
    )
    def test_is_exact(self, text, value_e4):
        assert to_e4(Decimal(text)) == value_e4

    @pytest.mark.parametrize(
        "text", ["0.00001", "0.1" + "0" * 45 + "1", "sNaN", "-Infinity", "10000000000.1"]
    )
    def test_refuses_what_would_lose_a_digit(self, text):
        with pytest.raises(ReadingError):
            to_e4(Decimal(text))


class TestFromE4:
    @pytest.mark.parametrize(
        ("value_e4", "text"), [(314_000, "31.4"), (6 * 10**8, "60000"), (0, "0"), (-1, "-0.0001")]
    )
    def test_reads_as_people_write(self, value_e4, text):
        assert str(from_e4(value_e4)) == text


class TestScheme:
    def test_survives_json(self):
        assert Scheme.model_validate_json(LITTLE_SCHEME.model_dump_json()) == LITTLE_SCHEME
        assert Scheme.model_validate(LITTLE_SCHEME.model_dump(mode="json")) == LITTLE_SCHEME

    def test_knows_its_modules_and_its_ref(self):
        assert LITTLE_SCHEME.ref == "little@1"
        assert LITTLE_SCHEME.module("gpm").full == 2000

    def test_has_no_other_module(self):
        with pytest.raises(ReadingError, match="fame"):
            LITTLE_SCHEME.module("fame")

    @pytest.mark.parametrize(
        ("path", "value", "message"),
        [
            (("forces", 0, "weight"), "66.66", "add up to 66.67, not to 66.66"),
            (("forces", 0, "modules", 0, "weight"), "33.335", "at most two decimals"),
            (("forces", 0, "modules", 0, "full"), "5", "floor and full are equal"),
            (("forces", 0, "modules", 0, "direction"), "down", "contradicts floor and full"),
            (("forces", 0, "modules", 0, "most"), "29", "between least and most"),
            (("forces", 0, "modules", 0, "decimals"), 5, "less than or equal to 4"),
            (("forces", 0, "modules", 1, "decimals"), 1, "full has more than 1 decimals"),
            (("forces", 0, "modules", 0, "floor"), 0.1, "exact decimal"),
            (("forces", 0, "modules", 0, "floor"), True, "exact decimal"),
            (("forces", 0, "modules", 0, "floor"), "0.00001", "more than four decimals"),
            (("forces", 0, "modules", 1, "id"), "share", "module id 'share' occurs twice"),
            (("forces", 0, "modules", 1, "csv_column"), "列share", "csv_column '列share' occurs"),
            (("forces", 1, "id"), "demand", "force id 'demand' occurs twice"),
            (("forces", 0, "modules", 0, "unit"), "percents", "Input should be"),
            (("certified", "levels", 0, "points"), "0.12", "a higher level must add more"),
            (("certified", "levels", 0, "level"), "senior", "levels must be exactly"),
            (("ratings", 1, "at_least"), "95", "ratings must fall strictly"),
            (("ratings", 4, "at_least"), "1", "the last rating must begin at 0"),
            (("ratings", 4, "code"), "C", "rating 'C' occurs twice"),
            (("effective_on",), date(2026, 1, 2), "first day of a month"),
            (("version",), True, "valid integer"),
            (("colour",), "red", "Extra inputs are not permitted"),
        ],
    )  # fmt: skip
    def test_refuses_contradictions(self, path, value, message):
        body = deepcopy(scheme_body())
        at = body
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

        with pytest.raises(ValidationError, match=message.replace("+", r"\+")):
            Scheme.model_validate(body)

    @pytest.mark.parametrize(
        ("path", "value", "message"),
        [
            (("certified", "coverage", "figure"), "fame", "coverage: no figure 'fame'"),
            (("certified", "diminishing", 1, "above"), "1.00", "bands must rise"),
            (("certified", "diminishing", 1, "fraction"), "0.60", "must count for less"),
            (("certified", "levels", 0, "equivalents"), 3, "cannot be fewer equivalents"),
            (("scale",), "fame", "scale: no figure 'fame'"),
            (("figures", 1, "id"), "share", "are modules and figures"),
            (("figures", 1, "csv_column"), "列share", "csv_column '列share' occurs twice"),
            (("figures", 0, "most"), 0, "least must be below most"),
            (("matrix", 1, "forces", 0, "force"), "fame", "matrix core: no force 'fame'"),
            (("matrix", 1, "figures", 0, "figure"), "fame", "matrix core: no figure 'fame'"),
            (("matrix", 1, "id"), "quality", "cell id 'quality' occurs twice"),
        ],
    )
    def test_refuses_names_that_name_nothing(self, path, value, message):
        body = deepcopy(rich_body())
        at = body
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

        with pytest.raises(ValidationError, match=message):
            Scheme.model_validate(body)

    def test_reports_figures_after_the_modules(self):
        assert [column.id for column in RICH_SCHEME.columns][-2:] == ["merchants", "gmv"]

    def test_wants_the_weights_to_be_the_whole(self):
        body = scheme_body()
        body["forces"] = body["forces"][:1]

        with pytest.raises(ValidationError, match=r"add up to 66.67, not to 100.00"):
            Scheme.model_validate(body)


class TestSchemeForMonth:
    later = LITTLE_SCHEME.model_copy(update={"version": 2, "effective_on": date(2026, 7, 1)})
    corrected = LITTLE_SCHEME.model_copy(update={"version": 3, "effective_on": date(2026, 7, 1)})

    def test_is_the_latest_in_effect(self):
        schemes = (self.later, LITTLE_SCHEME, self.corrected)

        assert scheme_for_month(schemes, date(2026, 6, 1)) is LITTLE_SCHEME
        assert scheme_for_month(schemes, date(2026, 7, 1)) is self.corrected

    def test_is_none_before_the_first(self):
        with pytest.raises(NoSchemeError, match="2025-12"):
            scheme_for_month([LITTLE_SCHEME], date(2025, 12, 1))
