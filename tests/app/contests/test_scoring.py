"""Totals, certified points, intervals, ties and seeding: pure, by hand-worked figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.contests.errors import ContestRulesError
from app.contests.rules import load_rules, parse_rules
from app.contests.scoring import (
    PlacePart,
    advancing,
    entry_result,
    is_apart,
    jury_points,
    ranked,
    seeded,
    shadow_keys,
)
from simulations.rooms import keys_of_seed

RULES = next(one for one in load_rules() if one.id == "senior-contest")
PART = PlacePart(
    stage=2,
    title="决赛",
    room_points=60.0,
    forecast_points=80.0,
    jury_points=50.0,
    strikes=0,
    shadows=(58.0, 62.0, 60.0, 60.0),
)


def result_of(entry: str, **changes: object):
    return entry_result(entry, [replace(PART, **changes)], RULES)


class TestTotal:
    def test_weighs_room_forecast_and_jury(self):
        assert result_of("a").total_points == 60.4  # 0.68 · 60 + 0.12 · 80 + 0.20 · 50

    def test_certified_points_know_no_jury(self):
        mild, harsh = result_of("a", jury_points=100.0), result_of("a", jury_points=0.0)

        assert mild.certified_points == harsh.certified_points == 63.0  # 0.85 · 60 + 0.15 · 80
        assert mild.total_points - harsh.total_points == pytest.approx(20.0)

    def test_leaves_the_weight_of_what_was_not_judged_to_the_rest(self):
        assert result_of("a", forecast_points=None, jury_points=None).total_points == 60.0

    def test_interval_is_the_spread_of_the_shadows(self):
        result = result_of("a")

        # The sample's standard deviation is 1.63; 1.96 · 0.68 · 1.63 = 2.18.
        assert (result.low_points, result.high_points) == (58.2, 62.6)

    def test_is_the_mean_of_the_stages(self):
        heat = replace(PART, stage=1, title="预赛", room_points=40.0)

        assert entry_result("a", [heat, PART], RULES).total_points == 53.6


class TestRanks:
    def test_who_played_the_final_stands_before_who_did_not(self):
        heat = entry_result("a", [replace(PART, stage=1, room_points=99.0)], RULES)

        assert [one.entry for one in ranked([heat, result_of("b")], RULES)] == ["b", "a"]

    def test_equal_totals_are_parted_by_fewer_strikes_and_say_so(self):
        first, second = ranked([result_of("a", strikes=1), result_of("b")], RULES)

        assert (first.entry, first.rank, first.tie_rule) == ("b", 1, "strikes")
        assert (second.entry, second.rank, second.tie_rule) == ("a", 2, "strikes")

    def test_what_no_rule_parts_shares_its_rank(self):
        worse = result_of("c", room_points=10.0)

        ranks = {
            one.entry: one.rank for one in ranked([result_of("b"), worse, result_of("a")], RULES)
        }

        assert ranks == {"a": 1, "b": 1, "c": 3}

    def test_a_tie_for_the_last_place_goes_on_whole(self):
        results = ranked([result_of("a", room_points=90.0), result_of("b"), result_of("c")], RULES)

        assert sorted(advancing(results, 2)) == ["a", "b", "c"]


class TestApart:
    def test_shared_luck_tells_even_close_ones_apart(self):
        ahead = result_of("a", room_points=61.0, shadows=(59.0, 63.0, 61.0, 61.0))

        assert is_apart(ahead, result_of("b"), RULES) is True

    def test_says_nothing_of_unlike_rounds(self):
        assert is_apart(result_of("a"), result_of("b", title="预赛"), RULES) is None


def test_seeding_is_a_snake():
    points = {name: 100.0 - place for place, name in enumerate("abcdef")}

    assert seeded(points, 2) == [["a", "d", "e"], ["b", "c", "f"]]


def test_jury_needs_its_jurors():
    full = {one.code: 4 for one in RULES.jury.criteria}
    none = {one.code: 0 for one in RULES.jury.criteria}

    assert jury_points([full], RULES.jury, 2) is None
    assert jury_points([full, none], RULES.jury, 2) == 50.0


def test_shadows_share_the_day_and_no_viewer():
    keys = keys_of_seed(5)

    shadows = shadow_keys(keys, 8)

    assert {one.macro for one in shadows} == {keys.macro}
    assert len({one.micro for one in shadows} | {keys.micro}) == 9


@pytest.mark.parametrize(
    ("section", "change", "told"),
    [
        ("score", {"jury_weight": 0.5}, "weights add up to 1.3, not to 1"),
        ("jury", {"least_jurors": 1}, "jury.least_jurors"),
        ("entry", {"level": "master"}, "entry.level"),
    ],
)
def test_rules_are_refused_with_their_fault(section: str, change: dict[str, object], told: str):
    body = RULES.model_dump(mode="json")
    body[section] |= change

    with pytest.raises(ContestRulesError) as refused:
        parse_rules(body, "rules.yaml")

    assert "rules.yaml" in str(refused.value)
    assert told in str(refused.value)
