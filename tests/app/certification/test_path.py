"""The home page's path: three levels, one next step."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.certification.path import path_of
from app.certification.services import start_theory
from tests.app.certification.test_acts import revoke, suspend
from tests.conftest import NOON
from tests.factories.certification import (
    DEMO_RULES,
    add_attempt,
    add_room,
    certify,
    enrol_little,
    little_programme,
    publish_little_programme,
)

DAY = timedelta(days=1)


@pytest.fixture
def path(app, db_session, alice_id):
    """Return Alice's path at a moment, as a request would see it."""

    def look(now=NOON):
        with app.test_request_context("/"):
            return path_of(db_session, alice_id, settings=app.config["SETTINGS"], now=now)

    return look


def states(path):
    return [(entry.level.value, entry.state) for entry in path.levels]


class TestPathOf:
    def test_of_a_newcomer_is_to_enrol(self, path, programme):
        found = path()

        assert states(found) == [
            ("junior", "current"),
            ("intermediate", "locked"),
            ("senior", "locked"),
        ]
        assert found.levels[0].badge == "可报名"
        assert found.next_step.kind == "enrol"
        assert found.next_step.url == "/programmes/little/enrol"
        assert not found.next_step.is_post
        assert found.demo is None

    def test_of_who_enrolled_is_the_theory(self, path, enrolment):
        step = path().next_step

        assert (step.kind, step.is_post, step.button) == ("theory", True, "开始理论考试")
        assert step.url == "/programmes/little/theory"
        assert path().levels[0].badge == "进行中 0/2"

    def test_of_who_sits_the_theory_is_to_go_on(self, app, path, db_session, enrolment):
        start_theory(db_session, enrolment, settings=app.config["SETTINGS"], now=NOON)

        assert path().next_step.button == "继续考试"

    def test_of_who_failed_is_to_wait(self, path, db_session, alice_id, enrolment, programme):
        add_attempt(db_session, alice_id, 0.2, at=NOON, programme=programme)

        step = path().next_step

        assert step.kind == "wait"
        assert step.at == NOON + 3 * DAY
        assert "2026-11-24 12:00" in step.text
        assert path(NOON + 3 * DAY).next_step.kind == "theory"

    def test_of_who_passed_the_theory_is_the_room(
        self, path, db_session, alice_id, enrolment, programme
    ):
        add_attempt(db_session, alice_id, 0.88, at=NOON, programme=programme)

        found = path()

        assert found.next_step.kind == "room"
        assert found.next_step.url == "/programmes/little/room"
        assert "2027-05-21" in found.note
        assert [line.state for line in found.levels[0].requirements] == ["done", "now"]

    def test_while_the_room_is_scored_is_to_wait(
        self, path, db_session, alice_id, enrolment, programme
    ):
        add_attempt(db_session, alice_id, 0.88, at=NOON, programme=programme)
        add_room(db_session, alice_id, None, at=NOON, programme=programme)

        assert path().next_step.kind == "wait"

    def test_of_who_is_certified_is_done(self, path, certified):
        found = path()

        assert found.levels[0].state == "done"
        assert found.levels[0].number == certified.number
        assert found.levels[0].is_demo
        assert found.next_step.kind == "rest"
        assert [one.record.number for one in found.credentials] == [certified.number]

    def test_speaks_of_the_end_ninety_days_before(self, path, certified):
        assert path(certified.expires_at - 92 * DAY).next_step.kind == "rest"
        assert path(certified.expires_at - 90 * DAY).next_step.kind == "renew"

    def test_after_the_end_is_to_enrol_again(self, path, certified):
        found = path(certified.expires_at)

        assert found.levels[0].state == "current"
        assert found.levels[0].badge == "已过期"
        assert found.next_step.kind == "enrol"

    def test_while_suspended_is_to_wait(self, path, db_session, certified):
        suspend(db_session, certified, NOON + DAY)

        found = path(NOON + 2 * DAY)

        assert found.levels[0].badge == "已暂停"
        assert found.next_step.kind == "wait"

    def test_after_a_revocation_starts_anew(self, path, db_session, certified):
        revoke(db_session, certified, NOON + DAY)

        found = path(NOON + 2 * DAY)

        assert found.levels[0].badge == "可报名"
        assert found.next_step.kind == "enrol"


class TestDemo:
    @pytest.fixture
    def demo(self, db_session):
        demo = little_programme(**DEMO_RULES)
        publish_little_programme(db_session, little_programme(), demo, now=NOON)
        return demo

    def test_is_offered_beside_the_next_step(self, path, demo):
        found = path()

        assert found.next_step.url == "/programmes/little/enrol"
        assert found.demo.url == "/programmes/little-demo/enrol"

    def test_goes_on_from_part_to_part(self, app, path, db_session, alice_id, demo):
        enrol_little(app, db_session, alice_id, demo, now=NOON)

        assert path().demo.kind == "theory"

    def test_is_over_with_its_certificate(self, app, path, db_session, alice_id, demo):
        certify(app, db_session, alice_id, demo, at=NOON)

        found = path()

        assert found.demo is None
        assert found.levels[0].state == "current"  # a demonstration is not the level
