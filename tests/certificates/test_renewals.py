"""What a renewed credential keeps and what is new; a draft's refresher is checked like an exam."""

from datetime import date, timedelta

import pytest

from certificates.errors import CredentialError
from certificates.levels import Level
from certificates.lint import lint_programme
from certificates.numbers import new_number
from certificates.renewals import renewed_credential, renewed_until
from tests.certificates.conftest import NOON
from tests.certificates.test_lint import SHELF

SALT = "a5" * 32
REFRESHER = {"blueprint_ref": "theory@1", "minutes": 60, "cut_fraction": 0.6}


@pytest.mark.parametrize(
    ("until", "years", "expected"),
    [
        (date(2027, 11, 20), 1, date(2028, 11, 20)),
        (date(2028, 2, 29), 1, date(2029, 2, 28)),
        (date(2027, 2, 28), 3, date(2030, 2, 28)),
    ],
)
def test_the_years_follow_on_the_old_last_day(until, years, expected):
    assert renewed_until(until, years) == expected


class TestRenewedCredential:
    def renew(self, old, programme, **changes):
        values = {
            "number": new_number(Level.JUNIOR, 2027, lambda bound: 5 % bound),
            "issued_at": NOON + timedelta(days=300, milliseconds=7),
            "is_demo": False,
            "salt": SALT,
            **changes,
        }
        return renewed_credential(old, programme, **values)

    def test_keeps_name_and_results_and_has_its_own_days(self, make_credential, programme):
        old = make_credential()

        new = self.renew(old, programme.model_copy(update={"version": 2}))

        for name in ("holder_name", "theory_points", "room_points", "level", "issuer"):
            assert getattr(new, name) == getattr(old, name)
        assert new.programme_ref == "junior@2"
        assert new.valid_from == date(2027, 9, 17)
        assert new.valid_until == renewed_until(old.valid_until, 1)
        assert new.content_hash() != old.content_hash()
        assert type(old).from_json(new.to_json()) == new

    def test_what_was_a_demonstration_stays_one(self, make_credential, programme):
        old = make_credential()
        demo = self.renew(old, programme, is_demo=True)

        assert self.renew(demo, programme).is_demo

    def test_another_level_renews_nothing(self, make_credential, programme):
        with pytest.raises(CredentialError, match="junior"):
            self.renew(make_credential(), programme.model_copy(update={"level": Level.SENIOR}))


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({}, "renewal.refresher.blueprint_ref", "same_as_theory"),
        ({"blueprint_ref": "none@1"}, "renewal.refresher.blueprint_ref", "unknown_blueprint"),
        ({"blueprint_ref": "other@1"}, "renewal.refresher.blueprint_ref", "other_level"),
        ({"minutes": 5}, "renewal.refresher.minutes", "pace"),
        ({"cut_fraction": 0.2}, "renewal.refresher.cut_fraction", "odd_cut"),
        ({"minutes": 0}, "renewal.refresher.minutes", "schema"),
    ],
)
def test_a_drafts_refresher_is_checked(programme, change, field, code):
    renewal = {"window_days": 90, "refresher": {**REFRESHER, **change}}
    document = programme.model_dump(mode="json") | {"version": 2, "renewal": renewal}

    problems, _ = lint_programme(document, base=programme, shelf=SHELF)

    assert (field, code) in {(one.field, one.code) for one in problems}
