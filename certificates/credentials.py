"""The credential: a frozen snapshot of everything that its certificate prints.

A certificate is drawn from this snapshot and never from live data, so that a correction of a
profile, a new title or a changed cut cannot alter what was issued.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Any

import orjson

from certificates.decisions import SCORE_TOLERANCE, Decision, Part, Verdict
from certificates.errors import CredentialError, HolderNameError
from certificates.labels import CERTIFICATE_TITLE_EN, certificate_title
from certificates.levels import Level
from certificates.names import pdf_text
from certificates.numbers import level_of_number, normalize_number
from certificates.programmes import CertificationProgramme
from certificates.validity import end_of_day, issue_day, validity

SNAPSHOT_FORMAT = "caopan-credential-2"
"""Names the set of fields and the canonical form that the content hash is taken over."""

UNSALTED_FORMAT = "caopan-credential-1"
"""The same without `salt`: credentials issued before there was one keep their hash."""

TEMPLATE_VERSION = 2
"""The printed page that new credentials are drawn with; older versions stay drawable."""

SALT_BYTES = 32
"""As long as the hash: who knows name and results still cannot guess the printed fingerprint."""

MAX_TEXT_LENGTH = 120
"""Characters of a title or an issuer's name."""

POINTS_STEP = Decimal("0.1")

