"""How many forms a bank gives before its caps bite: by hand, and against real draws."""

from __future__ import annotations

import pytest

from question_bank.assembly import assemble_form
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint, Quota
from question_bank.errors import InfeasibleBlueprintError
from question_bank.exposure import Exposure, exposure_of
from question_bank.supply import (
    PLANNING_CAP,
    blueprint_health,
    forms_left,
    forms_until_spent,
    items_to_last,
)
from tests.factories.bank import numeric_item, single_item

SINGLES = [single_item(f"s-{n}") for n in range(4)]
FRESH = Exposure()


class TestFormsUntilSpent:
    def test_each_item_is_good_for_its_share_of_the_first_forty(self):
        # 4 items, a tenth of 40 forms each: 16 uses, one a form.
        assert forms_until_spent(SINGLES, 1, cap=0.1, exposure=FRESH) == 16
        assert forms_until_spent(SINGLES, 2, cap=0.1, exposure=FRESH) == 8

    def test_what_is_used_up_is_gone(self):
        used = Exposure(10, {"s-0": 4, "s-1": 4, "s-2": 4, "s-3": 3})

        assert forms_until_spent(SINGLES, 1, cap=0.1, exposure=used) == 1

    def test_enough_items_last(self):
        five = [*SINGLES, single_item("s-4")]
        assert forms_until_spent(five, 1, cap=0.25, exposure=FRESH) is None
        # Four at a quarter each come to one a form, but 41 / 4 is no whole number of uses.
        assert forms_until_spent(SINGLES, 1, cap=0.25, exposure=FRESH) == 40
        assert [items_to_last(wanted, 0.25) for wanted in (1, 4)] == [5, 18]
        assert items_to_last(3, 1.0) == 3

    def test_too_few_items_give_no_form(self):
        assert forms_until_spent(SINGLES, 5, cap=1.0, exposure=FRESH) == 0
        assert forms_until_spent([], 0, cap=0.1, exposure=FRESH) is None


def blueprint(**changes):
    return ExamBlueprint.model_validate(
        {
            "id": "capped",
            "version": 1,
            "title": "有上限的卷",
            "level": "junior",
            "pool": "exam",
            "item_count": 2,
            "quotas": [Quota(kind="single_choice", least=1), Quota(kind="numeric", least=1)],
            **changes,
        }
    )


class TestBlueprintHealth:
    def test_the_tightest_cell_decides_and_draws_reach_it(self):
        items = [*SINGLES, *(numeric_item(f"n-{n}", 2.5) for n in range(2))]
        capped = blueprint(max_exposure=0.1)
        cells = blueprint_health(capped, items, FRESH)

        # Singles: 16 forms; numbers: 2 × 4 = 8; the whole form: 24 uses of 2 each, 12.
        assert [cell.form_count for cell in cells] == [16, 8, 12]
        assert [cell.lacking_count for cell in cells] == [9, 11, 19]
        assert forms_left(cells) == 8

        bank, forms = ItemBank(items), []
        with pytest.raises(InfeasibleBlueprintError):
            for number in range(20):
                drawn = assemble_form(
                    bank, capped, seed=number.to_bytes(32, "big"), exposure=exposure_of(forms)
                )
                forms.append(drawn.items)
        assert len(forms) == 8
        spent = blueprint_health(capped, items, exposure_of(forms))
        assert (spent[1].spent_count, spent[1].is_short) == (2, True)

    def test_without_a_cap_one_form_in_four_is_reckoned_with(self):
        cells = blueprint_health(blueprint(), SINGLES, FRESH)

        assert PLANNING_CAP == 0.25
        assert [cell.form_count for cell in cells] == [40, 0, 20]

    def test_items_of_another_pool_or_level_do_not_count(self):
        other = [single_item("p-0", pool="practice"), single_item("i-0", level="intermediate")]

        assert blueprint_health(blueprint(), other, FRESH)[0].live_count == 0
