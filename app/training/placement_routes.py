"""Pages of the placement test: before it, one question at a time, and its result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import IncompleteRequestError
from app.core.i18n import local_date
from app.core.web import BaseForm, access, idempotency_key, json_body
from app.training import labels, placing, presenting, queries, today
from app.training.models import PlacementTest
from app.training.pool import practice_pool
from app.training.profiles import profile_of
from app.training.skill_map import shipped_skill_map
from question_bank.adaptive import PLACEMENT
from question_bank.mastery import COMPETENT, mastery_at
from question_bank.study_paths import GOAL, hours_of

bp = Blueprint("placement", __name__, url_prefix="/placement")


@bp.get("")
@access("candidate", answers="200 page")
def index() -> ResponseReturnValue:
    """Say what the test is, and show the earlier ones."""
    db_session = db.session()
    return render_template(
        "training/placement.html",
        rules=PLACEMENT,
        running=queries.open_placement_or_none(db_session, current_user.id),
        placements=list(reversed(queries.ended_placements(db_session, current_user.id))),
        form=BaseForm(),
        level_labels=labels.LEVEL,
        mastery_at=mastery_at,
    )


@bp.post("/start")
@access(
    "candidate",
    fields={"csrf_token": "the form's token"},
    answers="303 to the question; 409 placement_no_items",
)
def start() -> ResponseReturnValue:
    """Start a placement test, or go on with the one that is open."""
    pool = practice_pool(db.session())
    with transaction() as db_session:
        test = placing.start_placement(db_session, current_user.id, pool, now=clock.now())
        target = url_for("training.placement.take", public_id=test.public_id)
    return redirect(target, code=303)


@bp.get("/<public_id>")
@access("candidate", answers="200 page; 303 to the result when it is over; 404")
def take(public_id: str) -> ResponseReturnValue:
    """Show the question that waits."""
    db_session = db.session()
    test = queries.placement_of(db_session, current_user.id, public_id)
    if test.ended_at is not None:
        return redirect(url_for("training.placement.result", public_id=public_id), code=303)
    return render_template(
        "training/placement_take.html",
        test=test,
        data=_question(db_session, test),
        rules=PLACEMENT,
        form=BaseForm(),
    )


@bp.post("/<public_id>/answers")
@access(
    "candidate",
    fields={
        "key": "idempotency key",
        "position": "of the question that was shown, from 1",
        "value": "as of an exam's answer",
    },
    answers="200 `{items, exhibits, position}` with the next question, or `{redirect}` to the "
    "result; 409 placement_over; 422 practice_blank, invalid, idempotency_key_reused; 404",
)
def answer(public_id: str) -> ResponseReturnValue:
    """Record the answer to the question that waits; the next one follows from it."""
    body = json_body()
    key, position = idempotency_key(body), body.get("position")
    if type(position) is not int:
        raise IncompleteRequestError("position: a whole number")
    with transaction() as db_session:
        test = queries.placement_of(db_session, current_user.id, public_id, lock=True)
        placing.answer_placement(
            db_session, test, position=position, key=key, value=body.get("value"), now=clock.now()
        )
        if test.ended_at is not None:
            target = url_for("training.placement.result", public_id=public_id)
            return jsonify(redirect=target)
        return jsonify(_question(db_session, test))


@bp.post("/<public_id>/stop")
@access(
    "candidate",
    fields={"csrf_token": "the form's token"},
    answers="303 to the result; 404; 409 placement_over",
)
def stop(public_id: str) -> ResponseReturnValue:
    """End the test early."""
    with transaction() as db_session:
        test = queries.placement_of(db_session, current_user.id, public_id, lock=True)
        placing.stop_placement(db_session, test, now=clock.now())
    return redirect(url_for("training.placement.result", public_id=public_id), code=303)


@bp.get("/<public_id>/result")
@access("candidate", answers="200 page; 303 to the question while it is open; 404")
def result(public_id: str) -> ResponseReturnValue:
    """Show what the test found, and the path from there."""
    db_session, now = db.session(), clock.now()
    test = queries.placement_of(db_session, current_user.id, public_id)
    if test.ended_at is None:
        return redirect(url_for("training.placement.take", public_id=public_id), code=303)
    level = today.goal_level(db_session, current_user.id, now=now)
    profile = profile_of(db_session, current_user.id, now=now, level=level)
    path, advice, _ = today.path_of(db_session, profile, practice_pool(db_session))
    placements = queries.ended_placements(db_session, current_user.id)
    return render_template(
        "training/placement_result.html",
        test=test,
        answers=queries.placement_answers(db_session, test.id),
        ending=labels.ENDING[test.ending or "stopped"],
        least_answers=placing.LEAST_ANSWERS,
        rows=[] if test.standings is None else _rows(test.standings, level),
        level=level,
        level_labels=labels.LEVEL,
        path=path,
        hours=hours_of(path),
        advice=advice,
        skills=shipped_skill_map().by_id,
        earlier=[one for one in placements if one.id < test.id],
        growth=growth_chart(placements, level),
        mastery_at=mastery_at,
        competent=COMPETENT,
        goal=GOAL,
    )


def _question(db_session: Session, test: PlacementTest) -> dict[str, Any]:
    position = len(queries.placement_answers(db_session, test.id)) + 1
    item = placing.waiting_item(db_session, test)
    shown = presenting.shown_items(db_session, [item], seed=test.seed, first=position)
    return {**shown, "position": position}


def _rows(standings: dict[str, list[float]], level: str) -> list[dict[str, Any]]:
    """Return the skills that were asked, each with its mastery and interval."""
    rows = []
    for skill in shipped_skill_map().skills:
        if skill.id not in standings:
            continue
        theta, error, count = standings[skill.id]
        rows.append(
            {
                "skill": skill,
                "value": mastery_at(theta, level),
                "low": mastery_at(theta - 1.28 * error, level),
                "high": mastery_at(theta + 1.28 * error, level),
                "count": round(count),
            }
        )
    return rows


def growth_chart(placements: Sequence[PlacementTest], level: str) -> dict[str, Any] | None:
    """Return mastery over the placement tests with its interval; none below two tests."""
    known = [
        (local_date(one.ended_at), one.theta, one.error)
        for one in placements
        if one.ended_at is not None and one.theta is not None and one.error is not None
    ]
    if len(known) < 2:
        return None

    def percents(by: float) -> list[int]:
        return [round(100 * mastery_at(theta + by * error, level)) for _, theta, error in known]

    return {
        "kind": "line",
        "title": "",
        "unit": "%",
        "x": [day for day, *_ in known],
        "series": [
            {"name": gettext("掌握度"), "values": percents(0), "role": "candidate"},
            {"name": gettext("误差上限"), "values": percents(1.28), "role": "baseline"},
            {"name": gettext("误差下限"), "values": percents(-1.28), "role": "baseline"},
        ],
    }
