"""Providers through their pages, JSON and files: what is shown, and every refusal."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.providers import indicators, queries, standings
from app.providers.models import Employment, IndicatorImport, MonthlyIndicator, StaffInvitation
from app.providers.months import last_complete_month, month_before
from tests import cast
from tests.conftest import csrf_token, sign_in
from tests.factories.certification import certify, little_programme, publish_little_programme
from tests.factories.providers import MIDDLING, employ, indicator_csv, report

BETTER = ("25", "3.5", "1800", "1.25", "6")

pytestmark = pytest.mark.usefixtures("reported")


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def month(now):
    return last_complete_month(now)


@pytest.fixture
def reported(app, db_session, provider, rival, now, month):
    """Two months of figures of both providers; committed, and the session closed."""
    earlier = month_before(month)
    report(
        db_session,
        ("YF-1", earlier, MIDDLING),
        ("LX-2", earlier, BETTER),
        ("YF-1", month, ("20", "2.5", "1200", "2.75", "4")),
        ("LX-2", month, BETTER),
        now=now,
        name="<b>.csv",
    )
    done(db_session)


def done(db_session):
    """Make what was written visible to requests, and give the write lock back."""
    db_session.commit()
    db.session.remove()


def invitations(db_session):
    return db_session.execute(select(StaffInvitation.public_id, StaffInvitation.answer)).all()


def post(client, path, page="/account", **data):
    return client.post(path, data={"csrf_token": csrf_token(client, page), **data})


def read_only():
    """A fresh reading session: what the requests committed."""
    db.session.remove()
    return db.session()


class TestScorecard:
    def test_shows_the_pure_score_and_sums_that_add_up(self, as_dave, now, month):
        session = read_only()
        provider = queries.provider_by_code(session, "YF-1")
        card = standings.scorecard_of(session, provider.id, month, at=now, include_demo=True)

        page = as_dave.get("/provider")

        assert page.status_code == 200
        assert f'<p class="fig brand">{card.total}</p>' in page.text
        contributions = re.findall(r'data-label="计入">([\d.]+)<', page.text)
        assert [Decimal(one) for one in contributions] == [
            line.contribution for line in card.modules
        ]
        sums = re.findall(r'<p class="sumline.*?num">\+?([\d.]+)</', page.text, re.S)
        modules, certified, total = map(Decimal, sums)
        assert sum(map(Decimal, contributions)) == modules
        assert modules + certified == total == card.total

    def test_changes_add_up_to_the_totals_change(self, as_dave):
        page = as_dave.get("/provider").text

        signs = {"▲": 1, "▼": -1}
        cells = re.findall(r'data-label="比上月"><span class="\w+">(?:([▲▼]) )?([\d.]+)<', page)
        total = re.search(r'fig brand.*?<span class="\w+">([▲▼]) ([\d.]+)<', page, re.S)
        assert sum(signs.get(sign, 0) * Decimal(size) for sign, size in cells) == (
            signs[total[1]] * Decimal(total[2])
        )

    def test_shows_the_arithmetic_and_the_source_of_each_value(self, as_dave):
        page = as_dave.get("/provider").text

        assert "(20 − 5) ÷ (30 − 5) × 100 = 60.00" in page
        assert "甲 ÷ 乙" in page
        assert "文件 &lt;b&gt;.csv" in page

    def test_names_the_scheme_and_the_rank(self, as_dave):
        page = as_dave.get("/provider").text

        assert "little@1" in page
        assert '<p class="fig">2<small>/ 2</small></p>' in page

    def test_moves_when_an_operator_is_certified_and_when_the_employment_ends(
        self, app, db_session, as_dave, person_of, now
    ):
        alice = person_of(cast.ALICE)
        programme = publish_little_programme(
            db_session, little_programme(), now=now - timedelta(days=9)
        )
        before = total_of(as_dave)
        employ(db_session, queries.provider_by_code(db_session, "YF-1"), alice, now=now)
        certify(app, db_session, alice.id, programme, at=now)
        employment = db_session.scalar(select(Employment.public_id))
        done(db_session)

        after = total_of(as_dave)
        assert (
            post(as_dave, f"/provider/staff/{employment}/end", reason="合同到期").status_code == 303
        )

        assert after - before == Decimal("0.05")
        assert total_of(as_dave) == before

    def test_of_an_older_month_is_settled(self, as_dave, month):
        page = as_dave.get(f"/provider?month={month_before(month):%Y-%m}")

        assert page.status_code == 200
        assert "已结算" in page.text
        assert "天内到期" not in page.text

    @pytest.mark.parametrize("text", ["2026-13", "x", "2099-01"])
    def test_does_not_find_a_month_that_is_none(self, as_dave, text):
        assert as_dave.get(f"/provider?month={text}").status_code == 404

    def test_says_when_no_scheme_was_in_effect(self, as_dave):
        page = as_dave.get("/provider?month=2020-01")

        assert page.status_code == 200
        assert "还没有评分规则" in page.text
        assert as_dave.get("/api/v1/provider/scorecard?month=2020-01").status_code == 404

    def test_names_what_is_missing_and_what_is_carried_over(self, as_dave, db_session, now, month):
        # A third provider's first month, of which two figures are there.
        page = as_dave.get(f"/provider?month={month_before(month, 2):%Y-%m}").text

        assert "总分暂定" in page
        assert "有了数据才参加排名" in page

    def test_is_each_managers_own(self, as_dave, as_erin):
        assert "服务商YF-1" in as_dave.get("/provider").text
        assert "服务商LX-2" not in as_dave.get("/provider").text
        assert "服务商LX-2" in as_erin.get("/provider").text

    def test_is_for_managers_alone(self, as_alice, stranger):
        assert as_alice.get("/provider").status_code == 403
        assert stranger.get("/provider").status_code == 302

    def test_of_a_manager_without_a_provider_is_not_found(self, as_dave, db_session):
        db_session.connection().exec_driver_sql("DELETE FROM provider_manager")
        done(db_session)

        assert as_dave.get("/provider").status_code == 404
        assert as_dave.get("/provider/staff").status_code == 404


def total_of(client):
    answer = client.get("/api/v1/provider/scorecard")
    assert answer.status_code == 200, answer.text
    return Decimal(answer.json["total"])


class TestScorecardJson:
    def test_says_what_the_page_says(self, as_dave, month):
        body = as_dave.get("/api/v1/provider/scorecard").json
        page = as_dave.get("/provider").text

        assert body["month"] == f"{month:%Y-%m}"
        assert body["scheme"] == "little@1"
        assert f'fig brand">{body["total"]}<' in page
        assert body["places"]["all"] == {"rank": 2, "of": 2}
        parts = [module["contribution"] for one in body["forces"] for module in one["modules"]]
        assert sum(map(Decimal, parts)) == Decimal(body["modules_points"])
        assert not body["provisional"]

    def test_is_for_managers_alone(self, as_alice, stranger):
        assert as_alice.get("/api/v1/provider/scorecard").status_code == 403
        assert stranger.get("/api/v1/provider/scorecard").status_code == 401


class TestScorecardCsv:
    def test_holds_every_figure(self, as_dave, month):
        answer = as_dave.get("/provider/scorecard.csv")

        rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
        figures = {row[1]: row for row in rows if len(row) == 12}
        assert answer.mimetype == "text/csv"
        assert f"scorecard-YF-1-{month:%Y-%m}.csv" in answer.headers["Content-Disposition"]
        assert figures["模块 share"][4:9] == ["20", "本月", "60.00", "33.34", "20.00"]
        assert [row[1] for row in rows if row[:1] == ["总分"]] == [str(total_of(as_dave))]

    def test_never_holds_a_formula(self, as_dave, db_session):
        provider = queries.provider_by_code(db_session, "YF-1")
        provider.name = "=HYPERLINK(0)"
        done(db_session)

        answer = as_dave.get("/provider/scorecard.csv")

        assert "'=HYPERLINK(0)" in answer.data.decode("utf-8-sig")


class TestInvite:
    def test_answers_the_same_whether_the_account_exists(self, as_dave):
        known, unknown = (
            post(as_dave, "/provider/staff/invite", account=account, note="")
            for account in (cast.ALICE.account, "nobody@example.cn")
        )

        assert known.status_code == unknown.status_code == 303
        assert known.headers["Location"] == unknown.headers["Location"]
        page = as_dave.get("/provider/staff").text
        assert page.count("等待确认") == 2

    @pytest.mark.parametrize("account", ["", "alice@", "1380013800", "alice"])
    def test_refuses_what_is_no_account(self, as_dave, account):
        page = post(as_dave, "/provider/staff/invite", account=account)

        assert page.status_code == 422
        assert 'role="alert"' in page.text
        assert invitations(read_only()) == []

    def test_refuses_to_ask_twice(self, as_dave):
        post(as_dave, "/provider/staff/invite", account=cast.ALICE.account)

        page = post(as_dave, "/provider/staff/invite", account=cast.ALICE.account)

        assert page.status_code == 422
        assert "正在等对方确认" in page.text

    def test_refuses_a_note_that_is_too_long(self, as_dave):
        page = post(as_dave, "/provider/staff/invite", account="a@example.cn", note="长" * 201)

        assert page.status_code == 422

    def test_needs_the_token(self, as_dave):
        assert as_dave.post("/provider/staff/invite", data={}).status_code == 400

    def test_is_for_managers_alone(self, as_alice):
        page = post(as_alice, "/provider/staff/invite", account="a@example.cn")

        assert page.status_code == 403


@pytest.fixture
def invited(as_dave):
    """Alice, asked by Dave's provider; returns the invitation's id."""
    post(as_dave, "/provider/staff/invite", account=cast.ALICE.account, note="一起来")
    return invitations(read_only())[0].public_id


@pytest.fixture
def employment(as_alice, invited):
    """Alice's employment at Dave's provider; returns its id."""
    assert post(as_alice, f"/invitations/{invited}/accept").status_code == 303
    return read_only().scalar(select(Employment.public_id))


class TestWithdraw:
    def test_takes_the_invitation_back(self, as_dave, as_alice, invited):
        page = post(as_dave, f"/provider/invitations/{invited}/withdraw")

        assert page.status_code == 303
        assert "没有等你确认的邀请" in as_alice.get("/invitations").text
        assert post(as_dave, f"/provider/invitations/{invited}/withdraw").status_code == 409

    def test_does_not_find_another_providers(self, as_erin, invited):
        page = post(as_erin, f"/provider/invitations/{invited}/withdraw")

        assert page.status_code == 404
        assert invitations(read_only())[0].answer is None


class TestStaff:
    def test_lists_who_confirmed_and_who_was_asked(self, as_dave, employment):
        post(as_dave, "/provider/staff/invite", account="nobody@example.cn")

        page = as_dave.get("/provider/staff").text

        assert "在职 1 人，其中 0 人持有有效证书" in page
        assert cast.ALICE.account in page
        assert "nobody@example.cn" in page

    def test_shows_another_manager_nothing_of_it(self, as_erin, employment):
        page = as_erin.get("/provider/staff").text

        assert cast.ALICE.account not in page
        assert "还没有人确认任职" in page


class TestEndStaff:
    @pytest.mark.parametrize(
        ("reason", "words"), [("", "请写明原因"), ("   ", "4 到 200 个字"), ("走", "4 到 200 个字")]
    )
    def test_needs_a_reason(self, as_dave, employment, reason, words):
        page = post(as_dave, f"/provider/staff/{employment}/end", reason=reason)

        assert page.status_code == 422
        assert words in page.text
        assert read_only().scalar(select(Employment.ended_at)) is None

    def test_ends_it_and_tells_the_operator_why(self, as_dave, as_alice, employment):
        page = post(as_dave, f"/provider/staff/{employment}/end", reason="合同到期")

        assert page.status_code == 303
        assert "由服务商结束，原因：合同到期" in as_alice.get("/invitations").text
        again = post(as_dave, f"/provider/staff/{employment}/end", reason="合同到期")
        assert again.status_code == 409

    @pytest.mark.parametrize("reason", ["合同到期", ""])
    def test_does_not_find_another_providers(self, as_erin, employment, reason):
        page = post(as_erin, f"/provider/staff/{employment}/end", reason=reason)

        assert page.status_code == 404
        assert read_only().scalar(select(Employment.ended_at)) is None


class TestInvitations:
    def test_shows_who_asks_and_what_they_will_see(self, as_alice, invited):
        page = as_alice.get("/invitations").text

        assert "服务商YF-1" in page
        assert "一起来" in page
        assert "看不到成绩、考试记录和身份证号" in page

    def test_shows_nobody_else_the_invitation(self, as_bob, invited):
        assert "服务商YF-1" not in as_bob.get("/invitations").text

    def test_is_for_who_signed_in(self, stranger):
        assert stranger.get("/invitations").status_code == 302


class TestAnswerInvitation:
    def test_of_somebody_else_is_not_found(self, as_bob, invited):
        for answer in ("accept", "decline"):
            assert post(as_bob, f"/invitations/{invited}/{answer}").status_code == 404
        assert invitations(read_only())[0].answer is None

    def test_declining_is_said_to_the_manager(self, as_alice, as_dave, invited):
        assert post(as_alice, f"/invitations/{invited}/decline").status_code == 303

        assert "已谢绝" in as_dave.get("/provider/staff").text

    def test_of_a_second_provider_says_what_has_to_end_first(self, as_alice, as_erin, employment):
        post(as_erin, "/provider/staff/invite", account=cast.ALICE.account)
        (second,) = [one for one in invitations(read_only()) if one.answer is None]

        page = post(as_alice, f"/invitations/{second.public_id}/accept")

        assert page.status_code == 409
        assert "请先结束那段任职" in page.text

    def test_of_what_was_withdrawn_says_so(self, as_alice, as_dave, invited):
        token_page = as_alice.get("/invitations")
        assert token_page.status_code == 200
        post(as_dave, f"/provider/invitations/{invited}/withdraw")

        page = post(as_alice, f"/invitations/{invited}/accept")

        assert page.status_code == 409
        assert "已经回应过或被撤回" in page.text

    def test_takes_no_other_answer(self, as_alice, invited):
        assert post(as_alice, f"/invitations/{invited}/maybe").status_code == 404

    def test_needs_the_token(self, as_alice, invited):
        assert as_alice.post(f"/invitations/{invited}/accept").status_code == 400


class TestEndOwn:
    def test_ends_the_own_employment_without_a_reason(self, as_alice, as_dave, employment):
        page = post(as_alice, f"/employments/{employment}/end")

        assert page.status_code == 303
        assert "由本人结束" in as_alice.get("/invitations").text
        assert "在职 0 人" in as_dave.get("/provider/staff").text
        assert post(as_alice, f"/employments/{employment}/end").status_code == 409

    def test_does_not_find_somebody_elses(self, as_bob, as_dave, employment):
        assert post(as_bob, f"/employments/{employment}/end").status_code == 404
        assert post(as_dave, f"/employments/{employment}/end").status_code == 404


def upload(client, data, name="十月.csv", **headers):
    # Written by hand: the test client's own encoder leaves a large file's stream open.
    parts = [
        f'name="csrf_token"\r\n\r\n{csrf_token(client, "/account")}'.encode(),
        f'name="file"; filename="{name}"\r\n\r\n'.encode() + data,
    ]
    head = b"--part\r\nContent-Disposition: form-data; "
    body = b"".join(head + part + b"\r\n" for part in parts) + b"--part--\r\n"
    return client.post(
        "/provider/indicators",
        data=body,
        content_type="multipart/form-data; boundary=part",
        headers=headers,
    )


def counted(model):
    return read_only().scalar(select(func.count()).select_from(model))


class TestIndicators:
    def test_takes_in_a_file_and_says_what_changed(self, as_carol, month):
        page = upload(as_carol, indicator_csv(("YF-1", month, ("21", *MIDDLING[1:]))))

        assert page.status_code == 303
        shown = as_carol.get("/provider/indicators").text
        assert "新增 0 项，更正 1 项，未变 4 项" in shown
        assert "十月.csv" in shown
        assert "Carol" in shown

    def test_says_that_a_file_was_known(self, as_carol, month):
        data = indicator_csv(("YF-1", month, ("21", *MIDDLING[1:])))
        upload(as_carol, data)
        before = counted(MonthlyIndicator)

        assert upload(as_carol, data).status_code == 303

        assert "以前导入过" in as_carol.get("/provider/indicators").text
        assert (counted(MonthlyIndicator), counted(IndicatorImport)) == (before, 2)

    def test_shows_every_fault_with_its_line_and_takes_in_nothing(self, as_carol, month):
        before = counted(MonthlyIndicator)
        data = indicator_csv(
            ("YF-1", month, MIDDLING),
            ("<script>", month, MIDDLING),
            ("LX-2", month, ("<i>31.4</i>", *MIDDLING[1:])),
        )

        page = upload(as_carol, data)

        assert page.status_code == 422
        assert "文件有 2 处要改" in page.text
        faults, _, _ = page.text.partition("导入记录")
        rows = re.findall(r'data-label="行">(\d+|—)<', faults)
        assert rows == ["3", "4"]
        assert "<script>" not in page.text.split("<main", 1)[1].split("</main>", 1)[0]
        assert "&lt;i&gt;31.4" in page.text
        assert counted(MonthlyIndicator) == before

    def test_tells_a_program_the_same(self, as_carol, month):
        data = indicator_csv(("NO-1", month, MIDDLING))

        answer = upload(as_carol, data, Accept="application/json")

        assert answer.status_code == 422
        assert answer.json["type"] == "bad_indicator_file"
        assert answer.json["errors"] == [
            {"row": 2, "field": "服务商编号", "code": "unknown_provider"}
        ]

    def test_lists_only_the_first_of_many_faults(self, as_carol, month):
        data = indicator_csv(*(("NO-1", month, ("x",) * 5) for _ in range(60)))

        page = upload(as_carol, data)

        assert page.status_code == 422
        assert "只列出前 200 处，还有" in page.text

    def test_refuses_a_file_that_is_too_large(self, as_carol):
        page = upload(as_carol, b"x" * (indicators.MAX_BYTES + 1))

        assert page.status_code == 413
        assert "最多 4 MB" in page.text

    def test_refuses_no_file(self, as_carol):
        page = post(as_carol, "/provider/indicators")

        assert page.status_code == 422
        assert "请选择填好的 CSV 或 xlsx 文件" in page.text

    def test_is_for_the_platform_alone(self, app, as_dave, as_alice, month):
        for client in (as_dave, as_alice):
            assert client.get("/provider/indicators").status_code == 403
            assert upload(client, indicator_csv(("YF-1", month, MIDDLING))).status_code == 403
        assert sign_in(app, cast.SYS).get("/provider/indicators").status_code == 200


class TestIndicatorsTemplate:
    def test_fills_back_in(self, as_carol, month):
        answer = as_carol.get("/provider/indicators/template.csv")

        rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
        assert [row[0] for row in rows[1:]] == ["LX-2", "YF-1"]
        filled = answer.data.decode("utf-8-sig").replace(",,,,,", ",9%,2,700,3‰,2")
        assert upload(as_carol, filled.encode()).status_code == 303

    def test_needs_a_scheme(self, as_carol, db_session):
        db_session.connection().exec_driver_sql("DELETE FROM scheme_version")
        done(db_session)

        assert as_carol.get("/provider/indicators/template.csv").status_code == 409
        assert "还没有生效的评分规则" in as_carol.get("/provider/indicators").text
        assert upload(as_carol, b"x").status_code == 409
