"""Marking through its pages: who may, what they show and hide, every refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.db import db, transaction
from app.exams.models import Attempt
from app.marking import dealing, queries
from app.marking.models import ControlAnswer, Mark, MarkerAct, MarkingSheet, MarkingTask
from app.results.queries import people_involved
from tests import cast
from tests.conftest import csrf_token, sign_in
from tests.factories.marking import (
    FULL,
    HALF,
    MARY,
    MILO,
    NONE,
    RUBRIC_REF,
    add_control,
    add_markers,
    mark_by,
    written_attempt,
)

ANSWER = "讲得太久，换一款有货的。"


@pytest.fixture(autouse=True)
def no_controls_by_chance(monkeypatch):
    monkeypatch.setattr(dealing, "control_is_due", lambda *args, **kwargs: False)


class World:
    """Alice wrote one short answer; Mary, Milo and Mira mark; Carol coordinates."""

    def __init__(self, app, db_session, person_of, password_hash):
        self.app = app
        now = clock.now() - timedelta(hours=1)
        self.markers = [one.public_id for one in add_markers(db_session, password_hash, now=now)]
        self.alice = person_of(cast.ALICE).public_id
        self.attempt_id = written_attempt(
            db_session, person_of(cast.ALICE).id, ANSWER, now=now
        ).public_id
        db_session.commit()
        db.session.remove()

    def client(self, member):
        return sign_in(self.app, member)

    def post(self, client, path, **data):
        data["csrf_token"] = csrf_token(client)
        return client.post(path, data=data)

    def take(self, client):
        """Take the next response; returns the path of its sheet."""
        page = self.post(client, "/marking/next")
        assert page.status_code == 303, page.text
        return page.location

    def give(self, client, path, points, **changes):
        data = {f"points-{name}": str(value) for name, value in points.items()}
        return self.post(client, f"{path}/mark", **{"key": f"key-{path[-12:]}", **data, **changes})

    def settle(self):
        for member in (MARY, MILO):
            client = self.client(member)
            assert self.give(client, self.take(client), FULL).status_code == 303

    def count(self, model):
        return db.session().scalar(select(func.count()).select_from(model))


@pytest.fixture
def world(app, db_session, person_of, password_hash):
    return World(app, db_session, person_of, password_hash)


class TestAccess:
    @pytest.mark.parametrize(
        "path",
        [
            "/marking",
            "/marking/desk",
            "/marking/desk/figures",
            "/marking/desk/agreement",
            "/marking/desk/agreement/figures",
            "/marking/desk/controls",
        ],
    )
    def test_is_staffs_alone(self, world, as_alice, as_dave, stranger, path):
        assert as_alice.get(path).status_code == 403
        assert as_dave.get(path).status_code == 403
        assert stranger.get(path).status_code == 302

    def test_a_marker_does_not_coordinate(self, world):
        client = world.client(MARY)

        assert client.get("/marking").status_code == 200
        assert client.get("/marking/desk").status_code == 403
        page = world.post(client, f"/marking/desk/markers/{world.markers[1]}/stop", reason="抽查")
        assert page.status_code == 403

    def test_a_post_without_the_token_changes_nothing(self, world):
        client = world.client(MARY)

        assert client.post("/marking/next").status_code == 400
        assert world.count(MarkingSheet) == 0


class TestMarking:
    def test_the_sheet_shows_answer_and_rubric_and_nobody(self, world):
        client = world.client(MARY)
        path = world.take(client)

        page = client.get(path).text

        assert ANSWER in page
        assert "判断原因" in page
        assert world.attempt_id not in page
        assert world.alice not in page
        assert "Alice" not in page

    def test_somebody_elses_sheet_is_not_found(self, world):
        path = world.take(world.client(MARY))
        milo = world.client(MILO)

        assert milo.get(path).status_code == 404
        assert world.give(milo, path, FULL).status_code == 404
        assert world.count(Mark) == 0

    def test_two_marks_give_the_candidate_the_result(self, world, as_alice):
        before = as_alice.get(f"/exams/attempts/{world.attempt_id}/result").text
        assert "待评阅" in before

        world.settle()

        page = as_alice.get(f"/exams/attempts/{world.attempt_id}/result").text
        assert "评阅得分 4 / 4" in page
        assert not any(one in page for one in world.markers)
        attempt = db.session().scalars(select(Attempt)).one()
        assert attempt.passed is False
        assert attempt.score_fraction == pytest.approx(1 / 12)

    def test_the_first_mark_is_told_to_nobody(self, world, as_carol):
        mary = world.client(MARY)
        world.give(mary, world.take(mary), NONE, comment="一句不提原因")
        milo = world.client(MILO)

        theirs = milo.get(world.take(milo)).text
        (task,) = db.session().scalars(select(MarkingTask))
        coordinators = as_carol.get(f"/marking/desk/tasks/{task.public_id}").text

        for page in (theirs, coordinators):
            assert "一句不提原因" not in page
            assert "0 / 4" not in page
        assert "还差 1 份" in coordinators

    def test_going_on_leads_to_the_next_or_home(self, world):
        client = world.client(MARY)

        page = world.give(client, world.take(client), FULL, then="next")

        assert page.location == "/marking"
        assert "现在没有你可以评的作答" in client.get("/marking").text

    @pytest.mark.parametrize(
        ("points", "status"),
        [({"cause": 2}, 422), ({"cause": 1, "action": 0}, 422), ({"cause": "x", "action": 0}, 422)],
        ids=["lacking", "no-level", "text"],
    )
    def test_points_that_do_not_fit_are_asked_for_again(self, world, points, status):
        client = world.client(MARY)
        path = world.take(client)

        page = world.give(client, path, points)

        assert page.status_code == status
        assert "还没有提交" in page.text
        assert world.count(Mark) == 0

    def test_a_comment_that_is_too_long_is_refused(self, world):
        client = world.client(MARY)

        page = world.give(client, world.take(client), FULL, comment="长" * 601)

        assert page.status_code == 422
        assert "评语不超过 600 字" in page.text

    def test_without_a_key_nothing_is_taken(self, world):
        client = world.client(MARY)

        assert world.give(client, world.take(client), FULL, key="").status_code == 400
        assert world.count(Mark) == 0

    def test_the_same_mark_twice_is_one_and_another_is_refused(self, world):
        client = world.client(MARY)
        path = world.take(client)

        first, again = (world.give(client, path, FULL) for _ in range(2))
        other = world.give(client, path, NONE)
        late = world.give(client, path, NONE, key="another-key-1")

        assert (first.status_code, again.status_code) == (303, 303)
        assert (other.status_code, late.status_code) == (422, 409)
        assert world.count(Mark) == 1

    def test_an_expired_sheet_says_so_and_takes_nothing(self, world):
        client = world.client(MARY)
        path = world.take(client)
        with transaction() as db_session:
            held = db_session.scalars(select(MarkingSheet)).one()
            held.lease_until = clock.now() - timedelta(seconds=1)

        page = world.give(client, path, FULL)

        assert page.status_code == 409
        assert "已经收回重新分发" in page.text
        assert world.count(Mark) == 0

    def test_is_given_back_with_a_reason(self, world):
        client = world.client(MARY)
        path = world.take(client)

        assert world.post(client, f"{path}/skip").status_code == 422
        assert world.post(client, f"{path}/skip", reason="conflict").status_code == 303
        assert world.post(client, f"{path}/skip", reason="conflict").status_code == 409
        assert world.post(client, "/marking/next").status_code == 409


class TestJson:
    def send(self, client, path, body, **headers):
        token = csrf_token(client)
        return client.post(path, json=body, headers={"X-CSRFToken": token, **headers})

    def test_a_draft_is_kept(self, world):
        client = world.client(MARY)
        path = world.take(client)

        done = self.send(client, f"{path}/draft", {"points": {"cause": 2}, "sequence": 1})

        assert done.json["ack"] == 1
        assert 'value="2" checked' in client.get(path).text

    @pytest.mark.parametrize(
        "body",
        [
            {"points": {"cause": 2}},
            {"points": {"cause": 2}, "sequence": True},
            {"points": {"cause": 2}, "sequence": 0},
            {"points": [2], "sequence": 1},
            {"points": {"cause": 1}, "sequence": 1},
            {"points": {}, "comment": 7, "sequence": 1},
        ],
        ids=["no-sequence", "bool", "zero", "list", "no-level", "comment"],
    )
    def test_a_draft_that_makes_no_sense_is_refused(self, world, body):
        client = world.client(MARY)
        path = world.take(client)

        done = self.send(client, f"{path}/draft", body)

        assert (done.status_code, done.json["type"], done.json["saved"]) == (422, "invalid", False)

    def test_a_mark_is_taken_and_refused_in_words(self, world):
        client = world.client(MARY)
        path = world.take(client)

        refused = self.send(client, f"{path}/mark", {"points": {"cause": 2}, "key": "json-key-1"})
        done = self.send(client, f"{path}/mark", {"points": HALF, "key": "json-key-1"})
        late = self.send(client, f"{path}/mark", {"points": HALF, "key": "json-key-2"})

        assert refused.json["errors"] == [{"field": "action", "code": "missing"}]
        assert done.json == {"total": 2}
        assert (late.status_code, late.json["type"]) == (409, "sheet_ended")


class TestCoordinator:
    def test_sees_the_work_and_never_a_candidate(self, world, as_carol):
        world.settle()
        (task,) = db.session().scalars(select(MarkingTask))

        pages = [
            as_carol.get(path).text
            for path in (
                "/marking/desk",
                f"/marking/desk?state=settled&item={RUBRIC_REF}",
                f"/marking/desk/tasks/{task.public_id}",
                f"/marking/desk/agreement?item={RUBRIC_REF}",
            )
        ]

        assert "Mary" in pages[0]
        assert task.public_id in pages[1]
        assert "4 / 4" in pages[2]
        assert "Mary · Milo" in pages[3]
        for page in pages:
            assert "Alice" not in page
            assert world.alice not in page
            assert world.attempt_id not in page

    def test_reads_the_same_as_figures(self, world, as_carol):
        world.settle()

        work = as_carol.get("/marking/desk/figures").json
        agreement = as_carol.get(f"/marking/desk/agreement/figures?item={RUBRIC_REF}").json

        assert work["items"] == [
            {"item": RUBRIC_REF, "total": 1, "settled": 1, "overdue": 0, "third_fraction": 0.0}
        ]
        assert {one["name"]: one["marked"] for one in work["markers"]}["Mary"] == 1
        (pair,) = agreement["pairs"]
        assert (pair["markers"], pair["count"], pair["kappa"]) == (["Mary", "Milo"], 1, None)

    def test_takes_a_response_back(self, world, as_carol):
        path = world.take(world.client(MARY))
        back = f"/marking/desk{path.removeprefix('/marking')}/take-back"

        assert world.post(as_carol, back).status_code == 303
        assert world.post(as_carol, back).status_code == 409
        assert world.post(as_carol, "/marking/desk/sheets/nosuch/take-back").status_code == 404

    def test_stops_and_lets_on(self, world, as_carol):
        stop, resume = (
            f"/marking/desk/markers/{world.markers[0]}/{act}" for act in ("stop", "resume")
        )

        assert world.post(as_carol, stop).status_code == 422
        assert world.post(as_carol, resume, reason="谈过").status_code == 409
        assert world.post(as_carol, stop, reason="抽查").status_code == 303
        refused = world.post(world.client(MARY), "/marking/next")
        assert (refused.status_code, "评阅已暂停" in refused.text) == (409, True)
        assert world.post(as_carol, resume, reason="谈过").status_code == 303
        assert world.count(MarkerAct) == 2

    def test_a_list_longer_than_a_page_is_paged(self, world, as_carol, db_session, person_of):
        bob = person_of(cast.BOB).id
        for n in range(1, 34):
            db_session.add(
                MarkingTask(
                    room_session_id=None,
                    attempt_id=1,
                    position=100 + n,
                    person_id=bob,
                    rubric_ref=RUBRIC_REF,
                    body="作答",
                    opened_at=clock.now(),
                    due_at=clock.now(),
                    wanted=2,
                )
            )
        db_session.commit()

        first, second = (as_carol.get(f"/marking/desk?page={n}").text for n in (1, 2))

        assert "第 1 / 2 页" in first
        assert "第 2 / 2 页" in second
        assert first.count("/marking/desk/tasks/") == 30
        assert second.count("/marking/desk/tasks/") == 4


class TestControlPages:
    def propose(self, world, client, **changes):
        data = {
            "item": RUBRIC_REF,
            "body": "对照作答：先换一款有货的。",
            "reason": "两位一致",
            "points-cause": "2",
            "points-action": "2",
            **changes,
        }
        return world.post(client, "/marking/desk/controls", **data)

    def test_takes_two_people(self, world, as_carol, db_session):
        assert self.propose(world, as_carol).status_code == 303
        control = db.session().scalars(select(ControlAnswer)).one()
        confirm = f"/marking/desk/controls/{control.public_id}/confirm"

        assert world.post(as_carol, confirm).status_code == 403
        assert "待第二人确认" in as_carol.get("/marking/desk/controls").text
        assert not db.session().scalars(select(ControlAnswer)).one().is_live

    @pytest.mark.parametrize(
        "changes",
        [{"body": ""}, {"reason": ""}, {"points-cause": "1"}, {"points-cause": ""}],
        ids=["body", "reason", "no-level", "lacking"],
    )
    def test_asks_again_for_what_makes_no_sense(self, world, as_carol, changes):
        assert self.propose(world, as_carol, **changes).status_code == 422
        assert world.count(ControlAnswer) == 0

    def test_an_unknown_item_is_not_found(self, world, as_carol):
        assert self.propose(world, as_carol, item="nonsense").status_code == 404
        assert as_carol.get("/marking/desk/controls?item=nonsense").status_code == 404

    def test_is_retired_once(self, world, as_carol, db_session):
        control = add_control(db_session, FULL, now=clock.now())
        path = f"/marking/desk/controls/{control.public_id}/retire"
        db_session.commit()

        assert world.post(as_carol, path).status_code == 303
        assert world.post(as_carol, path).status_code == 409


class TestInvolved:
    def test_who_marked_does_not_answer_the_appeal(self, world, db_session):
        attempt = db_session.scalars(select(Attempt)).one()
        before = people_involved(db_session, attempt)
        mary = next(one for one in queries.markers(db_session) if one.display_name == "Mary")
        mark_by(db_session, mary, FULL, now=clock.now())

        assert people_involved(db_session, attempt) - before == {f"person:{mary.public_id}"}
