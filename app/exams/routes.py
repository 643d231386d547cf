"""Pages of exams: take, save, submit, result."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from app.bank import queries as bank_queries
from app.bank.labels import KIND, TOPIC
from app.bank.presenting import shown_exhibit
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import add_messages
from app.core.errors import IncompleteRequestError, InvalidInputError, NotFoundError
from app.core.web import BaseForm, access, idempotency_key, json_body
from app.exams import (
    labels,
    packing,
    presence,
    presenting,
    queries,
    reporting,
    reviewing,
    saving,
    services,
)
from app.exams.models import Attempt
from question_bank.errors import BankError
from question_bank.scoring import check_value

bp = Blueprint("exams", __name__, template_folder="templates", url_prefix="/exams")
add_messages(labels.MESSAGES)

POLL_AFTER_MS = 3500
"""How soon a page asks again: new times and announcements are seen within 5 s."""


@bp.get("/attempts/<public_id>")
@access("candidate", answers="200 the exam page; 303 to the result when it is over; 404")
def take(public_id: str) -> ResponseReturnValue:
    """Show the exam page with the form's items, never their keys."""
    attempt = queries.attempt_of(db.session(), public_id, current_user.id)
    if not attempt.is_open or _close_if_overdue(public_id):
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
    "deadline_passed, superseded_session; 422 invalid, idempotency_key_reused; "
    "429 attempt_paused; 503",
)
def save(public_id: str) -> ResponseReturnValue:
    """Save one change of one answer; the acknowledgement follows the commit."""
    body = json_body()
    now = clock.now()
    change = _change(public_id, body)
    done = saving.save_response(public_id, current_user.id, change, now=now)
    return jsonify(
        ack=done.ack,
        duplicate=done.duplicate,
        server_sequence=done.server_sequence,
        server_now=now.isoformat(),
        due_at=done.due_at.isoformat(),
    )


@bp.get("/attempts/<public_id>/state")
@access(
    "candidate",
    answers="200 `{server_now, due_at, closed, writer_epoch, notices: [{id, text, at}], "
    "paused: null | {since, text}, poll_after_ms}`; `?waiting=` says how many changes wait on "
    "the device; 404",
)
def state(public_id: str) -> ResponseReturnValue:
    """Tell the page the server's time, the deadline, announcements, a pause, and who writes."""
    now = clock.now()
    attempt = queries.attempt_of(db.session(), public_id, current_user.id)
    answer, attempt_id, is_open = _state_answer(attempt), attempt.id, attempt.is_open
    if is_open:
        waiting = presence.waiting_of(request.args.get("waiting"))
        presence.note_presence(attempt_id, public_id, waiting, now=now)
    return answer


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
    with transaction() as db_session:
        attempt = queries.attempt_of(db_session, public_id, current_user.id, lock=True)
        services.open_page(db_session, attempt, now=clock.now())
        sequence = queries.last_client_sequence(db_session, attempt.id)
        return _state_answer(attempt, sequence=sequence)


