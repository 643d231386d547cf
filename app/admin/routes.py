"""Health of the platform, the audit log, people and roles."""

from __future__ import annotations

from importlib.metadata import version

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from app.core.db import db
from app.core.web import ANYONE, access

bp = Blueprint("admin", __name__, template_folder="templates")


@bp.get("/healthz")
@access(ANYONE, answers="200 `{status, version, database, schema}`; 503 when the database is away")
def healthz() -> ResponseReturnValue:
    """Say whether the product can serve, for people and monitors."""
    db_session = db.session()
    schema = db_session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return jsonify(
        status="ok", version=version("caopan"), database=db.engine.dialect.name, schema=schema
    )
