"""The token behind the address in a QR code: who holds a certificate, signed, in 104 characters.

It stands after the `#`, which browsers do not send, so no server's log ever has it. Fourteen bytes
(version, hint of the key, day of issue, last day, a short digest of name and number) and an
Ed25519 signature over them, the number and a label of this use (credentials.md 3.2). It proves
without a network that the issuer gave this number to somebody of this name; whether it was revoked
since, only a register can say.
"""

import hashlib
import hmac
import re
import struct
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates.errors import CertificateNumberError, HolderNameError, TokenError
from certificates.jose import base64url, from_base64url
from certificates.levels import Level
from certificates.names import pdf_text
from certificates.numbers import level_of_number, normalize_number
from certificates.scan_keys import ScanKey, hint_of
from certificates.validity import issue_day
from certificates.verdicts import Answer, Aspect, Finding, Reason, no, unknown, worst, yes

TOKEN_LENGTH = 104
"""Characters: 14 bytes of facts and 64 of signature in base64url."""

MAX_ADDRESS_LENGTH = 400
"""Longest text that is looked at as what a scanner read."""

_VERSION = 1
_EPOCH = date(2020, 1, 1)
_LABEL = b"caopan scan token\0"
_FACTS = struct.Struct(">BBHH8s")
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class ScanToken:
    """A token taken apart; nothing in it is to be believed before its signature was checked.

    Attributes:
        key_hint: First byte of the thumbprint of the key that is said to have signed it.
        issued_on, valid_until: Days in Asia/Shanghai.
        digest: The first 8 bytes of a digest of name and number.
        facts: The bytes that it states.
        signature: Over `facts` and the number.
    """

    key_hint: int
    issued_on: date
    valid_until: date
    digest: bytes
    facts: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class ScanExamination:
    """What a scanned code turned out to be.

    Attributes:
        number: In canonical form.
        level: As the number says.
        token: What the token states; None unless its signature is good.
        findings: One for each aspect, in their order.
    """

    number: str
    level: Level
    token: ScanToken | None
    findings: tuple[Finding, ...]

    @property
    def answer(self) -> Answer:
        """The worst of the verdicts, those aside that were not asked for."""
        unasked = {Reason.NOT_LOOKED_AT, Reason.NO_NAME_GIVEN}
        return worst(finding for finding in self.findings if finding.reason not in unasked)

    def finding(self, aspect: Aspect) -> Finding:
        """Return the verdict on one aspect."""
        return next(finding for finding in self.findings if finding.aspect is aspect)


def make_token(
    number: str,
    holder_name: str,
    *,
    issued_on: date,
    valid_until: date,
    key: Ed25519PrivateKey,
) -> str:
    """Return the token of a certificate; the same arguments give the same token.

    Args:
        number: In canonical form.
        holder_name: The name that the certificate prints.
        issued_on: The day of issue in Asia/Shanghai, 2020 to 2199.
        valid_until: The last day, likewise.
        key: The issuer's key for this use.
    """
    facts = _FACTS.pack(
        _VERSION,
        hint_of(key.public_key()),
        _day_number(issued_on),
        _day_number(valid_until),
        _digest(number, holder_name),
    )
    return base64url(facts + key.sign(_signed(number, facts)))


def read_token(text: str) -> ScanToken:
    """Take a token apart.

    Raises:
        TokenError: If it is not of the one form; `code` says what is odd.
    """
    if _TOKEN.fullmatch(text) is None:
        raise TokenError("shape")
    data = from_base64url(text)
    facts, signature = data[: _FACTS.size], data[_FACTS.size :]
    version, hint, issued, until, digest = _FACTS.unpack(facts)
    if version != _VERSION or until < issued:
        raise TokenError("claims")
    return ScanToken(hint, _day_of(issued), _day_of(until), digest, facts, signature)


def split_address(text: str) -> tuple[str, str]:
    """Return number and token of what a scanner read: an address, or number and token alone.

    Args:
        text: For example `https://HOST/v/CPS1-26-7QX4M3KD94-6#TOKEN`.

    Raises:
        CertificateNumberError: If there is no certificate number in it.
        TokenError: If no token follows.
    """
    if len(text) > MAX_ADDRESS_LENGTH:
        raise CertificateNumberError("too_long")
    address, mark, token = text.strip().partition("#")
    path = urlsplit(address).path if "://" in address else address
    number = normalize_number(path.rstrip("/").rpartition("/")[2])
    if not mark:
        raise TokenError("shape")
    return number, token


