"""Mails that wait as rows: each is claimed, sent outside of any transaction, and noted.

A feature has a table of its own for what it has to tell; the words are written when a mail is
sent, so that nobody is told what is true no longer. Without a mail server nothing is sent and
nothing is lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.config import Settings
from app.core.db import Base, db, transaction
from app.core.ids import new_public_id
from app.core.mail import MailError, make_mail, send_mail

logger = logging.getLogger(__name__)

SENT_AT_ONCE = 50

LEASE = timedelta(seconds=60)
"""A mail whose sender died is due again after this."""

PAUSES_S = (60, 600, 3600, 4 * 3600, 12 * 3600)
"""Before each further try."""


class WaitingMail(Base):
    """A mail that waits, was sent, or was given up: what the tables of mails have in common."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    last_failure: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]


M = TypeVar("M", bound=WaitingMail)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says, and to which address."""

    to: str
    subject: str
    text: str


def send_waiting(
    settings: Settings,
    table: type[M],
    write: Callable[[Session, M], Letter | None],
    *,
    now: datetime,
    at_most: int = SENT_AT_ONCE,
) -> int:
    """Send a table's mails that are due, oldest first; return how many the server took.

    Args:
        settings: Of this deployment.
        table: Where they wait.
        write: Writes one; None if there is nothing to be said any more.
        now: The moment (aware).
        at_most: Most mails of this run.
    """
    sent = 0
    if not settings.smtp_url:
        return sent
    for _ in range(at_most):
        with transaction() as db_session:
            mail = _next(db_session, table, now)
            if mail is None:
                break
            letter = write(db_session, mail)
            if letter is None:
                mail.given_up_at, mail.last_failure = now, "out_of_date"
                continue
            mail.tries += 1
            mail.due_at = now + LEASE
            mail_id, message_id = mail.id, f"{table.__tablename__}.{mail.public_id}"
        failure: MailError | None = None
        try:
            send_mail(
                settings.smtp_url,
                make_mail(
                    sender=settings.mail_from,
                    to=letter.to,
                    subject=letter.subject,
                    text=letter.text,
                    message_id=message_id,
                    at=now,
                ),
            )
        except MailError as error:
            failure = error
        with transaction() as db_session:
            _note(db_session, table, mail_id, failure, now)
        sent += failure is None
    db.session().rollback()
    return sent


def _next(db_session: Session, table: type[M], now: datetime) -> M | None:
    return db_session.scalar(
        select(table)
        .where(table.sent_at.is_(None), table.given_up_at.is_(None), table.due_at <= now)
        .order_by(table.due_at, table.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _note(
    db_session: Session, table: type[M], mail_id: int, failure: MailError | None, now: datetime
) -> None:
    mail = db_session.get_one(table, mail_id, with_for_update=True, populate_existing=True)
    mail.last_failure = None if failure is None else str(failure)
    if failure is None:
        mail.sent_at = now
    elif failure.is_final or mail.tries > len(PAUSES_S):
        mail.given_up_at = now
        logger.warning("%r given up: %s", mail, failure)
    else:
        mail.due_at = now + timedelta(seconds=PAUSES_S[mail.tries - 1])
    db_session.flush()
