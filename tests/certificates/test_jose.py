import json
import warnings

import jwt
import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

from certificates.errors import TokenError
from certificates.jose import base64url, from_base64url, read_token, sign
from tests.certificates.issuer import private_key

KEY = private_key("jose")
CLAIMS = {"a": 1, "名": "值"}


def part(document) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    return base64url(text.encode())


def made_of(header, payload=CLAIMS, signature=b"x") -> str:
    return f"{part(header)}.{part(payload)}.{base64url(signature)}"


class TestSign:
    def test_an_independent_library_reads_it(self):
        token = sign(CLAIMS, KEY, "k1")

        assert jwt.get_unverified_header(token) == {"alg": "RS256", "kid": "k1", "typ": "JWT"}
        assert jwt.decode(token, KEY.public_key(), algorithms=["RS256"]) == CLAIMS
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            key = RSAKey.import_key(KEY.public_key())
            read = jws.deserialize_compact(token, key, algorithms=["RS256"])
        assert json.loads(read.payload) == CLAIMS

    def test_is_the_same_each_time(self):
        assert sign(CLAIMS, KEY, "k1") == sign(CLAIMS, KEY, "k1")


class TestReadToken:
    def test_reads_what_another_library_signed(self):
        token = read_token(jwt.encode(CLAIMS, KEY, "RS256", headers={"kid": "k1"}))

        assert token.claims == CLAIMS
        assert token.kid == "k1"
        assert token.is_signed_by(KEY.public_key())

    def test_another_key_signed_it(self):
        assert not read_token(sign(CLAIMS, KEY, "k1")).is_signed_by(
            private_key("jose other").public_key()
        )

    @pytest.mark.parametrize(
        ("header", "code"),
        [
            ({"alg": "none", "kid": "k", "typ": "JWT"}, "algorithm"),
            ({"alg": "None", "kid": "k", "typ": "JWT"}, "algorithm"),
            ({"alg": "HS256", "kid": "k", "typ": "JWT"}, "algorithm"),
            ({"alg": "RS384", "kid": "k", "typ": "JWT"}, "algorithm"),
            ({"alg": ["RS256"], "kid": "k", "typ": "JWT"}, "algorithm"),
            ({"alg": "RS256", "kid": "k", "typ": "JWT", "jwk": {"kty": "RSA"}}, "header"),
            ({"alg": "RS256", "kid": "k", "typ": "JWT", "jku": "https://x.example"}, "header"),
            ({"alg": "RS256", "kid": "k", "typ": "JWT", "x5c": ["x"]}, "header"),
            ({"alg": "RS256", "kid": "k", "typ": "JWT", "x5u": "https://x"}, "header"),
            ({"alg": "RS256", "kid": "k", "typ": "JWT", "crit": ["b64"], "b64": False}, "header"),
            ({"alg": "RS256", "kid": "k", "typ": "JWT", "zip": "DEF"}, "header"),
            ({"alg": "RS256", "kid": "k"}, "header"),
            ({"alg": "RS256", "typ": "JWT"}, "header"),
            ({"alg": "RS256", "kid": 1, "typ": "JWT"}, "header"),
            ({"alg": "RS256", "kid": "k", "typ": "at+jwt"}, "header"),
            ('{"alg":"none","alg":"RS256","kid":"k","typ":"JWT"}', "json"),
            ("[]", "json"),
            ("{", "json"),
        ],
    )
    def test_refuses_every_other_header(self, header, code):
        with pytest.raises(TokenError) as caught:
            read_token(made_of(header))
        assert caught.value.code == code

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "shape"),
            ("a.b", "shape"),
            ("a.b.c.d", "shape"),
            ("a.b.", "shape"),
            (" a.b.c", "shape"),
            ("a=.b.c", "shape"),
            ("á.b.c", "shape"),
            ("a" * 70_000, "too_long"),
            ("e30.e30.e31", "header"),
            ("ew.e30.e30", "json"),
            ("e3.e30.e30", "base64"),
        ],
    )
    def test_refuses_what_is_no_token(self, text, code):
        with pytest.raises(TokenError) as caught:
            read_token(text)
        assert caught.value.code == code

    def test_refuses_deep_and_odd_payloads(self):
        header = {"alg": "RS256", "kid": "k", "typ": "JWT"}
        long_number = '{"a":' + "1" * 5000 + "}"  # Python refuses it with an error of its own
        deep = '{"a":' * 20 + "1" + "}" * 20
        for payload in (deep, long_number, '{"a":NaN}', '{"a":1,"a":2}', "[" * 30_000):
            with pytest.raises(TokenError):
                read_token(made_of(header, payload))

    def test_one_byte_changed_anywhere_is_refused(self):
        token = sign(CLAIMS, KEY, "k1")
        for index in range(0, len(token), 7):
            replacement = "A" if token[index] != "A" else "B"
            changed = token[:index] + replacement + token[index + 1 :]
            try:
                read = read_token(changed)
            except TokenError:
                continue
            assert not read.is_signed_by(KEY.public_key()), index


class TestBase64url:
    def test_has_one_text_for_each_value(self):
        assert from_base64url(base64url(b"\xff\xfe")) == b"\xff\xfe"
        for text in ("__5", "__7-==", "//4", "__4\n"):
            with pytest.raises(TokenError):
                from_base64url(text)
