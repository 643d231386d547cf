"""Mails about a provider's matters: those that time causes, and the words of all when they go."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import force_locale, gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.core import outbox
from app.core.config import Settings
from app.core.outbox import Letter
from app.providers.models import Employment
from app.providers.objections.services import warn_of_due
from app.providers.team.models import StaffCheck
from app.providers.telling.models import ProviderMail
from app.providers.telling.queueing import Kind, queue_mail
from app.providers.telling.words import words_of

CHECK_AGAIN = timedelta(days=3)
"""Before a re-verification ends: whoever has not confirmed is told once more."""


def queue_last_calls(db_session: Session, *, now: datetime) -> int:
    """Queue the mails that time alone causes: checks and objections that are due soon."""
    due = db_session.execute(
        select(StaffCheck.public_id, Employment.person_id)
        .join(Employment, Employment.id == StaffCheck.employment_id)
        .where(
            StaffCheck.answered_at.is_(None),
            Employment.ended_at.is_(None),
            StaffCheck.due_at > now,
            StaffCheck.due_at <= now + CHECK_AGAIN,
        )
        .order_by(StaffCheck.id)
    ).all()
    queued = sum(
        queue_mail(db_session, [row.person_id], Kind.CHECK_LAST, row.public_id, now=now)
        for row in due
    )
    return queued + warn_of_due(db_session, now=now)


def send_waiting(settings: Settings, *, now: datetime) -> int:
    """Send the mails that are due; return how many the server took. See `app.core.outbox`."""

    def write(db_session: Session, mail: ProviderMail) -> Letter | None:
        person = db_session.get_one(Person, mail.person_id)
        with force_locale(person.locale):
            words = words_of(db_session, Kind(mail.kind), mail.ref, person)
            foot = str(gettext("这封邮件由系统发出，请不要回复。"))
        if words is None or person.email is None or person.disabled_at is not None:
            return None
        text = f"{words.line}\n{settings.public_base_url}{words.path}\n\n{foot}\n"
        return Letter(person.email, words.subject, text)

    return outbox.send_waiting(settings, ProviderMail, write, now=now)
