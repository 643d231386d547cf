"""Public verification: what a stranger learns, and what nobody learns."""

from __future__ import annotations

import html
import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from random import Random

import pytest

from app.certification import files, queries
from app.certification import verifying_routes as routes
from app.certification.models import CredentialRecord
from app.certification.verification import same_name
from app.core import clock
from app.core.errors import StorageUnavailableError
from app.providers import staffing
from certificates.errors import CertificateNumberError
from certificates.jose import base64url
from certificates.levels import Level
from certificates.numbers import new_number, normalize_number
from tests import cast
from tests.app.certification.test_acts import revoke, supersede, suspend
from tests.conftest import NOON, csrf_token
from tests.factories.certification import certify, little_programme, publish_little_programme
from tests.factories.providers import appoint, employ, little_provider

DAY = timedelta(days=1)
NEXT = NOON + 2 * DAY


@pytest.fixture
def moment(monkeypatch):
    """Set the moment of the requests; noon the day after the issue unless it is moved."""
    held = {"now": NOON + DAY}
    monkeypatch.setattr(clock, "now", lambda: held["now"])
    return held


@pytest.fixture(autouse=True)
def _at_noon(moment):
    return moment


def headline(page) -> str:
    return re.search(r"<h1[^>]*>(.*?)</h1>", page.text)[1]


def post(client, url, **data):
    return client.post(url, data={"csrf_token": csrf_token(client), **data})


class TestStates:
    def test_valid(self, stranger, certified):
        page = stranger.get(f"/v/{certified.number}")

        assert page.status_code == 200
        assert "证书有效" in page.text
        assert "还有 363 天" in page.text
        assert "2026-11-21 至 2027-11-20" in page.text
        assert "A****" in page.text

    def test_expired(self, stranger, certified, moment):
        moment["now"] = certified.expires_at + 15 * DAY

        page = stranger.get(f"/v/{certified.number}")

        assert "证书已过期" in page.text
        assert "已过期 16 天" in page.text
        assert "超出有效期" in page.text

    def test_valid_until_the_last_moment_of_its_last_day(self, stranger, certified, moment):
        moment["now"] = certified.expires_at - timedelta(seconds=1)

        page = stranger.get(f"/v/{certified.number}")

        assert "证书有效" in page.text
        assert "今天是最后一天" in page.text

    def test_suspended(self, stranger, db_session, certified, moment):
        suspend(db_session, certified, NOON + DAY, until_at=NOON + 9 * DAY)
        db_session.commit()
        moment["now"] = NEXT

        page = stranger.get(f"/v/{certified.number}")

        assert "证书已暂停" in page.text
        assert "暂停到 2026-11-30 12:00" in page.text

    def test_revoked_says_since_when_and_not_why(self, stranger, db_session, certified, moment):
        revoke(db_session, certified, NOON + DAY)
        db_session.commit()
        moment["now"] = NEXT

        page = stranger.get(f"/v/{certified.number}")

        assert "证书已撤销" in page.text
        assert "自 2026-11-22 起无效" in page.text
        assert "2026-11-21 至 2026-11-22" in page.text
        assert "资格终止" in page.text
        assert "考试违规" not in page.text

    def test_superseded_leads_to_the_successor(
        self, app, stranger, db_session, alice_id, certified, moment
    ):
        other = little_programme(id="other")
        publish_little_programme(db_session, other, now=NOON)
        successor = certify(app, db_session, alice_id, other, at=NOON + DAY)
        supersede(db_session, certified, successor, NOON + DAY)
        db_session.commit()
        moment["now"] = NEXT

        page = stranger.get(f"/v/{certified.number}")

        assert "证书已被替代" in page.text
        assert f'href="/v/{successor.number}"' in page.text

    def test_of_a_demonstration_says_so_plainly(self, stranger, certified):
        page = stranger.get(f"/v/{certified.number}")

        assert "演示证书有效" in page.text
        assert "不代表通过认证" in page.text

    def test_an_altered_record_is_told(self, stranger, app, db_session, certified):
        db_session.execute(routes.db.text("DROP TRIGGER credential_record_no_update"))
        changed = {**certified.snapshot, "theory_points": "99.9"}
        db_session.query(CredentialRecord).update({"snapshot": changed})
        db_session.commit()

        page = stranger.get(f"/v/{certified.number}")

        assert "登记内容与签发时不符" in page.text
        assert headline(page) == "登记内容被改动过"

    def test_an_unreadable_record_is_no_crash(self, stranger, app, db_session, certified):
        db_session.execute(routes.db.text("DROP TRIGGER credential_record_no_update"))
        db_session.query(CredentialRecord).update({"snapshot": {}})
        db_session.commit()

        assert stranger.get(f"/v/{certified.number}").status_code == 409


