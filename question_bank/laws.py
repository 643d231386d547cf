"""Law references: which texts items rest on, in which version, and what has changed since. Pure.

An item's `source` names a law as 《…》（2021-04-29 修正）. The file `content/laws.yaml` lists the
laws with the dates from which each of their versions is in force.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from question_bank.errors import ContentError
from question_bank.loading import CONTENT, explain, read_yaml
from question_bank.schema import ItemId, Strict

CITED = re.compile(r"《([^《》]{2,60})》[^《》；;（(]{0,20}(?:[（(]([^）)]{0,60})[）)])?")
"""A title in book marks, perhaps an article, perhaps dates in brackets."""

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class LawVersion(Strict):
    """One version of a law.

    Attributes:
        in_force_from: First day on which it applies.
        cited_as: Other dates by which the same text is cited: when it was passed or amended.
        change: What changed, in a sentence for authors.
        doubt: What nobody has compared with the official text yet; left out where nothing is in
            doubt, so that entries published before keep their content.
    """

    in_force_from: date
    cited_as: tuple[date, ...] = ()
    change: str = Field(min_length=4, max_length=200)
    doubt: str = Field(default="", max_length=200, exclude_if=lambda doubt: not doubt)

    @property
    def dates(self) -> frozenset[date]:
        return frozenset({self.in_force_from, *self.cited_as})


class Law(Strict):
    """A law or rule that items rest on.

    Attributes:
        id: Permanent id.
        title: As it is cited, without book marks.
        short: Other names that items may use.
        versions: Oldest first.
    """

    id: ItemId
    title: str = Field(min_length=4, max_length=60)
    short: tuple[str, ...] = ()
    versions: tuple[LawVersion, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def versions_in_order(self) -> Self:
        days = [one.in_force_from for one in self.versions]
        if days != sorted(set(days)):
            raise ValueError("versions must be in the order of their dates, each once")
        return self

    def version_on(self, day: date) -> LawVersion | None:
        """Return the version in force on a day; None before the first."""
        held = [one for one in self.versions if one.in_force_from <= day]
        return held[-1] if held else None

    def coming_after(self, day: date) -> LawVersion | None:
        """Return the next version that is not in force yet."""
        return next((one for one in self.versions if one.in_force_from > day), None)


@dataclass(frozen=True, slots=True)
class Citation:
    """A law that an item's source names.

    Attributes:
        title: As it stands there.
        dates: Dates in the brackets behind it.
    """

    title: str
    dates: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class StaleCitation:
    """An item whose law is not what it was when the item was written.

    Attributes:
        ref: The item version.
        title: The law as it is cited.
        law: The law; None if the list does not have it.
        why: `changed` (another version is in force), `coming` (another one will be), `undated`
            (no date is cited, so nobody can tell) or `unknown` (not in the list).
        change: What changed, for `changed` and `coming`.
        since: From which day, for `changed` and `coming`.
    """

    ref: str
    title: str
    law: Law | None
    why: str
    change: str = ""
    since: date | None = None


def load_laws(path: Path = CONTENT / "laws.yaml") -> tuple[Law, ...]:
    """Read the list of laws.

    Raises:
        ContentError: With every fault: file, law, field.
    """
    data = read_yaml(path)
    faults: list[str] = []
    laws: list[Law] = []
    if data.get("lang") != "zh-Hans":
        faults.append(f"{path.name}: lang: zh-Hans expected")
    if unknown := set(data) - {"lang", "laws"}:
        faults.append(f"{path.name}: unknown keys {sorted(unknown)}")
    for raw in data.get("laws") or []:
        where = raw.get("id", "?") if isinstance(raw, dict) else "?"
        try:
            laws.append(Law.model_validate(raw))
        except ValidationError as error:
            faults.extend(explain(error, f"{path.name}: {where}"))
    names = [name for law in laws for name in (law.title, *law.short)]
    faults += [f"{path.name}: {name}: named twice" for name in {*names} if names.count(name) > 1]
    if faults:
        raise ContentError(sorted(faults))
    return tuple(laws)


def citations(source: str) -> list[Citation]:
    """Return the laws that an item's source names, in their order."""
    return [
        Citation(found[1], tuple(_date(text) for text in DATE.findall(found[2] or "")))
        for found in CITED.finditer(source)
    ]


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min


def stale_citations(
    sources: Mapping[str, str], laws: Iterable[Law], *, today: date
) -> list[StaleCitation]:
    """Return every citation that wants a look, changed laws first.

    An item that names any date of the version in force is up to date, whatever else it names.

    Args:
        sources: Source text by item version.
        laws: The list.
        today: The day on which it must be right.
    """
    by_name = {name: law for law in laws for name in (law.title, *law.short)}
    out = [
        found
        for ref, source in sources.items()
        for cited in citations(source)
        if (found := _weighed(ref, cited, by_name.get(cited.title), today)) is not None
    ]
    order = ("changed", "coming", "undated", "unknown")
    return sorted(out, key=lambda one: (order.index(one.why), one.title, one.ref))


def _weighed(ref: str, cited: Citation, law: Law | None, today: date) -> StaleCitation | None:
    if law is None:
        return StaleCitation(ref, cited.title, None, "unknown")
    if not cited.dates:
        return StaleCitation(ref, cited.title, law, "undated")
    current, coming = law.version_on(today), law.coming_after(today)
    if current is not None and not current.dates & set(cited.dates):
        return StaleCitation(
            ref, cited.title, law, "changed", current.change, current.in_force_from
        )
    if coming is not None and not coming.dates & set(cited.dates):
        return StaleCitation(ref, cited.title, law, "coming", coming.change, coming.in_force_from)
    return None


def cited_counts(sources: Iterable[str], laws: Sequence[Law]) -> dict[str, int]:
    """Return how many sources name each law, by law id; a source counts once for each law."""
    by_name = {name: law.id for law in laws for name in (law.title, *law.short)}
    counts = {law.id: 0 for law in laws}
    for source in sources:
        for law_id in {by_name[one.title] for one in citations(source) if one.title in by_name}:
            counts[law_id] += 1
    return counts
