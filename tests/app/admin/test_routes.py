"""The back office through its pages: who may, and every refusal."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from app.accounts import queries as account_queries
from app.accounts import services as accounts
from app.accounts.roles import Role
from app.admin import queries
from app.core import clock
from app.core.audit.services import record_act
from app.core.db import db, transaction
from app.core.jobs.services import claim_slot, finish_slot, slot_of
from tests import cast
from tests.conftest import csrf_token, sign_in

REASON = "委员会 2026 年第 12 号决定"


@pytest.fixture
def as_system(app):
    return sign_in(app, cast.SYS)


@pytest.fixture
def as_security(app):
    return sign_in(app, cast.SEC)


@pytest.fixture
def as_auditor(app):
    return sign_in(app, cast.AUD)


def person_of(member):
    db.session.remove()
    return account_queries.person_of_account_or_none(db.session(), member.account)


def address_of(member, tail=""):
    return f"/admin/people/{person_of(member).public_id}{tail}"


def post(client, path, **fields):
    return client.post(path, data={"csrf_token": csrf_token(client), **fields})


def lines(**narrowed):
    db.session.remove()
    return queries.audit_lines(db.session(), **narrowed)


def write_acts(count, subject="attempt:x3k9x3k9x3k9", action="attempt.started"):
    with transaction() as db_session:
        for n in range(count):
            record_act(
                db_session,
                subject=subject,
                action=action,
                actor="system:test",
                now=clock.now(),
                details={"n": n},
            )


def set_revision(revision):
    with transaction() as db_session:
        create = "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32))"
        db_session.execute(text(create))
        db_session.execute(text("DELETE FROM alembic_version"))
        db_session.execute(
            text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision}
        )


class TestAccess:
    PAGES = (
        ("/admin", cast.SYS),
        ("/admin/audit", cast.AUD),
        ("/admin/people", cast.SEC),
    )

    @pytest.mark.parametrize("member", [cast.SYS, cast.SEC, cast.AUD, cast.CAROL, cast.ALICE])
    def test_each_administrator_sees_the_own_page_alone(self, app, member):
        set_revision("0001")
        client = sign_in(app, member)

        for path, owner in self.PAGES:
            expected = 200 if member is owner else 403
            assert client.get(path).status_code == expected, path

    def test_a_stranger_signs_in_first(self, stranger):
        for path, _ in self.PAGES:
            assert stranger.get(path).status_code == 302

    def test_others_change_nobodys_roles(self, app):
        path = address_of(cast.BOB, "/roles")
        for member in (cast.SYS, cast.AUD, cast.ALICE):
            client = sign_in(app, member)
            page = post(client, path, role="reviewer", reason=REASON)
            assert page.status_code == 403

        assert person_of(cast.BOB).roles == {"candidate"}


class TestHealthz:
    def test_says_what_runs(self, stranger):
        set_revision("a1b2c3")

        page = stranger.get("/healthz")

        assert page.status_code == 200
        assert page.json["status"] == "ok"
        assert page.json["schema"] == "a1b2c3"
        assert page.json["database"] == "sqlite"
        assert re.fullmatch(r"\d+\.\d+\.\d+", page.json["version"])

    def test_says_503_when_the_database_cannot_answer(self, stranger):
        with transaction() as db_session:
            db_session.execute(text("DROP TABLE IF EXISTS alembic_version"))

        page = stranger.get("/healthz")

        assert page.status_code == 503
        assert page.json["status"] == "unavailable"


class TestIndex:
    def test_shows_versions_and_that_the_scheduler_is_silent(self, as_system):
        set_revision("a1b2c3")

        page = as_system.get("/admin")

        assert page.status_code == 200
        assert "a1b2c3" in page.text
        assert "调度进程超过一分钟没有完成任何任务" in page.text

    def test_is_calm_while_jobs_finish(self, as_system):
        set_revision("a1b2c3")
        now = clock.now()
        with transaction() as db_session:
            slot = slot_of(now, 5)
            claim_slot(db_session, "close-overdue-attempts", slot, "host:1", now=now)
            finish_slot(db_session, "close-overdue-attempts", slot, "host:1", now=now)

        page = as_system.get("/admin")

        assert "close-overdue-attempts" in page.text
        assert "调度进程超过一分钟" not in page.text


class TestAudit:
    def test_shows_who_did_what_to_whom(self, as_auditor):
        page = as_auditor.get("/admin/audit")

        assert page.status_code == 200
        assert "授予角色" in page.text
        assert person_of(cast.ALICE).public_id in page.text

    def test_narrows_by_subject_and_action(self, as_auditor):
        write_acts(3)
        write_acts(2, subject="attempt:y4m2y4m2y4m2", action="attempt.submitted")

        assert len(lines(subject="attempt:")) == 5
        assert len(lines(subject="attempt:x3k9")) == 3
        assert len(lines(action="attempt.sub")) == 2
        assert lines(subject="%") == []

        page = as_auditor.get("/admin/audit?subject=attempt:&action=attempt.submitted")
        assert page.text.count("attempt.submitted</small>") == 2
        assert "role.granted</small>" not in page.text

    def test_pages_by_id_without_gaps_while_entries_come(self, as_auditor):
        write_acts(120)
        seen = []
        path = "/admin/audit?subject=attempt:x3k9"

        for _ in range(5):
            page = as_auditor.get(path)
            seen += [
                int(n) for n in re.findall(r'<span title="sha256:[^"]+">(\d+)</span>', page.text)
            ]
            write_acts(1)
            further = re.search(r'href="(/admin/audit\?[^"]*before=\d+[^"]*)"', page.text)
            if not further:
                break
            path = further[1].replace("&amp;", "&")

        assert seen == list(range(120, 0, -1))

    @pytest.mark.parametrize("before", ["0", "-1", "x", "9" * 5000, "１２"])
    def test_an_odd_page_is_no_error(self, as_auditor, before):
        assert as_auditor.get("/admin/audit", query_string={"before": before}).status_code == 200

    def test_markup_in_details_stays_text(self, as_auditor):
        with transaction() as db_session:
            record_act(
                db_session,
                subject="attempt:x3k9x3k9x3k9",
                action="attempt.started",
                actor="system:test",
                now=clock.now(),
                details={"reason": "<script>alert(1)</script>"},
            )

        assert "<script>alert" not in as_auditor.get("/admin/audit").text


class TestVerify:
    def test_finds_everything_right_and_puts_the_check_on_record(self, as_auditor):
        page = post(as_auditor, "/admin/audit/verify")

        assert page.status_code == 200
        assert "全部完好" in page.text
        line = lines(subject="audit:log")[0]
        assert line.action == "audit.verified"
        assert line.actor == f"person:{person_of(cast.AUD).public_id}"
        assert line.details["fault_count"] == 0

    def test_names_the_chain_that_was_altered(self, as_auditor):
        write_acts(3)
        with transaction() as db_session:
            for act in ("update", "delete"):  # somebody with the database's password
                db_session.execute(text(f"DROP TRIGGER IF EXISTS audit_entry_no_{act}"))
            update = (
                "UPDATE audit_entry SET details = :details WHERE sequence = 2 AND chain_id ="
                " (SELECT id FROM audit_chain WHERE subject = 'attempt:x3k9x3k9x3k9')"
            )
            db_session.execute(text(update), {"details": '{"n":7}'})

        page = post(as_auditor, "/admin/audit/verify")

        assert "全部完好" not in page.text
        assert "attempt:x3k9x3k9x3k9" in page.text
        assert "内容被改动" in page.text
        assert lines(subject="audit:log")[0].details["faults"] == ["attempt:x3k9x3k9x3k9 2 altered"]

    def test_needs_the_token(self, as_auditor):
        assert as_auditor.post("/admin/audit/verify").status_code == 400

    def test_is_the_auditors_alone(self, as_security):
        assert post(as_security, "/admin/audit/verify").status_code == 403


class TestPeople:
    def names(self, client, **query):
        page = client.get("/admin/people", query_string=query)
        assert page.status_code == 200
        return re.findall(r'<th scope="row"><a href="/admin/people/\w+">([^<]+)</a>', page.text)

    def test_finds_by_part_of_name_or_account_by_id_and_by_role(self, as_security):
        assert self.names(as_security, q="ali") == ["Alice"]
        assert self.names(as_security, q="BOB@EXAMPLE") == ["Bob"]
        assert self.names(as_security, q=person_of(cast.CAROL).public_id) == ["Carol"]
        assert self.names(as_security, role="provider_manager") == ["Erin", "Dave"]
        assert self.names(as_security, role="provider_manager", q="dave") == ["Dave"]
        assert len(self.names(as_security)) == len(cast.CAST)

    def test_a_percent_sign_is_only_a_percent_sign(self, as_security):
        assert self.names(as_security, q="%") == []
        assert self.names(as_security, q="_") == []

    def test_odd_searches_are_no_error(self, as_security):
        for query in ({"page": "0"}, {"page": "9" * 400}, {"role": "x'--"}, {"q": "\x00" * 200}):
            self.names(as_security, **query)


class TestPerson:
    def test_shows_roles_and_what_was_done(self, as_security):
        page = as_security.get(address_of(cast.CAROL))

        assert "考官" in page.text
        assert "专家委员" in page.text
        assert "开户" in page.text

    def test_does_not_show_when_somebody_signed_in(self, app, as_security):
        sign_in(app, cast.CAROL)

        assert "session.opened" not in as_security.get(address_of(cast.CAROL)).text

    def test_nobody_of_that_id_is_not_found(self, as_security):
        assert as_security.get("/admin/people/nobody").status_code == 404

    def test_the_own_page_offers_no_act(self, as_security):
        page = as_security.get(address_of(cast.SEC))

        assert "这是你自己的账号" in page.text
        assert "/roles" not in page.text
        assert "/disable" not in page.text


class TestGrantRole:
    def test_gives_the_role_with_its_reason_on_record(self, app, as_security):
        alice = sign_in(app, cast.ALICE)

        page = post(as_security, address_of(cast.ALICE, "/roles"), role="reviewer", reason=REASON)

        assert page.status_code == 303
        assert person_of(cast.ALICE).roles == {"candidate", "reviewer"}
        line = lines(subject=f"person:{person_of(cast.ALICE).public_id}")[0]
        assert line.details == {"role": "reviewer", "reason": REASON}
        assert line.actor == f"person:{person_of(cast.SEC).public_id}"
        assert alice.get("/account").status_code == 302  # signs in again with the new role

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"role": "reviewer", "reason": ""}, "请填写事由"),
            ({"role": "reviewer", "reason": "\u200b\u200b\u200b\u200b\u200b"}, "请填写事由"),
            ({"role": "reviewer", "reason": "行"}, "事由为 4 到 200 个字"),
            ({"role": "reviewer", "reason": "长" * 201}, "事由为 4 到 200 个字"),
            ({"role": "emperor", "reason": REASON}, ""),
            ({"reason": REASON}, ""),
        ],
    )
    def test_is_refused_without_a_reason_or_a_role(self, as_security, fields, words):
        page = post(as_security, address_of(cast.ALICE, "/roles"), **fields)

        assert page.status_code == 422
        assert words in page.text
        assert person_of(cast.ALICE).roles == {"candidate"}

    def test_nobody_gives_a_role_to_the_own_account(self, as_security):
        page = post(as_security, address_of(cast.SEC, "/roles"), role="reviewer", reason=REASON)

        assert page.status_code == 403
        assert "不能改动自己的角色" in page.text
        assert person_of(cast.SEC).roles == {"security_admin"}

    def test_two_administrators_duties_do_not_meet(self, as_security):
        page = post(as_security, address_of(cast.SYS, "/roles"), role="audit_admin", reason=REASON)

        assert page.status_code == 409
        assert "不能由同一个人担任" in page.text
        assert person_of(cast.SYS).roles == {"system_admin"}

    def test_needs_the_token(self, as_security):
        page = as_security.post(
            address_of(cast.ALICE, "/roles"), data={"role": "reviewer", "reason": REASON}
        )

        assert page.status_code == 400


class TestEndRole:
    def test_ends_it_at_once_with_its_reason_on_record(self, app, as_security):
        carol = sign_in(app, cast.CAROL)
        assert carol.get("/bank").status_code == 200

        page = post(
            as_security,
            address_of(cast.CAROL, "/roles/end"),
            role="committee_member",
            reason=REASON,
        )

        assert page.status_code == 303
        assert carol.get("/bank").status_code == 403
        line = lines(subject=f"person:{person_of(cast.CAROL).public_id}")[0]
        assert (line.action, line.details["reason"]) == ("role.ended", REASON)

    def test_a_role_not_held_is_not_found(self, as_security):
        page = post(as_security, address_of(cast.ALICE, "/roles/end"), role="juror", reason=REASON)

        assert page.status_code == 404

    def test_nobody_ends_the_own(self, as_security):
        page = post(
            as_security, address_of(cast.SEC, "/roles/end"), role="security_admin", reason=REASON
        )

        assert page.status_code == 403
        assert person_of(cast.SEC).roles == {"security_admin"}


class TestChangeAccount:
    def test_disabling_ends_every_sign_in_and_enabling_opens_the_door(self, app, as_security):
        alice = sign_in(app, cast.ALICE)

        post(as_security, address_of(cast.ALICE, "/disable"), reason=REASON)

        assert alice.get("/account").status_code == 302
        assert "已停用" in as_security.get(address_of(cast.ALICE)).text

        post(as_security, address_of(cast.ALICE, "/enable"), reason=REASON)

        assert sign_in(app, cast.ALICE).get("/account").status_code == 200

    def test_clears_a_lost_second_factor(self, app, as_security):
        with transaction() as db_session:
            person = account_queries.person_of_account_or_none(db_session, cast.ALICE.account)
            person.totp_sealed = "aesgcm:lost"

        post(as_security, address_of(cast.ALICE, "/clear-second-factor"), reason=REASON)

        assert sign_in(app, cast.ALICE).get("/account").status_code == 200

    def test_needs_a_reason(self, as_security):
        page = post(as_security, address_of(cast.ALICE, "/disable"), reason="")

        assert page.status_code == 422
        assert "请填写事由" in page.text
        assert person_of(cast.ALICE).disabled_at is None

    @pytest.mark.parametrize("act", ["disable", "enable", "clear-second-factor"])
    def test_nobody_does_it_to_the_own_account(self, as_security, act):
        page = post(as_security, address_of(cast.SEC, f"/{act}"), reason=REASON)

        assert page.status_code == 403
        assert person_of(cast.SEC).disabled_at is None

    def test_there_is_no_other_act(self, as_security):
        page = post(as_security, address_of(cast.ALICE, "/delete"), reason=REASON)

        assert page.status_code == 404

    def test_one_security_administrator_can_end_anothers_role(self, app, as_security):
        with transaction() as db_session:
            erin = account_queries.person_of_account_or_none(db_session, cast.ERIN.account)
            accounts.grant_role(
                db_session, erin, Role.SECURITY_ADMIN, actor="cli:test", now=clock.now()
            )
        other = sign_in(app, cast.ERIN)

        page = post(other, address_of(cast.SEC, "/roles/end"), role="security_admin", reason=REASON)

        assert page.status_code == 303
        assert as_security.get("/admin/people").status_code == 403
