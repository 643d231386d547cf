"""Pages of a round: judge one item after the other, look at what the panel said, Hofstee."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from app.accounts.roles import Role
from app.bank import services as bank_services
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.web import access, idempotency_key, json_body
from app.exams.treating import version_of
from app.standards import forms, judging, labels, presenting, queries
from app.standards.figures import RoundFigures, finished_rounds, round_figures
from app.standards.models import StandardMeeting, StandardMember

bp = Blueprint("judging", __name__)


@bp.get("/<public_id>/rate/<int:position>")
@access(
    Role.COMMITTEE_MEMBER,
    answers="200 page; 303 to the meeting while no round is open; 404 unless the reader judges",
)
def rate(public_id: str, position: int) -> ResponseReturnValue:
    """Show one item of the open round to a judge; nobody else's judgement is on the page."""
    actor, person_id = current_user.actor, current_user.id
    held, member = _own(db.session(), public_id, person_id)
    if held.stage != "rating" or not member.is_sitting:
        return redirect(url_for("standards.meeting", public_id=public_id), code=303)
    ref = _ref_at(held, position)
    if ref and not queries.has_judged(db.session(), member.id, ref):
        with transaction() as db_session:
            bank_services.note_item_view(db_session, version_of(ref), actor=actor, now=clock.now())
    return _rate_page(public_id, position)


@bp.post("/<public_id>/rate/<int:position>")
@access(
    Role.COMMITTEE_MEMBER,
    fields={
        "round": "the round that the page shows",
        "expected": "percent in steps of 5 (Angoff, and each cell of Ebel's grid)",
        "difficulty": "easy, medium or hard (Ebel)",
        "importance": "essential, important or nice_to_know (Ebel)",
        "cell": "`difficulty/importance`, on the page of the grid (JSON)",
        "<cell>": "percent of each cell, on the page of the grid (form)",
        "key": "idempotency key (header `Idempotency-Key` too)",
    },
    answers="303 to the next open item or the meeting (JSON: 200 `{ack, done, wanted}`); 404; "
    "403 stands_aside; 409 meeting_moved_on; 422 invalid, idempotency_key_reused",
)
def save(public_id: str, position: int) -> ResponseReturnValue:
    """Add a judgement; the newest of each item counts."""
    body: dict[str, Any] = json_body() if request.is_json else dict(request.form)
    key, person_id = idempotency_key(body), current_user.id
    try:
        with transaction() as db_session:
            held, member = _own(db_session, public_id, person_id, lock=True)
            for subject, part_key, sent in _sent(held, position, body, key):
                judging.save_judgement(
                    db_session,
                    held,
                    member,
                    subject,
                    judging.judgement_sent(sent, wants_share=judging.is_share(held, subject)),
                    round_number=_round_sent(body),
                    key=part_key,
                    now=clock.now(),
                )
            given = queries.judgements_in(db_session, held, held.round, member_id=member.id)
            done = given.get(member.id, {})
            places = presenting.places_of(held, done, held.round)
            wanted = len(queries.subjects_in(held, held.round))
    except (ConflictError, InvalidInputError) as error:
        if request.is_json:
            raise
        status = 409 if isinstance(error, ConflictError) else 422
        return _rate_page(public_id, position, message_of(error.code), errors=error), status
    if request.is_json:
        return jsonify(ack=key, done=len(done), wanted=wanted)
    return redirect(_url_after(public_id, presenting.next_place(places, position)), code=303)


@bp.post("/<public_id>/rate/rest")
@access(
    Role.COMMITTEE_MEMBER,
    fields={"round": "the round that the page shows"},
    answers="303 to the meeting; 403 stands_aside; 404; 409 meeting_moved_on",
)
def keep_rest(public_id: str) -> ResponseReturnValue:
    """Judge what is left as in the round before."""
    round_number, person_id = _round_sent(request.form), current_user.id
    with transaction() as db_session:
        held, member = _own(db_session, public_id, person_id, lock=True)
        count = judging.keep_the_rest(
            db_session, held, member, round_number=round_number, now=clock.now()
        )
    flash(gettext("%(n)s 道沿用上一轮的评定", n=count))
    return redirect(url_for("standards.meeting", public_id=public_id), code=303)


