"""What a recheck says: how much it looked at, and each thing that is not as it should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """Something stored that is not what it was made from.

    Attributes:
        code: What is wrong; `app.contests.labels.FINDING` has the words.
        where: Round, contestant's code, row: enough to find it.
        stored: What stands in the database.
        found: What it should be, recomputed or as it was noted when it was made.
    """

    code: str
    where: str
    stored: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a contestant's points of one round are made.

    Attributes:
        title: Of the round.
        terms: (`room`, `forecast` or `jury`, points, weight); weights add up to 1.
        total: Sum of points times weight, unrounded.
    """

    title: str
    terms: tuple[tuple[str, float, float], ...]
    total: float


@dataclass(slots=True)
class Report:
    """A contest computed anew.

    Attributes:
        counts: Things that were checked, by kind: seals, rooms, events, scores, marks, results.
        findings: In the order in which they were met; empty if everything is as it should be.
        lines: How each contestant's points are made, by code: one explanation a round.
    """

    counts: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    lines: dict[str, list[Explanation]] = field(default_factory=dict)

    def count(self, kind: str, number: int = 1) -> None:
        """Note that so many things of a kind were checked."""
        self.counts[kind] = self.counts.get(kind, 0) + number

    def expect(self, code: str, where: str, stored: object, found: object) -> bool:
        """Note a finding unless both are equal; say whether they are."""
        if stored == found:
            return True
        self.findings.append(Finding(code, where, str(stored), str(found)))
        return False

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able data."""
        return asdict(self)


def parse_report(data: Mapping[str, Any]) -> Report:
    """Return the report that `Report.to_dict` wrote."""
    findings = [Finding(**one) for one in data["findings"]]
    lines = {
        code: [
            Explanation(one["title"], tuple((a, b, c) for a, b, c in one["terms"]), one["total"])
            for one in held
        ]
        for code, held in data["lines"].items()
    }
    return Report(dict(data["counts"]), findings, lines)
