import json

import pytest

from simulations import policies
from simulations.actions import LEVERS, Lever
from simulations.rooms import brief, keys_of_seed, minute_series, observe, replay


@pytest.fixture(scope="module")
def busy(tiny):
    """Return keys and the log of an operator who uses most levers."""
    keys = keys_of_seed(4)
    return keys, policies.log_of(tiny, policies.competent(tiny), keys)


class TestObserve:
    @pytest.mark.parametrize("tick", [0, 1, 12, 60, 75, 121, 160, 239, 240])
    def test_is_plain_json_at_every_tick(self, tiny, busy, tick):
        keys, acts = busy
        for pair in (keys, keys.twin):
            seen = observe(tiny, replay(tiny, pair, acts, tick), exam=False)

            assert json.loads(json.dumps(seen, allow_nan=False)) == seen

    def test_never_shows_heat_waves_keys_or_the_future(self, tiny, busy):
        keys, acts = busy
        seen = observe(tiny, replay(tiny, keys, acts, 30), exam=True)
        text = json.dumps(seen)

        for hidden in ("heat", "wave", "macro", "micro", "day_public", "incident_start", "risk"):
            assert hidden not in text
        assert str(keys.macro) not in text
        assert seen["incidents"] == []

    def test_shows_the_host_in_words_only_in_an_exam(self, tiny, busy):
        keys, acts = busy
        state = replay(tiny, keys, acts, 100)

        exam, practice = (observe(tiny, state, exam=flag)["host"] for flag in (True, False))

        assert set(practice) - set(exam) == {"energy_fraction", "mood_fraction"}
        assert exam["energy"] in {"fresh", "steady", "tired", "spent"}
        assert exam["mood"] in {"high", "steady", "low"}

    def test_has_nothing_to_compare_before_the_first_minute(self, tiny, keys):
        seen = observe(tiny, replay(tiny, keys, [], 0), exam=True)

        assert seen["now"]["online_change"] is None
        assert all(one["last_5"] is None for one in seen["kpi"]["metrics"].values())
        assert seen["kpi"]["spend"]["roi_ratio"] is None
        assert seen["comments"] == []

    def test_refreshes_the_board_at_whole_minutes(self, tiny, busy):
        keys, acts = busy
        boards = [
            observe(tiny, replay(tiny, keys, acts, t), exam=True)["kpi"] for t in (96, 107, 108)
        ]

        assert [board["as_of_tick"] for board in boards] == [96, 96, 108]
        assert [board["age_s"] for board in boards] == [0, 55, 0]
        assert boards[0]["metrics"] == boards[1]["metrics"] != boards[2]["metrics"]

    def test_compares_five_minutes_with_the_five_before(self, tiny, busy):
        keys, acts = busy
        series = minute_series(tiny, keys, acts, 144)
        seen = observe(tiny, replay(tiny, keys, acts, 144), exam=True)["kpi"]["metrics"]
        gmv = series["gmv_fen"]

        metric = seen["gmv_per_min_fen"]

        assert metric["last_5"] == pytest.approx(sum(gmv[7:12]) / 5, abs=1)
        assert metric["previous_5"] == pytest.approx(sum(gmv[2:7]) / 5, abs=1)
        assert metric["change_ratio"] == pytest.approx(
            metric["last_5"] / metric["previous_5"] - 1, abs=1e-4
        )
        assert seen["gpm_fen"]["normal"] == [100_000, 300_000]
        assert seen["gpm_fen"]["level"] in {"low", "normal", "high"}

    def test_adds_up(self, tiny, busy):
        keys, acts = busy
        seen = observe(tiny, replay(tiny, keys, acts, 240), exam=True)
        steps = seen["kpi"]["funnel"]["steps"]

        assert sum(one["sold"] for one in seen["tray"]) == seen["now"]["orders"]
        assert (
            sum(one["count"] for one in seen["kpi"]["arrivals"].values()) == seen["now"]["visitors"]
        )
        assert [step["code"] for step in steps] == ["entered", "saw", "clicked", "bought"]
        assert steps[2]["count"] >= steps[3]["count"]
        assert seen["kpi"]["funnel"]["minutes"] == 10
        assert seen["clock"] == {
            "elapsed_s": 1200,
            "left_s": 0,
            "phase": None,
            "is_over": True,
            "is_closed": False,
        }

    def test_follows_an_incident_from_its_sign_to_its_end(self, tiny, keys, log):
        start = replay(tiny, keys, [], 0).numbers.incident_start[0]
        answer = log((start + 6, "respond", {"incident": "size-comments", "choice": "try-on"}))

        def stage(acts, tick):
            seen = observe(tiny, replay(tiny, keys, acts, tick), exam=True)["incidents"]
            return [(one["id"], one["stage"], one["text"], one["left_s"]) for one in seen]

        assert stage([], start - 13) == []
        assert stage([], start - 12) == [("size-comments", "sign", "有人问偏不偏小。", None)]
        assert stage([], start) == [("size-comments", "active", "评论说偏小。", 240)]
        assert stage(answer, start + 6) == [("size-comments", "answered", "评论说偏小。", 210)]
        assert stage(answer, start + 48) == []
        past = observe(tiny, replay(tiny, keys, answer, start + 48), exam=True)["past_incidents"]
        assert past == [
            {
                "id": "size-comments",
                "title": "尺码评论",
                "answer": "try-on",
                "ended_tick": start + 48,
            }
        ]

    def test_shows_an_open_warning_with_its_choices(self, tiny):
        keys = keys_of_seed(2)
        tick = next(t for t in range(240) if replay(tiny, keys, [], t).numbers.warning_tick <= 240)

        seen = observe(tiny, replay(tiny, keys, [], tick), exam=True)["compliance"]

        assert seen["warning"]["left_s"] == 175
        assert seen["warning"]["text"] == "平台提醒一"
        assert [one["id"] for one in seen["warning"]["choices"]] == ["correct", "soften"]

    def test_tells_what_a_benefit_is_doing(self, tiny, keys, log):
        acts = log((10, "lucky_bag", {"prize_fen": 3000, "minutes": 2}))

        def bag(tick):
            return observe(tiny, replay(tiny, keys, acts, tick), exam=True)["benefits"]["lucky_bag"]

        assert bag(10) == {
            "is_active": True,
            "left_s": 120,
            "cooldown_s": 0,
            "is_available": False,
            "prize_fen": 3000,
        }
        assert bag(34) == {
            "is_active": False,
            "left_s": 0,
            "cooldown_s": 120,
            "is_available": False,
            "prize_fen": 0,
        }
        assert bag(58)["is_available"]

    def test_counts_this_pitch_from_its_beginning(self, tiny, keys, log):
        acts = log((24, "pin", {"product": "jeans"}))
        before, after = (replay(tiny, keys, acts, tick) for tick in (24, 60))

        pitch = observe(tiny, after, exam=True)["pitch"]

        assert pitch["product"] == "jeans"
        assert pitch["elapsed_s"] == 180
        assert pitch["orders"] == after.numbers.sold[1] - before.numbers.sold[1]
        assert pitch["gmv_fen"] == pitch["orders"] * 7900
        assert pitch["arrivals"] == sum(after.numbers.arrived) - sum(before.numbers.arrived)

    def test_says_when_stock_will_be_gone_and_when_more_comes(self, tiny, keys, log):
        acts = log(
            (0, "pin", {"product": "jeans"}), (60, "restock", {"product": "jeans", "units": 8})
        )

        jeans = observe(tiny, replay(tiny, keys, acts, 72), exam=True)["tray"][1]

        assert jeans["restock"] == {"units_left": 12, "pending_units": 8, "arrives_in_s": 240}
        assert jeans["sold_out_in_s"] is None or jeans["sold_out_in_s"] > 0

    def test_comments_do_not_change_afterwards(self, tiny, busy):
        keys, acts = busy
        first = observe(tiny, replay(tiny, keys, acts, 100), exam=True)["comments"]
        second = observe(tiny, replay(tiny, keys, acts, 104), exam=True)["comments"]

        assert len(first) > 3
        assert [one["tick"] for one in first] == sorted(one["tick"] for one in first)
        assert all(one in first for one in second if one["tick"] < 100)

    def test_comments_speak_of_what_happens(self, tiny, keys, log):
        acts = log(
            (0, "lucky_bag", {"prize_fen": 2000, "minutes": 5}),
            (80, "red_packet", {"amount_fen": 2000}),
            (110, "coupon", {"depth_fraction": 0.3, "minutes": 5}),
            (111, "pin", {"product": "coat"}),
        )

        tones = {
            one["tone"]
            for tick in range(10, 240, 8)
            for one in observe(tiny, replay(tiny, keys, acts, tick), exam=True)["comments"]
        }

        assert tones == {"ask", "benefit", "complain", "praise", "plain"}


