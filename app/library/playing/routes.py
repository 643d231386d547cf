"""Pages of playtests: begin, the cockpit with the hidden state beside it, the comparison."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts.roles import Role
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import add_messages
from app.core.errors import ConflictError, IncompleteRequestError, InvalidInputError
from app.core.web import BaseForm, access, idempotency_key, json_body
from app.library.playing import forecasting, labels, planning, presenting, services, weighing
from app.library.playing.hidden import hidden_state
from app.rooms import presenting as rooms
from app.rooms.forecasts import forecast_body
from app.rooms.forms import read_clock_change, read_forecast, read_sent_action
from app.rooms.plan_forms import read_sent_plan
from app.studio.drafts.models import ScenarioDraft
from simulations.errors import ScenarioError
from simulations.scenarios import TICKS_PER_MINUTE

bp = Blueprint("playtests", __name__, url_prefix="/playtests")
add_messages(labels.MESSAGES)

PLAYERS = (Role.COMMITTEE_MEMBER, Role.PROVIDER_MANAGER)
"""Who writes drafts: experts, and providers of their own sessions."""


PLAN_FIELDS = {
    "key": "idempotency key",
    "writer_epoch": "of this page, from `state`",
    "plan": "as a room's",
    "diagnosis": "the author's words about the account",
}

PLAN_REFUSALS = "409 plan_closed, superseded_session; 422 with every rule that the plan breaks"


class FaultyDraftError(ConflictError):
    """Raised when a draft that contradicts itself would be played."""

    code = "playtest_faulty"


class PlainForm(BaseForm):
    """A button with its token; what it needs beside it is read by the route."""


@bp.get("/of/<draft_id>")
@access(*PLAYERS, answers="200 page; 403 playtest_no_author; 404")
def index(draft_id: str) -> ResponseReturnValue:
    """Show an author's playtests of a draft, and begin another."""
    return _index_page(draft_id)


@bp.post("/of/<draft_id>")
@access(
    *PLAYERS,
    fields={
        "player": "house, novice, competent or reference: who plans it, and operates until then; "
        "own: the author plans, from minute 0",
        "minute": "where the author takes over, from 0",
    },
    answers="303 to the cockpit; 403 playtest_no_author; 404; 409 playtest_faulty, "
    "room_not_ready; 422 page",
)
def begin(draft_id: str) -> ResponseReturnValue:
    """Begin a playtest of a draft as it stands."""
    try:
        with transaction() as db_session:
            draft = services.own_draft(db_session, draft_id, current_user.id)
            made = services.begin(
                db_session,
                draft,
                current_user.id,
                player=request.form.get("player", ""),
                minute=_minute(),
                actor=current_user.actor,
                now=clock.now(),
            )
            target = url_for("playtests.cockpit", public_id=made.public_id)
    except ScenarioError as error:
        raise FaultyDraftError(str(error)) from error
    except InvalidInputError:
        return _index_page(draft_id, gettext("分钟要在场次之内，操盘的人要从列表里选")), 422
    return redirect(target, code=303)


@bp.get("/<public_id>")
@access(
    *PLAYERS,
    answers="200 the cockpit; 303 to the plan before it is fixed, to the comparison when it is "
    "over; 404",
)
def cockpit(public_id: str) -> ResponseReturnValue:
    """Show the cockpit, with the hidden state beside it."""
    now = clock.now()
    playtest = services.playtest_of(db.session(), public_id, current_user.id)
    if playtest.is_planning:
        return redirect(url_for("playtests.plan", public_id=public_id), code=303)
    if not playtest.is_open or playtest.clock.is_over(now):
        return redirect(url_for("playtests.result", public_id=public_id), code=303)
    return render_template(
        "playtests/cockpit.html",
        room=presenting.as_room(playtest),
        playtest=playtest,
        draft=db.session().get_one(ScenarioDraft, playtest.draft_id),
        data=presenting.cockpit_data(playtest, now=now),
        jump=presenting.jump_choices(playtest),
        form=PlainForm(formdata=None),
    )


@bp.get("/<public_id>/plan")
@access(*PLAYERS, answers="200 the plan page; 303 to the cockpit when the plan is fixed; 404")
def plan(public_id: str) -> ResponseReturnValue:
    """Show the account's last sessions and the author's plan as it stands."""
    playtest = services.playtest_of(db.session(), public_id, current_user.id)
    if not playtest.is_planning:
        return redirect(url_for("playtests.cockpit", public_id=public_id), code=303)
    draft = db.session().get_one(ScenarioDraft, playtest.draft_id)
    return render_template(
        "rooms/plan.html",
        form=PlainForm(formdata=None),
        home_url=url_for("playtests.index", draft_id=draft.public_id),
        **presenting.plan_context(playtest),
    )


