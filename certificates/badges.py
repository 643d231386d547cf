"""The credential as Open Badges 3.0 (1EdTech) in the form of a signed JWT.

It says what the certificate prints, except the name: that is a salted hash, which whoever is
shown the name can check and nobody can read. The claims of the JWT repeat members of the
credential (Open Badges 3.0, 8.2.4.1), and a reader compares the two.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from certificates.credentials import Credential
from certificates.errors import CertificateNumberError, CredentialError, TokenError
from certificates.labels import LEVEL_LABELS, achievement
from certificates.levels import Level
from certificates.numbers import level_of_number, normalize_number
from certificates.validity import issue_day

CREDENTIALS_CONTEXT = "https://www.w3.org/ns/credentials/v2"
BADGES_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True, slots=True)
class StatusPlace:
    """A credential's place in the status lists: the same in the lists of both purposes.

    Attributes:
        list_number: Which list, from 1.
        index: The bit.
    """

    list_number: int
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeFacts:
    """What a token says, read from its claims.

    Attributes:
        number: The certificate number.
        level: The level certified.
        issuer: The issuer's identifier.
        issued_at: The moment of issue (aware).
        valid_until: Last day of validity, Asia/Shanghai.
        expires_at: First moment after it (aware).
        name_hash, name_salt: The salted hash of the holder's name, and its salt.
        results: Points as printed, by the part's code: `theory`, `room`.
        is_demo: Marked as issued by a demonstration.
        places: Address of the status list and the bit, by purpose.
    """

    number: str
    level: Level
    issuer: str
    issued_at: datetime
    valid_until: date
    expires_at: datetime
    name_hash: str
    name_salt: str
    results: Mapping[str, str]
    is_demo: bool
    places: Mapping[str, tuple[str, int]]

    def is_named(self, name: str) -> bool:
        """Say whether a name, as `names.pdf_text` returns it, is the hashed one."""
        return hmac.compare_digest(_name_hash(name, self.name_salt), self.name_hash)


def issuer_address(base_url: str) -> str:
    """Return the issuer's identifier, an address at which its profile is published."""
    return f"{base_url}/issuer"


def achievement_address(base_url: str, level: Level) -> str:
    """Return the identifier of what a level certifies, an address at which it is described."""
    return f"{base_url}/achievements/operator-{level.value}"


def status_address(base_url: str, list_number: int, purpose: str) -> str:
    """Return where a status list is published."""
    return f"{base_url}/status/{list_number}/{purpose}"


