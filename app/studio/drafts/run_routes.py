"""Calibration from the editor: the coarse answer at once, the thorough one in the background."""

from __future__ import annotations

from pathlib import Path

from flask import current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import InvalidInputError
from app.core.turns import turn_given_back
from app.core.web import access, json_body
from app.studio.drafts import labels, presenting, previewing, queries, runs
from app.studio.drafts.blueprint import READERS, WRITERS, bp
from app.studio.drafts.bodies import FaultyValueError
from app.studio.drafts.drafting import changed_body
from app.studio.drafts.sending import refused_json, sent_changes, sent_step
from app.studio.drafts.standing import Stage
from simulations.errors import ScenarioError


@bp.post("/drafts/<public_id>/preview")
@access(
    *READERS,
    fields={
        "changes": "list of [path, text] on top of what is saved",
        "of": "`first`: as it began",
        "round": "0: the quickest; of `rounds`, each finer than the one before",
        "points": "of this round's answer before, to go on from",
        "fingerprint": "of the answer before",
    },
    answers="200 the coarse calibration of the first `keys` of `of_keys` keys, and their `points`; "
    "202 `{is_busy}` while another preview computes: ask again in a moment; 409 engine_cold; "
    "422 with `lines`",
)
def preview(public_id: str) -> ResponseReturnValue:
    """Answer a change by the next step of its coarse calibration; nothing is saved."""
    asked = json_body()
    draft = queries.draft_of(db.session(), public_id, current_user.id)
    body = draft.first_body if asked.get("of") == "first" else draft.body
    corrections = queries.corrections_of(db.session(), draft)
    step = sent_step(asked)
    db.session().expunge(draft)
    db.session.remove()  # nobody waits for the connection while this computes
    try:
        body = changed_body(body, sent_changes(asked))
        with previewing.preview_turn(Path(current_app.instance_path)) as is_had:
            if not is_had:
                return jsonify(is_busy=True), 202
            with turn_given_back(request.environ):
                found = previewing.coarse_preview(draft, body, step, corrections)
        return jsonify(found)
    except FaultyValueError as error:
        return refused_json(error)
    except ScenarioError:
        answer = {"type": "scenario_faulty", "message": message_of("scenario_faulty")}
        return jsonify(answer), 422
    except ValueError as error:
        raise InvalidInputError(str(error), [{"field": "points", "code": "faulty"}]) from error


@bp.get("/drafts/<public_id>/runs")
@access(*READERS, answers="200 `{fine, release, fine_result, release_result}`; 404")
def runs_state(public_id: str) -> ResponseReturnValue:
    """Say how far the thorough calibrations are, and what the finished ones found."""
    db_session = db.session()
    draft = queries.draft_of(db_session, public_id, current_user.id)
    return jsonify(presenting.runs_json(db_session, draft, now=clock.now()))


@bp.post("/drafts/<public_id>/runs")
@access(*WRITERS, fields={}, answers="202 the state; 409; 422 scenario_faulty")
def ask_run(public_id: str) -> ResponseReturnValue:
    """Ask for a thorough calibration of what is saved."""
    now = clock.now()
    try:
        with transaction() as db_session:
            draft = queries.draft_of(db_session, public_id, current_user.id, lock=True)
            queries.standing(db_session, draft).check_stage(Stage.DRAFT)
            runs.queue_run(db_session, draft, "fine", now=now)
            state = presenting.runs_json(db_session, draft, now=now)
    except ScenarioError:
        answer = {"type": "scenario_faulty", "message": str(labels.MESSAGES["scenario_faulty"])}
        return jsonify(answer), 422
    return jsonify(state), 202


@bp.post("/drafts/<public_id>/runs/cancel")
@access(*WRITERS, fields={}, answers="200 the state; 404")
def cancel_run(public_id: str) -> ResponseReturnValue:
    """Stop the thorough calibrations of a draft that is being written."""
    now = clock.now()
    with transaction() as db_session:
        draft = queries.draft_of(db_session, public_id, current_user.id, lock=True)
        queries.standing(db_session, draft).check_stage(Stage.DRAFT)
        runs.cancel_runs(db_session, draft, now=now)
        state = presenting.runs_json(db_session, draft, now=now)
    return jsonify(state)
