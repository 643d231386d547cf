"""Pages of authors: the drafts, the editor, YAML, what changed."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import ConflictError, DomainError, InvalidInputError
from app.core.web import access, json_body
from app.studio import queries as versions
from app.studio.drafts import copying, differing, drafting, fields, labels, presenting, queries
from app.studio.drafts.blueprint import READERS, WRITERS, bp, sent_revision
from app.studio.drafts.bodies import (
    FaultyValueError,
    FaultyYamlError,
    body_changes,
    value_at,
    yaml_of,
)
from app.studio.drafts.models import ScenarioDraft
from app.studio.drafts.sending import in_yuan, refused_json, sent_changes
from app.studio.drafts.standing import Stage
from simulations.publishing import CUTS

YAML_FORM_CHARS = 130_000

SECTION_CODES = tuple(code for code, _words, _names in labels.SECTIONS)


@bp.get("")
@access(*READERS, answers="200 page")
def index() -> ResponseReturnValue:
    """Show the drafts, and from what a new one can begin."""
    db_session = db.session()
    rows = queries.drafts(db_session, current_user.id)
    return render_template(
        "studio/index.html",
        drafts=rows,
        names=queries.names_of(db_session, [one.author_id for one in rows]),
        bases=[
            row
            for row in queries.live_versions(db_session)
            if not row.scenario_id.startswith("drill-")
        ],
        may_write=bool(current_user.roles & set(WRITERS)),
        labels=labels,
    )


@bp.post("/drafts")
@access(
    *WRITERS,
    fields={
        "base": "reference of a published scenario",
        "as": "new or version",
        "title": "of a new scenario, up to 60 characters",
    },
    answers="303 to the editor, of the draft that is open already if there is one; 404; "
    "409 scenario_open; 422",
)
def begin() -> ResponseReturnValue:
    """Begin a draft from a published scenario."""
    title = request.form.get("title", "").strip()
    base = request.form.get("base", "")
    try:
        with transaction() as db_session:
            row = versions.version_of(db_session, base)
            as_version = request.form.get("as") == "version"
            draft = drafting.begin_from(
                db_session,
                row,
                as_version=as_version,
                title="" if as_version else title,
                author_id=current_user.id,
                actor=current_user.actor,
                now=clock.now(),
            )
            target = url_for("studio.drafts.editor", public_id=draft.public_id)
    except drafting.ScenarioDraftOpenError:
        known = queries.open_draft_or_none(db.session(), base.partition("@")[0], current_user.id)
        if known is None:
            raise
        flash(gettext("这个场景的下一版已经有人在写，没有另开一份；这就是那份草稿"), "message")
        target = url_for("studio.drafts.editor", public_id=known.public_id)
    return redirect(target, code=303)


@bp.post("/drafts/<public_id>/copy")
@access(*WRITERS, fields={"csrf_token": "token"}, answers="303 to the copy's editor; 404")
def copy(public_id: str) -> ResponseReturnValue:
    """Begin a scenario of its own from a draft as it stands."""
    with transaction() as db_session:
        copied = copying.copy_of(
            db_session,
            queries.draft_of(db_session, public_id, current_user.id),
            author_id=current_user.id,
            actor=current_user.actor,
            now=clock.now(),
        )
        target = url_for("studio.drafts.editor", public_id=copied.public_id)
    return redirect(target, code=303)


@bp.get("/drafts/<public_id>")
@access(*READERS, fields={"part": "tab of the editor"}, answers="200 page; 404")
def editor(public_id: str) -> ResponseReturnValue:
    """Show a draft: its fields, what it measures, what is missing, what happened to it."""
    draft = queries.draft_of(db.session(), public_id, current_user.id)
    return editor_page(draft)


def editor_page(
    draft: ScenarioDraft, problems: list[str] | None = None, *, heading: str = ""
) -> str:
    """Return the editor, above it what was refused under a heading (by default, 没有保存)."""
    db_session = db.session()
    part = request.values.get("part", "")
    part = part if part in SECTION_CODES else "traffic"
    standing = queries.standing(db_session, draft)
    may_write = bool(current_user.roles & set(WRITERS))
    return render_template(
        "studio/editor.html",
        draft=draft,
        part=part,
        standing=standing,
        sections=labels.SECTIONS,
        fields=fields.section_fields(draft.body, draft.first_body, part),
        can_edit=may_write and draft.stage == Stage.DRAFT,
        may_write=may_write,
        is_author=current_user.id in standing.authors,
        may_review=current_user.id not in standing.authors,
        changed=len(body_changes(draft.first_body, draft.body)),
        can_undo=queries.last_step_or_none(db_session, draft) is not None,
        can_redo=queries.undone_step_or_none(db_session, draft) is not None,
        faults=presenting.fault_lines(draft),
        problems=problems or [],
        heading=heading,
        history=presenting.history(db_session, draft),
        page_data={
            "revision": draft.revision,
            "can_edit": may_write and draft.stage == Stage.DRAFT,
            "cut": CUTS.get(draft.level, 0),
            "timeline": presenting.timeline(draft.body),
            "runs": presenting.runs_json(db_session, draft, now=clock.now()),
            "is_changed": draft.body != draft.first_body,
            "addresses": {
                name: url_for(f"studio.drafts.{name}", public_id=draft.public_id)
                for name in ("save_changes", "preview", "runs_state", "ask_run", "cancel_run")
            },
        },
        words=presenting.script_words(),
        labels=labels,
    )


def refused_page(public_id: str, error: DomainError, words: str = "") -> ResponseReturnValue:
    """Show a draft again, with why an act was refused; what was typed stays in its field."""
    draft = queries.draft_of(db.session(), public_id, current_user.id)
    if isinstance(error, drafting.ScenarioChangedElsewhereError):
        words = gettext("另一位作者刚保存过这个场景；下面已经是最新的，请看过再做一次")
    page = editor_page(
        draft, [words or message_of(error.code)], heading=gettext("没有完成，什么都没有改动")
    )
    return page, 409 if isinstance(error, ConflictError) else 422


@bp.post("/drafts/<public_id>/changes")
@access(
    *WRITERS,
    fields={"revision": "that the page shows", "changes": "list of [path, text]"},
    answers="200 `{revision, faults, can_undo, timeline}`; 409 scenario_changed; 422 with `lines`",
)
def save_changes(public_id: str) -> ResponseReturnValue:
    """Save what was just changed."""
    body = json_body()
    revision = body.get("revision")
    try:
        with transaction() as db_session:
            draft = queries.draft_of(db_session, public_id, current_user.id, lock=True)
            drafting.change(
                db_session,
                draft,
                sent_changes(body),
                revision=revision if isinstance(revision, int) else 0,
                person_id=current_user.id,
                actor=current_user.actor,
                now=clock.now(),
            )
            saved = {
                "revision": draft.revision,
                "faults": presenting.fault_lines(draft),
                "can_undo": queries.last_step_or_none(db_session, draft) is not None,
                "changed": len(body_changes(draft.first_body, draft.body)),
                "timeline": presenting.timeline(draft.body),
            }
    except FaultyValueError as error:
        return refused_json(error)
    return jsonify(saved)


@bp.post("/drafts/<public_id>/save")
@access(
    *WRITERS,
    fields={"revision": "that the page shows", "part": "tab", "<path>": "each field of the tab"},
    answers="303 to the tab; 409; 422 the page with what is wrong",
)
def save(public_id: str) -> ResponseReturnValue:
    """Save a whole tab, for a browser without scripts."""
    part = request.form.get("part", "")
    if part not in SECTION_CODES:
        raise InvalidInputError("part", [{"field": "part", "code": "unknown"}])
    try:
        with transaction() as db_session:
            draft = queries.draft_of(db_session, public_id, current_user.id, lock=True)
            drafting.change(
                db_session,
                draft,
                _tab_changes(draft, part),
                revision=sent_revision(),
                person_id=current_user.id,
                actor=current_user.actor,
                now=clock.now(),
            )
    except FaultyValueError as error:
        draft = queries.draft_of(db.session(), public_id, current_user.id)
        lines = labels.refusal_words([in_yuan(one) for one in error.errors])
        return editor_page(draft, lines), 422
    flash(gettext("已保存"), "message")
    return redirect(url_for("studio.drafts.editor", public_id=public_id, part=part), code=303)


def _tab_changes(draft: ScenarioDraft, part: str) -> list[tuple[str, Any]]:
    """Return what a tab's form says otherwise than the draft."""
    changes: list[tuple[str, Any]] = []
    for one in fields.leaves(fields.section_fields(draft.body, draft.first_body, part)):
        if one.kind == "flag":
            if (one.path in request.form) != bool(value_at(draft.body, one.path)):
                changes.append((one.path, one.path in request.form))
        elif one.path in request.form:
            text = request.form[one.path].replace("\r\n", "\n")
            if text != one.value:
                changes.append((one.path, fields.stored(one.path, text)))
    return changes