def badge_claims(credential: Credential, place: StatusPlace, base_url: str) -> dict[str, Any]:
    """Return the claims of a credential's token.

    Args:
        credential: What was issued; it must have a salt.
        place: Its place in the status lists.
        base_url: The public address printed on the certificate, without a slash at the end.

    Raises:
        CredentialError: If the credential has no salt.
    """
    if credential.salt is None:
        raise CredentialError(f"{credential.number} has no salt")
    address = f"{base_url}/v/{credential.number}"
    subject = _subject(credential, base_url)
    document = {
        "@context": [CREDENTIALS_CONTEXT, BADGES_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": _marked(credential.title, credential),
        "issuer": profile(credential, base_url),
        "validFrom": iso(credential.issued_at),
        "validUntil": iso(credential.expires_at - timedelta(seconds=1)),
        "credentialSubject": subject,
        "credentialStatus": [
            {
                "id": f"{status_address(base_url, place.list_number, purpose)}#{place.index}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": purpose,
                "statusListIndex": str(place.index),
                "statusListCredential": status_address(base_url, place.list_number, purpose),
            }
            for purpose in ("revocation", "suspension")
        ],
    }
    return {
        **document,
        "iss": issuer_address(base_url),
        "jti": address,
        "sub": subject["id"],
        "nbf": int(credential.issued_at.timestamp()),
        "exp": int(credential.expires_at.timestamp()) - 1,
    }


def profile(credential: Credential, base_url: str) -> dict[str, Any]:
    """Return the issuer's profile as the credential names it."""
    return {
        "id": issuer_address(base_url),
        "type": ["Profile"],
        "name": credential.issuer,
        "url": base_url,
        "description": credential.issuer_en,
    }


def achievement_of(level: Level, base_url: str, *, is_demo: bool) -> dict[str, Any]:
    """Return what a level certifies, without the results of one holder."""
    label = achievement(level)
    text = (
        "行业能力认证，非国家职业资格。"
        "An industry certification; not a national vocational qualification."
    )
    if is_demo:
        text = f"演示，不代表通过认证。Demonstration only: it certifies nothing. {text}"
    address = achievement_address(base_url, level)
    return {
        "id": address,
        "type": ["Achievement"],
        "achievementType": "Certification",
        "humanCode": f"CPS{level.number}",
        "name": f"{'演示：' if is_demo else ''}{label.zh} {label.en}",
        "description": text,
        "criteria": {"narrative": "理论与实操成绩均达到合格标准。"},
        "tag": [LEVEL_LABELS[level].en, *(["演示", "DEMONSTRATION"] if is_demo else [])],
    }


def read_badge(claims: Mapping[str, Any]) -> BadgeFacts:
    """Read the claims of a token whose signature was checked.

    Raises:
        TokenError: If they are not those of a credential, or do not mirror one another.
    """
    try:
        facts = _read(claims)
        mirrored = {
            "iss": claims["issuer"]["id"],
            "jti": claims["id"],
            "sub": claims["credentialSubject"]["id"],
            "nbf": int(facts.issued_at.timestamp()),
            "exp": int(_moment(claims["validUntil"]).timestamp()),
        }
        if any(claims[name] != value for name, value in mirrored.items()):
            raise TokenError("claims")
        if "OpenBadgeCredential" not in claims["type"]:
            raise TokenError("claims")
        if set(facts.places) != {"revocation", "suspension"}:
            raise TokenError("claims")
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise TokenError("claims") from error
    except CertificateNumberError as error:
        raise TokenError("claims") from error
    return facts


def agrees(facts: BadgeFacts, credential: Credential) -> bool:
    """Say whether a token tells of a credential what was issued, name and results included."""
    return (
        (facts.number, facts.level, facts.issued_at, facts.valid_until, facts.is_demo)
        == (
            credential.number,
            credential.level,
            credential.issued_at,
            credential.valid_until,
            credential.is_demo,
        )
        and facts.is_named(credential.holder_name)
        and dict(facts.results)
        == {"theory": str(credential.theory_points), "room": str(credential.room_points)}
    )


def iso(moment: datetime) -> str:
    """Return a moment as credentials write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _subject(credential: Credential, base_url: str) -> dict[str, Any]:
    label = achievement_of(credential.level, base_url, is_demo=credential.is_demo)
    parts = (
        ("theory", "理论 Theory", credential.theory_points, credential.theory_cut_points),
        ("room", "实操 Live room", credential.room_points, credential.room_cut_points),
    )
    salt = _derived(credential, "name").hex()
    return {
        "id": UUID(bytes=_derived(credential, "subject"), version=4).urn,
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": _name_hash(credential.holder_name, salt),
                "identityType": "name",
                "salt": salt,
            }
        ],
        "achievement": {
            **label,
            "resultDescription": [
                {
                    "id": f"{label['id']}#{code}",
                    "type": ["ResultDescription"],
                    "name": name,
                    "resultType": "RawScore",
                    "requiredValue": str(cut),
                }
                for code, name, _, cut in parts
            ],
        },
        "result": [
            {
                "type": ["Result"],
                "resultDescription": f"{label['id']}#{code}",
                "value": str(points),
            }
            for code, _, points, _ in parts
        ],
    }


def _derived(credential: Credential, purpose: str) -> bytes:
    """Return 16 bytes that nobody can tell from chance, the same each time they are needed."""
    key = bytes.fromhex(credential.salt or "")
    return hmac.digest(key, f"caopan badge {purpose}".encode(), "sha256")[:16]


def _name_hash(name: str, salt: str) -> str:
    return f"sha256${hashlib.sha256((name + salt).encode()).hexdigest()}"


def _marked(title: str, credential: Credential) -> str:
    return f"演示证书 DEMONSTRATION {title}" if credential.is_demo else title


def _read(claims: Mapping[str, Any]) -> BadgeFacts:
    subject = claims["credentialSubject"]
    number = claims["id"].rpartition("/v/")[2]
    if normalize_number(number) != number:
        raise TokenError("claims")
    identity = subject["identifier"][0]
    expires_at = _moment(claims["validUntil"]) + timedelta(seconds=1)
    return BadgeFacts(
        number=number,
        level=level_of_number(number),
        issuer=claims["issuer"]["id"],
        issued_at=_moment(claims["validFrom"]),
        valid_until=issue_day(expires_at - timedelta(seconds=1)),
        expires_at=expires_at,
        name_hash=str(identity["identityHash"]),
        name_salt=str(identity["salt"]),
        results={
            result["resultDescription"].rpartition("#")[2]: str(result["value"])
            for result in subject["result"]
        },
        is_demo="DEMONSTRATION" in subject["achievement"].get("tag", ()),
        places={
            entry["statusPurpose"]: (
                str(entry["statusListCredential"]),
                int(entry["statusListIndex"]),
            )
            for entry in claims["credentialStatus"]
        },
    )


def _moment(text: str) -> datetime:
    if _MOMENT.fullmatch(text) is None:
        raise TokenError("claims")
    return datetime.fromisoformat(text)