@bp.get("/<public_id>/rounds/<int:number>")
@access(
    Role.COMMITTEE_MEMBER,
    answers="200 page of a finished round; `?item=` opens its comments; 404 while it is open",
)
def discussion(public_id: str, number: int) -> ResponseReturnValue:
    """Show a finished round: spreads, the reader's own place, real facilities, comments."""
    return _discussion_page(public_id, number)


@bp.get("/<public_id>/rounds/<int:number>/figures")
@access(Role.COMMITTEE_MEMBER, answers="200 the round's figures as JSON; 404 while it is open")
def figures(public_id: str, number: int) -> ResponseReturnValue:
    """Tell a finished round as figures."""
    db_session, person_id = db.session(), current_user.id
    held = queries.meeting_of(db_session, public_id, person_id)
    member = queries.member_or_none(db_session, held.id, person_id)
    found = _finished(db_session, held, number)
    return jsonify(presenting.figures_json(found, (member and member.seat) or ""))


@bp.post("/<public_id>/rounds/<int:number>/comments")
@access(
    Role.COMMITTEE_MEMBER,
    fields={"position": "of the item", "text": "2 to 400 characters"},
    answers="303 to the discussion; 404; 409, 422 page",
)
def comment(public_id: str, number: int) -> ResponseReturnValue:
    """Say something about an item; shown without a name."""
    form, person_id = forms.CommentForm(), current_user.id
    position = request.form.get("position", 0, type=int)
    if not form.validate_on_submit():
        return _discussion_page(public_id, number, gettext("意见要写 2 到 400 字")), 422
    try:
        with transaction() as db_session:
            held = queries.meeting_of(db_session, public_id, person_id, lock=True)
            judging.add_comment(
                db_session,
                held,
                _ref_at(held, position),
                form.text.data or "",
                person_id=person_id,
                now=clock.now(),
            )
    except ConflictError as error:
        return _discussion_page(public_id, number, message_of(error.code)), 409
    there = url_for("standards.judging.discussion", public_id=public_id, number=number)
    return redirect(f"{there}?item={position}#item-{position}", code=303)


@bp.post("/<public_id>/bounds")
@access(
    Role.COMMITTEE_MEMBER,
    fields=dict.fromkeys(judging.BOUNDS, "percent in steps of 5"),
    answers="303 to the meeting; 404; 409, 422 page of the error",
)
def answer_bounds(public_id: str) -> ResponseReturnValue:
    """Answer Hofstee's four questions."""
    shares = [_share_of(request.form.get(name, "")) for name in judging.BOUNDS]
    person_id = current_user.id
    try:
        with transaction() as db_session:
            held, member = _own(db_session, public_id, person_id, lock=True)
            judging.save_bounds(db_session, held, member, shares, now=clock.now())
    except InvalidInputError as error:
        flash(_words_of(error), "error")
        return redirect(url_for("standards.meeting", public_id=public_id), code=303)
    flash(gettext("已保存"))
    return redirect(url_for("standards.meeting", public_id=public_id), code=303)


def _own(
    db_session: Session, public_id: str, person_id: int, *, lock: bool = False
) -> tuple[StandardMeeting, StandardMember]:
    """Return a meeting and the reader's place in it.

    Raises:
        NotFoundError: If the reader does not judge there.
    """
    held = queries.meeting_of(db_session, public_id, person_id, lock=lock)
    member = queries.member_or_none(db_session, held.id, person_id)
    if member is None:
        raise NotFoundError(f"{held!r}: person {person_id} does not judge")
    return held, member


def _ref_at(held: StandardMeeting, position: int) -> str:
    """Return the item at a place of the present round; empty for the page of Ebel's grid.

    Raises:
        NotFoundError: If there is no such place.
    """
    refs = held.refs_now
    if 0 < position <= len(refs):
        return refs[position - 1]
    if held.method == "ebel" and position == len(refs) + 1:
        return ""
    raise NotFoundError(f"{held!r}: place {position}")


