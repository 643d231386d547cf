"""The tutorial: its steps, what is remembered for a person, who is led to it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.errors import InvalidInputError
from app.rooms import drills, tutorial
from tests import cast
from tests.conftest import NOON, csrf_token
from tests.factories.drills import little_drill, publish_drill

LATER = NOON + timedelta(days=1)
URL = "/rooms/drills/tutorial/progress"


def publish_tutorial(db_session):
    return publish_drill(
        db_session, little_drill("drill-tutorial", order=0, skill=None, without={}), now=NOON
    )


class TestSteps:
    def test_explain_each_panel_once_and_ask_for_real_actions(self):
        wants = [one.wants for one in tutorial.STEPS if one.wants]

        assert len({one.id for one in tutorial.STEPS}) == len(tutorial.STEPS) == 10
        assert {"lever:pin", "lever:price", "lever:benefits", "lever:traffic", "answered"} <= set(
            wants
        )

    def test_say_what_to_do_wherever_they_wait_for_it(self):
        assert all(bool(one.wants) == bool(one.task) for one in tutorial.STEPS)

    def test_name_elements_that_the_cockpit_has(self, app):
        template = app.jinja_env.loader.get_source(app.jinja_env, "rooms/cockpit.html")[0]

        for step in tutorial.STEPS:
            assert any(f'id="{panel}"' in template for panel in step.panels), step.id


@pytest.mark.both_databases
class TestProgress:
    def test_begins_with_nothing_and_keeps_the_last_step(self, db_session, person_of):
        person_id = person_of(cast.ALICE).id
        assert tutorial.progress_or_none(db_session, person_id) is None

        tutorial.note_step(db_session, person_id, "pin", now=NOON)
        tutorial.note_step(db_session, person_id, "price", now=LATER)

        held = tutorial.progress_or_none(db_session, person_id)
        assert held is not None
        assert (held.step, held.updated_at) == ("price", LATER)
        assert tutorial.needs_tutorial(db_session, person_id)

    @pytest.mark.parametrize("ending", tutorial.ENDINGS)
    def test_either_ending_is_enough_and_a_replay_begins_anew(self, db_session, person_of, ending):
        person_id = person_of(cast.ALICE).id
        tutorial.note_step(db_session, person_id, "pin", now=NOON)

        tutorial.note_ending(db_session, person_id, ending, now=NOON)

        held = tutorial.progress_or_none(db_session, person_id)
        assert held is not None
        assert held.step == ""
        assert not tutorial.needs_tutorial(db_session, person_id)
        assert tutorial.needs_tutorial(db_session, person_of(cast.BOB).id)

    def test_the_first_ending_of_each_kind_counts(self, db_session, person_of):
        person_id = person_of(cast.ALICE).id
        tutorial.note_ending(db_session, person_id, "skipped", now=NOON)
        tutorial.note_ending(db_session, person_id, "finished", now=LATER)
        tutorial.note_ending(db_session, person_id, "skipped", now=LATER)

        held = tutorial.progress_or_none(db_session, person_id)

        assert held is not None
        assert (held.skipped_at, held.finished_at) == (NOON, LATER)

    def test_refuses_what_is_no_step_and_no_ending(self, db_session, person_of):
        person_id = person_of(cast.ALICE).id

        with pytest.raises(InvalidInputError):
            tutorial.note_step(db_session, person_id, "dance", now=NOON)
        with pytest.raises(InvalidInputError):
            tutorial.note_ending(db_session, person_id, "maybe", now=NOON)
        assert tutorial.progress_or_none(db_session, person_id) is None


class TestPages:
    @pytest.fixture
    def alice(self, db_session, as_alice):
        publish_tutorial(db_session)
        publish_drill(db_session, little_drill(), now=NOON)
        db_session.commit()
        return as_alice

    def note(self, client, body):
        token = csrf_token(client)
        return client.post(URL, json=body, headers={"X-CSRFToken": token})

    def test_home_leads_a_new_candidate_to_it_until_it_is_over(self, alice):
        assert "三分钟认识操盘台" in alice.get("/").text
        assert "开始引导" in alice.get("/rooms/drills").text

        assert self.note(alice, {"ending": "finished"}).status_code == 200

        assert "三分钟认识操盘台" not in alice.get("/").text
        assert "/rooms/drills/drill-tutorial" in alice.get("/rooms/drills").text  # replayable

    def test_remembers_a_step_over_json(self, alice):
        assert self.note(alice, {"step": "pin"}).json == {"done": "pin"}

    @pytest.mark.parametrize("body", [{"step": "dance"}, {}, {"ending": "x"}, {"step": 3}])
    def test_refuses_what_it_does_not_know(self, alice, body):
        assert self.note(alice, body).status_code == 422

    def test_without_a_token_nothing_is_remembered(self, alice):
        assert alice.post(URL, json={"step": "pin"}).status_code == 400

    def test_can_be_skipped_without_a_script(self, alice):
        data = {"csrf_token": csrf_token(alice)}

        assert alice.post("/rooms/drills/tutorial/skip", data=data).status_code == 303
        assert "开始引导" not in alice.get("/rooms/drills").text

    def test_its_steps_stand_in_its_own_room_only(self, alice):
        for drill, has_steps in (("drill-tutorial", True), ("drill-little", False)):
            data = {"csrf_token": csrf_token(alice), "speed": "1.0"}
            cockpit = alice.post(f"/rooms/drills/{drill}/start", data=data).location

            assert ('id="tutorial-data"' in alice.get(cockpit).text) is has_steps

    def test_is_never_recommended_as_a_drill(self):
        drill = little_drill("drill-tutorial", order=0, skill=None, without={})

        assert drills.recommended([drill], {}) is None
