from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from certificates.errors import ProgrammeError
from certificates.validity import (
    CredentialLife,
    CredentialStatus,
    Suspension,
    Validity,
    end_of_day,
    issue_day,
    months_after,
    status_at,
    validity,
)

BEIJING = timezone(timedelta(hours=8))


def beijing(*parts):
    return datetime(*parts, tzinfo=BEIJING)


class TestIssueDay:
    def test_is_the_day_in_beijing(self):
        assert issue_day(datetime(2026, 11, 20, 16, 0, tzinfo=UTC)) == date(2026, 11, 21)
        assert issue_day(datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC)) == date(2026, 11, 20)

    def test_refuses_a_naive_moment(self):
        with pytest.raises(ProgrammeError):
            issue_day(datetime(2026, 11, 20))  # noqa: DTZ001


class TestMonthsAfter:
    @pytest.mark.parametrize(
        ("day", "months", "later"),
        [
            (date(2026, 5, 21), 6, date(2026, 11, 21)),
            (date(2026, 8, 31), 6, date(2027, 2, 28)),
            (date(2027, 8, 31), 6, date(2028, 2, 29)),
            (date(2026, 12, 1), 1, date(2027, 1, 1)),
            (date(2028, 2, 29), 12, date(2029, 2, 28)),
            (date(2028, 2, 29), 48, date(2032, 2, 29)),
        ],
    )
    def test_stays_in_the_month(self, day, months, later):
        assert months_after(day, months) == later


class TestValidity:
    @pytest.mark.parametrize(
        ("issued_at", "years", "first", "last"),
        [
            (beijing(2026, 7, 18, 9), 3, date(2026, 7, 18), date(2029, 7, 17)),
            (beijing(2026, 11, 21, 0), 1, date(2026, 11, 21), date(2027, 11, 20)),
            (beijing(2026, 11, 20, 23, 59, 59), 1, date(2026, 11, 20), date(2027, 11, 19)),
            (beijing(2027, 1, 1, 12), 1, date(2027, 1, 1), date(2027, 12, 31)),
            (beijing(2028, 2, 29, 12), 1, date(2028, 2, 29), date(2029, 2, 28)),
            (beijing(2028, 2, 29, 12), 4, date(2028, 2, 29), date(2032, 2, 28)),
            (beijing(2027, 3, 1, 12), 1, date(2027, 3, 1), date(2028, 2, 29)),
        ],
    )
    def test_ends_the_day_before_the_anniversary(self, issued_at, years, first, last):
        assert validity(issued_at, years) == Validity(first, last)


class TestStatusAt:
    ISSUED = beijing(2026, 11, 21, 12)
    LIFE = CredentialLife(
        validity=Validity(date(2026, 11, 21), date(2027, 11, 20)), issued_at=ISSUED
    )

    @pytest.mark.parametrize(
        ("moment", "status"),
        [
            (ISSUED - timedelta(seconds=1), CredentialStatus.NOT_YET_VALID),
            (ISSUED, CredentialStatus.VALID),
            (beijing(2027, 11, 20, 23, 59, 59, 999999), CredentialStatus.VALID),
            (beijing(2027, 11, 21), CredentialStatus.EXPIRED),
        ],
    )
    def test_the_last_day_belongs_to_it_whole(self, moment, status):
        assert status_at(moment, self.LIFE) is status

    def test_the_moment_of_revocation_is_revoked(self):
        at = beijing(2027, 1, 1)
        life = CredentialLife(
            validity=self.LIFE.validity, issued_at=self.ISSUED, revoked_at=at, superseded_at=at
        )

        assert status_at(at - timedelta(microseconds=1), life) is CredentialStatus.VALID
        assert status_at(at, life) is CredentialStatus.REVOKED
        assert status_at(beijing(2030, 1, 1), life) is CredentialStatus.REVOKED

    def test_superseded_outlasts_expiry(self):
        at = beijing(2027, 1, 1)
        life = CredentialLife(validity=self.LIFE.validity, issued_at=self.ISSUED, superseded_at=at)

        assert status_at(at - timedelta(seconds=1), life) is CredentialStatus.VALID
        assert status_at(beijing(2028, 1, 1), life) is CredentialStatus.SUPERSEDED

    def test_a_suspension_ends(self):
        begin, end = beijing(2027, 1, 1), beijing(2027, 2, 1)
        later = beijing(2027, 6, 1)
        life = CredentialLife(
            validity=self.LIFE.validity,
            issued_at=self.ISSUED,
            suspensions=(Suspension(begin, end), Suspension(later)),
        )

        assert status_at(begin - timedelta(seconds=1), life) is CredentialStatus.VALID
        assert status_at(begin, life) is CredentialStatus.SUSPENDED
        assert status_at(end, life) is CredentialStatus.VALID
        assert status_at(later, life) is CredentialStatus.SUSPENDED
        assert status_at(beijing(2027, 11, 21), life) is CredentialStatus.EXPIRED

    def test_end_of_day_is_midnight_in_beijing(self):
        assert end_of_day(date(2026, 12, 31)) == datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
