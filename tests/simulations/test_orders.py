"""The operator works through people: a lag, a read-back, and obedience that wears out."""

import pytest

from simulations.actions import parse_action
from simulations.engines.v1.codes import CONFIRMED, DECLINED, FAILED, OPEN, REPLACED
from simulations.errors import ActionRefusedError
from simulations.loading import parse_scenario
from simulations.rooms import admissible, keys_of_seed, observe, replay
from tests.simulations.conftest import full_mapping

KEYS = keys_of_seed(5)


def statuses(scenario, acts, tick):
    numbers = replay(scenario, KEYS, acts, tick).numbers
    given = sorted(
        (i for i in range(8) if numbers.order_status[i]), key=lambda i: numbers.order_tick[i]
    )
    return [numbers.order_status[i] for i in given]


class TestOrder:
    def test_is_carried_out_after_its_lag_and_read_back(self, full, log):
        acts = log((20, "pin", {"product": "dress"}))

        waiting, done = (replay(full, KEYS, acts, t).numbers for t in (23, 24))

        assert waiting.pinned == 0
        assert done.pinned == 2
        assert statuses(full, acts, 23) == [OPEN]
        assert statuses(full, acts, 24) == [CONFIRMED]

    def test_each_person_has_a_lag(self, full, log):
        acts = log(
            (20, "set_price", {"product": "dress", "price_fen": 9900}),
            (20, "traffic", {"bid_fen": 99, "rate_fen_per_min": 500}),
        )

        states = [replay(full, KEYS, acts, t).numbers for t in (22, 23, 27, 28)]

        assert [one.price[2] for one in states] == [12900.0, 9900.0, 9900.0, 9900.0]
        assert [one.bid for one in states] == [60.0, 60.0, 60.0, 99.0]

    def test_what_the_operator_does_alone_happens_at_once(self, full, log):
        acts = log((20, "lucky_bag", {"prize_fen": 2000, "minutes": 2}))

        assert replay(full, KEYS, acts, 20).numbers.bag_end == 44

    def test_takes_the_lever_at_once(self, full, log):
        acts = log((44, "pin", {"product": "dress"}))

        # The house would change the product at tick 48.
        assert replay(full, KEYS, acts, 44).numbers.owner[0] == 1.0
        assert replay(full, KEYS, acts, 60).numbers.pinned == 2

    def test_fails_where_things_have_changed(self, full, log):
        acts = log(
            (20, "hold", {"product": "coat", "minutes": 1, "price_fen": 30000, "quantity": 3})
        )
        sold = [*acts, *log((20, "delist", {"product": "coat"}))]

        assert CONFIRMED in statuses(full, acts, 30)
        assert FAILED in statuses(full, sold, 30)

    def test_a_contradiction_replaces_and_strains(self, full, log):
        calm = log((20, "pin", {"product": "dress"}), (30, "pin", {"product": "coat"}))
        hasty = log((20, "pin", {"product": "dress"}), (21, "pin", {"product": "coat"}))

        assert statuses(full, hasty, 21) == [REPLACED, OPEN]
        one, other = (replay(full, KEYS, acts, 31).numbers for acts in (calm, hasty))
        assert other.strain > one.strain + 0.2

    def test_strain_stretches_the_lag_and_takes_heart(self, full, log):
        flips = [("pin", {"product": p}) for p in ("dress", "coat", "dress")]
        acts = log(*((20 + i, verb, fields) for i, (verb, fields) in enumerate(flips)))

        numbers = replay(full, KEYS, acts, 22).numbers

        assert max(numbers.order_due) > 22 + 3
        heartless = full_mapping(id="heartless")
        heartless["crew"]["heart_fraction"] = 0
        other = parse_scenario(heartless)
        assert (
            replay(full, KEYS.twin, acts, 60).numbers.gmv
            < replay(other, KEYS.twin, acts, 60).numbers.gmv
        )

    def test_too_thick_is_declined_and_takes_no_lever(self, full, log):
        flips = [("pace", {"pace": p}) for p in ("push", "slow", "push", "slow", "push")]
        acts = log(*((20 + i, verb, fields) for i, (verb, fields) in enumerate(flips)))
        more = [*acts, *log((26, "set_price", {"product": "coat", "price_fen": 30000}))]

        assert statuses(full, more, 27)[-1] == DECLINED
        numbers = replay(full, KEYS, more, 60).numbers
        assert numbers.price[3] == 39900.0
        assert numbers.owner[1] == 0.0

    def test_calm_comes_back(self, full, log):
        acts = log((20, "pin", {"product": "dress"}), (21, "pin", {"product": "coat"}))

        assert replay(full, KEYS, acts, 200).numbers.strain < 0.1

    def test_the_same_order_twice_is_refused(self, full, log):
        acts = log((20, "pin", {"product": "dress"}))

        with pytest.raises(ActionRefusedError, match="order_pending"):
            admissible(
                full,
                replay(full, KEYS, acts, 21),
                parse_action({"verb": "pin", "product": "dress"}),
            )

    def test_more_than_the_crew_can_hold_is_refused(self, full, log):
        verbs = [
            ("list", {"product": "socks"}),
            ("set_price", {"product": "socks", "price_fen": 900}),
            ("set_price", {"product": "jeans", "price_fen": 7000}),
            ("set_price", {"product": "dress", "price_fen": 9900}),
            ("pace", {"pace": "slow"}),
            ("pin", {"product": "dress"}),
            ("traffic", {"bid_fen": 99, "rate_fen_per_min": 500}),
            ("set_price", {"product": "coat", "price_fen": 30000}),
        ]
        acts = log(*((20 + i // 4, verb, fields) for i, (verb, fields) in enumerate(verbs)))

        with pytest.raises(ActionRefusedError, match="crew_overloaded"):
            admissible(
                full,
                replay(full, KEYS, acts, 22),
                parse_action({"verb": "break", "minutes": 2}),
            )

    def test_is_shown_with_its_read_back(self, full, log):
        acts = log((20, "pin", {"product": "dress"}), (20, "pace", {"pace": "push"}))

        crew = observe(full, replay(full, KEYS, acts, 21), exam=True)["crew"]

        assert crew["strain"] == "calm"
        assert crew["orders"][0] == {
            "tick": 20,
            "verb": "pin",
            "action": {"verb": "pin", "product": "dress"},
            "status": "open",
            "due_s": 10,
        }