class TestWhatAStrangerDoesNotLearn:
    def urls(self, certified):
        return [f"/v/{certified.number}", f"/api/v1/credentials/{certified.number}"]

    @pytest.mark.parametrize("which", [0, 1])
    def test_full_name_and_scores(self, stranger, certified, which):
        page = stranger.get(self.urls(certified)[which])

        for secret in ("Alice", "88.3", "47.6", certified.content_hash[:4].upper() + " "):
            assert secret not in page.text
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert page.headers["Cache-Control"] in {"no-store", "no-cache"}

    def test_scores_and_name_of_what_was_revoked(self, stranger, db_session, certified, moment):
        revoke(db_session, certified, NOON + DAY)
        db_session.commit()
        moment["now"] = NEXT

        page = stranger.get(f"/v/{certified.number}")

        assert "Alice" not in page.text
        assert "88.3" not in page.text

    def test_whether_a_malformed_number_was_close(self, stranger, certified):
        unknown = new_number(Level.JUNIOR, 2026, Random(3).randrange)
        answers = []
        other = "3" if certified.number[-1] != "3" else "4"
        for typed in (unknown, certified.number[:-1] + other, "nonsense", "CPS9-26-XXXXXXXXXX-X"):
            page = stranger.get(f"/v/{typed}")
            body = page.text.replace(html.escape(typed), "").replace(f"%2Fv%2F{typed}", "")
            body = re.sub(r"next=[^\"]*", "", body)
            answers.append((page.status_code, body))

        assert answers[0][0] == 404
        assert "查无此证" in answers[0][1]
        assert all(answer == answers[0] for answer in answers)

    def test_the_stand_in_number_can_never_be_issued(self):
        with pytest.raises(CertificateNumberError, match="check_character"):
            normalize_number(routes.NO_NUMBER)


class TestTypedNumbers:
    def test_are_forgiven(self, stranger, certified):
        number = certified.number
        full_width = "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in number)
        for typed in (
            number.lower(),
            number.replace("-", ""),
            number.replace("-", " – "),
            full_width,
            f"  {number}\u200b ",
        ):
            answer = stranger.get("/verify", query_string={"number": typed})

            assert answer.status_code == 302, typed
            assert answer.location == f"/v/{number}"

    def test_that_are_none_are_not_found(self, stranger):
        for typed in ("x", "../../etc", "CPS1-26-" + "A" * 80, "КPS1"):
            answer = stranger.get("/verify", query_string={"number": typed})

            assert answer.status_code == 404, typed
            assert "查无此证" in answer.text

    def test_empty_asks(self, stranger):
        page = stranger.get("/verify?number=")

        assert page.status_code == 200
        assert "编号在哪里" in page.text


class TestJson:
    def test_says_what_the_page_says(self, stranger, certified):
        answer = stranger.get(f"/api/v1/credentials/{certified.number}").json
        page = stranger.get(f"/v/{certified.number}").text

        for field in ("number", "issuer", "holder", "valid_from", "valid_until", "issued_on"):
            assert answer[field] in page
        assert answer["status"] == "valid"
        assert answer["demonstration"] is True
        assert answer["checks"]["record_unaltered"] == "yes"
        assert answer["checks"]["name_matches"] == "cannot_tell"
        assert answer["checks"]["signature_valid"] == "cannot_tell"

    @pytest.mark.parametrize("days", [1, 400])
    def test_has_the_status_of_the_moment(self, stranger, certified, moment, days):
        moment["now"] = NOON + days * DAY

        answer = stranger.get(f"/api/v1/credentials/{certified.number}").json

        assert answer["status"] == ("valid" if days == 1 else "expired")
        assert answer["checks"]["in_validity"] == ("yes" if days == 1 else "no")

    def test_of_the_unknown_is_not_found(self, stranger):
        answer = stranger.get("/api/v1/credentials/nonsense")

        assert answer.status_code == 404
        assert answer.json["type"] == "not_found"


