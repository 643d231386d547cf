"""Pages of blueprints: the list, the editor with its check, versions, calibrations."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts.roles import Role
from app.bank import labels as bank_labels
from app.bank import queries as bank
from app.bank.workshop.queries import names_of
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from app.core.web import BaseForm, access
from app.programmes import forms as programme_forms
from app.programmes import labels
from app.programmes.blueprints import calibrating, documents, drafting, forms, presenting, words
from app.programmes.blueprints.checking import Checked, checked_body
from app.programmes.blueprints.models import BlueprintDraft
from question_bank.blueprints import SELECTORS
from question_bank.interchange.qti.usage import UsageError, read_usage
from question_bank.supply import PLANNING_CAP

bp = Blueprint("blueprints", __name__, url_prefix="/office/blueprints")

WRITERS = (Role.COMMITTEE_MEMBER,)
APPROVERS = (Role.COMMITTEE_MEMBER, Role.REVIEWER)

CALIBRATIONS_SHOWN = 20


@bp.get("")
@access(*APPROVERS, answers="200 page")
def index() -> ResponseReturnValue:
    """Show the blueprints with their versions, drafts and the programmes that draw by them."""
    return render_template(
        "programmes/blueprints/index.html",
        rows=presenting.blueprint_rows(db.session()),
        first_drafts=presenting.first_drafts(db.session()),
        labels=labels,
        bank_labels=bank_labels,
        may_write=_may_write(),
    )


@bp.get("/new")
@access(*WRITERS, answers="200 page")
def new() -> ResponseReturnValue:
    """Ask for a new blueprint's id, title, and what it begins with."""
    form = _new_form(formdata=None)
    return render_template("programmes/blueprints/new.html", form=form, refusal="")


def _new_form(**kwargs: Any) -> forms.NewBlueprintForm:
    published = {one.id: one.title for one in bank.blueprints(db.session())}
    return forms.NewBlueprintForm(
        [(one, f"{title} · {one}") for one, title in published.items()], **kwargs
    )


@bp.post("/new")
@access(
    *WRITERS,
    fields={
        "blueprint_id": "kebab case, for good",
        "title": "of the blueprint",
        "like": "a published blueprint, whose level and pool it has",
    },
    answers="303 to the draft; 409 page: blueprint_exists; 422 form again",
)
def begin_new() -> ResponseReturnValue:
    """Open the draft of a new blueprint's first version."""
    form = _new_form()
    page = "programmes/blueprints/new.html"
    if not form.validate_on_submit():
        return render_template(page, form=form, refusal=""), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            draft = drafting.open_first_draft(
                db_session,
                form.blueprint_id.data,
                like=form.like.data,
                title=form.title.data,
                actor=actor,
                now=clock.now(),
            )
            public_id = draft.public_id
    except InvalidInputError:
        refusal = gettext("蓝图编号只能用小写字母、数字和短横线，最多 40 个字符")
        return render_template(page, form=form, refusal=refusal), 422
    except ConflictError as error:
        return render_template(page, form=form, refusal=message_of(error.code)), 409
    return _to(public_id)


@bp.get("/<blueprint_id>/versions")
@access(
    *APPROVERS,
    fields={"before": "a version", "after": "another; the newest two without them"},
    answers="200 page with what differs; 404",
)
def versions(blueprint_id: str) -> ResponseReturnValue:
    """Show what changed between two published versions."""
    page = presenting.version_page(
        db.session(), blueprint_id, request.args.get("before"), request.args.get("after")
    )
    return render_template("programmes/blueprints/versions.html", page=page)


@bp.post("/<blueprint_id>/drafts")
@access(*WRITERS, answers="303 to the open draft; 404")
def begin(blueprint_id: str) -> ResponseReturnValue:
    """Open the draft of the next version, or go to the one that is open."""
    if not BaseForm().validate_on_submit():
        raise NotFoundError("form without its token")
    actor = current_user.actor
    with transaction() as db_session:
        draft = drafting.open_draft(db_session, blueprint_id, actor=actor, now=clock.now())
        public_id = draft.public_id
    return _to(public_id)


