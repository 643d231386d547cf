"""The first page: the path and one next step, or what the product is for a visitor."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.roles import Role
from app.certification.path import path_of
from app.core import clock
from app.core.config import Settings
from app.core.db import db
from app.core.web import ANYONE, access
from app.home import doors
from app.home.learning import learning_of
from app.home.presenting import notices_of, practice_of, recent_rooms_of
from app.training.labels import LEVEL

bp = Blueprint("home", __name__, template_folder="templates")

FIRST_PAGES = (
    (Role.PROVIDER_MANAGER, "providers.scorecard"),
    (Role.COMMITTEE_MEMBER, "committee.index"),
    (Role.REVIEWER, "bank.index"),
    (Role.EXAMINER, "sittings.desk.manage"),
    (Role.MARKER, "marking.index"),
    (Role.INVIGILATOR, "sittings.desk.manage"),
    (Role.APPEAL_HANDLER, "results.appeals"),
    (Role.SYSTEM_ADMIN, "admin.index"),
    (Role.SECURITY_ADMIN, "admin.people"),
    (Role.AUDIT_ADMIN, "admin.audit"),
    (Role.LECTURER, "training.courses.teach.index"),
    (Role.JUROR, "contests.jury"),
    (Role.MERCHANT, "directory.matching.index"),
)
"""Where people land who are no candidates; who has no role at all is told who gives one."""


@bp.get("/")
@access(
    ANYONE,
    answers="200 landing page for a visitor, the candidate's home; 303 for other roles; 302 to the "
    "seat for who signed in by exam ticket",
    open_to_limited=True,
)
def index() -> ResponseReturnValue:
    """Show a visitor what this is, and a candidate the next step."""
    settings: Settings = current_app.config["SETTINGS"]
    if not current_user.is_authenticated:
        if not settings.is_demo:
            return render_template("landing.html")
        sample = doors.sample_number_or_none(db.session(), now=clock.now())
        return render_template("landing.html", doors=doors.doors(), sample_number=sample)
    if Role.CANDIDATE not in current_user.roles:
        for role, endpoint in FIRST_PAGES:
            if role in current_user.roles and endpoint in current_app.view_functions:
                return redirect(url_for(endpoint), code=303)
        return render_template("home/staff.html")
    now = clock.now()
    db_session = db.session()
    path = path_of(db_session, current_user.id, settings=settings, now=now)
    return render_template(
        "home/index.html",
        now=now,
        path=path,
        learning=learning_of(db_session, current_user.id, now=now),
        practice=practice_of(db_session, current_user.id),
        recent=recent_rooms_of(db_session, current_user.id),
        notices=notices_of(db_session, current_user.id, path, now=now),
        level_labels=LEVEL,
    )
