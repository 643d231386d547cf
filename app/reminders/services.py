"""Queue reminders 90, 30 and 7 days before a certificate ends, and mail them.

The notice on the first page is derived from the certificate and needs no row. A mail is a row,
because it may be sent only once; it is written from what holds when it is sent, so that nobody is
asked to renew what was renewed or revoked meanwhile.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import force_locale, gettext
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.certification import queries, renewal_offers
from app.certification.models import CredentialRecord
from app.certification.queries import valid_credentials
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.i18n import local_date
from app.core.mail import MailError, make_mail, send_mail
from app.reminders.models import Reminder
from certificates.programmes import Refresher
from certificates.validity import issue_day

logger = logging.getLogger(__name__)

STAGES_DAYS = (90, 30, 7)
"""Before the last day (credentials.md 3.5)."""

QUEUED_AT_ONCE = 500
SENT_AT_ONCE = 50

LEASE = timedelta(seconds=60)
"""A reminder whose sender died is due again after this."""

PAUSES_S = (60, 600, 3600, 4 * 3600, 12 * 3600)
"""Before each further try."""


@dataclass(frozen=True)
class _Claimed:
    reminder_id: int
    public_id: str
    to: str
    subject: str
    text: str


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


def send_waiting(settings: Settings, *, now: datetime, at_most: int = SENT_AT_ONCE) -> int:
    """Mail the reminders that are due, oldest first; return how many were taken by the server.

    Each is claimed in a transaction of its own before it is sent. Without a mail server nothing is
    sent and nothing is lost.

    Args:
        settings: Of this deployment.
        now: The moment (aware).
        at_most: Most mails of this run.
    """
    sent = 0
    if not settings.smtp_url:
        return sent
    for _ in range(at_most):
        with transaction() as db_session:
            found = _claim(db_session, settings, now)
        if found is None:
            break
        if isinstance(found, int):  # nothing to be said any more
            continue
        failure: MailError | None = None
        try:
            mail = make_mail(
                sender=settings.mail_from,
                to=found.to,
                subject=found.subject,
                text=found.text,
                message_id=f"reminder.{found.public_id}",
                at=now,
            )
            send_mail(settings.smtp_url, mail)
        except MailError as error:
            failure = error
        with transaction() as db_session:
            _note(db_session, found.reminder_id, failure, now)
        sent += failure is None
    db.session().rollback()
    return sent


def _claim(db_session: Session, settings: Settings, now: datetime) -> _Claimed | int | None:
    """Return the next mail; the id of a reminder that was dropped; None if nothing is due."""
    reminder = db_session.scalar(
        select(Reminder)
        .where(Reminder.sent_at.is_(None), Reminder.given_up_at.is_(None), Reminder.due_at <= now)
        .order_by(Reminder.due_at, Reminder.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if reminder is None:
        return None
    record = queries.credential_by_id(db_session, reminder.credential_id)
    person = db_session.get_one(Person, record.person_id)
    held = queries.held_credential(db_session, record, at=now)
    days_left = held.days_left(issue_day(now))
    if not held.is_valid or person.email is None or stage_of(days_left) != reminder.days_before:
        reminder.given_up_at, reminder.last_failure = now, "out_of_date"
        db_session.flush()
        return reminder.id
    reminder.tries += 1
    reminder.due_at = now + LEASE
    db_session.flush()
    found = renewal_offers.offer_or_none(db_session, held, now=now)
    refresher = None if found is None else found.refresher
    subject, text = _words(record, days_left, settings.public_base_url, person.locale, refresher)
    return _Claimed(reminder.id, reminder.public_id, person.email, subject, text)


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


def _note(db_session: Session, reminder_id: int, failure: MailError | None, now: datetime) -> None:
    reminder = db_session.get_one(
        Reminder, reminder_id, with_for_update=True, populate_existing=True
    )
    reminder.last_failure = None if failure is None else str(failure)
    if failure is None:
        reminder.sent_at = now
    elif failure.is_final or reminder.tries > len(PAUSES_S):
        reminder.given_up_at = now
        logger.warning("%r given up: %s", reminder, failure)
    else:
        reminder.due_at = now + timedelta(seconds=PAUSES_S[reminder.tries - 1])
    db_session.flush()