@bp.post("/drafts/<public_id>/rearrange")
@access(
    *WRITERS,
    fields={
        "revision": "that the page shows",
        "act": "add or drop",
        "path": "where",
        "part": "tab",
    },
    answers="303 to the tab; 409; 422",
)
def rearrange(public_id: str) -> ResponseReturnValue:
    """Add or take out an entry, or a mechanism."""
    try:
        with transaction() as db_session:
            draft = queries.draft_of(db_session, public_id, current_user.id, lock=True)
            drafting.rearrange(
                db_session,
                draft,
                "add" if request.form.get("act") == "add" else "drop",
                request.form.get("path", "")[:200],
                revision=sent_revision(),
                person_id=current_user.id,
                actor=current_user.actor,
                now=clock.now(),
            )
    except ConflictError as error:
        return refused_page(public_id, error)
    except InvalidInputError as error:
        return refused_page(public_id, error, "；".join(labels.refusal_words(error.errors)))
    part = request.form.get("part", "")[:20]
    return redirect(url_for("studio.drafts.editor", public_id=public_id, part=part), code=303)


@bp.post("/drafts/<public_id>/undo")
@access(
    *WRITERS,
    fields={"revision": "that the page shows", "part": "tab", "back": "put the last one back"},
    answers="303 to the tab; 409 scenario_changed, nothing_to_undo",
)
def undo(public_id: str) -> ResponseReturnValue:
    """Take the newest save back, or put back what was taken back last."""
    step = drafting.redo if request.form.get("back") else drafting.undo
    try:
        with transaction() as db_session:
            draft = queries.draft_of(db_session, public_id, current_user.id, lock=True)
            step(
                db_session,
                draft,
                revision=sent_revision(),
                person_id=current_user.id,
                actor=current_user.actor,
                now=clock.now(),
            )
    except ConflictError as error:
        return refused_page(public_id, error)
    part = request.form.get("part", "")[:20]
    return redirect(url_for("studio.drafts.editor", public_id=public_id, part=part), code=303)


