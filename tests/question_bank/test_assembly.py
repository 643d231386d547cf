"""Forms are drawn exactly, or what is missing is named."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from question_bank.assembly import Draw, assemble_form, missing_cells
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.errors import InfeasibleBlueprintError
from question_bank.items import ItemKind, Pool
from tests.factories.bank import (
    LITTLE_BLUEPRINT,
    case_items,
    little_bank,
    numeric_item,
    single_item,
)


def seed(n: int) -> bytes:
    return n.to_bytes(16, "big")


class TestAssembleForm:
    def test_meets_every_quota(self):
        bank = little_bank()
        for n in range(30):
            form = assemble_form(bank, LITTLE_BLUEPRINT, seed=seed(n))
            items = [bank.item(ref) for ref in form.items]
            assert len({item.id for item in items}) == 6
            assert sum(item.case_id is not None for item in items) == 3
            assert sum(item.kind is ItemKind.NUMERIC for item in items) == 1

    def test_keeps_case_groups_together_and_in_order(self):
        form = assemble_form(little_bank(), LITTLE_BLUEPRINT, seed=seed(1))

        places = [i for i, ref in enumerate(form.items) if ref.startswith("case-one")]

        assert places == [places[0], places[0] + 1, places[0] + 2]
        assert [form.items[i] for i in places] == sorted(form.items[i] for i in places)

    def test_same_seed_same_form(self):
        one, two = (assemble_form(little_bank(), LITTLE_BLUEPRINT, seed=seed(5)) for _ in "ab")

        assert one == two

    def test_candidates_get_different_forms_and_orders(self):
        forms = {assemble_form(little_bank(), LITTLE_BLUEPRINT, seed=seed(n)) for n in range(20)}

        assert len(forms) > 10

    def test_enemies_never_meet(self):
        items = [single_item("one", enemies=["two"]), single_item("two"), single_item("three")]
        blueprint = LITTLE_BLUEPRINT.model_copy(update={"item_count": 2, "quotas": []})

        for n in range(12):
            form = assemble_form(ItemBank(items), blueprint, seed=seed(n))
            assert set(form.items) != {"one@1", "two@1"}

    def test_leaves_out_what_was_seen_last_time(self):
        items = [single_item(f"i{n}") for n in range(4)]
        blueprint = LITTLE_BLUEPRINT.model_copy(update={"item_count": 2, "quotas": []})

        form = assemble_form(ItemBank(items), blueprint, seed=seed(1), avoid=["i0", "i1"])

        assert set(form.items) == {"i2@1", "i3@1"}

    def test_never_draws_from_the_other_pool(self):
        items = [single_item("practice-only", pool="practice"), single_item("live")]
        blueprint = LITTLE_BLUEPRINT.model_copy(update={"item_count": 1, "quotas": []})

        for n in range(8):
            assert assemble_form(ItemBank(items), blueprint, seed=seed(n)).items == ("live@1",)

    def test_names_the_missing_cell(self):
        bank = ItemBank([single_item(f"i{n}") for n in range(8)])

        with pytest.raises(InfeasibleBlueprintError) as caught:
            assemble_form(bank, LITTLE_BLUEPRINT, seed=seed(1))

        text = "\n".join(caught.value.missing)
        assert "kind=multiple_choice: 1 too few (bank has 0, needs 1)" in text
        assert "kind=numeric: 1 too few" in text

    def test_an_empty_bank_names_the_total(self):
        blueprint = ExamBlueprint(
            id="any", version=1, title="x", level="junior", pool=Pool.EXAM, item_count=3, quotas=[]
        )

        assert missing_cells(ItemBank([]), blueprint) == ["all: 3 too few (bank has 0, needs 3)"]

    def test_two_cases_cannot_fill_one_half(self):
        case, members = case_items("case-one", 3)
        blueprint = LITTLE_BLUEPRINT.model_copy(update={"item_count": 2, "quotas": []})

        assert missing_cells(ItemBank(members, [case]), blueprint)


class TestDraw:
    def test_is_the_same_for_ever(self):
        draw = Draw(b"a stored attempt")

        assert [draw.below(100) for _ in range(8)] == GOLDEN

    def test_shuffles_every_order_about_equally(self):
        draw = Draw(b"orders")
        counts: dict[tuple[str, ...], int] = {}
        for _ in range(6000):
            order = tuple(draw.shuffled("abc"))
            counts[order] = counts.get(order, 0) + 1

        assert len(counts) == 6
        assert all(850 < count < 1150 for count in counts.values())


GOLDEN = [28, 82, 48, 99, 67, 31, 76, 90]


class TestSections:
    PARTS = ExamBlueprint.model_validate(
        {
            "id": "parts",
            "version": 1,
            "title": "分部分",
            "level": "junior",
            "pool": "exam",
            "item_count": 6,
            "quotas": [],
            "sections": [
                {"title": "多选", "kinds": ["multiple_choice"], "item_count": 2},
                {"title": "单选", "kinds": ["single_choice"], "item_count": 3},
                {"title": "计算", "kinds": ["numeric"], "item_count": 1, "minutes": 5},
            ],
        }
    )

    def drawn(self, blueprint, number=1):
        form = assemble_form(little_bank(), blueprint, seed=seed(number))
        return [little_bank().item(ref) for ref in form.items]

    def test_stand_in_their_order_with_their_counts(self):
        items = self.drawn(self.PARTS)

        assert [item.kind.value for item in items] == [
            *["multiple_choice"] * 2,
            *["single_choice"] * 3,
            "numeric",
        ]
        ranges = self.PARTS.section_ranges(items)
        assert [(one.section.title, one.first, one.last) for one in ranges] == [
            ("多选", 1, 2),
            ("单选", 3, 5),
            ("计算", 6, 6),
        ]

    def test_what_fits_none_is_never_drawn(self):
        for number in range(1, 6):
            kinds = {item.kind for item in self.drawn(self.PARTS, number)}
            assert ItemKind.TRUE_FALSE not in kinds

    def test_a_case_is_never_split_by_a_barrier(self):
        case, members = case_items("split")
        members[1] = numeric_item("split-1", 2.5, case_id="split")
        bank = ItemBank([*little_bank(), *members], [*little_bank().cases, case])

        for number in range(1, 6):
            form = assemble_form(bank, self.PARTS, seed=seed(number))
            assert not [ref for ref in form.items if ref.startswith("split")]

    def test_a_section_that_cannot_be_filled_is_named(self):
        wanting = self.PARTS.model_copy(
            update={
                "item_count": 8,
                "sections": [
                    self.PARTS.sections[0].model_copy(update={"item_count": 4}),
                    *self.PARTS.sections[1:],
                ],
            }
        )

        with pytest.raises(InfeasibleBlueprintError) as caught:
            self.drawn(wanting)

        assert any(cell.startswith("section 多选: 2 too few") for cell in caught.value.missing)

    @pytest.mark.parametrize(
        "sections",
        [
            [{"title": "只有一个"}],
            [{"title": "甲", "item_count": 2}, {"title": "乙", "item_count": 2}],
            [{"title": ""}, {"title": "乙"}],
            [{"title": "甲", "minutes": 0}, {"title": "乙"}],
        ],
        ids=["one", "counts differ", "no title", "no time"],
    )
    def test_what_makes_no_sense_is_refused(self, sections):
        body = self.PARTS.model_dump(mode="json") | {"sections": sections}

        with pytest.raises(ValidationError):
            ExamBlueprint.model_validate(body)
