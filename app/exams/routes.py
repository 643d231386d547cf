"""Pages of exams: take, save, submit, result."""

from __future__ import annotations

import contextlib
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session
from werkzeug.urls import iri_to_uri

from app.bank.labels import TOPIC
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import add_messages
from app.core.errors import IncompleteRequestError, NotFoundError
from app.core.web import BaseForm, access, idempotency_key, json_body
from app.exams import (
    changes,
    handing,
    labels,
    packing,
    presence,
    queries,
    reporting,
    reviewing,
    running,
    safe_browser,
    saving,
    services,
    signals,
    taking,
)
from app.exams.models import Attempt
from app.exams.review_parts import ReviewParts
from app.exams.standing import standing_of

bp = Blueprint("exams", __name__, template_folder="templates", url_prefix="/exams")
add_messages(labels.MESSAGES)


GUARDED = frozenset(
    {"take", "save", "state", "take_over", "tell", "pass_barrier", "take_break", "submit"}
)
"""Every request of an attempt under way; the result may be read with any browser."""


@bp.before_request
def require_safe_browser() -> None:
    """Refuse a request that does not come from the browser that its attempt demands.

    Who may come at all is decided by the route: a stranger or somebody else learns nothing here.
    """
    name = (request.endpoint or "").rpartition(".")[2]
    if name not in GUARDED or not current_user.is_authenticated:
        return
    public_id = (request.view_args or {})["public_id"]
    with contextlib.suppress(NotFoundError):
        if queries.pinned_of(db.session, public_id, current_user.id).needs_safe_browser:
            attempt = queries.attempt_of(db.session(), public_id, current_user.id)
            safe_browser.check_safe_browser(
                attempt.safe_browser or {}, iri_to_uri(request.url), request.headers
            )


@bp.get("/attempts/<public_id>")
@access("candidate", answers="200 the exam page; 303 to the result when it is over; 404")
def take(public_id: str) -> ResponseReturnValue:
    """Show the exam page with the form's items, never their keys."""
    attempt = queries.attempt_of(db.session(), public_id, current_user.id)
    if not attempt.is_open or _close_if_overdue(attempt):
        return redirect(url_for("exams.result", public_id=public_id), code=303)
    data = _page_data(db.session(), attempt)
    return render_template("exams/take.html", attempt=attempt, data=data, form=BaseForm())


@bp.post("/attempts/<public_id>/save")
@access(
    "candidate",
    fields={
        "key": "idempotency key, one for each change (header `Idempotency-Key` too)",
        "position": "1-based place in the form",
        "value": '`{"selected": [ids]}`, `{"number": text}`, `{"order": [ids]}`, '
        '`{"pairs": {prompt: id}}`, `{"blanks": {place: text}}` or `{"text": text}`',
        "flagged": "true if marked for later",
        "sequence": "rises by one for each change",
        "writer_epoch": "of this page, from `state`",
    },
    answers="200 `{ack, duplicate, server_sequence, server_now, due_at}`; 409 attempt_closed, "
    "deadline_passed, superseded_session, section_passed, section_over, section_locked; "
    "422 invalid, idempotency_key_reused; 429 attempt_paused; 503",
)
def save(public_id: str) -> ResponseReturnValue:
    """Save one change of one answer; the acknowledgement follows the commit."""
    body = json_body()
    header = request.headers.get("Idempotency-Key")
    return jsonify(
        changes.save_answer(
            db.session,
            public_id,
            current_user.id,
            body,
            key_header=header,
            now=clock.now(),
        )
    )


@bp.get("/attempts/<public_id>/state")
@access(
    "candidate",
    answers="200 `{server_now, due_at, closed, writer_epoch, notices: [{id, text, at}], "
    "paused: null | {since, text, is_break}, break_left_s, section: null | number from 1, "
    "section_due_at: null | moment, poll_after_ms}`; `?waiting=` says how many changes wait on "
    "the device; 404",
)
def state(public_id: str) -> ResponseReturnValue:
    """Tell the page the server's time, the deadline, announcements, a pause, and who writes."""
    now = clock.now()
    standing = standing_of(public_id, current_user.id)
    body = taking.state_body(db.session(), standing, now=now)
    if standing.is_open:
        waiting = presence.waiting_of(request.args.get("waiting"))
        presence.note_presence(standing.id, public_id, waiting, now=now)
    return jsonify(body)


