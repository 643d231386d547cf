"""Objections by a provider's program, applications for the platform's systems."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.api import platform
from app.api.tokens import Scope, make_token
from app.core import clock
from app.core.db import db, transaction
from app.providers.admission import services as admission
from app.providers.models import ProviderField
from app.providers.months import last_complete_month, month_before
from app.providers.objections.models import ScoreObjection
from app.providers.rules import snapshots
from tests import cast
from tests.factories.providers import MIDDLING, MODULES, publish_little_scheme, report

FILE = {"name": "对账单.pdf", "size_bytes": 4, "sha256": "ab" * 32}


def bearer(secret, key="objection-1"):
    return {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}


@pytest.fixture
def tokens(app, db_session, provider, rival, person_of):
    """Dave's tokens for objections and for staff, and Erin's; last month is settled."""
    now = clock.now()
    month = month_before(last_complete_month(now))
    publish_little_scheme(db_session, now=now)
    report(db_session, ("YF-1", month, MIDDLING), ("LX-2", month, MIDDLING), now=now)
    snapshots.settle_month(db_session, month, now=now, include_demo=True)
    dave = f"person:{person_of(cast.DAVE).public_id}"

    def made(owner, scope):
        return make_token(
            db_session, owner.id, label="ERP", scopes=[scope], days=30, actor=dave, now=now
        )

    out = (
        made(provider, Scope.OBJECTIONS),
        made(provider, Scope.STAFF),
        made(rival, Scope.OBJECTIONS),
    )
    db_session.commit()
    db.session.remove()
    return out


def body(**changes):
    return {
        "month": f"{month_before(last_complete_month(clock.now())):%Y-%m}",
        "column": MODULES[0],
        "claimed": "20%",
        "reason": "平台对账单上是百分之二十",
        "files": [FILE],
    } | changes


class TestObjections:
    def test_one_is_filed_once_and_taken_back_once(self, app, tokens, person_of):
        client, (own, _, rival) = app.test_client(), tokens

        made = client.post("/api/v1/objections", json=body(), headers=bearer(own))
        assert made.status_code == 200, made.json
        again = client.post("/api/v1/objections", json=body(), headers=bearer(own))
        other = client.post("/api/v1/objections", json=body(claimed="21%"), headers=bearer(own))
        second = client.post("/api/v1/objections", json=body(), headers=bearer(own, "objection-2"))
        path = f"/api/v1/objections/{made.json['id']}/withdraw"
        foreign = client.post(path, headers=bearer(rival))
        back = client.post(path, headers=bearer(own, "withdraw-1"))
        twice = client.post(path, headers=bearer(own, "withdraw-1"))
        late = client.post(path, headers=bearer(own, "withdraw-2"))
        listed = client.get("/api/v1/objections", headers=bearer(own)).json["objections"]

        assert (made.json["state"], made.json["claimed"], made.json["unit"]) == (
            "open",
            "20",
            "percent",
        )
        assert made.json["files"] == [FILE]
        assert again.json == made.json
        assert (other.status_code, other.json["type"]) == (422, "idempotency_key_reused")
        assert (second.status_code, second.json["type"]) == (409, "objection_open")
        assert foreign.status_code == 404
        assert twice.json == back.json
        assert (late.status_code, late.json["type"]) == (409, "objection_closed")
        assert [(one["id"], one["state"]) for one in listed] == [(made.json["id"], "withdrawn")]
        assert client.get("/api/v1/objections", headers=bearer(rival)).json["objections"] == []
        with transaction() as session:
            filed_by = session.scalars(select(ScoreObjection.filed_by)).one()
        assert filed_by == f"person:{person_of(cast.DAVE).public_id}"

    def test_what_is_wrong_is_said_with_its_place_and_changes_nothing(self, app, tokens):
        client, (own, staff, _) = app.test_client(), tokens

        def answer(key, secret=own, **changes):
            page = client.post(
                "/api/v1/objections", json=body(**changes), headers=bearer(secret, key)
            )
            errors = page.json.get("errors") or [{"field": page.json["type"]}]
            return page.status_code, errors[0]["field"]

        assert answer("wrong-unit", claimed="20") == (422, "claimed")
        assert answer("wrong-month", month="heute") == (422, "month")
        assert answer("wrong-file", files=[FILE | {"sha256": "x"}]) == (422, "files.0.sha256")
        assert answer("wrong-column", column="nothing")[0] == 404
        assert answer("not-settled", month="2020-01") == (409, "objection_not_settled")
        assert answer("no-scope", staff) == (403, "scope_missing")
        assert answer("no-token", "cpt_x") == (401, "token_refused")
        keyless = {"Authorization": f"Bearer {own}"}
        assert client.post("/api/v1/objections", json=body(), headers=keyless).status_code == 400
        with transaction() as session:
            assert session.scalar(select(func.count()).select_from(ScoreObjection)) == 0


class TestApplications:
    def test_the_platform_reads_them_by_a_token_that_says_so(self, app, db_session, person_of):
        now = clock.now()
        draft = admission.Draft(
            name="新帆互动",
            city="杭州",
            field=ProviderField.MCN,
            introduction="服务女装商家三年",
            declared={"served-merchants": Decimal(10)},
            numbers=["CPS1-26-3333333333-3"],
        )
        made = admission.apply(db_session, person_of(cast.BOB).id, draft, now=now)
        admission.decide(
            db_session,
            made,
            admit=False,
            reason="材料不全",
            include_demo=True,
            actor="person:carol",
            now=now + timedelta(hours=1),
        )
        scopes = platform.PlatformScope
        reader, feeds = (
            platform.make_platform_token(
                db_session, label="招商", days=30, scopes=[one], actor="person:sys", now=now
            )
            for one in (scopes.APPLICATIONS, scopes.FEEDS)
        )
        db_session.commit()
        db.session.remove()
        client = app.test_client()

        def read(secret, query=""):
            header = {"Authorization": f"Bearer {secret}"}
            return client.get(f"/api/v1/applications{query}", headers=header)

        answer = read(reader).json
        (one,) = answer["applications"]

        assert (one["name"], one["state"], one["provider"]) == ("新帆互动", "open", None)
        assert one["declared"] == {"served-merchants": "10"}
        assert [(row["verdict"], row["reason"]) for row in one["verdicts"]] == [
            ("decline", "材料不全")
        ]
        assert "carol" not in str(answer)
        assert answer["next"] == one["sequence"]
        after = read(reader, f"?after={answer['next']}").json
        assert after == {"applications": [], "next": one["sequence"]}
        assert read(feeds).status_code == 403
        assert read(reader, "?after=x").status_code == 422
