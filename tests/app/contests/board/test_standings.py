"""Places, what the public may see of them, and the order in which they are unveiled."""

import pytest

from app.contests.board.standings import Lived, shown_tick, standings, unveiled


def lived(*by_minute_yuan: int, tick: int | None = None, gmv_fen: int | None = None) -> Lived:
    fen = tuple(one * 100 for one in by_minute_yuan)
    return Lived(
        12 * (len(fen) - 1) if tick is None else tick, fen[-1] if gmv_fen is None else gmv_fen, fen
    )


class TestStandings:
    def test_growth_over_the_house_decides_and_equal_growth_shares_a_rank(self):
        found = standings({1: lived(0, 80), 2: lived(0, 120), 3: lived(0, 120)}, lived(0, 100))

        assert [(one.seat, one.rank) for one in found] == [(2, 1), (3, 1), (1, 3)]
        assert [one.uplift_ratio for one in found] == [0.2, 0.2, -0.2]

    def test_a_house_that_sold_nothing_makes_no_growth(self):
        found = standings({1: lived(0, 5)}, lived(0, 0))

        assert found[0].uplift_ratio is None

    def test_arrows_look_back_ten_minutes(self):
        slow = lived(*range(12))
        late = lived(*[0] * 11, 50)

        found = standings({1: slow, 2: late}, lived(*[1] * 12))

        assert [(one.seat, one.moved) for one in found] == [(2, 1), (1, -1)]

    def test_nobody_moved_before_anybody_sold(self):
        found = standings({1: lived(0, 1), 2: lived(0, 2)}, lived(0, 1))

        assert [one.moved for one in found] == [0, 0]


class TestShownTick:
    @pytest.mark.parametrize(
        ("tick", "over", "freeze", "open_", "seen"),
        [
            (5, 0, None, False, 0),
            (100, 0, None, False, 88),
            (100, 0, 80, False, 80),
            (85, 0, 80, False, 73),
            (120, 6, None, False, 114),
            (120, 60, None, False, 120),
            (120, 60, 80, False, 80),
            (120, 60, 80, True, 120),
        ],
        ids=["start", "trails", "frozen", "before", "ends", "caught-up", "stays", "unveiled"],
    )
    def test_the_public_trails_and_stands_still(self, tick, over, freeze, open_, seen):
        assert seen == shown_tick(
            tick, delay_ticks=12, over_ticks=over, freeze_tick=freeze, is_unveiled=open_
        )


class TestUnveiled:
    def test_the_last_come_first_and_nothing_else_is_told(self):
        house = lived(0, 100)
        frozen = standings({1: lived(0, 130), 2: lived(0, 120), 3: lived(0, 110)}, house)
        final = standings({1: lived(0, 105), 2: lived(0, 190), 3: lived(0, 180)}, house)

        found = unveiled(frozen, final, 1)

        assert [(one.seat, one.rank, seen) for one, seen in found] == [
            (2, 1, False),
            (3, 2, False),
            (1, 3, True),
        ]
        assert [one.gmv_fen for one, _ in found] == [120_00, 110_00, 105_00]
        assert [one.seat for one, _ in unveiled(frozen, final, 3)] == [2, 3, 1]
