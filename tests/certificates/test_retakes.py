from datetime import UTC, datetime, timedelta

import pytest

from certificates.retakes import RetakeRule, Sitting, next_sitting

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
NEXT_QUARTER = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)


def sitting(ago):
    return Sitting(started_at=NOW - ago - timedelta(hours=1), ended_at=NOW - ago)


class TestNextSitting:
    def test_the_first_may_start_at_once(self, programme):
        retake = next_sitting(programme, [], now=NOW)

        assert retake.rule is RetakeRule.NONE
        assert retake.allowed_at(NOW)

    def test_waits_three_days_and_the_last_moment_is_allowed(self, programme):
        retake = next_sitting(programme, [sitting(DAY)], now=NOW)

        assert retake.rule is RetakeRule.WAIT
        assert retake.earliest_at == NOW + 2 * DAY
        assert not retake.allowed_at(retake.earliest_at - timedelta(microseconds=1))
        assert retake.allowed_at(retake.earliest_at)

    def test_waits_no_longer_when_the_days_are_over(self, programme):
        assert next_sitting(programme, [sitting(3 * DAY)], now=NOW).rule is RetakeRule.NONE

    def test_the_fourth_of_a_quarter_waits_for_the_next(self, programme):
        sittings = [sitting(ago * DAY) for ago in (30, 20, 10)]

        retake = next_sitting(programme, sittings, now=NOW)

        assert retake.rule is RetakeRule.QUARTER
        assert retake.earliest_at == NEXT_QUARTER

    def test_sittings_of_the_last_quarter_do_not_count(self, programme):
        sittings = [sitting(ago * DAY) for ago in (60, 55, 20, 10)]

        assert next_sitting(programme, sittings, now=NOW).rule is RetakeRule.NONE

    def test_a_wait_that_ends_in_the_next_quarter_is_judged_there(self, programme):
        late = datetime(2026, 12, 31, 4, 0, tzinfo=UTC)
        sittings = [
            Sitting(late - ago * DAY, late - ago * DAY + timedelta(hours=1)) for ago in (20, 10, 1)
        ]

        retake = next_sitting(programme, sittings, now=late)

        assert retake.rule is RetakeRule.WAIT
        assert retake.earliest_at == late + 2 * DAY + timedelta(hours=1)

    @pytest.mark.parametrize("count", [0, 5, 50])
    def test_a_programme_without_a_limit_allows_any_number(self, programme, count):
        free = programme.model_copy(update={"retake_days": 0, "max_per_quarter": None})

        retake = next_sitting(free, [sitting(timedelta())] * count, now=NOW)

        assert retake.allowed_at(NOW)
