import pytest

from simulations.actions import parse_action
from simulations.engines.v1.codes import SUMMARY
from simulations.errors import ActionRefusedError, PlanRefusedError, ScenarioError
from simulations.loading import parse_scenario
from simulations.planning import Opening, Plan, StockOrder
from simulations.plans import in_force
from simulations.rooms import admissible, brief, keys_of_seed, observe, replay
from simulations.scoring import room_result
from simulations.states import summary_of
from tests.simulations.conftest import full_mapping

KEYS = keys_of_seed(5)


def totals(scenario, keys=KEYS):
    return dict(zip(SUMMARY, summary_of(replay(scenario, keys, [], 240)), strict=True))


class TestHousePlan:
    @pytest.mark.parametrize(
        "plan",
        [
            Plan(),
            Plan(grade="B"),
            Plan(preheat_videos=0),
            Plan(tray=("socks", "jeans", "dress", "coat")),
            Plan(traffic_budget_fen=20_000, benefit_budget_fen=10_000),
            Plan(trust=(), stock=()),
        ],
    )
    def test_planning_what_the_house_plans_scores_exactly_zero(self, full, yardstick, plan):
        for seed in range(3):
            result = room_result(full.with_plan(plan), keys_of_seed(seed), [], yardstick)

            assert result.points == 0.0
            assert result.uplift_ratio == 0.0
            assert result.twin["candidate"] == result.twin["house"]

    def test_the_empty_plan_is_the_scenario_itself(self, full):
        assert full.with_plan(Plan()) is full
        assert full.with_plan(None) is full
        assert full.with_plan(Plan(grade="S")).with_plan(None) == full

    def test_the_plan_is_in_the_hash_and_in_the_snapshots_stamp(self, full):
        planned = full.with_plan(Plan(grade="S"))

        assert planned.content_hash() != full.content_hash()
        assert replay(planned, KEYS, [], 5).stamp != replay(full, KEYS, [], 5).stamp


class TestEffects:
    def test_a_grade_brings_people_and_costs(self, full):
        plain, grand = totals(full), totals(full.with_plan(Plan(grade="S")))

        assert grand["visitors"] > 1.2 * plain["visitors"]
        assert grand["fixed"] == 20_000.0
        assert replay(full.with_plan(Plan(grade="S")), KEYS, [], 0).numbers.energy == 0.7

    def test_each_video_brings_entries_most_at_first(self, full):
        visits = [totals(full.with_plan(Plan(preheat_videos=n)), KEYS.twin) for n in (0, 1, 3)]

        assert visits[0]["visitors"] < visits[1]["visitors"] < visits[2]["visitors"]
        assert visits[2]["fixed"] == 3000.0

    def test_the_tray_has_its_order_and_the_rest_stays_away(self, full):
        room = full.with_plan(Plan(tray=("coat", "socks")))

        assert [replay(room, KEYS, [], t).numbers.pinned for t in (1, 49, 97)] == [3, 0, 3]
        assert replay(room, KEYS, [], 240).numbers.sold[1] == 0.0
        for verb in ("pin", "list", "clip", "hold"):
            data = {"verb": verb, "product": "dress"} | ({"minutes": 2} if verb == "hold" else {})
            with pytest.raises(ActionRefusedError, match="not_on_tray"):
                admissible(room, replay(room, KEYS, [], 5), parse_action(data))

    def test_budgets_trust_and_stock_hold_from_the_start(self, full):
        plan = Plan(
            traffic_budget_fen=5000,
            benefit_budget_fen=40_000,
            trust=("freight_cover", "freight_insurance"),
            stock=(StockOrder(product="jeans", units=10),),
        )

        room = full.with_plan(plan)
        numbers = replay(room, KEYS, [], 0).numbers

        assert numbers.traffic_budget == 5000.0
        assert room.budget == (5000, 40_000)
        assert (numbers.freight, list(numbers.trust[:2])) == (1.0, [0.0, 1.0])
        assert numbers.stock[1] == 22.0
        assert numbers.cash == 200_000.0 - 38_000.0
        assert replay(room, KEYS, [], 240).numbers.spend <= 5000.0

    def test_targets_are_shown_and_change_nothing(self, full):
        room = full.with_plan(Plan(hourly_gmv_fen=(90_000,), aim="followers"))

        shown = observe(room, replay(room, KEYS, [], 100), exam=True)["plan"]

        assert shown["target_by_now_fen"] == 90_000
        assert totals(room) == totals(full)
        assert brief(room)["plan"]["aim"] == "followers"


