import json

import pytest

from simulations.cockpit import order_fates
from simulations.engines.v1.layout import ORDERS
from simulations.labels import MESSAGES
from simulations.rooms import brief, keys_of_seed, observe, replay

KEYS = keys_of_seed(5)
OFFERED = {"crew", "hold", "trust", "clips", "stage", "cash", "service", "boost", "plan"}


class TestObserve:
    @pytest.mark.parametrize("tick", [0, 37, 240])
    def test_is_plain_json_with_a_block_for_each_mechanism(self, full, log, tick):
        acts = log(
            (0, "pin", {"product": "jeans"}),
            (1, "boost", {"amount_fen": 3000}),
            (20, "hold", {"product": "dress", "minutes": 3, "price_fen": 12000, "quantity": 4}),
            (24, "clip", {"product": "jeans"}),
        )

        data = observe(full, replay(full, KEYS, acts, tick), exam=True)

        assert json.loads(json.dumps(data, allow_nan=False)) == data
        assert data.keys() >= OFFERED

    def test_a_room_without_them_shows_none(self, tiny):
        data = observe(tiny, replay(tiny, KEYS, [], 100), exam=True)

        assert not data.keys() & OFFERED
        assert "goal" not in data["traffic"]

    def test_shows_a_hold_and_its_release(self, calm, log):
        acts = log(
            (20, "hold", {"product": "jeans", "minutes": 2, "price_fen": 7000, "quantity": 4})
        )

        held = observe(calm, replay(calm, KEYS, acts, 30), exam=True)["hold"]
        released = observe(calm, replay(calm, KEYS, acts, 46), exam=True)["hold"]

        assert held["held"] == {
            "product": "jeans",
            "left_s": 70,
            "elapsed_s": 50,
            "is_stated": True,
            "price_fen": 7000,
            "quantity": 4,
        }
        assert held["released"] is None
        assert released["held"] is None
        assert (released["released"]["product"], released["cooldown_s"]) == ("jeans", 230)

    def test_hides_what_is_hidden(self, full, log):
        """Neither the hit, nor a host's skill, nor how far the strain has come, nor the future."""
        acts = log((0, "switch_host", {"host": "amei"}))
        text = json.dumps(observe(full, replay(full, KEYS, acts, 100), exam=True))

        for word in ("lure", "skill", "appeal", "heat", "factor"):
            assert word not in text

    def test_two_rooms_that_differ_only_in_the_hidden_look_alike_at_first(self, full):
        shown = [observe(full, replay(full, keys_of_seed(n), [], 0), exam=True) for n in range(6)]

        assert all(one == shown[0] for one in shown)

    def test_goals_learning_and_budget(self, calm, log):
        acts = log(
            (10, "traffic", {"bid_fen": 60, "rate_fen_per_min": 800, "goal": "roi"}),
            (11, "top_up", {"amount_fen": 5000}),
        )

        traffic = observe(calm, replay(calm, KEYS, acts, 22), exam=True)["traffic"]

        assert (traffic["goal"], traffic["learning_s"]) == ("roi", 120)
        assert (traffic["budget_fen"], traffic["top_up_left_fen"]) == (25_000, 45_000)

    def test_customers_add_up(self, full):
        data = observe(full, replay(full, KEYS, [], 200), exam=True)

        assert (
            data["customers"]["new_orders"] + data["customers"]["repeat_orders"]
            == data["now"]["orders"]
        )


class TestBrief:
    def test_lists_what_is_offered(self, full):
        data = brief(full)

        assert json.loads(json.dumps(data, allow_nan=False)) == data
        assert data["controls"].keys() >= {
            *("hold", "trust", "clip", "break", "switch_host", "presale", "staff", "boost"),
            *("traffic_goals", "top_up"),
        }
        assert [one["id"] for one in data["hosts"]] == ["lead", "amei", "laozhou"]
        assert data["planning"]["preheat"]["most"] == 3
        assert data["plan"]["tray"] == ["socks", "jeans", "dress", "coat"]
        assert "stage" in data["levers"]
        assert "factor" not in json.dumps(data)

    def test_every_status_of_an_order_has_words(self):
        for status in ("open", "confirmed", "failed", "replaced", "declined"):
            assert f"order_{status}" in MESSAGES


class TestOrderFates:
    def statuses(self, scenario, acts, tick):
        return [
            (fate.tick, fate.action.verb, fate.status)
            for fate in order_fates(scenario, KEYS, acts, tick)
        ]

    def test_follows_an_order_from_open_to_carried_out(self, full, log):
        acts = log((20, "pin", {"product": "jeans"}))

        assert self.statuses(full, acts, 19) == []
        assert self.statuses(full, acts, 21) == [(20, "pin", "open")]
        assert self.statuses(full, acts, 40) == [(20, "pin", "confirmed")]

    def test_remembers_more_than_the_room_does(self, full, log):
        acts = log(
            *(
                (20 + 15 * n, "set_price", {"product": "jeans", "price_fen": 7000 + 10 * n})
                for n in range(ORDERS + 3)
            )
        )

        found = self.statuses(full, acts, 230)

        assert [tick for tick, _, _ in found] == [20 + 15 * n for n in range(ORDERS + 3)]
        assert {status for _, _, status in found} <= {"confirmed", "failed"}

    def test_tells_a_replaced_order_of_the_same_tick_apart(self, full, log):
        acts = log((20, "pin", {"product": "jeans"}), (20, "pin", {"product": "dress"}))

        assert sorted(self.statuses(full, acts, 60)) == [
            (20, "pin", "confirmed"),
            (20, "pin", "replaced"),
        ]

    def test_a_room_without_a_crew_has_none(self, tiny, log):
        assert order_fates(tiny, KEYS, log((3, "pin", {"product": "jeans"})), 60) == []
