"""Pages of jurors: what there is to mark, and one blind room with its rubric; usable on a phone."""

from __future__ import annotations

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.contests import judging, jury_queries, labels, presenting, queries, running
from app.contests.blueprint import bp
from app.contests.forms import marks_from
from app.contests.organising import news_of
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import InvalidInputError, NotFoundError
from app.core.web import BaseForm, access, json_body


@bp.get("/jury")
@access("juror", answers="200 page")
def jury() -> ResponseReturnValue:
    """Show what the juror is to mark, by code, and the cards that may be played now."""
    db_session, now = db.session(), clock.now()
    playing = [
        (contest, round_, running.playable_cards(db_session, round_, now=now))
        for contest, round_ in jury_queries.running_rounds_of_juror(db_session, current_user.id)
    ]
    return render_template(
        "contests/jury.html",
        tasks=jury_queries.tasks_of_juror(db_session, current_user.id),
        playing=[one for one in playing if one[2]],
        news=news_of(now),
        form=BaseForm(formdata=None),
        labels=labels,
    )


@bp.get("/jury/<public_id>")
@access("juror", answers="200 page; 404, also for another juror's")
def jury_task(public_id: str) -> ResponseReturnValue:
    """Show one room, without a name, and the rubric."""
    return _page(public_id)


@bp.post("/jury/<public_id>")
@access(
    "juror",
    fields={"<criterion>": "points, 0 to the rubric's most", "comment": "for the contestant"},
    answers="303 to the list, or 200 `{marked: true}` for JSON; 404; 409 contest_mark_stands, "
    "contest_stage; 422 page or JSON",
)
def mark(public_id: str) -> ResponseReturnValue:
    """Hand the marks in; they stand."""
    values = json_body() if request.is_json else request.form
    found = jury_queries.task_of(db.session(), public_id, current_user.id)
    rules = queries.rules_of(db.session(), found[4]).jury
    try:
        with transaction() as db_session:
            task, _, _, _, contest, _ = jury_queries.task_of(
                db_session, public_id, current_user.id, lock=True
            )
            judging.hand_in(
                db_session,
                task,
                contest,
                marks_from(values, rules),
                comment=str(values.get("comment", "")).strip(),
                actor=current_user.actor,
                now=clock.now(),
            )
    except InvalidInputError:
        if request.is_json:
            raise
        return _page(
            public_id, gettext("每一项都要打分；没有提交的复盘只能给 0 分；评语最多 1000 字")
        ), 422
    if request.is_json:
        return jsonify(marked=True)
    flash(gettext("打分已提交"))
    return redirect(url_for("contests.jury"), code=303)


@bp.post("/jury/<public_id>/return")
@access("juror", answers="303 to the list; 404; 409 contest_mark_stands")
def hand_back(public_id: str) -> ResponseReturnValue:
    """Give a room back whose contestant the juror recognises."""
    with transaction() as db_session:
        task = jury_queries.task_of(db_session, public_id, current_user.id, lock=True)[0]
        judging.hand_back(db_session, task, actor=current_user.actor, now=clock.now())
    flash(gettext("已退回，会分给另一位评委"))
    return redirect(url_for("contests.jury"), code=303)


def _page(public_id: str, refusal: str = "") -> str:
    db_session = db.session()
    task, place, entry, round_, contest, given = jury_queries.task_of(
        db_session, public_id, current_user.id
    )
    room = presenting.blind_room(db_session, round_, place)
    if room is None:
        raise NotFoundError(f"scored room of task {public_id}")
    return render_template(
        "contests/jury_task.html",
        task=task,
        code=entry.code,
        round=round_,
        contest=contest,
        given=given,
        room=room,
        rules=queries.rules_of(db_session, contest).jury,
        criteria=queries.rules_of(db_session, contest).jury.criteria_of(round_.stage),
        review_rules=queries.rules_of(db_session, contest).review,
        sent=request.form,
        form=BaseForm(formdata=None),
        refusal=refusal,
    )
