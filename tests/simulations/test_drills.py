"""Drills: what makes one, files over their frame, stars, and that each measures its skill."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml

from simulations.batch import seeds, twin_outcome
from simulations.drill_checks import (
    DRILL_BASE,
    DRILL_EFFORT,
    SCHEMA,
    drill_checks,
    measure_drill,
    unskilled,
)
from simulations.drill_commands import calibration_path
from simulations.drill_loading import DRILLS_DIR, FRAME, load_drill, shipped_drills
from simulations.drills import Stars, points_to_next, stars_of
from simulations.errors import ScenarioError
from simulations.policies import Reference, house, reference
from simulations.rooms import minute_series
from simulations.scenarios import Scenario
from simulations.scoring import room_result
from simulations.skills import SKILLS, SkillId, skill_of_action
from simulations.verbs import COMPLIANCE_ID

DRILLS = shipped_drills()
TRAINING = {name: one for name, one in DRILLS.items() if one.drill and one.drill.skill}
STARS = Stars(one=25, two=50, three=75)

each_drill = pytest.mark.parametrize("drill", list(DRILLS.values()), ids=list(DRILLS))
each_training = pytest.mark.parametrize("drill", list(TRAINING.values()), ids=list(TRAINING))


def yardstick_of(drill: Scenario) -> Reference:
    return reference(drill, DRILLS_DIR)


def report_of(drill: Scenario) -> dict:
    return json.loads(calibration_path(drill).read_text(encoding="utf-8"))


def folder_with(tmp_path, **changes):
    """Copy the frame and one drill, changed, into a folder; return the drill's path."""
    shutil.copy(DRILLS_DIR / FRAME, tmp_path / FRAME)
    data = yaml.safe_load((DRILLS_DIR / "encore.yaml").read_text(encoding="utf-8"))
    path = tmp_path / "changed.yaml"
    path.write_text(yaml.safe_dump({**data, **changes}, allow_unicode=True), encoding="utf-8")
    return path


class TestShippedDrills:
    def test_there_are_ten_and_more_in_a_gapless_order_after_the_tutorial(self):
        assert len(TRAINING) >= 10
        assert [one.drill.order for one in DRILLS.values()] == list(range(len(DRILLS)))

    def test_train_every_skill_that_a_cockpit_can_show(self):
        trained = {one.drill.skill for one in TRAINING.values()}

        assert trained == set(SkillId) - {SkillId.FORECAST}

    @each_drill
    def test_last_eight_to_twelve_minutes_at_their_usual_speed(self, drill):
        assert 8 <= drill.duration_min / drill.speed.exam <= 12
        assert drill.speed.exam in drill.speed.practice

    @each_training
    def test_have_few_products_and_a_story_of_their_own(self, drill):
        assert 3 <= len(drill.products) <= 6
        assert 80 <= len(drill.story) <= 200
        assert drill.host.name in drill.story or drill.host.name in drill.title

    def test_share_no_merchant_and_no_story(self):
        assert len({one.host.name for one in DRILLS.values()}) == len(DRILLS)
        assert len({one.story for one in DRILLS.values()}) == len(DRILLS)

    @each_training
    def test_say_beforehand_what_to_watch_and_not_what_to_do(self, drill):
        before, after = "".join(drill.drill.watch), "".join(drill.drill.review)

        assert "参考打法" not in before
        assert "参考打法" in after

    @each_drill
    def test_are_loaded_over_the_frame(self, drill):
        assert drill.source.startswith("命题假设")
        assert drill.exposure == "public"


class TestStoredFindings:
    @each_drill
    def test_reference_and_report_belong_to_the_present_content(self, drill):
        assert not yardstick_of(drill).is_stale
        assert report_of(drill)["scenario_hash"] == drill.content_hash()
        assert report_of(drill)["engine_version"] == drill.engine

    @each_drill
    def test_the_search_was_not_cut_short(self, drill):
        path = DRILLS_DIR / f"{drill.id}.reference.json"
        provenance = json.loads(path.read_text(encoding="utf-8"))["provenance"]

        assert provenance["rounds"] >= DRILL_EFFORT.rounds
        assert provenance["population"] >= DRILL_EFFORT.population

    @each_drill
    def test_every_publishing_check_passes(self, drill):
        report = report_of(drill)

        assert report["schema"] == SCHEMA
        assert report["problems"] == []
        assert all(check.passed for check in drill_checks(report, drill.drill))

    def test_no_finding_lies_about_without_its_drill(self):
        wanted = {f"{name}.{kind}.json" for name in DRILLS for kind in ("reference", "calibration")}

        assert {path.name for path in DRILLS_DIR.glob("*.json")} == wanted


