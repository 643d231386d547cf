"""Running figures of many runs in little memory: mean, spread, extremes, a histogram.

Tallies of parts are merged; a float sum depends on its order, so callers cut work at fixed places
and merge from first to last, which makes the figures independent of who worked out what.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import floor
from typing import Any


@dataclass(slots=True)
class Tally:
    """Figures of one number; `width` is the histogram's bin, bin i holds [i, i + 1) x width."""

    width: float = 1.0
    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    least: float = float("inf")
    most: float = float("-inf")
    bins: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Iterable[float], width: float = 1.0) -> "Tally":
        """Return the tally of some values."""
        tally = cls(width)
        for value in values:
            tally.add(value)
        return tally

    def add(self, value: float) -> None:
        """Count one value (Welford's update: no sum of squares that swallows the spread)."""
        self.count += 1
        step = value - self.mean
        self.mean += step / self.count
        self.squares += step * (value - self.mean)
        self.least = min(self.least, value)
        self.most = max(self.most, value)
        at = floor(value / self.width)
        self.bins[at] = self.bins.get(at, 0) + 1

    def merge(self, later: "Tally") -> None:
        """Take in the tally of later values (Chan's formula).

        Raises:
            ValueError: If its bins have another width.
        """
        if later.width != self.width:
            raise ValueError(f"bins of {later.width} do not fit bins of {self.width}")
        if later.count == 0:
            return
        total = self.count + later.count
        step = later.mean - self.mean
        self.squares += later.squares + step * step * self.count * later.count / total
        self.mean += step * later.count / total
        self.count = total
        self.least = min(self.least, later.least)
        self.most = max(self.most, later.most)
        for at, number in later.bins.items():
            self.bins[at] = self.bins.get(at, 0) + number

    @property
    def sd(self) -> float:
        """Return the standard deviation of the sample; 0 for fewer than two values."""
        return (self.squares / (self.count - 1)) ** 0.5 if self.count > 1 else 0.0

    def quantile(self, share: float) -> float:
        """Return the value below which a share lies, to within a bin; 0 for no values."""
        wanted, seen = share * self.count, 0
        for at in sorted(self.bins):
            inside = self.bins[at]
            if seen + inside >= wanted:
                value = (at + (wanted - seen) / inside) * self.width
                return min(max(value, self.least), self.most)
            seen += inside
        return 0.0

    def histogram(self) -> dict[str, Any]:
        """Return the histogram for a chart: the first bin's start, the width, counts gapless."""
        if not self.bins:
            return {"start": 0.0, "width": self.width, "counts": []}
        first, last = min(self.bins), max(self.bins)
        return {
            "start": round(first * self.width, 6),
            "width": self.width,
            "counts": [self.bins.get(at, 0) for at in range(first, last + 1)],
        }

    def to_dict(self, digits: int = 2) -> dict[str, float]:
        """Return mean, sd, 5th, 50th and 95th percentile, least and most."""
        is_empty = self.count == 0
        return {
            "mean": round(self.mean, digits),
            "sd": round(self.sd, digits),
            "p5": round(self.quantile(0.05), digits),
            "p50": round(self.quantile(0.50), digits),
            "p95": round(self.quantile(0.95), digits),
            "least": 0.0 if is_empty else round(self.least, digits),
            "most": 0.0 if is_empty else round(self.most, digits),
        }
