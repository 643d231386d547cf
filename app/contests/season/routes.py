"""赛季: calendar, points and hall of honour, for anybody."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from app.contests.board import labels
from app.contests.season import queries
from app.contests.season.rules import shipped_rules
from app.core.config import Settings
from app.core.db import db
from app.core.errors import NotFoundError
from app.core.web import ANYONE, access

bp = Blueprint("contest_season", __name__, template_folder="templates", url_prefix="/season")


def _include_demo() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.is_demo


@bp.get("")
@access(ANYONE, answers="200 page; `season` (2026) chooses one, the newest without; 404")
def index() -> ResponseReturnValue:
    """Show a season's table, the calendar and the hall of honour."""
    db_session, include_demo = db.session(), _include_demo()
    codes = queries.season_codes(db_session)
    chosen = _chosen(codes)
    return render_template(
        "contest_season/index.html",
        codes=codes,
        chosen=chosen,
        rules=shipped_rules(),
        table=queries.season_table(db_session, chosen, include_demo=include_demo) if chosen else [],
        calendar=queries.calendar(db_session, include_demo=include_demo),
        honours=queries.honours(db_session, include_demo=include_demo),
        state_of=labels.STATE,
    )


@bp.get("/table.json")
@access(ANYONE, answers="200 a season's table as data; `season` chooses one; 404")
def table_json() -> ResponseReturnValue:
    """Give a season's table as data."""
    db_session = db.session()
    chosen = _chosen(queries.season_codes(db_session))
    if not chosen:
        raise NotFoundError("no season has points yet")
    rules = shipped_rules()
    table = queries.season_table(db_session, chosen, include_demo=_include_demo())
    return jsonify(
        {
            "season": chosen,
            "rules": rules.ref,
            "qualifying": rules.qualifying,
            "table": [
                {
                    "rank": one.rank,
                    "name": one.name,
                    "provider": one.provider,
                    "points": one.points,
                    "contests": one.contest_count,
                }
                for one in table
            ],
        }
    )


def _chosen(codes: Sequence[str]) -> str:
    asked = request.args.get("season", "")
    if asked and asked not in codes:
        raise NotFoundError(f"season {asked}")
    return asked or next(iter(codes), "")
