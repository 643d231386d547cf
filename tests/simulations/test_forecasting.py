import pytest

from simulations import forecasting
from simulations.engines.engine import PlainEngine
from simulations.errors import ForecastError
from simulations.forecasting import Forecast, fork_outcomes, judge_forecast, pinball_loss
from simulations.rooms import RoomKeys, keys_of_seed, replay
from simulations.states import prepared_for

KEYS = keys_of_seed(3)
SOME = 40


def forecast_of(outcomes):
    ordered = sorted(outcomes)
    return Forecast(*(round(forecasting.quantile_of(ordered, q)) for q in (0.1, 0.5, 0.9)))


class TestPinballLoss:
    def test_asks_for_the_quantile(self):
        outcomes = [float(n) for n in range(1, 101)]

        losses = {at: pinball_loss(float(at), outcomes, 0.9) for at in range(1, 101)}

        assert min(losses, key=losses.__getitem__) in (90, 91)

    def test_counts_misses_by_side(self):
        assert pinball_loss(10.0, [20.0], 0.9) == 9.0
        assert pinball_loss(30.0, [20.0], 0.9) == pytest.approx(1.0)


class TestForkOutcomes:
    def test_what_has_been_done_counts_and_what_comes_later_does_not(self, tiny, log):
        early = log((10, "set_price", {"product": "jeans", "price_fen": 3950}))
        late = [*early, *log((150, "set_price", {"product": "dress", "price_fen": 6450}))]

        assert fork_outcomes(tiny, KEYS, late, 100, SOME) == fork_outcomes(
            tiny, KEYS, early, 100, SOME
        )
        assert fork_outcomes(tiny, KEYS, early, 100, SOME) != fork_outcomes(
            tiny, KEYS, [], 100, SOME
        )

    def test_nobody_steers_after_the_fork(self, tiny, log):
        acts = log(
            (10, "unpin", {}),
            (10, "traffic", {"bid_fen": 0, "rate_fen_per_min": 0}),
        )
        handed_back = [
            *acts,
            *log((100, "hand_back", {"lever": "pin"}), (100, "hand_back", {"lever": "traffic"})),
        ]

        assert fork_outcomes(tiny, KEYS, acts, 100, 5) == fork_outcomes(
            tiny, KEYS, handed_back, 100, 5
        )

    def test_never_loses_what_is_sold(self, tiny):
        sold = replay(tiny, KEYS, [], 120).numbers.gmv

        assert min(fork_outcomes(tiny, KEYS, [], 120, SOME)) >= sold

    def test_spreads_less_the_later_it_is(self, tiny):
        def spread(tick):
            outcomes = sorted(fork_outcomes(tiny, KEYS, [], tick, 2 * SOME))
            return outcomes[-8] - outcomes[8]

        assert spread(200) < 0.6 * spread(40)

    def test_does_not_tell_what_the_room_keeps_secret(self, tiny):
        """Two rooms that look alike so far have alike futures, whatever will happen in them."""
        engine = PlainEngine()
        setting = prepared_for(tiny, engine)
        starts = set()
        for future in range(20):
            room = engine.begin(setting, KEYS.macro)
            engine.advance(room, setting, (KEYS.macro, 0), [], 0, 30)
            truth = room[0].incident_start[1]
            engine.fork(room, setting, keys_of_seed(future).macro)
            starts.add(room[0].incident_start[1])
            assert 12 * 12 <= room[0].incident_start[1] < 13 * 12
        assert len(starts) > 3
        assert truth is not None

    def test_what_has_shown_its_sign_stays(self, tiny):
        engine = PlainEngine()
        setting = prepared_for(tiny, engine)
        room = engine.begin(setting, KEYS.macro)
        start = room[0].incident_start[0]
        engine.advance(room, setting, (KEYS.macro, 0), [], 0, start - 5)
        engine.fork(room, setting, 99)

        assert room[0].incident_start[0] == start

    def test_open_orders_are_called_off(self, full, log):
        acts = log((100, "pin", {"product": "coat"}))

        assert fork_outcomes(full, KEYS, acts, 100, 5) != fork_outcomes(full, KEYS, acts, 110, 5)
        engine = PlainEngine()
        setting = prepared_for(full, engine)
        room = engine.load(replay(full, KEYS, acts, 100).data)
        engine.fork(room, setting, 7)
        assert room[0].orders_open == 0
        assert sum(room[0].owner) == 0.0

    @pytest.mark.parametrize("tick", [0, 240, -1])
    def test_must_be_inside_the_session(self, tiny, tick):
        with pytest.raises(ForecastError, match=f"tick {tick}"):
            fork_outcomes(tiny, KEYS, [], tick, 1)


class TestJudgeForecast:
    def test_the_futures_own_quantiles_score_full_points(self, tiny):
        best = forecast_of(fork_outcomes(tiny, KEYS, [], 60, SOME))

        result = judge_forecast(tiny, KEYS, [], 60, best, SOME)

        assert result.points == 100.0
        assert result.best == best

    def test_a_worse_forecast_scores_less_and_a_wild_one_nothing(self, tiny):
        best = forecast_of(fork_outcomes(tiny, KEYS, [], 60, SOME))
        points = [
            judge_forecast(
                tiny, KEYS, [], 60, Forecast(*(round(ratio * q) for q in best.quantiles)), SOME
            ).points
            for ratio in (1.0, 1.1, 1.3, 4.0)
        ]

        assert points == sorted(points, reverse=True)
        assert points[1] < 99.0
        assert points[3] == 0.0

    def test_an_honest_width_beats_a_false_certainty(self, tiny):
        best = forecast_of(fork_outcomes(tiny, KEYS, [], 60, SOME))
        sure = Forecast(best.p50_fen, best.p50_fen, best.p50_fen)

        assert judge_forecast(tiny, KEYS, [], 60, sure, SOME).points < 100.0

    def test_is_plain_data(self, tiny):
        data = judge_forecast(tiny, RoomKeys(1, 2), [], 60, Forecast(1, 2, 3), 4).to_dict()

        assert data["forecast_fen"] == [1, 2, 3]
        assert set(data) == {
            "tick",
            "forecast_fen",
            "best_fen",
            "losses_fen",
            "best_losses_fen",
            "excess_ratio",
            "points",
        }

    @pytest.mark.parametrize("numbers", [(3, 2, 4), (1, 5, 4), (-1, 2, 3)])
    def test_quantiles_rise(self, numbers):
        with pytest.raises(ForecastError, match="rises"):
            Forecast(*numbers)
