"""Queue reminders 90, 30 and 7 days before a certificate ends, and mail them.

The notice on the first page is derived from the certificate and needs no row. A mail is a row,
because it may be sent only once; it is written from what holds when it is sent, so that nobody is
asked to renew what was renewed or revoked meanwhile.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import force_locale, gettext
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.certification import queries, renewal_offers
from app.certification.models import CredentialRecord
from app.certification.queries import valid_credentials
from app.core import outbox
from app.core.config import Settings
from app.core.i18n import local_date
from app.core.outbox import Letter
from app.reminders.models import Reminder
from certificates.programmes import Refresher
from certificates.validity import issue_day

STAGES_DAYS = (90, 30, 7)
"""Before the last day (credentials.md 3.5)."""

QUEUED_AT_ONCE = 500


def stage_of(days_left: int) -> int | None:
    """Return the stage that is reached with so many days left; None before the first."""
    reached = [stage for stage in STAGES_DAYS if days_left <= stage]
    return min(reached, default=None)


def queue_reminders(db_session: Session, *, include_demo: bool, now: datetime) -> int:
    """Queue the reminders that are due; return how many are new.

    Of several stages that were passed unseen only the last is told. A certificate whose holder has
    one of the same level that runs longer needs none, and neither does who has no mail address.

    Args:
        db_session: The session of the caller's transaction.
        include_demo: Whether demonstration certificates count: in a demonstration only.
        now: The moment (aware).
    """
    today = issue_day(now)
    valid = valid_credentials(now, include_demo=include_demo).subquery()
    longest = (
        select(valid.c.person_id, valid.c.level, func.max(valid.c.valid_until).label("until"))
        .group_by(valid.c.person_id, valid.c.level)
        .subquery()
    )
    queued = 0
    for stage, next_stage in zip(STAGES_DAYS, (*STAGES_DAYS[1:], -1), strict=True):
        known = select(Reminder.credential_id).where(Reminder.days_before == stage)
        rows = db_session.execute(
            select(CredentialRecord.id)
            .join(valid, valid.c.number == CredentialRecord.number)
            .join(
                longest,
                (longest.c.person_id == valid.c.person_id)
                & (longest.c.level == valid.c.level)
                & (longest.c.until == valid.c.valid_until),
            )
            .join(Person, Person.id == valid.c.person_id)
            .where(
                valid.c.valid_until <= today + timedelta(days=stage),
                valid.c.valid_until > today + timedelta(days=next_stage),
                Person.email.is_not(None),
                CredentialRecord.id.not_in(known),
            )
            .order_by(CredentialRecord.id)
            .limit(QUEUED_AT_ONCE)
        ).all()
        for (credential_id,) in rows:
            queued += _queue(db_session, credential_id, stage, now)
    return queued


def _queue(db_session: Session, credential_id: int, stage: int, now: datetime) -> bool:
    reminder = Reminder(credential_id=credential_id, days_before=stage, queued_at=now, due_at=now)
    try:
        with db_session.begin_nested():
            db_session.add(reminder)
    except IntegrityError:  # another scheduler was first
        return False
    return True


def send_waiting(settings: Settings, *, now: datetime) -> int:
    """Mail the reminders that are due; return how many the server took. See `app.core.outbox`."""

    def write(db_session: Session, reminder: Reminder) -> Letter | None:
        record = queries.credential_by_id(db_session, reminder.credential_id)
        person = db_session.get_one(Person, record.person_id)
        held = queries.held_credential(db_session, record, at=now)
        days_left = held.days_left(issue_day(now))
        if not held.is_valid or person.email is None or stage_of(days_left) != reminder.days_before:
            return None
        found = renewal_offers.offer_or_none(db_session, held, now=now)
        refresher = None if found is None else found.refresher
        base_url = settings.public_base_url
        subject, text = _words(record, days_left, base_url, person.locale, refresher)
        return Letter(person.email, subject, text)

    return outbox.send_waiting(settings, Reminder, write, now=now)


def _words(
    record: CredentialRecord,
    days_left: int,
    base_url: str,
    locale: str,
    refresher: Refresher | None,
) -> tuple[str, str]:
    """Return subject and text in the holder's language."""
    with force_locale(locale):
        title = record.snapshot["title"]
        until = local_date(record.valid_until)
        subject = gettext("你的证书还有 %(days)s 天到期", days=days_left)
        lines = [
            gettext(
                "你的《%(title)s》（编号 %(number)s）将于 %(until)s 到期，还有 %(days)s 天。",
                title=title,
                number=record.number,
                until=until,
                days=days_left,
            ),
            *_renewal_lines(record, refresher, base_url),
            "",
            gettext("原证书到期前一直有效；到期后核验页会显示已过期。"),
            f"{base_url}/v/{record.number}",
            "",
            gettext("这封邮件由系统发出，请不要回复。"),
        ]
    return str(subject), "\n".join(str(line) for line in lines) + "\n"


def _renewal_lines(
    record: CredentialRecord, refresher: Refresher | None, base_url: str
) -> list[str]:
    """Return how the certificate is renewed, and where."""
    if refresher is None:
        words = gettext("现在就可以续证：登录后在“考试”里重新报名，通过后得到新的编号与有效期。")
        return [str(words), f"{base_url}/exams"]
    words = gettext(
        "现在就可以续证：登录后考一次 %(minutes)s 分钟的复训短卷，通过后得到新的编号与有效期。",
        minutes=refresher.minutes,
    )
    return [str(words), f"{base_url}/certificates/{record.number}/renew"]
