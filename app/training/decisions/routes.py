"""Pages of decisions: the day's, one's own, and the committee's desk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from wtforms.fields.choices import SelectChoice

from app.core import clock
from app.core.clock import BEIJING
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import NotFoundError
from app.core.web import BaseForm, access
from app.rooms.labels import ENERGY
from app.rooms.presenting import action_words
from app.studio.queries import public_scenarios, scenario_of
from app.training.decisions import labels, presenting, queries, services
from app.training.decisions.errors import (
    AnsweredError,
    CodeTakenError,
    MomentRefusedError,
    TimeOverError,
)
from app.training.decisions.forms import AnswerForm, ChooseMomentForm, WriteDecisionForm
from app.training.decisions.models import DecisionCase
from simulations.decision_loading import parse_moment
from simulations.decisions import (
    ANSWER_S,
    LEAST_CHOICES,
    LEAST_LEFT_MIN,
    MOST_CHOICES,
    DecisionMoment,
    possible_actions,
)
from simulations.errors import ScenarioError
from simulations.scenarios import Scenario

bp = Blueprint("decisions", __name__, template_folder="templates", url_prefix="/decisions")
add_messages(labels.MESSAGES)

MOST_AFTER_MIN = 30
"""Minutes between an answer's two actions, as `simulations.decisions` allows."""

DESK = ("committee_member", "reviewer")


@bp.get("")
@access("candidate", "lecturer", *DESK, answers="200 page")
def index() -> ResponseReturnValue:
    """Show today's decision, and all others with the own answers."""
    db_session = db.session()
    cases = queries.published_cases(db_session)
    day = clock.now().astimezone(BEIJING).date()
    of_day = queries.case_of_day(cases, day)
    return render_template(
        "training/decisions/index.html",
        of_day=of_day,
        cases=[one for one in cases if of_day is None or one.id != of_day.id],
        moments={one.id: queries.moment_of(one) for one in cases},
        runs=queries.runs_of(db_session, current_user.id),
        skills=labels.SKILL,
        seconds=ANSWER_S,
        is_desk=bool(current_user.roles & set(DESK)),
    )


@bp.get("/<public_id>")
@access("candidate", "lecturer", *DESK, answers="200 page; 404")
def case(public_id: str) -> ResponseReturnValue:
    """Show a decision: before it begins, while it runs, or its answer."""
    return _page(public_id)


@bp.post("/<public_id>/start")
@access("candidate", "lecturer", *DESK, answers="303 to the decision; 404")
def start(public_id: str) -> ResponseReturnValue:
    """Begin the ninety seconds."""
    with transaction() as db_session:
        found = queries.published_case(db_session, public_id)
        services.start(db_session, found, current_user.id, now=clock.now())
    return redirect(url_for("training.decisions.case", public_id=public_id), code=303)


@bp.post("/<public_id>/answer")
@access(
    "candidate",
    "lecturer",
    *DESK,
    fields={"choice": "position of the answer, from 0"},
    answers="303 to the result, also with decision_time_over or decision_answered said there; "
    "422 page without a choice; 409 decision_not_started; 404",
)
def answer(public_id: str) -> ResponseReturnValue:
    """Answer a decision."""
    form = AnswerForm()
    if not form.validate_on_submit() or form.choice.data is None:
        return _page(public_id, lacks_choice=True), 422
    now, person_id = clock.now(), current_user.id
    try:
        with transaction() as db_session:
            found = queries.published_case(db_session, public_id)
            services.answer(
                db_session,
                found,
                person_id,
                form.choice.data,
                day=now.astimezone(BEIJING).date(),
                now=now,
            )
    except (TimeOverError, AnsweredError) as error:
        flash(message_of(error.code), "error")
    return redirect(url_for("training.decisions.case", public_id=public_id), code=303)


@bp.get("/desk")
@access(*DESK, answers="200 page")
def desk() -> ResponseReturnValue:
    """Show every decision with its stage."""
    db_session = db.session()
    cases = queries.all_cases(db_session)
    return render_template(
        "training/decisions/desk.html",
        cases=cases,
        moments={one.id: queries.moment_of(one) for one in cases},
        worths={one.id: queries.worths_of_case(one) for one in cases},
        counts={one.id: sum(queries.answer_counts(db_session, one.id, 5)) for one in cases},
        form=BaseForm(formdata=None),
    )


@bp.get("/desk/new")
@access(
    *DESK,
    fields={
        "scenario": "a practice room's id@version",
        "operator": "house, novice or competent",
        "seed": "1 to 100000",
        "minute": "of the session",
    },
    answers="200 page, with the cockpit of that minute and the actions it takes",
)
def new() -> ResponseReturnValue:
    """Choose a minute of a room, and write a decision about it."""
    return _desk_page(request.args)


