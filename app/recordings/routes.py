"""Pages of real sessions: upload, say which column is which, see the fit, take the room."""

from __future__ import annotations

import yaml
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts.roles import Role
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import add_messages
from app.core.errors import ConflictError, NotFoundError
from app.core.web import access, render_part
from app.providers import queries as providers
from app.recordings import forms, labels, presenting, queries, services
from app.recordings.models import SessionRecording, Stage
from app.recordings.reading import read_table
from app.studio.drafts.drafting import create_draft
from app.studio.drafts.queries import own_draft_or_none
from app.studio.queries import public_scenarios
from simulations.recordings import RecordingError
from simulations.session_exports import FIELDS

bp = Blueprint("recordings", __name__, template_folder="templates", url_prefix="/recordings")
add_messages(labels.MESSAGES)

FAULTS_SHOWN = 20
SAMPLE_ROWS = 5


class NotFittedError(ConflictError):
    """Raised when the room of a recording is asked for before it was fitted."""

    code = "recording_not_fitted"


@bp.get("")
@access(Role.PROVIDER_MANAGER, Role.COMMITTEE_MEMBER, answers="200 page")
def index() -> ResponseReturnValue:
    """Show the form that uploads a session, and the reader's own sessions."""
    return _index_page(_form())


@bp.post("")
@access(
    Role.PROVIDER_MANAGER,
    Role.COMMITTEE_MEMBER,
    fields={
        "title": "what the session is called",
        "base": "ref of the room that lends what the export does not show",
        "file": "xlsx or CSV, a row a minute, 2 MB at most",
    },
    answers="303 to its columns; 422 page with what is wrong and where, nothing kept; "
    "429 recording_quota",
)
def upload() -> ResponseReturnValue:
    """Keep an uploaded session; its columns are asked for next."""
    form = _form()
    if not form.validate_on_submit():
        return _index_page(form), 422
    actor, person_id = current_user.actor, current_user.id
    provider_id = _provider_id(person_id)
    db.session().rollback()  # reading a workbook holds no connection
    try:
        table = read_table(form.read())
    except RecordingError as error:
        form.file.errors = [labels.fault_words(one) for one in error.faults]
        return _index_page(form), 422
    with transaction() as db_session:
        made = services.take_recording(
            db_session,
            table,
            title=str(form.title.data),
            base_ref=str(form.base.data),
            person_id=person_id,
            provider_id=provider_id,
            actor=actor,
            now=clock.now(),
        )
        public_id = made.public_id
    return redirect(url_for("recordings.columns", public_id=public_id), code=303)


@bp.get("/<public_id>/columns")
@access(
    Role.PROVIDER_MANAGER,
    Role.COMMITTEE_MEMBER,
    answers="200 page; 404, also for somebody else's",
)
def columns(public_id: str) -> ResponseReturnValue:
    """Ask which column is which; a guess stands there already."""
    found = queries.own_recording(db.session(), public_id, current_user.id)
    return _columns_page(found, dict(found.mapping), [])


@bp.post("/<public_id>/columns")
@access(
    Role.PROVIDER_MANAGER,
    Role.COMMITTEE_MEMBER,
    fields={
        "minute, online, fans, public, paid, gmv, product, price, spend, event": "the heading of "
        "each; paid, spend and event may be empty",
        "skip_from, skip_until": "minutes (from 1) that the fit leaves out; may be empty",
    },
    answers="303 to the recording; 404; 422 page with every fault by row, nothing changed",
)
def read(public_id: str) -> ResponseReturnValue:
    """Read the minutes by these columns; the fit follows in the background."""
    actor, person_id = current_user.actor, current_user.id
    mapping = {one.name: request.form.get(one.name, "") for one in FIELDS}
    mapping = {name: heading for name, heading in mapping.items() if heading}
    skipped = presenting.skipped_minutes(
        request.form.get("skip_from", ""), request.form.get("skip_until", "")
    )
    try:
        with transaction() as db_session:
            found = queries.own_recording(db_session, public_id, person_id, lock=True)
            services.read_minutes(
                db_session, found, mapping, skipped=skipped, actor=actor, now=clock.now()
            )
    except RecordingError as error:
        found = queries.own_recording(db.session(), public_id, person_id)
        words = [labels.fault_words(one) for one in error.faults[:FAULTS_SHOWN]]
        more = len(error.faults) - FAULTS_SHOWN
        if more > 0:
            words.append(gettext("还有 %(count)s 处类似的问题", count=more))
        return _columns_page(found, mapping, words), 422
    return redirect(url_for("recordings.show", public_id=public_id), code=303)


