"""Decisive moments: found in the curves, never taken back."""

from app.contests.board.moments import LEAD, STRETCH, best_decisions, decisive_moments

HOUSE = [10 * minute for minute in range(61)]


def test_a_lead_counts_when_it_was_held():
    ahead = [20 * minute for minute in range(10)]
    behind = [0, 30, 30, 30, 90, 150, 210, 270, 330, 390]

    found = decisive_moments({1: ahead, 2: behind}, HOUSE)

    assert [(one.kind, one.minute, one.seat, one.other) for one in found] == [(LEAD, 4, 2, 0)]


def test_longer_curves_only_add_moments():
    curves = {
        1: [11 * minute + (minute % 7) * 9 for minute in range(61)],
        2: [10 * minute + (minute // 20) * 60 for minute in range(61)],
        3: [minute * minute // 4 for minute in range(61)],
    }
    told: tuple[object, ...] = ()

    for minutes in range(1, 61):
        now = decisive_moments({seat: one[:minutes] for seat, one in curves.items()}, HOUSE)
        assert set(told) <= set(now)
        told = now

    assert {one.kind for one in now} == {LEAD, STRETCH}


def test_a_stretch_names_who_gained_most_over_the_house():
    found = decisive_moments({1: HOUSE, 2: [2 * one for one in HOUSE]}, HOUSE)

    stretches = [one for one in found if one.kind == STRETCH]
    assert [(one.minute, one.seat, one.gain_fen) for one in stretches] == [
        (15, 2, 150),
        (30, 2, 150),
        (45, 2, 150),
        (60, 2, 150),
    ]


def test_the_best_decisions_are_at_most_two_of_one_person():
    effects = {
        1: [{"tick": n, "net_worth_fen": 900 - n} for n in range(4)],
        2: [{"tick": 9, "net_worth_fen": 50}, {"tick": 3, "net_worth_fen": -7}],
    }

    assert [(seat, one["tick"]) for seat, one in best_decisions(effects)] == [
        (1, 0),
        (1, 1),
        (2, 9),
    ]
