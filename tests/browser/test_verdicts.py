"""Every verdict of the public verification, as a stranger sees it on a desktop and on a phone."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
import segno
from flask import Flask
from playwright.sync_api import Page, Playwright, expect
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app.accounts.queries import person_of_account_or_none
from app.certification import (
    acts,
    issuing,
    keys,
    public_page,
    queries,
    scan_codes,
    sealing,
    sharing,
)
from app.certification.models import CredentialRecord
from app.certification.reasons import RevocationReason, SuspensionReason
from app.core import clock
from app.core.config import ROOT
from app.core.db import db, transaction
from app.factory import create_app
from certificates.programmes import CertificationProgramme
from tests import cast
from tests.browser.chromium import ARGUMENTS, chromium_or_skip
from tests.browser.layout import findings
from tests.browser.visits import Visits
from tests.conftest import NOON, close, make_settings
from tests.factories.certification import certify, little_programme, publish_little_programme
from tests.postgres import free_port

pytestmark = pytest.mark.browser

PICTURES = ROOT / "test-results" / "verdicts"
DAY = timedelta(days=1)
TWO = {"actor": "person:a", "second_person": "person:b"}
WIDTHS = pytest.mark.parametrize("phone", [False, True], ids=["1440", "390"])

ISSUED_AGO = {
    "valid": 10 * DAY,
    "suspended": 10 * DAY,
    "revoked": 10 * DAY,
    "superseded": 10 * DAY,
    "damaged": 10 * DAY,
    "expired": 500 * DAY,
    "not_yet": -10 * DAY,
}
"""When the certificate of each state was issued; each is of a programme of its own."""


@dataclass
class Office:
    """A served register with a certificate in every state.

    Attributes:
        address: Where it answers.
        numbers: The certificate of each state.
        pdf: The file of the valid one.
        link: The token of the holder's share link to the valid one.
        code: What the holder's code of the valid one says.
    """

    address: str
    numbers: dict[str, str] = field(default_factory=dict)
    pdf: bytes = b""
    link: str = ""
    code: str = ""


@pytest.fixture(scope="module")
def office(template_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    chromium_or_skip()
    folder = tmp_path_factory.mktemp("office")
    for path in template_folder.iterdir():
        if not path.name.endswith((".lock", "-wal", "-shm")):
            shutil.copy(path, folder / path.name)
    made = Office(f"http://127.0.0.1:{free_port()}")
    app = create_app(make_settings(folder, public_base_url=made.address))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "now", lambda: NOON)
        patched.setattr(public_page, "LOOKUP_LIMIT", 10_000)
        with app.app_context():
            _fill(app, made)
        server = make_server("127.0.0.1", int(made.address.rpartition(":")[2]), app, threaded=True)
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield made
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            close(app)


def _fill(app: Flask, office: Office) -> None:
    programmes = [little_programme(id=state.replace("_", "-")) for state in ISSUED_AGO]
    field_keys = app.extensions["field_keys"]
    made_at, keyed_at = NOON - 600 * DAY, NOON - 30 * DAY
    fresh = keys.make_keys(now=keyed_at)
    with transaction() as db_session:
        keys.add_keys(db_session, fresh, field_keys=field_keys, actor="cli:test", now=keyed_at)
        scan_codes.add_scan_key(db_session, field_keys=field_keys, actor="cli:test", now=keyed_at)
        publish_little_programme(db_session, *programmes, now=made_at)
        for programme in programmes:
            office.numbers |= _certified(app, db_session, programme)
        _end(db_session, office.numbers)
        held = queries.credential(db_session, office.numbers["valid"])
        office.link = sharing.make_link(db_session, held, label="面试", days=7, now=NOON)
        office.code = scan_codes.code_address(db_session, held, field_keys)
    record = queries.credential(db.session(), office.numbers["valid"])
    settings = app.config["SETTINGS"]
    _, drawn = sealing.file_of(record, settings=settings, field_keys=field_keys, now=NOON)
    office.pdf = drawn.data
    db.session.remove()


def _certified(
    app: Flask, db_session: Session, programme: CertificationProgramme
) -> dict[str, str]:
    person = person_of_account_or_none(db_session, cast.ALICE.account)
    assert person is not None
    state = programme.id.replace("-", "_")
    before = {one.record.id for one in queries.credentials_of(db_session, person.id, at=NOON)}
    certify(app, db_session, person.id, programme, at=NOON - ISSUED_AGO[state])
    held = queries.credentials_of(db_session, person.id, at=NOON)
    return {state: next(one.record.number for one in held if one.record.id not in before)}


def _end(db_session: Session, numbers: dict[str, str]) -> None:
    """Suspend, revoke, supersede and damage the certificates that are to be so."""

    def record(state: str) -> CredentialRecord:
        return queries.credential(db_session, numbers[state])

    why = SuspensionReason.INVESTIGATION
    acts.suspend_credential(db_session, record("suspended"), reason=why, **TWO, now=NOON - DAY)
    cheated = RevocationReason.CHEATING
    acts.revoke_credential(db_session, record("revoked"), reason=cheated, **TWO, now=NOON - DAY)
    successor = issuing.reissue_corrected(
        db_session,
        record("superseded"),
        holder_name="Alice B",
        **TWO,
        verify_base_url="http://localhost",
        now=NOON - DAY,
    )
    numbers["successor"] = successor.number
    # As a thief of the database would: the table refuses it, so its guard goes first.
    db_session.execute(text("DROP TRIGGER credential_record_no_update"))
    db_session.execute(
        text("UPDATE credential_record SET level = 'senior' WHERE number = :number"),
        {"number": numbers["damaged"]},
    )


def seen(page: Page, name: str, *, phone: bool) -> None:
    """Check the page's form, and keep a picture of it."""
    found = findings(page)
    assert (found["h1"], found["unlabelled"], found["twice"], found["overflow"]) == (1, [], [], [])
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}-{390 if phone else 1440}.png", full_page=True)


