"""Who may operate which session: every obstacle at its edge, and a proposal that breaks none."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.clock import BEIJING
from app.providers.roster.rules import (
    MAX_WEEK_MINUTES,
    Obstacle,
    Operator,
    Slot,
    days_in_a_row,
    minutes_in_week,
    obstacles,
    propose,
)
from certificates.levels import Level

MONDAY = date(2026, 11, 23)
LATER = date(2027, 11, 1)


def slot(day=0, hour=19, minutes=120, *, level=Level.JUNIOR, key="", category="food"):
    at = datetime(2026, 11, 23, tzinfo=BEIJING) + timedelta(days=day, hours=hour)
    return Slot(key or f"{day}-{hour}", at, minutes, level, category)


def operator(*slots, level=Level.INTERMEDIATE, until=LATER, name="a", **experience):
    certificates = () if level is None else ((level, until),)
    return Operator(name, name, certificates, slots, experience)


class TestCertificate:
    def test_none(self):
        assert obstacles(operator(level=None), slot()) == (Obstacle.NO_CERTIFICATE,)

    def test_a_higher_level_may_and_a_lower_one_may_not(self):
        assert obstacles(operator(level=Level.SENIOR), slot(level=Level.INTERMEDIATE)) == ()
        assert obstacles(operator(), slot(level=Level.SENIOR)) == (Obstacle.LEVEL,)

    def test_its_last_day_counts_and_the_next_one_does_not(self):
        assert obstacles(operator(until=MONDAY), slot()) == ()
        assert obstacles(operator(until=MONDAY), slot(day=1)) == (Obstacle.EXPIRES,)

    def test_a_lower_one_that_runs_longer_does_not_carry_a_higher_one(self):
        both = Operator("a", "a", ((Level.SENIOR, MONDAY), (Level.JUNIOR, LATER)))

        assert obstacles(both, slot(day=1, level=Level.SENIOR)) == (Obstacle.EXPIRES,)
        assert obstacles(both, slot(day=1)) == ()


class TestFatigue:
    def test_two_sessions_at_once(self):
        assert obstacles(operator(slot(hour=18, minutes=90)), slot()) == (Obstacle.OVERLAP,)

    def test_half_an_hour_between_two_of_a_day(self):
        assert obstacles(operator(slot(hour=17, minutes=90)), slot()) == ()
        assert obstacles(operator(slot(hour=17, minutes=91)), slot()) == (Obstacle.CHANGEOVER,)

    def test_ten_hours_between_two_days(self):
        late = slot(hour=20, minutes=180)

        assert obstacles(operator(late), slot(day=1, hour=9)) == ()
        assert obstacles(operator(late), slot(day=1, hour=8)) == (Obstacle.REST,)

    def test_eight_hours_a_day(self):
        assert obstacles(operator(slot(hour=8, minutes=360)), slot()) == ()
        assert obstacles(operator(slot(hour=8, minutes=361)), slot()) == (Obstacle.DAY,)

    def test_forty_hours_a_week_from_monday_to_sunday(self):
        full = [slot(day=day, hour=9, minutes=480) for day in range(5)]
        short = [*full[:4], slot(day=4, hour=9, minutes=360)]

        assert Obstacle.WEEK in obstacles(operator(*full), slot(day=5))
        assert obstacles(operator(*short), slot(day=5)) == ()
        assert obstacles(operator(*full), slot(day=7)) == ()

    def test_six_days_in_a_row(self):
        six = [slot(day=day, minutes=60) for day in range(6)]

        assert obstacles(operator(*six[:5]), slot(day=5)) == ()
        assert obstacles(operator(*six), slot(day=6)) == (Obstacle.ROW,)
        assert days_in_a_row({MONDAY, MONDAY + timedelta(2)}, MONDAY + timedelta(1)) == 3

    def test_a_session_is_not_in_its_own_way(self):
        assert obstacles(operator(slot()), slot()) == ()


class TestPropose:
    def test_keeps_the_senior_for_the_session_that_needs_one(self):
        people = [operator(level=Level.SENIOR, name="s"), operator(level=Level.JUNIOR, name="j")]
        easy, hard = slot(key="easy"), slot(key="hard", level=Level.SENIOR)

        assert propose([easy, hard], people) == {"easy": "j", "hard": "s"}

    def test_prefers_who_knows_the_goods(self):
        people = [operator(name="a"), operator(name="b", food=3)]

        assert propose([slot()], people) == {"0-19": "b"}

    def test_leaves_open_what_nobody_may(self):
        assert propose([slot(level=Level.SENIOR)], [operator()]) == {}

    @settings(max_examples=40)
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 9),
                st.integers(0, 23),
                st.integers(30, 600),
                st.sampled_from(list(Level)),
            ),
            max_size=14,
            unique_by=lambda one: one[:2],
        )
    )
    def test_never_breaks_a_rule(self, wanted):
        slots = [slot(day, hour, minutes, level=level) for day, hour, minutes, level in wanted]
        people = [operator(level=level, name=level.value) for level in Level]

        found = propose(slots, people)

        of_key = {one.key: one for one in slots}
        for person in people:
            own = [of_key[key] for key, who in found.items() if who == person.key]
            busy = Operator(person.key, person.name, person.certificates, tuple(own))
            assert all(obstacles(busy, one) == () for one in own)
            for start in (0, 7):
                monday = MONDAY + timedelta(days=start)
                assert minutes_in_week(own, monday) <= MAX_WEEK_MINUTES
