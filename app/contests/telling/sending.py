"""Mail the notices of contests; see `app.core.outbox`."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.contests.telling.models import ContestNotice
from app.contests.telling.words import words_of
from app.core import outbox
from app.core.config import Settings
from app.core.outbox import Letter

FRESH = timedelta(days=2)
"""What could not be mailed for so long is read on the page and not mailed any more."""


def send_waiting(settings: Settings, *, now: datetime) -> int:
    """Send the mails that are due; return how many the server took."""

    def write(db_session: Session, notice: ContestNotice) -> Letter | None:
        person = db_session.get_one(Person, notice.person_id)
        if person.email is None or person.disabled_at is not None:
            return None
        if notice.seen_at is not None or now - notice.queued_at > FRESH:
            return None
        with force_locale(person.locale):
            words = words_of(db_session, notice, now=now)
            foot = str(gettext("这封邮件由系统发出，请不要回复。"))
        if words is None:
            return None
        text = f"{words.line}\n{settings.public_base_url}{words.path}\n\n{foot}\n"
        return Letter(person.email, words.subject, text)

    return outbox.send_waiting(settings, ContestNotice, write, now=now)
