"""The committee's first page, and the list of laws that items rest on."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts.roles import Role
from app.analysis import queries as analysis
from app.bank.labels import quota_name
from app.committee import labels, laws, presenting
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.web import access
from question_bank.supply import PLANNING_CAP

bp = Blueprint("committee", __name__, template_folder="templates", url_prefix="/committee")

STALE_SHOWN = 8
"""Laws whose citations stand on the first page."""


@bp.get("")
@access(Role.COMMITTEE_MEMBER, answers="200 page")
def index() -> ResponseReturnValue:
    """Show what waits for the reader, and how the bank stands."""
    settings: Settings = current_app.config["SETTINGS"]
    db_session, now = db.session(), clock.now()
    stale = laws.stale_items(db_session, now=now)
    return render_template(
        "committee/index.html",
        tasks=presenting.tasks_for(
            db_session,
            person_id=current_user.id,
            actor=current_user.actor,
            roles=current_user.roles,
            now=now,
        ),
        health=presenting.health(db_session, include_public=settings.is_demo),
        ageing=presenting.ageing(db_session, now=now),
        stale=laws.by_law(stale)[:STALE_SHOWN],
        stale_count=len(stale),
        due_count=sum(row.is_due for row in laws.law_rows(db_session, now=now)),
        pilots=presenting.pilots(db_session),
        supplies=analysis.supplies(db_session),
        quota_name=quota_name,
        planning_cap=PLANNING_CAP,
        labels=labels,
    )


@bp.get("/laws")
@access(Role.COMMITTEE_MEMBER, answers="200 page")
def law_list() -> ResponseReturnValue:
    """Show the laws that items rest on, with their versions and what cites an old one."""
    db_session, now = db.session(), clock.now()
    return render_template(
        "committee/laws.html",
        rows=laws.law_rows(db_session, now=now),
        stale=laws.stale_items(db_session, now=now),
        labels=labels,
    )


@bp.post("/laws/<law_id>/check")
@access(Role.COMMITTEE_MEMBER, answers="303 to the list; 404")
def check_law(law_id: str) -> ResponseReturnValue:
    """Record that a law's entry was compared with the official text."""
    actor, person_id = current_user.actor, current_user.id
    with transaction() as db_session:
        laws.note_check(db_session, law_id, person_id=person_id, actor=actor, now=clock.now())
    flash(gettext("已记录"))
    return redirect(url_for("committee.law_list"), code=303)
