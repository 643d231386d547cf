"""Programs: tokens, checks once each, staff, the document; webhooks from act to receiver."""

from __future__ import annotations

import hmac
import json
from datetime import timedelta
from hashlib import sha256
from threading import Barrier, Thread

import pytest
from openapi_spec_validator import validate
from sqlalchemy import select

from app.api import calls, delivering, tokens, webhooks
from app.api.models import WebhookEndpoint, WebhookMessage
from app.api.tokens import Scope
from app.certification import acts
from app.certification import queries as certification
from app.certification.reasons import RevocationReason
from app.checks import services as checks
from app.checks.models import CheckQuota
from app.core import clock
from app.core.db import db, transaction
from tests import cast
from tests.app.api.test_sending import Receiver, receiver  # noqa: F401 - a fixture
from tests.conftest import NOON, csrf_token, make_settings, sign_in
from tests.factories.providers import employ

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KEY = {"Idempotency-Key": "call-0001"}


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def token(db_session, provider) -> dict[str, str]:
    """The header of a token that may do everything."""
    return bearer(db_session, provider, *Scope)


def bearer(db_session, provider, *scopes) -> dict[str, str]:
    secret = tokens.make_token(
        db_session, provider.id, label="ERP", scopes=scopes, days=30, actor="person:d", now=NOON
    )
    db_session.commit()
    return {"Authorization": f"Bearer {secret}"}


def ask(client, headers, *pairs):
    body = {"pairs": [{"number": number, "name": name} for number, name in pairs]}
    return client.post("/api/v1/verifications", json=body, headers=headers)


class TestVerifications:
    def test_answers_each_pair_in_its_place(self, stranger, token, certified):
        number = certified.number

        answer = ask(stranger, token | KEY, (number, "Alice"), ("x", "y"), (number, "Bob"))

        assert answer.status_code == 200, answer.text
        results = answer.json["results"]
        assert [one["verdict"] for one in results] == ["valid", "malformed_number", "repeated_row"]
        assert results[0]["level"] == "junior"
        calls.VerificationAnswer.model_validate(answer.json)

    def test_a_repeated_key_is_answered_as_before(
        self, db_session, stranger, token, certified, monkeypatch
    ):
        monkeypatch.setattr(checks, "PAIRS_A_DAY", 1)
        first = ask(stranger, token | KEY, (certified.number, "Alice"))
        monkeypatch.setattr(clock, "now", lambda: NOON + HOUR)

        again = ask(stranger, token | KEY, (certified.number, "Alice"))

        assert again.json == first.json  # and the quota of one was not taken twice
        other = ask(stranger, token | KEY, (certified.number, "Bob"))
        assert (other.status_code, other.json["type"]) == (422, "idempotency_key_reused")
        fresh = ask(stranger, token | {"Idempotency-Key": "call-0002"}, ("x", "y"))
        assert (fresh.status_code, fresh.json["type"]) == (429, "check_quota")

    @pytest.mark.both_databases
    def test_two_calls_with_one_key_at_once_are_one(self, app, db_session, provider, certified):
        caller = tokens.Caller(provider.id, "t", "token:t")
        asked = calls.VerificationRequest(pairs=[calls.Pair(number=certified.number, name="Alice")])
        barrier, told = Barrier(2), []

        def call() -> None:
            with app.app_context():
                barrier.wait()
                with transaction() as writing:
                    told.append(calls.verify(writing, caller, asked, key="k" * 8, now=NOON))
                db.session.remove()

        threads = [Thread(target=call) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(told) == 2
        assert told[0] == told[1]
        assert db_session.scalars(select(CheckQuota.pair_count)).all() == [1]

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({}, 422),
            ({"pairs": []}, 422),
            ({"pairs": [{"number": "x"}]}, 422),
            ({"pairs": [{"number": 1, "name": "x"}]}, 422),
            ({"pairs": [{"number": "x", "name": "y", "z": 1}]}, 422),
            ({"pairs": [{"number": "x", "name": "y"}] * 501}, 422),
            ([], 400),
        ],
        ids=["nothing", "none", "no_name", "number", "more", "501", "list"],
    )
    def test_refuses_what_it_does_not_understand(self, stranger, token, body, status):
        answer = stranger.post("/api/v1/verifications", json=body, headers=token | KEY)

        assert answer.status_code == status
        assert status == 400 or answer.json["errors"][0]["field"]

    def test_needs_a_key(self, stranger, token):
        assert ask(stranger, token, ("x", "y")).status_code == 400


