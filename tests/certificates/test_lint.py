"""Every rule of a draft's check finds its fault, and nothing else."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from certificates.lint import BlueprintFacts, ScenarioFacts, Shelf, lint_programme
from certificates.programmes import CertificationProgramme

BLUEPRINTS = {"theory@1": BlueprintFacts("junior", 60), "other@1": BlueprintFacts("senior", 60)}
SCENARIOS = {
    "room@1": ScenarioFacts(
        "junior", asks_forecasts=False, has_planning=False, equal_cuts=(20, 30)
    ),
    "senior@1": ScenarioFacts("senior", asks_forecasts=True, has_planning=True),
}
SHELF = Shelf(BLUEPRINTS.get, SCENARIOS.get)


@pytest.fixture
def document(programme) -> dict[str, Any]:
    """A next version with one harmless change."""
    body = programme.model_dump(mode="json")
    return body | {"version": 2, "retake_days": 4}


def changed(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    body = copy.deepcopy(document)
    *steps, last = path.split(".")
    place = body
    for step in steps:
        place = place[step]
    place[last] = value
    return body


def test_a_sound_draft_has_no_problem(programme, document):
    problems, found = lint_programme(document, base=programme, shelf=SHELF)

    assert problems == []
    assert isinstance(found, CertificationProgramme)


@pytest.mark.parametrize(
    ("path", "value", "field", "code", "is_error"),
    [
        ("version", 3, "version", "not_next", True),
        ("id", "other", "id", "changed", True),
        ("is_demo", True, "is_demo", "changed", True),
        ("theory.blueprint_ref", "none@1", "theory.blueprint_ref", "unknown_blueprint", True),
        ("theory.blueprint_ref", "other@1", "theory.blueprint_ref", "other_level", True),
        ("theory.minutes", 20, "theory.minutes", "pace", False),
        ("theory.cut_fraction", 0.95, "theory.cut_fraction", "odd_cut", False),
        ("room.scenario_ref", "none@1", "room.scenario_ref", "unknown_scenario", True),
        ("room.scenario_ref", "senior@1", "room.scenario_ref", "other_level", True),
        ("room.speed", 5.0, "room.speed", "speed_of_level", True),
        ("room.cut_score", 31.0, "room.cut_score", "outside_calibration", False),
        ("retake_days", 200, "retake_days", "part_lapses_first", True),
        ("contest", {"cut_score": 10.0}, "contest.cut_score", "below_room", True),
        (
            "prerequisites",
            [{"kind": "credential", "level": "junior"}],
            "prerequisites",
            "level_not_below",
            True,
        ),
        (
            "prerequisites",
            [{"kind": "sessions", "count": 3}, {"kind": "sessions", "count": 5}],
            "prerequisites",
            "twice",
            True,
        ),
        (
            "written",
            {"texts": ["diagnosis"], "cut_fraction": 0.6},
            "written.texts",
            "no_diagnosis_asked",
            True,
        ),
    ],
)
def test_each_fault_is_found(programme, document, path, value, field, code, is_error):
    problems, _ = lint_programme(changed(document, path, value), base=programme, shelf=SHELF)

    assert [(one.field, one.code, one.is_error) for one in problems] == [(field, code, is_error)]


def test_a_scenario_on_trial_cannot_be_taken(programme, document):
    shelf = replace(SHELF, scenario=lambda ref: replace(SHELF.scenario(ref), is_on_trial=True))
    problems, _ = lint_programme(changed(document, "retake_days", 4), base=programme, shelf=shelf)

    found = [(one.field, one.code, one.is_error) for one in problems]
    assert ("room.scenario_ref", "on_trial", True) in found


def test_two_weights_and_a_higher_level_need_their_rules(programme, document):
    body = changed(document, "level", "intermediate")
    body["retake_days"], body["max_per_quarter"] = 0, None
    body["room"] |= {"room_weight": 0.85, "forecast_weight": 0.15}

    problems, _ = lint_programme(body, base=programme, shelf=SHELF)

    found = {(one.field, one.code) for one in problems}
    assert ("room.forecast_weight", "no_forecast_asked") in found
    assert ("prerequisites", "level_missing") in found
    assert ("retake_days", "unlimited") in found
    assert ("level", "changed") in found


def test_every_bad_value_is_told_at_once(programme, document):
    body = changed(document, "theory.minutes", 0)
    body["room"]["speed"] = 99
    body["prerequisites"] = [{"kind": "training", "hours": 0}]

    problems, found = lint_programme(body, base=programme, shelf=SHELF)

    assert found is None
    assert [one.field for one in problems] == [
        "theory.minutes",
        "room.speed",
        "prerequisites.0.hours",
    ]


def test_the_same_again_is_only_worth_a_second_look(programme, document):
    body = programme.model_dump(mode="json") | {"version": 2}

    problems, _ = lint_programme(body, base=programme, shelf=SHELF)

    assert [(one.code, one.is_error) for one in problems] == [("nothing_changed", False)]