@bp.post("/desk/new")
@access(
    *DESK,
    fields={
        "code": "permanent id",
        "title": "of the decision",
        "question": "what is asked",
        "lesson": "what to look at next time",
        "skill": "what it trains",
        "action": "JSON of an answer's action, empty for leaving things as they are; repeated",
        "then_action": "JSON of a second action, or empty; repeated",
        "then_after": "minutes between the two, 1 to 30; repeated",
        "text": "its words; repeated, an answer without words is left out",
        "why": "what it does; repeated",
    },
    answers="303 to the desk; 422 page with what is wrong; 409 decision_code_taken",
)
def write() -> ResponseReturnValue:
    """Add a decision; what its answers are worth is worked out in the background."""
    form = WriteDecisionForm()
    if not form.validate():
        return _desk_page(request.form, form), 422
    db_session = db.session()
    try:
        moment = parse_moment(_typed_moment(form))
        scenario = services.checked(db_session, moment)
    except (ScenarioError, MomentRefusedError) as error:
        words = message_of(error.code) if isinstance(error, MomentRefusedError) else ""
        return _desk_page(request.form, form, words or _content_words(error)), 422
    content_hash, actor, author_id = moment.content_hash(scenario), current_user.actor, None
    author_id = current_user.id
    db_session.rollback()
    try:
        with transaction() as writing:
            services.add_case(
                writing, moment, content_hash, author_id=author_id, actor=actor, now=clock.now()
            )
    except CodeTakenError as error:
        return _desk_page(request.form, form, message_of(error.code)), 409
    flash(gettext("已保存，正在计算每个选项值多少元"))
    return redirect(url_for("training.decisions.desk"), code=303)


@bp.post("/desk/<public_id>/<act>")
@access(
    *DESK,
    answers="303 to the desk, or to the item's draft; 404; 403 decision_own; "
    "409 decision_not_weighed, decision_published, decision_drafted",
)
def decide(public_id: str, act: str) -> ResponseReturnValue:
    """Publish a decision, retire it, or begin an item of it."""
    actor, person_id, now = current_user.actor, current_user.id, clock.now()
    target = url_for("training.decisions.desk")
    with transaction() as db_session:
        found = queries.case_of(db_session, public_id, lock=True)
        if act == "publish":
            services.publish(db_session, found, person_id=person_id, actor=actor, now=now)
        elif act == "retire":
            services.retire(db_session, found, actor=actor, now=now)
        elif act == "item":
            draft = services.draft_item(
                db_session, found, author_id=person_id, actor=actor, now=now
            )
            target = url_for("bank.workshop.draft", public_id=draft.public_id)
        else:
            raise NotFoundError(f"act {act}")
    return redirect(target, code=303)


def _page(public_id: str, *, lacks_choice: bool = False) -> str:
    db_session, now = db.session(), clock.now()
    found = queries.published_case(db_session, public_id)
    moment = queries.moment_of(found)
    scenario = scenario_of(db_session, moment.scenario)
    held = queries.start_or_none(db_session, found.id, current_user.id)
    given = None if held is None else held[1]
    is_over = held is not None and services.time_is_over(held[0].started_at, now)
    is_shown = given is not None or is_over
    left_s = 0
    if held is not None and not is_shown:
        end = held[0].started_at + timedelta(seconds=ANSWER_S)
        left_s = max(0, round((end - now).total_seconds()))
    counts = queries.answer_counts(db_session, found.id, len(moment.choices))
    return render_template(
        "training/decisions/case.html",
        case=found,
        moment=moment,
        scenario=scenario,
        board=presenting.board_of(scenario, moment) if held is not None else None,
        energy=ENERGY,
        skill=labels.SKILL[moment.skill],
        has_begun=held is not None,
        is_shown=is_shown,
        own=None if given is None else given.choice,
        left_s=left_s,
        seconds=ANSWER_S,
        lacks_choice=lacks_choice,
        people=sum(counts),
        choices=_result(found, moment, counts, given.choice if given else None) if is_shown else [],
        form=BaseForm(formdata=None),
    )


def _result(
    found: DecisionCase, moment: DecisionMoment, counts: list[int], own: int | None
) -> list[presenting.ShownChoice]:
    return presenting.shown_choices(moment, queries.worths_of_case(found), counts, own)


