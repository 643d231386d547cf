"""The page 练习室: a 营期 and what to practise next in rooms."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages
from app.core.web import BaseForm, access
from app.rooms import advising
from app.rooms import queries as rooms
from app.training import labels as training_labels
from app.training import today
from app.training.periods import labels, presenting, queries, services

bp = Blueprint("rooms", __name__, template_folder="templates", url_prefix="/rooms")
add_messages(labels.MESSAGES)

SHOWN_TIPS = 3


@bp.get("")
@access("candidate", answers="200 page")
def index() -> ResponseReturnValue:
    """Show the 营期, what is done of it, what to practise next, and the growth so far."""
    db_session, now = db.session(), clock.now()
    person_id = current_user.id
    runs = [presenting.shown_run(db_session, one) for one in queries.runs_of(db_session, person_id)]
    running = {one.run.period_code: one for one in runs if one.run.ended_at is None}
    weak = advising.weak_skills(db_session, person_id)
    skills = [one.skill.id.value for one in weak]
    level = today.goal_level(db_session, person_id, now=now)
    return render_template(
        "training/periods/index.html",
        # What was begun stands first.
        offers=sorted(queries.offers(db_session), key=lambda one: one.period.id not in running),
        planned=presenting.planned_lines,
        running=running,
        growth={code: presenting.growth_chart(one.lines) for code, one in running.items()},
        ended=[one for one in runs if one.run.ended_at is not None],
        weak=weak,
        drills=advising.drill_tips(db_session, person_id, skills),
        tips=advising.room_tips(db_session, person_id, skills, level=level)[:SHOWN_TIPS],
        rooms=presenting.room_growth(rooms.rooms_of(db_session, person_id)),
        kinds=labels.KIND,
        states=labels.STATE,
        level_labels=training_labels.LEVEL,
        form=BaseForm(formdata=None),
    )


@bp.post("/periods/<period_code>")
@access(
    "candidate",
    fields={"csrf_token": "the form's token"},
    answers="303 to the first session's room, of a run that is open to 练习室; 404",
)
def begin(period_code: str) -> ResponseReturnValue:
    """Begin a 营期."""
    person_id = current_user.id
    with transaction() as db_session:
        offer = queries.offer_of(db_session, period_code)
        run = services.start_run(db_session, person_id, offer, now=clock.now())
        public_id = run.public_id
    flash(gettext("营期开始了：一场接一场，每一场都接着上一场的粉丝、库存和口碑"))
    return redirect(url_for("training.rooms.index") + f"#{public_id}", code=303)


@bp.post("/runs/<public_id>/next")
@access(
    "candidate",
    fields={"csrf_token": "the form's token"},
    answers="303 to the room of the next session; 404; 409 period_session_runs, period_over",
)
def go_on(public_id: str) -> ResponseReturnValue:
    """Begin the next session; what is carried into it is worked out before anything is written."""
    settings: Settings = current_app.config["SETTINGS"]
    person_id = current_user.id
    reading = db.session()
    run = queries.run_of(reading, public_id, person_id)
    number, carry = services.carry_of(reading, run)
    reading.rollback()
    with transaction() as db_session:
        run = queries.run_of(db_session, public_id, person_id, lock=True)
        room = services.start_session(
            db_session, run, number, carry, is_demo=settings.is_demo, now=clock.now()
        )
        target = url_for("rooms.cockpit", public_id=room.public_id)
    return redirect(target, code=303)


@bp.post("/runs/<public_id>/end")
@access(
    "candidate",
    fields={"csrf_token": "the form's token"},
    answers="303 to 练习室; 404; 409 period_session_runs, period_over",
)
def give_up(public_id: str) -> ResponseReturnValue:
    """End a 营期 before its last session; it gets no verdict."""
    person_id = current_user.id
    with transaction() as db_session:
        run = queries.run_of(db_session, public_id, person_id, lock=True)
        services.give_run_up(db_session, run, now=clock.now())
    flash(gettext("这一期已结束，没有总评；播过的场次都在「我的场次」里"))
    return redirect(url_for("training.rooms.index"), code=303)
