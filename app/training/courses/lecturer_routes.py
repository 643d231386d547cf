"""Pages of the lecturers' certification: apply, and decide by two."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts import queries as accounts
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFoundError
from app.core.web import SIGNED_IN, access
from app.training.courses import labels, lecturers, queries
from app.training.courses.forms import ApplyForm, VoteForm

bp = Blueprint("lecturers", __name__, template_folder="templates", url_prefix="/lecturers")


@bp.get("")
@access(SIGNED_IN, answers="200 page")
def index() -> ResponseReturnValue:
    """Show the own applications; to the committee all of them."""
    return _page(ApplyForm(formdata=None))


@bp.post("")
@access(
    SIGNED_IN,
    fields={"subjects": "what they would teach", "evidence": "practice and teaching so far"},
    answers="303 to the page; 422 page; 409 lecturer_applied",
)
def apply() -> ResponseReturnValue:
    """Apply to be a certified lecturer."""
    form = ApplyForm()
    if not form.validate_on_submit():
        return _page(form), 422
    person_id = current_user.id
    with transaction() as db_session:
        lecturers.apply(
            db_session,
            accounts.person(db_session, person_id),
            subjects=(form.subjects.data or "").strip(),
            evidence=(form.evidence.data or "").strip(),
            now=clock.now(),
        )
    flash(gettext("已提交，由两位委员审核"))
    return redirect(url_for("training.courses.lecturers.index"), code=303)


@bp.post("/<public_id>/<verdict>")
@access(
    "committee_member",
    fields={"reason": "4 to 200 characters"},
    answers="303 to the page; 404; 403 lecturer_own; 409 lecturer_voted; 422 page",
)
def decide(public_id: str, verdict: str) -> ResponseReturnValue:
    """Say yes or no to an application."""
    if verdict not in {"approve", "decline"}:
        raise NotFoundError(f"verdict {verdict}")
    form = VoteForm()
    if not form.validate_on_submit():
        flash(gettext("请写理由，4 到 200 个字"), "error")
        return _page(ApplyForm(formdata=None)), 422
    person_id = current_user.id
    with transaction() as db_session:
        lecturers.vote(
            db_session,
            queries.application_of(db_session, public_id),
            accounts.person(db_session, person_id),
            approves=verdict == "approve",
            reason=(form.reason.data or "").strip(),
            now=clock.now(),
        )
    return redirect(url_for("training.courses.lecturers.index"), code=303)


def _page(form: ApplyForm) -> str:
    is_committee = "committee_member" in current_user.roles
    return render_template(
        "training/courses/lecturers.html",
        rows=queries.applications(
            db.session(), person_id=None if is_committee else current_user.id
        ),
        is_committee=is_committee,
        me=current_user.id,
        outcomes=labels.OUTCOME,
        needed=lecturers.VOTES_NEEDED,
        now=clock.now(),
        form=form,
        vote_form=VoteForm(formdata=None),
    )
