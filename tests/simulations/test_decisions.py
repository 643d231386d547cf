"""Decisions: what an answer is worth, and which moments are refused."""

from __future__ import annotations

import pytest

from simulations.actions import parse_action
from simulations.decision_loading import parse_moment, shipped_decisions, stored_worths
from simulations.decisions import DecisionError, check_moment, possible_actions, worths_of
from simulations.engines.registry import engine_is_compiled
from simulations.errors import ScenarioError
from simulations.loading import shipped_scenarios
from simulations.outcomes import outcome_of
from simulations.states import LoggedAction, keys_of_seed

ROOMS = {one.ref: one for one in shipped_scenarios().values()}
SHIPPED = shipped_decisions()
ONE = SHIPPED["size-comments"]


def changed(**changes):
    return parse_moment({**ONE.model_dump(mode="json"), **changes})


def test_there_are_enough_and_each_has_one_best_answer_that_breaks_no_rule():
    worths = stored_worths()

    assert len(SHIPPED) >= 10
    for moment in SHIPPED.values():
        values = [one.net_fen for one in worths[moment.id][1]]
        best = values.index(max(values))
        assert values.count(max(values)) == 1, moment.id
        assert not moment.choices[best].breaks_rule, moment.id


def test_none_comes_from_a_room_of_a_contest_or_an_examination():
    for moment in SHIPPED.values():
        assert ROOMS[moment.scenario].exposure == "public"
        assert moment.scenario.split("@")[0] not in {"f7"}, moment.id


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_what_is_stored_is_what_the_twin_says_now(name):
    moment = SHIPPED[name]
    scenario = ROOMS[moment.scenario]
    content_hash, stored = stored_worths()[name]
    seeds = 64 if engine_is_compiled() and name == "size-comments" else 0

    check_moment(scenario, moment)
    found = worths_of(scenario, moment, noise_seeds=seeds)

    assert content_hash == moment.content_hash(scenario)
    assert [(one.net_fen, one.margin_fen) for one in found] == [
        (one.net_fen, one.margin_fen) for one in stored
    ]
    if seeds:
        assert found == stored


def test_a_worth_is_the_sessions_difference_by_the_whole_replay():
    """The quick replay from the moment must say what two whole sessions say."""
    scenario, keys = ROOMS[ONE.scenario], keys_of_seed(ONE.seed).twin
    action = parse_action(ONE.choices[2].steps[0].action)

    without = outcome_of(scenario, keys, [])
    with_it = outcome_of(scenario, keys, [LoggedAction(ONE.tick, action)])

    (*_, worth, _) = worths_of(scenario, ONE, noise_seeds=0)
    assert worth.net_fen == pytest.approx(with_it.net_fen - without.net_fen, abs=1)


def test_leaving_things_as_they_are_is_worth_nothing():
    moment = changed(
        choices=[
            *ONE.model_dump(mode="json")["choices"][:2],
            {"text": "不动", "why": "什么都不做，照旧播下去"},
        ]
    )

    assert worths_of(ROOMS[ONE.scenario], moment, noise_seeds=2)[2].to_dict() == {
        "net_fen": 0,
        "margin_fen": 0,
        "low_fen": 0,
        "high_fen": 0,
    }


@pytest.mark.parametrize(
    ("minute", "action", "code"),
    [
        (115, None, "too_late"),
        (32, {"verb": "pin", "product": "nothing"}, "unknown_product"),
        (32, {"verb": "fly"}, "unknown_action"),
        (5, ONE.choices[0].steps[0].action, "incident_not_active"),
    ],
    ids=["late", "product", "verb", "not-now"],
)
def test_a_moment_that_does_not_fit_is_refused(minute, action, code):
    data = ONE.model_dump(mode="json")
    if action is not None:
        data["choices"][0]["steps"] = [{"action": action}]
    moment = parse_moment({**data, "minute": minute})

    with pytest.raises(DecisionError) as raised:
        check_moment(ROOMS[ONE.scenario], moment)

    assert raised.value.code == code


def test_two_answers_that_do_the_same_are_refused():
    data = ONE.model_dump(mode="json")
    data["choices"][1]["steps"] = data["choices"][0]["steps"]

    with pytest.raises(ScenarioError, match="two choices do the same"):
        parse_moment(data)


def test_what_an_author_is_offered_the_room_takes():
    scenario = ROOMS[ONE.scenario]

    offered = possible_actions(scenario, ONE)

    assert {one.verb for one in offered} >= {"pin", "lucky_bag", "coupon", "respond", "traffic"}
    for action in offered[:6]:
        steps = [{"action": action.to_dict()}]
        data = ONE.model_dump(mode="json")
        data["choices"][0] = {**data["choices"][0], "steps": steps}
        if steps not in [one["steps"] for one in data["choices"][1:]]:
            check_moment(scenario, parse_moment(data))
