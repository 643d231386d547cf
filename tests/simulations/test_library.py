"""The library's rooms: families, what they cover, and that no two are nearly the same."""

from itertools import combinations

from simulations.coverage import LEVELS, coverage, families, skills_of
from simulations.drill_loading import shipped_drills
from simulations.loading import shipped_scenarios
from simulations.near_twins import NEAR, likeness, near_twins
from simulations.skills import SKILLS, SkillId

ROOMS = shipped_scenarios()


class TestFamilies:
    def test_every_shipped_room_has_one(self):
        named = {one for family in families() for one in family.scenarios}

        assert set(ROOMS) == named

    def test_every_stage_of_growth_has_rooms(self):
        for family in families():
            assert [one for one in family.scenarios if one in ROOMS], family.id


class TestCoverage:
    def test_every_level_has_rooms(self):
        levels = {room.level for room in ROOMS.values()}

        assert levels == set(LEVELS)

    def test_every_skill_is_asked_or_drilled_at_junior_level(self):
        table = coverage([*ROOMS.values(), *shipped_drills().values()])

        assert [one for one in SKILLS if not any(table[one].values())] == []

    def test_a_room_without_levers_asks_for_less(self):
        bare, rich = ROOMS["f1"], ROOMS["f8"]

        assert SkillId.PACING not in skills_of(bare)
        assert SkillId.PACING in skills_of(rich)

    def test_a_drill_counts_for_its_skill_alone(self):
        drill = next(one for one in shipped_drills().values() if one.drill.skill is not None)
        table = coverage([drill])

        assert [skill for skill in SKILLS if any(table[skill].values())] == [drill.drill.skill]


class TestNearTwins:
    def test_no_two_rooms_are_nearly_the_same(self):
        near = [
            (one.id, two.id)
            for one, two in combinations(ROOMS.values(), 2)
            if max(likeness(one, two).total, likeness(two, one).total) >= NEAR
        ]

        # The demonstration's ten minutes are cut out of F1, and are meant to be.
        assert near == [("f1", "f1-demo")]

    def test_a_copy_with_other_numbers_is_found(self):
        room = ROOMS["f4"]
        copy = room.model_copy(update={"id": "copied", "target_gmv_fen": 1, "duration_min": 200})

        (found,) = near_twins(copy, ROOMS.values())
        assert found.ref == room.ref
        assert found.parts["words"] == 1.0

    def test_its_own_versions_are_no_twins(self):
        assert near_twins(ROOMS["f4"], [ROOMS["f4"]]) == []