def _desk_page(
    typed: MultiDict[str, str], form: WriteDecisionForm | None = None, problem: str = ""
) -> str:
    db_session = db.session()
    rooms = public_scenarios(db_session)
    chosen = ChooseMomentForm(formdata=typed if "scenario" in typed else None)
    chosen.scenario.choices = [SelectChoice(one.ref, one.title) for one in rooms]
    scenario, moment = None, None
    if "scenario" in typed and chosen.validate():
        scenario = next(one for one in rooms if one.ref == chosen.scenario.data)
        chosen_minute = min(chosen.minute.data or 3, scenario.duration_min - LEAST_LEFT_MIN)
        moment = _bare_moment(scenario, chosen, chosen_minute)
    return render_template(
        "training/decisions/new.html",
        chosen=chosen,
        scenario=scenario,
        moment=moment,
        board=presenting.board_of(scenario, moment) if scenario and moment else None,
        energy=ENERGY,
        actions=_offered(scenario, moment) if scenario and moment else [],
        form=form or WriteDecisionForm(formdata=None),
        rows=_rows(typed),
        least=LEAST_CHOICES,
        most=MOST_CHOICES,
        problem=problem,
    )


def _bare_moment(scenario: Scenario, chosen: ChooseMomentForm, minute: int) -> DecisionMoment:
    """Return a moment with words that nobody sees, to look at the room of that minute."""
    return parse_moment(
        {
            "lang": "zh-Hans",
            "id": "preview",
            "scenario": scenario.ref,
            "operator": chosen.operator.data,
            "seed": chosen.seed.data,
            "minute": minute,
            "title": "(preview)",
            "question": "(a preview)",
            "lesson": "(a preview)",
            "skill": "selection",
            "choices": [
                {"text": f"({at})", "why": "(preview)", "steps": _wait(at)} for at in range(3)
            ],
        }
    )


def _wait(minutes: int) -> list[dict[str, Any]]:
    return [{"after_min": minutes, "action": {"verb": "unpin"}}] if minutes else []


def _offered(scenario: Scenario, moment: DecisionMoment) -> list[tuple[str, str]]:
    """Return the actions that the room takes at the moment, as (JSON, words)."""
    return [
        (json.dumps(one.to_dict(), ensure_ascii=False), action_words(scenario, one.to_dict()))
        for one in possible_actions(scenario, moment)
    ]


def _rows(typed: MultiDict[str, str]) -> list[dict[str, str]]:
    names = ("action", "then_action", "then_after", "text", "why")
    lists = {name: typed.getlist(name) for name in names}
    return [
        {name: lists[name][at] if at < len(lists[name]) else "" for name in names}
        for at in range(MOST_CHOICES)
    ]


def _typed_moment(form: WriteDecisionForm) -> dict[str, Any]:
    """Return what was typed as a moment's data; answers without words are left out."""
    choices = []
    for row in _rows(request.form):
        if not row["text"].strip():
            continue
        steps = _typed_steps(row)
        choices.append({"text": row["text"].strip(), "why": row["why"].strip(), "steps": steps})
    return {
        "lang": "zh-Hans",
        "id": form.code.data,
        "scenario": request.form.get("scenario", ""),
        "operator": request.form.get("operator", ""),
        "seed": request.form.get("seed", type=int),
        "minute": request.form.get("minute", type=int),
        "title": form.title.data,
        "question": form.question.data,
        "lesson": form.lesson.data,
        "skill": form.skill.data,
        "choices": choices,
    }


def _typed_steps(row: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return an answer's one or two actions, the second some minutes after the first.

    Raises:
        ScenarioError: If what was sent is no action or no number of minutes.
    """
    try:
        first = json.loads(row["action"]) if row["action"] else None
        then = json.loads(row["then_action"]) if row["then_action"] else None
    except ValueError as error:
        raise ScenarioError([f"choices: {error}"]) from error
    steps: list[dict[str, Any]] = [] if first is None else [{"action": first}]
    if then is not None:
        typed = row["then_after"].strip()
        after = int(typed) if typed.isascii() and typed.isdigit() else 0
        if not 1 <= after <= MOST_AFTER_MIN:
            raise ScenarioError([f"then_after: {typed!r}"])
        steps.append({"after_min": after, "action": then})
    return steps


def _content_words(error: Exception) -> str:
    """Say in the reader's words what the answers lack."""
    if "then_after" in str(error):
        return str(labels.AFTER_UNUSABLE)
    if "choices" not in str(error):
        return str(labels.MOMENT_UNUSABLE)
    return str(labels.CHOICES_UNUSABLE) % {"least": LEAST_CHOICES, "most": MOST_CHOICES}