@bp.get("/<public_id>/plan.json")
@access(*PLAYERS, answers="200 as a room's; 404")
def plan_state(public_id: str) -> ResponseReturnValue:
    """Tell where the planning stands."""
    playtest = services.playtest_of(db.session(), public_id, current_user.id)
    return jsonify(presenting.plan_state(playtest))


@bp.put("/<public_id>/plan")
@access(*PLAYERS, fields=PLAN_FIELDS, answers=f"200 as `plan.json`; {PLAN_REFUSALS}")
def save_plan(public_id: str) -> ResponseReturnValue:
    """Keep a draft of the plan."""
    sent = read_sent_plan(json_body())
    with transaction() as db_session:
        playtest = services.playtest_of(db_session, public_id, current_user.id, lock=True)
        planning.save_plan(playtest, sent, now=clock.now(), is_final=False)
        answer = presenting.plan_state(playtest)
    return jsonify(answer)


@bp.post("/<public_id>/plan")
@access(*PLAYERS, fields=PLAN_FIELDS, answers=f"200 `{{redirect}}` to the cockpit; {PLAN_REFUSALS}")
def submit_plan(public_id: str) -> ResponseReturnValue:
    """Fix the plan and start."""
    sent = read_sent_plan(json_body())
    with transaction() as db_session:
        playtest = services.playtest_of(db_session, public_id, current_user.id, lock=True)
        planning.save_plan(playtest, sent, now=clock.now(), is_final=True)
    return jsonify(redirect=url_for("playtests.cockpit", public_id=public_id))


@bp.get("/<public_id>/poll")
@access(
    *PLAYERS,
    fields={"after": "entries of the log that the page has", "series": "1: also the curves"},
    answers="200 as a room's poll; of an ended one `{room: {is_closed, result_url}}`; 404",
)
def poll(public_id: str) -> ResponseReturnValue:
    """Tell the cockpit what changed."""
    now = clock.now()
    playtest = services.playtest_of(db.session(), public_id, current_user.id)
    if not playtest.is_open or playtest.clock.is_over(now):
        url = url_for("playtests.result", public_id=public_id)
        return jsonify(room={"is_closed": True, "result_url": url})
    after = request.args.get("after", 0, type=int)
    return jsonify(
        presenting.poll_json(playtest, after=after, with_series="series" in request.args, now=now)
    )


@bp.get("/<public_id>/hidden")
@access(*PLAYERS, answers="200 `{tick, groups: [{title, rows}]}`; 404")
def hidden(public_id: str) -> ResponseReturnValue:
    """Tell what no candidate ever sees, as the room stands now."""
    playtest = services.playtest_of(db.session(), public_id, current_user.id)
    state = services.state_in(playtest, now=clock.now())
    groups = hidden_state(services.scenario_of(playtest), state)
    return jsonify(tick=state.tick, groups=groups)


@bp.post("/<public_id>/actions")
@access(
    *PLAYERS,
    fields={"key": "idempotency key", "action": "`{verb, …}`", "writer_epoch": "of this page"},
    answers="200 as a room's; 409 with the room's reason, room_over, room_not_started, "
    "superseded_session; 422",
)
def act(public_id: str) -> ResponseReturnValue:
    """Do one action."""
    sent = read_sent_action(json_body())
    now = clock.now()
    with transaction() as db_session:
        playtest = services.playtest_of(db_session, public_id, current_user.id, lock=True)
        done = services.act(playtest, sent, now=now)
        scenario = services.scenario_of(playtest)
    entry = rooms.acted_entry(scenario, done.sequence, done.tick, sent.action.to_dict())
    return jsonify(
        sequence=done.sequence,
        tick=done.tick,
        duplicate=done.duplicate,
        server_now=now.isoformat(),
        entry=entry,
        observation=rooms.shown_observation(scenario, done.state, exam=False),
    )


@bp.post("/<public_id>/forecasts")
@access(
    *PLAYERS,
    fields={
        "key": "idempotency key",
        "p10_fen": "as a room's, with p50_fen and p90_fen",
        "writer_epoch": "of this page",
    },
    answers="200 `{forecast, entry}`; 409 no_forecast_asked, forecast_given, room_over, "
    "room_not_started, superseded_session; 422",
)
def forecast(public_id: str) -> ResponseReturnValue:
    """Take a forecast of what the session would make if the host went on alone."""
    sent = read_forecast(json_body())
    with transaction() as db_session:
        playtest = services.playtest_of(db_session, public_id, current_user.id, lock=True)
        made = forecasting.give_forecast(playtest, sent, now=clock.now())
        body = forecast_body(
            services.scenario_of(playtest), made.tick, lambda: forecasting.forecasts_in(playtest)
        )
    return jsonify(forecast=body, entry=rooms.forecast_entry(made.sequence, made.to_dict()))