@bp.post("/attempts/<public_id>/state")
@access(
    "candidate",
    fields={"take_over": "true: this page writes from now on, older pages become read-only"},
    answers="200 state with the new `writer_epoch` and `sequence`; 409 attempt_closed",
)
def take_over(public_id: str) -> ResponseReturnValue:
    """Make this page the one that writes."""
    if json_body().get("take_over") is not True:
        raise IncompleteRequestError("take_over: true expected")
    return jsonify(handing.take_pen(public_id, current_user.id, _device(), now=clock.now()))


@bp.post("/attempts/<public_id>/signals")
@access(
    "candidate",
    fields={
        "signals": "1 to 40 of `{kind, ago_s, seconds}`: kind left, room or offline, seconds "
        "since it began, seconds that it lasted",
        "key": "idempotency key of the request",
    },
    answers="200 `{kept}`: whether the attempt still takes them; 422 invalid; 404; 503",
)
def tell(public_id: str) -> ResponseReturnValue:
    """Keep when the page was left and when it had no network; it is evidence, never scored."""
    body = json_body()
    key, told = idempotency_key(body), signals.read_told(body)
    attempt = queries.attempt_of(db.session(), public_id, current_user.id)
    kept = signals.keep_told(attempt, told, _device(), key=key, now=clock.now())
    return jsonify(kept=kept)


@bp.post("/attempts/<public_id>/sections")
@access(
    "candidate",
    fields={
        "section": "number of the section that is left for good, 1 for the first",
        "writer_epoch": "of this page, from `state`",
        "key": "idempotency key",
    },
    answers="200 state; 409 attempt_closed, deadline_passed, no_section, section_passed, "
    "section_locked, superseded_session; 422 invalid; 429 attempt_paused; 404",
)
def pass_barrier(public_id: str) -> ResponseReturnValue:
    """Go on to the next section; what lies behind the barrier takes no more answers."""
    body = json_body()
    key = idempotency_key(body)
    section, epoch = (changes.whole_number(body, name) for name in ("section", "writer_epoch"))
    with transaction() as db_session:
        attempt = queries.attempt_of(db_session, public_id, current_user.id, lock=True)
        running.pass_barrier(
            db_session, attempt, section=section, writer_epoch=epoch, key=key, now=clock.now()
        )
        return _state_answer(attempt)


@bp.post("/attempts/<public_id>/break")
@access(
    "candidate",
    fields={"is_over": "false begins a break, true ends it", "key": "idempotency key"},
    answers="200 state; 409 attempt_closed, no_break_left, already_paused, time_over, "
    "not_paused, not_on_break; 404",
)
def take_break(public_id: str) -> ResponseReturnValue:
    """Stop the clock for the candidate's own break, as far as one was granted, or go on."""
    body = json_body()
    key = idempotency_key(body)
    if type(body.get("is_over")) is not bool:
        raise IncompleteRequestError("is_over: true or false expected")
    actor, now = current_user.actor, clock.now()
    with transaction() as db_session:
        attempt = queries.attempt_of(db_session, public_id, current_user.id, lock=True)
        if body["is_over"]:
            running.end_break(db_session, attempt, key=key, actor=actor, now=now)
        else:
            reason = str(labels.OWN_BREAK)
            running.begin_break(db_session, attempt, reason=reason, key=key, actor=actor, now=now)
        return _state_answer(attempt)


@bp.post("/attempts/<public_id>/submit")
@access(
    "candidate",
    fields={"key": "idempotency key of the submission"},
    answers="200 `{redirect}` with the result's address; 409 attempt_closed",
)
def submit(public_id: str) -> ResponseReturnValue:
    """Close the attempt and score what is saved."""
    key = idempotency_key(json_body())
    handing.hand_in(public_id, current_user.id, key=key, now=clock.now())
    return jsonify(redirect=url_for("exams.result", public_id=public_id))


