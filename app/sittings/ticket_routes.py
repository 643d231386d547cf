"""The door of the hall: sign in by exam ticket, for the exam of one seat."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask import session as web_session
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.cookies import set_session_cookie
from app.core import clock
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import RateLimitedError
from app.core.web import ANYONE, access
from app.sittings import forms, queries, tickets

bp = Blueprint("tickets", __name__)

TICKET_DIGITS = 12


@bp.before_app_request
def back_to_seat() -> ResponseReturnValue | None:
    """Lead who signed in by ticket to the seat, where others find their home page."""
    if request.endpoint != "home.index" or not current_user.limit:
        return None
    seat_id = queries.seat_among(db.session(), current_user.limit)
    return redirect(url_for("sittings.seat", public_id=seat_id))


@bp.get("/ticket")
@access(
    ANYONE,
    fields={"number": "a ticket's number, as its code carries it"},
    answers="200 form",
    open_to_limited=True,
)
def door() -> ResponseReturnValue:
    """Ask for the exam ticket and who holds it."""
    number = request.args.get("number", "")
    is_number = number.isascii() and number.isdecimal() and len(number) == TICKET_DIGITS
    form = forms.TicketForm(formdata=None, data={"ticket": number if is_number else ""})
    return render_template("sittings/ticket.html", form=form)


@bp.post("/ticket")
@access(
    ANYONE,
    fields={
        "ticket": "number of the exam ticket",
        "tail": "last 6 characters of the identity number",
    },
    answers="303 to the seat, signed in for it and its exam alone; 403 form again: ticket_refused, "
    "not_checked_in; 422 form again; 429 form again with Retry-After",
    open_to_limited=True,
)
def sign_in() -> ResponseReturnValue:
    """Sign in by exam ticket, for one seat and its exam."""
    form = forms.TicketForm()
    if not form.validate_on_submit():
        return render_template("sittings/ticket.html", form=form), 422
    now = clock.now()
    tried = tickets.TicketTry(
        ticket=form.ticket.data or "",
        tail=form.tail.data or "",
        address=request.remote_addr or "",
        user_agent=request.user_agent.string,
    )
    try:
        # Counted though it may be refused: a transaction of its own.
        with transaction() as db_session:
            tickets.guard_tickets(db_session, tried, now=now)
        with transaction() as db_session:
            signed_in = tickets.sign_in_by_ticket(db_session, tried, keys=_keys(), now=now)
    except RateLimitedError as error:
        form.form_errors.append(message_of(error.code))
        page = render_template("sittings/ticket.html", form=form)
        return page, 429, {"Retry-After": str(error.retry_after_s)}
    except tickets.TicketRefusedError as error:
        form.form_errors.append(message_of(error.code))
        return render_template("sittings/ticket.html", form=form), 403
    web_session.clear()  # a new CSRF token with the new identity
    web_session["locale"] = signed_in.locale
    target = url_for("sittings.seat", public_id=signed_in.seat_id)
    answer = current_app.make_response(redirect(target, code=303))
    set_session_cookie(answer, signed_in.secret, _settings())
    return answer


def _keys() -> FieldKeys:
    keys: FieldKeys = current_app.extensions["field_keys"]
    return keys


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
