"""Drills: starting, stars and bests, what is recommended; what a person sees of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.errors import InvalidInputError, NotFoundError
from app.rooms import drills, moments
from app.rooms.services import RoomNotReadyError
from app.studio import queries as studio
from app.studio.services import publish_scenarios
from simulations.skills import SkillId
from tests import cast
from tests.conftest import NOON, csrf_token
from tests.factories.drills import little_drill, publish_drill, scored_try
from tests.factories.rooms import publish_little_room

LATER = NOON + timedelta(hours=1)


@pytest.mark.both_databases
class TestStartDrill:
    def test_runs_at_the_chosen_speed_as_a_practice_room(self, db_session, person_of):
        drill = publish_drill(db_session, little_drill(), now=NOON)

        room = drills.start_drill(
            db_session, person_of(cast.ALICE).id, drill, 8, is_demo=True, now=NOON
        )

        assert (room.mode, room.clock_speed, room.cut_score) == ("practice", 8, None)
        assert drills.is_drill_room(room)

    def test_goes_on_in_the_room_that_is_open(self, db_session, person_of):
        drill = publish_drill(db_session, little_drill(), now=NOON)
        person_id = person_of(cast.ALICE).id
        first = drills.start_drill(db_session, person_id, drill, 2, is_demo=True, now=NOON)

        again = drills.start_drill(db_session, person_id, drill, 8, is_demo=True, now=NOON)

        assert again.id == first.id
        assert again.clock_speed == 2

    def test_refuses_a_speed_that_is_not_offered_and_starts_nothing(self, db_session, person_of):
        drill = publish_drill(db_session, little_drill(), now=NOON)
        person_id = person_of(cast.ALICE).id

        with pytest.raises(InvalidInputError):
            drills.start_drill(db_session, person_id, drill, 16, is_demo=True, now=NOON)
        assert drills.record_of(db_session, person_id, drill.id) == drills.NO_RECORD

    def test_refuses_a_drill_without_a_reference(self, db_session, person_of):
        drill = little_drill()
        publish_scenarios(db_session, [drill], is_public=True, actor="cli:test", now=NOON)

        with pytest.raises(RoomNotReadyError):
            drills.start_drill(
                db_session, person_of(cast.ALICE).id, drill, 8, is_demo=True, now=NOON
            )


@pytest.mark.both_databases
class TestRecords:
    def test_keep_the_best_of_all_tries_newest_first(self, db_session, person_of):
        drill = publish_drill(db_session, little_drill(), now=NOON)
        person_id = person_of(cast.ALICE).id
        for hours, points in enumerate((30.0, 81.5, 55.0)):
            scored_try(db_session, person_id, drill, points, now=NOON + timedelta(hours=hours))

        record = drills.records_of(db_session, person_id)[drill.id]

        assert [one.points for one in record.tries] == [55.0, 81.5, 30.0]
        assert [one.stars for one in record.tries] == [2, 3, 1]
        assert record.best is not None
        assert (record.best.points, record.stars) == (81.5, 3)
        assert drills.record_of(db_session, person_id, drill.id) == record

    def test_of_equal_tries_the_earliest_is_the_best(self, db_session, person_of):
        drill = publish_drill(db_session, little_drill(), now=NOON)
        person_id = person_of(cast.ALICE).id
        first = scored_try(db_session, person_id, drill, 60, now=NOON)
        scored_try(db_session, person_id, drill, 60, now=LATER)

        best = drills.record_of(db_session, person_id, drill.id).best

        assert best is not None
        assert best.room.id == first.id

    def test_are_each_persons_own(self, db_session, person_of):
        drill = publish_drill(db_session, little_drill(), now=NOON)
        scored_try(db_session, person_of(cast.ALICE).id, drill, 90, now=NOON)

        assert drills.records_of(db_session, person_of(cast.BOB).id) == {}

    def test_stars_stay_those_of_the_version_that_was_played(self, db_session, person_of):
        drill = publish_drill(db_session, little_drill(), now=NOON)
        person_id = person_of(cast.ALICE).id
        scored_try(db_session, person_id, drill, 82, now=NOON)
        stricter = {"one": 30, "two": 60, "three": 95}
        publish_drill(db_session, little_drill(version=2, stars=stricter), now=LATER)

        assert drills.record_of(db_session, person_id, drill.id).stars == 3

    def test_count_no_room_that_began_at_a_moment(self, db_session, person_of):
        drill = publish_drill(db_session, little_drill(), now=NOON)
        person_id = person_of(cast.ALICE).id
        origin = scored_try(db_session, person_id, drill, 40, now=NOON)
        moment = moments.start_from(db_session, origin, 60, now=LATER)
        moment.score = 100.0
        db_session.flush()

        assert not drills.is_drill_room(moment)
        assert drills.records_of(db_session, person_id)[drill.id].stars == 1
        assert drills.result_of(db_session, moment) is None


class TestResultOf:
    def test_tells_stars_best_and_what_comes_next(self, db_session, person_of):
        first = publish_drill(db_session, little_drill(), now=NOON)
        second = publish_drill(
            db_session, little_drill("drill-second", order=2, skill="pacing"), now=NOON
        )
        person_id = person_of(cast.ALICE).id
        scored_try(db_session, person_id, first, 30, now=NOON)
        room = scored_try(db_session, person_id, first, 62, now=LATER)

        result = drills.result_of(db_session, room)

        assert result is not None
        assert (result.stars, result.points_to_next, result.tries) == (2, 18, 2)
        assert result.is_best
        assert result.best_points == 62
        assert result.next_drill == second

    def test_a_worse_try_is_not_called_the_best(self, db_session, person_of):
        drill = publish_drill(db_session, little_drill(), now=NOON)
        person_id = person_of(cast.ALICE).id
        scored_try(db_session, person_id, drill, 70, now=NOON)
        room = scored_try(db_session, person_id, drill, 70, now=LATER)

        result = drills.result_of(db_session, room)

        assert result is not None
        assert not result.is_best
        assert result.best_points == 70

    def test_is_none_before_the_score_and_in_other_rooms(self, db_session, person_of):
        drill = publish_drill(db_session, little_drill(), now=NOON)
        person_id = person_of(cast.ALICE).id
        room = drills.start_drill(db_session, person_id, drill, 8, is_demo=True, now=NOON)

        assert drills.result_of(db_session, room) is None


class TestRecommended:
    def test_is_the_drill_with_fewest_stars_of_the_weakest_skill(self, db_session, person_of):
        one = publish_drill(db_session, little_drill("drill-a", order=1), now=NOON)
        publish_drill(db_session, little_drill("drill-b", order=2, skill="pacing"), now=NOON)
        publish_drill(db_session, little_drill("drill-c", order=3, skill="pacing"), now=NOON)
        person_id = person_of(cast.ALICE).id
        shown = studio.public_drills(db_session)

        def recommended():
            found = drills.recommended(shown, drills.records_of(db_session, person_id))
            return None if found is None else found.id

        assert recommended() == "drill-a"
        scored_try(db_session, person_id, one, 60, now=NOON)
        assert recommended() == "drill-b"
        scored_try(db_session, person_id, shown[1], 90, now=NOON)
        assert recommended() == "drill-c"  # pacing: 3 and 0 stars, on average 1.5; stock has 2
        strengths = drills.skill_strengths(shown, drills.records_of(db_session, person_id))
        assert strengths == {SkillId.STOCK: 2, SkillId.PACING: 1.5}

    def test_is_none_when_every_drill_has_three_stars(self, db_session, person_of):
        drill = publish_drill(db_session, little_drill(), now=NOON)
        person_id = person_of(cast.ALICE).id
        scored_try(db_session, person_id, drill, 80, now=NOON)

        records = drills.records_of(db_session, person_id)

        assert drills.recommended([drill], records) is None

    def test_another_drill_comes_after_the_one_just_played_while_there_is_one(self):
        first, second = little_drill("drill-a"), little_drill("drill-b", order=2)

        assert drills.recommended([first, second], {}, after="drill-a") == second
        assert drills.recommended([first], {}, after="drill-a") == first


class TestCatalogue:
    def test_drills_stand_in_their_own_list_only(self, db_session):
        publish_little_room(db_session, now=NOON)
        publish_drill(db_session, little_drill("drill-b", order=2), now=NOON)
        publish_drill(db_session, little_drill("drill-a", order=1), now=NOON)

        assert [one.id for one in studio.public_scenarios(db_session)] == ["little"]
        assert [one.id for one in studio.public_drills(db_session)] == ["drill-a", "drill-b"]
        with pytest.raises(NotFoundError):
            studio.public_drill_of(db_session, "little")
        with pytest.raises(NotFoundError):
            studio.public_scenario_of(db_session, "drill-a")


class TestPages:
    @pytest.fixture
    def alice(self, db_session, person_of, as_alice):
        """Alice with one drill published and another tried."""
        publish_drill(db_session, little_drill(), now=NOON)
        tried = publish_drill(
            db_session, little_drill("drill-second", order=2, skill="pacing"), now=NOON
        )
        scored_try(db_session, person_of(cast.ALICE).id, tried, 62, now=NOON)
        db_session.commit()
        return as_alice

    def test_the_list_shows_stars_best_and_what_comes_next(self, alice):
        page = alice.get("/rooms/drills")

        assert "小练习 1" in page.text
        assert "小练习 2" in page.text
        assert "最好 62.0" in page.text
        assert 'aria-label="2 星，共 3 星"' in page.text

    def test_the_list_can_be_of_one_skill(self, alice):
        page = alice.get("/rooms/drills?skill=pacing")

        assert "/rooms/drills/drill-second" in page.text
        assert 'class="drill-link" href="/rooms/drills/drill-little"' not in page.text

    @pytest.mark.parametrize("query", ["?skill=magic", "?skill=", "?skill=<b>"])
    def test_an_unknown_skill_shows_all(self, alice, query):
        page = alice.get(f"/rooms/drills{query}")

        assert page.status_code == 200
        assert 'class="drill-link" href="/rooms/drills/drill-little"' in page.text

    def test_the_answer_is_shown_only_after_the_first_try(self, alice):
        assert "参考打法提前补货" not in alice.get("/rooms/drills/drill-little").text
        assert "参考打法提前补货" in alice.get("/rooms/drills/drill-second").text

    def test_bob_sees_nothing_of_alices_tries(self, alice, as_bob):
        page = as_bob.get("/rooms/drills/drill-second")

        assert "62.0" not in page.text
        assert "参考打法提前补货" not in page.text

    def test_starting_leads_to_the_cockpit_and_back_to_it(self, alice):
        data = {"csrf_token": csrf_token(alice), "speed": "4.0"}

        started = alice.post("/rooms/drills/drill-little/start", data=data)

        assert started.status_code == 303
        assert alice.get(started.location).status_code == 200
        assert "继续这一关" in alice.get("/rooms/drills/drill-little").text

    @pytest.mark.parametrize("speed", ["3", "x", "", "16", "nan"])
    def test_a_speed_that_is_not_offered_shows_the_page_again(self, alice, speed):
        data = {"csrf_token": csrf_token(alice), "speed": speed}

        answer = alice.post("/rooms/drills/drill-little/start", data=data)

        assert answer.status_code == 422
        assert "继续这一关" not in alice.get("/rooms/drills/drill-little").text

    @pytest.mark.parametrize("path", ["/rooms/drills/little", "/rooms/drills/drill-none"])
    def test_what_is_no_drill_is_not_found(self, alice, path):
        assert alice.get(path).status_code == 404

    def test_strangers_are_sent_to_sign_in(self, app):
        assert app.test_client().get("/rooms/drills").status_code == 302
