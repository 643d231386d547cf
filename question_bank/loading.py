"""Read content files; every fault of a file is told at once, with file, id and field."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from yaml.composer import Composer

from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.errors import ContentError
from question_bank.items import CaseGroup, Item

CONTENT = Path(__file__).parent / "content"
MAX_FILE_BYTES = 4 * 1024 * 1024


_FastLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader on libyaml, eight times as fast, where PyYAML was built with it."""


class PlainLoader(Composer, _FastLoader):
    """Safe YAML without aliases: an alias bomb is refused instead of unfolded."""

    def __init__(self, stream: str) -> None:
        _FastLoader.__init__(self, stream)
        Composer.__init__(self)

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.constructor.ConstructorError(
                None, None, "aliases are not allowed", event.start_mark
            )
        return super().compose_node(parent, index)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read one content file as a mapping.

    Raises:
        ContentError: If it is too large, no YAML, or no mapping.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ContentError([f"{path.name}: larger than {MAX_FILE_BYTES} bytes"])
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=PlainLoader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContentError([f"{path.name}: {error}"]) from error
    except RecursionError as error:
        raise ContentError([f"{path.name}: nested too deeply"]) from error
    if not isinstance(data, dict):
        raise ContentError([f"{path.name}: not a mapping"])
    return data


def parse_item_file(data: dict[str, Any], name: str) -> tuple[list[Item], list[CaseGroup]]:
    """Turn the content of one item file into items and case groups.

    Args:
        data: The file's mapping: `lang`, `items`, `cases`.
        name: Its name, for messages.

    Raises:
        ContentError: With every fault of the file.
    """
    faults: list[str] = []
    if data.get("lang") != "zh-Hans":
        faults.append(f"{name}: lang: zh-Hans expected")
    if unknown := set(data) - {"lang", "items", "cases"}:
        faults.append(f"{name}: unknown keys {sorted(unknown)}")
    items: list[Item] = []
    cases: list[CaseGroup] = []
    for raw in data.get("items") or []:
        _parse_item(raw, {}, name, items, faults)
    for raw in data.get("cases") or []:
        _parse_case(raw, name, items, cases, faults)
    if faults:
        raise ContentError(faults)
    return items, cases


def _parse_item(
    raw: Any, given: dict[str, Any], name: str, items: list[Item], faults: list[str]
) -> str:
    where = raw.get("id", "?") if isinstance(raw, dict) else "?"
    try:
        items.append(Item.model_validate({**raw, **given}))
    except (ValidationError, TypeError) as error:
        faults.extend(explain(error, f"{name}: {where}"))
    return str(where)


def _parse_case(
    raw: Any, name: str, items: list[Item], cases: list[CaseGroup], faults: list[str]
) -> None:
    if not isinstance(raw, dict):
        faults.append(f"{name}: a case is not a mapping")
        return
    given = {"pool": raw.get("pool"), "case_id": raw.get("id")}
    ids = tuple(_parse_item(one, given, name, items, faults) for one in raw.get("items") or [])
    rest = {key: value for key, value in raw.items() if key != "items"}
    try:
        cases.append(CaseGroup.model_validate({**rest, "item_ids": ids}))
    except ValidationError as error:
        faults.extend(explain(error, f"{name}: {raw.get('id', '?')}"))


def explain(error: Exception, where: str) -> list[str]:
    """Write a validation error as one line for each fault: file, id, field, what is wrong."""
    if not isinstance(error, ValidationError):
        return [f"{where}: {error}"]
    return [
        f"{where}: {'.'.join(str(part) for part in fault['loc']) or 'item'}: {fault['msg']}"
        for fault in error.errors()
    ]


def load_bank(folder: Path = CONTENT / "items") -> ItemBank:
    """Load every item file of a folder.

    Raises:
        ContentError: With every fault of every file; duplicate ids too.
    """
    items: list[Item] = []
    cases: list[CaseGroup] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            more_items, more_cases = parse_item_file(read_yaml(path), path.name)
        except ContentError as error:
            faults.extend(error.faults)
            continue
        items += more_items
        cases += more_cases
    faults += _duplicates([item.ref for item in items] + [case.ref for case in cases])
    if faults:
        raise ContentError(faults)
    return ItemBank(items, cases)


def _duplicates(refs: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    twice = []
    for ref in refs:
        if ref in seen:
            twice.append(f"{ref}: two items of this id and version")
        seen.add(ref)
    return twice


def load_blueprints(folder: Path = CONTENT / "blueprints") -> dict[str, ExamBlueprint]:
    """Load every blueprint of a folder, by ref.

    Raises:
        ContentError: With every fault.
    """
    found: dict[str, ExamBlueprint] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        data = read_yaml(path)
        data.pop("lang", None)
        try:
            blueprint = ExamBlueprint.model_validate(data)
        except ValidationError as error:
            faults.extend(explain(error, path.name))
            continue
        found[blueprint.ref] = blueprint
    if faults:
        raise ContentError(faults)
    return found