@bp.post("/drafts/<public_id>/discard")
@access(*WRITERS, fields={"csrf_token": "token"}, answers="303 to the list; 409 scenario_stage")
def discard(public_id: str) -> ResponseReturnValue:
    """Give a draft up."""
    with transaction() as db_session:
        draft = queries.draft_of(db_session, public_id, current_user.id, lock=True)
        drafting.discard(
            db_session, draft, person_id=current_user.id, actor=current_user.actor, now=clock.now()
        )
    return redirect(url_for("studio.drafts.index"), code=303)


@bp.get("/drafts/<public_id>/yaml")
@access(*READERS, answers="200 page; 404")
def yaml_view(public_id: str) -> ResponseReturnValue:
    """Show a draft as YAML."""
    draft = queries.draft_of(db.session(), public_id, current_user.id)
    return _yaml_page(draft, yaml_of(draft.body), [])


def _yaml_page(
    draft: ScenarioDraft, text: str, problems: list[str], *, revision: int | None = None
) -> str:
    return render_template(
        "studio/yaml.html",
        draft=draft,
        revision=draft.revision if revision is None else revision,
        text=text,
        problems=problems,
        can_edit=bool(current_user.roles & set(WRITERS)) and draft.stage == Stage.DRAFT,
    )


@bp.post("/drafts/<public_id>/yaml")
@access(
    *WRITERS,
    fields={"revision": "that the page shows", "yaml": "the whole scenario"},
    answers="303 to the editor; 409; 422 the page with the line of each fault",
)
def save_yaml(public_id: str) -> ResponseReturnValue:
    """Take a whole text in, or say in which line it is wrong."""
    text = request.form.get("yaml", "")[:YAML_FORM_CHARS].replace("\r\n", "\n")
    try:
        with transaction() as db_session:
            draft = queries.draft_of(db_session, public_id, current_user.id, lock=True)
            drafting.replace_by_yaml(
                db_session,
                draft,
                text,
                revision=sent_revision(),
                person_id=current_user.id,
                actor=current_user.actor,
                now=clock.now(),
            )
    except FaultyYamlError as error:
        draft = queries.draft_of(db.session(), public_id, current_user.id)
        return _yaml_page(draft, text, labels.refusal_words(error.errors)), 422
    except drafting.ScenarioChangedElsewhereError:
        draft = queries.draft_of(db.session(), public_id, current_user.id)
        words = gettext(
            "另一位作者刚保存过这个场景。你的文本还在下面：先把你改的几行复制出来，再重新打开这一页并入"
        )
        return _yaml_page(draft, text, [words], revision=sent_revision()), 409
    flash(gettext("已保存"), "message")
    return redirect(url_for("studio.drafts.editor", public_id=public_id), code=303)


@bp.get("/drafts/<public_id>/changes")
@access(
    *READERS,
    fields={"round": "number of a hand-in to compare with; the beginning if left out"},
    answers="200 page; 404",
)
def differences(public_id: str) -> ResponseReturnValue:
    """Show what was changed since the draft began, or since it was handed in."""
    db_session = db.session()
    draft = queries.draft_of(db_session, public_id, current_user.id)
    handed_in = [one for one in queries.facts_of(db_session, draft) if one.kind == "submitted"]
    asked = request.args.get("round", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 0
    old = draft.first_body
    if 1 <= number <= len(handed_in):
        old = handed_in[number - 1].payload["body"]
    rows, left_out = differing.shown_differences(old, draft.body)
    return render_template(
        "studio/differences.html",
        draft=draft,
        rounds=range(1, len(handed_in) + 1),
        number=number,
        rows=rows,
        left_out=left_out,
    )
