"""The programs' routes of objections, and the platform's of applications."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.api import filings, platform
from app.api.guarding import program
from app.api.keyed import read_body
from app.api.tokens import Caller, Scope
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import InvalidInputError
from app.core.web import ANYONE, access, idempotency_key, json_body

bp = Blueprint("filings", __name__)


@bp.get("/api/v1/objections")
@access(
    ANYONE,
    answers="200 `{objections: [{id, month, column, unit, value, claimed, state, answer, …}]}`, "
    "at most 100, newest first; 401 token_refused; 403 scope_missing; 429",
)
@program(Scope.OBJECTIONS, answer=filings.ObjectionsAnswer)
def objections(caller: Caller) -> ResponseReturnValue:
    """Tell the provider's objections and how they were answered."""
    return jsonify(filings.objections_json(db.session(), caller))


@bp.post("/api/v1/objections")
@access(
    ANYONE,
    answers="200 the objection; 400; 401 token_refused; 403 scope_missing; 404 without such a "
    "column; 409 objection_not_settled, objection_late, objection_open, objection_same_value, "
    "objection_estimated; 422 with each fault's place, or idempotency_key_reused; 429",
)
@program(Scope.OBJECTIONS, asks=filings.ObjectionRequest, answer=filings.ObjectionEntry)
def file_objection(caller: Caller) -> ResponseReturnValue:
    """Object to a figure of a settled month."""
    body = json_body()
    key = idempotency_key(body)
    asked = read_body(
        filings.ObjectionRequest, {name: one for name, one in body.items() if name != "key"}
    )
    with transaction() as db_session:
        answer = filings.file_objection(db_session, caller, asked, key=key, now=clock.now())
    return jsonify(answer)


@bp.post("/api/v1/objections/<public_id>/withdraw")
@access(
    ANYONE,
    answers="200 the objection; 400; 401 token_refused; 403 scope_missing; 404, also for another "
    "provider's; 409 objection_closed; 422 idempotency_key_reused; 429",
)
@program(Scope.OBJECTIONS, answer=filings.ObjectionEntry)
def withdraw_objection(caller: Caller, public_id: str) -> ResponseReturnValue:
    """Take an objection back."""
    body = request.get_json(silent=True)
    key = idempotency_key(body if isinstance(body, dict) else {})
    with transaction() as db_session:
        answer = filings.withdraw_objection(db_session, caller, public_id, key=key, now=clock.now())
    return jsonify(answer)


@bp.get("/api/v1/applications")
@access(
    ANYONE,
    fields={"after": "sequence of the last application that is known; 0 for all"},
    answers="200 `{applications: [{id, sequence, name, state, declared, certificates, verdicts, "
    "…}], next}`, at most 100, oldest first; 401 token_refused; 403 scope_missing; 422; 429",
)
@platform.platform_program(platform.PlatformScope.APPLICATIONS, answer=filings.ApplicationsAnswer)
def applications() -> ResponseReturnValue:
    """Tell the platform's systems who applied to be admitted, and what was decided."""
    text = request.args.get("after", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise InvalidInputError("after", [{"field": "after", "code": "out_of_range"}])
    return jsonify(filings.applications_json(db.session(), int(text)))
