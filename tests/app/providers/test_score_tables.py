"""Many at once must equal one by one, to the last digit."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.providers.errors import ReadingError
from app.providers.five_force import Reading, score
from app.providers.schemes import Scheme, from_e4, from_hundredths
from app.providers.score_tables import ScoreTable, score_many
from certificates.levels import Level
from tests.factories.schemes import (
    LITTLE_SCHEME,
    RICH_SCHEME,
    force_body,
    module_body,
    scheme_body,
)

INT64 = np.iinfo(np.int64)


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    """Any ends, any weights in hundredths that add up."""
    count = draw(st.integers(1, 6))
    cuts = sorted(draw(st.sets(st.integers(1, 9_999), min_size=count - 1, max_size=count - 1)))
    shares = np.diff([0, *cuts, 10_000])
    modules = []
    for number, share in enumerate(shares):
        floor, full = draw(
            st.lists(st.integers(-(10**6), 10**9), min_size=2, max_size=2, unique=True)
        )
        ends = {
            "floor": from_e4(floor),
            "full": from_e4(full),
            "direction": "up" if floor < full else "down",
            "least": "-1000000",
            "most": "1000000000",
            "decimals": 4,
        }
        weight = str(from_hundredths(int(share)))
        modules.append(module_body(f"m{number}", weight, "0", "1") | ends)
    split = draw(st.integers(1, count))
    halves = [half for half in (modules[:split], modules[split:]) if half]
    forces = [
        force_body(f"f{number}", str(sum(Decimal(m["weight"]) for m in half)), half)
        for number, half in enumerate(halves)
    ]
    return Scheme.model_validate(scheme_body(forces=forces))


def table_of(scheme: Scheme, rows: list[dict[str, Reading]], counts: list[list[int]]) -> ScoreTable:
    """Score rows of readings; a missing value is stored as the worst bits there are."""
    shape = (len(rows), len(scheme.columns))
    values = np.full(shape, INT64.min, dtype=np.int64)
    is_reported = np.zeros(shape, dtype=np.bool_)
    is_carried = np.zeros(shape, dtype=np.bool_)
    for number, row in enumerate(rows):
        for column, module in enumerate(scheme.columns):
            if reading := row.get(module.id):
                values[number, column] = int(reading.value * 10_000)
                is_reported[number, column] = True
                is_carried[number, column] = reading.is_carried
    operator_counts = np.array(counts, dtype=np.int64).reshape(len(rows), len(Level))
    return score_many(scheme, values, is_reported, operator_counts, is_carried=is_carried)


class TestScoreMany:
    @given(st.data(), schemes())
    def test_equals_scoring_one_by_one(self, data, scheme):
        values = st.integers(-(10**7), 10**9).map(from_e4)
        entry = st.builds(Reading, values, st.booleans())
        row = st.fixed_dictionaries({}, optional={module.id: entry for module in scheme.modules})
        rows = data.draw(st.lists(row, max_size=6))
        counts = [data.draw(st.lists(st.integers(0, 50), min_size=3, max_size=3)) for _ in rows]

        table = table_of(scheme, rows, counts)

        for number, (readings, people) in enumerate(zip(rows, counts, strict=True)):
            one = score(scheme, readings, dict(zip(Level, people, strict=True)))
            assert [from_hundredths(int(s)) for s in table.module_scores_e2[number]] == [
                line.score for line in one.modules
            ]
            assert [from_hundredths(int(s)) for s in table.contributions_e2[number]] == [
                line.contribution for line in one.modules
            ]
            assert [from_hundredths(int(s)) for s in table.force_scores_e2[number]] == [
                force.score for force in one.forces
            ]
            assert from_hundredths(int(table.certified_e2[number])) == one.certified.points
            assert from_hundredths(int(table.totals_e2[number])) == one.total
            assert scheme.ratings[table.rating_indices[number]].code == one.rating
            assert table.is_provisional[number] == one.is_provisional

    @given(
        st.lists(st.tuples(*[st.integers(0, 60)] * 3), min_size=1, max_size=8),
        st.data(),
    )
    def test_equals_one_by_one_where_operators_depend_on_merchants(self, counts, data):
        merchants = st.builds(Reading, st.integers(0, 400).map(Decimal), st.booleans())
        rows = [
            data.draw(st.fixed_dictionaries({}, optional={"merchants": merchants})) for _ in counts
        ]

        table = table_of(RICH_SCHEME, rows, [list(people) for people in counts])

        for number, (readings, people) in enumerate(zip(rows, counts, strict=True)):
            one = score(RICH_SCHEME, readings, dict(zip(Level, people, strict=True)))
            assert from_hundredths(int(table.certified_e2[number])) == one.certified.points
            assert table.is_provisional[number] == one.is_provisional

    @pytest.mark.parametrize("merchants_e4", [-10_000, 5_000, 1_000_001 * 10_000])
    def test_refuses_impossible_merchants(self, merchants_e4):
        values = np.full((1, 7), merchants_e4, dtype=np.int64)
        people = np.zeros((1, 3), dtype=np.int64)

        with pytest.raises(ReadingError, match="served merchants"):
            score_many(RICH_SCHEME, values, np.ones((1, 7), dtype=np.bool_), people)

    def test_takes_every_value_as_current_unless_told(self):
        values = np.zeros((2, 5), dtype=np.int64)
        people = np.zeros((2, 3), dtype=np.int64)

        table = score_many(LITTLE_SCHEME, values, np.ones((2, 5), dtype=np.bool_), people)

        assert not table.is_provisional.any()

    @pytest.mark.parametrize("shape", [(2, 4), (1, 5)])
    def test_refuses_arrays_that_do_not_fit(self, shape):
        values = np.zeros((2, 5), dtype=np.int64)
        people = np.zeros((2, 3), dtype=np.int64)

        with pytest.raises(ReadingError, match="is_reported have shape"):
            score_many(LITTLE_SCHEME, values, np.ones(shape, dtype=np.bool_), people)

    @pytest.mark.parametrize("count", [-1, 10**7])
    def test_refuses_impossible_counts(self, count):
        values = np.zeros((1, 5), dtype=np.int64)
        people = np.array([[0, count, 0]], dtype=np.int64)

        with pytest.raises(ReadingError, match="operator counts"):
            score_many(LITTLE_SCHEME, values, np.ones((1, 5), dtype=np.bool_), people)

    def test_refuses_impossible_values(self):
        values = np.full((1, 5), INT64.max, dtype=np.int64)
        people = np.zeros((1, 3), dtype=np.int64)

        with pytest.raises(ReadingError, match="at most"):
            score_many(LITTLE_SCHEME, values, np.ones((1, 5), dtype=np.bool_), people)
