"""Items from a file: read and told first, then taken in whole as drafts, or not at all."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bank.models import ItemVersion
from app.bank.workshop import queries
from app.bank.workshop.bodies import Body, compiled
from app.bank.workshop.checking import checked
from app.bank.workshop.drafting import add_draft
from app.bank.workshop.labels import PART
from app.bank.workshop.models import ImportBatch
from app.bank.workshop.opening import sheet_of_body
from app.bank.workshop.sheets import with_first_rows
from app.core.audit.services import record_act
from app.core.errors import ConflictError, NotFoundError
from app.core.ids import new_public_id
from question_bank.interchange.entries import Remark
from question_bank.interchange.exchange import FORMATS, import_items
from question_bank.items import Item
from question_bank.schema import ID_PATTERN

logger = logging.getLogger(__name__)

MOST_BYTES = 8 * 1024 * 1024
"""Largest file; the server refuses larger bodies anyway."""

MOST_ENTRIES = 1_000
FILE_NAME_CHARS = 120
REMARKS_SHOWN = 400


class ImportTakenError(ConflictError):
    """Raised when a file was taken in before."""

    code = "import_taken"


class ImportStaleError(ConflictError):
    """Raised when an item got another version or a draft since the file was read."""

    code = "import_stale"


@dataclass(frozen=True)
class Found:
    """One item of a file.

    Attributes:
        place: Line, row or member.
        item_id: Its id; a new one if the file has none.
        base_version: The newest version in the bank; None for a new item.
        body: Its fields.
        is_complete: Whether it has the shape of an item.
    """

    place: str
    item_id: str
    base_version: int | None
    body: Body
    is_complete: bool


@dataclass
class DryRun:
    """What a file would do.

    Attributes:
        found: Items that would become drafts.
        same: Items of the file that the bank holds already, by place and ref.
        faults: What bars the whole file.
        incomplete: What drafts will lack.
        dropped: What the file says and items have no room for.
    """

    found: list[Found] = field(default_factory=list)
    same: list[Remark] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)
    incomplete: list[Remark] = field(default_factory=list)
    dropped: list[Remark] = field(default_factory=list)

    @property
    def is_usable(self) -> bool:
        return not self.faults and bool(self.found)


def dry_run(db_session: Session, data: bytes, format_name: str, given: Mapping[str, Any]) -> DryRun:
    """Read a file against the bank; changes nothing, and takes seconds for a large one.

    Args:
        db_session: A session to read with.
        data: The file.
        format_name: One of `interchange.exchange.FORMATS`.
        given: Fields for items that do not say them: topic, level, pool, cognitive, source.

    Raises:
        KeyError: If there is no such format.
    """
    if len(data) > MOST_BYTES:
        return DryRun(faults=[Remark("file", f"larger than {MOST_BYTES} bytes")])
    read = import_items(data, format_name, given)
    out = DryRun(faults=list(read.faults), dropped=list(read.dropped))
    if out.faults:
        return out
    entries = FORMATS[format_name].read(data).entries
    if len(entries) > MOST_ENTRIES:
        out.faults.append(Remark("file", f"{len(entries)} items, {MOST_ENTRIES} at most"))
        return out
    newest = _newest(db_session)
    for entry in entries:
        _take_entry(db_session, entry.place, {**given, **entry.fields}, newest, out)
    return out


def _newest(db_session: Session) -> dict[str, ItemVersion]:
    rows = db_session.scalars(select(ItemVersion).order_by(ItemVersion.version))
    return {row.item_id: row for row in rows}


def _take_entry(
    db_session: Session,
    place: str,
    fields: Mapping[str, Any],
    newest: Mapping[str, ItemVersion],
    out: DryRun,
) -> None:
    given_id = str(fields.get("id") or "")
    body = {name: value for name, value in fields.items() if name not in ("id", "version")}
    try:
        kept = compiled(sheet_of_body(body))
    except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
        out.faults.append(Remark(place, f"cannot be read: {error}"))
        return
    item_id = given_id or _new_id(body)
    base = newest.get(item_id)
    version = 1 if base is None else base.version
    item = _item_or_none(body, item_id, version)
    if given_id and item is None and not _is_id(given_id):
        out.faults.append(Remark(place, f"id {given_id!r}: small letters, figures and hyphens"))
        return
    if item is not None and _item_or_none(kept, item_id, version) != item:
        out.faults.append(Remark(place, "fields that the editor cannot hold"))
        return
    if base is not None and item is not None and item.content_hash() == base.content_hash:
        out.same.append(Remark(place, item.ref))
        return
    if queries.open_draft_or_none(db_session, item_id) is not None:
        out.faults.append(Remark(place, f"{item_id}: somebody works on a draft of it"))
        return
    if item is None:
        out.incomplete += [
            Remark(place, f"{one.place or PART[one.part]}：{one.text}")
            for one in checked(kept, item_id, version).remarks
        ]
    out.found.append(
        Found(place, item_id, None if base is None else base.version, kept, item is not None)
    )


def _new_id(body: Body) -> str:
    parts = [str(body.get("level") or "item"), str(body.get("topic") or "any")]
    return "-".join([*parts, new_public_id()[:6]]).replace("_", "-")


def _is_id(text: str) -> bool:
    return re.fullmatch(ID_PATTERN, text) is not None and len(text) <= 64


def _item_or_none(body: Body, item_id: str, version: int) -> Item | None:
    try:
        return Item.model_validate({**body, "id": item_id, "version": version})
    except ValidationError:
        return None


def keep_batch(
    db_session: Session,
    found: DryRun,
    data: bytes,
    *,
    file_name: str,
    format_name: str,
    person_id: int,
    now: datetime,
) -> ImportBatch:
    """Keep a file without faults until its owner takes it in."""
    batch = ImportBatch(
        person_id=person_id,
        file_name=file_name[:FILE_NAME_CHARS],
        format=format_name,
        sha256=hashlib.sha256(data).hexdigest(),
        entries=[vars(one) for one in found.found],
        read_at=now,
    )
    db_session.add(batch)
    db_session.flush()
    return batch


def batch_of(
    db_session: Session, public_id: str, person_id: int, *, lock: bool = False
) -> ImportBatch:
    """Return a person's own batch.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    query = select(ImportBatch).where(
        ImportBatch.public_id == public_id, ImportBatch.person_id == person_id
    )
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"import {public_id}")
    return found


