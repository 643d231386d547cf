"""Pages of candidates: booking, exam ticket, waiting room; the pages of staff stand in `desk`."""

from __future__ import annotations

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from werkzeug.urls import iri_to_uri

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.certification.likeness import qr_path
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import ConflictError
from app.core.web import access
from app.exams import queries as exams
from app.exams.safe_browser import check_safe_browser
from app.sittings import desk, forms, labels, presenting, queries, seats, ticket_routes

bp = Blueprint("sittings", __name__, template_folder="templates", url_prefix="/sittings")
add_messages(labels.MESSAGES)
bp.register_blueprint(desk.bp)
bp.register_blueprint(ticket_routes.bp)


@bp.get("")
@access("candidate", answers="200 page")
def index() -> ResponseReturnValue:
    """Show the candidate's seats and the sittings that can be booked."""
    return _index_page()


@bp.post("/<public_id>/book")
@access("candidate", answers="303 to the seat; 409 page with the reason; 404")
def book(public_id: str) -> ResponseReturnValue:
    """Book a seat."""
    actor = current_user.actor
    try:
        with transaction() as db_session:
            sitting = queries.sitting(db_session, public_id, lock=True)
            seat = seats.book_seat(
                db_session,
                sitting,
                current_user.id,
                settings=_settings(),
                actor=actor,
                now=clock.now(),
            )
            seat_id = seat.public_id
    except ConflictError as error:
        return _index_page(message_of(error.code)), 409
    flash(gettext("已预约，准考证在这一页"))
    return redirect(url_for("sittings.seat", public_id=seat_id), code=303)


@bp.get("/seats/<public_id>")
@access("candidate", answers="200 exam ticket and waiting room; 404")
def seat(public_id: str) -> ResponseReturnValue:
    """Show the exam ticket and, from check-in on, the waiting room."""
    return _seat_page(public_id)


@bp.get("/seats/<public_id>/state")
@access(
    "candidate",
    answers="200 `{server_now, opens_at, closes_at, is_checked_in, may_start, is_over, notices}`; "
    "404",
)
def seat_state(public_id: str) -> ResponseReturnValue:
    """Tell the waiting room whether the exam can begin, and what was announced."""
    db_session = db.session()
    own = queries.seat_of(db_session, public_id, current_user.id)
    sitting = queries.sitting_by_id(db_session, own.sitting_id)
    return jsonify(presenting.waiting_state(db_session, own, sitting, now=clock.now()))


@bp.post("/seats/<public_id>/start")
@access(
    "candidate",
    fields={"access_code": "of the room, where the sitting has one"},
    answers="303 to the exam; 403 seb_required; 409 page with the reason; "
    "422 wrong_access_code; 429; 404",
)
def start(public_id: str) -> ResponseReturnValue:
    """Begin the exam of a seat, or go back into it."""
    form = forms.StartForm()
    form.validate_on_submit()
    now, session_hash = clock.now(), current_user.session_hash
    _require_safe_browser(public_id)
    # A wrong code is counted though the start is refused: a transaction of its own.
    with transaction() as db_session:
        own = queries.seat_of(db_session, public_id, current_user.id)
        sitting = queries.sitting_by_id(db_session, own.sitting_id)
        is_right = own.attempt_id is not None or seats.check_access_code(
            db_session, sitting, own, form.access_code.data or "", now=now
        )
    if not is_right:
        return _seat_page(public_id, message_of("wrong_access_code")), 422
    try:
        with transaction() as db_session:
            own = queries.seat_of(db_session, public_id, current_user.id, lock=True)
            sitting = queries.sitting_by_id(db_session, own.sitting_id)
            attempt = seats.start_seat(db_session, sitting, own, settings=_settings(), now=now)
            attempt_id = attempt.public_id
            account_services.widen_web_session(db_session, session_hash, attempt_id)
    except ConflictError as error:
        return _seat_page(public_id, message_of(error.code)), 409
    return redirect(url_for("exams.take", public_id=attempt_id), code=303)


