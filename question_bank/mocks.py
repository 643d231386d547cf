"""Mock exams (模拟考试): the blueprint of an exam, to be filled from the practice half of the bank.

No item of a mock stands in a live form. Where the practice half holds enough, a mock is the exam's
own blueprint; where it does not, it is a shorter exam with the same shares of topics and the same
time for an item, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from question_bank.assembly import missing_cells
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint, Quota
from question_bank.items import CaseGroup, Item, Pool
from question_bank.passing import topic_counts

MOCK_PREFIX = "mock-"
"""How the ids of these blueprints begin: their attempts never stand among an exam's."""

STEPS = (1.0, 0.75, 0.5, 0.4, 0.3, 0.25)
"""Lengths that are tried, as shares of the exam's."""

LEAST_ITEMS = 10


@dataclass(frozen=True, slots=True)
class MockPlan:
    """What a mock of an exam looks like.

    Attributes:
        blueprint: Fills from the practice half.
        length_fraction: Its length as a share of the exam's; 1 where it has the exam's quotas.
    """

    blueprint: ExamBlueprint
    length_fraction: float

    def limit_s(self, exam_limit_s: int) -> int:
        """Return its time limit: as much for an item as in the exam, in whole minutes."""
        return max(60, round(exam_limit_s * self.length_fraction / 60) * 60)


def practice_bank(items: Sequence[Item], cases: Sequence[CaseGroup]) -> ItemBank:
    """Return what mocks are drawn from: items of the practice half that score themselves."""
    held = [one for one in items if one.pool is Pool.PRACTICE and not one.kind.is_settled_later]
    ids = {one.id for one in held}
    whole = [one for one in cases if ids.issuperset(one.item_ids)]
    known = {one.id for one in whole}
    return ItemBank([one for one in held if one.case_id is None or one.case_id in known], whole)


def mock_plan(exam: ExamBlueprint, bank: ItemBank) -> MockPlan | None:
    """Return the mock of an exam that the bank can fill; None if not even a short one.

    Args:
        exam: The blueprint of the real exam.
        bank: As `practice_bank` makes it.
    """
    for share in STEPS:
        blueprint = _whole(exam) if share == 1 else _short(exam, share)
        if blueprint.item_count >= LEAST_ITEMS and not missing_cells(bank, blueprint):
            return MockPlan(blueprint, blueprint.item_count / exam.item_count)
    return None


def _whole(exam: ExamBlueprint) -> ExamBlueprint:
    return exam.model_copy(
        update={
            "id": MOCK_PREFIX + exam.id,
            "pool": Pool.PRACTICE,
            "must_include": [],
            "enemies": [],
            "match": None,
            "max_exposure": None,
            "pilot_count": 0,
        }
    )


def _short(exam: ExamBlueprint, share: float) -> ExamBlueprint:
    """Return a shorter blueprint: topics in their shares, one item up or down; other quotas out."""
    counts = {one: round(count * share) for one, count in topic_counts(exam).items()}
    quotas = [
        Quota(topic=one, least=max(0, count - 1), most=count + 1) for one, count in counts.items()
    ]
    return _whole(exam).model_copy(
        update={"item_count": sum(counts.values()), "quotas": quotas, "sections": []}
    )
