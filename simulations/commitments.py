"""Commitments to a contest's world: sealed before the start, opened afterwards, checked by anyone.

Before the start the organiser publishes `sha256:<hex>` and nothing else. Afterwards the sealed
document is opened: scenario version and content hash, both keys, and a nonce of 256 bits without
which nobody could have found the keys by trying. Whoever hashes the document's canonical JSON
(UTF-8, keys sorted, no blanks) must find the published commitment.
"""

import argparse
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulations.errors import RoomError
from simulations.loading import shipped_scenarios
from simulations.scenarios import Scenario
from simulations.shell import say
from simulations.states import RoomKeys

FORMAT = "caopan-seal-1"
NONCE_BYTES = 32
MOST_CHARS = 20_000

FIELDS = {
    "format": re.compile(re.escape(FORMAT)),
    "subject": re.compile(r"[\w:./-]{1,120}"),
    "scenario_ref": re.compile(r"[a-z0-9-]{1,80}@[0-9]{1,5}"),
    "scenario_hash": re.compile(r"[0-9a-f]{64}"),
    "engine": re.compile(r"[0-9]{1,4}"),
    "keys": re.compile(r"[0-9a-f]{32}"),
    "nonce": re.compile(r"[0-9a-f]{64}"),
}
"""Fields of a document and what each must look like."""


class SealError(RoomError):
    """Raised when a document is no seal; `field` names what is wrong, empty for the whole."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field or 'seal'}: {message}")
        self.field = field


@dataclass(frozen=True, slots=True, repr=False)
class Seal:
    """What was committed to.

    Attributes:
        subject: Whose keys these are, for example `contest:<id>/round:<id>/main`.
        scenario_ref: `id@version`.
        scenario_hash: Content hash of that version.
        engine: Engine version that runs it.
        keys: All of the room's chance.
        nonce: 64 hexadecimal digits.
    """

    subject: str
    scenario_ref: str
    scenario_hash: str
    engine: str
    keys: RoomKeys
    nonce: str

    def document(self) -> dict[str, str]:
        """Return the document that is hashed."""
        return {
            "format": FORMAT,
            "subject": self.subject,
            "scenario_ref": self.scenario_ref,
            "scenario_hash": self.scenario_hash,
            "engine": self.engine,
            "keys": self.keys.to_bytes().hex(),
            "nonce": self.nonce,
        }

    @property
    def commitment(self) -> str:
        """Return the commitment: `sha256:` and 64 hexadecimal digits."""
        return commitment_of(self.document())


def new_seal(
    subject: str, scenario: Scenario, keys: RoomKeys, randbytes: Callable[[int], bytes]
) -> Seal:
    """Seal a scenario version and keys with a fresh nonce.

    Args:
        subject: Whose keys these are.
        scenario: The published version, without plan, opening or cards.
        keys: Fresh ones.
        randbytes: A source of random bytes: outside tests, `secrets.token_bytes`.
    """
    return Seal(
        subject=subject,
        scenario_ref=scenario.ref,
        scenario_hash=scenario.content_hash(),
        engine=scenario.engine,
        keys=keys,
        nonce=randbytes(NONCE_BYTES).hex(),
    )


def commitment_of(document: Mapping[str, str]) -> str:
    """Return the commitment to a document."""
    text = json.dumps(dict(document), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def parse_seal(data: Any) -> Seal:
    """Return the seal that a document describes.

    Raises:
        SealError: If a field lacks, is unknown, or is not what it must be.
    """
    if not isinstance(data, dict):
        raise SealError("", "not a JSON object")
    if unknown := sorted(data.keys() - FIELDS.keys()):
        raise SealError(str(unknown[0]), "no field of a seal")
    for field, pattern in FIELDS.items():
        value = data.get(field)
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise SealError(field, f"must be text like {pattern.pattern}")
    return Seal(
        subject=data["subject"],
        scenario_ref=data["scenario_ref"],
        scenario_hash=data["scenario_hash"],
        engine=data["engine"],
        keys=RoomKeys.from_bytes(bytes.fromhex(data["keys"])),
        nonce=data["nonce"],
    )


def is_commitment_to(seal: Seal, commitment: str) -> bool:
    """Say whether a published commitment is of this seal."""
    return hmac.compare_digest(seal.commitment.encode(), commitment.strip().lower().encode())


def read_seal(path: Path) -> tuple[Seal, str | None]:
    """Return the seal in a file, and the commitment that the file says it belongs to, if any.

    The file is what the contest's page gives: a document, or `{"document": …, "commitment": …}`.

    Raises:
        SealError: If it cannot be read, or is no seal.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SealError("", f"{path}: cannot be read as text: {error}") from error
    if len(text) > MOST_CHARS:
        raise SealError("", f"{path}: longer than {MOST_CHARS} characters")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SealError("", f"{path}: no JSON: {error}") from error
    claimed = None
    if isinstance(data, dict) and "document" in data:
        claimed = data.get("commitment")
        if claimed is not None and not isinstance(claimed, str):
            raise SealError("commitment", "must be text")
        data = data["document"]
    return parse_seal(data), claimed


def do_commitment(arguments: argparse.Namespace) -> int:
    """Check an opened seal of a contest's round against its published commitment."""
    seal, claimed = read_seal(Path(arguments.seal))
    expected = arguments.expect or claimed
    shipped = shipped_scenarios().get(seal.scenario_ref.partition("@")[0])
    is_shipped = shipped is not None and shipped.ref == seal.scenario_ref
    same_scenario = shipped.content_hash() == seal.scenario_hash if is_shipped and shipped else None
    holds = None if expected is None else is_commitment_to(seal, expected)
    found = {
        "commitment": seal.commitment,
        "expected": expected,
        "holds": holds,
        "subject": seal.subject,
        "scenario_ref": seal.scenario_ref,
        "scenario_hash": seal.scenario_hash,
        "scenario_is_as_shipped": same_scenario,
        "engine": seal.engine,
        "keys": seal.keys.to_bytes().hex(),
    }
    verdict = {None: "no commitment to compare with", True: "holds", False: "DOES NOT HOLD"}[holds]
    lines = [
        f"subject     {seal.subject}",
        f"scenario    {seal.scenario_ref}, engine {seal.engine}",
        f"keys        {found['keys']}",
        f"commitment  {seal.commitment}",
        f"verdict     {verdict}",
    ]
    if same_scenario is False:
        lines.append("scenario    the shipped version of this name has another content hash")
    say(arguments, found, lines)
    return 1 if holds is False or same_scenario is False else 0