def _round_sent(body: Any) -> int:
    text = str(body.get("round", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) == 1 else -1


def _sent(
    held: StandardMeeting, position: int, body: dict[str, Any], key: str
) -> list[tuple[str, str, dict[str, Any]]]:
    """Return what a request judges: (subject, key, values); the form of the grid holds nine."""
    ref = _ref_at(held, position)
    if ref:
        return [(ref, key, body)]
    if "cell" in body:
        return [(f"cell:{body['cell']}", key, body)]
    return [
        (subject, f"{key[:60]}-{place}", {"expected": body.get(subject)})
        for place, subject in enumerate(queries.CELL_SUBJECTS)
    ]


def _share_of(text: str) -> float | None:
    return int(text) / 100 if text.isascii() and text.isdigit() and len(text) <= 3 else None


def _words_of(error: InvalidInputError) -> str:
    codes = dict.fromkeys(str(one["code"]) for one in error.errors)
    return str(gettext("；")).join(str(labels.FIELD_ERROR.get(code, code)) for code in codes)


def _url_after(public_id: str, position: int) -> str:
    if position:
        return url_for("standards.judging.rate", public_id=public_id, position=position)
    flash(gettext("这一轮都评完了，主持人结束前还可以改"))
    return url_for("standards.meeting", public_id=public_id)


def _rate_page(
    public_id: str,
    position: int,
    refusal: str = "",
    *,
    errors: ConflictError | InvalidInputError | None = None,
) -> str:
    db_session = db.session()
    held, member = _own(db_session, public_id, current_user.id)
    ref = _ref_at(held, position)
    given = queries.judgements_in(db_session, held, held.round, member_id=member.id)
    done = given.get(member.id, {})
    places = presenting.places_of(held, done, held.round)
    before = queries.judgements_in(db_session, held, held.round - 1, member_id=member.id)
    return render_template(
        "standards/rate.html",
        meeting=held,
        member=member,
        position=position,
        places=places,
        done_count=sum(one.is_done for one in places),
        is_grid=not ref,
        is_share=judging.is_share(held, ref) if ref else True,
        shown=presenting.shown_item(db_session, ref) if ref else None,
        own=done.get(ref),
        given=done,
        before=before.get(member.id, {}) if held.round > 1 else {},
        earlier=presenting.earlier_of(db_session, held, member, ref) if ref else None,
        definition=queries.definition_or_none(db_session, held.id),
        steps=presenting.STEPS,
        grid=presenting.cell_rows(),
        key=secrets.token_hex(12),
        next_url=url_for("standards.judging.rate", public_id=public_id, position=position + 1)
        if position < len(places)
        else url_for("standards.meeting", public_id=public_id),
        refusal=_words_of(errors) if isinstance(errors, InvalidInputError) else refusal,
        labels=labels,
    )


def _finished(db_session: Session, held: StandardMeeting, number: int) -> RoundFigures:
    found = round_figures(db_session, held, number)
    if found is None:
        raise NotFoundError(f"{held!r}: round {number}")
    return found


def _discussion_page(public_id: str, number: int, refusal: str = "") -> str:
    db_session, person_id = db.session(), current_user.id
    held = queries.meeting_of(db_session, public_id, person_id)
    member = queries.member_or_none(db_session, held.id, person_id)
    found = _finished(db_session, held, number)
    seat = (member and member.seat) or ""
    excluded = queries.exclusions_of(db_session, held.id)
    counted = round_figures(db_session, held, number, excluded=excluded) if excluded else found
    rounds = [
        one
        for n in finished_rounds(held)
        if n and (one := round_figures(db_session, held, n, excluded=excluded)) is not None
    ]
    return render_template(
        "standards/discussion.html",
        meeting=held,
        number=number,
        found=counted or found,
        rows=presenting.discussion_rows(db_session, held, found, seat),
        own=found.result.judges.get(seat),
        leads=held.coordinator_id == person_id,
        is_open=held.stage == "discussing" and held.round == number,
        rounds=rounds,
        opened=request.args.get("item", 0, type=int),
        excluded_count=len(excluded),
        coordinator_id=held.coordinator_id,
        may_exclude=held.coordinator_id == person_id
        and number > 0
        and held.stage in ("discussing", "bounds", "signing", "approved"),
        refusal=refusal,
        labels=labels,
    )