def take_batch(
    db_session: Session, batch: ImportBatch, *, person_id: int, actor: str, now: datetime
) -> int:
    """Take every item of a file in as a draft of the person's own; all or nothing.

    Args:
        db_session: The session of the caller's transaction.
        batch: Locked.
        person_id: Who takes it in and becomes the author.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Returns:
        How many drafts were added.

    Raises:
        ImportTakenError: If it was taken in before.
        ImportStaleError: If the bank has changed under it.
        DraftOpenError: If somebody began a draft of an item meanwhile.
    """
    if batch.taken_at is not None:
        raise ImportTakenError(f"import {batch.public_id}")
    newest = _newest(db_session)
    for entry in batch.entries:
        base = newest.get(entry["item_id"])
        if (None if base is None else base.version) != entry["base_version"]:
            raise ImportStaleError(f"{entry['item_id']} changed since")
        add_draft(
            db_session,
            entry["item_id"],
            entry["base_version"],
            with_first_rows(sheet_of_body(entry["body"])),
            author_id=person_id,
            actor=actor,
            now=now,
            origin=f"import:{batch.public_id}",
        )
    batch.taken_at = now
    db_session.flush()
    record_act(
        db_session,
        subject=f"import:{batch.public_id}",
        action="import.taken",
        actor=actor,
        now=now,
        details={"file": batch.file_name, "sha256": batch.sha256, "items": len(batch.entries)},
    )
    logger.info("import %s: %d drafts", batch.public_id, len(batch.entries))
    return len(batch.entries)