@bp.get("/drafts/<public_id>")
@access(*APPROVERS, answers="200 page; 404")
def draft(public_id: str) -> ResponseReturnValue:
    """Show a draft: its rows, what the bank makes of it, what changed, what was done."""
    found = drafting.draft_of(db.session(), public_id)
    return _draft_page(found, _checked(found))


SENT = {
    "title, item_count, avoid_sittings, max_exposure": "of the blueprint; percents as people say",
    "expected, slack_marks, information, information_slack": "how alike forms are; may be empty",
    "q_topic, q_kind, …, q_least, q_most": "rows of quotas; q_drop: places to leave out",
    "s_title, s_topics_<place>, s_kinds_<place>, s_item_count, s_minutes": "rows of sections",
    "must_include": "item ids",
    "enemies": "lines of item ids",
}


@bp.post("/drafts/<public_id>")
@access(
    *WRITERS,
    fields={"revision": "that was read", "comment": "why", **SENT},
    answers="303 to the draft; 409 page: blueprint_draft_changed, blueprint_draft_state; 404",
)
def save(public_id: str) -> ResponseReturnValue:
    """Save a draft; faults of its content are shown and do not stand against it."""
    actor = current_user.actor
    try:
        with transaction() as db_session:
            found = drafting.draft_of(db_session, public_id, lock=True)
            drafting.save_draft(
                db_session,
                found,
                documents.document_of(request.form, found.body),
                revision=request.form.get("revision", 0, type=int),
                actor=actor,
                now=clock.now(),
                comment=request.form.get("comment", "")[: documents.TEXT_CHARS],
            )
    except ConflictError as error:
        found = drafting.draft_of(db.session(), public_id)
        return _draft_page(found, _checked(found), refusal=message_of(error.code)), 409
    flash(gettext("草稿已保存"))
    return _to(public_id)


@bp.post("/drafts/<public_id>/check")
@access(*WRITERS, fields=SENT, answers="200 part of the page; nothing is stored; 404")
def check(public_id: str) -> ResponseReturnValue:
    """Check what is typed against the bank, without saving it."""
    found = drafting.draft_of(db.session(), public_id)
    body = documents.document_of(request.form, found.body)
    return _findings(_checked(found, body))


@bp.post("/drafts/<public_id>/<any(propose,return,discard,approve):act>")
@access(
    *APPROVERS,
    fields={"comment": "why; not for approval"},
    answers="303 to the draft; 403 second_person_required; 409 page: blueprint_draft_state, "
    "blueprint_unfit, blueprint_draft_changed; 422 page; 404",
)
def act_on(public_id: str, act: str) -> ResponseReturnValue:
    """Propose a draft, return it, give it up, or publish it as the second person."""
    if act in ("propose", "discard") and not _may_write():
        raise ForbiddenError(f"{act} of a blueprint's draft")
    form = BaseForm() if act == "approve" else programme_forms.CommentForm()
    found = drafting.draft_of(db.session(), public_id)
    checked = _checked(found)
    if not form.validate_on_submit():
        refusal = gettext("请写明理由，对方凭它判断")
        return _draft_page(found, checked, refusal=refusal), 422
    comment = "" if act == "approve" else form.comment.data
    actor = current_user.actor
    try:
        with transaction() as db_session:
            found = drafting.draft_of(db_session, public_id, lock=True)
            now = clock.now()
            if act == "propose":
                drafting.propose(db_session, found, checked, actor=actor, now=now, comment=comment)
            elif act == "approve":
                drafting.approve(db_session, found, checked, actor=actor, now=now)
            elif act == "return":
                drafting.give_back(db_session, found, actor=actor, now=now, comment=comment)
            else:
                drafting.discard(db_session, found, actor=actor, now=now, comment=comment)
    except ConflictError as error:
        found = drafting.draft_of(db.session(), public_id)
        return _draft_page(found, checked, refusal=message_of(error.code)), 409
    flash(str(words.DONE[act]))
    return _to(public_id)


