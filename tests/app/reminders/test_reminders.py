"""Reminders to a real mail server: each stage once, in time, of nothing that is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from app.certification import queries
from app.core.db import transaction
from app.core.mail import MailError, make_mail, send_mail
from app.reminders import services
from app.reminders.models import Reminder
from tests.app.certification.test_acts import revoke
from tests.conftest import NOON, make_settings
from tests.postgres import free_port

DAY = timedelta(days=1)


class Mailbox:
    """What a mail server has taken; refuses what it is told to."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.refusals: list[str] = []

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        self.mails.append(message_from_bytes(envelope.content))
        return "250 taken"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 known"


@pytest.fixture(scope="module")
def mail_server() -> Iterator[tuple[Mailbox, str]]:
    mailbox, port = Mailbox(), free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield mailbox, f"smtp://127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
def mailbox(mail_server: tuple[Mailbox, str]) -> Mailbox:
    mailbox = mail_server[0]
    mailbox.mails.clear()
    mailbox.refusals.clear()
    return mailbox


@pytest.fixture
def settings(app, mail_server):
    return make_settings(
        app.config["SETTINGS"].instance_dir,
        smtp_url=mail_server[1],
        mail_from="cert@example.cn",
        public_base_url="https://cert.example.cn",
    )


def before_end(record, days):
    """Noon of the day so many days before the last one."""
    return record.expires_at - DAY * (days + 1) + timedelta(hours=12)


def run(settings, at) -> int:
    with transaction() as writing:
        services.queue_reminders(writing, include_demo=True, now=at)
    return services.send_waiting(settings, now=at)


class TestReminders:
    @pytest.mark.both_databases
    def test_come_90_30_and_7_days_before_the_end(self, db_session, settings, mailbox, certified):
        sent_on = [
            days for days in range(100, -2, -1) if run(settings, before_end(certified, days))
        ]

        assert sent_on == [90, 30, 7]

    def test_say_which_certificate_and_where_to_renew(
        self, db_session, settings, mailbox, certified
    ):
        run(settings, before_end(certified, 30))

        (mail,) = mailbox.mails
        text = mail.get_payload(decode=True).decode()
        assert (mail["To"], mail["From"]) == ("alice@example.cn", "cert@example.cn")
        assert certified.number in text
        assert "https://cert.example.cn/exams" in text
        assert "还有 30 天" in text

    def test_only_the_last_of_several_missed_stages_is_told(
        self, db_session, settings, mailbox, certified
    ):
        assert run(settings, before_end(certified, 5)) == 1
        assert run(settings, before_end(certified, 4)) == 0

    def test_what_was_revoked_meanwhile_is_not_told(self, db_session, settings, mailbox, certified):
        at = before_end(certified, 30)
        with transaction() as writing:
            services.queue_reminders(writing, include_demo=True, now=at)
            revoke(writing, queries.credential(writing, certified.number), at)

        assert services.send_waiting(settings, now=at) == 0
        assert mailbox.mails == []

    def test_a_busy_server_is_asked_again_and_a_refused_address_is_not(
        self, db_session, settings, mailbox, certified
    ):
        at = before_end(certified, 30)
        mailbox.refusals = ["451 later"]
        assert run(settings, at) == 0
        assert services.send_waiting(settings, now=at + timedelta(seconds=59)) == 0
        assert services.send_waiting(settings, now=at + timedelta(seconds=60)) == 1
        later = before_end(certified, 7)
        mailbox.refusals = ["550 no such user"]
        assert run(settings, later) == 0

        last = db_session.scalars(select(Reminder).order_by(Reminder.id.desc())).first()
        assert (last.last_failure, last.given_up_at) == ("address_refused", later)

    def test_without_a_server_nothing_is_lost(self, app, db_session, settings, mailbox, certified):
        at = before_end(certified, 30)

        assert run(app.config["SETTINGS"], at) == 0
        assert services.send_waiting(settings, now=at) == 1


class TestSendMail:
    def mail(self, **changes):
        values = {
            "sender": "a@example.cn",
            "to": "b@example.cn",
            "subject": "到期",
            "text": "…",
            "message_id": "x",
            "at": NOON,
            **changes,
        }
        return make_mail(**values)

    @pytest.mark.parametrize("change", [{"to": "b@x\nBcc: c@x"}, {"subject": "a\r\nb"}])
    def test_no_header_can_be_slipped_in(self, change):
        with pytest.raises(MailError) as refused:
            self.mail(**change)

        assert refused.value.is_final

    def test_a_password_is_not_sent_in_the_clear(self, mail_server):
        url = mail_server[1].replace("//", "//user:secret@")

        with pytest.raises(MailError, match="login_needs_tls"):
            send_mail(url, self.mail())

    def test_says_that_there_is_no_server(self):
        with pytest.raises(MailError, match="no_mail_server"):
            send_mail(f"smtp://127.0.0.1:{free_port()}", self.mail())
