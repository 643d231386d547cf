"""Pages of mock exams: what to expect, and the start; the exam itself is the exam's own page."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core import clock
from app.core.db import db, transaction
from app.core.web import BaseForm, access
from app.training import labels, mocking
from app.training.profiles import profile_of
from question_bank.passing import LEAST_ANSWERS

bp = Blueprint("mocks", __name__, url_prefix="/mocks")


@bp.get("")
@access("candidate", answers="200 page")
def index() -> ResponseReturnValue:
    """Show each level's mock with the chance to pass the exam today, and what was sat."""
    db_session, now = db.session(), clock.now()
    profile = profile_of(db_session, current_user.id, now=now)
    return render_template(
        "training/mocks.html",
        offers=mocking.offers_of(db_session, profile, now=now),
        sat=mocking.sat_mocks(db_session, current_user.id),
        level_labels=labels.LEVEL,
        least_answers=LEAST_ANSWERS,
        form=BaseForm(),
    )


@bp.post("/<level>/start")
@access(
    "candidate",
    fields={"csrf_token": "the form's token"},
    answers="303 to the exam page; 404; 409 mock_unavailable, result_pending",
)
def start(level: str) -> ResponseReturnValue:
    """Start a mock exam, or go on with the one of its level that is open."""
    db_session, now = db.session(), clock.now()
    programme = mocking.programme_of_level(db_session, level)
    profile = profile_of(db_session, current_user.id, now=now)
    offer = mocking.offer_of(db_session, profile, programme, now=now)
    if offer.plan is None:
        raise mocking.MockUnavailableError(f"level {level}")
    form = mocking.draw_mock(db_session, current_user.id, offer.plan)
    with transaction() as writing:
        attempt = mocking.start_mock(writing, current_user.id, offer, form, now=now)
        target = url_for("exams.take", public_id=attempt.public_id)
    return redirect(target, code=303)