@bp.post("/<public_id>/clock")
@access(
    *PLAYERS,
    fields={
        "key": "idempotency key",
        "change": "pause, resume, step or speed",
        "ticks": "of a step: 1 to 120",
        "speed": "one of the scenario's practice speeds",
    },
    answers="200 `{clock}`; 409 room_over; 422",
)
def change_clock(public_id: str) -> ResponseReturnValue:
    """Pause, step or speed the room."""
    body = json_body()
    idempotency_key(body)
    change, payload = read_clock_change(body)
    now = clock.now()
    with transaction() as db_session:
        playtest = services.playtest_of(db_session, public_id, current_user.id, lock=True)
        services.change_clock(playtest, change, payload, now=now)
        answer = rooms.clock_body(presenting.as_room(playtest), now)
    return jsonify(clock=answer)


@bp.post("/<public_id>/state")
@access(
    *PLAYERS,
    fields={"take_over": "true: this page operates from now on"},
    answers="200 `{writer_epoch, clock}`; 400; 404",
)
def take_over(public_id: str) -> ResponseReturnValue:
    """Make this page the one that operates."""
    if json_body().get("take_over") is not True:
        raise IncompleteRequestError("take_over: true expected")
    now = clock.now()
    with transaction() as db_session:
        playtest = services.playtest_of(db_session, public_id, current_user.id, lock=True)
        playtest.writer_epoch += 1
        answer = rooms.clock_body(presenting.as_room(playtest), now)
        epoch = playtest.writer_epoch
    return jsonify(writer_epoch=epoch, clock=answer)


@bp.post("/<public_id>/jump")
@access(
    *PLAYERS,
    fields={
        "player": "who operates until there: house, novice, competent, reference, or own",
        "minute": "from 0",
    },
    answers="303 to the cockpit, which stands there; 404; 409 room_over; 422",
)
def jump(public_id: str) -> ResponseReturnValue:
    """Go to a minute, operated until there by a player."""
    now = clock.now()
    with transaction() as db_session:
        playtest = services.playtest_of(db_session, public_id, current_user.id, lock=True)
        services.jump(playtest, request.form.get("player", ""), _minute(), now=now)
    flash(gettext("已到第 %(minute)s 分钟，时钟停着", minute=_minute()))
    return redirect(url_for("playtests.cockpit", public_id=public_id), code=303)


@bp.post("/<public_id>/finish")
@access(*PLAYERS, fields={"key": "idempotency key"}, answers="200 `{redirect}`; a repeat as well")
def finish(public_id: str) -> ResponseReturnValue:
    """End the author's part; the host goes on alone."""
    idempotency_key(json_body())
    with transaction() as db_session:
        playtest = services.playtest_of(db_session, public_id, current_user.id, lock=True)
        services.finish(playtest, now=clock.now())
    return jsonify(redirect=url_for("playtests.result", public_id=public_id))


@bp.get("/<public_id>/result")
@access(*PLAYERS, answers="200 page; 303 to the cockpit while it runs; 404")
def result(public_id: str) -> ResponseReturnValue:
    """Show the author's session beside what each player makes of the same customers."""
    now = clock.now()
    playtest = services.playtest_of(db.session(), public_id, current_user.id)
    if playtest.is_open and not playtest.clock.is_over(now):
        return redirect(url_for("playtests.cockpit", public_id=public_id), code=303)
    draft = db.session().get_one(ScenarioDraft, playtest.draft_id)
    db.session().expunge_all()  # nobody waits for the connection while this computes
    db.session.remove()
    return render_template(
        "playtests/result.html",
        playtest=playtest,
        draft=draft,
        is_expert=Role.COMMITTEE_MEMBER in current_user.roles,
        found=presenting.comparison(playtest),
        worth=presenting.worth(playtest),
        is_weighed_soon=now - playtest.created_at < weighing.WEIGHED_WITHIN,
        duration_min=playtest.duration_ticks // TICKS_PER_MINUTE,
        words=presenting.chart_words(),
    )


def _index_page(draft_id: str, refusal: str = "") -> str:
    db_session = db.session()
    draft = services.own_draft(db_session, draft_id, current_user.id)
    return render_template(
        "playtests/index.html",
        draft=draft,
        rows=services.playtests_of(db_session, draft, current_user.id),
        refusal=refusal,
        players=presenting.beginners(draft.body),
        is_expert=Role.COMMITTEE_MEMBER in current_user.roles,
        form=PlainForm(formdata=None),
        now=clock.now(),
        tick_min=TICKS_PER_MINUTE,
    )


def _minute() -> int:
    """Return the minute of a form; -1, which no room has, for anything else."""
    text = request.form.get("minute", "0").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else -1
