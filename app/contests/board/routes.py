"""The contest's public side: its boards, the big screen, the programme, results and replays."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request
from flask import url_for as address_of
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from app.accounts.roles import Role
from app.contests import sides
from app.contests.board import films, labels, pages, presenting, rounds, unveiling
from app.contests.board.front import board_headers
from app.contests.board.watching import Watched
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import ConflictError
from app.core.web import ANYONE, BaseForm, access
from app.rooms import labels as room_labels

add_messages(
    {
        "board_nothing_to_unveil": _("现在没有可揭晓的：要等收播，或已全部揭晓"),
    }
)

bp = Blueprint("contest_board", __name__, template_folder="templates", url_prefix="/live")

ORGANISERS = (Role.EXAMINER, Role.COMMITTEE_MEMBER)
INSIDERS = (*ORGANISERS, Role.JUROR)
"""Who sees what the public does not see yet."""


def _include_demo() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.is_demo


def _keep_contestants_out(public_id: str) -> None:
    """Refuse what the public does not see yet to who plays the contest."""
    db_session = db.session()
    _, contest = rounds.public_round(db_session, public_id, include_demo=_include_demo())
    sides.check_no_contestant(db_session, contest.id, current_user.id)


@bp.get("")
@access(ANYONE, answers="200 page")
def index() -> ResponseReturnValue:
    """List the contests, the newest first."""
    return render_template(
        "contest_board/index.html",
        contests=pages.listed(db.session(), include_demo=_include_demo()),
        state_of=labels.STATE,
    )


@bp.get("/<public_id>")
@access(ANYONE, answers="200 page; 404")
def contest_page(public_id: str) -> ResponseReturnValue:
    """Show a contest: programme of the day, rules, commitments, and the results once final."""
    db_session = db.session()
    contest = pages.public_contest(db_session, public_id, include_demo=_include_demo())
    return render_template(
        "contest_board/contest.html",
        **pages.contest_data(db_session, contest, now=clock.now()),
    )


@bp.get("/<public_id>/results.json")
@access(ANYONE, answers="200 the final results as data; 404 before they are final")
def results_json(public_id: str) -> ResponseReturnValue:
    """Give the final results as data."""
    db_session = db.session()
    contest = pages.public_contest(db_session, public_id, include_demo=_include_demo())
    return pages.results_data(db_session, contest)


@bp.get("/rounds/<public_id>")
@access(ANYONE, answers="200 page; 404")
def round_page(public_id: str) -> ResponseReturnValue:
    """Show a round's board as the public may see it."""
    return _board_page(public_id, "contest_board/round.html")


@bp.get("/rounds/<public_id>/screen")
@access(ANYONE, answers="200 page, drawn for 1920 × 1080; 404")
def screen(public_id: str) -> ResponseReturnValue:
    """Show a round's board on a big screen."""
    return _board_page(public_id, "contest_board/screen.html")


@bp.get("/rounds/<public_id>/board.json")
@access(
    ANYONE,
    answers="200 the public board as data; 204 nothing is published yet; 304; 404; 503 board_busy "
    "with Retry-After: watchers give way to contestants",
)
def board_json(public_id: str) -> ResponseReturnValue:
    """Give the public board as data; mostly answered before Flask."""
    return _part(public_id, "board")


@bp.get("/rounds/<public_id>/curves.json")
@access(ANYONE, answers="200 the public curves by minute; 204; 304; 404; 503 board_busy")
def curves_json(public_id: str) -> ResponseReturnValue:
    """Give the public curves as data; mostly answered before Flask."""
    return _part(public_id, "curves")


@bp.get("/rounds/<public_id>/jury")
@access(*INSIDERS, answers="200 page; 403 contest_own; 404")
def jury_page(public_id: str) -> ResponseReturnValue:
    """Show a round's board as it is now: no delay, no freeze."""
    _keep_contestants_out(public_id)
    return _jury_page(public_id)


