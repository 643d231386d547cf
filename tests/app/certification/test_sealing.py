"""Sealed files: signed once, drawn again the same, resumable; what verifiers fetch."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from sqlalchemy import text

from app.certification import files, keys, queries, sealing, status_lists
from app.certification.models import CredentialRecord
from app.core import clock
from certificates.keys import KeySet, KeyUse
from certificates.status_lists import StatusPurpose
from certificates.verdicts import Answer, Aspect
from certificates.verification import examine
from tests.app.certification.test_acts import reinstate, revoke, supersede, suspend
from tests.conftest import NOON
from tests.factories.certification import certify, little_programme, publish_little_programme

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def moment(monkeypatch):
    held = {"now": NOON + DAY}
    monkeypatch.setattr(clock, "now", lambda: held["now"])
    return held


def pdf_of(client, record) -> bytes:
    answer = client.get(f"/certificates/{record.number}.pdf")
    assert answer.status_code == 200, answer.text
    return answer.data


def key_set_of(client) -> KeySet:
    return KeySet.from_jwks(client.get("/.well-known/jwks.json").json)


def lists_of(client, record) -> list[str]:
    return [client.get(f"/status/{record.status_list}/{purpose}").text for purpose in StatusPurpose]


class TestFileOf:
    def test_a_stranger_with_keys_and_lists_verifies_it_without_us(
        self, as_alice, stranger, certified
    ):
        data = pdf_of(as_alice, certified)

        found = examine(
            data,
            key_set_of(stranger),
            at=NOON + DAY,
            status_lists=lists_of(stranger, certified),
            name="Alice",
        )

        assert found.answer is Answer.YES
        assert found.facts.number == certified.number
        assert found.facts.is_demo

    def test_it_stays_the_same_file_when_every_key_was_rotated(
        self, app, as_alice, db_session, certified
    ):
        first = pdf_of(as_alice, certified)
        root, chain = keys.open_root(db_session, app.extensions["field_keys"])
        fresh = [
            keys.make_signer(root, chain, now=NOON + DAY),
            keys.make_token_key(KeyUse.CREDENTIAL, now=NOON + DAY),
        ]
        keys.add_keys(
            db_session,
            fresh,
            field_keys=app.extensions["field_keys"],
            actor="cli:test",
            now=NOON + DAY,
        )
        db_session.commit()

        assert pdf_of(as_alice, certified) == first
        found = examine(first, key_set_of(as_alice), at=NOON + 2 * DAY)
        assert found.finding(Aspect.FILE).answer is Answer.YES
        assert found.finding(Aspect.CREDENTIAL).answer is Answer.YES

    def test_two_first_drawings_give_one_file(self, app, db_session, certified):
        settings, field_keys = app.config["SETTINGS"], app.extensions["field_keys"]
        record = queries.credential(db_session, certified.number)
        ring = keys.signing_keys(db_session, field_keys)
        printout = files.printout_of(record)
        other = files.draw_first(printout, settings.fonts_dir, ring)
        files.register_file(
            db_session, record, files.DrawnFile(other.data, other.imprint), now=NOON
        )
        db_session.commit()

        _, drawn = sealing.file_of(record, settings=settings, field_keys=field_keys, now=NOON)

        assert drawn.data == other.data

    def test_without_keys_it_says_to_come_back_and_registers_nothing(
        self, app, as_alice, db_session, certified
    ):
        kid = keys.signing_keys(db_session, app.extensions["field_keys"]).credential_kid
        keys.compromise_key(db_session, kid, since=NOON, actor="cli:test", now=NOON)
        db_session.commit()

        answer = as_alice.get(f"/certificates/{certified.number}.pdf")

        assert answer.status_code == 503
        assert "证书签名密钥还没有建立" in answer.text
        assert queries.fingerprint_or_none(db_session, certified.id) is None

    def test_a_certificate_of_before_there_were_signatures_stays_as_it_was(
        self, app, db_session, certified
    ):
        snapshot = {k: v for k, v in certified.snapshot.items() if k != "salt"}
        old = snapshot | {"format": "caopan-credential-1", "template_version": 1}
        certified.snapshot = old  # detached: the stored row stays
        printout = files.printout_of(certified)

        drawn = files.draw_first(
            printout,
            app.config["SETTINGS"].fonts_dir,
            keys.signing_keys(db_session, app.extensions["field_keys"]),
        )

        assert not printout.is_sealed
        assert drawn.imprint is None
        assert b"/ByteRange" not in drawn.data


class TestSealWaiting:
    def test_seals_what_waits_and_goes_on_where_it_ended(
        self, app, db_session, alice_id, certified
    ):
        other = little_programme(id="other")
        publish_little_programme(db_session, other, now=NOON)
        certify(app, db_session, alice_id, other, at=NOON)
        db_session.commit()
        settings, field_keys = app.config["SETTINGS"], app.extensions["field_keys"]

        first = sealing.seal_waiting(settings, field_keys, now=NOON, at_most=1)
        waiting = sealing.waiting_numbers(db_session, 10)
        second = sealing.seal_waiting(settings, field_keys, now=NOON)
        third = sealing.seal_waiting(settings, field_keys, now=NOON)

        assert (first, len(waiting), second, third) == (1, 1, 1, 0)

    def test_a_damaged_record_holds_nobody_up(self, app, db_session, alice_id, certified):
        other = little_programme(id="other")
        publish_little_programme(db_session, other, now=NOON)
        certify(app, db_session, alice_id, other, at=NOON)
        db_session.execute(text("DROP TRIGGER credential_record_no_update"))
        db_session.query(CredentialRecord).filter_by(id=certified.id).update({"snapshot": {}})
        db_session.commit()
        settings, field_keys = app.config["SETTINGS"], app.extensions["field_keys"]

        assert sealing.seal_waiting(settings, field_keys, now=NOON) == 1
        assert sealing.waiting_numbers(db_session, 10) == [certified.number]

    def test_without_fonts_waits(self, app, db_session, certified, tmp_path):
        settings = replace(app.config["SETTINGS"], fonts_dir=tmp_path / "none")

        assert sealing.seal_waiting(settings, app.extensions["field_keys"], now=NOON) == 0

    def test_without_keys_waits(self, app, db_session, alice_id, programme):
        certify(app, db_session, alice_id, programme, at=NOON)
        db_session.commit()
        settings, field_keys = app.config["SETTINGS"], app.extensions["field_keys"]

        assert sealing.seal_waiting(settings, field_keys, now=NOON) == 0


class TestCredentialFile:
    def test_is_the_one_in_the_pdf_and_an_independent_library_takes_it(
        self, as_alice, stranger, certified
    ):
        answer = as_alice.get(f"/certificates/{certified.number}.jwt")
        published = stranger.get("/.well-known/jwks.json").text
        key = jwt.PyJWKSet.from_dict(json.loads(published))[
            jwt.get_unverified_header(answer.text)["kid"]
        ]

        claims = jwt.decode(
            answer.text,
            key,
            algorithms=["RS256"],
            issuer="http://localhost/issuer",
            options={"verify_exp": False, "verify_nbf": False},
        )

        assert answer.mimetype == "application/vc+jwt"
        assert claims["jti"] == f"http://localhost/v/{certified.number}"
        assert "Alice" not in json.dumps(claims)

    def test_of_somebody_else_is_not_found(self, as_bob, certified):
        assert as_bob.get(f"/certificates/{certified.number}.jwt").status_code == 404

    def test_is_refused_once_revoked(self, as_alice, db_session, certified):
        revoke(db_session, certified, NOON + DAY)
        db_session.commit()

        assert as_alice.get(f"/certificates/{certified.number}.jwt").status_code == 409


class TestStatusLists:
    def verdicts(self, as_alice, certified, at) -> tuple[Answer, Answer]:
        # The credential of a moment before: what a holder has in hand.
        found = examine(
            self.token,
            key_set_of(as_alice),
            at=at,
            status_lists=lists_of(as_alice, certified),
        )
        return found.finding(Aspect.REVOCATION).answer, found.finding(Aspect.SUSPENSION).answer

    @pytest.fixture(autouse=True)
    def _token(self, as_alice, certified):
        self.token = as_alice.get(f"/certificates/{certified.number}.jwt").data

    def test_change_with_the_commit(self, as_alice, db_session, certified, moment):
        at = moment["now"]
        good = self.verdicts(as_alice, certified, at)
        suspend(db_session, certified, at)
        db_session.commit()
        suspended = self.verdicts(as_alice, certified, at)
        reinstate(db_session, certified, at)
        db_session.commit()
        reinstated = self.verdicts(as_alice, certified, at)
        revoke(db_session, certified, at)
        db_session.commit()
        revoked = self.verdicts(as_alice, certified, at)

        assert good == reinstated == (Answer.YES, Answer.YES)
        assert suspended == (Answer.YES, Answer.NO)
        assert revoked == (Answer.NO, Answer.YES)

    def test_a_suspension_ends_by_itself_within_the_hour(
        self, as_alice, db_session, certified, moment
    ):
        at = moment["now"]
        suspend(db_session, certified, at, until_at=at + timedelta(minutes=10))
        db_session.commit()
        during = self.verdicts(as_alice, certified, at)
        moment["now"] = at + timedelta(minutes=10)
        after = self.verdicts(as_alice, certified, moment["now"])

        assert during == (Answer.YES, Answer.NO)
        assert after == (Answer.YES, Answer.YES)

    def test_a_replaced_credential_counts_as_revoked(
        self, app, as_alice, db_session, alice_id, certified, moment
    ):
        other = little_programme(id="other")
        publish_little_programme(db_session, other, now=NOON)
        successor = certify(app, db_session, alice_id, other, at=NOON)
        supersede(db_session, certified, successor, moment["now"])
        db_session.commit()

        assert self.verdicts(as_alice, certified, moment["now"])[0] is Answer.NO

    def test_are_signed_anew_each_hour_and_kept_in_between(self, as_alice, certified, moment):
        path = f"/status/{certified.status_list}/revocation"
        moment["now"] = NOON
        first = as_alice.get(path)
        moment["now"] = NOON + timedelta(minutes=59)
        same = as_alice.get(path, headers={"If-None-Match": first.headers["ETag"]})
        moment["now"] = NOON + timedelta(minutes=60)
        later = as_alice.get(path)

        assert same.status_code == 304
        assert later.status_code == 200
        assert later.text != first.text
        assert "public" in first.headers["Cache-Control"]
        assert first.headers["Access-Control-Allow-Origin"] == "*"

    @pytest.mark.parametrize(
        "path", ["/status/0/revocation", "/status/9/revocation", "/status/1/x"]
    )
    def test_others_are_not_found(self, stranger, certified, path):
        assert stranger.get(path).status_code == 404

    def test_places_do_not_tell_the_order(self, app, db_session, alice_id, certified):
        other = little_programme(id="other")
        publish_little_programme(db_session, other, now=NOON)
        second = certify(app, db_session, alice_id, other, at=NOON)

        assert second.status_list == certified.status_list == 1
        assert second.status_index != certified.status_index + 1
        assert status_lists.list_number_for(db_session) == 1


class TestPublished:
    def test_profile_and_achievement_are_where_the_credential_says(
        self, as_alice, stranger, certified
    ):
        token = as_alice.get(f"/certificates/{certified.number}.jwt").text
        claims = jwt.decode(token, options={"verify_signature": False})
        for address in (claims["issuer"]["id"], claims["credentialSubject"]["achievement"]["id"]):
            answer = stranger.get(address.removeprefix("http://localhost"))
            assert answer.status_code == 200
            assert answer.json["id"] == address
        assert stranger.get("/achievements/operator-master").status_code == 404

    def test_the_root_is_given_as_pem(self, stranger, issuer_keys):
        answer = stranger.get("/issuer/root.pem")

        assert answer.text.startswith("-----BEGIN CERTIFICATE-----")

    def test_without_keys_there_is_no_root(self, stranger, app):
        assert stranger.get("/issuer/root.pem").status_code == 404
        assert stranger.get("/.well-known/jwks.json").json["keys"] == []
