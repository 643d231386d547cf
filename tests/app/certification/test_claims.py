"""Evidence of practice: stated by one, confirmed by another, from a form or from a file."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import pytest
from sqlalchemy import func, select

from app.certification import claims, services
from app.certification.models import EvidenceClaim
from app.core.errors import InvalidInputError, SecondPersonRequiredError
from tests import cast
from tests.conftest import NOON, csrf_token

DAY = timedelta(days=1)
ENTERER, DECIDER = "person:lecturer", "person:committee"
URL = "/office/evidence"


def sessions(amount: float = 3, **changes: object) -> claims.NewClaim:
    values = {
        "kind": "sessions",
        "amount": amount,
        "happened_on": (NOON - DAY).date(),
        "title": "小六家女装 九月日播",
        "source": "服务商场次台账 2026-09",
        **changes,
    }
    return claims.NewClaim(**values)  # type: ignore[arg-type]


def state(db_session, person, claim, *, now=NOON):
    return claims.enter(db_session, person, claim, enterer=ENTERER, now=now)


def confirm(db_session, claim, *, now=NOON):
    services.decide_claim(db_session, claim, "confirmed", decider=DECIDER, now=now)


@pytest.fixture
def alice(app, person_of):
    return person_of(cast.ALICE)


class TestEnter:
    def test_counts_only_once_confirmed(self, db_session, alice):
        claim = state(db_session, alice, sessions(3))
        assert claims.logged_of(db_session, alice.id, at=NOON).sessions == 0

        confirm(db_session, claim, now=NOON + DAY)

        assert claims.logged_of(db_session, alice.id, at=NOON).sessions == 0
        assert claims.logged_of(db_session, alice.id, at=NOON + DAY).sessions == 3

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"amount": 0}, "amount"),
            ({"amount": 2.5}, "amount"),
            ({"amount": float("nan")}, "amount"),
            ({"kind": "wins"}, "kind"),
            ({"happened_on": (NOON + DAY).date()}, "happened_on"),
            ({"title": ""}, "title"),
            ({"source": "x" * 201}, "source"),
        ],
        ids=["none", "half", "nan", "kind", "future", "title", "source"],
    )
    def test_refuses_what_cannot_be(self, db_session, alice, changes, field):
        with pytest.raises(InvalidInputError) as refused:
            state(db_session, alice, sessions(**changes))

        assert refused.value.errors[0]["field"] == field

    def test_refuses_the_same_twice_until_it_is_declined(self, db_session, alice):
        claim = state(db_session, alice, sessions())
        with pytest.raises(claims.ClaimTakenError):
            state(db_session, alice, sessions(9))
        services.decide_claim(db_session, claim, "declined", decider=ENTERER, now=NOON)

        assert state(db_session, alice, sessions(9)).amount == 9

    def test_refuses_oneself(self, db_session, alice):
        with pytest.raises(SecondPersonRequiredError):
            claims.enter(
                db_session, alice, sessions(), enterer=f"person:{alice.public_id}", now=NOON
            )


class TestDecide:
    def test_needs_a_second_person_who_is_not_the_candidate(self, db_session, alice):
        claim = state(db_session, alice, sessions())

        for decider in (ENTERER, f"person:{alice.public_id}"):
            with pytest.raises(SecondPersonRequiredError):
                services.decide_claim(db_session, claim, "confirmed", decider=decider, now=NOON)
        assert claim.outcome is None

    def test_is_said_once(self, db_session, alice):
        claim = state(db_session, alice, sessions())
        confirm(db_session, claim)

        with pytest.raises(claims.ClaimDecidedError):
            services.decide_claim(db_session, claim, "declined", decider=DECIDER, now=NOON)


class TestFiles:
    HEAD = ",".join(claims.COLUMNS)

    def enter(self, db_session, *lines, encoding="utf-8"):
        data = "\n".join([self.HEAD, *lines]).encode(encoding)
        rows = claims.parse_claims(data)
        return claims.enter_file(db_session, rows, enterer=ENTERER, now=NOON)

    def test_takes_both_encodings_and_may_be_sent_again(self, db_session, alice):
        one = f"{alice.email},场次,12,2026-08-31,某商家八月日播,台账 8 月"
        two = f"{alice.email},学时,6.5,2026-08-15,合规课程,签到表"

        assert self.enter(db_session, one, encoding="gb18030") == 1
        assert self.enter(db_session, one, two) == 1

    def test_tells_every_bad_row_and_enters_none(self, db_session, alice):
        good = f"{alice.email},场次,12,2026-08-31,某商家,台账"
        with pytest.raises(claims.ClaimFileError) as refused:
            self.enter(
                db_session,
                good,
                "nobody@example.cn,场次,1,2026-08-31,某商家,台账",
                f"{alice.email},场次,0.5,2026-08-31,某商家,台账",
            )

        assert [(one.row, one.code) for one in refused.value.rows] == [
            (3, "unknown_account"),
            (4, "out_of_range"),
        ]

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"\xff\xff\xff", "encoding"),
            (b"a,b\n", "heading"),
            ((HEAD + "\na,b\n").encode(), "cell_count"),
            ((HEAD + "\na@b.cn,场次,many,2026-08-31,x,y\n").encode(), "number_or_day"),
            ((HEAD + '\n"a\n').encode(), "not_csv"),
            ((HEAD + "\n" + "x\n" * 2001).encode(), "too_many"),
        ],
        ids=["encoding", "heading", "cells", "number", "quote", "many"],
    )
    def test_refuses_what_is_no_such_file(self, data, code):
        with pytest.raises(claims.ClaimFileError) as refused:
            claims.parse_claims(data)

        assert refused.value.rows[0].code == code


class TestPages:
    FORM: ClassVar[dict[str, str]] = {
        "account": cast.ALICE.account,
        "kind": "sessions",
        "amount": "3",
        "happened_on": "2026-01-05",
        "title": "某商家日播",
        "source": "台账",
    }

    def post(self, client, url=URL, **changes):
        data = self.FORM | changes | {"csrf_token": csrf_token(client)}
        return client.post(url, data=data)

    def test_enters_and_the_same_person_cannot_confirm(self, as_carol, db_session):
        assert self.post(as_carol).status_code == 303
        public_id = db_session.scalar(select(EvidenceClaim.public_id))
        db_session.commit()

        assert "某商家日播" in as_carol.get(URL).text
        assert self.post(as_carol, f"{URL}/{public_id}/confirmed").status_code == 403
        assert self.post(as_carol, f"{URL}/{public_id}/nonsense").status_code == 404
        assert self.post(as_carol, f"{URL}/{public_id}/declined").status_code == 303

    def test_says_what_is_wrong(self, as_carol, db_session):
        for changes in ({"account": "nobody@example.cn"}, {"amount": "x"}, {"happened_on": "no"}):
            assert self.post(as_carol, **changes).status_code == 422
        assert db_session.scalar(select(func.count()).select_from(EvidenceClaim)) == 0

    def test_is_closed_to_candidates(self, as_alice):
        assert as_alice.get(URL).status_code == 403
