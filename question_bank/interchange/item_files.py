"""Our own item files (YAML), with the line of every item."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from question_bank.interchange.entries import Entry, Reading
from question_bank.items import Item
from question_bank.loading import MAX_FILE_BYTES, PlainLoader


def can_write(item: Item) -> bool:
    """Say that every item can be written."""
    return bool(item.id)


def write(items: Iterable[Item]) -> bytes:
    """Return items as an item file; fields that have their default are left out."""
    entries = [item.model_dump(mode="json", exclude_defaults=True) for item in items]
    text = yaml.safe_dump(
        {"lang": "zh-Hans", "items": entries}, allow_unicode=True, sort_keys=False, width=100
    )
    return text.encode()


def read(data: bytes) -> Reading:
    """Read an item file; places are the lines where items begin."""
    reading = Reading()
    if len(data) > MAX_FILE_BYTES:
        reading.refuse("file", f"larger than {MAX_FILE_BYTES} bytes")
        return reading
    try:
        loader = PlainLoader(data.decode("utf-8-sig"))
        root = loader.get_single_node()
    except UnicodeDecodeError as error:
        reading.refuse("file", f"not UTF-8: {error.reason}")
        return reading
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = "file" if mark is None else f"line {mark.line + 1}"
        reading.refuse(place, str(getattr(error, "problem", None) or error))
        return reading
    except RecursionError:
        reading.refuse("file", "nested too deeply")
        return reading
    if not isinstance(root, yaml.MappingNode):
        reading.refuse("line 1", "a mapping with lang and items was expected")
        return reading
    for key, value in root.value:
        place = f"line {key.start_mark.line + 1}"
        if key.value == "lang":
            if value.value != "zh-Hans":
                reading.refuse(place, "lang: zh-Hans expected")
        elif key.value == "items" and isinstance(value, yaml.SequenceNode):
            for node in value.value:
                _take_item(loader, node, reading)
        elif key.value == "cases":
            reading.drop(place, "case groups: load them with their file")
        else:
            reading.refuse(place, f"{key.value}: not a part of an item file")
    return reading


def _take_item(loader: PlainLoader, node: yaml.Node, reading: Reading) -> None:
    place = f"line {node.start_mark.line + 1}"
    if not isinstance(node, yaml.MappingNode):
        reading.refuse(place, "an item is a mapping")
        return
    try:
        fields: Any = loader.construct_document(node)
    except yaml.YAMLError as error:
        reading.refuse(place, str(getattr(error, "problem", None) or error))
        return
    reading.entries.append(Entry(place, fields))