STATES = {
    "valid": ("有效", ["未被撤销或暂停", "在有效期内", "登记内容未被改动"]),
    "suspended": ("暂停", ["暂停中"]),
    "revoked": ("撤销", ["已被撤销", "资格终止"]),
    "superseded": ("替代", ["已被替代", "替代证书"]),
    "expired": ("过期", ["超出有效期"]),
    "not_yet": ("生效", ["尚未生效"]),
    "damaged": ("", ["登记内容与签发时不符"]),
}
"""What the headline and the checks of each state say."""


@WIDTHS
class TestStates:
    def test_every_number_is_answered(self, visits: Visits, office: Office, phone: bool):
        page = visits.open(office.address, phone=phone)
        for state, (title, lines) in STATES.items():
            page.goto("/verify")
            page.get_by_label("证书编号").fill(office.numbers[state].lower().replace("-", " "))
            page.get_by_role("button", name="核验", exact=True).click()

            expect(page.locator("h1")).to_contain_text(title)
            for words in [*lines, "A****"]:
                expect(page.get_by_role("main")).to_contain_text(words)
            expect(page.get_by_role("main")).not_to_contain_text("Alice")
            seen(page, state, phone=phone)

        with visits.expecting("404"):
            page.goto("/v/CPS1-26-3333333333-3")
        expect(page.locator("h1")).to_have_text("查无此证")
        seen(page, "unknown", phone=phone)


def test_the_answer_prints_on_one_page(visits: Visits, office: Office):
    page = visits.open(office.address)
    for state in ("valid", "superseded", "revoked"):
        for language in ("zh_CN", "en"):
            page.goto(f"/language/{language}?next=/v/{office.numbers[state]}")
            for paper in ("A4", "Letter"):
                printed = page.pdf(format=paper)
                assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1, (state, language, paper)


@WIDTHS
class TestFurtherChecks:
    def test_names(self, visits: Visits, office: Office, phone: bool):
        page = visits.open(office.address, phone=phone)
        page.goto(f"/v/{office.numbers['valid']}")
        expect(page.locator("#more")).to_contain_text("姓名还没有核对")

        for name, told in (("Bob", "姓名不一致"), ("alice", "姓名一致")):
            page.get_by_label("证书上的姓名").fill(name)
            page.get_by_role("button", name="核对姓名").click()
            expect(page.locator("#more")).to_contain_text(told)

        expect(page.get_by_role("main")).to_contain_text("Alice")
        expect(page.get_by_role("main")).to_contain_text("理论")
        seen(page, "name", phone=phone)

    def test_files(self, visits: Visits, office: Office, phone: bool):
        altered = office.pdf.replace(b"/Title", b"/Titel", 1)
        assert altered != office.pdf
        page = visits.open(office.address, phone=phone)
        page.goto(f"/v/{office.numbers['valid']}")
        for kind, data, told in (
            ("given", office.pdf, ["文件一致", "电子签名有效"]),
            ("altered", altered, ["文件不一致", "电子签名无效"]),
            ("strange", b"%PDF-1.7\nnothing\n%%EOF\n", ["文件不一致", "无法判断"]),
        ):
            file = {"name": "证书.pdf", "mimeType": "application/pdf", "buffer": data}
            chosen = page.get_by_label("证书 PDF 或凭证文件")
            chosen.set_input_files([file])  # type: ignore[list-item]
            page.get_by_role("button", name="比对文件").click()

            for words in told:
                expect(page.locator("#more")).to_contain_text(words)
            seen(page, f"file-{kind}", phone=phone)

    def test_a_share_link_shows_everything_until_it_ends(
        self, visits: Visits, office: Office, phone: bool
    ):
        page = visits.open(office.address, phone=phone)

        page.goto(f"/s/{office.link}")
        expect(page.get_by_role("main")).to_contain_text("Alice")
        seen(page, "shared", phone=phone)
        with visits.expecting("404"):
            page.goto("/s/no-such-link")
        expect(page.locator("h1")).to_have_text("链接已失效")


