"""What a form must hold, must not hold, and how alike forms are."""

from __future__ import annotations

import pytest

from question_bank.assembly import assemble_form, missing_cells
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint, Match
from question_bank.errors import InfeasibleBlueprintError
from question_bank.expectations import expected_credit, expected_marks
from question_bank.exposure import Exposure, exposure_of, overlap_fraction
from question_bank.items import ItemKind, split_ref
from question_bank.loading import load_bank, load_blueprints
from tests.factories.bank import LITTLE_BLUEPRINT, case_items, numeric_item, single_item
from tests.factories.kinds import KINDS_BLUEPRINT, kinds_bank, ordering_item


def seed(n: int) -> bytes:
    return n.to_bytes(16, "big")


def blueprint(**changes: object) -> ExamBlueprint:
    values = LITTLE_BLUEPRINT.model_dump() | {"item_count": 2, "quotas": []} | changes
    return ExamBlueprint.model_validate(values)


class TestMustInclude:
    def test_stands_in_every_form(self):
        bank = ItemBank([single_item(f"i{n}") for n in range(6)])

        for n in range(8):
            form = assemble_form(bank, blueprint(must_include=["i3"]), seed=seed(n))
            assert "i3@1" in form.items

    @pytest.mark.parametrize("ids", [["ghost"], ["one", "two"]])
    def test_is_named_when_it_cannot_be_in(self, ids):
        bank = ItemBank([single_item("one", enemies=["two"]), single_item("two"), single_item("x")])

        cells = missing_cells(bank, blueprint(must_include=ids))

        assert any(cell.startswith(f"must include {ids[-1]}") or ids[0] in cell for cell in cells)


class TestLastSitting:
    def test_nothing_seen_is_drawn_again_and_a_case_falls_whole(self):
        case, members = case_items("case-one", 3)
        bank = ItemBank([*members, *(single_item(f"i{n}") for n in range(4))], [case])

        for n in range(6):
            form = assemble_form(bank, blueprint(), seed=seed(n), avoid=["case-one-1", "i0", "i1"])
            assert set(form.items) == {"i2@1", "i3@1"}

    def test_what_is_left_out_is_told_with_the_missing_cell(self):
        bank = ItemBank([single_item(f"i{n}") for n in range(3)])

        with pytest.raises(InfeasibleBlueprintError, match="2 seen or spent are left out"):
            assemble_form(bank, blueprint(), seed=seed(1), avoid=["i0", "i1"])


class TestExposure:
    def test_no_item_goes_above_its_cap(self):
        bank = ItemBank([single_item(f"i{n}") for n in range(12)])
        capped = blueprint(item_count=3, max_exposure=0.3)
        forms: list[tuple[str, ...]] = []

        for n in range(120):
            form = assemble_form(bank, capped, seed=seed(n), exposure=exposure_of(forms))
            forms.append(form.items)

        exposure = exposure_of(forms)
        rates = [exposure.rate(f"i{n}") for n in range(12)]
        assert max(rates) <= 0.3
        assert min(rates) >= 0.15

    def test_a_cap_that_the_bank_cannot_bear_is_told(self):
        bank = ItemBank([single_item(f"i{n}") for n in range(3)])
        worn = Exposure(100, {f"i{n}": 60 for n in range(3)})

        with pytest.raises(InfeasibleBlueprintError, match="seen or spent"):
            assemble_form(bank, blueprint(max_exposure=0.5), seed=seed(1), exposure=worn)

    def test_counts_versions_and_figures_of_an_item_as_one(self):
        exposure = exposure_of([["p@1#x=1", "q@1"], ["p@2#x=2"]])

        assert exposure.rate("p") == 1.0
        assert exposure.rate("q") == 0.5
        assert overlap_fraction(["p@1#x=1", "q@1"], ["p@2#x=2", "r@1"]) == 0.5


class TestMatch:
    def test_three_sittings_share_no_item_and_differ_by_a_quarter_of_a_mark(self):
        bank, matched = load_bank(), load_blueprints()["junior-theory@2"]
        marks, seen = [], set()
        for n in range(3):
            form = assemble_form(bank, matched, seed=seed(n), avoid=seen)
            marks.append(expected_marks(bank.item(ref) for ref in form.items))
            seen |= {split_ref(ref)[0] for ref in form.items}

        assert len(seen) == 3 * matched.item_count
        assert max(marks) - min(marks) <= 0.25
        wanted = matched.match.expected_fraction * matched.item_count
        assert all(abs(one - wanted) <= 0.125 + 1e-6 for one in marks)

    def test_what_no_form_can_reach_is_named(self):
        bank = ItemBank([single_item(f"i{n}", expected_at_cut=0.4) for n in range(5)])
        too_easy = blueprint(match=Match(expected_fraction=0.9, slack_marks=0.1).model_dump())

        assert missing_cells(bank, too_easy) == [
            "expected score at the cut: 0.90 marks too low (wanted 1.70 to 1.90)"
        ]

    def test_a_rating_goes_before_the_assumption(self):
        assert expected_credit(single_item("rated", expected_at_cut=0.31)) == 0.31
        assert expected_credit(single_item("not-rated")) == pytest.approx(0.55 + 0.45 * 0.25)
        assert expected_credit(numeric_item("n", 2.5)) == pytest.approx(0.55)


class TestOrders:
    def test_an_ordering_is_never_shown_in_its_right_order(self):
        bank = ItemBank(
            [
                ordering_item(
                    key=["b", "a", "c"],
                    choices={"a": "甲", "b": "乙", "c": "丙"},
                    mistakes={"ab": "甲先"},
                )
            ]
        )
        one = blueprint(item_count=1)

        orders = {assemble_form(bank, one, seed=seed(n)).choice_orders[0] for n in range(40)}

        assert ("b", "a", "c") not in orders
        assert len(orders) == 5

    def test_regions_and_sorted_figures_keep_their_place(self):
        bank = kinds_bank()
        for n in range(6):
            form = assemble_form(bank, KINDS_BLUEPRINT, seed=seed(n))
            for ref, order in zip(form.items, form.choice_orders, strict=True):
                item = bank.item(ref)
                if item.kind is ItemKind.HOT_SPOT:
                    assert order == ()
                if split_ref(ref)[0] == "parametric-0":
                    assert order == tuple("abcd")
                    assert "#" in ref


class TestShippedBlueprints:
    def test_every_kind_has_its_practice_form(self):
        bank, kinds = load_bank(), load_blueprints()["junior-kinds@1"]

        items = [bank.item(ref) for ref in assemble_form(bank, kinds, seed=seed(3)).items]

        assert {item.kind for item in items} >= {
            ItemKind.ORDERING,
            ItemKind.MATCHING,
            ItemKind.FILL_IN,
            ItemKind.HOT_SPOT,
            ItemKind.SHORT_ANSWER,
        }
        assert sum("#" in item.ref for item in items) == 3
