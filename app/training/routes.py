"""Pages of training: today, practice, mistakes, the profile; placement and mocks stand beside."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.core import clock
from app.core.clock import BEIJING
from app.core.db import db, transaction
from app.core.error_pages import add_messages
from app.core.errors import IncompleteRequestError
from app.core.web import access, idempotency_key, json_body
from app.training import labels, mock_routes, placement_routes, presenting, queries, today
from app.training.courses import routes as course_routes
from app.training.decisions import routes as decision_routes
from app.training.forms import ChoosePaceForm
from app.training.periods import routes as period_routes
from app.training.pool import practice_pool
from app.training.practising import (
    REASONS,
    choose_pace,
    choose_recall,
    day_seed,
    next_items,
    note_reason,
    record_answer,
)
from app.training.profiles import profile_of
from app.training.skill_map import shipped_skill_map
from question_bank.mastery import COMPETENT, WEIGHT, whole_posterior
from question_bank.practising import Mode
from question_bank.psychometrics.irt import NODES
from question_bank.spacing import Confidence, Recall
from question_bank.study_paths import GOAL

bp = Blueprint("training", __name__, template_folder="templates", url_prefix="/training")
bp.register_blueprint(placement_routes.bp)
bp.register_blueprint(mock_routes.bp)
bp.register_blueprint(decision_routes.bp)
bp.register_blueprint(course_routes.bp)
bp.register_blueprint(period_routes.bp)
add_messages(labels.MESSAGES)

AT_ONCE = 10
"""Items that a page of practice gets at once."""

MISTAKES_SHOWN = 200


@bp.get("")
@access("candidate", fields={"days": "14 or 30: how far the forecast looks"}, answers="200 page")
def index() -> ResponseReturnValue:
    """Show today: the queue, one next step, the path, and the coming days."""
    db_session, now = db.session(), clock.now()
    level = today.goal_level(db_session, current_user.id, now=now)
    profile = profile_of(db_session, current_user.id, now=now, level=level)
    cards = queries.cards_of(db_session, current_user.id)
    days = 30 if request.args.get("days") == "30" else 14
    choice = queries.choice_of(db_session, current_user.id)
    return render_template(
        "training/index.html",
        today=today.today_of(db_session, profile, practice_pool(db_session), cards, now=now),
        profile=profile,
        level=level,
        level_labels=labels.LEVEL,
        skills=shipped_skill_map().by_id,
        load=today.load_chart(cards, now=now, days=days, retention=choice.retention),
        days=days,
        mistake_count=sum(queries.is_mistake(one) for one in cards),
        card_count=len(cards),
        competent=COMPETENT,
        goal=GOAL,
    )


@bp.get("/practice")
@access(
    "candidate",
    fields={
        "mode": "today, mistakes, weak, mixed (the default) or skill",
        "skill": "of the skill map, with mode skill",
    },
    answers="200 page",
)
def practice() -> ResponseReturnValue:
    """Show one question at a time; what comes next is asked for by the page."""
    mode, skill = _wanted()
    data = _batch(mode, skill, first=1)
    return render_template(
        "training/practice.html",
        data=data,
        mode=mode,
        mode_label=labels.MODE[mode],
        skill=shipped_skill_map().by_id.get(skill),
        confidence=labels.CONFIDENCE,
        recall=labels.RECALL,
        reasons={code: labels.REASON[code] for code in REASONS},
    )


@bp.get("/practice/items")
@access(
    "candidate",
    fields={"mode": "as of the page", "skill": "as of the page", "first": "position of the first"},
    answers="200 `{items, exhibits}`: the next items, without keys",
)
def more() -> ResponseReturnValue:
    """Give the page its next items."""
    mode, skill = _wanted()
    first = request.args.get("first", "1")
    return jsonify(_batch(mode, skill, first=int(first) if first.isdecimal() else 1))


@bp.post("/answers")
@access(
    "candidate",
    fields={
        "key": "idempotency key of the answer (header `Idempotency-Key` too)",
        "item_ref": "the version that was shown, with its figures",
        "value": "as of an exam's answer",
        "mode": "what was practised",
        "confidence": "1 guessed, 2 unsure, 3 sure; null if not said",
        "seconds": "from showing to answering; null if unknown",
        "ago_s": "how long the answer waited on the device",
    },
    answers="200 `{answer, outcome, credit, recall, keys, mistakes, html}`; 404; 422 "
    "practice_blank, invalid, idempotency_key_reused",
)
def answer() -> ResponseReturnValue:
    """Record an answer and explain it; a repeat gets the same explanation."""
    body = json_body()
    key = idempotency_key(body)
    confidence = _number(body, "confidence", 1, 3)
    with transaction() as db_session:
        recorded = record_answer(
            db_session,
            current_user.id,
            key=key,
            item_ref=str(body.get("item_ref", "")),
            value=body.get("value"),
            mode=_mode(str(body.get("mode", ""))),
            confidence=None if confidence is None else Confidence(confidence),
            seconds=_number(body, "seconds", 0, 10**6),
            ago_s=_number(body, "ago_s", 0, 10**9) or 0,
            now=clock.now(),
        )
        shown = presenting.explanation(db_session, recorded, json.loads(recorded.value))
    return jsonify(shown)


@bp.post("/answers/<public_id>/recall")
@access(
    "candidate",
    fields={"recall": "1 forgotten, 2 hard, 3 known, 4 easy"},
    answers="200 `{due_at, days}`; 404; 400 bad_json",
)
def recall(public_id: str) -> ResponseReturnValue:
    """Let the person say how well an answer was known; the card is made anew."""
    wanted = _number(json_body(), "recall", 1, 4)
    if wanted is None:
        raise IncompleteRequestError("recall: 1 to 4 expected")
    now = clock.now()
    with transaction() as db_session:
        held = queries.answer_of(db_session, current_user.id, public_id)
        card = choose_recall(db_session, held, Recall(wanted), now=now)
        due_at = card.due_at
    days = (due_at.astimezone(BEIJING).date() - now.astimezone(BEIJING).date()).days
    return jsonify(due_at=due_at.isoformat(), days=max(0, days))


@bp.post("/answers/<public_id>/reason")
@access(
    "candidate",
    fields={"reason": "concept, reading, figures, memory or guess"},
    answers="200 `{reason}`; 404; 422 invalid",
)
def reason(public_id: str) -> ResponseReturnValue:
    """Keep why an answer went wrong."""
    wanted = str(json_body().get("reason", ""))
    with transaction() as db_session:
        held = queries.answer_of(db_session, current_user.id, public_id)
        note_reason(db_session, held, wanted, now=clock.now())
    return jsonify(reason=wanted)


@bp.get("/mistakes")
@access(
    "candidate",
    fields={"skill": "only of this skill", "reason": "only with this reason"},
    answers="200 page",
)
def mistakes() -> ResponseReturnValue:
    """List what went wrong and was not right twice since, with its reasons (错题本)."""
    db_session = db.session()
    wrong = queries.newest_wrong_answers(db_session, current_user.id)
    pool = practice_pool(db_session)
    reasons = queries.reasons_of(db_session, [one.id for one in wrong.values()])
    wanted_skill, wanted_reason = (request.args.get(one, "") for one in ("skill", "reason"))
    cards = {one.item_id: one for one in queries.cards_of(db_session, current_user.id)}
    shown = {one.item_ref: presenting.plain_stem(db_session, one) for one in wrong.values()}
    rows = [
        (pool.items[name], shown[one.item_ref], one, cards[name], reasons.get(one.id, ""))
        for name, one in sorted(wrong.items(), key=lambda entry: entry[1].at, reverse=True)
        if name in pool.items
        and wanted_skill in ("", one.skill)
        and wanted_reason in ("", reasons.get(one.id, ""))
    ]
    return render_template(
        "training/mistakes.html",
        rows=rows[:MISTAKES_SHOWN],
        total=len(rows),
        skills=shipped_skill_map(),
        reasons=labels.REASON,
        reason_counts={code: list(reasons.values()).count(code) for code in REASONS},
        chosen_skill=wanted_skill,
        chosen_reason=wanted_reason,
    )


@bp.get("/profile")
@access("candidate", fields={"level": "seen from this level"}, answers="200 page")
def profile() -> ResponseReturnValue:
    """Show the skill profile with what each estimate rests on, and how it grew."""
    db_session, now = db.session(), clock.now()
    level = request.args.get("level", "")
    if level not in labels.LEVEL:
        level = today.goal_level(db_session, current_user.id, now=now)
    found = profile_of(db_session, current_user.id, now=now, level=level)
    placements = queries.ended_placements(db_session, current_user.id)
    return render_template(
        "training/profile.html",
        profile=found,
        level=level,
        level_labels=labels.LEVEL,
        chart_spec=today.skill_chart(found),
        columns=[(name, "", "", "") for name in (gettext("技能"),)]
        + [
            (name, "r", "", "")
            for name in (*labels.SOURCE.values(), gettext("合计"), gettext("最近"))
        ],
        source_labels=labels.SOURCE,
        weights=WEIGHT,
        skills=shipped_skill_map().by_id,
        placements=placements,
        growth=placement_routes.growth_chart(placements, level),
        competent=COMPETENT,
        goal=GOAL,
    )


@bp.get("/pace")
@access("candidate", answers="200 page")
def pace() -> ResponseReturnValue:
    """Show what the person chose of the queue."""
    held = queries.choice_of(db.session(), current_user.id)
    form = ChoosePaceForm(data={"retention": f"{held.retention:g}", "daily_most": held.daily_most})
    return render_template("training/pace.html", form=form)


@bp.post("/pace")
@access(
    "candidate",
    fields={
        "csrf_token": "the form's token",
        "retention": "0.8, 0.85, 0.9 or 0.95",
        "daily_most": "5 to 200",
    },
    answers="303 to today; 422 the page with what is wrong",
)
def set_pace() -> ResponseReturnValue:
    """Keep what the person wants of the queue."""
    form = ChoosePaceForm()
    if not form.validate_on_submit():
        return render_template("training/pace.html", form=form), 422
    with transaction() as db_session:
        choose_pace(
            db_session,
            current_user.id,
            retention=float(form.retention.data),
            daily_most=int(form.daily_most.data or 0),
            now=clock.now(),
        )
    flash(gettext("已保存，下一次复习起按新的节奏排"))
    return redirect(url_for("training.index"), code=303)


def _wanted() -> tuple[Mode, str]:
    """Return what is practised, by the address; what makes no sense is a mix."""
    mode = request.args.get("mode", "")
    skill = request.args.get("skill", "")
    if mode not in set(Mode) or (mode == Mode.SKILL and skill not in shipped_skill_map().by_id):
        return Mode.MIXED, ""
    return Mode(mode), skill if mode == Mode.SKILL else ""


def _mode(text: str) -> Mode:
    if text not in set(Mode):
        raise IncompleteRequestError(f"mode {text!r}")
    return Mode(text)


def _number(body: dict[str, Any], name: str, least: int, most: int) -> int | None:
    """Return a whole number of the body; None if it is null or missing.

    Raises:
        IncompleteRequestError: If it is anything else, or out of its range.
    """
    value = body.get(name)
    if value is None:
        return None
    if type(value) is not int or not least <= value <= most:
        raise IncompleteRequestError(f"{name}: a whole number from {least} to {most}")
    return value


def _batch(mode: Mode, skill: str, *, first: int) -> dict[str, Any]:
    db_session, now = db.session(), clock.now()
    person_id = current_user.id
    level = today.goal_level(db_session, person_id, now=now)
    found = profile_of(db_session, person_id, now=now, level=level)
    weights, _ = whole_posterior(found.evidence, now=now)
    count = AT_ONCE
    if mode is Mode.TODAY:
        since = now - timedelta(days=1)
        done = queries.practice_days(db_session, person_id, since=since)
        left = queries.choice_of(db_session, person_id).daily_most
        count = max(0, min(AT_ONCE, left - done.get(now.astimezone(BEIJING).date(), 0)))
    items = next_items(
        practice_pool(db_session),
        queries.cards_of(db_session, person_id),
        mode=mode,
        count=count,
        now=now,
        seed=day_seed(person_id, now),
        theta=float(weights @ NODES),
        gaps=dict(today.gaps_of(found)),
        skill=skill,
    )
    seed = f"{day_seed(person_id, now)}:{first}"
    return presenting.shown_items(db_session, items, seed=seed, first=first)
