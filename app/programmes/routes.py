"""Pages of programmes: the committee's drafts and versions, and the public scheme document."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts.roles import Role
from app.bank import queries as bank
from app.certification import queries as certification
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.web import ANYONE, BaseForm, access
from app.programmes import cuts, drafts, forms, labels, presenting, schemes, seasons
from app.programmes.blueprints import words as blueprint_words
from app.programmes.blueprints.office_routes import bp as blueprints
from app.programmes.models import ProgrammeDraft
from app.studio import queries as studio
from simulations.drills import DRILL_PREFIX

add_messages(labels.MESSAGES)
add_messages(blueprint_words.MESSAGES)

bp = Blueprint("programmes", __name__, template_folder="templates")
bp.register_blueprint(blueprints)

WRITERS = (Role.COMMITTEE_MEMBER,)
APPROVERS = (Role.COMMITTEE_MEMBER, Role.REVIEWER)


@bp.get("/office/programmes")
@access(*APPROVERS, answers="200 page")
def index() -> ResponseReturnValue:
    """Show the programmes with their versions, drafts and approved cuts."""
    return render_template(
        "programmes/index.html",
        rows=presenting.programme_rows(db.session()),
        first_drafts=presenting.first_drafts(db.session()),
        words=labels,
        may_write=bool(current_user.roles & set(WRITERS)),
    )


@bp.get("/office/programmes/new")
@access(*WRITERS, answers="200 page")
def new() -> ResponseReturnValue:
    """Ask for a new programme's id, titles, and what it begins with."""
    return render_template("programmes/new.html", form=_new_form(formdata=None), refusal="")


def _new_form(**kwargs: Any) -> forms.NewProgrammeForm:
    published = certification.programmes(db.session())
    return forms.NewProgrammeForm([(one.id, one.title) for one in published], **kwargs)


@bp.post("/office/programmes/new")
@access(
    *WRITERS,
    fields={
        "programme_id": "kebab case, for good",
        "title, title_en": "of the programme",
        "like": "a published programme, whose demands and level it begins with",
    },
    answers="303 to the draft; 409 page: programme_exists; 422 form again",
)
def begin_new() -> ResponseReturnValue:
    """Open the draft of a new programme's first version."""
    form = _new_form()
    if not form.validate_on_submit():
        return render_template("programmes/new.html", form=form, refusal=""), 422
    try:
        with transaction() as db_session:
            draft = drafts.open_first_draft(
                db_session,
                form.programme_id.data,
                like=form.like.data,
                title=form.title.data,
                title_en=form.title_en.data,
                actor=_me(),
                now=clock.now(),
            )
            public_id = draft.public_id
    except InvalidInputError:
        refusal = gettext("项目编号只能用小写字母、数字和短横线，最多 40 个字符")
        return render_template("programmes/new.html", form=form, refusal=refusal), 422
    except ConflictError as error:
        return render_template(
            "programmes/new.html", form=form, refusal=message_of(error.code)
        ), 409
    return redirect(url_for("programmes.draft", public_id=public_id), code=303)


@bp.get("/office/programmes/<programme_id>/versions")
@access(
    *APPROVERS,
    fields={"before": "a version", "after": "another; the newest two without them"},
    answers="200 page with every field of both; 404",
)
def versions(programme_id: str) -> ResponseReturnValue:
    """Show two published versions side by side."""
    page = presenting.version_page(
        db.session(), programme_id, request.args.get("before"), request.args.get("after")
    )
    return render_template("programmes/versions.html", page=page, words=labels)


@bp.post("/office/programmes/<programme_id>/drafts")
@access(*WRITERS, answers="303 to the open draft; 404")
def begin(programme_id: str) -> ResponseReturnValue:
    """Open the draft of the next version, or go to the one that is open."""
    if not BaseForm().validate_on_submit():
        raise NotFoundError("form without its token")
    with transaction() as db_session:
        draft = drafts.open_draft(db_session, programme_id, actor=_me(), now=clock.now())
        public_id = draft.public_id
    return redirect(url_for("programmes.draft", public_id=public_id), code=303)


@bp.get("/office/programmes/drafts/<public_id>")
@access(*APPROVERS, answers="200 page; 404")
def draft(public_id: str) -> ResponseReturnValue:
    """Show a draft: its fields, what is wrong, what changed, what was done to it."""
    return _draft_page(drafts.draft_of(db.session(), public_id))


@bp.post("/office/programmes/drafts/<public_id>")
@access(
    *WRITERS,
    fields={"revision": "that was read", "…": "the fields of the draft; see the page's form"},
    answers="303 to the draft; 409 page: programme_draft_changed, draft_state; 422 form again; 404",
)
def save(public_id: str) -> ResponseReturnValue:
    """Save a draft; errors of its content are shown and do not stand against it."""
    held = drafts.draft_of(db.session(), public_id)
    form = forms.DraftForm(*_choices(held))
    if not form.validate_on_submit():
        return _draft_page(held, form=form), 422
    try:
        with transaction() as db_session:
            found = drafts.draft_of(db_session, public_id, lock=True)
            drafts.save_draft(
                db_session,
                found,
                form.document(found.body),
                revision=form.revision_read,
                actor=_me(),
                now=clock.now(),
                comment=form.comment.data or "",
            )
    except ConflictError as error:
        found = drafts.draft_of(db.session(), public_id)
        return _draft_page(found, refusal=message_of(error.code)), 409
    flash(gettext("草稿已保存"))
    return redirect(url_for("programmes.draft", public_id=public_id), code=303)


