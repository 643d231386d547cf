"""The attempt pack: everything an attempt rests on in one file, and its re-scoring offline.

A pack holds the item versions with their keys, the order and the figures this candidate saw,
every event with its hash, the responses, what arrived too late, and every scoring. `audit_pack`
needs nothing else: it recomputes the chain, replays the saved events to the responses, works out
what people's marks come to, scores everything by the keys in the file and compares with what was
recorded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import fsum
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from question_bank.banks import ItemBank
from question_bank.errors import BankError, PackError
from question_bank.instances import split_pinned
from question_bank.items import Item, Pool
from question_bank.marking import SettledMark, settled_mark
from question_bank.played import PlayedRoom, wrong_records
from question_bank.schema import Strict
from question_bank.scoring import score_response

MAX_FILE_BYTES = 32 * 1024 * 1024
GENESIS = "sha256:" + "0" * 64
"""What the first event of a chain calls its predecessor."""

PASS_SLACK = 1e-9
"""Partial credits are thirds and quarters: compare where rounding cannot decide."""

Treatment = Literal["rekey", "credit_all", "drop"]


class PackedAttempt(Strict):
    """Terms and course of the attempt; the candidate by the id that leaves the system."""

    public_id: str
    candidate: str
    exam_code: str
    ordinal: int
    programme_ref: str
    blueprint_ref: str
    title: str
    is_demo: bool
    cut_fraction: float
    limit_s: int
    started_at: datetime
    due_at: datetime
    closed_at: datetime
    closing: str
    event_count: int
    head_hash: str


class PackedItem(Strict):
    """One place of the form.

    Attributes:
        position: 1-based.
        ref: What was shown, with the pinned values of a parametrised item.
        order: Choice ids in the order shown; empty for the author's order.
        scored_ref: By which version it is scored: another one after a regrade.
        treatment: How a regrade counts it; `rekey` is the ordinary way.
    """

    position: int = Field(ge=1)
    ref: str
    order: list[str]
    scored_ref: str
    treatment: Treatment = "rekey"


class PackedVersion(Strict):
    """An item version with its key, as it was published."""

    body: dict[str, Any]
    content_hash: str


class PackedEvent(Strict):
    """One event of the attempt's chain; `payload` is the canonical JSON that was hashed."""

    sequence: int
    kind: str
    key: str
    payload: str
    at: datetime
    previous_hash: str
    hash: str


class PackedResponse(Strict):
    """The newest response to a position."""

    position: int
    value: dict[str, Any]
    flagged: bool
    client_sequence: int
    at: datetime


class PackedLate(Strict):
    """An answer that came after the end: kept, not scored."""

    position: int
    value: dict[str, Any]
    client_sequence: int
    received_at: datetime
    reason: str


class PackedScore(Strict):
    """One scoring; the last one counts."""

    at: datetime
    fraction: float
    passed: bool
    credits: list[float]
    head_hash: str
    reason: str


class Gap(Strict):
    """A time without sign of life or service.

    Attributes:
        kind: `outage` of the server (credited), `paused` by the invigilator, or `reopened`: the
            page was left and opened again.
        from_at, to_at: Its bounds; a reopening begins at the event before it.
        credited_s: Time given back, seconds.
    """

    kind: Literal["outage", "paused", "reopened"]
    from_at: datetime
    to_at: datetime
    credited_s: int = 0


class AttemptPack(Strict):
    """The whole file."""

    format: Literal["attempt-pack@1"] = "attempt-pack@1"
    attempt: PackedAttempt
    form: list[PackedItem] = Field(min_length=1)
    versions: list[PackedVersion] = Field(min_length=1)
    events: list[PackedEvent]
    responses: list[PackedResponse]
    late: list[PackedLate] = Field(default_factory=list)
    gaps: list[Gap] = Field(default_factory=list)
    scores: list[PackedScore]


@dataclass(frozen=True)
class Verdict:
    """One thing that was checked.

    Attributes:
        name: `chain`, `versions`, `responses`, `gaps`, `marks` or `score`.
        agrees: Whether the file proves what it says.
        detail: What was found.
    """

    name: str
    agrees: bool
    detail: str


@dataclass(frozen=True)
class Audit:
    """What re-scoring came to.

    Attributes:
        verdicts: Every check, in order.
        credits: Recomputed credit by position, in form order.
        fraction: Recomputed score, in [0, 1].
        passed: By the cut of the attempt.
    """

    verdicts: tuple[Verdict, ...]
    credits: tuple[float, ...]
    fraction: float
    passed: bool

    @property
    def agrees(self) -> bool:
        return all(verdict.agrees for verdict in self.verdicts)


