"""Pages of those who learn: courses to join, one's own cohort, presence, hand in, feedback."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.web import SIGNED_IN, BaseForm, access
from app.training.courses import (
    classes,
    film_routes,
    finishing,
    labels,
    lecturer_routes,
    queries,
    teach_routes,
)
from app.training.courses.errors import WrongCodeError
from app.training.courses.forms import CodeForm, SayForm
from app.training.courses.markdown import text_html
from app.training.courses.parts import parts_of

bp = Blueprint("courses", __name__, template_folder="templates", url_prefix="/courses")
bp.register_blueprint(teach_routes.bp)
bp.register_blueprint(lecturer_routes.bp)
bp.register_blueprint(film_routes.bp)
add_messages(labels.MESSAGES)


@bp.get("")
@access(SIGNED_IN, answers="200 page")
def index() -> ResponseReturnValue:
    """Show the cohorts that one is in, and those to join."""
    db_session, now = db.session(), clock.now()
    rows = queries.open_cohorts(db_session, provider_codes(db_session))
    own = queries.memberships(db_session, current_user.id)
    return render_template(
        "training/courses/index.html",
        rows=rows,
        own=own,
        is_lecturer=queries.certified_lecturer(db_session, current_user.id, now=now),
        levels=labels.LEVEL,
        form=BaseForm(formdata=None),
    )


@bp.get("/cohorts/<public_id>")
@access(SIGNED_IN, answers="200 page; 404, also for who is no member")
def cohort(public_id: str) -> ResponseReturnValue:
    """Show a cohort to a member."""
    return _page(public_id)


@bp.post("/cohorts/<public_id>/join")
@access(SIGNED_IN, answers="303 to the cohort; 404; 409 cohort_full")
def join(public_id: str) -> ResponseReturnValue:
    """Join a cohort."""
    person_id = current_user.id
    with transaction() as db_session:
        found, course = queries.cohort_of(db_session, public_id, lock=True)
        classes.join(
            db_session,
            found,
            course,
            person_id,
            provider_codes=provider_codes(db_session),
            now=clock.now(),
        )
    return redirect(url_for("training.courses.cohort", public_id=public_id), code=303)


@bp.post("/cohorts/<public_id>/attend")
@access(
    SIGNED_IN,
    fields={"code": "six digits that the lecturer tells in class"},
    answers="303 to the cohort; 422 page with class_code; 404",
)
def attend(public_id: str) -> ResponseReturnValue:
    """Be present by the class's code."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _page(public_id, message_of("class_code")), 422
    person_id, code = current_user.id, form.code.data or ""
    try:
        with transaction() as db_session:
            found, *_ = queries.own_membership(db_session, public_id, person_id)
            classes.attend_by_code(db_session, found, person_id, code, now=clock.now())
    except WrongCodeError as error:
        return _page(public_id, message_of(error.code)), 422
    flash(gettext("已签到"))
    return redirect(url_for("training.courses.cohort", public_id=public_id), code=303)


@bp.post("/cohorts/<public_id>/parts/<part_id>")
@access(
    SIGNED_IN,
    fields={"text": "of an assignment"},
    answers="303 to the cohort; 404; 409 cohort_closed; 422",
)
def finish(public_id: str, part_id: str) -> ResponseReturnValue:
    """Note a part as finished, or hand an assignment in."""
    person_id, text = current_user.id, request.form.get("text", "")
    with transaction() as db_session:
        found, course, member = queries.own_membership(db_session, public_id, person_id)
        finishing.finish_part(db_session, found, course, member, part_id, text, now=clock.now())
    return redirect(url_for("training.courses.cohort", public_id=public_id), code=303)


@bp.post("/cohorts/<public_id>/meetings/<meeting_id>/feedback")
@access(
    SIGNED_IN,
    fields={"rating": "1 to 5", "words": "up to 300 characters"},
    answers="303 to the cohort; 404; 409 feedback_given; 422 page",
)
def feedback(public_id: str, meeting_id: str) -> ResponseReturnValue:
    """Say how a class was."""
    form = SayForm()
    if not form.validate_on_submit():
        return _page(public_id, gettext("打分是 1 到 5，一句话最多 300 字")), 422
    person_id = current_user.id
    with transaction() as db_session:
        found, *_ = queries.own_membership(db_session, public_id, person_id)
        classes.say(
            db_session,
            found,
            person_id,
            meeting_id,
            rating=form.rating.data,
            words=(form.words.data or "").strip(),
            now=clock.now(),
        )
    flash(gettext("谢谢，讲师看得到评价，看不到是谁"))
    return redirect(url_for("training.courses.cohort", public_id=public_id), code=303)


def provider_codes(db_session: Session) -> tuple[str, ...]:
    """Return the providers with cohorts of their own that the reader belongs to."""
    belongs_to = current_app.extensions["belongs_to_provider"]
    actor = current_user.actor
    return tuple(
        code for code in queries.cohort_providers(db_session) if belongs_to(db_session, actor, code)
    )


def _page(public_id: str, problem: str = "") -> str:
    db_session, now = db.session(), clock.now()
    found, course, member = queries.own_membership(db_session, public_id, current_user.id)
    return render_template(
        "training/courses/cohort.html",
        cohort=found,
        course=course,
        parts=parts_of(course.parts),
        done=queries.done_parts(db_session, member.id),
        meetings=queries.meetings_of(db_session, found.id),
        attended=queries.attended_by(db_session, found.id, current_user.id),
        said=queries.said_by(db_session, found.id, current_user.id),
        outline=current_app.extensions["handbook_outline"],
        kinds=labels.KIND,
        html=text_html,
        now=now,
        code_form=CodeForm(formdata=None),
        say_form=SayForm(formdata=None),
        problem=problem,
    )