@bp.get("/rounds/<public_id>/jury.json")
@access(
    *INSIDERS,
    answers="200 the board as it is now, with its curves; 204; 304; 403 contest_own; 404",
)
def jury_json(public_id: str) -> ResponseReturnValue:
    """Give the board as it is now as data."""
    _keep_contestants_out(public_id)
    db_session = db.session()
    round_, _contest = rounds.public_round(db_session, public_id, include_demo=_include_demo())
    snapshot = presenting.snapshot_or_none(db_session, round_.id)
    if snapshot is None:
        return _nothing_yet()
    if snapshot.jury_etag in request.if_none_match:
        response = Response(status=304)
    else:
        response = Response(snapshot.jury, mimetype="application/json")
    response.set_etag(snapshot.jury_etag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.post("/rounds/<public_id>/unveil")
@access(
    *ORGANISERS,
    fields={"everybody": "yes: all who are left at once"},
    answers="303 to the jury's board; 403 contest_own; 404; 409 page: board_nothing_to_unveil; 422",
)
def unveil(public_id: str) -> ResponseReturnValue:
    """Unveil the next contestant from the last, or everybody who is left."""
    _keep_contestants_out(public_id)
    back = redirect(address_of("contest_board.jury_page", public_id=public_id), code=303)
    if not BaseForm().validate_on_submit():
        return _jury_page(public_id), 422
    actor, everybody = current_user.actor, request.form.get("everybody") == "yes"
    try:
        with transaction() as db_session:
            round_, contest = rounds.public_round(
                db_session, public_id, include_demo=_include_demo(), lock=True
            )
            left = unveiling.unveil(
                db_session, round_, contest, everybody=everybody, actor=actor, now=clock.now()
            )
    except ConflictError as error:
        flash(message_of(error.code), "error")
        return _jury_page(public_id), 409
    flash(gettext("已揭晓，还剩 %(n)s 位", n=left) if left else gettext("已全部揭晓"))
    return back


@bp.get("/rounds/<public_id>/lanes/<int:lane>")
@access(ANYONE, answers="200 page; 404 before the contest's results are final")
def replay(public_id: str, lane: int) -> ResponseReturnValue:
    """Show a contestant's room again, minute by minute."""
    db_session = db.session()
    shown = films.public_room(db_session, public_id, lane, include_demo=_include_demo())
    frames_url = address_of("contest_board.frames", public_id=public_id, lane=lane, number=0)
    return render_template(
        "rooms/replay.html",
        room=shown.room,
        debrief=shown.debrief,
        film=shown.film | {"frames_url": frames_url[:-1]},
        is_shared=True,
        back_url=address_of("contest_board.contest_page", public_id=shown.contest.public_id)
        + f"#entry-{shown.entry.public_id}",
        mode_labels=room_labels.MODE,
    )


@bp.get("/rounds/<public_id>/lanes/<int:lane>/frames/<int:number>")
@access(
    ANYONE,
    answers="200 `{chunk, frames}`, ten minutes; 304; 404 before the contest's results are final",
)
def frames(public_id: str, lane: int, number: int) -> ResponseReturnValue:
    """Give ten minutes of a contestant's room."""
    text, etag = films.public_frames(
        db.session(), public_id, lane, number, include_demo=_include_demo()
    )
    if etag in request.if_none_match:
        response = Response(status=304)
    else:
        response = Response(text, mimetype="application/json")
    response.set_etag(etag)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _jury_page(public_id: str) -> str:
    db_session, now = db.session(), clock.now()
    round_, contest = rounds.public_round(db_session, public_id, include_demo=_include_demo())
    snapshot = presenting.snapshot_or_none(db_session, round_.id)
    is_organiser = bool(current_user.roles & set(ORGANISERS))
    return render_template(
        "contest_board/round.html",
        round=round_,
        contest=contest,
        is_jury=True,
        left_count=unveiling.may_unveil(db_session, round_, contest, now=now)
        if is_organiser
        else 0,
        **presenting.board_context(
            None if snapshot is None else snapshot.jury,
            board_url=address_of("contest_board.jury_json", public_id=public_id),
            curves_url=None,
        ),
    )


def _board_page(public_id: str, template: str) -> str:
    db_session = db.session()
    round_, contest = rounds.public_round(db_session, public_id, include_demo=_include_demo())
    snapshot = presenting.snapshot_or_none(db_session, round_.id)
    return render_template(
        template,
        round=round_,
        contest=contest,
        is_jury=False,
        left_count=0,
        **presenting.board_context(
            None if snapshot is None else snapshot.board,
            board_url=address_of("contest_board.board_json", public_id=public_id),
            curves_url=address_of("contest_board.curves_json", public_id=public_id),
        ),
    )


def _part(public_id: str, name: str) -> Response:
    rounds.public_round(db.session(), public_id, include_demo=_include_demo())
    watched: Watched = current_app.extensions["watched_boards"]
    part = watched.part_or_none(public_id, name)
    if part is None:
        return _nothing_yet()
    if part.etag.strip('"') in request.if_none_match:
        response = Response(status=304)
    else:
        response = Response(part.data, mimetype="application/json")
    response.headers["ETag"] = part.etag
    for header, value in board_headers():
        response.headers[header] = value
    return response


def _nothing_yet() -> Response:
    """Answer for a round that stands but has no room yet: whoever asks waits and asks again."""
    return Response(status=204, headers=[("Cache-Control", "no-store")])
