"""Feeds: signed and checked by another hand, changes in their cause's transaction, tokens."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from sqlalchemy import func, select

from app.api import feeds, platform
from app.api.models import FeedChange, WebhookMessage
from app.api.webhooks import add_endpoint
from app.certification import acts
from app.certification.queries import credential
from app.certification.reasons import SuspensionReason
from app.core import clock
from app.core.db import db, transaction
from app.providers import staffing
from app.providers.models import IndicatorImport
from app.providers.months import last_complete_month
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.providers import (
    MODULES,
    employ,
    little_provider,
    publish_little_scheme,
)

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

    def test_a_demonstration_certificate_moves_nothing_in_production(
        self, app, db_session, provider, certified, person_of, settings, monkeypatch
    ):
        """The changes count whom the snapshots and the scores count."""
        monkeypatch.setitem(app.config, "SETTINGS", replace(settings, deployment="production"))

        employ(db_session, provider, person_of(cast.ALICE), now=NOON + DAY)

        assert certified.is_demo
        assert changes(db_session) == []

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
        data = {"csrf_token": csrf_token(sys), "label": "商家后台", "days": "30", "scopes": "feeds"}

        page = sys.post("/provider/feeds/tokens", data=data)

        assert page.status_code == 200
        assert platform.PREFIX in page.text
        assert "只显示这一次" not in sys.get("/provider/feeds").text
        assert sign_in(app, cast.DAVE).get("/provider/feeds").status_code == 403

    def test_the_schema_is_published(self, app):
        schema = app.test_client().get("/api/v1/feeds/schema.json").json

        assert schema["$schema"].endswith("2020-12/schema")
        assert {"sequence", "sha256", "signature", "body"} <= set(schema["properties"])


class TestReports:
    """The platform's systems report figures by a token that says so."""

    @pytest.fixture
    def reporting(self, app, db_session):
        publish_little_scheme(db_session, now=NOON)
        little_provider(db_session, "YF-7", now=NOON)
        secret = platform.make_platform_token(
            db_session,
            label="数据中台",
            days=365,
            scopes=[platform.PlatformScope.REPORTS],
            actor="person:sys",
            now=clock.now(),
        )
        db_session.commit()
        db.session.remove()
        return {"Authorization": f"Bearer {secret}"}

    def body(self, **changes):
        month = last_complete_month(clock.now())
        values = dict(zip(MODULES, ("17.5%", "2.5", "1200", "2.75%", "4"), strict=True))
        row = {"provider": "YF-7", "month": f"{month:%Y-%m}", "values": values}
        return {"source": "月报", "rows": [row]} | changes

    def test_are_taken_once_with_their_source_and_corrected_by_a_newer_one(self, app, reporting):
        client = app.test_client()
        tried = client.post("/api/v1/indicators", json=self.body(dry_run=True), headers=reporting)
        taken = client.post("/api/v1/indicators", json=self.body(), headers=reporting)
        again = client.post("/api/v1/indicators", json=self.body(), headers=reporting)

        assert tried.status_code == 200, tried.json
        assert (tried.json["taken"], tried.json["new"]) == (False, 5)
        assert (taken.json["taken"], taken.json["new"]) == (True, 5)
        assert (again.json["taken"], again.json["id"]) == (False, taken.json["id"])
        assert again.json["unchanged"] == 5
        with transaction() as session:
            held = session.get_one(IndicatorImport, taken.json["id"])
            assert held.file_name == "数据中台：月报"
            assert held.actor.startswith("platform:")

    def test_are_refused_whole_with_each_place(self, app, reporting):
        client = app.test_client()
        bad = self.body()
        bad["rows"][0]["values"][MODULES[0]] = "17.5"
        bad["rows"].append(bad["rows"][0] | {"provider": "NO-1"})
        odd = self.body()
        odd["rows"][0]["values"]["nothing"] = "1"

        refused = client.post("/api/v1/indicators", json=bad, headers=reporting)
        unknown = client.post("/api/v1/indicators", json=odd, headers=reporting)

        assert refused.status_code == 422
        wrong = {(one["row"], one["field"], one["code"]) for one in refused.json["errors"]}
        assert (1, MODULES[0], "unit_needed") in wrong
        assert (2, "provider", "unknown_provider") in wrong
        assert unknown.json["errors"][0]["field"] == "nothing"
        assert client.post("/api/v1/indicators", json={}, headers=reporting).status_code == 422
        with transaction() as session:
            assert session.scalar(select(func.count()).select_from(IndicatorImport)) == 0

    def test_a_token_for_feeds_does_not_report_and_the_other_way_round(self, app, token, reporting):
        client = app.test_client()
        feeds_only = {"Authorization": f"Bearer {token}"}

        answer = client.post("/api/v1/indicators", json=self.body(), headers=feeds_only)
        other = client.get("/api/v1/feeds/changes", headers=reporting)

        assert answer.status_code == 403
        assert other.status_code == 403
        assert "scope_missing" in other.get_data(as_text=True)
