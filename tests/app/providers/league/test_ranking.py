"""Places, ties and movements of a season: by hand, and what must hold for every season."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.providers.league.ranking import (
    Movement,
    Runner,
    division_of_scale,
    moving_count,
    season_table,
)
from app.providers.league.rules import shipped_rules

RULES = shipped_rules()
TEN_MILLION_E4 = 10_000_000 * 10_000


def runner(number, *totals_e2, tie=0, certified=0, scale=TEN_MILLION_E4):
    return Runner(number, totals_e2, tie, certified, scale)


def second(*runners, divisions=None):
    """The lines of the middle division: place, movement."""
    lines = season_table(RULES, runners, divisions or {})["second"]
    return {line.provider_id: (line.place, line.movement) for line in lines}


class TestSeasonTable:
    def test_ranks_by_the_mean_of_the_months(self):
        lines = season_table(RULES, [runner(1, 7000, 8001), runner(2, 9000, 6000)], {})["second"]

        # (70.00 + 80.01) / 2 = 75.005, half up.
        assert [(line.provider_id, line.points_e2) for line in lines] == [(1, 7501), (2, 7500)]

    def test_moves_one_of_five_each_way(self):
        places = second(*(runner(n, 9000 - n) for n in range(1, 6)))

        assert places[1] == (1, Movement.UP)
        assert [places[n][1] for n in (2, 3, 4)] == [Movement.STAY] * 3
        assert places[5] == (5, Movement.DOWN)

    def test_says_little_of_four(self):
        assert {move for _, move in second(*(runner(n, n) for n in range(4))).values()} == {
            Movement.STAY
        }

    def test_nobody_leaves_the_ends(self):
        rich = [runner(n, n, scale=10 * TEN_MILLION_E4) for n in range(6)]
        poor = [runner(10 + n, n, scale=0) for n in range(6)]

        table = season_table(RULES, [*rich, *poor], {})

        assert Movement.UP not in {line.movement for line in table["first"]}
        assert Movement.DOWN not in {line.movement for line in table["third"]}

    def test_equal_means_are_told_apart_by_the_live_force_then_by_certificates(self):
        lines = season_table(
            RULES,
            [runner(1, 500), runner(2, 500, tie=9), runner(3, 500, certified=9), runner(4, 501)],
            {},
        )["second"]

        assert [line.provider_id for line in lines] == [4, 2, 3, 1]
        assert [line.place for line in lines] == [1, 2, 3, 4]

    def test_a_tie_on_the_line_goes_the_providers_way(self):
        up = second(runner(1, 900), runner(2, 900), *(runner(n, 100 + n) for n in range(3, 7)))
        down = second(runner(1, 100), runner(2, 100), *(runner(n, 900 + n) for n in range(3, 7)))

        assert up[1] == up[2] == (1, Movement.UP)
        assert up[3] == (6, Movement.DOWN)
        assert down[1] == down[2] == (5, Movement.STAY)

    def test_who_lacks_a_month_is_shown_but_not_ranked(self):
        places = second(*(runner(n, 900 - n, 900) for n in range(4)), runner(9, None, 900))

        assert places[9] == (None, Movement.UNRANKED)
        assert places[0] == (1, Movement.STAY)  # four are too few, the fifth did not play

    def test_divisions_of_the_season_before_go_before_scale(self):
        table = season_table(RULES, [runner(1, 900)], {1: "third"})

        assert [line.provider_id for line in table["third"]] == [1]


def test_newcomers_are_placed_by_scale():
    assert division_of_scale(RULES, 20_000_000 * 10_000) == "first"
    assert division_of_scale(RULES, 20_000_000 * 10_000 - 1) == "second"
    assert division_of_scale(RULES, None) == "third"


@given(
    st.lists(
        st.tuples(st.integers(0, 10_500) | st.none(), st.integers(0, 3), st.integers(0, 3)),
        max_size=14,
    )
)
def test_every_provider_has_one_line_and_equals_are_treated_alike(drawn):
    runners = [runner(n, total, tie=t, certified=c) for n, (total, t, c) in enumerate(drawn)]

    lines = season_table(RULES, runners, {})["second"]

    assert sorted(line.provider_id for line in lines) == list(range(len(drawn)))
    by_result: dict[object, set[object]] = {}
    for line in lines:
        key = drawn[line.provider_id] if drawn[line.provider_id][0] is not None else None
        by_result.setdefault(key, set()).add((line.place, line.movement))
    assert all(len(found) == 1 for found in by_result.values())
    ranked = [line for line in lines if line.place is not None]
    moving = moving_count(RULES, len(ranked))
    assert sum(line.movement is Movement.DOWN for line in lines) <= moving
    if moving:
        assert sum(line.movement is Movement.UP for line in lines) >= moving
