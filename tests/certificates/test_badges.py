import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest

from certificates.badges import agrees, badge_claims, read_badge
from certificates.errors import CredentialError, TokenError
from certificates.levels import Level
from tests.certificates.issuer import BASE, PLACE


@pytest.fixture
def claims(issuer, make_credential):
    return issuer.claims(make_credential("古丽米热·买买提"))


class TestBadgeClaims:
    def test_are_those_of_open_badges_3(self, make_credential):
        credential = make_credential(level=Level.SENIOR)
        claims = badge_claims(credential, PLACE, BASE)
        subject = claims["credentialSubject"]

        assert claims["@context"][0] == "https://www.w3.org/ns/credentials/v2"
        assert claims["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
        assert claims["id"] == f"{BASE}/v/{credential.number}"
        assert claims["validFrom"] == "2026-11-21T04:00:00Z"
        assert claims["validUntil"] == "2027-11-20T15:59:59Z"  # the last second in Beijing
        assert subject["achievement"]["achievementType"] == "Certification"
        assert subject["achievement"]["humanCode"] == "CPS3"
        described = {one["id"] for one in subject["achievement"]["resultDescription"]}
        assert {one["resultDescription"] for one in subject["result"]} == described
        assert {one["statusPurpose"] for one in claims["credentialStatus"]} == {
            "revocation",
            "suspension",
        }

    def test_mirror_the_credential(self, claims):
        assert claims["iss"] == claims["issuer"]["id"]
        assert claims["sub"] == claims["credentialSubject"]["id"]
        assert claims["jti"] == claims["id"]
        assert claims["sub"].startswith("urn:uuid:")

    def test_an_independent_library_verifies_the_token(self, issuer, make_credential, now):
        credential = make_credential()
        token = issuer.token(credential)
        key = jwt.PyJWKSet.from_dict(json.loads(json.dumps(issuer.keys.to_jwks())))[
            jwt.get_unverified_header(token)["kid"]
        ]

        read = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=f"{BASE}/issuer",
            options={"verify_exp": False, "verify_nbf": False},
        )

        assert read["id"].endswith(credential.number)

    def test_hold_the_name_only_as_a_hash(self, make_credential):
        credential = make_credential("古丽米热·买买提", "Gulmira")
        claims = badge_claims(credential, PLACE, BASE)
        text = json.dumps(claims, ensure_ascii=False)
        identity = claims["credentialSubject"]["identifier"][0]
        expected = hashlib.sha256(f"古丽米热·买买提{identity['salt']}".encode()).hexdigest()

        assert "古丽米热" not in text
        assert "Gulmira" not in text
        assert credential.salt not in text
        assert identity["identityHash"] == f"sha256${expected}"

    def test_salt_and_subject_are_those_of_one_credential(self, make_credential):
        one = badge_claims(make_credential(), PLACE, BASE)
        other = badge_claims(make_credential(salt="77" * 32), PLACE, BASE)

        assert one == badge_claims(make_credential(), PLACE, BASE)
        assert one["sub"] != other["sub"]
        assert (
            one["credentialSubject"]["identifier"][0]["salt"]
            != other["credentialSubject"]["identifier"][0]["salt"]
        )

    def test_a_demonstration_says_so(self, make_credential):
        text = json.dumps(badge_claims(make_credential(is_demo=True), PLACE, BASE))

        assert "DEMONSTRATION" in text
        assert "DEMONSTRATION" not in json.dumps(badge_claims(make_credential(), PLACE, BASE))

    def test_need_a_salt(self, make_credential):
        with pytest.raises(CredentialError, match="salt"):
            badge_claims(make_credential(salt=None), PLACE, BASE)


class TestReadBadge:
    def test_reads_what_was_written(self, make_credential, claims):
        credential = make_credential("古丽米热·买买提")
        facts = read_badge(claims)

        assert facts.number == credential.number
        assert facts.valid_until == credential.valid_until
        assert facts.expires_at == credential.expires_at
        assert facts.is_named("古丽米热·买买提")
        assert not facts.is_named("古丽米热")
        assert facts.places["revocation"] == (f"{BASE}/status/1/revocation", PLACE.index)
        assert agrees(facts, credential)

    @pytest.mark.parametrize("name", ["iss", "sub", "jti", "nbf", "exp"])
    def test_refuses_claims_that_do_not_mirror(self, claims, name):
        claims[name] = claims[name] + 1 if isinstance(claims[name], int) else claims[name] + "x"

        with pytest.raises(TokenError):
            read_badge(claims)

    @pytest.mark.parametrize(
        "name",
        [
            "id",
            "type",
            "issuer",
            "validFrom",
            "validUntil",
            "credentialSubject",
            "credentialStatus",
        ],
    )
    @pytest.mark.parametrize("value", [None, [], {}, "x", 3])
    def test_refuses_odd_members(self, claims, name, value):
        with pytest.raises(TokenError):
            read_badge({**claims, name: value})

    def test_refuses_a_missing_member(self, claims):
        for name in claims:
            if name in ("@context", "name"):
                continue
            with pytest.raises(TokenError):
                read_badge({key: value for key, value in claims.items() if key != name})


class TestAgrees:
    @pytest.mark.parametrize(
        "change",
        [
            {"holder_name": "李四"},
            {"is_demo": True},
            {"issued_at": timedelta(seconds=1)},
            {"theory_points": "add"},
        ],
    )
    def test_every_difference_counts(self, make_credential, claims, change):
        credential = make_credential("古丽米热·买买提")
        for name, value in change.items():
            if isinstance(value, timedelta):
                change = {name: getattr(credential, name) + value}
            elif value == "add":
                change = {name: getattr(credential, name) + 1}
        facts = read_badge(claims)

        assert not agrees(facts, replace(credential, **change))
