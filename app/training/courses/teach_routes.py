"""Pages of lecturers: courses, their parts, cohorts, classes, marks, the end."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from wtforms.fields.choices import SelectChoice

from app.accounts import queries as accounts
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.errors import InvalidInputError
from app.core.web import BaseForm, access
from app.studio.queries import public_drills
from app.training.courses import authoring, classes, clearing, finishing, labels, queries
from app.training.courses.forms import (
    AddMeetingForm,
    AddPartForm,
    MarkForm,
    OpenCohortForm,
    UploadFilmForm,
    WriteCourseForm,
)
from app.training.courses.parts import parts_of

bp = Blueprint("teach", __name__, template_folder="templates", url_prefix="/teach")


@bp.get("")
@access("lecturer", answers="200 page")
def index() -> ResponseReturnValue:
    """Show the own courses."""
    return _index(WriteCourseForm(formdata=None))


@bp.post("")
@access(
    "lecturer",
    fields={"title": "of the course", "summary": "what one can do after it", "level": "code"},
    answers="303 to the course; 422 page; 403 no_lecturer",
)
def write() -> ResponseReturnValue:
    """Begin a course."""
    form = WriteCourseForm()
    if not form.validate_on_submit():
        return _index(form), 422
    person_id = current_user.id
    with transaction() as db_session:
        course = authoring.add_course(
            db_session,
            accounts.person(db_session, person_id),
            title=(form.title.data or "").strip(),
            summary=(form.summary.data or "").strip(),
            level=form.level.data,
            now=clock.now(),
        )
        public_id = course.public_id
    return redirect(url_for("training.courses.teach.course", public_id=public_id), code=303)


@bp.get("/<public_id>")
@access("lecturer", answers="200 page; 404, also for somebody else's")
def course(public_id: str) -> ResponseReturnValue:
    """Show an own course to build it."""
    return course_page(public_id)


@bp.post("/<public_id>/parts")
@access(
    "lecturer",
    fields={
        "kind": "chapter, text, video, drill or assignment",
        "title": "of the part",
        "chapter": "a chapter's number",
        "drill": "a drill's id",
        "url": "of a video",
        "text": "Markdown, or what an assignment asks",
        "rubric": "of an assignment",
    },
    answers="303 to the course; 422 page; 404",
)
def add_part(public_id: str) -> ResponseReturnValue:
    """Add a part."""
    form = AddPartForm()
    if not form.validate_on_submit():
        return course_page(public_id, form), 422
    person_id = current_user.id
    try:
        with transaction() as db_session:
            found = queries.own_course(db_session, public_id, person_id, lock=True)
            authoring.add_part(db_session, found, _part_data(form))
    except InvalidInputError as error:
        field = str(error.errors[0]["field"]) if error.errors else "kind"
        words = gettext("请改好：%(what)s", what=labels.FIELD.get(field, field))
        return course_page(public_id, form, words), 422
    return redirect(url_for("training.courses.teach.course", public_id=public_id), code=303)


@bp.post("/<public_id>/parts/<part_id>/drop")
@access("lecturer", answers="303 to the course; 404")
def drop_part(public_id: str, part_id: str) -> ResponseReturnValue:
    """Take a part out."""
    person_id = current_user.id
    with transaction() as db_session:
        found = queries.own_course(db_session, public_id, person_id, lock=True)
        authoring.drop_part(db_session, found, part_id)
    return redirect(url_for("training.courses.teach.course", public_id=public_id), code=303)


@bp.post("/<public_id>/publish")
@access("lecturer", answers="303 to the course; 404; 409 course_empty")
def publish(public_id: str) -> ResponseReturnValue:
    """Publish a course."""
    person_id, actor = current_user.id, current_user.actor
    with transaction() as db_session:
        found = queries.own_course(db_session, public_id, person_id, lock=True)
        authoring.publish_course(db_session, found, actor=actor, now=clock.now())
    return redirect(url_for("training.courses.teach.course", public_id=public_id), code=303)


@bp.post("/<public_id>/cohorts")
@access(
    "lecturer",
    fields={
        "title": "of the cohort",
        "seats": "1 to 500",
        "provider_code": "empty, or the provider that it is for",
    },
    answers="303 to the cohort; 422 page; 404; 403 no_lecturer; 409 course_empty",
)
def open_cohort(public_id: str) -> ResponseReturnValue:
    """Open a cohort."""
    form = OpenCohortForm()
    if not form.validate_on_submit():
        return course_page(public_id, cohort_form=form), 422
    person_id, actor = current_user.id, current_user.actor
    with transaction() as db_session:
        found = queries.own_course(db_session, public_id, person_id, lock=True)
        made = authoring.open_cohort(
            db_session,
            found,
            title=(form.title.data or "").strip(),
            seats=form.seats.data or 1,
            provider_code=form.provider_code.data or None,
            actor=actor,
            now=clock.now(),
        )
        cohort_id = made.public_id
    return redirect(url_for("training.courses.teach.cohort", public_id=cohort_id), code=303)


@bp.get("/cohorts/<public_id>")
@access("lecturer", answers="200 page; 404, also for somebody else's")
def cohort(public_id: str) -> ResponseReturnValue:
    """Show a cohort to its lecturer."""
    return _cohort(public_id, AddMeetingForm(formdata=None))


@bp.post("/cohorts/<public_id>/meetings")
@access(
    "lecturer",
    fields={"starts_at": "Beijing time", "minutes": "15 to 480", "place": "or room number"},
    answers="303 to the cohort; 422 page; 404; 409 cohort_closed",
)
def add_meeting(public_id: str) -> ResponseReturnValue:
    """Set a class."""
    form = AddMeetingForm()
    if not form.validate_on_submit():
        return _cohort(public_id, form), 422
    person_id = current_user.id
    try:
        with transaction() as db_session:
            found, _course_row = queries.taught_cohort(db_session, public_id, person_id, lock=True)
            classes.add_meeting(
                db_session,
                found,
                starts_at=form.starts_at.utc,
                minutes=form.minutes.data or 90,
                place=(form.place.data or "").strip(),
                now=clock.now(),
            )
    except InvalidInputError:
        form.starts_at.errors = [*form.starts_at.errors, labels.FIELD["starts_at"]]
        return _cohort(public_id, form), 422
    return redirect(url_for("training.courses.teach.cohort", public_id=public_id), code=303)


@bp.post("/cohorts/<public_id>/meetings/<meeting_id>/attendance")
@access(
    "lecturer",
    fields={"person": "keys of who is present; repeated"},
    answers="303 to the cohort; 404; 409 cohort_closed; 422 before it begins",
)
def attendance(public_id: str, meeting_id: str) -> ResponseReturnValue:
    """Note who is present."""
    person_id, actor = current_user.id, current_user.actor
    present = [
        int(one) for one in request.form.getlist("person") if one.isascii() and one.isdigit()
    ]
    with transaction() as db_session:
        found, _course_row = queries.taught_cohort(db_session, public_id, person_id, lock=True)
        added = classes.attend_by_lecturer(
            db_session, found, meeting_id, present, actor=actor, now=clock.now()
        )
    flash(gettext("新记到课 %(n)s 人", n=added))
    return redirect(url_for("training.courses.teach.cohort", public_id=public_id), code=303)


@bp.post("/cohorts/<public_id>/assignments/<done_id>")
@access(
    "lecturer",
    fields={"marks": "0 to 100", "remark": "up to 500 characters"},
    answers="303 to the cohort; 404; 409 cohort_closed; 422 page",
)
def mark(public_id: str, done_id: str) -> ResponseReturnValue:
    """Mark an assignment."""
    form = MarkForm()
    if not form.validate_on_submit() or form.marks.data is None:
        flash(gettext("分数是 0 到 100，评语最多 500 字"), "error")
        return _cohort(public_id, AddMeetingForm(formdata=None)), 422
    person_id = current_user.id
    with transaction() as db_session:
        found, _course_row = queries.taught_cohort(db_session, public_id, person_id, lock=True)
        finishing.mark(
            db_session,
            found,
            done_id,
            marks=form.marks.data,
            remark=(form.remark.data or "").strip(),
            now=clock.now(),
        )
    return redirect(url_for("training.courses.teach.cohort", public_id=public_id), code=303)


@bp.post("/cohorts/<public_id>/close")
@access("lecturer", answers="303 to the cohort; 404; 409 cohort_closed, claim_taken")
def close(public_id: str) -> ResponseReturnValue:
    """Close a cohort and state its hours."""
    person_id, actor = current_user.id, current_user.actor
    with transaction() as db_session:
        found, course_row = queries.taught_cohort(db_session, public_id, person_id, lock=True)
        stated = finishing.close_cohort(db_session, found, course_row, actor=actor, now=clock.now())
    flash(gettext("已结课，%(n)s 人的学时送到实践记录，等第二个人确认", n=stated))
    return redirect(url_for("training.courses.teach.cohort", public_id=public_id), code=303)


def _part_data(form: AddPartForm) -> dict[str, object]:
    kind = form.kind.data
    fields: dict[str, dict[str, object]] = {
        "chapter": {"chapter": form.chapter.data},
        "text": {"text": form.text.data or ""},
        "video": {"url": (form.url.data or "").strip()},
        "drill": {"drill": form.drill.data or ""},
        "assignment": {"task": form.text.data or "", "rubric": form.rubric.data or ""},
    }
    return {"kind": kind, "title": form.title.data or "", **fields[kind]}


def _index(form: WriteCourseForm) -> str:
    db_session = db.session()
    return render_template(
        "training/courses/teach.html",
        courses=queries.own_courses(db_session, current_user.id),
        levels=labels.LEVEL,
        is_certified=queries.certified_lecturer(db_session, current_user.id, now=clock.now()),
        form=form,
    )


def course_page(
    public_id: str,
    form: AddPartForm | None = None,
    problem: str = "",
    cohort_form: OpenCohortForm | None = None,
    film_form: UploadFilmForm | None = None,
) -> str:
    """Return the page on which an own course is built, with what was typed and is wrong.

    Raises:
        NotFoundError: If it is somebody else's.
    """
    settings: Settings = current_app.config["SETTINGS"]
    db_session = db.session()
    found = queries.own_course(db_session, public_id, current_user.id)
    form = form or AddPartForm(formdata=None)
    outline: dict[int, str] = current_app.extensions["handbook_outline"]
    form.chapter.choices = [
        SelectChoice(number, f"{number} {title}") for number, title in outline.items()
    ]
    form.drill.choices = [SelectChoice(one.id, one.title) for one in public_drills(db_session)]
    return render_template(
        "training/courses/build.html",
        course=found,
        parts=parts_of(found.parts),
        cohorts=queries.cohorts_of(db_session, found.id),
        kinds=labels.KIND,
        levels=labels.LEVEL,
        form=form,
        cohort_form=cohort_form or OpenCohortForm(formdata=None),
        film_form=film_form or UploadFilmForm(formdata=None),
        film_most_mb=settings.film_most_mb,
        spare_films=clearing.spare_uploads(db_session, found),
        plain=BaseForm(formdata=None),
        problem=problem,
    )


def _cohort(public_id: str, form: AddMeetingForm) -> str:
    db_session, now = db.session(), clock.now()
    found, course_row = queries.taught_cohort(db_session, public_id, current_user.id)
    titles = {one["id"]: one["title"] for one in course_row.parts}
    return render_template(
        "training/courses/taught.html",
        cohort=found,
        course=course_row,
        lines=queries.member_lines(db_session, found.id),
        meetings=queries.meetings_of(db_session, found.id),
        handed=queries.handed_in(db_session, found.id),
        titles=titles,
        feedback=queries.feedback_of(db_session, found.id),
        form=form,
        mark_form=MarkForm(formdata=None),
        plain=BaseForm(formdata=None),
        minutes_per_hour=finishing.MINUTES_PER_HOUR,
        now=now,
    )
