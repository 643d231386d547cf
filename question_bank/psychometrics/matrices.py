"""Responses as a matrix of persons by items, the form that every statistic works on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from question_bank.errors import BankError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int32]

OMITTED = -1
"""Code of an answer that was left blank."""

NOT_SHOWN = -2
"""Code of an item that the person's form does not have."""


class MatrixError(BankError):
    """Raised when responses cannot be laid out as persons by items."""


@dataclass(frozen=True, slots=True)
class ScoredResponse:
    """One person's response to one item, scored.

    Attributes:
        person_id: Whose; any text that tells persons apart.
        item_ref: `id@version` of the item.
        credit: In [0, 1]; 0 if left blank.
        option: What was chosen, in a word; empty if nothing was.
        seconds: Time spent on the item; `None` if it was not measured.
    """

    person_id: str
    item_ref: str
    credit: float
    option: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ResponseMatrix:
    """Scored responses of n persons to k items.

    Attributes:
        person_ids: Length n.
        item_refs: Length k.
        credits: Shape (n, k), in [0, 1]; NaN where the form did not have the item.
        options: Shape (n, k): position in `option_names` of the item, `OMITTED` or `NOT_SHOWN`.
        option_names: For each item what was chosen by anyone, sorted.
        seconds: Shape (n, k); NaN where no time was measured.
    """

    person_ids: tuple[str, ...]
    item_refs: tuple[str, ...]
    credits: Floats
    options: Codes
    option_names: tuple[tuple[str, ...], ...]
    seconds: Floats

    @classmethod
    def from_responses(cls, responses: Iterable[ScoredResponse]) -> Self:
        """Lay responses out; persons and items in the order of their names.

        Raises:
            MatrixError: If a credit is outside [0, 1], or a person answered an item twice.
        """
        return cls.from_columns(
            *zip(
                *(
                    (one.person_id, one.item_ref, one.credit, one.option, one.seconds)
                    for one in responses
                ),
                strict=True,
            )
        )

    @classmethod
    def from_columns(
        cls,
        person_ids: Sequence[str] = (),
        item_refs: Sequence[str] = (),
        credit: Sequence[float] = (),
        option: Sequence[str] = (),
        seconds: Sequence[float | None] = (),
    ) -> Self:
        """Lay out columns of equal length, one entry a response.

        Raises:
            MatrixError: If a credit is outside [0, 1], or a person answered an item twice.
        """
        persons, rows = _coded(person_ids)
        items, columns = _coded(item_refs)
        shape = len(persons), len(items)
        values = np.asarray(credit, dtype=np.float64)
        outside = ~((values >= 0) & (values <= 1))
        if outside.any():
            first = int(np.flatnonzero(outside)[0])
            raise MatrixError(
                f"{person_ids[first]}, {item_refs[first]}: credit {credit[first]} is not in [0, 1]"
            )
        cells = rows * max(1, shape[1]) + columns
        if len(np.unique(cells)) < len(cells):
            order = np.argsort(cells, kind="stable")
            twice = int(order[1:][np.diff(cells[order]) == 0][0])
            raise MatrixError(f"{person_ids[twice]}, {item_refs[twice]}: answered twice")
        credits = np.full(shape, np.nan)
        credits[rows, columns] = values
        options = np.full(shape, NOT_SHOWN, dtype=np.int32)
        names = _option_codes(options, rows, columns, option, shape[1])
        times = np.full(shape, np.nan)
        times[rows, columns] = np.array(seconds, dtype=np.float64)
        return cls(persons, items, credits, options, names, times)

    @classmethod
    def of_credits(cls, credits: Floats) -> Self:
        """Return the matrix of bare credits, as published data sets have them; shape (n, k)."""
        n, k = credits.shape
        return cls(
            tuple(f"p{number}" for number in range(n)),
            tuple(f"i{number}" for number in range(k)),
            np.asarray(credits, dtype=np.float64),
            np.where(np.isnan(credits), NOT_SHOWN, OMITTED).astype(np.int32),
            ((),) * k,
            np.full((n, k), np.nan),
        )

    @property
    def shown(self) -> Flags:
        """Which items each person's form had; shape (n, k)."""
        return ~np.isnan(self.credits)

    @property
    def is_complete(self) -> bool:
        """Whether everybody had every item."""
        return bool(self.shown.all())

    @property
    def totals(self) -> Floats:
        """Each person's sum of credits, length n."""
        return np.asarray(np.nansum(self.credits, axis=1), dtype=np.float64)

    @property
    def score_fractions(self) -> Floats:
        """Each person's mean credit over the items shown, length n; NaN for none."""
        counts = self.shown.sum(axis=1)
        out = np.full(len(counts), np.nan)
        np.divide(self.totals, counts, out=out, where=counts > 0)
        return out

    def of_items(self, places: NDArray[np.int64]) -> Self:
        """Return the matrix of the items at `places`."""
        return type(self)(
            self.person_ids,
            tuple(self.item_refs[place] for place in places),
            self.credits[:, places],
            self.options[:, places],
            tuple(self.option_names[place] for place in places),
            self.seconds[:, places],
        )

    def resampled(self, rows: NDArray[np.int64]) -> Self:
        """Return the matrix of the persons at `rows`, repeated as they stand there."""
        return type(self)(
            tuple(self.person_ids[row] for row in rows),
            self.item_refs,
            self.credits[rows],
            self.options[rows],
            self.option_names,
            self.seconds[rows],
        )


def _coded(names: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the different names, sorted, and each entry's position among them."""
    known = sorted(set(names))
    place = {name: position for position, name in enumerate(known)}
    codes = np.fromiter(map(place.__getitem__, names), dtype=np.int64, count=len(names))
    return tuple(known), codes


def _option_codes(
    options: Codes,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    chosen: Sequence[str],
    items: int,
) -> tuple[tuple[str, ...], ...]:
    """Fill `options`; return what was chosen of each item."""
    known, codes = _coded(chosen)
    # Used pairs in the order (item, option): an option's code is its place among its item's.
    pairs, place = np.unique(columns * max(1, len(known)) + codes, return_inverse=True)
    of_item, option = np.divmod(pairs, max(1, len(known)))
    blank = np.array([not name for name in known], dtype=bool)[option]
    named = np.cumsum(~blank)
    before = np.concatenate([[0], named])[np.searchsorted(of_item, of_item)]
    options[rows, columns] = np.where(blank, OMITTED, named - 1 - before)[place]
    groups: list[list[str]] = [[] for _ in range(items)]
    for item, code in zip(of_item[~blank].tolist(), option[~blank].tolist(), strict=True):
        groups[item].append(known[code])
    return tuple(map(tuple, groups))