def is_of_holder(token: ScanToken, number: str, holder_name: str) -> bool:
    """Say whether a token was made for this number and this name."""
    return hmac.compare_digest(token.digest, _digest(number, holder_name))


def signing_key_of(token: ScanToken, number: str, keys: Iterable[ScanKey]) -> ScanKey | None:
    """Return the issuer's key whose signature a token carries for a number, if there is one."""
    for key in keys:
        if key.hint != token.key_hint:
            continue
        try:
            key.public.verify(token.signature, _signed(number, token.facts))
        except InvalidSignature:
            continue
        return key
    return None


def examine_scan(
    number: str, text: str, keys: Iterable[ScanKey], *, at: datetime, name: str | None = None
) -> ScanExamination:
    """Check a scanned code with nothing but the issuer's keys at hand.

    Args:
        number: In canonical form.
        text: The token.
        keys: The issuer's, from the issuer and not from the code.
        at: The moment that the question is about (aware).
        name: What the person who shows it is called, if it is to be compared.
    """
    findings, token = _signature_findings(number, text, list(keys))
    unlisted = [
        unknown(aspect, Reason.NO_LIST) for aspect in (Aspect.REVOCATION, Aspect.SUSPENSION)
    ]
    if token is None:
        nothing = [unknown(aspect, Reason.NO_CREDENTIAL) for aspect in (Aspect.TIME, Aspect.NAME)]
        findings += [nothing[0], *unlisted, nothing[1]]
    else:
        findings += [_time(token, at), *unlisted, _name(token, number, name)]
    return ScanExamination(number, level_of_number(number), token, tuple(findings))


def _signature_findings(
    number: str, text: str, keys: list[ScanKey]
) -> tuple[list[Finding], ScanToken | None]:
    try:
        token = read_token(text)
    except TokenError:
        return [
            unknown(Aspect.ISSUER, Reason.CREDENTIAL_MALFORMED),
            no(Aspect.CREDENTIAL, Reason.CREDENTIAL_MALFORMED),
        ], None
    key = signing_key_of(token, number, keys)
    if key is None:
        # Of a forged signature and of a strange key the code says the same: nothing.
        return [
            unknown(Aspect.ISSUER, Reason.KEY_UNKNOWN),
            no(Aspect.CREDENTIAL, Reason.SIGNATURE_BAD),
        ], None
    if not key.might_sign_on(token.issued_on):
        return [
            no(Aspect.ISSUER, Reason.KEY_OUT_OF_TIME),
            yes(Aspect.CREDENTIAL, Reason.SIGNATURE_GOOD),
        ], token
    if key.compromised_at is not None:
        return [
            unknown(Aspect.ISSUER, Reason.KEY_COMPROMISED),
            unknown(Aspect.CREDENTIAL, Reason.KEY_COMPROMISED),
        ], token
    return [
        yes(Aspect.ISSUER, Reason.KEY_KNOWN),
        yes(Aspect.CREDENTIAL, Reason.SIGNATURE_GOOD),
    ], token


def _time(token: ScanToken, at: datetime) -> Finding:
    today = issue_day(at)
    if today < token.issued_on:
        return no(Aspect.TIME, Reason.NOT_YET)
    if today > token.valid_until:
        return no(Aspect.TIME, Reason.EXPIRED)
    return yes(Aspect.TIME, Reason.WITHIN)


def _name(token: ScanToken, number: str, name: str | None) -> Finding:
    if name is None:
        return unknown(Aspect.NAME, Reason.NO_NAME_GIVEN)
    try:
        same = is_of_holder(token, number, pdf_text(name))
    except HolderNameError:
        same = False
    return yes(Aspect.NAME, Reason.SAME_NAME) if same else no(Aspect.NAME, Reason.OTHER_NAME)


def _signed(number: str, facts: bytes) -> bytes:
    return _LABEL + number.encode("ascii") + b"\0" + facts


def _digest(number: str, holder_name: str) -> bytes:
    text = f"{unicodedata.normalize('NFC', holder_name)}\0{number}"
    return hashlib.sha256(text.encode()).digest()[:8]


def _day_number(day: date) -> int:
    return (day - _EPOCH).days


def _day_of(number: int) -> date:
    return _EPOCH + timedelta(days=number)
