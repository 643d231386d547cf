"""Pages of authors: what is in the workshop, the editor, versions beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from app.bank import labels as bank_labels
from app.bank import queries as bank
from app.bank import services as bank_services
from app.bank.workshop import case_queries, drafting, editing, labels, queries, showing
from app.bank.workshop.blueprint import (
    PAGE,
    READERS,
    WRITERS,
    asked_page,
    asked_text,
    bp,
)
from app.bank.workshop.bodies import compiled
from app.bank.workshop.case_checking import material_body
from app.bank.workshop.checking import checked
from app.bank.workshop.diffing import PartDiff, body_diff
from app.bank.workshop.lifecycle import READERS as SEATS
from app.bank.workshop.lifecycle import Stage
from app.bank.workshop.models import ItemDraft
from app.bank.workshop.opening import sheet_of_body
from app.bank.workshop.remarks import checked_draft
from app.bank.workshop.sheets import Sheet, rearranged, sheet_of_form, with_first_rows
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import message_of, wants_json
from app.core.errors import InvalidInputError, NotFoundError
from app.core.web import access
from question_bank.errors import BankError
from question_bank.instances import drawn_instance
from question_bank.items import Item, ItemKind
from question_bank.loading import PlainLoader

PLAYGROUND_DRAWS = 20
YAML_CHARS = 40_000


@bp.get("")
@access(
    *READERS, answers="200 page; `q`, `stage`, `kind`, `topic`, `tag`, `mine` and `page` narrow"
)
def index() -> ResponseReturnValue:
    """Show what waits for the reader, and every draft they may know of."""
    db_session = db.session()
    wanted = queries.DraftSearch(
        text=asked_text("q"),
        stage=asked_text("stage"),
        kind=asked_text("kind"),
        topic=asked_text("topic"),
        tag=asked_text("tag"),
        mine=bool(asked_text("mine")),
    )
    page = asked_page()
    rows, total = queries.drafts_found(
        db_session, wanted, person_id=current_user.id, page=page, size=PAGE
    )
    waiting = queries.waiting_drafts(db_session, (Stage.REVIEW, Stage.ACCEPTED, Stage.PILOT))
    cases = case_queries.case_drafts(db_session, current_user.id)
    return render_template(
        "bank/workshop/index.html",
        waiting=[one for one in waiting if _waits_for_me(db_session, one)],
        counts=queries.stage_counts(db_session, current_user.id),
        cases=case_queries.with_items(db_session, cases),
        rows=rows,
        total=total,
        page=page,
        page_count=max(1, -(-total // PAGE)),
        wanted=wanted,
        names=queries.names_of(
            db_session, [one.author_id for part in (rows, waiting, cases) for one in part]
        ),
        tags=queries.tags_of(db_session, [one.item_id for one in rows]),
        all_tags=queries.all_tags(db_session),
        views=queries.saved_views(db_session, current_user.id),
        query_string=request.query_string.decode("ascii", "replace")[:400],
        may_write=bool(current_user.roles & set(WRITERS)),
        labels=labels,
        bank_labels=bank_labels,
    )


def _waits_for_me(db_session: Session, draft: ItemDraft) -> bool:
    if draft.author_id == current_user.id:
        return False
    if draft.stage != Stage.REVIEW:
        is_writer = bool(current_user.roles & set(WRITERS))
        return is_writer and draft.case_draft_id is None  # an item of a group goes with its group
    standing = queries.standing(db_session, draft)
    if current_user.id in standing.opened:
        return current_user.id not in standing.accepted
    is_free = len(standing.opened) < SEATS
    return is_free and queries.conflict_or_none(db_session, current_user.id, draft) is None


@bp.get("/new")
@access(*WRITERS, answers="200 page")
def new() -> ResponseReturnValue:
    """Ask what kind of item is to be written."""
    return render_template("bank/workshop/new.html", bank_labels=bank_labels)


@bp.post("/new")
@access(
    *WRITERS,
    fields={"kind": "of the item", "topic": "code", "level": "code", "pool": "exam or practice"},
    answers="303 to the editor; 422",
)
def begin() -> ResponseReturnValue:
    """Begin a new item."""
    chosen = {name: request.form.get(name, "") for name in ("kind", "topic", "level", "pool")}
    known: dict[str, dict[str, Any]] = {
        "kind": bank_labels.KIND,
        "topic": bank_labels.TOPIC,
        "level": bank_labels.LEVEL,
        "pool": {"exam": "", "practice": ""},
    }
    for name, code in chosen.items():
        if code not in known[name]:
            raise InvalidInputError(name, [{"field": name, "code": "unknown"}])
    actor = current_user.actor
    with transaction() as db_session:
        draft = drafting.begin_draft(
            db_session,
            author_id=current_user.id,
            kind=chosen["kind"],
            topic=chosen["topic"],
            level=chosen["level"],
            pool=chosen["pool"],
            actor=actor,
            now=clock.now(),
        )
        public_id = draft.public_id
    return redirect(url_for("bank.workshop.draft", public_id=public_id), code=303)


@bp.post("/versions/<ref>")
@access(*WRITERS, answers="303 to the editor; 404; 409 draft_open")
def begin_version(ref: str) -> ResponseReturnValue:
    """Begin a new version of a published item; its key is seen, which is on record."""
    actor, now = current_user.actor, clock.now()
    with transaction() as db_session:
        row = bank.item_version(db_session, ref)
        bank_services.note_item_view(
            db_session, f"{row.item_id}@{row.version}", actor=actor, now=now
        )
        draft = drafting.begin_version(
            db_session, row, author_id=current_user.id, actor=actor, now=now
        )
        public_id = draft.public_id
    return redirect(url_for("bank.workshop.draft", public_id=public_id), code=303)


@bp.post("/drafts/<public_id>")
@access(
    *WRITERS,
    fields={
        "revision": "of the page",
        "do": "save, or add|drop|up|down:rows:number",
        "…": "the sheet's fields and rows, such as `stem` and `choices-0-text`",
    },
    answers="200 editor, or JSON `{revision, fields, findings, shown, focus}`; 404; "
    "409 draft_changed with both texts; 403, 409 draft_stage",
)
def save(public_id: str) -> ResponseReturnValue:
    """Save what is typed, perhaps after moving rows, and say what is to be mended."""
    act = request.form.get("do", "save")
    sheet = sheet_of_form(request.form.items(multi=True))
    if act != "save":
        sheet = rearranged(sheet, act)
    if sheet.is_parametric:
        sheet = with_first_rows(sheet)
    try:
        with transaction() as db_session:
            draft = queries.draft_of(db_session, public_id, lock=True)
            drafting.save_draft(
                db_session,
                draft,
                sheet,
                person_id=current_user.id,
                revision=request.form.get("revision", 0, type=int),
                now=clock.now(),
            )
    except drafting.DraftChangedError:
        return _both_texts(public_id, sheet), 409
    return editor_page(public_id, act=act)


def _both_texts(public_id: str, sheet: Sheet) -> Response | str:
    """Show the stored text and the one that was sent: neither is lost."""
    draft = queries.draft_of(db.session(), public_id)
    diff = body_diff(compiled(Sheet.of_json(draft.sheet)), compiled(sheet))
    context = {"draft": draft, "diff": diff, "part_words": showing.part_words}
    if wants_json():
        conflict = render_template("bank/workshop/_conflict.html", **context)
        return jsonify(
            type="draft_changed",
            message=message_of("draft_changed"),
            saved=False,
            revision=draft.revision,
            conflict=conflict,
        )
    return editor_page(public_id, sheet=sheet, conflict=diff)


def editor_page(
    public_id: str,
    *,
    act: str = "",
    sheet: Sheet | None = None,
    conflict: list[PartDiff] | None = None,
) -> Response | str:
    """Show the editor, or what of it changes after a save.

    Args:
        public_id: Of the draft, which is its author's own.
        act: What was done to its rows.
        sheet: What to show instead of what is stored.
        conflict: Both texts, where another page saved since.
    """
    db_session = db.session()
    draft = queries.draft_of(db_session, public_id)
    sheet = sheet or Sheet.of_json(draft.sheet)
    found = checked_draft(db_session, draft, sheet)
    case = case_queries.case_of_draft_or_none(db_session, draft)
    context = {
        "draft": draft,
        "sheet": sheet,
        "sections": editing.sections_of(sheet),
        "row_name": editing.row_name,
        "found": found,
        "similar": queries.similar_items(db_session, draft.item_id, sheet["stem"])
        if len(sheet["stem"]) >= 8
        else [],
        "labels": labels,
        "bank_labels": bank_labels,
    }
    shown = (
        showing.previewed_body(compiled(sheet), draft.item_id)
        if found.item is None
        else showing.previewed(found.item)
    )
    if material := showing.material(material_body(db_session, draft)):
        shown = {"item": None, **(shown or {}), "exhibit": material}
    if wants_json():
        return jsonify(
            revision=draft.revision,
            fields=render_template("bank/workshop/_fields.html", **context)
            if act not in ("", "save")
            else None,
            findings=render_template("bank/workshop/_findings.html", **context),
            shown=shown,
            saved=True,
        )
    standing = queries.standing(db_session, draft)
    return render_template(
        "bank/workshop/editor.html",
        **context,
        shown=shown,
        case=case,
        standing=standing,
        threads=queries.threads_of(db_session, draft),
        names=queries.names_of(
            db_session, {one.person_id for one in queries.facts_of(db_session, draft)}
        ),
        tags=queries.tags_of(db_session, [draft.item_id]).get(draft.item_id, []),
        part_words=showing.part_words,
        conflict=conflict,
    )


@bp.post("/drafts/<public_id>/submit")
@access(*WRITERS, answers="303 to the draft; 422 page draft_faulty; 403, 404, 409")
def submit(public_id: str) -> ResponseReturnValue:
    """Hand the stored text in for review."""
    try:
        submit_stored(public_id)
    except drafting.DraftFaultyError as error:
        flash(message_of(error.code), "error")
        return editor_page(public_id), 422
    flash(gettext("已提交，等两位评审"))
    return redirect(url_for("bank.workshop.draft", public_id=public_id), code=303)


def submit_stored(public_id: str) -> None:
    """Check a draft of the reader's own as it is stored, and hand it in.

    Raises:
        DraftFaultyError: If something has to be mended first.
    """
    draft = queries.draft_of(db.session(), public_id)
    revision = draft.revision
    found = checked_draft(db.session(), draft)
    actor = current_user.actor
    with transaction() as db_session:
        drafting.submit_draft(
            db_session,
            queries.draft_of(db_session, public_id, lock=True),
            found,
            person_id=current_user.id,
            revision=revision,
            actor=actor,
            now=clock.now(),
        )


@bp.post("/drafts/<public_id>/<any(withdrawn,discarded):act>")
@access(*WRITERS, answers="303 to the draft or the workshop; 403, 404, 409 draft_stage")
def end(public_id: str, act: str) -> ResponseReturnValue:
    """Take a submitted draft back, or discard one."""
    actor = current_user.actor
    with transaction() as db_session:
        held = queries.draft_of(db_session, public_id, lock=True)
        drafting.end_draft(
            db_session, held, act, person_id=current_user.id, actor=actor, now=clock.now()
        )
    if act == "discarded":
        flash(gettext("稿件已放弃，记录还在"))
        return redirect(url_for("bank.workshop.index"), code=303)
    return redirect(url_for("bank.workshop.draft", public_id=public_id), code=303)


@bp.get("/drafts/<public_id>/yaml")
@access(*WRITERS, answers="200 page; 403, 404")
def yaml_view(public_id: str) -> ResponseReturnValue:
    """Show the draft as text, for those who write faster that way."""
    draft = _own_draft(public_id)
    text = _written(compiled(Sheet.of_json(draft.sheet)))
    return render_template("bank/workshop/yaml.html", draft=draft, text=text, refusal="")


def _own_draft(public_id: str) -> ItemDraft:
    draft = queries.draft_of(db.session(), public_id)
    queries.standing(db.session(), draft).check_author(current_user.id, Stage.DRAFT)
    return draft


def _written(body: dict[str, Any]) -> str:
    return yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=100)


@bp.post("/drafts/<public_id>/yaml")
@access(
    *WRITERS,
    fields={"text": "the item's fields as YAML", "revision": "of the page"},
    answers="303 to the editor; 422 page again; 403, 404, 409 draft_changed",
)
def save_yaml(public_id: str) -> ResponseReturnValue:
    """Take the text in; what the editor cannot hold is refused, not dropped."""
    draft = _own_draft(public_id)
    text = request.form.get("text", "").replace("\r\n", "\n")[:YAML_CHARS]
    try:
        sheet = _read_yaml(text, draft)
    except InvalidInputError as error:
        page = render_template("bank/workshop/yaml.html", draft=draft, text=text, refusal=error)
        return page, 422
    with transaction() as db_session:
        drafting.save_draft(
            db_session,
            queries.draft_of(db_session, public_id, lock=True),
            sheet,
            person_id=current_user.id,
            revision=request.form.get("revision", 0, type=int),
            now=clock.now(),
        )
    return redirect(url_for("bank.workshop.draft", public_id=public_id), code=303)


def _read_yaml(text: str, draft: ItemDraft) -> Sheet:
    """Read a body.

    Raises:
        InvalidInputError: Saying in which line, or which field, it cannot be read.
    """
    try:
        body = yaml.load(text, Loader=PlainLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise InvalidInputError(str(error)) from error
    if not isinstance(body, dict) or body.get("kind") not in set(ItemKind):
        raise InvalidInputError("kind: …")
    body = {str(name): value for name, value in body.items() if name not in ("id", "version")}
    try:
        sheet = with_first_rows(sheet_of_body(body))
        kept = compiled(sheet)
    except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
        raise InvalidInputError(f"{type(error).__name__}: {error}") from error
    given, held = checked(body, draft.item_id, 1), checked(kept, draft.item_id, 1)
    if set(body) - set(Item.model_fields) or given.item != held.item:
        unknown = sorted(set(body) - set(kept))
        raise InvalidInputError(f"{', '.join(unknown) or 'fields'}: …")
    return sheet


@bp.get("/drafts/<public_id>/draws")
@access(*WRITERS, answers="200 page; 403, 404")
def draws(public_id: str) -> ResponseReturnValue:
    """Show twenty draws of a parametrised draft with their keys and wrong results."""
    draft = _own_draft(public_id)
    found = checked_draft(db.session(), draft)
    if found.item is None or found.item.parametric is None:
        raise NotFoundError(f"{draft!r} draws nothing")
    return render_template(
        "bank/workshop/draws.html", draft=draft, rows=_draws(found.item), found=found
    )


def _draws(item: Item) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number in range(PLAYGROUND_DRAWS):
        try:
            shown = drawn_instance(item, b"playground %d" % number)
        except BankError as error:
            rows.append({"fault": str(error)})
            continue
        rows.append(showing.keyed(shown))
    return rows


@bp.get("/items/<item_id>/versions")
@access(*READERS, answers="200 page; `?from=` and `?to=` versions; 404; the view is on record")
def versions(item_id: str) -> ResponseReturnValue:
    """Show what changed between two versions of an item, word by word."""
    actor, now = current_user.actor, clock.now()
    with transaction() as db_session:
        rows = {row.version: row for row in bank.versions_of(db_session, item_id)}
        if not rows:
            raise NotFoundError(f"item {item_id}")
        newest = max(rows)
        new = rows[request.args.get("to", newest, type=int)] if _asked("to", rows) else rows[newest]
        older = [version for version in rows if version < new.version]
        before = max(older, default=new.version)
        old = (
            rows[request.args.get("from", before, type=int)]
            if _asked("from", rows)
            else rows[before]
        )
        diff = body_diff(old.body, new.body)
        for version in sorted({old.version, new.version}):
            bank_services.note_item_view(db_session, f"{item_id}@{version}", actor=actor, now=now)
        shown = {"old": old.version, "new": new.version, "versions": sorted(rows, reverse=True)}
    return render_template(
        "bank/workshop/versions.html",
        item_id=item_id,
        diff=diff,
        part_words=showing.part_words,
        **shown,
    )


def _asked(name: str, rows: Mapping[int, object]) -> bool:
    return request.args.get(name, 0, type=int) in rows
