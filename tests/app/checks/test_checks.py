"""Lists of a provider: verdicts row by row, resumed after a stop, seen by nobody else."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from app.certification import acts
from app.certification import queries as certification
from app.certification.reasons import RevocationReason, SuspensionReason
from app.checks import queries, services, verdicts
from app.checks.models import CheckList, CheckListRow
from app.checks.overview import Outcome, overview_of
from app.checks.reading import TypedPair
from app.checks.verdicts import Verdict
from app.core import clock
from app.core.db import transaction
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in

UNKNOWN = "CPS1-26-3333333333-3"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)


def judge(db_session, provider, number, name="Alice", at=NOON):
    (found,) = verdicts.judge_pairs(db_session, provider.id, [(number, name)], now=at)
    return found


class TestJudgePairs:
    def test_tells_level_and_last_day_of_who_is_named(self, db_session, provider, certified):
        found = judge(db_session, provider, certified.number.lower().replace("-", " "), "ALICE")

        assert found.verdict is Verdict.VALID
        assert (found.number, found.level) == (certified.number, "junior")
        assert found.valid_until == certified.valid_until

    @pytest.mark.parametrize(
        ("number", "name", "verdict"),
        [
            (None, "Bob", Verdict.OTHER_NAME),
            (None, " ", Verdict.NO_NAME),
            ("CPS1-26", "Alice", Verdict.MALFORMED),
            ("СPS1-26-3333333333-3", "Alice", Verdict.MALFORMED),  # a Cyrillic С
        ],
        ids=["other_name", "no_name", "short", "look_alike"],
    )
    def test_tells_nothing_more_of_others(
        self, db_session, provider, certified, number, name, verdict
    ):
        found = judge(db_session, provider, number or certified.number, name)

        assert found.verdict is verdict
        assert (found.level, found.valid_until) == (None, None)

    def test_an_unissued_number_is_unknown(self, db_session, provider, certified):
        digits = certified.number
        other = next(
            one
            for one in (digits[:8] + letter + digits[9:] for letter in "34679ACDEFGHJK")
            if one != digits
        )

        assert judge(db_session, provider, other).verdict in {Verdict.UNKNOWN, Verdict.MALFORMED}

    def test_follows_the_calendar_and_the_acts(self, db_session, provider, certified):
        record = certification.credential(db_session, certified.number)
        end = certified.expires_at
        two = {"actor": "person:a", "second_person": "person:b"}

        assert judge(db_session, provider, record.number, at=end - 31 * DAY).verdict == "expiring"
        assert judge(db_session, provider, record.number, at=end).verdict is Verdict.EXPIRED
        acts.suspend_credential(
            db_session, record, reason=SuspensionReason.INVESTIGATION, **two, now=NOON
        )
        assert judge(db_session, provider, record.number).verdict is Verdict.SUSPENDED
        acts.revoke_credential(
            db_session, record, reason=RevocationReason.CHEATING, **two, now=NOON
        )
        assert judge(db_session, provider, record.number).verdict is Verdict.REVOKED

    def test_the_sixth_name_in_an_hour_is_not_compared(self, db_session, provider, certified):
        for _ in range(verdicts.NAME_TRIES):
            assert judge(db_session, provider, certified.number, "Bob").verdict == "name_mismatch"

        assert judge(db_session, provider, certified.number).verdict is Verdict.TOO_MANY_NAMES
        later = judge(db_session, provider, certified.number, at=NOON + timedelta(hours=1))
        assert later.verdict is Verdict.VALID


def take(db_session, provider, *pairs):
    typed = [TypedPair(row, *pair) for row, pair in enumerate(pairs, 2)]
    made = services.take_list(
        db_session, provider.id, typed, file_name="x.csv", actor="person:dave", now=NOON
    )
    db_session.commit()
    return made.id


class TestLists:
    def test_a_number_is_judged_once_with_its_first_name(self, db_session, provider, certified):
        number = certified.number
        made = take(db_session, provider, (number, "Bob"), (number.lower(), "Alice"), ("", "x"))

        services.judge_waiting(now=NOON)

        rows = queries.rows_of(db_session, made)
        assert [row.verdict for row in rows] == [
            Verdict.OTHER_NAME,
            Verdict.REPEATED,
            Verdict.MALFORMED,
        ]

    @pytest.mark.both_databases
    def test_goes_on_where_a_stopped_run_ended(self, db_session, provider, monkeypatch):
        monkeypatch.setattr(services, "CHUNK", 2)
        made = take(db_session, provider, *((f"x{n}", "Alice") for n in range(5)))

        assert services.judge_waiting(now=NOON, chunks=1) == 2
        found = db_session.get_one(CheckList, made, populate_existing=True)
        assert (found.done_count, found.finished_at) == (2, None)
        db_session.rollback()

        assert services.judge_waiting(now=NOON + DAY) == 3
        found = db_session.get_one(CheckList, made, populate_existing=True)
        assert (found.done_count, found.finished_at) == (5, NOON + DAY)
        assert services.judge_waiting(now=NOON + DAY) == 0

    def test_a_day_has_its_quota(self, db_session, provider, rival, monkeypatch):
        monkeypatch.setattr(services, "PAIRS_A_DAY", 3)
        take(db_session, provider, ("a", "x"), ("b", "x"))

        with pytest.raises(services.CheckQuotaError):
            services.take_quota(db_session, provider.id, 2, now=NOON)
        services.take_quota(db_session, provider.id, 1, now=NOON)
        services.take_quota(db_session, rival.id, 3, now=NOON)
        services.take_quota(db_session, provider.id, 3, now=NOON + DAY)

    def test_is_forgotten_in_time(self, db_session, provider):
        take(db_session, provider, ("a", "x"))

        assert services.forget_old_lists(db_session, now=NOON + services.KEPT_FOR) == 0
        assert services.forget_old_lists(db_session, now=NOON + services.KEPT_FOR + DAY) == 1
        assert db_session.scalar(select(func.count()).select_from(CheckListRow)) == 0


class TestOverview:
    def test_counts_by_week_and_person_and_keeps_them_without_the_list(
        self, app, db_session, provider, rival, certified
    ):
        number = certified.number
        take(db_session, provider, (number, "Alice"), (number, "Alice"), (UNKNOWN, "x"))
        services.judge_waiting(now=NOON)
        day = NOON.date()

        found = overview_of(db_session, provider.id, today=day)
        later = overview_of(db_session, provider.id, today=day + timedelta(weeks=12))
        with transaction() as writing:
            services.forget_old_lists(writing, now=NOON + 40 * DAY)
        forgotten = overview_of(db_session, provider.id, today=day)

        assert found.total == Outcome(good=1, watched=0, bad=1)  # the repeated row counts once
        assert [one.total for _, one in found.weeks] == [0] * 12 + [2]
        assert [one.total for _, one in later.weeks] == [2] + [0] * 12
        assert [(one.actor, one.lists) for one in found.checkers] == [("person:dave", 1)]
        assert (forgotten.total, forgotten.soonest) == (found.total, ())
        assert overview_of(db_session, rival.id, today=day).total == Outcome()

    def test_tells_what_ends_by_its_newest_check(self, db_session, provider, certified):
        take(db_session, provider, (certified.number, "Alice"))
        services.judge_waiting(now=NOON)
        eve = certified.valid_until - 20 * DAY

        found = overview_of(db_session, provider.id, today=eve)
        assert [one.number for one in found.soonest] == [certified.number]
        assert sum(count for _, count in found.months) == 1

        with transaction() as writing:  # another name: nothing is told
            take(writing, provider, (certified.number, "Bob"))
        services.judge_waiting(now=NOON)
        assert overview_of(db_session, provider.id, today=eve).soonest == ()

    def test_the_page_shows_it_to_managers_alone(
        self, app, db_session, provider, certified, as_bob
    ):
        take(db_session, provider, (certified.number, "Alice"))
        services.judge_waiting(now=NOON)

        page = sign_in(app, cast.DAVE).get("/provider/checks/overview")

        assert "每周结果" in page.text
        assert certified.number in page.text or "没有将要到期" in page.text
        assert as_bob.get("/provider/checks/overview").status_code == 403


class TestPages:
    def upload(self, client, data: bytes, name="名单.csv"):
        return client.post(
            "/provider/checks",
            data={
                "csrf_token": csrf_token(client),
                "file": (io.BytesIO(data), name),
            },
        )

    def test_from_a_file_to_a_file(self, app, db_session, provider, certified):
        client = sign_in(app, cast.DAVE)
        text = f"证书编号,姓名\n{certified.number},Alice\n=HYPERLINK(1),@x\n"

        page = self.upload(client, text.encode("gb18030"))

        assert page.status_code == 303, page.text
        url = page.headers["Location"]
        assert "0 / 2" in client.get(url, headers={"HX-Request": "true"}).text
        assert client.get(f"{url}/result.csv").status_code == 409
        services.judge_waiting(now=NOON)
        assert "有效" in client.get(url).text
        told = client.get(f"{url}/result.csv").data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(told)))
        assert rows[1][:5] == ["2", certified.number, "Alice", "有效", "初级"]
        assert rows[2][1:4] == ["'=HYPERLINK(1)", "'@x", "编号格式错误"]
        sheet = load_workbook(io.BytesIO(client.get(f"{url}/result.xlsx").data)).active
        assert (sheet["B3"].value, sheet["B3"].data_type) == ("=HYPERLINK(1)", "s")

    def test_says_what_is_wrong_and_where(self, app, db_session, provider):
        page = self.upload(sign_in(app, cast.DAVE), "证书编号,姓名\n".encode() + b'"a,b\n')

        assert page.status_code == 422
        assert "第 2 行的引号不成对" in page.text
        with transaction() as writing:
            assert writing.scalar(select(func.count()).select_from(CheckList)) == 0

    def test_another_provider_finds_no_list(self, app, db_session, provider, rival):
        made = db_session.get_one(CheckList, take(db_session, provider, ("a", "x"))).public_id
        db_session.rollback()
        client = sign_in(app, cast.ERIN)
        token = csrf_token(client)

        assert client.get(f"/provider/checks/{made}").status_code == 404
        assert client.get(f"/provider/checks/{made}/result.csv").status_code == 404
        gone = client.post(f"/provider/checks/{made}/delete", data={"csrf_token": token})
        assert gone.status_code == 404

    def test_a_list_can_be_deleted_at_once(self, app, db_session, provider):
        made = db_session.get_one(CheckList, take(db_session, provider, ("a", "x"))).public_id
        db_session.rollback()
        client = sign_in(app, cast.DAVE)
        token = csrf_token(client)

        client.post(f"/provider/checks/{made}/delete", data={"csrf_token": token})

        assert client.get(f"/provider/checks/{made}").status_code == 404

    def test_a_candidate_is_refused(self, as_alice):
        assert as_alice.get("/provider/checks").status_code == 403
