"""A scenario that contradicts itself is refused, with every contradiction at once."""

import pytest

from simulations.checks import LEAST_ANSWER_WALL_S, speed_problems
from simulations.errors import ScenarioError
from simulations.loading import parse_scenario
from tests.simulations.conftest import full_mapping

SLOW = {"exam": 1, "practice": [1]}


def spoiled(path, value):
    data = full_mapping()
    *way, last = path
    place = data
    for step in way:
        place = place[step]
    place[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (["hidden_hit", "products"], ["jeans", "hat"], "hidden_hit.products: no product 'hat'"),
        (["stage"], None, "other_hosts: needs stage"),
        (["other_hosts", 0, "id"], "lead", "host, other_hosts: ids must differ"),
        (["trust", 1, "id"], "instant_refund", "trust: ids must differ"),
        (
            ["incidents", 1, "choices", 0, "switches_host"],
            "nobody",
            "incidents.broken-link.choices.spare.switches_host: no host 'nobody'",
        ),
        (["planning", "tray_least"], 5, "planning: tray_least is above tray_most"),
        (["planning", "house"], {}, "planning.house: names no grade"),
        (["planning", "house"], {"grade": "A"}, "planning.house: grade_not_offered"),
        (["market", "boost", "least_fen"], 20_000, "market.boost amount: least 20000 is above"),
        (["normals", "gpm_fen"], {"low": 2, "high": 1}, "low 2.0 is above high 1.0"),
    ],
)
def test_names_the_field_and_what_is_wrong(path, value, fault):
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(spoiled(path, value))

    assert fault in str(caught.value)


def test_rotating_hosts_needs_some():
    data = full_mapping(other_hosts=[])
    data["house"]["host_rotate_min"] = 10
    data["incidents"][1]["choices"][0]["switches_host"] = None

    with pytest.raises(ScenarioError, match=r"house\.host_rotate_min: needs other_hosts"):
        parse_scenario(data)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["holds", "burst_ratio"], 3),
        (["holds", "most_min"], 11),
        (["crew", "host_lag_s"], -1),
        (["service", "loss_fraction"], 1),
        (["clips", "visitors_per_min"], float("inf")),
        (["market", "goals", "roi", "cost_ratio"], 0),
        (["planning", "preheat", "most"], 6),
        (["trust", 0, "id"], "free_gift"),
        (["hidden_hit", "factor"], "1.8"),
        (["cash", "start_yuan"], 5),
    ],
)
def test_a_number_out_of_its_range_is_refused(path, value):
    with pytest.raises(ScenarioError, match="full"):
        parse_scenario(spoiled(path, value))


def test_what_is_left_out_stays_out_of_the_hash(tiny, mapping):
    spelled_out = {**mapping, "holds": None, "trust": [], "other_hosts": []}

    assert parse_scenario(spelled_out).content_hash() == tiny.content_hash()


class TestSpeedProblems:
    def test_the_level_limits_the_speed(self):
        senior = parse_scenario(full_mapping() | {"level": "senior", "speed": SLOW})

        assert list(speed_problems(senior, 2)) == []
        assert next(speed_problems(senior, 3)) == "speed.exam: 3 at level senior; at most 2"

    def test_every_window_is_long_enough_on_the_wall(self):
        room = parse_scenario(full_mapping() | {"speed": SLOW})
        shortest_min = min(one.lasts_min for one in room.incidents)
        fastest = shortest_min * 60 / LEAST_ANSWER_WALL_S

        assert not any(".lasts_min" in line for line in speed_problems(room, fastest))
        assert any(".lasts_min" in line for line in speed_problems(room, fastest * 1.01))

    def test_a_scenario_too_fast_for_its_level_is_refused(self):
        with pytest.raises(ScenarioError, match=r"speed\.exam: 4 at level senior; at most 2"):
            parse_scenario(full_mapping() | {"level": "senior", "speed": {**SLOW, "exam": 4}})
