"""A set of items that can be asked for by ref."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from question_bank.errors import UnknownItemError
from question_bank.instances import instance_of, split_pinned
from question_bank.items import CaseGroup, Item, Pool


class ItemBank:
    """Items of one moment: every version that was given, and the newest of each id."""

    def __init__(self, items: Iterable[Item], cases: Iterable[CaseGroup] = ()) -> None:
        self._by_ref = {item.ref: item for item in items}
        self._cases = {case.id: case for case in cases}
        self._newest: dict[str, Item] = {}
        for item in self._by_ref.values():
            held = self._newest.get(item.id)
            if held is None or held.version < item.version:
                self._newest[item.id] = item

    def __len__(self) -> int:
        return len(self._newest)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._newest.values())

    def item(self, ref: str) -> Item:
        """Return one version, with the values filled in that its ref pins.

        Raises:
            UnknownItemError: If this bank does not hold it.
            ParameterError: If the ref pins values that are not the item's.
        """
        version_ref, pinned = split_pinned(ref)
        try:
            item = self._by_ref[version_ref]
        except KeyError:
            raise UnknownItemError(ref) from None
        return instance_of(item, pinned) if pinned else item

    def case(self, case_id: str) -> CaseGroup:
        """Return a case group.

        Raises:
            UnknownItemError: If this bank does not hold it.
        """
        try:
            return self._cases[case_id]
        except KeyError:
            raise UnknownItemError(case_id) from None

    @property
    def cases(self) -> list[CaseGroup]:
        return list(self._cases.values())

    @property
    def torn_cases(self) -> list[CaseGroup]:
        """The case groups that lack an item: none of their items is drawn until that is mended."""
        return [
            case
            for case in self._cases.values()
            if any(item_id not in self._newest for item_id in case.item_ids)
        ]

    def pool(self, pool: Pool) -> ItemBank:
        """Return the part of the bank that may appear in `pool`."""
        return ItemBank(
            (item for item in self if item.pool is pool),
            (case for case in self._cases.values() if case.pool is pool),
        )
