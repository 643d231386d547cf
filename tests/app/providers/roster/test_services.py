"""Planning and giving sessions, through the services and the page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.clock import BEIJING
from app.core.db import db
from app.core.errors import InvalidInputError, NotFoundError
from app.providers.roster import own, queries, services
from app.providers.roster.models import PlannedSession
from app.providers.roster.rules import Obstacle
from app.providers.telling.models import ProviderMail
from app.providers.trade import Category
from certificates.levels import Level
from tests import cast
from tests.app.certification.conftest import (  # noqa: F401 - fixtures
    alice_id,
    certified,
    fresh_keys,
    issuer_keys,
    programme,
)
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.providers import employ

LATER = NOON + timedelta(days=1)


def plan(db_session, provider, *, hours=30, level=Level.JUNIOR, now=NOON, minutes=120):
    return services.plan_session(
        db_session,
        provider,
        title="晴云女装",
        category=Category.FASHION,
        level=level,
        starts_at=now + timedelta(hours=hours),
        minutes=minutes,
        actor="person:dave",
        now=now,
    )


def give(db_session, provider, planned, employment, *, now=NOON, include_demo=False):
    services.assign(
        db_session,
        provider,
        planned.public_id,
        employment.public_id,
        include_demo=include_demo,
        actor="person:dave",
        now=now,
    )


class TestPlan:
    @pytest.mark.parametrize("hours", [0, -1, 93 * 24])
    def test_lies_ahead_but_not_too_far(self, db_session, provider, hours):
        with pytest.raises(InvalidInputError):
            plan(db_session, provider, hours=hours)

    def test_a_week_has_an_end(self, db_session, provider, monkeypatch):
        monkeypatch.setattr(services, "MAX_IN_A_WEEK", 1)
        plan(db_session, provider)

        with pytest.raises(services.TooManySessionsError):
            plan(db_session, provider, hours=31)


class TestAssign:
    def test_nobody_without_a_certificate(self, db_session, provider, person_of):
        employment = employ(db_session, provider, person_of(cast.BOB), now=NOON)
        planned = plan(db_session, provider)

        with pytest.raises(services.MayNotOperateError) as refused:
            give(db_session, provider, planned, employment)

        assert refused.value.obstacles == (Obstacle.NO_CERTIFICATE,)
        assert planned.employment_id is None

    def test_nobody_of_another_provider(self, db_session, provider, rival, person_of):
        employment = employ(db_session, rival, person_of(cast.BOB), now=NOON)

        with pytest.raises(NotFoundError):
            give(db_session, provider, plan(db_session, provider), employment)
        with pytest.raises(NotFoundError):
            queries.planned_session(
                db_session, plan(db_session, provider, hours=40).public_id, rival.id
            )

    def test_not_once_it_has_begun(self, db_session, provider, person_of):
        employment = employ(db_session, provider, person_of(cast.BOB), now=NOON)
        planned = plan(db_session, provider)

        with pytest.raises(services.SessionBegunError):
            give(db_session, provider, planned, employment, now=planned.starts_at)

    def test_the_board_from_the_plan_to_the_operator(
        self,
        app,
        db_session,
        certified,  # noqa: F811
        provider,
        person_of,
    ):
        now = clock.now()
        employment = employ(db_session, provider, person_of(cast.ALICE), now=NOON)
        key = employment.public_id
        db_session.commit()
        client = sign_in(app, cast.DAVE)

        def post(path, **fields):
            return client.post(
                f"/provider/board{path}",
                data={"csrf_token": csrf_token(client), **fields},
                follow_redirects=True,
            )

        day = now.astimezone(BEIJING) + timedelta(days=8)
        fields = {"title": "晴云女装", "category": "fashion", "level": "junior", "minutes": "120"}
        starts = f"{day:%Y-%m-%d}T19:00"
        refused = post("/sessions", **fields, starts_at="2020-01-01T10:00")
        planned = post("/sessions", **fields, starts_at=starts)
        public_id = db_session.scalars(select(PlannedSession.public_id)).one()
        db_session.commit()
        given = post(f"/sessions/{public_id}/assign", employment=key)
        twice = post("/sessions", **fields, starts_at=starts)
        filled = post("/fill", week=f"{day:%Y-%m-%d}")
        cancelled = post(f"/sessions/{public_id}/cancel")

        assert refused.status_code == 422
        assert "92 天以内" in refused.text
        assert "还没有操盘手" in planned.text
        assert f'value="{key}" selected>Alice' in given.text
        assert "与另一场时间冲突" in twice.text
        assert "已按规则排好 0 场" in filled.text
        assert public_id not in cancelled.text
        rows = db_session.execute(
            select(PlannedSession.cancelled_at, PlannedSession.employment_id).order_by(
                PlannedSession.id
            )
        ).all()
        assert [row.cancelled_at is None for row in rows] == [False, True]


class TestOwnShifts:
    """The operator's own word: they come, or the session is open again and not theirs."""

    @pytest.fixture
    def given(self, app, db_session, provider, certified, person_of):  # noqa: F811
        alice = person_of(cast.ALICE)
        employment = employ(db_session, provider, alice, now=NOON - timedelta(days=1))
        planned = plan(db_session, provider, now=LATER)
        give(db_session, provider, planned, employment, now=LATER, include_demo=True)
        return planned, employment, alice

    def test_who_is_given_a_session_is_told_and_confirms_once(self, db_session, provider, given):
        planned, employment, alice = given
        (waiting,) = own.waiting_shifts(db_session, alice.id, now=LATER)

        assert waiting.planned.public_id == planned.public_id
        assert db_session.scalar(select(ProviderMail.kind)) == "shift"
        for moment in (LATER, LATER + timedelta(hours=1)):
            own.confirm_shift(
                db_session, alice.id, planned.public_id, actor="person:alice", now=moment
            )
        assert planned.confirmed_at == LATER
        give(db_session, provider, planned, employment, now=LATER, include_demo=True)
        assert planned.confirmed_at == LATER  # given to the same person, nothing changed

    def test_who_cannot_come_is_not_given_it_again(self, db_session, provider, given):
        planned, employment, alice = given
        own.decline_shift(
            db_session, alice.id, planned.public_id, reason="外地", actor="person:alice", now=LATER
        )

        assert planned.employment_id is None
        assert own.own_shifts(db_session, alice.id, now=LATER) == []
        with pytest.raises(services.MayNotOperateError) as caught:
            give(db_session, provider, planned, employment, now=LATER, include_demo=True)
        assert caught.value.obstacles == (Obstacle.DECLINED,)
        filled = services.fill_week(
            db_session,
            provider,
            planned.starts_at,
            include_demo=True,
            actor="person:dave",
            now=LATER,
        )
        assert filled == 0

    def test_somebody_elses_and_one_that_has_begun(self, db_session, given, person_of):
        planned, _, alice = given
        bob = person_of(cast.BOB)

        with pytest.raises(NotFoundError):
            own.confirm_shift(db_session, bob.id, planned.public_id, actor="p", now=LATER)
        with pytest.raises(services.SessionBegunError):
            own.confirm_shift(
                db_session, alice.id, planned.public_id, actor="p", now=planned.starts_at
            )

    def test_the_page(self, app, db_session, given):
        planned, _, _ = given
        planned.starts_at = clock.now() + timedelta(hours=2)
        public_id = planned.public_id
        db_session.commit()
        db.session.remove()
        as_alice = sign_in(app, cast.ALICE)
        token = {"csrf_token": csrf_token(as_alice)}

        assert "晴云女装" in as_alice.get("/shifts").text
        assert as_alice.post(f"/shifts/{public_id}/confirm", data=token).status_code == 303
        assert "已确认" in as_alice.get("/shifts").text
        assert as_alice.post(f"/shifts/{public_id}/decline", data=token).status_code == 422
        gone = as_alice.post(f"/shifts/{public_id}/decline", data=token | {"reason": "外地"})
        assert gone.status_code == 303
        assert "晴云女装" not in as_alice.get("/shifts").text
        assert as_alice.post(f"/shifts/{public_id}/confirm", data=token).status_code == 404
