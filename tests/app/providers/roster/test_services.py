"""Planning and giving sessions, through the services and the page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.clock import BEIJING
from app.core.errors import InvalidInputError, NotFoundError
from app.providers.roster import queries, services
from app.providers.roster.models import PlannedSession
from app.providers.roster.rules import Obstacle
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


def give(db_session, provider, planned, employment, *, now=NOON):
    services.assign(
        db_session,
        provider,
        planned.public_id,
        employment.public_id,
        include_demo=False,
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
