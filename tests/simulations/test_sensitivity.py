import pytest

from simulations import sensitivity
from simulations.batch import seeds
from simulations.errors import PlanRefusedError
from simulations.sensitivity import effect_of, parameters, sensitivities, varied

DATA = {
    "version": 3,
    "name": "x",
    "is_on": True,
    "speed": {"exam": 4},
    "products": [{"price": 10, "share": 0.5, "zero": 0}, {"price": 20}],
}


class TestParameters:
    def test_are_the_numbers_that_may_be_guesses(self):
        assert list(parameters(DATA)) == [("products", "*", "price"), ("products", "*", "share")]


class TestVaried:
    def test_varies_every_position_of_a_list(self):
        found = varied(DATA, ("products", "*", "price"), 1.26)

        assert [product["price"] for product in found["products"]] == [13, 25]
        assert DATA["products"][0]["price"] == 10

    def test_leaves_the_rest(self):
        assert varied(DATA, ("nothing",), 2.0) == DATA


class TestEffectOf:
    def test_without_a_path_is_the_room_itself(self, tiny, yardstick, compiled):
        keys = seeds(2)

        novice_points, competent_points, net_fen = effect_of(tiny, (), 1.0, keys, yardstick)

        assert competent_points != novice_points
        assert net_fen > 0.0

    def test_an_invalid_room_has_none(self, tiny, yardstick):
        path = ("products", "*", "refund_fraction")

        assert effect_of(tiny, path, 100.0, seeds(1), yardstick) is None

    def test_a_room_that_refuses_a_plan_has_none(self, tiny, yardstick, monkeypatch):
        def refuse(*arguments):
            raise PlanRefusedError(["plan_over_purse"])

        monkeypatch.setattr(sensitivity, "twin_outcome", refuse)

        assert effect_of(tiny, (), 1.0, seeds(1), yardstick) is None


@pytest.fixture(scope="module")
def found(tiny, yardstick, compiled):
    return sensitivities(tiny, seeds(1), yardstick)


class TestSensitivities:
    def test_puts_the_greatest_first(self, found):
        sizes = [abs(one.novice_points) + abs(one.competent_points) for one in found]

        assert sizes == sorted(sizes, reverse=True)

    def test_knows_that_more_visitors_buy_more(self, found):
        more = next(
            one for one in found if one.parameter == "audience.public_per_min" and one.factor > 1.0
        )

        assert more.house_net_ratio > 1.0