_SALT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who certifies, in both languages."""

    name: str
    name_en: str


EXPERT_COMMITTEE = Issuer(
    name="操盘手认证专家委员会",
    name_en="Operator Certification Expert Committee",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whom the certificate names; the Latin spelling is printed if there is one."""

    name: str
    name_latin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """That an issuer certified a holder at a level, with results and dates.

    Attributes:
        number: The certificate number in canonical form.
        level: The level certified.
        programme_ref: The programme that was met, `id@version`.
        title: Title of the certificate, with the level.
        title_en: English title, without the level.
        holder_name: As `names.pdf_text` returns it.
        holder_name_latin: The same for the Latin spelling, or None.
        issuer: The issuer's Chinese name.
        issuer_en: The issuer's English name.
        theory_points: Result of the theory part, 0 to 100 in steps of 0.1.
        theory_cut_points: Least passing result of it.
        room_points: Result of the room part in points in steps of 0.1; the mean of two rooms.
        room_cut_points: Least passing result of it, likewise.
        issued_at: The moment of issue (aware UTC, whole seconds).
        valid_from: First day of validity, Asia/Shanghai.
        valid_until: Last day of validity, included.
        is_demo: Issued by a demonstration: the mark 演示 is printed.
        template_version: The printed page.
        salt: Random bytes in hexadecimal digits, never printed: without them the printed
            fingerprint would let anybody try names and results until it fits. None in
            credentials issued before there was one.

    Raises:
        CredentialError: If fields contradict one another or hold what cannot be printed.
    """

    number: str
    level: Level
    programme_ref: str
    title: str
    title_en: str
    holder_name: str
    holder_name_latin: str | None
    issuer: str
    issuer_en: str
    theory_points: Decimal
    theory_cut_points: Decimal
    room_points: Decimal
    room_cut_points: Decimal
    issued_at: datetime
    valid_from: date
    valid_until: date
    is_demo: bool
    template_version: int
    salt: str | None = None

    def __post_init__(self) -> None:
        """Refuse what the page, the hash or the number would contradict."""
        if normalize_number(self.number) != self.number:
            raise CredentialError(f"number {self.number!r} is not in its canonical form")
        if level_of_number(self.number) is not self.level:
            raise CredentialError(f"number {self.number} is not of level {self.level}")
        if self.issued_at.tzinfo is None or self.issued_at.microsecond:
            raise CredentialError(f"issued_at {self.issued_at!r} is naive or has fractions")
        if issue_day(self.issued_at) != self.valid_from or self.valid_until < self.valid_from:
            raise CredentialError(f"validity {self.valid_from}..{self.valid_until} is odd")
        _check_text("holder_name", self.holder_name, None)
        if self.holder_name_latin is not None:
            _check_text("holder_name_latin", self.holder_name_latin, None)
        for name in ("title", "title_en", "issuer", "issuer_en", "programme_ref"):
            _check_fixed_text(name, getattr(self, name))
        if self.salt is not None and not _SALT.fullmatch(self.salt):
            raise CredentialError("salt is not 32 bytes in hexadecimal digits")
        for name in ("theory_points", "theory_cut_points", "room_points", "room_cut_points"):
            points: Decimal = getattr(self, name)
            if points != points.quantize(POINTS_STEP) or points.as_tuple().exponent != -1:
                raise CredentialError(f"{name} {points} is not in steps of 0.1")

    @property
    def expires_at(self) -> datetime:
        """The first moment at which it is no longer valid (aware, UTC)."""
        return end_of_day(self.valid_until)

    def to_json(self) -> dict[str, Any]:
        """Return the snapshot as JSON values: text, whole numbers, booleans and null only."""
        # No value is anything that could change: nothing need be copied.
        document: dict[str, Any] = {name: getattr(self, name) for name in _FIELDS}
        document["level"] = self.level.value
        document["issued_at"] = self.issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        document["valid_from"] = self.valid_from.isoformat()
        document["valid_until"] = self.valid_until.isoformat()
        for name, value in document.items():
            if isinstance(value, Decimal):
                document[name] = str(value)
        if self.salt is None:
            del document["salt"]
            return {"format": UNSALTED_FORMAT, **document}
        return {"format": SNAPSHOT_FORMAT, **document}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Credential":
        """Read a snapshot that `to_json` wrote.

        Raises:
            CredentialError: If it is of another format, or a field is missing, unknown or unusable.
        """
        names = _NAMES_OF_FORMAT.get(document.get("format"), frozenset(_FIELDS))
        given = document.keys() - {"format"}
        if document.get("format") not in _NAMES_OF_FORMAT or given != names:
            odd = sorted(given ^ names)
            raise CredentialError(f"snapshot {document.get('format')!r} with odd fields {odd}")
        values = {name: document[name] for name in names}
        try:
            values["level"] = Level(values["level"])
            values["issued_at"] = datetime.fromisoformat(values["issued_at"])
            values["valid_from"] = date.fromisoformat(values["valid_from"])
            values["valid_until"] = date.fromisoformat(values["valid_until"])
            for name in names:
                if name.endswith("_points"):
                    values[name] = Decimal(values[name])
        except (ArithmeticError, TypeError, ValueError) as error:
            raise CredentialError(f"unreadable snapshot: {error}") from error
        if document["format"] == SNAPSHOT_FORMAT and not isinstance(values["salt"], str):
            raise CredentialError("snapshot without a usable salt")
        return cls(**values)

    def content_hash(self) -> str:
        """Return the SHA-256 over the canonical JSON, 64 hexadecimal digits.

        The canonical form is UTF-8, keys sorted, no spaces; it agrees with RFC 8785 because the
        snapshot has no floating-point numbers.
        """
        canonical = orjson.dumps(self.to_json(), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(canonical).hexdigest()

    @property
    def fingerprint(self) -> str:
        """The first 64 bits of the content hash as they are printed: `8F3A 77C1 04DE 9B21`."""
        digits = self.content_hash()[:16].upper()
        return " ".join(digits[start : start + 4] for start in range(0, 16, 4))


_FIELDS = tuple(field.name for field in fields(Credential))
_NAMES_OF_FORMAT: Mapping[object, frozenset[str]] = {
    SNAPSHOT_FORMAT: frozenset(_FIELDS),
    UNSALTED_FORMAT: frozenset(_FIELDS) - {"salt"},
}


def new_credential(
    programme: CertificationProgramme,
    decision: Decision,
    holder: Holder,
    *,
    number: str,
    issued_at: datetime,
    is_demo: bool,
    salt: str,
    issuer: Issuer = EXPERT_COMMITTEE,
) -> Credential:
    """Make the snapshot of a passed decision.

    Args:
        programme: The programme decided on.
        decision: Its decision, passed.
        holder: The person's names as they stand in the profile; cleaned here.
        number: A number that `numbers.new_number` drew.
        issued_at: The moment of issue (aware); fractions of a second are dropped.
        is_demo: Whether the deployment is a demonstration; a demonstration programme is one anyway.
        salt: 32 random bytes in hexadecimal digits, as `secrets.token_hex(SALT_BYTES)` draws them.
        issuer: Who certifies.

    Raises:
        CredentialError: If the decision did not pass or is of another programme.
        HolderNameError: If a name cannot be printed.
    """
    if decision.programme_ref != programme.ref or decision.verdict is not Verdict.PASSED:
        raise CredentialError(f"{programme.ref} was not passed by {decision.programme_ref}")
    moment = issued_at.replace(microsecond=0)
    valid = validity(moment, programme.validity_years)
    theory, rooms = decision.part(Part.THEORY), decision.rooms
    return Credential(
        number=number,
        level=programme.level,
        programme_ref=programme.ref,
        title=certificate_title(programme.level),
        title_en=CERTIFICATE_TITLE_EN,
        holder_name=pdf_text(holder.name),
        holder_name_latin=None if not holder.name_latin else pdf_text(holder.name_latin),
        issuer=issuer.name,
        issuer_en=issuer.name_en,
        theory_points=printed_points(theory.achieved, scale=100),
        theory_cut_points=printed_points(theory.cut, scale=100),
        room_points=printed_points(_mean([room.achieved for room in rooms])),
        room_cut_points=printed_points(_mean([room.cut for room in rooms])),
        issued_at=moment.astimezone(UTC),
        valid_from=valid.valid_from,
        valid_until=valid.valid_until,
        is_demo=is_demo or programme.is_demo,
        template_version=TEMPLATE_VERSION,
        salt=salt,
    )


def _mean(scores: list[float | None]) -> float | None:
    known = [score for score in scores if score is not None]
    return sum(known) / len(known) if known and len(known) == len(scores) else None


def printed_points(score: float | None, *, scale: int = 1) -> Decimal:
    """Return a score in points in steps of 0.1, rounded down: no more is printed than was earned.

    Args:
        score: The score; a fraction if `scale` is 100, points if it is 1.
        scale: What a score of 1 is in points.

    Raises:
        CredentialError: If there is no score.
    """
    if score is None:
        raise CredentialError("a part has no score")
    exact = Decimal(score + SCORE_TOLERANCE) * scale
    return exact.quantize(POINTS_STEP, rounding=ROUND_FLOOR)


@lru_cache(maxsize=1024)
def _check_fixed_text(name: str, value: str) -> None:
    """Check a text that many credentials share; what was found clean once is."""
    _check_text(name, value, MAX_TEXT_LENGTH)


def _check_text(name: str, value: str, max_length: int | None) -> None:
    try:
        clean = pdf_text(value) if max_length is None else pdf_text(value, max_length=max_length)
    except HolderNameError as error:
        raise CredentialError(f"{name} {value!r:.80}: {error}") from error
    if clean != value:
        raise CredentialError(f"{name} {value!r:.80} is not clean text")