@bp.get("/calibrations")
@access(*APPROVERS, answers="200 page")
def calibrations() -> ResponseReturnValue:
    """Show which calibrated figures forms are matched by."""
    return _calibration_page(forms.CalibrationForm(formdata=None))


@bp.post("/calibrations")
@access(
    *WRITERS,
    fields={"level": "code", "file": "QTI usage data", "note": "where the figures come from"},
    answers="303 to the list; 422 page: calibration_unread",
)
def take_calibration() -> ResponseReturnValue:
    """Put the parameters of a usage data file into use for a level."""
    form = forms.CalibrationForm()
    if not form.validate_on_submit():
        return _calibration_page(form), 422
    data = form.file.data.read()
    actor = current_user.actor
    try:
        usages = read_usage(data)
        with transaction() as db_session:
            taken = calibrating.take_calibration(
                db_session,
                usages,
                data,
                level=form.level.data,
                file_name=str(form.file.data.filename or "")[:120],
                note=form.note.data,
                person_id=current_user.id,
                actor=actor,
                now=clock.now(),
            )
            count, passed_over = len(taken.row.parameters), list(taken.passed_over)
    except UsageError as error:
        refusal = gettext("%(what)s：%(where)s", what=message_of("calibration_unread"), where=error)
        return _calibration_page(form, refusal=refusal), 422
    except calibrating.CalibrationRefusedError:
        refusal = gettext(
            "文件里没有这个级别可用的参数：要 irt_a 和 irt_b，每题至少 %(n)s 人，题号要在题库里",
            n=calibrating.LEAST_CASES,
        )
        return _calibration_page(form, refusal=refusal), 422
    flash(gettext("%(n)s 道题的参数已启用，%(left)s 道没有采用", n=count, left=len(passed_over)))
    return redirect(url_for("programmes.blueprints.calibrations"), code=303)


def _calibration_page(form: forms.CalibrationForm, refusal: str = "") -> str:
    db_session = db.session()
    rows = calibrating.newest_calibrations(db_session, limit=CALIBRATIONS_SHOWN)
    in_use: set[str] = set()
    shown = []
    for row in rows:
        shown.append((row, row.level not in in_use))
        in_use.add(row.level)
    return render_template(
        "programmes/blueprints/calibrations.html",
        rows=shown,
        form=form,
        refusal=refusal,
        names=names_of(db_session, {row.person_id for row in rows}),
        levels=bank_labels.LEVEL,
        may_write=_may_write(),
    )


def _checked(found: BlueprintDraft, body: dict[str, Any] | None = None) -> Checked:
    settings: Settings = current_app.config["SETTINGS"]
    return checked_body(
        db.session(),
        found.body if body is None else body,
        found.revision,
        include_public=settings.is_demo,
    )


def _findings(checked: Checked) -> str:
    return render_template("programmes/blueprints/_findings.html", **_found(checked))


def _found(checked: Checked) -> dict[str, Any]:
    return {
        "checked": checked,
        "fault_words": words.fault_words,
        "shortfall_words": words.shortfall_words,
        "quota_name": bank_labels.quota_name,
        "planning_cap": PLANNING_CAP,
    }


def _draft_page(found: BlueprintDraft, checked: Checked, refusal: str = "") -> str:
    return render_template(
        "programmes/blueprints/draft.html",
        page=presenting.draft_page(db.session(), found, me=current_user.actor),
        **_found(checked),
        labels=labels,
        bank_labels=bank_labels,
        selectors=SELECTORS,
        flags=documents.FLAGS,
        flag_words=words.FLAG,
        percent_text=documents.percent_text,
        lines_of=documents.lines_of,
        may_write=_may_write() and found.state == "draft",
        refusal=refusal,
    )


def _may_write() -> bool:
    return bool(current_user.roles & set(WRITERS))


def _to(public_id: str) -> ResponseReturnValue:
    return redirect(url_for("programmes.blueprints.draft", public_id=public_id), code=303)