class TestBrief:
    def test_is_plain_json_with_every_range(self, tiny):
        data = brief(tiny)

        assert json.loads(json.dumps(data, allow_nan=False)) == data
        assert [one["position"] for one in data["products"]] == [1, 2, 3, 4]
        assert data["products"][1]["restock"] == {"max_units": 20, "lead_s": 300}
        assert data["controls"]["coupon"]["depth_fraction"] == [0.02, 0.3]
        assert data["levers"] == [one.value for one in LEVERS if one is not Lever.STAGE]

    def test_does_not_tell_what_will_happen(self, tiny):
        text = json.dumps(brief(tiny), ensure_ascii=False)

        assert "尺码评论" not in text
        assert "appeal" not in text


class TestMinuteSeries:
    def test_sums_to_the_state(self, tiny, busy):
        keys, acts = busy
        series = minute_series(tiny, keys, acts, 240)
        s = replay(tiny, keys, acts, 240).numbers

        assert series["minutes"] == 20
        assert sum(series["gmv_fen"]) == s.gmv
        assert sum(series["orders"]) == s.orders
        assert sum(series["arrivals"]["paid"]) == s.arrived[2]
        assert series["online"][-1] == sum(s.viewers)
        assert len(series["actions"]) == len(acts)

    def test_stops_at_the_tick_asked_for(self, tiny, busy):
        keys, acts = busy
        series = minute_series(tiny, keys, acts, 65)

        assert series["minutes"] == 5
        assert all(one["tick"] <= 65 for one in series["actions"])

    def test_is_empty_at_the_start(self, tiny, keys):
        series = minute_series(tiny, keys, [], 0)

        assert series["minutes"] == 0
        assert series["gmv_fen"] == []
        assert series["incidents"] == []

    def test_shows_incidents_only_once_they_show(self, tiny, keys):
        start = replay(tiny, keys, [], 0).numbers.incident_start[0]

        assert minute_series(tiny, keys, [], start - 13)["incidents"] == []
        sign = minute_series(tiny, keys, [], start - 12)["incidents"][0]
        assert (sign["sign_tick"], sign["start_tick"]) == (start - 12, None)
        assert minute_series(tiny, keys, [], start)["incidents"][0]["start_tick"] == start
        assert [one["id"] for one in minute_series(tiny, keys, [], 240)["incidents"]] == [
            "size-comments",
            "broken-link",
        ]

    def test_names_the_lever_of_each_action(self, tiny, keys, log):
        start = replay(tiny, keys, [], 0).numbers.incident_start[0]
        acts = log(
            (1, "pin", {"product": "jeans"}),
            (2, "hand_back", {"lever": "pin"}),
            (start, "respond", {"incident": "size-comments", "choice": "try-on"}),
        )

        marks = minute_series(tiny, keys, acts, 240)["actions"]

        assert [one["lever"] for one in marks] == ["pin", "pin", None]
        assert marks[0]["action"] == {"verb": "pin", "product": "jeans"}
