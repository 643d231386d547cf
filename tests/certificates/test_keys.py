import json
from datetime import timedelta

import pytest
from joserfc.jwk import KeySet as OtherKeySet

from certificates.authority import to_pem, validity_of
from certificates.errors import KeySetError
from certificates.keys import KeySet, KeyUse, check_chain, check_strength
from tests.certificates.issuer import private_key


def published(issuer) -> dict:
    return json.loads(json.dumps(issuer.keys.to_jwks()))


class TestKeySet:
    def test_is_read_back_as_it_was(self, issuer):
        read = KeySet.from_jwks(published(issuer))

        assert read.issuer == issuer.keys.issuer
        assert [key.kid for key in read.keys] == [key.kid for key in issuer.keys.keys]
        assert read.keys[0].chain == issuer.keys.keys[0].chain
        assert read.keys[1].not_before == issuer.keys.keys[1].not_before

    def test_another_library_finds_the_same_thumbprints(self, issuer):
        document = published(issuer)
        others = OtherKeySet.import_key_set(document)

        assert [key.thumbprint() for key in others] == [key["kid"] for key in document["keys"]]

    def test_a_key_serves_one_use(self, issuer):
        kid = issuer.kid(KeyUse.CREDENTIAL)

        assert issuer.keys.find(kid, KeyUse.CREDENTIAL) is not None
        assert issuer.keys.find(kid, KeyUse.STATUS) is None

    def test_has_no_private_member(self, issuer):
        for key in published(issuer)["keys"]:
            assert not set(key) & {"d", "p", "q", "dp", "dq", "qi"}

    @pytest.mark.parametrize(
        "change",
        [
            {"kid": "another"},
            {"caopan_use": "everything"},
            {"kty": "oct", "k": "AA"},
            {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
            {"n": "AQAB"},
            {"nbf": "soon"},
            {"exp": True},
            {"x5c": []},
            {"x5c": ["AAAA"]},
            {"revoked": {}},
        ],
    )
    def test_refuses_an_odd_key_and_says_which(self, issuer, change):
        document = published(issuer)
        document["keys"][0] |= change

        with pytest.raises(KeySetError, match="key 0"):
            KeySet.from_jwks(document)

    @pytest.mark.parametrize(
        "document",
        [None, [], {}, {"issuer": "x"}, {"keys": []}, {"issuer": "x", "keys": [{}] * 999}],
    )
    def test_refuses_what_is_no_key_set(self, document):
        with pytest.raises(KeySetError):
            KeySet.from_jwks(document)

    def test_a_certificate_of_another_authority_is_refused(self, issuer, stranger_issuer):
        document = published(issuer)
        document["keys"][0]["x5c"] = published(stranger_issuer)["keys"][0]["x5c"]

        with pytest.raises(KeySetError, match="another key"):
            KeySet.from_jwks(document)


class TestService:
    def test_ends_with_retirement(self, issuer):
        key = issuer.keys.keys[1]
        retired = issuer.changed(
            KeyUse.CREDENTIAL, retired_at=key.not_before + timedelta(days=5)
        ).find(key.kid, KeyUse.CREDENTIAL)

        assert key.might_sign_at(key.not_before + timedelta(days=6))
        assert not retired.might_sign_at(key.not_before + timedelta(days=6))
        assert retired.might_sign_at(key.not_before + timedelta(days=5, minutes=2))
        assert not key.might_sign_at(key.not_before - timedelta(minutes=3))


class TestChain:
    def test_leads_to_a_root(self, issuer):
        chain = issuer.keys.keys[0].chain
        public = issuer.private(KeyUse.FILE).public_key()

        check_chain(chain, public)
        with pytest.raises(KeySetError):
            check_chain(chain[:1], public)
        with pytest.raises(KeySetError):
            check_chain((), public)

    def test_a_root_of_the_same_name_is_another(self, issuer, stranger_issuer):
        leaf = issuer.keys.keys[0].chain[0]
        public = issuer.private(KeyUse.FILE).public_key()

        with pytest.raises(KeySetError):
            check_chain((leaf, stranger_issuer.root), public)

    def test_weak_keys_are_refused(self):
        with pytest.raises(KeySetError, match="1024 bits"):
            check_strength(private_key("weak", 1024).public_key())

    def test_a_root_lives_twenty_years(self, issuer):
        start, end = validity_of(issuer.root)

        assert (end - start).days == 7305
        assert to_pem(issuer.root).startswith("-----BEGIN CERTIFICATE-----")