class TestTokens:
    def test_a_call_without_a_token_that_runs_is_refused(
        self, db_session, stranger, provider, token, monkeypatch
    ):
        wrong = {"Authorization": token["Authorization"] + "x"}

        for headers in ({}, wrong, {"Authorization": "Basic x"}):
            refused = ask(stranger, headers | KEY, ("x", "y"))
            assert (refused.status_code, refused.json["type"]) == (401, "token_refused")
            assert refused.headers["WWW-Authenticate"] == "Bearer"
        monkeypatch.setattr(clock, "now", lambda: NOON + 30 * DAY)
        assert ask(stranger, token | KEY, ("x", "y")).status_code == 401

    def test_allows_its_scopes_alone(self, db_session, stranger, provider):
        headers = bearer(db_session, provider, Scope.STAFF)

        assert stranger.get("/api/v1/staff", headers=headers).status_code == 200
        assert ask(stranger, headers | KEY, ("x", "y")).json["type"] == "scope_missing"

    def test_a_sign_in_is_no_token(self, app, provider):
        client = sign_in(app, cast.DAVE)

        assert client.get("/api/v1/staff").status_code == 401

    def test_a_manager_makes_and_ends_one(self, app, db_session, stranger, provider, rival):
        client = sign_in(app, cast.DAVE)
        form = csrf_token(client)
        data = {"csrf_token": form, "label": "ERP", "scopes": ["staff"], "days": "30"}

        page = client.post("/provider/api/tokens", data=data)

        secret = page.text.partition("<code>")[2].partition("</code>")[0]
        headers = {"Authorization": f"Bearer {secret}"}
        assert stranger.get("/api/v1/staff", headers=headers).status_code == 200
        assert secret not in client.get("/provider/api").text
        (made,) = tokens.tokens_of(db_session, provider.id)
        url = f"/provider/api/tokens/{made.public_id}/end"
        db_session.rollback()
        erin = sign_in(app, cast.ERIN)
        own = {"csrf_token": csrf_token(erin)}
        assert erin.post(url, data=own).status_code == 404
        client.post(url, data={"csrf_token": form})
        assert stranger.get("/api/v1/staff", headers=headers).status_code == 401


class TestStaff:
    def test_is_the_callers_own(self, db_session, stranger, provider, rival, certified, person_of):
        employ(db_session, provider, person_of(cast.ALICE), now=NOON)
        own, other = (bearer(db_session, one, Scope.STAFF) for one in (provider, rival))

        told = stranger.get("/api/v1/staff", headers=own).json

        calls.StaffAnswer.model_validate(told)
        assert [one["number"] for one in told["staff"]] == [certified.number]
        assert told["certified"]["junior"] == 1
        assert stranger.get("/api/v1/staff", headers=other).json["staff"] == []


class TestOpenApi:
    def test_is_a_valid_document_of_every_route_below_its_prefix(self, app, stranger):
        told = stranger.get("/api/v1/openapi.json").json

        validate(told)
        below = {rule.rule for rule in app.url_map.iter_rules() if "/api/v1/" in rule.rule}
        assert len(told["paths"]) == len(below)
        asked = told["paths"]["/api/v1/verifications"]["post"]
        assert asked["security"] == [{"token": ["verifications"]}]
        assert {"200", "401", "403", "422", "429"} <= set(asked["responses"])
        assert told["paths"]["/api/v1/credentials/{number}"]["get"]["security"] == []


@pytest.fixture
def told(app, db_session, provider, certified, person_of, receiver):  # noqa: F811 - the fixture
    """Alice works for Dave's provider, which wants to be told."""
    employ(db_session, provider, person_of(cast.ALICE), now=NOON)
    endpoint, secret = webhooks.add_endpoint(
        db_session,
        provider.id,
        receiver.url,
        field_keys=app.extensions["field_keys"],
        actor="person:d",
        now=NOON,
    )
    db_session.commit()
    return endpoint.public_id, secret, provider.id


def revoke(db_session, number):
    acts.revoke_credential(
        db_session,
        certification.credential(db_session, number, lock=True),
        reason=RevocationReason.CHEATING,
        actor="person:a",
        second_person="person:b",
        now=NOON,
    )


def deliver(app, at=NOON):
    settings = make_settings(app.config["SETTINGS"].instance_dir, webhook_hosts=("127.0.0.1",))
    return delivering.deliver_waiting(settings, app.extensions["field_keys"], now=at)


def is_signed(got, secret) -> bool:
    headers, body = got
    moment, *marks = headers["Caopan-Signature"].split(",")
    signed = moment.removeprefix("t=").encode() + b"." + body
    return f"v1={hmac.new(secret.encode(), signed, sha256).hexdigest()}" in marks


