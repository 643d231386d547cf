import copy

import pytest

from simulations.publishing import problems_of, publishing_checks


def row(mean, sd=1.0, ratio=1.5):
    return {
        "score": {"mean": mean, "sd": sd},
        "net_ratio": ratio,
        "margin_fraction": 0.3,
        "lived_over_twin_log": -0.01,
    }


GOOD = {
    "policies": {
        "house": row(0.0, 0.0),
        "random": row(-9.0),
        "novice": row(11.0),
        "competent": row(60.0),
        "reference": row(98.0),
    },
    "default_cut": {"cut": 40.0},
    "reliability": {"own_keys": 0.9},
    "exploits": {"dump-prices": {"score": -20.0}},
    "repeats": [{"score": 12.0}],
    "hunt": {"adversaries": {"all-gates-on": {"score": 84.0}}},
    "separation": {"novice-competent": {"cohen_d": 6.0}},
}


def put(report, path, value):
    *heads, last = path
    for head in heads:
        report = report[head]
    report[last] = value


class TestPublishingChecks:
    def test_a_good_room_passes_all(self):
        checks = publishing_checks(GOOD)

        assert all(check.passed for check in checks)
        assert all(check.remedy == "" for check in checks)
        assert problems_of(checks) == []

    @pytest.mark.parametrize(
        ("path", "value", "code"),
        [
            (("policies", "novice", "score", "mean"), 30.0, "novice_below_25"),
            (("policies", "competent", "score", "mean"), 20.0, "competent_above_25"),
            (("policies", "random", "score", "mean"), 1.0, "random_below_house"),
            (("policies", "house", "score", "sd"), 1.0, "house_is_zero"),
            (("policies", "reference", "score", "mean"), 80.0, "reference_unshrunk"),
            (("policies", "reference", "net_ratio"), 5.0, "reference_ratio"),
            (("policies", "house", "margin_fraction"), -0.1, "house_margin"),
            (("policies", "novice", "lived_over_twin_log"), -0.2, "twin_bias"),
            (("reliability", "own_keys"), 0.5, "reliability"),
            (("exploits", "dump-prices", "score"), 41.0, "degenerate_below_cut"),
            (("repeats", 0, "score"), 41.0, "repeat_below_cut"),
            (("hunt", "adversaries", "all-gates-on", "score"), 104.0, "nothing_beats_reference"),
            (
                ("separation", "novice-competent", "cohen_d"),
                1.0,
                "separates_novice-competent",
            ),
        ],
    )
    def test_names_each_fault_and_what_mends_it(self, path, value, code):
        report = copy.deepcopy(GOOD)
        put(report, path, value)

        failed = [check for check in publishing_checks(report) if not check.passed]

        assert [check.code for check in failed] == [code]
        assert failed[0].remedy
        assert failed[0].title in problems_of(failed)[0]

    def test_without_a_hunt_there_is_no_such_check(self):
        report = {**GOOD, "hunt": {"adversaries": {}}, "repeats": []}

        codes = {check.code for check in publishing_checks(report)}

        assert not codes & {"nothing_beats_reference", "repeat_below_cut"}
