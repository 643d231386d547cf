"""Results through their pages: who may, what they show, every refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock
from app.core.audit.models import AuditEntry
from app.core.db import db, transaction
from app.exams.models import Attempt, Regrade
from app.results import queries, services
from app.results.models import Appeal
from app.sittings import invigilation
from app.sittings.invigilation import ActRequest
from app.sittings.models import Sitting
from tests import cast
from tests.conftest import csrf_token, sign_in
from tests.factories.sittings import EVA, HAL, add_staff, enrolled_sitting, seat_started

DAY = timedelta(days=1)


class World:
    """Alice sat a blank form; the sitting is over, its result held back."""

    def __init__(self, app, db_session, person_of, password_hash):
        now = clock.now()
        opens_at = now - timedelta(hours=2)
        add_staff(db_session, password_hash, now=now)
        alice = person_of(cast.ALICE)
        sitting = enrolled_sitting(app, db_session, [alice], opens_at=opens_at)
        seat = seat_started(app, db_session, sitting, alice, now=opens_at)
        wanted = ActRequest("end", (), None, "时间到", "console-0001")
        invigilation.perform_act(db_session, sitting, wanted, actor="person:ines", now=now)
        attempt = db_session.get(Attempt, seat.attempt_id)
        self.sitting_id, self.attempt_id = sitting.public_id, attempt.public_id
        self.item_ref = attempt.item_refs[0]
        db_session.commit()
        db.session.remove()

    def post(self, client, path, **data):
        data["csrf_token"] = csrf_token(client)
        return client.post(path, data=data)

    def publish(self):
        now = clock.now()
        with transaction() as db_session:
            sitting = db_session.query(Sitting).one()
            services.plan_release(db_session, sitting, publish_at=now, actor="person:eva", now=now)
            services.publish_results(db_session, now=now)

    def appeal(self, client, **changes):
        data = {
            "category": "item",
            "position": "1",
            "body": "第一题的答案与手册写的不一致。",
            **changes,
        }
        return self.post(client, f"/results/attempts/{self.attempt_id}/appeal", **data)

    def propose(self, client, **changes):
        data = {
            "item_ref": self.item_ref,
            "treatment": "credit_all",
            "new_ref": "",
            "reason": "答案有误",
            **changes,
        }
        return self.post(client, "/results/regrades", **data)


@pytest.fixture
def world(app, db_session, person_of, password_hash):
    return World(app, db_session, person_of, password_hash)


@pytest.fixture
def as_eva(world, app):
    return sign_in(app, EVA)


@pytest.fixture
def as_hal(world, app):
    return sign_in(app, HAL)


class TestRelease:
    def path(self, world, act):
        return f"/results/sittings/{world.sitting_id}/{act}"

    def test_is_planned_and_withdrawn(self, world, as_eva):
        planned = world.post(as_eva, self.path(world, "release"), publish_at="2099-01-01T09:00")
        page = as_eva.get("/results").text
        gone = world.post(as_eva, self.path(world, "withdraw"))

        assert (planned.status_code, gone.status_code) == (303, 303)
        assert "2099-01-01 09:00" in page
        with transaction() as db_session:
            assert db_session.query(Sitting).one().publish_at is None

    @pytest.mark.parametrize("moment", ["", "soon", "2001-01-01T09:00"])
    def test_refuses_what_is_no_future_moment(self, world, as_eva, moment):
        page = world.post(as_eva, self.path(world, "release"), publish_at=moment)

        assert page.status_code == 422
        with transaction() as db_session:
            assert db_session.query(Sitting).one().publish_at is None

    def test_cannot_be_withdrawn_once_published(self, world, as_eva):
        world.publish()

        assert world.post(as_eva, self.path(world, "withdraw")).status_code == 409

    def test_is_the_examiners_alone(self, world, as_alice, as_hal, as_dave):
        for client in (as_alice, as_hal, as_dave):
            assert client.get("/results").status_code == 403
            page = world.post(client, self.path(world, "release"), publish_at="2099-01-01T09:00")
            assert page.status_code == 403


class TestReport:
    def test_shows_topics_with_error_and_no_item(self, world, as_alice):
        world.publish()

        page = as_alice.get(f"/exams/attempts/{world.attempt_id}/result").text

        assert "标准误" in page
        assert "未通过" in page
        assert "因为甲是对的" not in page  # the rationale stays secret
        assert "对结果有异议" in page


class TestPack:
    def test_is_the_staffs_and_on_record(self, world, as_alice, as_hal, as_carol):
        world.publish()
        path = f"/results/attempts/{world.attempt_id}/pack"

        page = as_hal.get(path)

        assert page.status_code == 200
        assert page.json["attempt"]["public_id"] == world.attempt_id
        assert as_alice.get(path).status_code == 403
        # Items of this sitting stay secret: the candidate's own door is shut too.
        assert as_alice.get(f"/exams/attempts/{world.attempt_id}/pack").status_code == 404
        with transaction() as db_session:
            actions = [one.action for one in db_session.query(AuditEntry)]
        assert actions.count("attempt.pack_taken") == 1


class TestRegrade:
    def test_is_seen_before_it_is_done_by_another(self, world, as_carol, as_eva):
        page = world.propose(as_carol)
        preview = as_carol.get(page.location).text
        own = world.post(as_carol, f"{page.location}/apply")
        done = world.post(as_eva, f"{page.location}/apply")
        twice = world.post(as_eva, f"{page.location}/apply")

        assert page.status_code == 303
        assert "预览" in preview
        assert "Alice" in preview
        assert own.status_code == 403
        assert "另一位成员" in own.text
        assert (done.status_code, twice.status_code) == (303, 303)
        assert "已执行" in as_eva.get(page.location).text
        back = world.post(as_carol, f"{page.location}/revert")
        assert back.status_code == 303
        assert world.post(as_carol, f"{page.location}/revert").status_code == 409

    @pytest.mark.parametrize(
        "changes",
        [
            {"item_ref": "nothing-1@1"},
            {"item_ref": ""},
            {"treatment": "burn"},
            {"treatment": "rekey", "new_ref": "nothing-1@2"},
            {"reason": ""},
        ],
    )
    def test_refuses_and_proposes_nothing(self, world, as_carol, changes):
        assert world.propose(as_carol, **changes).status_code == 422
        with transaction() as db_session:
            assert db_session.query(Regrade).count() == 0

    def test_is_withdrawn(self, world, as_carol):
        page = world.propose(as_carol)

        assert world.post(as_carol, f"{page.location}/withdraw").status_code == 303
        assert world.post(as_carol, f"{page.location}/apply").status_code in {403, 409}
        assert world.propose(as_carol).status_code == 303  # the version is free again

    def test_is_no_candidates_business(self, world, as_alice):
        assert world.propose(as_alice).status_code == 403


class TestAppeal:
    def test_goes_from_the_candidate_to_somebody_uninvolved_and_back(self, world, as_alice, as_hal):
        world.publish()
        filed = world.appeal(as_alice)
        with transaction() as db_session:
            public_id = db_session.query(Appeal).one().public_id
        handling = as_hal.get(f"/results/appeals/{public_id}").text
        assert "第一题的答案" in handling
        # Whoever judges an item sees it, with its key.
        assert all(words in handling for words in ("被申诉的题目", "标准答案", "解析"))
        answered = world.post(
            as_hal,
            f"/results/appeals/{public_id}",
            outcome="upheld",
            answer="答案确有错误，已提出改判。",
            treatment="credit_all",
            new_ref="",
        )

        assert (filed.status_code, answered.status_code) == (303, 303)
        page = as_alice.get(f"/results/attempts/{world.attempt_id}/appeal").text
        assert "申诉成立" in page
        with transaction() as db_session:
            assert queries.regrades(db_session)[0].item_ref == world.item_ref
        assert "待答复" not in as_hal.get("/results/appeals").text

    def test_waits_for_the_release(self, world, as_alice):
        assert "现在不能申诉" in as_alice.get(f"/results/attempts/{world.attempt_id}/appeal").text
        assert world.appeal(as_alice).status_code == 409

    @pytest.mark.parametrize("changes", [{"body": "短"}, {"position": "99"}, {"category": "x"}])
    def test_refuses_what_is_no_appeal(self, world, as_alice, changes):
        world.publish()

        assert world.appeal(as_alice, **changes).status_code == 422
        with transaction() as db_session:
            assert db_session.query(Appeal).count() == 0

    def test_somebody_elses_is_not_found(self, world, as_bob):
        world.publish()

        assert as_bob.get(f"/results/attempts/{world.attempt_id}/appeal").status_code == 404
        assert world.appeal(as_bob).status_code == 404

    def test_is_answered_by_handlers_alone(self, world, as_alice, as_eva):
        world.publish()
        world.appeal(as_alice)
        with transaction() as db_session:
            public_id = db_session.query(Appeal).one().public_id

        for client in (as_alice, as_eva):
            assert client.get(f"/results/appeals/{public_id}").status_code == 403