@bp.post("/attempts/<public_id>/submit")
@access(
    "candidate",
    fields={"key": "idempotency key of the submission"},
    answers="200 `{redirect}` with the result's address; 409 attempt_closed",
)
def submit(public_id: str) -> ResponseReturnValue:
    """Close the attempt and score what is saved."""
    body = json_body()
    key = idempotency_key(body)
    with transaction() as db_session:
        attempt = queries.attempt_of(db_session, public_id, current_user.id, lock=True)
        services.submit_attempt(db_session, attempt, key=key, now=clock.now())
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
        if not _close_if_overdue(public_id):
            return redirect(url_for("exams.take", public_id=public_id), code=303)
        attempt = queries.attempt_of(db.session(), public_id, current_user.id)
    closing = labels.CLOSING[attempt.closing or "submitted"]
    if attempt.is_held:
        return render_template("exams/pending.html", attempt=attempt, closing=closing)
    score = queries.score_of(db.session(), attempt.id)
    if not attempt.shows_items:
        return render_template(
            "exams/report.html",
            attempt=attempt,
            score=score,
            report=reporting.score_report(
                score.credits, score.topics, fraction=score.fraction, cut=attempt.cut_fraction
            ),
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
        groups=groups,
        counts=reviewing.outcome_counts(groups),
        topic_labels=TOPIC,
        kind_labels=KIND,
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


def _close_if_overdue(public_id: str) -> bool:
    """Close an overdue attempt at a look, so that nobody waits for the scheduler."""
    attempt = queries.attempt_of(db.session(), public_id, current_user.id)
    if attempt.paused_at is not None or clock.now() <= attempt.due_at + saving.SAVE_GRACE:
        return False
    with transaction() as db_session:
        attempt = queries.attempt_of(db_session, public_id, current_user.id, lock=True)
        return services.close_if_overdue(db_session, attempt, now=clock.now())


def _change(public_id: str, body: dict[str, Any]) -> saving.Change:
    """Read one change from JSON; the value is checked against its own item."""
    key = idempotency_key(body)
    position, sequence, epoch = (
        _whole(body, name) for name in ("position", "sequence", "writer_epoch")
    )
    refs = queries.item_refs_of(db.session, public_id, current_user.id)
    if not 1 <= position <= len(refs):
        raise InvalidInputError(
            f"position {position}", [{"field": "position", "code": "out_of_range"}]
        )
    item = bank_queries.item_of(db.session, refs[position - 1])
    try:
        value = check_value(item, body.get("value"))
    except BankError as error:
        raise InvalidInputError(str(error), [{"field": "value", "code": "invalid"}]) from error
    return saving.Change(key, position, value, body.get("flagged") is True, sequence, epoch)


def _whole(body: dict[str, Any], name: str) -> int:
    number = body.get(name)
    if type(number) is not int or not 0 <= number < 2**31:  # a bool is no number here
        raise InvalidInputError(f"{name}: {number!r}", [{"field": name, "code": "whole_number"}])
    return number


def _state_answer(attempt: Attempt, sequence: int | None = None) -> ResponseReturnValue:
    body = {
        "server_now": clock.now().isoformat(),
        "due_at": attempt.due_at.isoformat(),
        "closed": not attempt.is_open,
        "writer_epoch": attempt.writer_epoch,
        "notices": attempt.notices,
        "paused": _pause(attempt),
        "poll_after_ms": POLL_AFTER_MS,
    }
    if sequence is not None:
        body["sequence"] = sequence
    return jsonify(body)


def _pause(attempt: Attempt) -> dict[str, str] | None:
    if attempt.paused_at is None:
        return None
    event = queries.last_event_of_kind(db.session(), attempt.id, "paused")
    return {"since": attempt.paused_at.isoformat(), "text": json.loads(event.payload)["reason"]}


def _page_data(db_session: Session, attempt: Attempt) -> dict[str, Any]:
    items = bank_queries.items_of(db_session, attempt.item_refs)
    responses = queries.responses_of(db_session, attempt.id)
    exhibits: list[dict[str, Any]] = []
    place_of_case: dict[str, int] = {}
    shown = []
    sections: list[dict[str, Any]] = []
    for position, (item, (_, order)) in enumerate(zip(items, attempt.form, strict=True), 1):
        entry = presenting.shown_item(item, order)
        held = responses.get(position)
        entry.update(
            position=position,
            answer=None if held is None else json.loads(held.value),
            flagged=bool(held and held.flagged),
            seen=held is not None,
            exhibit=None,
        )
        if item.case_id:
            if item.case_id not in place_of_case:
                case = bank_queries.case_of(db_session, item.case_id)
                place_of_case[item.case_id] = len(exhibits)
                exhibits.append(shown_exhibit(case.title, case.exhibit))
            entry["exhibit"] = place_of_case[item.case_id]
        elif item.exhibit:
            entry["exhibit"] = len(exhibits)
            exhibits.append(shown_exhibit("", item.exhibit))
        title = str(TOPIC[item.topic.value])
        if not sections or sections[-1]["title"] != title:
            sections.append({"title": title, "from": position, "to": position})
        sections[-1]["to"] = position
        shown.append(entry)
    return {
        "attempt": attempt.public_id,
        "title": attempt.title,
        "candidate": current_user.display_name,
        "is_demo": attempt.is_demo,
        "server_now": clock.now().isoformat(),
        "due_at": attempt.due_at.isoformat(),
        "save_url": url_for("exams.save", public_id=attempt.public_id),
        "submit_url": url_for("exams.submit", public_id=attempt.public_id),
        "state_url": url_for("exams.state", public_id=attempt.public_id),
        "result_url": url_for("exams.result", public_id=attempt.public_id),
        "sign_in_url": url_for(
            "accounts.sign_in", next=url_for("exams.take", public_id=attempt.public_id)
        ),
        "writer_epoch": attempt.writer_epoch,
        "notices": attempt.notices,
        "paused": _pause(attempt),
        "poll_after_ms": POLL_AFTER_MS,
        "sequence": queries.last_client_sequence(db_session, attempt.id),
        "csrf": generate_csrf(),
        "sections": sections,
        "items": shown,
        "exhibits": exhibits,
    }