class TestWebhooks:
    @pytest.mark.both_databases
    def test_a_revocation_reaches_the_holders_provider_signed(
        self,
        app,
        db_session,
        told,
        certified,
        receiver,  # noqa: F811
    ):
        revoke(db_session, certified.number)
        db_session.commit()

        assert deliver(app) == 2

        (headers, body), (_, counts) = receiver.got
        message = json.loads(body)
        assert message["type"] == "credential.revoked"
        assert json.loads(counts)["type"] == "provider.counts_changed"
        assert json.loads(counts)["data"]["certified"]["junior"] == 0
        assert message["data"]["number"] == certified.number
        assert "reason" not in message["data"]
        assert headers["Caopan-Message"] == message["id"]
        assert is_signed((headers, body), told[1])
        assert deliver(app, NOON + DAY) == 0

    def test_what_is_rolled_back_is_never_told(self, app, db_session, told, certified, receiver):  # noqa: F811
        revoke(db_session, certified.number)
        db_session.rollback()

        assert deliver(app) == 0
        assert receiver.got == []

    def test_is_sent_again_ever_later_and_then_given_up(
        self,
        app,
        db_session,
        told,
        certified,
        receiver,  # noqa: F811
    ):
        endpoint = webhooks.endpoint_of(db_session, told[0], told[2])
        webhooks.tell_test(db_session, endpoint, now=NOON)
        db_session.commit()
        receiver.answers = [500] * 8
        at = NOON
        for tries, pause_s in enumerate((0, *delivering.PAUSES_S), 1):
            assert deliver(app, at + timedelta(seconds=pause_s - 1)) == 0  # not due yet
            at += timedelta(seconds=pause_s)
            assert deliver(app, at) == 0
            assert len(receiver.got) == tries
        message = db_session.scalars(select(WebhookMessage)).one()

        assert (message.given_up_at, message.last_failure) == (at, "status_500")
        assert len({body for _, body in receiver.got}) == 1

    def test_both_secrets_sign_for_a_day(self, app, told, receiver):  # noqa: F811
        public_id, old, provider_id = told
        with transaction() as writing:
            new = webhooks.rotate_secret(
                writing,
                webhooks.endpoint_of(writing, public_id, provider_id, lock=True),
                field_keys=app.extensions["field_keys"],
                actor="person:d",
                now=NOON,
            )
        for at in (NOON, NOON + DAY):
            with transaction() as writing:
                endpoint = webhooks.endpoint_of(writing, public_id, provider_id)
                webhooks.tell_test(writing, endpoint, now=at)
            deliver(app, at)

        during, after = receiver.got
        assert (is_signed(during, new), is_signed(during, old)) == (True, True)
        assert (is_signed(after, new), is_signed(after, old)) == (True, False)

    def test_an_expiry_is_told_once(self, app, db_session, told, certified, receiver):  # noqa: F811
        month_before = certified.expires_at - 31 * DAY

        assert webhooks.tell_expiring(db_session, include_demo=True, now=NOON) == 0
        assert webhooks.tell_expiring(db_session, include_demo=True, now=month_before) == 1
        assert webhooks.tell_expiring(db_session, include_demo=True, now=month_before + DAY) == 0
        db_session.commit()
        deliver(app, month_before)
        assert json.loads(receiver.got[0][1])["data"]["days_left"] == 30

    def test_a_provider_that_the_holder_left_is_not_told(
        self, app, db_session, provider, rival, certified
    ):
        webhooks.add_endpoint(
            db_session,
            rival.id,
            "https://x.example.cn",
            field_keys=app.extensions["field_keys"],
            actor="person:e",
            now=NOON,
        )
        revoke(db_session, certified.number)

        assert db_session.scalars(select(WebhookMessage)).all() == []

    def test_secrets_are_sealed_in_the_table(self, db_session, told):
        row = db_session.scalars(select(WebhookEndpoint)).one()

        assert told[1] not in row.secret

    def test_a_manager_adds_tries_and_removes_one(self, app, provider):
        client = sign_in(app, cast.DAVE)
        form = {"csrf_token": csrf_token(client)}

        bad = client.post("/provider/api/webhooks", data={**form, "url": "ftp://x"})
        assert bad.status_code == 422
        page = client.post("/provider/api/webhooks", data={**form, "url": "https://x.example.cn/h"})
        assert "whsec_" in page.text
        with transaction() as db_session:
            public_id = db_session.scalars(select(WebhookEndpoint.public_id)).one()
        url = f"/provider/api/webhooks/{public_id}"
        assert client.post(f"{url}/test", data=form).status_code == 303
        assert "测试消息" in client.get("/provider/api").text
        assert client.post(f"{url}/end", data=form).status_code == 303
        assert client.post(f"{url}/test", data=form).status_code == 404