class TestMeasuring:
    @each_drill
    def test_hands_off_is_exactly_zero(self, drill):
        [keys] = seeds(1, DRILL_BASE + 5)

        result = room_result(drill, keys, [], yardstick=yardstick_of(drill))

        assert result.points == 0.0
        assert stars_of(result.points, drill.drill.stars) == 0

    @each_training
    def test_the_reference_beats_the_house_and_itself_without_the_skill(self, drill):
        best = yardstick_of(drill)
        poor = unskilled(best, drill.drill)
        gains = [
            (
                twin_outcome(drill, best.policy, keys).net_fen,
                twin_outcome(drill, poor, keys),
                twin_outcome(drill, house(), keys).net_fen,
            )
            for keys in seeds(8, DRILL_BASE + 6)
        ]

        assert all(own > base for own, _, base in gains)
        if drill.id != "drill-stop-loss":  # there the skill saves money, which the gates judge
            assert sum(own - without.net_fen for own, without, _ in gains) > 0

    def test_a_drill_that_is_not_about_its_skill_is_refused(self):
        drill = DRILLS["drill-encore"]
        idle = drill.drill.model_copy(update={"without": {"cover_min": 1.0}})
        changed = Scenario.model_construct(
            **{**{name: getattr(drill, name) for name in Scenario.model_fields}, "drill": idle}
        )

        report = measure_drill(changed, yardstick_of(drill), count=20)

        failed = {check["code"] for check in report["checks"] if not check["passed"]}
        assert {"measures_its_skill", "unskilled_below_three_stars"} <= failed
        assert all("：" in problem for problem in report["problems"])

    def test_the_house_sells_without_anybody(self):
        drill = DRILLS["drill-opening"]
        [keys] = seeds(1, DRILL_BASE + 7)

        series = minute_series(drill, keys, [], drill.duration_ticks)

        assert sum(series["gmv_fen"]) > 0


class TestLoadDrill:
    def test_the_file_overrules_the_frame_field_by_field(self, tmp_path):
        drill = load_drill(folder_with(tmp_path, audience={"public_per_min": 7}))
        frame = yaml.safe_load((DRILLS_DIR / FRAME).read_text(encoding="utf-8"))["scenario"]

        assert drill.audience.public_per_min == 7
        assert drill.audience.fans_per_min == frame["audience"]["fans_per_min"]

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"id": "encore"}, "must begin with 'drill-'"),
            ({"drill": None}, "drill: missing"),
            ({"products": "none"}, "products: a list"),
            ({"surprise": 1}, "surprise"),
        ],
        ids=["id", "no-drill", "products", "unknown-field"],
    )
    def test_refuses_and_says_where(self, tmp_path, changes, named):
        with pytest.raises(ScenarioError) as caught:
            load_drill(folder_with(tmp_path, **changes))

        assert any(
            named in problem and "changed.yaml" in problem for problem in caught.value.problems
        )

    @pytest.mark.parametrize(
        ("part", "value", "named"),
        [
            ("stars", {"one": 50, "two": 50, "three": 80}, "one < two < three"),
            ("without", {"luck": 1}, "theta has no luck"),
            ("without", {}, "say what an operator"),
            ("skill", None, "only the tutorial"),
            ("skill", "magic", "drill.skill"),
        ],
        ids=["stars", "theta", "no-without", "no-skill", "skill"],
    )
    def test_refuses_a_drill_part_that_cannot_be(self, tmp_path, part, value, named):
        data = yaml.safe_load((DRILLS_DIR / "encore.yaml").read_text(encoding="utf-8"))

        with pytest.raises(ScenarioError, match=named):
            load_drill(folder_with(tmp_path, drill={**data["drill"], part: value}))

    def test_refuses_what_is_no_file_of_a_drill(self, tmp_path):
        shutil.copy(DRILLS_DIR / FRAME, tmp_path / FRAME)
        (tmp_path / "list.yaml").write_text("- 1\n", encoding="utf-8")

        with pytest.raises(ScenarioError, match="not a mapping"):
            load_drill(tmp_path / "list.yaml")
        with pytest.raises(ScenarioError, match=r"missing\.yaml"):
            load_drill(tmp_path / "missing.yaml")


class TestStars:
    @pytest.mark.parametrize(
        ("points", "stars", "missing"),
        [(-20, 0, 45), (24.9, 0, 0.1), (25, 1, 25), (74.9, 2, 0.1), (75, 3, None), (130, 3, None)],
    )
    def test_equality_earns_the_star(self, points, stars, missing):
        assert stars_of(points, STARS) == stars
        assert points_to_next(points, STARS) == pytest.approx(missing)


class TestSkills:
    def test_every_verb_but_hand_back_carries_one_skill(self):
        verbs = [verb for skill in SKILLS.values() for verb in skill.verbs]

        assert len(verbs) == len(set(verbs)) == 23
        assert skill_of_action({"verb": "hand_back", "lever": "pin"}) is None

    def test_answering_a_warning_is_compliance(self):
        answer = {"verb": "respond", "choice": "correct"}

        assert skill_of_action({**answer, "incident": COMPLIANCE_ID}) is SkillId.COMPLIANCE
        assert skill_of_action({**answer, "incident": "small-size"}) is SkillId.INCIDENTS
        assert skill_of_action({"verb": "restock", "product": "a", "units": 3}) is SkillId.STOCK