class TestCheck:
    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"grade": "A"}, "grade_not_offered"),
            ({"preheat_videos": 4}, "preheat_over_limit"),
            ({"tray": ("socks", "hat")}, "tray_unknown_product"),
            ({"tray": ("socks", "socks")}, "tray_duplicate"),
            ({"tray": ("socks",)}, "tray_too_small"),
            ({"trust": ("tenfold",)}, "trust_not_offered"),
            ({"stock": (StockOrder(product="jeans", units=13),)}, "stock_over_limit"),
            ({"stock": (StockOrder(product="hat", units=1),)}, "tray_unknown_product"),
            ({"hourly_gmv_fen": (1, 2)}, "targets_wrong_count"),
            ({"hourly_gmv_fen": (-1,)}, "targets_wrong_count"),
            ({"traffic_budget_fen": 149_000}, "plan_over_purse"),
        ],
    )
    def test_names_the_rule_that_a_plan_breaks(self, full, fields, code):
        with pytest.raises(PlanRefusedError) as caught:
            full.with_plan(Plan(**fields))

        assert code in caught.value.codes

    def test_names_all_rules_at_once(self, full):
        with pytest.raises(PlanRefusedError) as caught:
            full.with_plan(Plan(grade="A", preheat_videos=5, tray=("hat",)))

        assert caught.value.codes == [
            "grade_not_offered",
            "preheat_over_limit",
            "tray_unknown_product",
            "tray_too_small",
        ]

    def test_a_large_tray_is_refused(self):
        data = full_mapping(id="narrow")
        data["planning"] |= {"tray_most": 3, "house": {"grade": "B", "tray": ["socks", "jeans"]}}
        room = parse_scenario(data)

        with pytest.raises(PlanRefusedError, match="tray_too_large"):
            room.with_plan(Plan(tray=("socks", "jeans", "dress", "coat")))

    def test_a_goal_must_be_offered(self):
        data = full_mapping(id="aimless")
        data["scoring"]["aims"] = []

        with pytest.raises(PlanRefusedError, match="aim_not_offered"):
            parse_scenario(data).with_plan(Plan(aim="repeat"))

    def test_what_is_planned_must_be_in_the_till(self):
        room = parse_scenario(
            full_mapping(id="poor", cash={"start_fen": 60_000, "settled_fraction": 0})
        )

        with pytest.raises(PlanRefusedError, match="plan_over_cash"):
            room.with_plan(Plan(traffic_budget_fen=70_000))

    def test_is_not_offered_everywhere(self, tiny):
        with pytest.raises(PlanRefusedError, match="planning_not_offered"):
            tiny.with_plan(Plan(preheat_videos=1))

    @pytest.mark.parametrize("field", ["plan", "opening"])
    def test_no_file_brings_its_own(self, field):
        with pytest.raises(ScenarioError, match=f"full: {field}: belongs to a room"):
            parse_scenario(full_mapping(**{field: {}}))

    def test_a_house_that_breaks_its_own_rules_is_named(self):
        data = full_mapping()
        data["planning"]["house"] = {"grade": "B", "preheat_videos": 5}

        with pytest.raises(ScenarioError, match=r"planning\.house: preheat_over_limit"):
            parse_scenario(data)


class TestInForce:
    def test_fills_in_from_the_house_but_never_an_aim(self):
        data = full_mapping()
        data["planning"]["house"] = {"grade": "B", "preheat_videos": 1, "aim": "followers"}
        room = parse_scenario(data)

        found = in_force(room.with_plan(Plan(grade="S")))

        assert (found.grade.id, found.preheat_videos, found.aim) == ("S", 1, None)
        assert found.cost_fen == 21_000


class TestOpening:
    def test_begins_where_earlier_sessions_ended(self, full):
        opening = Opening(
            followers=2000,
            stock=(StockOrder(product="jeans", units=4),),
            gone=("coat",),
            cash_fen=77_000,
            mood=0.3,
            strain=0.5,
            fans_ratio=0.5,
        )

        numbers = replay(full.with_opening(opening), KEYS, [], 0).numbers

        assert (numbers.fans, numbers.stock[1], numbers.stock[3]) == (2000.0, 4.0, 0.0)
        assert (numbers.cash, numbers.mood, numbers.strain) == (77_000.0, 0.3, 0.5)

    def test_a_burnt_audience_comes_less(self, full):
        burnt = full.with_opening(Opening(fans_ratio=0.5))

        fans = [replay(one, KEYS.twin, [], 240).numbers.arrived[0] for one in (full, burnt)]

        assert fans[1] == pytest.approx(0.5 * fans[0], rel=0.1)

    def test_more_fans_than_at_first_come_more(self, full):
        grown = full.with_opening(Opening(followers=1500))

        fans = [replay(one, KEYS.twin, [], 240).numbers.arrived[0] for one in (full, grown)]

        assert fans[1] > 1.3 * fans[0]

    def test_the_house_meets_it_too(self, full, yardstick):
        room = full.with_opening(Opening(cash_fen=90_000, strain=1.0))

        assert room_result(room, KEYS, [], yardstick).points == 0.0

    def test_names_no_strange_product(self, full):
        with pytest.raises(KeyError, match="hat"):
            full.with_opening(Opening(gone=("hat",)))
