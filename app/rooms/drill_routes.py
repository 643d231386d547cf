"""Pages of drills: the list by skill, one drill before it is played, and the tutorial's steps."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.web import access, json_body
from app.rooms import drills, tutorial
from app.rooms.forms import StartDrillForm
from app.rooms.skill_words import SHOWN_SKILLS
from app.studio import queries as studio
from simulations.scenarios import Scenario
from simulations.skills import SkillId

bp = Blueprint("drills", __name__, url_prefix="/drills")


@bp.get("")
@access(
    "candidate",
    fields={"skill": "show only the drills of this skill; any other value shows all"},
    answers="200 page",
)
def index() -> ResponseReturnValue:
    """List the drills with the reader's stars, and what to practise next."""
    db_session = db.session()
    shown = studio.public_drills(db_session)
    records = drills.records_of(db_session, current_user.id)
    wanted = request.args.get("skill", "")
    return render_template(
        "rooms/drills.html",
        tutorial=next((one for one in shown if one.id == tutorial.TUTORIAL_ID), None),
        needs_tutorial=tutorial.needs_tutorial(db_session, current_user.id),
        drills=[one for one in shown if one.drill is not None and one.drill.skill is not None],
        skills=SHOWN_SKILLS,
        strengths=drills.skill_strengths(shown, records),
        chosen=wanted if wanted in set(SkillId) else "",
        records=records,
        no_record=drills.NO_RECORD,
        recommended=drills.recommended(shown, records),
    )


@bp.get("/<scenario_id>")
@access("candidate", answers="200 page; 404")
def drill(scenario_id: str) -> ResponseReturnValue:
    """Show a drill before it is played; what the reference does comes after the first attempt."""
    return _drill_page(studio.public_drill_of(db.session(), scenario_id), StartDrillForm())


@bp.post("/<scenario_id>/start")
@access(
    "candidate",
    fields={"csrf_token": "the form's token", "speed": "one of the drill's practice speeds"},
    answers="303 to the cockpit, of the open room if there is one; 404; 409 room_not_ready; "
    "422 the page with a speed that is not offered",
)
def start(scenario_id: str) -> ResponseReturnValue:
    """Start a drill, or go on in the room of it that is open."""
    scenario = studio.public_drill_of(db.session(), scenario_id)
    form = StartDrillForm()
    form.offer(scenario)
    if not form.validate_on_submit():
        return _drill_page(scenario, form), 422
    settings: Settings = current_app.config["SETTINGS"]
    with transaction() as db_session:
        room = drills.start_drill(
            db_session,
            current_user.id,
            scenario,
            form.chosen_speed,
            is_demo=settings.is_demo,
            now=clock.now(),
        )
        target = url_for("rooms.cockpit", public_id=room.public_id)
    return redirect(target, code=303)


@bp.post("/tutorial/progress")
@access(
    "candidate",
    fields={
        "step": "the id of a step that was done",
        "ending": "instead of it: finished or skipped",
    },
    answers="200 `{done}`; 422 unknown",
)
def note_tutorial() -> ResponseReturnValue:
    """Remember a step of the tutorial, or that it is over."""
    body, now = json_body(), clock.now()
    with transaction() as db_session:
        if "ending" in body:
            tutorial.note_ending(db_session, current_user.id, str(body["ending"]), now=now)
        else:
            tutorial.note_step(db_session, current_user.id, str(body.get("step")), now=now)
        held = tutorial.progress_or_none(db_session, current_user.id)
        done = "" if held is None else held.step
    return jsonify(done=done)


@bp.post("/tutorial/skip")
@access("candidate", fields={"csrf_token": "the form's token"}, answers="303 to the list")
def skip_tutorial() -> ResponseReturnValue:
    """Say without a script that no tutorial is needed."""
    with transaction() as db_session:
        tutorial.note_ending(db_session, current_user.id, "skipped", now=clock.now())
    return redirect(url_for("rooms.drills.index"), code=303)


def _drill_page(scenario: Scenario, form: StartDrillForm) -> str:
    record = drills.record_of(db.session(), current_user.id, scenario.id)
    assert scenario.drill is not None  # `public_drill_of` returns nothing else
    skill = scenario.drill.skill
    form.offer(scenario)
    return render_template(
        "rooms/drill.html",
        scenario=scenario,
        drill=scenario.drill,
        skill=None if skill is None else SHOWN_SKILLS[skill],
        record=record,
        tries=record.tries[: drills.SHOWN_TRIES],
        is_tutorial=scenario.id == tutorial.TUTORIAL_ID,
        form=form,
    )
