"""What is practised next, and mocks of exams from the practice half."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.items import Pool
from question_bank.mocks import mock_plan, practice_bank
from question_bank.practising import Candidate, Held, Mode, chosen, shown_order
from tests.factories.bank import numeric_item, single_item, truth_item

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
ITEMS = [Candidate(f"{skill}-{n}", skill, n / 2 - 1) for skill in "ab" for n in range(6)]


def held(due_days=0, *, recall=0.9, wrong=0, run=0):
    return Held(NOON + timedelta(days=due_days), NOON - timedelta(days=3), recall, wrong, run)


def choice(mode, cards=None, **changes):
    return chosen(mode, ITEMS, cards or {}, **{"count": 4, "now": NOON, "seed": "s", **changes})


def test_the_queue_holds_what_is_due_the_most_forgotten_first():
    cards = {
        "a-1": held(0, recall=0.8),
        "a-2": held(-5, recall=0.4),
        "a-3": held(1, recall=0.1),
        "gone": held(-9, recall=0.0),  # retired since
    }

    assert choice(Mode.TODAY, cards) == ["a-2", "a-1"]


def test_a_mistake_leaves_after_two_right_answers():
    cards = {"a-1": held(9, wrong=1, run=1), "a-2": held(9, wrong=3, run=2), "a-3": held(9)}

    assert choice(Mode.MISTAKES, cards) == ["a-1"]


def test_new_items_come_before_seen_ones_and_near_the_ability_first():
    cards = {f"a-{n}": held(5) for n in range(5)}

    found = choice(Mode.SKILL, cards, skill="a", theta=0.0)

    assert found[0] == "a-5"
    assert set(found) <= {one.item_id for one in ITEMS if one.skill == "a"}
    near = choice(Mode.SKILL, skill="a", theta=1.0)
    assert near[0] in {"a-4", "a-5"}


def test_weak_skills_come_as_often_as_they_are_weak():
    found = choice(Mode.WEAK, gaps={"a": 0.3, "b": 0.1})

    assert [one[0] for one in found].count("a") == 3


def test_a_mix_takes_from_every_skill():
    assert {one[0] for one in choice(Mode.MIXED)} == {"a", "b"}


def test_the_same_seed_gives_the_same_list_and_no_item_twice():
    found = choice(Mode.MIXED, count=50)

    assert found == choice(Mode.MIXED, count=50)
    assert len(set(found)) == len(ITEMS)


def test_choices_change_their_places_but_numbers_keep_their_order():
    item = single_item("a-one")
    orders = {tuple(shown_order(item, bytes([n]))) for n in range(20)}
    numbers = item.model_copy(
        update={"choices": {"a": "¥9.9", "b": "12 元", "c": "30%", "d": "−4"}}
    )

    assert len(orders) > 5
    assert shown_order(numbers, b"1") == ["a", "b", "c", "d"]


EXAM = ExamBlueprint.model_validate(
    {
        "id": "exam",
        "version": 3,
        "title": "考试",
        "level": "junior",
        "pool": "exam",
        "item_count": 40,
        "quotas": [
            {"topic": "traffic", "least": 20, "most": 20},
            {"kind": "true_false", "least": 4},
        ],
        "max_exposure": 0.3,
    }
)


def practice_items(count, **changes):
    return [single_item(f"p-{n}", pool="practice", **changes) for n in range(count)]


class TestMockPlan:
    def test_is_the_exam_itself_where_there_is_enough(self):
        items = practice_items(20) + [
            truth_item(f"t-{n}", pool="practice", topic="anchor") for n in range(20)
        ]

        plan = mock_plan(EXAM, practice_bank(items, []))

        assert plan is not None
        assert (plan.length_fraction, plan.blueprint.quotas) == (1.0, EXAM.quotas)
        assert (plan.blueprint.id, plan.blueprint.pool) == ("mock-exam", Pool.PRACTICE)
        assert plan.blueprint.max_exposure is None

    def test_is_shorter_with_the_same_time_for_an_item_where_there_is_not(self):
        plan = mock_plan(EXAM, practice_bank(practice_items(25), []))

        assert plan is not None
        assert plan.blueprint.item_count == 20
        assert plan.limit_s(40 * 60) == 20 * 60

    def test_never_takes_an_item_of_a_live_form(self):
        live = [single_item(f"e-{n}") for n in range(60)]

        assert list(practice_bank(live, [])) == []
        assert mock_plan(EXAM, practice_bank(live, [])) is None

    @pytest.mark.parametrize("count", [0, 5])
    def test_says_when_nothing_can_be_filled(self, count):
        assert mock_plan(EXAM, ItemBank(practice_items(count))) is None


def test_what_waits_for_people_is_not_practised():
    items = [numeric_item("n-one", 2.5, pool="practice")]

    assert [one.id for one in practice_bank(items, [])] == ["n-one"]
