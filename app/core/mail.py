"""Sending one mail through the deployment's mail server."""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

STEP_S = 10.0
"""Longest wait for one step of the conversation."""

PLAIN_PORT, TLS_PORT = 25, 465


class MailError(Exception):
    """Raised when a mail was not taken; the message is a short code.

    Attributes:
        is_final: Whether trying again is of no use: the server refuses the address.
    """

    def __init__(self, code: str, *, is_final: bool = False) -> None:
        super().__init__(code)
        self.is_final = is_final


def make_mail(
    *, sender: str, to: str, subject: str, text: str, message_id: str, at: datetime
) -> EmailMessage:
    """Return a plain mail of a machine.

    Args:
        sender: Its address.
        to: The receiver's address.
        subject: One line.
        text: What it says.
        message_id: The same when it is sent again, so that mail programs show it once.
        at: The moment (aware).

    Raises:
        MailError: If an address or the subject would break the header.
    """
    mail = EmailMessage()
    try:
        mail["From"], mail["To"], mail["Subject"] = sender, to, subject
        mail["Date"] = format_datetime(at)
        mail["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
    except ValueError as error:
        raise MailError("bad_header", is_final=True) from error
    return mail


def send_mail(smtp_url: str, mail: EmailMessage) -> None:
    """Hand a mail to the server; names and passwords go over TLS only.

    Args:
        smtp_url: `smtp://` (TLS if the server offers it) or `smtps://`.
        mail: The mail.

    Raises:
        MailError: If the server did not take it.
    """
    parts = urlsplit(smtp_url)
    host = parts.hostname or ""
    context = ssl.create_default_context()
    try:
        with (
            smtplib.SMTP_SSL(host, parts.port or TLS_PORT, timeout=STEP_S, context=context)
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, parts.port or PLAIN_PORT, timeout=STEP_S)
        ) as server:
            server.ehlo_or_helo_if_needed()
            is_tls = parts.scheme == "smtps"
            if not is_tls and server.has_extn("starttls"):
                server.starttls(context=context)
                is_tls = True
            if parts.username:
                if not is_tls:
                    raise MailError("login_needs_tls")
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        is_final = all(code >= 500 for code in codes)
        raise MailError("address_refused", is_final=is_final) from error
    except smtplib.SMTPResponseException as error:
        raise MailError(f"smtp_{error.smtp_code}") from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise MailError("no_mail_server") from error