class TestName:
    def test_that_matches_shows_the_result(self, stranger, certified):
        for name in ("Alice", " alice ", "ＡＬＩＣＥ"):
            page = post(stranger, f"/v/{certified.number}/name", name=name)

            assert page.status_code == 200
            assert "姓名一致" in page.text
            assert "理论 88.3 分（合格 60）· 实操 47.6 分（合格 25）" in page.text
            assert certified.content_hash[:4].upper() in page.text

    def test_that_does_not_match_shows_nothing(self, stranger, certified):
        for name in ("Alic", "Alice B", "Bob", "A****"):
            page = post(stranger, f"/v/{certified.number}/name", name=name)

            assert page.status_code == 200
            assert "姓名不一致" in page.text
            assert "88.3" not in page.text

    def test_may_be_tried_five_times_an_hour(self, stranger, certified, moment):
        answers = [
            post(stranger, f"/v/{certified.number}/name", name=f"Nobody {n}").status_code
            for n in range(6)
        ]
        refused = post(stranger, f"/v/{certified.number.lower()}/name", name="Alice")
        moment["now"] += timedelta(hours=1)
        later = post(stranger, f"/v/{certified.number}/name", name="Alice")

        assert answers == [200] * 5 + [429]
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) <= 3600
        assert "姓名一致" in later.text

    def test_of_an_unknown_number_is_not_found(self, stranger):
        assert post(stranger, "/v/nonsense/name", name="Alice").status_code == 404

    def test_must_be_given(self, stranger, certified):
        page = post(stranger, f"/v/{certified.number}/name", name=" ")

        assert page.status_code == 422
        assert "请填写证书上的姓名" in page.text

    def test_needs_the_token(self, stranger, certified):
        answer = stranger.post(f"/v/{certified.number}/name", data={"name": "Alice"})

        assert answer.status_code == 400

    def test_with_the_reason_of_a_revocation(self, stranger, db_session, certified, moment):
        revoke(db_session, certified, NOON + DAY)
        db_session.commit()
        moment["now"] = NEXT

        page = post(stranger, f"/v/{certified.number}/name", name="Alice")

        assert "考试违规" in page.text
        assert "88.3" not in page.text  # a revoked certificate's results say nothing


class TestSameName:
    @pytest.mark.parametrize(
        ("typed", "holder", "same"),
        [
            ("古丽米热·买买提", "古丽米热·买买提", True),
            ("古丽米热•买买提", "古丽米热·买买提", True),
            ("古丽米热买买提", "古丽米热·买买提", True),
            ("古丽米热", "古丽米热·买买提", False),
            ("欧 阳 娜 娜", "欧阳娜娜", True),
            ("", "张伟", False),
            ("·", "张伟", False),
            ("张伟伟", "张伟", False),
            ("\uff21lice", "Alice", True),  # full width
            ("\u0410lice", "Alice", False),  # a Cyrillic A
            ("张偉", "张伟", False),
        ],
    )
    def test_forgives_only_what_is_no_letter(self, typed, holder, same):
        assert same_name(typed, holder) is same


class TestEmployer:
    def test_who_manages_the_holder_s_provider_sees_the_full_result_while_it_employs_them(
        self, as_dave, as_erin, db_session, certified, person_of
    ):
        url = f"/v/{certified.number}"
        own, rival = (little_provider(db_session, code, now=NOON) for code in ("YF-1", "LX-2"))
        appoint(db_session, own, person_of(cast.DAVE), now=NOON)
        appoint(db_session, rival, person_of(cast.ERIN), now=NOON)
        db_session.commit()
        assert "Alice" not in as_dave.get(url).text  # not invited, not confirmed

        job = employ(db_session, own, person_of(cast.ALICE), now=NOON)
        db_session.commit()
        page = as_dave.get(url).text

        assert "Alice" in page
        assert "88.3" in page
        assert "在职人员" in page
        assert "Alice" not in as_erin.get(url).text

        staffing.end_employment(
            db_session, job, actor="person:a", reason="", now=NOON + timedelta(hours=1)
        )
        db_session.commit()
        assert "Alice" not in as_dave.get(url).text


class TestRateLimit:
    def test_is_thirty_a_minute_for_an_address(self, app, certified, moment):
        client = app.test_client()
        url = f"/v/{certified.number}"
        moment["now"] = moment["now"].replace(second=0)
        answers = [client.get(url).status_code for _ in range(31)]
        limited = client.get(f"/api/v1/credentials/{certified.number}")
        other = client.get(url, environ_base={"REMOTE_ADDR": "10.0.0.9"})
        moment["now"] += timedelta(minutes=1)

        assert answers == [200] * 30 + [429]
        assert limited.status_code == 429
        assert limited.json["type"] == "rate_limited"
        assert int(limited.headers["Retry-After"]) == 60
        assert other.status_code == 200
        assert client.get(url).status_code == 200

    def test_counts_misses_too(self, app, moment):
        client = app.test_client()
        moment["now"] = moment["now"].replace(second=0)

        answers = {client.get(f"/v/nonsense{n}").status_code for n in range(30)}

        assert answers == {404}
        assert client.get("/v/nonsense").status_code == 429


