"""What changed between two versions of a programme, field by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Change:
    """One field of two versions.

    Attributes:
        field: Dotted name, as in the document.
        before, after: Its values; None where the version has no such field.
    """

    field: str
    before: Scalar
    after: Scalar

    @property
    def state(self) -> str:
        """`same`, `added`, `removed` or `changed`."""
        if self.before == self.after:
            return "same"
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return every field of two documents in the order of the newer, gone ones at the end.

    Args:
        before: The older version as JSON values.
        after: The newer one.
    """
    old, new = dict(flat(before)), dict(flat(after))
    names = [*new, *(name for name in old if name not in new)]
    return [Change(name, old.get(name), new.get(name)) for name in names]


def flat(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Scalar]]:
    """Yield (dotted name, value) of every field of a document.

    Prerequisites are named by their kind, so that their order does not matter.
    """
    for name, value in document.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from flat(value, f"{path}.")
        elif name == "prerequisites":
            yield from _prerequisites(value)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield path, "、".join(str(one) for one in value)
        else:
            yield path, value


def _prerequisites(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Scalar]]:
    for row in rows:
        value = next((row[name] for name in ("level", "count", "hours") if name in row), None)
        yield f"prerequisites.{row.get('kind')}", value
