"""What changed between two versions of a blueprint, quota by quota. Pure.

Bodies are documents that may not be fit to be a blueprint yet: a draft is compared as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from question_bank.blueprints import SELECTORS

Body = Mapping[str, Any]

PLAIN = ("title", "level", "pool", "item_count", "max_exposure", "avoid_sittings")
MATCH = ("expected_fraction", "slack_marks", "information", "information_slack")


@dataclass(frozen=True, slots=True)
class BlueprintChange:
    """One part of two versions.

    Attributes:
        part: `quota`, `section`, `must_include`, `enemies`, or the name of a field.
        before, after: The part of the document; None where a version does not have it.
    """

    part: str
    before: Any
    after: Any

    @property
    def state(self) -> str:
        """`added`, `removed` or `changed`."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def blueprint_changes(before: Body, after: Body) -> list[BlueprintChange]:
    """Return what differs, in the order of the newer document; gone parts stand at the end.

    Quotas are the same when they ask for the same items: moving one is no change, other bounds
    are. Sections are compared by place, because their order is what the candidate goes through.

    Args:
        before: The older version as JSON values.
        after: The newer one.
    """
    out = [
        BlueprintChange(name, before.get(name), after.get(name))
        for name in PLAIN
        if before.get(name) != after.get(name)
    ]
    old_match, new_match = before.get("match") or {}, after.get("match") or {}
    out += [
        BlueprintChange(name, old_match.get(name), new_match.get(name))
        for name in MATCH
        if old_match.get(name) != new_match.get(name)
    ]
    out += _quotas(before.get("quotas") or (), after.get("quotas") or ())
    out += _sections(before.get("sections") or (), after.get("sections") or ())
    for name in ("must_include", "enemies"):
        out += _named(name, before.get(name) or (), after.get(name) or ())
    return out


def _quotas(before: Sequence[Body], after: Sequence[Body]) -> Iterator[BlueprintChange]:
    old, new = dict(_keyed(before)), dict(_keyed(after))
    for key, quota in new.items():
        held = old.get(key)
        if held is None or _bounds(held) != _bounds(quota):
            yield BlueprintChange("quota", held, quota)
    for key, quota in old.items():
        if key not in new:
            yield BlueprintChange("quota", quota, None)


def _keyed(quotas: Sequence[Body]) -> Iterator[tuple[tuple[object, ...], Body]]:
    """Yield each quota by what it asks for; a second one for the same stands beside it."""
    seen: dict[tuple[object, ...], int] = {}
    for quota in quotas:
        asked = tuple(quota.get(name) for name in SELECTORS)
        seen[asked] = seen.get(asked, 0) + 1
        yield (*asked, seen[asked]), quota


def _bounds(quota: Body) -> tuple[object, object]:
    return quota.get("least") or 0, quota.get("most")


def _sections(before: Sequence[Body], after: Sequence[Body]) -> Iterator[BlueprintChange]:
    for place in range(max(len(before), len(after))):
        old = before[place] if place < len(before) else None
        new = after[place] if place < len(after) else None
        if old is None or new is None or _filled(old) != _filled(new):
            yield BlueprintChange("section", old, new)


def _filled(section: Body) -> dict[str, Any]:
    return {name: value for name, value in section.items() if value not in (None, [], ())}


def _named(part: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[BlueprintChange]:
    old, new = ([_sorted(one) for one in held] for held in (before, after))
    yield from (BlueprintChange(part, None, one) for one in new if one not in old)
    yield from (BlueprintChange(part, one, None) for one in old if one not in new)


def _sorted(value: Any) -> Any:
    return sorted(value) if isinstance(value, list | tuple) else value