class TestWhileTheDatabaseTakesNoWrite:
    @pytest.fixture
    def locked(self, certified, monkeypatch):
        @contextmanager
        def refuse():
            raise StorageUnavailableError("locked")
            yield

        monkeypatch.setattr(routes, "transaction", refuse)

    def test_the_status_is_still_told(self, stranger, certified, locked):
        assert "证书有效" in stranger.get(f"/v/{certified.number}").text

    def test_names_are_not_tried(self, stranger, certified, locked):
        answer = post(stranger, f"/v/{certified.number}/name", name="Alice")

        assert answer.status_code == 503
        assert "88.3" not in answer.text


class TestFile:
    @pytest.fixture
    def pdf(self, as_alice, certified):
        return as_alice.get(f"/certificates/{certified.number}.pdf").data

    def upload(self, client, data, **more):
        file = (BytesIO(data), "x.pdf")
        return post(client, "/verify/file", file=file, **more)

    def test_that_was_given_out_is_recognised(self, stranger, certified, pdf):
        page = self.upload(stranger, pdf)

        assert page.status_code == 200
        assert "文件一致" in page.text
        assert certified.number in page.text
        assert "Alice" not in page.text

    def test_with_one_bit_changed_is_not(self, stranger, certified, pdf):
        changed = bytearray(pdf)
        changed[len(pdf) // 2] ^= 1

        page = self.upload(stranger, bytes(changed), number=certified.number)

        assert page.status_code == 200
        assert "文件不一致" in page.text
        assert headline(page) == "出示的文件不可信"  # though the number is good
        assert "这个编号的登记：有效" in page.text

    def test_of_another_certificate_is_told_beside_the_number_that_was_asked(
        self, app, db_session, stranger, certified, pdf, person_of, programme
    ):
        """Somebody shows the number of one certificate and the true file of another."""
        other = certify(app, db_session, person_of(cast.BOB).id, programme, at=NOON).number
        db_session.commit()

        page = self.upload(stranger, pdf, number=other)

        assert headline(page) == "文件是另一张证书的"
        assert f"你核验的编号是 {other}" in page.text
        assert "证书有效" not in page.text

    def test_that_was_given_out_has_a_good_signature(self, stranger, certified, pdf):
        page = self.upload(stranger, pdf)

        assert "电子签名有效" in page.text
        assert "签名覆盖整个文件" in page.text

    def test_with_something_added_leads_to_its_certificate_and_says_so(
        self, stranger, certified, pdf
    ):
        page = self.upload(stranger, pdf + b"\n")

        assert page.status_code == 200
        assert certified.number in page.text
        assert "文件不一致" in page.text
        assert "电子签名无效" in page.text
        assert "签名之后又加了内容" in page.text
        assert "凭证签名有效" in page.text

    def test_of_nobody_is_said_to_be_unknown(self, stranger, app):
        page = self.upload(stranger, b"%PDF-1.7 by somebody else")

        assert page.status_code == 404
        assert "没有登记过这份文件" in page.text
        assert "文件里没有本机构的电子签名" in page.text

    def test_the_credential_alone_is_checked_too(self, stranger, as_alice, certified):
        token = as_alice.get(f"/certificates/{certified.number}.jwt").data

        page = self.upload(stranger, token)

        assert page.status_code == 200
        assert certified.number in page.text
        assert "电子签名有效" in page.text
        assert "文件还没有比对" in page.text

    def test_a_credential_of_an_unknown_issuer_is_of_nobody(self, stranger, certified):
        header = base64url(b'{"alg":"RS256","kid":"x","typ":"JWT"}')

        page = self.upload(stranger, f"{header}.e30.AAAA".encode())

        assert page.status_code == 404
        assert "不在颁发机构公布的密钥之中" in page.text

    def test_a_true_credential_that_the_register_contradicts(
        self, stranger, as_alice, db_session, certified, pdf
    ):
        db_session.execute(routes.db.text("DROP TRIGGER credential_record_no_update"))
        changed = {**certified.snapshot, "theory_points": "60.0"}
        db_session.query(CredentialRecord).update({"snapshot": changed})
        db_session.commit()

        page = self.upload(stranger, pdf)

        assert "凭证与登记不符" in page.text

    def test_cannot_be_judged_before_the_first_download(self, stranger, certified):
        page = self.upload(stranger, b"%PDF-1.7", number=certified.number)

        assert page.status_code == 200
        assert "文件还没有比对" in page.text

    def test_of_english_sentences_is_told_with_a_space_between(self, stranger, certified, pdf):
        changed = bytearray(pdf)
        changed[len(pdf) // 2] ^= 1
        stranger.get("/language/en")

        page = self.upload(stranger, bytes(changed), number=certified.number)

        assert "The record of this number" in page.text
        assert ".The record" not in page.text

    def test_of_more_than_the_limit_is_refused(self, stranger, app, monkeypatch):
        assert files.MAX_FILE_BYTES == 5 * 1024 * 1024
        monkeypatch.setattr(files, "MAX_FILE_BYTES", 1000)

        refused = self.upload(stranger, b"x" * 1001)

        assert refused.status_code == 413
        assert "文件超过 5 MB" in refused.text
        assert 'id="file-check"' in refused.text
        assert self.upload(stranger, b"x" * 1000).status_code == 404

    def test_must_be_chosen(self, stranger, app):
        page = post(stranger, "/verify/file")

        assert page.status_code == 422
        assert "请选择从本站下载的证书 PDF 或凭证文件" in page.text

    def test_needs_the_token(self, stranger, app):
        assert stranger.post("/verify/file").status_code == 400


class TestDownload:
    def url(self, record):
        return f"/certificates/{record.number}.pdf"

    def test_gives_the_same_bytes_twice(self, as_alice, db_session, certified):
        first = as_alice.get(self.url(certified))
        second = as_alice.get(self.url(certified))

        assert first.status_code == 200
        assert first.mimetype == "application/pdf"
        assert first.data == second.data
        assert first.data.startswith(b"%PDF-")
        known = queries.fingerprint_or_none(db_session, certified.id)
        assert known.byte_count == len(first.data)

    def test_is_named_after_title_holder_and_number(self, as_alice, certified):
        header = as_alice.get(self.url(certified)).headers["Content-Disposition"]

        assert header.startswith("attachment")
        assert "filename*=UTF-8''" in header
        assert f"-Alice-{certified.number}.pdf" in header

    def test_of_somebody_else_is_not_found(self, as_bob, certified):
        assert as_bob.get(self.url(certified)).status_code == 404

    def test_of_nobody_is_not_found(self, as_alice, certified):
        unknown = new_number(Level.JUNIOR, 2026, Random(3).randrange)
        assert as_alice.get(f"/certificates/{unknown}.pdf").status_code == 404
        assert as_alice.get("/certificates/nonsense.pdf").status_code == 404

    def test_is_for_signed_in_holders(self, stranger, as_dave, certified):
        assert stranger.get(self.url(certified)).status_code == 302
        assert as_dave.get(self.url(certified)).status_code == 403

    def test_keeps_the_address_of_the_issue(self, as_alice, app, certified, monkeypatch):
        first = as_alice.get(self.url(certified)).data
        moved = replace(app.config["SETTINGS"], public_base_url="https://elsewhere.example")
        monkeypatch.setitem(app.config, "SETTINGS", moved)

        assert as_alice.get(self.url(certified)).data == first

    def test_is_refused_when_it_would_differ(self, as_alice, app, certified, monkeypatch):
        as_alice.get(self.url(certified))
        monkeypatch.setattr(files, "render_certificate", lambda *a, **k: b"%PDF-1.7 other")

        answer = as_alice.get(self.url(certified))

        assert answer.status_code == 409
        assert "与登记的指纹不一致" in answer.text

    def test_is_refused_once_revoked(self, as_alice, db_session, certified):
        revoke(db_session, certified, NOON + DAY)
        db_session.commit()

        assert as_alice.get(self.url(certified)).status_code == 409

    def test_without_fonts_says_to_come_back(self, as_alice, app, certified, monkeypatch, tmp_path):
        bare = replace(app.config["SETTINGS"], fonts_dir=tmp_path / "none")
        monkeypatch.setitem(app.config, "SETTINGS", bare)

        answer = as_alice.get(self.url(certified))

        assert answer.status_code == 503
        assert "证书文件暂时生成不了" in answer.text

    @pytest.mark.both_databases
    def test_registers_one_file_under_two_downloads(self, app, db_session, certified):
        first = files.register_file(db_session, certified, files.DrawnFile(b"one", None), now=NOON)
        second = files.register_file(db_session, certified, files.DrawnFile(b"two", None), now=NOON)

        assert second.id == first.id
        assert second.sha256 == files.sha256_of(b"one")
