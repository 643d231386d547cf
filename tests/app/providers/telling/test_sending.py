"""Mails about a provider's matters: sent once, and not at all when they are out of date."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import outbox as outbox_of_all
from app.core.db import db, transaction
from app.core.mail import MailError
from app.providers.team import checking
from app.providers.team.models import StaffCheck
from app.providers.telling import sending
from app.providers.telling.models import ProviderMail
from tests import cast
from tests.conftest import NOON, make_settings
from tests.factories.providers import employ

SOON = NOON + timedelta(minutes=1)


@pytest.fixture
def outbox(monkeypatch):
    """What would have been handed to the mail server."""
    sent = []
    monkeypatch.setattr(outbox_of_all, "send_mail", lambda url, mail: sent.append(mail))
    return sent


@pytest.fixture
def settings(tmp_path):
    return make_settings(
        tmp_path, smtp_url="smtp://mail.example:25", mail_from="no-reply@caopan.example"
    )


@pytest.fixture
def drawn(app, db_session, provider, person_of):
    """Alice was drawn to confirm her employment."""
    employ(db_session, provider, person_of(cast.ALICE), now=NOON - timedelta(days=40))
    assert checking.draw_monthly(db_session, now=NOON, include_demo=True) == 1
    db_session.commit()
    db.session.remove()


def kinds(*, is_sent):
    db.session.remove()
    rows = db.session().scalars(
        select(ProviderMail).where(
            ProviderMail.sent_at.is_not(None) if is_sent else ProviderMail.given_up_at.is_not(None)
        )
    )
    return [row.kind for row in rows]


def test_who_is_drawn_is_told_once_and_again_before_the_end(drawn, outbox, settings):
    assert sending.send_waiting(settings, now=SOON) == 1
    assert sending.send_waiting(settings, now=SOON) == 0
    mail = outbox[0]
    assert mail["To"] == cast.ALICE.account
    assert "http://localhost/invitations#checks" in mail.get_content()

    end = NOON + checking.TERM
    for moment, queued in ((end - timedelta(days=4), 0), (end - timedelta(days=2), 1), (end, 0)):
        with transaction() as db_session:
            assert sending.queue_last_calls(db_session, now=moment) == queued
    assert sending.send_waiting(settings, now=end) == 1


def test_who_has_confirmed_is_not_told(drawn, outbox, settings):
    with transaction() as db_session:
        check = db_session.scalars(select(StaffCheck)).one()
        check.answer, check.answered_at = "confirmed", NOON

    assert sending.send_waiting(settings, now=SOON) == 0
    assert outbox == []
    assert kinds(is_sent=False) == ["check"]


def test_a_mail_that_was_not_taken_is_tried_again_and_given_up_at_last(
    drawn, monkeypatch, settings
):
    def refuse(url, mail):
        raise MailError("no_mail_server")

    monkeypatch.setattr(outbox_of_all, "send_mail", refuse)
    moment = SOON
    for pause in (*outbox_of_all.PAUSES_S, 1):
        assert sending.send_waiting(settings, now=moment) == 0
        moment += timedelta(seconds=pause)
    assert kinds(is_sent=False) == ["check"]


def test_without_a_mail_server_nothing_is_lost(drawn, tmp_path):
    assert sending.send_waiting(make_settings(tmp_path), now=SOON) == 0
    assert kinds(is_sent=False) == []
