"""Aiken: a question, its choices `A.` or `A)`, and `ANSWER: B`; nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable

from question_bank.interchange.entries import Entry, Fields, Reading
from question_bank.items import Item, ItemKind

CHOICE = re.compile(r"^([A-H])[.)]\s+(.*)$")
ANSWER = re.compile(r"^ANSWER:\s*([A-H])\s*$")


def can_write(item: Item) -> bool:
    """Say whether the format has room for an item's question at all."""
    return item.kind is ItemKind.SINGLE_CHOICE and item.parametric is None


def write(items: Iterable[Item]) -> bytes:
    """Return items that `can_write` accepts as an Aiken file."""
    blocks = []
    for item in items:
        lines = [" ".join(item.stem.split("\n"))]
        lines += [f"{one.upper()}. {' '.join(text.split())}" for one, text in item.choices.items()]
        lines.append(f"ANSWER: {next(iter(item.key_ids)).upper()}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks).encode() + b"\n"


def read(data: bytes) -> Reading:
    """Read an Aiken file; lines count from 1."""
    reading = Reading()
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        reading.refuse("line 1", f"not UTF-8: {error.reason}")
        return reading
    stem: list[str] = []
    choices: dict[str, str] = {}
    start = 0
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line:
            continue
        start = start or number
        if found := ANSWER.match(line):
            _close(reading, start, stem, choices, found[1].lower())
            stem, choices, start = [], {}, 0
        elif (found := CHOICE.match(line)) and stem:
            if found[1].lower() in choices:
                reading.refuse(f"line {number}", f"choice {found[1]} twice")
            choices[found[1].lower()] = found[2].strip()
        elif choices:
            reading.refuse(f"line {number}", "a choice A., B. … or ANSWER: was expected")
        else:
            stem.append(line)
    if stem or choices:
        reading.refuse(f"line {start}", "the question has no ANSWER: line")
    return reading


def _close(
    reading: Reading, start: int, stem: list[str], choices: dict[str, str], key: str
) -> None:
    place = f"line {start}"
    if not stem:
        reading.refuse(place, "an ANSWER: line without a question")
    elif key not in choices:
        reading.refuse(place, f"ANSWER: {key.upper()} is none of the choices")
    else:
        fields: Fields = {
            "kind": "single_choice",
            "stem": "\n".join(stem),
            "choices": dict(choices),
            "key": [key],
        }
        reading.entries.append(Entry(place, fields))
