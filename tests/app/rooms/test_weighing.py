"""Weighing a scored room: what is stored, what it is compared with, and that it is done once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.db import transaction
from app.rooms import findings, queries, weighing
from app.rooms.forecasts import GivenForecast
from app.rooms.models import RoomDebrief
from simulations.forecasting import Forecast, judge_forecast
from simulations.missed import missed_actions
from simulations.policies import parse_reference
from simulations.skill_scores import skill_scores
from simulations.skills import SKILLS
from simulations.states import keys_of_seed
from tests import cast
from tests.app.rooms.playing import START, start_exam
from tests.factories.rooms import REFERENCE_THETA, little_scenario

END = START + timedelta(seconds=30 * 60 / 4)
KEYS = keys_of_seed(11)


@pytest.fixture
def weighed(app, db_session, person_of):
    """A room with one action, scored and weighed by the scheduler."""
    player = start_exam(db_session, person_of(cast.ALICE).id)
    player.act({"verb": "set_price", "product": "socks", "price_fen": 600}, at=60)
    for seconds in (1, 6, 11):
        player.finish_by_scheduler(END + timedelta(seconds=seconds))
    return player


@pytest.mark.both_databases
class TestStored:
    def test_is_what_the_pure_functions_say(self, weighed):
        with transaction() as db_session:
            room = queries.room_of(db_session, weighed.public_id, weighed.person_id)
            scenario = queries.room_scenario(db_session, room)
            reference = parse_reference(
                scenario,
                {
                    "theta": REFERENCE_THETA,
                    "span_floor_log": 0.2,
                    "scenario_hash": scenario.content_hash(),
                },
            )
            log = queries.log_of(db_session, room)
            score = queries.score_or_none(db_session, room.id)
            found = queries.debrief_or_none(db_session, score.id).findings

            skills = skill_scores(scenario, room.keys, log, reference)
            missed = missed_actions(scenario, room.keys, log, reference)
            assert found["skills"] == [one.to_dict() for one in skills]
            assert [one["net_gain_fen"] for one in found["missed"]] == [
                one.net_gain_fen for one in missed
            ]
            assert found["forecasts"] == []
            assert set(found["reference_answers"]) <= {"size-comments", "compliance"}

    def test_is_stored_once(self, weighed):
        with transaction() as db_session:
            assert db_session.scalar(select(func.count()).select_from(RoomDebrief)) == 1


ASKING = little_scenario(
    level="intermediate", duration_min=60, phases=[{"title": "全场", "until_min": 60}]
)
"""An hour of a room that asks for one forecast, after half of it."""


class TestJudgedForecasts:
    def test_one_that_was_given_is_judged_on_the_fork(self):
        stated = Forecast(100_000, 200_000, 900_000)

        (judged,) = weighing.judged_forecasts(ASKING, KEYS, [], [GivenForecast(4, 0, 372, stated)])

        expected = judge_forecast(ASKING, KEYS, [], 372, stated)
        assert judged == {"prompt": 0, **expected.to_dict()}

    def test_one_that_was_not_given_stands_without_points(self):
        assert weighing.judged_forecasts(ASKING, KEYS, [], []) == [{"prompt": 0, "tick": 360}]

    def test_a_junior_room_asks_for_none(self):
        assert weighing.judged_forecasts(little_scenario(), KEYS, [], []) == []


@pytest.mark.both_databases
class TestSkillMeans:
    def test_need_enough_people(self, weighed):
        with transaction() as db_session:
            assert queries.skill_means(db_session, "little@1", without_person_id=0) is None

    def test_are_the_means_of_others_who_were_measured(self, weighed, monkeypatch):
        monkeypatch.setattr(queries, "LEAST_PEOPLE", 1)

        with transaction() as db_session:
            means, people = queries.skill_means(db_session, "little@1", without_person_id=0)
            own = queries.skill_means(db_session, "little@1", without_person_id=weighed.person_id)
            room = queries.room_of(db_session, weighed.public_id, weighed.person_id)
            score = queries.score_or_none(db_session, room.id)
            skills = queries.debrief_or_none(db_session, score.id).findings["skills"]

        assert people == 1
        assert own is None
        assert means == {one["skill"]: one["points"] for one in skills if one["points"] is not None}


class TestShownSkills:
    def score(self, points, level=80.0, growth=0.1):
        return {
            "skill": "traffic",
            "points": points,
            "level_points": level,
            "value_log": growth * (points or 0) / 100,
            "best_log": growth,
        }

    @pytest.mark.parametrize(
        ("points", "is_weak"), [(76.0, False), (74.0, True), (None, False), (59.0, True)]
    )
    def test_are_weak_below_the_level_or_below_sixty(self, points, is_weak):
        (shown,) = findings.shown_skills([self.score(points)], None)

        assert shown["is_weak"] is is_weak
        assert shown["level"] == 80.0

    def test_others_means_take_the_operators_place(self):
        (shown,) = findings.shown_skills([self.score(50.0)], {"traffic": 40.0})
        (alone,) = findings.shown_skills([self.score(50.0)], None)

        assert (shown["level"], shown["against"]) == (40.0, "同级")
        assert (alone["level"], alone["against"]) == (80.0, "熟练操盘手")

    def test_the_next_step_is_where_most_was_left(self, app):
        scores = [
            self.score(0.0, growth=0.03),
            self.score(40.0, growth=0.5) | {"skill": "selection"},
            self.score(90.0, growth=2.0) | {"skill": "benefits"},
        ]
        missed = [
            {"skill": "selection", "worth_fen": 80_000, "tick": 120, "clock": "0:10:00"},
            {"skill": "selection", "worth_fen": 90_000, "tick": 240, "clock": "0:20:00"},
        ]
        with app.test_request_context():
            steps = findings.next_steps(findings.shown_skills(scores, None), [], missed)

        assert [one["skill"] for one in steps] == ["selection", "traffic"]
        assert steps[0]["moment"] == {"tick": 240, "clock": "0:20:00", "cost": "¥900"}
        assert steps[1]["moment"] is None

    def test_every_skill_has_a_place_to_practise(self):
        assert {one.value for one in SKILLS} >= {"selection", "traffic", "forecast"}


class TestShownForecasts:
    def judged(self, low, mid, high, truth, points):
        return {
            "prompt": 0,
            "tick": 360,
            "forecast_fen": [low, mid, high],
            "best_fen": [truth - 10, truth, truth + 10],
            "losses_fen": [1, 2, 3],
            "best_losses_fen": [1, 1, 1],
            "excess_ratio": 0.0,
            "points": points,
        }

    def test_tell_hits_and_the_mean_of_all_that_were_asked_for(self, app):
        with app.test_request_context():
            shown = findings.shown_forecasts(
                [
                    self.judged(80, 100, 120, 110, 90.0),
                    self.judged(80, 100, 105, 110, 60.0),
                    {"prompt": 2, "tick": 720},
                ]
            )

        assert (shown["hits"], shown["given"], shown["points"]) == (1, 2, 50.0)
        assert [row["is_given"] for row in shown["rows"]] == [True, True, False]
        assert all(0 <= share <= 1 for row in shown["rows"][:2] for share in row["bar"])

    def test_there_is_nothing_where_none_was_asked_for(self):
        assert findings.shown_forecasts([]) is None
