"""An issuer of the tests: a root, one key for each use, and what they sign."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from certificates import authority
from certificates.badges import StatusPlace, badge_claims, issuer_address, status_address
from certificates.cms import FileSigner
from certificates.credentials import Credential
from certificates.jose import sign
from certificates.keys import IssuerKey, KeySet, KeyUse, thumbprint
from certificates.status_lists import StatusPurpose, list_claims

BASE = "https://verify.example.cn"
PLACE = StatusPlace(1, 4711)


@cache
def private_key(name: str, bits: int = 2048) -> RSAPrivateKey:
    """Return a key of the tests; each name has its own, made once a run."""
    del name
    return generate_private_key(65537, bits)


@dataclass(frozen=True)
class TheIssuer:
    """Keys in service since `since`; `name` tells one issuer's keys from another's."""

    since: datetime
    name: str = "ours"
    root: bytes = field(init=False)
    signer: FileSigner = field(init=False)
    keys: KeySet = field(init=False)

    def __post_init__(self) -> None:
        root_key, file_key = private_key(f"{self.name} root"), private_key(f"{self.name} file")
        root = authority.make_root(root_key, name="操盘手认证根证书", now=self.since)
        leaf = authority.make_signer(
            file_key, root_key, root, name="操盘手认证证书签发", now=self.since
        )
        object.__setattr__(self, "root", root)
        object.__setattr__(self, "signer", FileSigner(file_key, (leaf, root)))
        object.__setattr__(
            self,
            "keys",
            KeySet(
                issuer_address(BASE),
                (
                    self._key(KeyUse.FILE, (leaf, root)),
                    self._key(KeyUse.CREDENTIAL),
                    self._key(KeyUse.STATUS),
                ),
            ),
        )

    def _key(self, use: KeyUse, chain: tuple[bytes, ...] = ()) -> IssuerKey:
        public = private_key(f"{self.name} {use}").public_key()
        return IssuerKey(
            kid=thumbprint(public),
            use=use,
            public=public,
            not_before=self.since,
            not_after=self.since + timedelta(days=460),
            chain=chain,
        )

    def kid(self, use: KeyUse) -> str:
        return next(key.kid for key in self.keys.keys if key.use is use)

    def private(self, use: KeyUse) -> RSAPrivateKey:
        return private_key(f"{self.name} {use}")

    def changed(self, use: KeyUse, **changes: object) -> KeySet:
        """Return the key set with one key changed, as it would be published and read."""
        keys = tuple(replace(key, **changes) if key.use is use else key for key in self.keys.keys)
        published = json.dumps(KeySet(self.keys.issuer, keys).to_jwks())
        return KeySet.from_jwks(json.loads(published))

    def claims(self, credential: Credential) -> dict:
        return badge_claims(credential, PLACE, BASE)

    def token(self, credential: Credential) -> str:
        return self.signed(self.claims(credential))

    def signed(self, claims: dict, use: KeyUse = KeyUse.CREDENTIAL) -> str:
        return sign(claims, self.private(use), self.kid(use))

    def status_list(
        self, purpose: StatusPurpose, *bits: int, now: datetime, number: int = PLACE.list_number
    ) -> str:
        claims = list_claims(
            status_address(BASE, number, purpose.value),
            purpose,
            bits,
            issuer=self.keys.issuer,
            now=now,
        )
        return self.signed(claims, KeyUse.STATUS)
