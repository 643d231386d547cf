"""Keys: single use, sealed at rest, rotated, exported, exchanged; `flask keys`."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.certification import keys
from app.certification.models import SigningKey
from app.core.audit.models import AuditEntry
from app.core.errors import InvalidInputError, NotFoundError
from certificates.authority import to_pem
from certificates.keys import KeySet, KeyUse, thumbprint
from tests.conftest import NOON

DAY = timedelta(days=1)
ISSUER = "http://localhost/issuer"


def add(app, db_session, *new, now=NOON):
    return keys.add_keys(
        db_session, new, field_keys=app.extensions["field_keys"], actor="cli:test", now=now
    )


def open_file_key(app, db_session):
    return keys.signing_keys(db_session, app.extensions["field_keys"])


class TestAddKeys:
    @pytest.mark.both_databases
    def test_there_is_one_for_each_use_and_no_two_are_the_same(self, db_session, issuer_keys):
        rows = db_session.scalars(select(SigningKey)).all()

        assert sorted(row.use for row in rows) == ["credential", "file", "root", "status"]
        assert len({row.public_key for row in rows}) == 4
        assert keys.has_keys(db_session)

    def test_private_halves_are_sealed_and_bound_to_their_place(self, app, db_session, issuer_keys):
        field_keys = app.extensions["field_keys"]
        for row in db_session.scalars(select(SigningKey)):
            assert row.private_key.startswith("aesgcm:")
            with pytest.raises(InvalidTag):
                field_keys.decrypt(row.private_key, place="signing_key.private_key:other")

    def test_a_second_key_in_service_is_impossible(self, db_session, issuer_keys):
        first = db_session.scalar(select(SigningKey).where(SigningKey.use == "status"))
        values = {c.key: getattr(first, c.key) for c in SigningKey.__table__.columns}
        del values["id"]
        db_session.add(SigningKey(**values | {"kid": "another"}))
        with pytest.raises(IntegrityError):
            db_session.flush()

    def test_rotation_retires_the_old_one_and_publishes_both(self, app, db_session, issuer_keys):
        old = open_file_key(app, db_session).credential_kid
        fresh = keys.make_token_key(KeyUse.CREDENTIAL, now=NOON)
        add(app, db_session, fresh)

        assert open_file_key(app, db_session).credential_kid == thumbprint(
            fresh.private.public_key()
        )
        published = keys.key_set(db_session, ISSUER)
        assert published.find(old, KeyUse.CREDENTIAL).retired_at == NOON

    def test_each_act_is_in_the_audit_log(self, app, db_session, issuer_keys):
        add(app, db_session, keys.make_token_key(KeyUse.STATUS, now=NOON))

        acts = db_session.scalars(select(AuditEntry.action).where(AuditEntry.actor == "cli:test"))
        assert sorted(acts).count("key.added") == 5
        assert "key.retired" in set(db_session.scalars(select(AuditEntry.action)))

    def test_without_keys_nothing_is_signed(self, app, db_session):
        with pytest.raises(keys.KeysMissingError, match="flask keys init"):
            open_file_key(app, db_session)


class TestCompromise:
    def test_takes_it_out_of_service_and_says_so(self, app, db_session, issuer_keys):
        kid = open_file_key(app, db_session).credential_kid
        keys.compromise_key(db_session, kid, since=NOON - DAY, actor="cli:test", now=NOON)
        db_session.flush()

        with pytest.raises(keys.KeysMissingError):
            open_file_key(app, db_session)
        jwk = keys.key_set(db_session, ISSUER).find(kid, KeyUse.CREDENTIAL).to_jwk()
        assert jwk["revoked"]["revoked_at"] == int((NOON - DAY).timestamp())

    def test_of_an_unknown_key_is_refused(self, app, db_session):
        with pytest.raises(NotFoundError):
            keys.compromise_key(db_session, "x", since=NOON, actor="cli:test", now=NOON)


class TestRoot:
    def test_once_exported_it_must_come_back_to_certify(self, app, db_session, issuer_keys):
        field_keys = app.extensions["field_keys"]
        pem = keys.export_root(db_session, field_keys, "geheim", actor="cli:test", now=NOON)
        db_session.flush()

        assert b"ENCRYPTED PRIVATE KEY" in pem
        with pytest.raises(keys.RootAbsentError, match="exported"):
            keys.open_root(db_session, field_keys)
        with pytest.raises(keys.RootAbsentError, match="another root"):
            keys.open_root(db_session, field_keys, issuer_keys[1].private)
        root_key, root = keys.open_root(db_session, field_keys, issuer_keys[0].private)
        signer = keys.make_signer(root_key, root, now=NOON)
        add(app, db_session, signer)
        assert open_file_key(app, db_session).file_kid == thumbprint(signer.private.public_key())


class TestReadSigner:
    def pem(self, key, password=None):
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def test_takes_a_signer_that_another_authority_certified(self, app, db_session, issuer_keys):
        other = keys.make_keys(now=NOON)[1]
        chain = "".join(to_pem(der) for der in other.chain).encode()

        new = keys.read_signer(self.pem(other.private), chain, None)
        add(app, db_session, new)

        assert open_file_key(app, db_session).file_kid == thumbprint(other.private.public_key())

    def test_refuses_what_does_not_fit(self, fresh_keys):
        signer = fresh_keys[1]
        chain = "".join(to_pem(der) for der in signer.chain).encode()
        for key, certificates in (
            (b"rubbish", chain),
            (self.pem(signer.private), b"rubbish"),
            (self.pem(fresh_keys[2].private), chain),
            (self.pem(signer.private), to_pem(signer.chain[0]).encode()),
        ):
            with pytest.raises(InvalidInputError):
                keys.read_signer(key, certificates, None)


class TestCommands:
    @pytest.fixture
    def flask(self, app):
        runner = app.test_cli_runner()
        return lambda *arguments: runner.invoke(args=["keys", *arguments])

    def test_init_makes_keys_once(self, flask, db_session):
        first, second = flask("init"), flask("init")

        assert first.exit_code == second.exit_code == 0
        assert "export-root" in first.output
        assert "there are keys" in second.output
        assert len(db_session.scalars(select(SigningKey.id)).all()) == 4

    def test_list_and_jwks_show_no_secret(self, flask, issuer_keys):
        listed, published = flask("list"), flask("jwks")

        assert listed.output.count("active") == 3
        read = KeySet.from_jwks(json.loads(published.output))
        assert read.issuer == ISSUER
        assert '"d"' not in published.output

    def test_an_id_that_begins_with_a_dash_is_no_option(self, flask, issuer_keys):
        found = flask("compromised", "-ngJkowrQOWg7nt4s5gyQ26ue6bMHRm8EJKemLSPYgs")

        assert found.exit_code == 1
        assert "-ngJkowrQOWg7nt4s5gyQ26ue6bMHRm8EJKemLSPYgs" in found.output

    def test_rotate_and_compromised(self, flask, issuer_keys, db_session):
        old = thumbprint(issuer_keys[3].private.public_key())

        assert flask("compromised", old).exit_code == 0
        assert flask("rotate", "status").exit_code == 0

        assert f"{old}  status      until" in flask("list").output
        assert "compromised since" in flask("list").output
        assert flask("compromised", "unknown").exit_code == 1
        assert flask("compromised", old, "--since", "2999-01-01T00:00:00+00:00").exit_code == 1

    def test_the_root_leaves_and_comes_back(self, flask, issuer_keys, tmp_path):
        path = tmp_path / "root.pem"

        assert flask("export-root", str(path), "--password", "geheim").exit_code == 0
        assert flask("export-root", str(path), "--password", "geheim").exit_code == 1
        assert flask("renew-signer").exit_code == 1
        wrong = flask("renew-signer", "--root-key", str(path), "--password", "falsch")
        right = flask("renew-signer", "--root-key", str(path), "--password", "geheim")

        assert path.stat().st_mode & 0o777 == 0o600
        assert wrong.exit_code == 1
        assert "cannot be opened" in wrong.output
        assert right.exit_code == 0, right.output

    def test_import_signer(self, flask, issuer_keys, fresh_keys, tmp_path):
        signer = fresh_keys[1]
        key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
        key.write_bytes(TestReadSigner().pem(signer.private))
        chain.write_text(to_pem(signer.chain[0]))

        refused = flask("import-signer", "--key", str(key), "--chain", str(chain))

        assert refused.exit_code == 1
        assert "signer" in refused.output
