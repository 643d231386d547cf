"""Feeds: signed and checked by another hand, changes in their cause's transaction, tokens."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import jwt
import pytest
from sqlalchemy import select

from app.api import feeds, platform
from app.api.models import FeedChange, WebhookMessage
from app.api.webhooks import add_endpoint
from app.certification import acts
from app.certification.queries import credential
from app.certification.reasons import SuspensionReason
from app.core.db import transaction
from app.providers import staffing
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.providers import employ, little_provider

DAY = timedelta(days=1)


@pytest.fixture
def settings(app):
    return app.config["SETTINGS"]


@pytest.fixture
def token(app):
    with transaction() as db_session:
        return platform.make_platform_token(
            db_session, label="商家后台", days=30, actor="person:sys", now=NOON
        )


def changes(db_session):
    return [
        (one.cause, one.junior_count)
        for one in db_session.scalars(select(FeedChange).order_by(FeedChange.id))
    ]


class TestChanges:
    def test_every_move_is_a_row_and_a_message(
        self, app, db_session, provider, certified, person_of
    ):
        keys = app.extensions["field_keys"]
        add_endpoint(
            db_session, provider.id, "https://a.example/h", field_keys=keys, actor="p", now=NOON
        )
        alice = person_of(cast.ALICE)
        employment = employ(db_session, provider, alice, now=NOON + DAY)
        acts.suspend_credential(
            db_session,
            credential(db_session, certified.number, lock=True),
            reason=next(iter(SuspensionReason)),
            actor="person:c",
            second_person="person:d",
            now=NOON + 2 * DAY,
        )
        staffing.end_employment(
            db_session, employment, actor="person:a", reason="", now=NOON + 3 * DAY
        )

        assert changes(db_session) == [("employment.started", 1), ("credential.suspended", 0)]
        kinds = db_session.scalars(select(WebhookMessage.kind).order_by(WebhookMessage.id)).all()
        assert kinds.count("provider.counts_changed") == 2

    def test_what_is_rolled_back_was_never_told(
        self, app, db_session, provider, certified, person_of
    ):
        employ(db_session, provider, person_of(cast.ALICE), now=NOON + DAY)
        db_session.rollback()

        assert changes(db_session) == []

    def test_an_expiry_is_noticed_once(self, app, db_session, provider, certified, person_of):
        employ(db_session, provider, person_of(cast.ALICE), now=NOON + DAY)
        later = NOON + 4000 * DAY

        assert feeds.note_expiries(db_session, now=NOON + 2 * DAY) == 0
        assert feeds.note_expiries(db_session, now=later) == 1
        assert feeds.note_expiries(db_session, now=later) == 0
        assert changes(db_session)[-1] == ("credential.expired", 0)


class TestSnapshot:
    def test_another_librarys_hand_verifies_it(
        self, app, db_session, provider, certified, person_of, settings
    ):
        little_provider(db_session, "LX-9", now=NOON, name="=1+1")
        employ(db_session, provider, person_of(cast.ALICE), now=NOON + DAY)
        body = feeds.feed_body(db_session, settings=settings, now=NOON + DAY)
        feeds.publish_snapshot(
            db_session,
            body,
            settings=settings,
            field_keys=app.extensions["field_keys"],
            actor="person:s",
            now=NOON + DAY,
        )
        token = platform.make_platform_token(
            db_session, label="商家后台", days=30, actor="person:sys", now=NOON
        )
        db_session.commit()
        client = app.test_client()
        bearer = {"Authorization": f"Bearer {token}"}

        answer = client.get("/api/v1/feeds/providers", headers=bearer).json
        jwks = client.get("/.well-known/jwks.json").json
        kid = jwt.get_unverified_header(answer["signature"])["kid"]
        key = next(one for one in jwt.PyJWKSet.from_dict(jwks).keys if one.key_id == kid)
        claims = jwt.decode(
            answer["signature"], key, algorithms=["RS256"], options={"verify_iat": False}
        )
        text = json.dumps(answer["body"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        table = client.get("/api/v1/feeds/providers.csv", headers=bearer).text
        told = client.get("/api/v1/feeds/changes?after=0", headers=bearer).json

        assert claims["feed"] == feeds.VERSION
        assert claims["sha256"] == answer["sha256"] == hashlib.sha256(text.encode()).hexdigest()
        own = next(one for one in answer["body"]["providers"] if one["code"] == "YF-1")
        assert own["certified"] == {"junior": 1, "intermediate": 0, "senior": 0}
        assert feeds.FeedAnswer.model_validate(answer).body.last_change == told["next"] == 1
        assert ",'=1+1," in table
        assert answer["signature"] in table

    def test_one_a_night(self, app, db_session, settings, issuer_keys):
        night = NOON + timedelta(hours=16)  # 4 in the morning, Beijing

        assert not feeds.is_due(db_session, now=NOON + timedelta(hours=13))
        assert feeds.is_due(db_session, now=night)
        feeds.publish_snapshot(
            db_session,
            feeds.feed_body(db_session, settings=settings, now=night),
            settings=settings,
            field_keys=app.extensions["field_keys"],
            actor="system:t",
            now=night,
        )
        assert not feeds.is_due(db_session, now=night + timedelta(hours=3))
        assert feeds.is_due(db_session, now=night + DAY)


class TestTokens:
    PATHS = ("/api/v1/feeds/providers", "/api/v1/feeds/providers.csv", "/api/v1/feeds/changes")

    def test_without_one_with_a_wrong_one_and_with_an_ended_one(self, app, token):
        client = app.test_client()

        def status(header):
            return [client.get(path, headers=header).status_code for path in self.PATHS]

        assert status({}) == [401] * 3
        assert status({"Authorization": f"Bearer {token}x"}) == [401] * 3
        assert status({"Authorization": f"Bearer {token}"}) == [404, 404, 200]
        with transaction() as db_session:
            (one,) = platform.platform_tokens(db_session)
            platform.end_platform_token(db_session, one.public_id, actor="person:s", now=NOON)
        assert status({"Authorization": f"Bearer {token}"}) == [401] * 3

    def test_only_the_administrator_makes_one_and_sees_it_once(self, app):
        sys = sign_in(app, cast.SYS)
        data = {"csrf_token": csrf_token(sys), "label": "商家后台", "days": "30"}

        page = sys.post("/provider/feeds/tokens", data=data)

        assert page.status_code == 200
        assert platform.PREFIX in page.text
        assert "只显示这一次" not in sys.get("/provider/feeds").text
        assert sign_in(app, cast.DAVE).get("/provider/feeds").status_code == 403

    def test_the_schema_is_published(self, app):
        schema = app.test_client().get("/api/v1/feeds/schema.json").json

        assert schema["$schema"].endswith("2020-12/schema")
        assert {"sequence", "sha256", "signature", "body"} <= set(schema["properties"])