@bp.post("/seats/<public_id>/move")
@access(
    "candidate",
    fields={"target": "public id of the sitting to move to"},
    answers="303 to the new seat; 409 page with the reason; 404",
)
def move(public_id: str) -> ResponseReturnValue:
    """Give the seat back and book one in another sitting, both or neither."""
    form = forms.MoveSeatForm()
    if not form.validate_on_submit():
        return _seat_page(public_id, message_of("invalid")), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            target = queries.sitting(db_session, form.target.data or "", lock=True)
            own = queries.seat_of(db_session, public_id, current_user.id, lock=True)
            moved = seats.move_seat(
                db_session,
                own,
                queries.sitting_by_id(db_session, own.sitting_id),
                target,
                settings=_settings(),
                actor=actor,
                now=clock.now(),
            )
            seat_id = moved.public_id
    except ConflictError as error:
        return _seat_page(public_id, message_of(error.code)), 409
    flash(gettext("已改期"))
    return redirect(url_for("sittings.seat", public_id=seat_id), code=303)


@bp.post("/seats/<public_id>/cancel")
@access("candidate", answers="303 to the sittings; 409 page with the reason; 404")
def cancel(public_id: str) -> ResponseReturnValue:
    """Give a seat back."""
    actor = current_user.actor
    try:
        with transaction() as db_session:
            own = queries.seat_of(db_session, public_id, current_user.id, lock=True)
            sitting = queries.sitting_by_id(db_session, own.sitting_id)
            seats.give_back_seat(db_session, own, sitting, actor=actor, now=clock.now())
    except ConflictError as error:
        return _seat_page(public_id, message_of(error.code)), 409
    flash(gettext("已取消预约"))
    return redirect(url_for("sittings.index"), code=303)


def _require_safe_browser(seat_id: str) -> None:
    """Refuse to begin where the exam could not be gone on with.

    Raises:
        SafeBrowserRequiredError: If the sitting demands another browser.
    """
    db_session = db.session()
    own = queries.seat_of(db_session, seat_id, current_user.id)
    keys = queries.sitting_by_id(db_session, own.sitting_id).safe_browser
    if keys is not None:
        check_safe_browser(keys, iri_to_uri(request.url), request.headers)


def _index_page(refusal: str = "") -> str:
    db_session, now = db.session(), clock.now()
    return render_template(
        "sittings/index.html",
        cards=presenting.sitting_cards(db_session, current_user.id, now=now),
        own_seats=presenting.seat_cards(db_session, current_user.id, now=now),
        state_labels=labels.STATE,
        state_tones=labels.STATE_TONE,
        refusal=refusal,
    )


def _seat_page(public_id: str, refusal: str = "") -> str:
    db_session, now = db.session(), clock.now()
    own = queries.seat_of(db_session, public_id, current_user.id)
    sitting = queries.sitting_by_id(db_session, own.sitting_id)
    found = exams.attempts_by_id(db_session, [own.attempt_id or 0])
    attempt = found[0] if found else None
    others = [
        card
        for card in presenting.sitting_cards(db_session, current_user.id, now=now)
        if card.sitting.programme_id == sitting.programme_id
        and card.sitting.is_practice == sitting.is_practice
        and card.free > 0
    ]
    return render_template(
        "sittings/seat.html",
        seat=own,
        sitting=sitting,
        attempt=attempt,
        state=presenting.seat_state(own, attempt),
        data=presenting.waiting_state(db_session, own, sitting, now=now),
        identity=accounts.legal_identity_or_none(db_session, current_user.id),
        granted=queries.accommodation_in_force(db_session, current_user.id),
        state_labels=labels.STATE,
        state_tones=labels.STATE_TONE,
        is_changeable=seats.may_change(own, sitting, now=now),
        others=others,
        form=forms.StartForm(formdata=None),
        is_check_in_open=now >= sitting.check_in_at,
        refusal=refusal,
        state_url=url_for("sittings.seat_state", public_id=public_id),
        ticket_code=_ticket_code(own.ticket) if sitting.allows_tickets else None,
    )


def _ticket_code(ticket: str) -> tuple[str, int]:
    """Return the code that leads a device of the hall to the door, as path data and its side."""
    address = url_for("sittings.tickets.door", number=ticket)
    return qr_path(f"{_settings().public_base_url}{address}")


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
