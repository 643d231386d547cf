"""The formats under one roof: what can go out whole, what comes in, and what is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from question_bank.interchange import aiken, gift, item_files, moodle_xml, qti, sheets
from question_bank.interchange.entries import Entry, Fields, Reading, Remark
from question_bank.items import Item
from question_bank.loading import explain

MOST_BYTES = 20 * 1024 * 1024
"""Largest file that is taken in."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes:
        name: What it is asked for by.
        suffix: Of its files.
        can_write: Whether it has room for an item's question.
        write: Items to bytes.
        read: Bytes to entries.
    """

    name: str
    suffix: str
    can_write: Callable[[Item], bool]
    write: Callable[[Iterable[Item]], bytes]
    read: Callable[[bytes], Reading]


FORMATS = {
    one.name: one
    for one in (
        Format("yaml", ".yaml", item_files.can_write, item_files.write, item_files.read),
        Format("xlsx", ".xlsx", sheets.can_write, sheets.write_xlsx, sheets.read_xlsx),
        Format("csv", ".csv", sheets.can_write, sheets.write_csv, sheets.read_csv),
        Format("gift", ".gift", gift.can_write, gift.write, gift.read),
        Format("aiken", ".txt", aiken.can_write, aiken.write, aiken.read),
        Format("moodle", ".xml", moodle_xml.can_write, moodle_xml.write, moodle_xml.read),
        Format("qti21", ".zip", qti.can_write, partial(qti.write, version="2.1"), qti.read),
        Format("qti22", ".zip", qti.can_write, partial(qti.write, version="2.2"), qti.read),
        Format("qti30", ".zip", qti.can_write, partial(qti.write, version="3.0"), qti.read),
    )
}


@dataclass(frozen=True, slots=True)
class Export:
    """Items in a format.

    Attributes:
        data: The file.
        left_out: Items that the format has no room for, by ref.
        lost: Fields that do not come back when the file is read, by ref.
    """

    data: bytes
    left_out: tuple[str, ...]
    lost: dict[str, tuple[str, ...]]


def export_items(items: Iterable[Item], name: str) -> Export:
    """Write items and read them back: what does not come back is named.

    Raises:
        KeyError: If there is no such format.
    """
    form = FORMATS[name]
    every = list(items)
    written = [item for item in every if form.can_write(item)]
    data = form.write(written)
    back = form.read(data).entries
    lost: dict[str, tuple[str, ...]] = {}
    for item, entry in zip(written, back, strict=True):
        wanted = item.model_dump(mode="json", exclude_defaults=True)
        found = _plain(entry.fields)
        missing = tuple(field for field in wanted if found.get(field) != wanted[field])
        if missing:
            lost[item.ref] = missing
    left_out = tuple(item.ref for item in every if not form.can_write(item))
    return Export(data, left_out, lost)


def _plain(fields: Fields) -> dict[str, Any]:
    """Return fields as they look once the schema has read them; unreadable ones as they are."""
    try:
        return Item.model_validate(fields).model_dump(mode="json", exclude_defaults=True)
    except ValidationError:
        return fields


@dataclass(frozen=True, slots=True)
class Import:
    """A file as items.

    Attributes:
        items: In the order of the file; empty if there is any fault.
        drafts: Entries that lack something of ours (a rationale, named mistakes …); a committee
            completes them.
        faults: What makes the file unusable; then nothing of it is taken.
        incomplete: What the drafts lack, with place and field.
        dropped: What the file says and our items have no room for.
    """

    items: tuple[Item, ...]
    drafts: tuple[Entry, ...]
    faults: tuple[Remark, ...]
    incomplete: tuple[Remark, ...]
    dropped: tuple[Remark, ...]


def import_items(data: bytes, name: str, given: Mapping[str, Any] | None = None) -> Import:
    """Read a file of a format, all or nothing.

    Args:
        data: The file.
        name: The format.
        given: Fields for every item that does not say them itself, such as topic and level.

    Raises:
        KeyError: If there is no such format.
    """
    if len(data) > MOST_BYTES:
        too_large = Remark("file", f"larger than {MOST_BYTES} bytes")
        return Import((), (), (too_large,), (), ())
    reading = FORMATS[name].read(data)
    faults = [*reading.faults, *_twice(reading.entries)]
    if not reading.entries and not faults:
        faults.append(Remark("file", "no items"))
    if faults:
        return Import((), (), tuple(faults), (), tuple(reading.dropped))
    items, drafts, incomplete = [], [], []
    for entry in reading.entries:
        fields = {**(given or {}), **entry.fields}
        try:
            items.append(Item.model_validate(fields))
        except ValidationError as error:
            drafts.append(Entry(entry.place, fields))
            incomplete += [
                Remark(entry.place, message.removeprefix(f"{entry.place}: "))
                for message in explain(error, entry.place)
            ]
    return Import(tuple(items), tuple(drafts), (), tuple(incomplete), tuple(reading.dropped))


def _twice(entries: Iterable[Entry]) -> list[Remark]:
    seen: dict[tuple[str, int], str] = {}
    faults = []
    for entry in entries:
        if "id" not in entry.fields:
            continue
        key = str(entry.fields["id"]), int(entry.fields.get("version", 1))
        if key in seen:
            faults.append(Remark(entry.place, f"{key[0]}@{key[1]} stands at {seen[key]} already"))
        seen.setdefault(key, entry.place)
    return faults