@bp.post("/office/programmes/drafts/<public_id>/<act>")
@access(
    *APPROVERS,
    fields={"comment": "why; not for approval"},
    answers="303 to the draft; `act` is propose, return, discard or approve; 403 "
    "second_person_required; 409 page: draft_state, draft_problems; 422 form again; 404",
)
def act_on(public_id: str, act: str) -> ResponseReturnValue:
    """Propose a draft, return it, give it up, or publish it as the second person."""
    form = BaseForm() if act == "approve" else forms.CommentForm()
    if act not in presenting.ACTS:
        raise NotFoundError(f"act {act}")
    if not form.validate_on_submit():
        found = drafts.draft_of(db.session(), public_id)
        return _draft_page(found, refusal=gettext("请写明理由，对方凭它判断")), 422
    comment = "" if act == "approve" else form.comment.data
    try:
        with transaction() as db_session:
            found = drafts.draft_of(db_session, public_id, lock=True)
            presenting.ACTS[act](db_session, found, _me(), clock.now(), comment)
    except ConflictError as error:
        found = drafts.draft_of(db.session(), public_id)
        return _draft_page(found, refusal=message_of(error.code)), 409
    flash(str(presenting.DONE[act]))
    return redirect(url_for("programmes.draft", public_id=public_id), code=303)


@bp.post("/office/programmes/drafts/<public_id>/cuts/<session_id>")
@access(*WRITERS, answers="303 to the draft; 409 page: draft_state; 404")
def take_cut(public_id: str, session_id: str) -> ResponseReturnValue:
    """Put the cut of a standard-setting session into the draft."""
    if not BaseForm().validate_on_submit():
        raise NotFoundError("form without its token")
    try:
        with transaction() as db_session:
            found = drafts.draft_of(db_session, public_id, lock=True)
            cut = cuts.cut_of(db_session, session_id)
            if cut is None:
                raise NotFoundError(f"cut of {session_id}")
            cuts.take_over(db_session, found, cut, actor=_me(), now=clock.now())
    except ConflictError as error:
        found = drafts.draft_of(db.session(), public_id)
        return _draft_page(found, refusal=message_of(error.code)), 409
    flash(gettext("合格线已放入草稿"))
    return redirect(url_for("programmes.draft", public_id=public_id), code=303)


@bp.get("/office/programmes/drafts/<public_id>/effects")
@access(
    *APPROVERS,
    fields={"season": "such as 2026Q3; the last one without it"},
    answers="200 page; 404",
)
def effects(public_id: str) -> ResponseReturnValue:
    """Show what the draft would have meant for the candidates of a season."""
    found = drafts.draft_of(db.session(), public_id)
    if drafts.base_or_none(db.session(), found) is None:
        raise NotFoundError(f"{found!r}: nobody was decided before the first version")
    now, name = clock.now(), request.args.get("season")
    season = seasons.season_at(now).before if name is None else seasons.parse_season(name)
    return render_template(
        "programmes/effects.html",
        page=presenting.effect_page(db.session(), found, season),
        seasons=seasons.recent_seasons(now),
        season=season,
        words=labels,
    )


@bp.get("/schemes")
@access(ANYONE, answers="200 page")
def scheme_list() -> ResponseReturnValue:
    """Show the programmes whose schemes can be read."""
    return render_template(
        "programmes/schemes.html", rows=schemes.scheme_rows(db.session()), words=labels
    )


@bp.get("/schemes/<programme_id>")
@access(
    ANYONE,
    fields={"version": "a published version; the newest without it"},
    answers="200 page; 404",
)
def scheme(programme_id: str) -> ResponseReturnValue:
    """Show a programme's scheme document, to read and to print."""
    return render_template("programmes/scheme.html", document=_scheme(programme_id), words=labels)


@bp.get("/schemes/<programme_id>.pdf")
@access(
    ANYONE,
    fields={"version": "a published version; the newest without it"},
    answers="200 application/pdf, the same bytes every time; 503 fonts_missing; 404",
)
def scheme_file(programme_id: str) -> ResponseReturnValue:
    """Give a programme's scheme document as a file."""
    document = _scheme(programme_id)
    db.session().rollback()  # drawing holds no connection
    settings: Settings = current_app.config["SETTINGS"]
    return send_file(
        BytesIO(schemes.drawn(document, settings)),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"{document.programme.id}-{document.programme.version}.pdf",
        etag=False,
    )


def _scheme(programme_id: str) -> schemes.SchemeDocument:
    version = request.args.get("version")
    return schemes.scheme_of(db.session(), programme_id, version)


def _draft_page(
    found: ProgrammeDraft, form: forms.DraftForm | None = None, refusal: str = ""
) -> str:
    if form is None:
        data = forms.form_data(found.body, found.revision)
        form = forms.DraftForm(*_choices(found), formdata=None, data=data)
    page = presenting.draft_page(db.session(), found, me=_me())
    return render_template(
        "programmes/draft.html",
        page=page,
        form=form,
        comment_form=forms.CommentForm(formdata=None),
        words=labels,
        may_write=bool(current_user.roles & set(WRITERS)) and found.state == "draft",
        refusal=refusal,
    )


def _choices(found: ProgrammeDraft) -> tuple[list[str], list[str]]:
    """Return the published blueprints and scenarios of the draft's level."""
    db_session = db.session()
    level = found.body["level"]
    blueprints = [one.ref for one in bank.blueprints(db_session) if one.level == level]
    scenarios = [
        one.ref
        for one in studio.versions(db_session)
        if one.level == level
        and one.retired_at is None
        and not one.scenario_id.startswith(DRILL_PREFIX)
    ]
    return sorted(blueprints), sorted(scenarios)


def _me() -> str:
    return f"person:{current_user.public_id}"