def read_pack(path: Path) -> AttemptPack:
    """Read a pack.

    Raises:
        PackError: If the file is missing, too large, no JSON, or of another shape.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise PackError(f"{path}: larger than {MAX_FILE_BYTES} bytes")
        return AttemptPack.model_validate_json(path.read_bytes())
    except OSError as error:
        raise PackError(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "file"
        raise PackError(f"{path}: {place}: {first['msg']}") from error


def event_hash(attempt_id: str, event: PackedEvent, previous: str) -> str:
    """Return the hash that binds an event to its attempt, place, content and predecessor."""
    content = {
        "attempt": attempt_id,
        "sequence": event.sequence,
        "kind": event.kind,
        "key": event.key,
        "payload": json.loads(event.payload),
        "at": event.at.isoformat(timespec="microseconds"),
        "previous": previous,
    }
    text = json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def audit_pack(pack: AttemptPack) -> Audit:
    """Check a pack against itself and score it again.

    Raises:
        PackError: If an item of the form cannot be made from the versions in the file.
    """
    replayed = replayed_responses(pack.events)
    items = _scored_items(pack)
    marks = replayed_marks(pack.events)
    played = replayed_rooms(pack.events)
    settled = {position: one.credit for position, one in marks.items()}
    settled |= {position: one.credit for position, one in played.items()}
    credits = tuple(
        1.0
        if place.treatment == "credit_all"
        else score_response(
            items[place.position],
            replayed.get(place.position),
            marked=settled.get(place.position),
        )
        for place in pack.form
    )
    counted = [
        credit
        for credit, place in zip(credits, pack.form, strict=True)
        if place.treatment != "drop" and items[place.position].pool is not Pool.PILOT
    ]
    fraction = fsum(counted) / len(counted) if counted else 0.0
    passed = fraction >= pack.attempt.cut_fraction - PASS_SLACK
    verdicts = (
        _chain_verdict(pack),
        _versions_verdict(pack),
        _responses_verdict(pack, replayed),
        Verdict(
            "gaps", gaps_of(pack.events) == pack.gaps, f"{len(pack.gaps)} follow from the events"
        ),
        _marks_verdict(pack, marks),
        _rooms_verdict(played, items),
        _score_verdict(pack, credits, fraction, passed),
    )
    return Audit(verdicts, credits, fraction, passed)


def replayed_responses(events: Iterable[PackedEvent]) -> dict[int, dict[str, Any]]:
    """Return the newest saved value of each position: the rule of the write path."""
    newest: dict[int, tuple[int, dict[str, Any]]] = {}
    for event in events:
        if event.kind not in {"saved", "admitted"}:
            continue
        change = json.loads(event.payload)
        held = newest.get(change["position"])
        if held is None or change["client_sequence"] > held[0]:
            newest[change["position"]] = (change["client_sequence"], change["value"])
    return {position: value for position, (_, value) in newest.items()}


def replayed_marks(events: Iterable[PackedEvent]) -> dict[int, SettledMark]:
    """Return what people's marks came to, by position; the newest record of each counts.

    Raises:
        PackError: If a record of marks has another shape.
    """
    try:
        marks = (
            SettledMark.model_validate_json(one.payload) for one in events if one.kind == "marked"
        )
        return {one.position: one for one in marks}
    except ValidationError as error:
        raise PackError(f"marks: {error.errors()[0]['msg']}") from error


def replayed_rooms(events: Iterable[PackedEvent]) -> dict[int, PlayedRoom]:
    """Return what rooms among the items came to, by position; the newest record counts.

    Raises:
        PackError: If such a record has another shape.
    """
    try:
        rooms = (
            PlayedRoom.model_validate_json(one.payload) for one in events if one.kind == "played"
        )
        return {one.position: one for one in rooms}
    except ValidationError as error:
        raise PackError(f"rooms: {error.errors()[0]['msg']}") from error


def gaps_of(events: Iterable[PackedEvent]) -> list[Gap]:
    """Return the times without sign of life or service that the events tell of."""
    gaps: list[Gap] = []
    before: datetime | None = None
    opened = False
    paused_at: datetime | None = None
    for event in events:
        payload: Mapping[str, Any] = json.loads(event.payload)
        if event.kind == "opened":
            if opened and before is not None:
                gaps.append(Gap(kind="reopened", from_at=before, to_at=event.at))
            opened = True
        elif event.kind == "outage":
            credited = int(payload.get("credited_s", 0))
            ended = datetime.fromisoformat(payload.get("ended_at", event.at.isoformat()))
            began = datetime.fromisoformat(
                payload.get("began_at", (ended - timedelta(seconds=credited)).isoformat())
            )
            gaps.append(Gap(kind="outage", from_at=began, to_at=ended, credited_s=credited))
        elif event.kind == "paused":
            paused_at = event.at
        elif event.kind == "resumed" and paused_at is not None:
            credited = int(payload.get("credited_s", 0))
            gaps.append(Gap(kind="paused", from_at=paused_at, to_at=event.at, credited_s=credited))
            paused_at = None
        before = event.at
    return gaps


def _scored_items(pack: AttemptPack) -> dict[int, Item]:
    try:
        bank = ItemBank(Item.model_validate(version.body) for version in pack.versions)
        return {place.position: bank.item(place.scored_ref) for place in pack.form}
    except (BankError, ValidationError) as error:
        raise PackError(f"{pack.attempt.public_id}: {error}") from error


def _chain_verdict(pack: AttemptPack) -> Verdict:
    previous = GENESIS
    for number, event in enumerate(pack.events, 1):
        if event.sequence != number:
            return Verdict("chain", False, f"event {number} is missing or out of order")
        if event.previous_hash != previous:
            return Verdict("chain", False, f"event {number} does not follow the one before it")
        try:
            recomputed = event_hash(pack.attempt.public_id, event, previous)
        except ValueError:
            return Verdict("chain", False, f"event {number}: its payload is no JSON")
        if recomputed != event.hash:
            return Verdict("chain", False, f"event {number} is not what was hashed")
        previous = event.hash
    if previous != pack.attempt.head_hash or len(pack.events) != pack.attempt.event_count:
        return Verdict("chain", False, "the head is not the last event: some are missing")
    return Verdict("chain", True, f"{len(pack.events)} events, head {previous}")


def _versions_verdict(pack: AttemptPack) -> Verdict:
    held = set()
    for version in pack.versions:
        item = Item.model_validate(version.body)
        if item.content_hash() != version.content_hash:
            return Verdict("versions", False, f"{item.ref} is not what its hash says")
        held.add(item.ref)
    shown = {split_pinned(place.ref)[0] for place in pack.form}
    if lacking := shown - held:
        return Verdict("versions", False, f"without {sorted(lacking)}")
    return Verdict("versions", True, f"{len(held)} versions have their published content")


def _responses_verdict(pack: AttemptPack, replayed: Mapping[int, Mapping[str, Any]]) -> Verdict:
    stored = {one.position: one.value for one in pack.responses}
    if stored != replayed:
        differ = sorted(
            position
            for position in set(stored) | set(replayed)
            if stored.get(position) != replayed.get(position)
        )
        return Verdict("responses", False, f"positions {differ} differ from the saved events")
    return Verdict("responses", True, f"{len(stored)} responses follow from the events")


def _marks_verdict(pack: AttemptPack, marks: Mapping[int, SettledMark]) -> Verdict:
    """Work the marks out again by the rubric in the file and the rule that everybody knows."""
    bodies = {f"{one.body.get('id')}@{one.body.get('version')}": one.body for one in pack.versions}
    for position, mark in marks.items():
        body = bodies.get(mark.rubric_ref)
        rubric = None if body is None else Item.model_validate(body).rubric
        try:
            again = rubric and settled_mark(position, mark.rubric_ref, rubric, mark.marks)
        except ValueError as error:
            return Verdict("marks", False, f"position {position}: {error}")
        if again != mark:
            return Verdict("marks", False, f"position {position} is not what its marks come to")
    return Verdict("marks", True, f"{len(marks)} responses marked by people")


def _rooms_verdict(played: Mapping[int, PlayedRoom], items: Mapping[int, Item]) -> Verdict:
    """Work the credit of rooms out again from their points."""
    if wrong := wrong_records(played, items):
        return Verdict("rooms", False, f"positions {wrong} are not what their points come to")
    return Verdict("rooms", True, f"{len(played)} items answered in a room")


def _score_verdict(
    pack: AttemptPack, credits: tuple[float, ...], fraction: float, passed: bool
) -> Verdict:
    if not pack.scores:
        return Verdict("score", False, "nothing was recorded")
    recorded = pack.scores[-1]
    if list(credits) != recorded.credits:
        places = [
            place.position
            for place, one, other in zip(pack.form, credits, recorded.credits, strict=False)
            if one != other
        ]
        return Verdict("score", False, f"credits differ at positions {places}")
    if fraction != recorded.fraction or passed != recorded.passed:
        return Verdict(
            "score", False, f"{fraction:.6f} recomputed, {recorded.fraction:.6f} recorded"
        )
    return Verdict("score", True, f"{fraction:.4f}, passed={passed}, as recorded")
