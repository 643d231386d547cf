"""The credential before a verifier of Open Badges 3.0 that others wrote (openbadgeslib).

It reads the machine's clock, so the credential is one of today.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from openbadgeslib.ob3 import OB3Verifier
from openbadgeslib.ob3.verifier import OB3VerificationError

from certificates.credentials import Credential
from certificates.keys import KeyUse
from certificates.status_lists import StatusPurpose
from certificates.validity import issue_day
from tests.certificates.issuer import BASE, PLACE, TheIssuer


@pytest.fixture
def issued_at() -> datetime:
    return datetime.fromtimestamp(int(time.time()), UTC) - timedelta(hours=1)


@pytest.fixture
def credential(make_credential, issued_at) -> Credential:
    day = issue_day(issued_at)
    return make_credential(
        "古丽米热·买买提",
        issued_at=issued_at,
        valid_from=day,
        valid_until=day + timedelta(days=300),
    )


def verifier(issuer: TheIssuer) -> OB3Verifier:
    public = issuer.private(KeyUse.CREDENTIAL).public_key()
    return OB3Verifier(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def lists_with(
    issuer: TheIssuer, now: datetime, revoked: tuple[int, ...]
) -> Callable[[str], bytes]:
    """Return what fetches the status lists; the revocation list has these bits set."""

    def fetch(url: str) -> bytes:
        purpose = StatusPurpose(url.removeprefix(f"{BASE}/status/{PLACE.list_number}/"))
        bits = revoked if purpose is StatusPurpose.REVOCATION else ()
        return issuer.status_list(purpose, *bits, now=now).encode()

    return fetch


def test_it_reads_what_was_certified_and_finds_it_neither_revoked_nor_suspended(
    issuer, credential, issued_at
):
    found = verifier(issuer).verify(issuer.token(credential))
    verifier(issuer).check_status(found, download=lists_with(issuer, issued_at, ()))

    assert found.id == f"{BASE}/v/{credential.number}"
    assert found.issuer.name == credential.issuer
    assert found.achievement.achievement_type == "Certification"
    assert [one.value for one in found.results] == ["83.3", "41.2"]
    assert found.expiration_date == credential.expires_at - timedelta(seconds=1)


def test_it_refuses_a_revoked_one(issuer, credential, issued_at):
    found = verifier(issuer).verify(issuer.token(credential))

    with pytest.raises(OB3VerificationError, match="'revocation' is set at index 4711"):
        verifier(issuer).check_status(found, download=lists_with(issuer, issued_at, (PLACE.index,)))


def test_it_refuses_a_changed_one_and_another_issuers(issuer, stranger_issuer, credential):
    head, payload, signature = issuer.token(credential).split(".")
    changed = f"{head}.{payload[:-2]}{'AA' if payload[-2:] != 'AA' else 'BB'}.{signature}"

    for token in (changed, stranger_issuer.token(credential)):
        with pytest.raises(OB3VerificationError):
            verifier(issuer).verify(token)