@WIDTHS
class TestCodes:
    def test_a_true_code_shows_the_full_result_and_leaves_the_address(
        self, visits: Visits, office: Office, phone: bool
    ):
        page = visits.open(office.address, phone=phone)

        page.goto(office.code)

        expect(page.locator("#more")).to_contain_text("核验码有效")
        expect(page.get_by_role("main")).to_contain_text("Alice")
        assert "#" not in page.url
        seen(page, "code", phone=phone)

    def test_a_code_of_another_certificate_shows_nothing(
        self, visits: Visits, office: Office, phone: bool
    ):
        token = office.code.partition("#")[2]
        page = visits.open(office.address, phone=phone)

        page.goto(f"/v/{office.numbers['suspended']}#{token}")

        expect(page.locator("#more")).to_contain_text("核验码无效")
        expect(page.get_by_role("main")).not_to_contain_text("Alice")


class TestScanning:
    def test_a_photograph_is_read_on_the_device(self, visits: Visits, office: Office):
        page = visits.open(office.address, phone=True)
        page.goto("/verify")
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.method))

        page.locator("[data-scan-photo]").set_input_files(
            [{"name": "x.png", "mimeType": "image/png", "buffer": picture(office.code)}]  # type: ignore[list-item]
        )

        expect(page.locator("#more")).to_contain_text("核验码有效")
        assert sent.count("POST") == 1  # the token; the photograph was not sent

    @pytest.mark.parametrize(
        "what",
        ["https://evil.example.cn/v/CPS1-26-3333333333-3", "javascript:alert(1)"],
        ids=["other_site", "script"],
    )
    def test_a_strange_code_is_not_followed(self, visits: Visits, office: Office, what: str):
        page = visits.open(office.address)
        page.goto("/verify")

        page.locator("[data-scan-photo]").set_input_files(
            [{"name": "x.png", "mimeType": "image/png", "buffer": picture(what)}]  # type: ignore[list-item]
        )

        expect(page.locator("[data-scan-told]")).to_contain_text("不是本站证书的二维码")
        assert page.url.endswith("/verify")

    def test_the_camera_reads_a_code(self, playwright: Playwright, office: Office, tmp_path: Path):
        film = tmp_path / "code.y4m"
        film.write_bytes(film_of(f"{office.address}/v/{office.numbers['valid']}"))
        browser = playwright.chromium.launch(
            executable_path=chromium_or_skip(),
            args=[
                *ARGUMENTS,
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={film}",
            ],
        )
        try:
            page = browser.new_page(locale="zh-CN")
            page.goto(f"{office.address}/verify")
            page.get_by_role("button", name="用摄像头扫码").click()

            expect(page.locator("h1")).to_contain_text("有效")
            assert page.url.endswith(office.numbers["valid"])
        finally:
            browser.close()


def picture(words: str) -> bytes:
    """A code as somebody photographed it."""
    out = io.BytesIO()
    segno.make_qr(words, error="m").save(out, kind="png", scale=5, border=8)
    return out.getvalue()


def film_of(words: str) -> bytes:
    """Two seconds of a code before a camera, as uncompressed video of 640 by 480."""
    matrix = segno.make_qr(words, error="m").matrix
    scale = 400 // len(matrix)
    left, top = (640 - scale * len(matrix)) // 2, (480 - scale * len(matrix)) // 2
    rows = [bytearray(b"\xeb" * 640) for _ in range(480)]
    for y, modules in enumerate(matrix):
        for x, is_dark in enumerate(modules):
            if is_dark:
                for row in rows[top + y * scale : top + (y + 1) * scale]:
                    row[left + x * scale : left + (x + 1) * scale] = b"\x10" * scale
    frame = b"FRAME\n" + b"".join(rows) + b"\x80" * (320 * 240 * 2)
    return b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + frame * 20
