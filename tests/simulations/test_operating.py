from simulations.actions import Pin, Restock
from simulations.operating import Written, log_of_operator
from simulations.policies import planned
from simulations.rooms import admissible, replay


class Restless:
    """Pins every product in turn and always asks for more than there is."""

    every_s = 120

    def __init__(self, scenario, brief):
        self.codes = [product["code"] for product in brief["products"]]
        self.seen = []

    def decide(self, cockpit):
        self.seen.append(cockpit["tick"])
        code = self.codes[len(self.seen) % len(self.codes)]
        return [Pin(product=code), Restock(product=code, units=1_000_000)]


class TestLogOfOperator:
    def test_holds_what_the_room_accepted(self, tiny, keys):
        log = log_of_operator(tiny, Written("restless", Restless), keys)

        assert log
        assert {entry.action.verb for entry in log} == {"pin"}
        for index, entry in enumerate(log):
            assert entry.tick % 24 == 0
            admissible(tiny, replay(tiny, keys, log[:index], entry.tick), entry.action)

    def test_makes_a_new_operator_for_each_room(self, tiny, keys):
        policy = Written("restless", Restless)

        assert log_of_operator(tiny, policy, keys) == log_of_operator(tiny, policy, keys)

    def test_a_room_without_a_plan_is_the_same_room(self, tiny):
        assert planned(tiny, None) == tiny