@bp.get("/attempts/<public_id>/result")
@access(
    "candidate",
    answers="200 page: the receipt until the result is released, then the report; 303 to the "
    "exam while it is open; 404",
)
def result(public_id: str) -> ResponseReturnValue:
    """Show the score by topic and, where items are shown, each with its key and rationale."""
    attempt = queries.attempt_of(db.session(), public_id, current_user.id)
    if attempt.is_open:
        if not _close_if_overdue(attempt):
            return redirect(url_for("exams.take", public_id=public_id), code=303)
        attempt = queries.attempt_of(db.session(), public_id, current_user.id)
    closing = labels.CLOSING[attempt.closing or "submitted"]
    receipt = queries.receipt_of(db.session(), attempt)
    if attempt.is_held or (attempt.awaits_marks and not attempt.shows_items):
        return render_template(
            "exams/pending.html", attempt=attempt, closing=closing, receipt=receipt
        )
    score = queries.score_of(db.session(), attempt.id)
    report = reporting.score_report(
        score.credits, score.topics, fraction=score.fraction, cut=attempt.cut_fraction
    )
    if not attempt.shows_items:
        return render_template(
            "exams/report.html",
            attempt=attempt,
            score=score,
            report=report,
            topic_labels=TOPIC,
            band_labels=labels.BAND,
            band_tones=labels.BAND_TONE,
            closing=closing,
        )
    groups = reviewing.review_groups(db.session(), attempt, score.credits)
    return render_template(
        "exams/result.html",
        attempt=attempt,
        score=score,
        report=report,
        groups=groups,
        parts=ReviewParts(),
        counts=reviewing.outcome_counts(groups),
        receipt=receipt,
        topic_labels=TOPIC,
        closing=closing,
        pack_url=url_for("exams.pack", public_id=public_id),
    )


@bp.get("/attempts/<public_id>/pack")
@access(
    "candidate",
    answers="200 JSON file: the attempt pack, for `python -m question_bank rescore`; 404 unless "
    "the person's own result is released and shows its items; 409 attempt_open",
)
def pack(public_id: str) -> ResponseReturnValue:
    """Give the candidate everything the attempt rests on, to score it again anywhere."""
    attempt = queries.attempt_of(db.session(), public_id, current_user.id)
    if attempt.is_held or not attempt.shows_items:
        raise NotFoundError(f"pack of attempt {public_id}")
    text = packing.attempt_pack(db.session(), attempt).model_dump_json(indent=1)
    name = f'attachment; filename="attempt-{public_id}.json"'
    return Response(text, mimetype="application/json", headers={"Content-Disposition": name})


def _close_if_overdue(attempt: Attempt) -> bool:
    """Close an overdue attempt at a look, so that nobody waits for the scheduler."""
    public_id = attempt.public_id
    if attempt.paused_at is not None or clock.now() <= attempt.due_at + saving.SAVE_GRACE:
        return False
    with transaction() as db_session:
        attempt = queries.attempt_of(db_session, public_id, current_user.id, lock=True)
        return services.close_if_overdue(db_session, attempt, now=clock.now())


def _state_answer(attempt: Attempt) -> ResponseReturnValue:
    return jsonify(taking.state_body(db.session(), attempt, now=clock.now()))


def _device() -> signals.Device:
    return signals.Device(
        session=current_user.session_hash,
        address=request.remote_addr or "",
        user_agent=request.headers.get("User-Agent", ""),
    )


def _page_data(db_session: Session, attempt: Attempt) -> dict[str, Any]:
    public_id = attempt.public_id
    return {
        **taking.state_body(db_session, attempt, now=clock.now()),
        **taking.form_data(db_session, attempt),
        "attempt": attempt.public_id,
        "title": attempt.title,
        "candidate": current_user.display_name,
        "is_demo": attempt.is_demo,
        "save_url": url_for("exams.save", public_id=public_id),
        "submit_url": url_for("exams.submit", public_id=public_id),
        "state_url": url_for("exams.state", public_id=public_id),
        "barrier_url": url_for("exams.pass_barrier", public_id=public_id),
        "break_url": url_for("exams.take_break", public_id=public_id),
        "signals_url": url_for("exams.tell", public_id=public_id),
        "result_url": url_for("exams.result", public_id=public_id),
        "sign_in_url": url_for("accounts.sign_in", next=url_for("exams.take", public_id=public_id)),
        "sequence": queries.last_client_sequence(db_session, attempt.id),
        "csrf": generate_csrf(),
    }