@bp.get("/<public_id>")
@access(
    Role.PROVIDER_MANAGER,
    Role.COMMITTEE_MEMBER,
    answers="200 page, or its state alone for htmx; 404, also for somebody else's",
)
def show(public_id: str) -> ResponseReturnValue:
    """Show the fit beside the session, and what it says with what certainty."""
    found = queries.own_recording(db.session(), public_id, current_user.id)
    if found.stage == Stage.COLUMNS:
        return redirect(url_for("recordings.columns", public_id=public_id), code=303)
    return render_part(
        "recordings/show.html",
        "state",
        found=found,
        stage=Stage(found.stage),
        stages=Stage,
        labels=labels,
        form=forms.PlainForm(formdata=None),
        may_draft=Role.COMMITTEE_MEMBER in current_user.roles,
        **presenting.fit_page(found),
    )


@bp.get("/<public_id>/scenario.yaml")
@access(
    Role.PROVIDER_MANAGER,
    Role.COMMITTEE_MEMBER,
    answers="200 application/yaml; 404, also for somebody else's; 409 recording_not_fitted",
)
def scenario(public_id: str) -> ResponseReturnValue:
    """Give the fitted room as a scenario file, for the studio."""
    found = queries.own_recording(db.session(), public_id, current_user.id)
    if found.body is None:
        raise NotFittedError(f"{found!r}")
    text = yaml.safe_dump(found.body, allow_unicode=True, sort_keys=False, width=10_000)
    answer = Response(text, mimetype="application/yaml")
    answer.headers["Content-Disposition"] = f"attachment; filename={found.body['id']}.yaml"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/<public_id>/draft")
@access(
    Role.PROVIDER_MANAGER,
    Role.COMMITTEE_MEMBER,
    answers="303 to the draft's editor, for a manager to its playtests; 404, also for somebody "
    "else's; 409 recording_not_fitted",
)
def make_draft(public_id: str) -> ResponseReturnValue:
    """Begin a draft scenario of the fitted room; while it is a draft only its author sees it.

    A manager, who writes no scenarios, plays it: each recording has one twin for that.
    """
    is_expert = Role.COMMITTEE_MEMBER in current_user.roles
    actor, person_id = current_user.actor, current_user.id
    with transaction() as db_session:
        found = queries.own_recording(db_session, public_id, person_id, lock=True)
        if found.body is None:
            raise NotFittedError(f"{found!r}")
        origin = f"recording:{public_id}"
        held = None if is_expert else own_draft_or_none(db_session, person_id, origin)
        draft = held or create_draft(
            db_session,
            author_id=person_id,
            body=found.body,
            origin=origin,
            organisation=origin,
            actor=actor,
            now=clock.now(),
        )
        draft_id = draft.public_id
    if not is_expert:
        return redirect(url_for("playtests.index", draft_id=draft_id), code=303)
    return redirect(url_for("studio.drafts.editor", public_id=draft_id), code=303)


@bp.post("/<public_id>/delete")
@access(
    Role.PROVIDER_MANAGER,
    Role.COMMITTEE_MEMBER,
    answers="303 to the list; 404, also for somebody else's",
)
def delete(public_id: str) -> ResponseReturnValue:
    """Delete a session and what was fitted to it."""
    actor, person_id = current_user.actor, current_user.id
    with transaction() as db_session:
        found = queries.own_recording(db_session, public_id, person_id, lock=True)
        services.delete_recording(db_session, found, actor=actor, now=clock.now())
    flash(gettext("这一场的数据和拟合结果已经删除"))
    return redirect(url_for("recordings.index"), code=303)


def _form() -> forms.UploadForm:
    form = forms.UploadForm()
    form.base.choices = [(one.ref, one.title) for one in public_scenarios(db.session())]
    return form


def _index_page(form: forms.UploadForm) -> str:
    return render_template(
        "recordings/index.html",
        form=form,
        recordings=queries.own_recordings(db.session(), current_user.id),
        stages=Stage,
        labels=labels,
        fields=FIELDS,
    )


def _columns_page(found: SessionRecording, mapping: dict[str, str], faults: list[str]) -> str:
    return render_template(
        "recordings/columns.html",
        found=found,
        fields=FIELDS,
        mapping=mapping,
        faults=faults,
        headings=[one for one in found.table["headings"] if one],
        heading_columns=[(one,) for one in found.table["headings"]],
        sample=found.table["rows"][:SAMPLE_ROWS],
        labels=labels,
        form=forms.PlainForm(formdata=None),
        skip_from=request.form.get("skip_from", ""),
        skip_until=request.form.get("skip_until", ""),
    )


def _provider_id(person_id: int) -> int | None:
    """Return the provider that a manager uploads for; what an expert uploads is his own."""
    try:
        return providers.provider_of_manager(db.session(), person_id).id
    except NotFoundError:
        return None
