"""What stands against a blueprint, how alike its forms are, and what changed between versions."""

from __future__ import annotations

from typing import ClassVar

import pytest
from pydantic import ValidationError

from question_bank.assembly import assemble_form
from question_bank.banks import ItemBank
from question_bank.blueprint_changes import blueprint_changes
from question_bank.blueprints import ExamBlueprint
from question_bank.calibrations import ItemParameters, information_at_cut
from question_bank.errors import InfeasibleBlueprintError
from question_bank.feasibility import feasibility_of
from question_bank.items import split_ref
from tests.factories.bank import LITTLE_BLUEPRINT, case_items, little_bank, single_item


def blueprint(**changes) -> ExamBlueprint:
    plain = {"item_count": 4, "quotas": [], **changes}
    return ExamBlueprint.model_validate(LITTLE_BLUEPRINT.model_dump(mode="json") | plain)


def seed(n: int) -> bytes:
    return n.to_bytes(16, "big")


class TestInformation:
    """Forms of calibrated items tell equally sharply at the cut."""

    BANK = ItemBank([single_item(f"i{n:02}", expected_at_cut=0.6) for n in range(40)])
    KNOWN: ClassVar = {
        one.id: ItemParameters(a=0.5 + 0.05 * place, b=-1 + 0.05 * place)
        for place, one in enumerate(BANK)
    }

    def told(self, *, target: float | None) -> list[float]:
        match = {"expected_fraction": 0.6, "slack_marks": 1.0}
        if target is not None:
            match |= {"information": target, "information_slack": 0.02}
        drawn_by = blueprint(item_count=10, match=match)
        information = information_at_cut(self.KNOWN, 0.6)
        forms = [
            assemble_form(self.BANK, drawn_by, seed=seed(n), information=information)
            for n in range(8)
        ]
        return [sum(information[split_ref(ref)[0]] for ref in form.items) for form in forms]

    def test_two_forms_differ_by_no_more_than_twice_the_slack(self):
        target = sum(information_at_cut(self.KNOWN, 0.6).values()) / 4
        free, bound = self.told(target=None), self.told(target=target)

        assert max(bound) - min(bound) <= 2 * 0.02 * target + 1e-6
        assert all(one == pytest.approx(target, rel=0.02) for one in bound)
        assert max(free) - min(free) > 4 * 0.02 * target  # it is the row that does it

    def test_is_a_quarter_of_the_squared_slope_where_the_chance_is_even(self):
        found = information_at_cut({"one": ItemParameters(a=1.2, b=0.7)}, 0.5)

        assert found["one"] == pytest.approx(1.2**2 / 4)

    def test_what_cannot_be_met_is_named(self):
        match = {"expected_fraction": 0.6, "slack_marks": 1.0, "information": 500.0}

        with pytest.raises(InfeasibleBlueprintError, match=r"information at the cut: .* too low"):
            assemble_form(
                self.BANK,
                blueprint(item_count=10, match=match),
                seed=seed(1),
                information=information_at_cut(self.KNOWN, 0.6),
            )

    def test_binds_nothing_where_no_item_is_calibrated(self):
        match = {"expected_fraction": 0.6, "slack_marks": 1.0, "information": 500.0}

        form = assemble_form(self.BANK, blueprint(item_count=10, match=match), seed=seed(1))

        assert len(form.items) == 10


class TestFeasibility:
    def test_says_which_cell_lacks_how_many(self):
        wanted = blueprint(item_count=6, quotas=[{"kind": "numeric", "least": 3, "most": 3}])

        found = feasibility_of(little_bank(), wanted)

        assert not found.is_drawable
        assert [(one.row.name, one.short) for one in found.shortfalls] == [("kind=numeric", 1.0)]
        assert [cell.live_count for cell in found.cells] == [2, 14]

    def test_counts_the_sittings_that_repeat_nothing(self):
        bank = ItemBank([single_item(f"i{n}") for n in range(8)])

        enough = feasibility_of(bank, blueprint(avoid_sittings=1))
        too_few = feasibility_of(bank, blueprint(avoid_sittings=2))

        assert (enough.sittings, enough.repeats) == (2, False)
        assert (too_few.sittings, too_few.repeats) == (2, True)
        assert [one.short for one in too_few.shortfalls] == [4.0]

    def test_an_item_of_every_form_is_seen_again_by_rule(self):
        bank = ItemBank([single_item(f"i{n}") for n in range(7)])

        found = feasibility_of(bank, blueprint(must_include=["i0"]))

        assert found.sittings == 2

    def test_groups_of_enemies_give_a_form_one_item_at_most(self):
        bank = ItemBank([single_item(f"i{n}") for n in range(6)])
        apart = blueprint(item_count=4, enemies=[["i0", "i1", "i2"]])

        for n in range(6):
            held = {split_ref(ref)[0] for ref in assemble_form(bank, apart, seed=seed(n)).items}
            assert len(held & {"i0", "i1", "i2"}) <= 1
        assert not feasibility_of(bank, blueprint(item_count=5, enemies=apart.enemies)).is_drawable

    def test_case_groups_count_as_wholes(self):
        case, members = case_items("case-one", 3)
        bank = ItemBank([*members, single_item("alone")], [case])

        found = feasibility_of(bank, blueprint(avoid_sittings=0))

        assert (found.case_count, found.sittings) == (1, 1)
        assert not feasibility_of(bank, blueprint(item_count=2)).is_drawable

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"enemies": [["one"]]}, "a group needs two items"),
            ({"enemies": [["i0", "i1"]], "must_include": ["i0", "i1"]}, "both in must_include"),
            ({"must_include": ["i0", "i1", "i2", "i3", "i4"]}, "must_include: 5 of 4"),
            ({"avoid_sittings": 6}, "avoid_sittings"),
        ],
        ids=["lonely", "enemies-must", "too-many", "sittings"],
    )
    def test_a_blueprint_that_contradicts_itself_is_none(self, changes, told):
        with pytest.raises(ValidationError, match=told):
            blueprint(**changes)


class TestChanges:
    BEFORE = LITTLE_BLUEPRINT.model_dump(mode="json")

    def test_moving_a_quota_is_no_change_and_other_bounds_are(self):
        quotas = [dict(one) for one in reversed(self.BEFORE["quotas"])]
        quotas[0]["most"] = 4

        found = blueprint_changes(self.BEFORE, self.BEFORE | {"quotas": quotas})

        assert [(one.part, one.state, one.after["most"]) for one in found] == [
            ("quota", "changed", 4)
        ]

    def test_tells_what_came_and_what_went(self):
        after = self.BEFORE | {
            "quotas": self.BEFORE["quotas"][1:],
            "must_include": ["one"],
            "enemies": [["b", "a"]],
            "match": {"expected_fraction": 0.6},
            "sections": [{"title": "一"}, {"title": "二"}],
        }

        found = {(one.part, one.state) for one in blueprint_changes(self.BEFORE, after)}

        assert found == {
            ("quota", "removed"),
            ("must_include", "added"),
            ("enemies", "added"),
            ("expected_fraction", "added"),
            ("section", "added"),
        }
        assert blueprint_changes(after, after) == []
