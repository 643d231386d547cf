"""Pages of order: acts on many drafts, saved searches, interests, sights, files in and out."""

from __future__ import annotations

from io import BytesIO

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts import queries as accounts
from app.bank import labels as bank_labels
from app.bank import services
from app.bank.workshop import exporting, file_words, filing, importing, labels, queries, routes
from app.bank.workshop.blueprint import (
    PAGE,
    READERS,
    WRITERS,
    asked_page,
    asked_text,
    bp,
    sent_text,
)
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import DomainError, InvalidInputError
from app.core.names import clean_name
from app.core.web import access
from question_bank.interchange.exchange import FORMATS
from question_bank.interchange.sheets import write_xlsx

EXPORTS_SHOWN = 30
MOST_BULK = 100
"""Drafts of one act on many."""


@bp.post("/bulk")
@access(
    *WRITERS,
    fields={"draft": "public ids", "act": "tag or submit", "tag": "a word, for tag"},
    answers="303 to the workshop with what was done and what was not; 422",
)
def bulk() -> ResponseReturnValue:
    """Act on many drafts; each by itself, so that one that is not ready stops none."""
    chosen = request.form.getlist("draft")[:MOST_BULK]
    act = request.form.get("act", "")
    if act not in ("tag", "submit"):
        raise InvalidInputError("act", [{"field": "act", "code": "unknown"}])
    done, refused = 0, []
    for public_id in chosen:
        try:
            if act == "tag":
                _tag(public_id)
            else:
                routes.submit_stored(public_id)
            done += 1
        except DomainError as error:
            refused.append(f"{public_id}：{message_of(error.code)}")
    flash(gettext("已处理 %(n)s 份", n=done))
    for text in refused[:5]:
        flash(text, "warning")
    return redirect(url_for("bank.workshop.index"), code=303)


def _tag(public_id: str) -> None:
    tags = filing.tags_from(sent_text("tag", 200))
    if not tags:
        raise InvalidInputError("tag", [{"field": "tag", "code": "missing"}])
    with transaction() as db_session:
        held = queries.draft_of(db_session, public_id, lock=True)
        for tag in tags:
            filing.add_tag(db_session, held.item_id, tag)


@bp.post("/pilot-counts/<blueprint_id>")
@access(*WRITERS, fields={"count": "0 to 10"}, answers="303 to the pilots; 404; 422")
def choose_pilot_count(blueprint_id: str) -> ResponseReturnValue:
    """Decide how many items in the pilot a blueprint's forms carry."""
    actor = current_user.actor
    with transaction() as db_session:
        services.choose_pilot_count(
            db_session,
            blueprint_id,
            request.form.get("count", -1, type=int),
            person_id=current_user.id,
            actor=actor,
            now=clock.now(),
        )
    flash(gettext("已保存，新组的试卷按这个数"))
    return redirect(url_for("analysis.pilots"), code=303)


@bp.post("/drafts/<public_id>/tags")
@access(*WRITERS, fields={"tags": "words"}, answers="303 to the draft; 404; 422")
def set_tags(public_id: str) -> ResponseReturnValue:
    """Give the draft's item exactly these tags."""
    with transaction() as db_session:
        held = queries.draft_of(db_session, public_id, lock=True)
        filing.set_tags(db_session, held.item_id, filing.tags_from(sent_text("tags", 300)))
    return redirect(url_for("bank.workshop.draft", public_id=public_id), code=303)


@bp.post("/views")
@access(
    *READERS,
    fields={"name": "of the search", "query": "query string of the list"},
    answers="303 to the workshop; 422",
)
def save_view() -> ResponseReturnValue:
    """Keep the present search under a name."""
    with transaction() as db_session:
        filing.save_view(
            db_session,
            person_id=current_user.id,
            name=clean_name(request.form.get("name", "")),
            query=sent_text("query", filing.QUERY_CHARS),
        )
    return redirect(url_for("bank.workshop.index"), code=303)


@bp.post("/views/<int:view_id>/drop")
@access(*READERS, answers="303 to the workshop")
def drop_view(view_id: int) -> ResponseReturnValue:
    """Forget a saved search."""
    with transaction() as db_session:
        filing.drop_view(db_session, view_id, person_id=current_user.id)
    return redirect(url_for("bank.workshop.index"), code=303)


@bp.get("/interests")
@access(*READERS, answers="200 page")
def interests() -> ResponseReturnValue:
    """Show the reader's own declared interests."""
    return _interests_page()


def _interests_page(refusal: str = "") -> str:
    rows = queries.interests_of(db.session(), current_user.id)
    people = [one.value for one in rows if one.kind == "person"]
    return render_template(
        "bank/workshop/interests.html",
        rows=rows,
        authors=queries.authors(db.session()),
        names=accounts.display_names(db.session(), people),
        refusal=refusal,
        labels=labels,
        bank_labels=bank_labels,
    )


@bp.post("/interests")
@access(
    *READERS,
    fields={
        "kind": "topic, person or provider",
        "topic": "code",
        "person": "public id",
        "provider": "name",
        "note": "why",
    },
    answers="303 to the interests; 422 page",
)
def declare() -> ResponseReturnValue:
    """Declare an interest."""
    kind = request.form.get("kind", "")
    actor = current_user.actor
    try:
        with transaction() as db_session:
            filing.declare_interest(
                db_session,
                person_id=current_user.id,
                kind=kind,
                value=clean_name(request.form.get(kind, "")) if kind else "",
                note=sent_text("note", filing.NOTE_CHARS),
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError:
        return _interests_page(gettext("请选定种类并填写对象")), 422
    return redirect(url_for("bank.workshop.interests"), code=303)


@bp.post("/interests/<public_id>/end")
@access(*READERS, answers="303 to the interests; 404")
def end_interest(public_id: str) -> ResponseReturnValue:
    """End a declared interest."""
    actor = current_user.actor
    with transaction() as db_session:
        filing.end_interest(
            db_session, public_id, person_id=current_user.id, actor=actor, now=clock.now()
        )
    return redirect(url_for("bank.workshop.interests"), code=303)


@bp.get("/sights")
@access(*WRITERS, answers="200 page; `item`, `person` and `page` narrow")
def sights() -> ResponseReturnValue:
    """Show who saw which key, and when."""
    page = asked_page()
    person = asked_text("person")
    rows, total = queries.sights(
        db.session(),
        subject=asked_text("item"),
        actor=f"person:{person}" if person else "",
        page=page,
        size=PAGE,
    )
    return render_template(
        "bank/workshop/sights.html",
        rows=rows,
        total=total,
        page=page,
        page_count=max(1, -(-total // PAGE)),
        names=accounts.display_names(db.session(), [one.actor.partition(":")[2] for one in rows]),
        item=asked_text("item"),
        person=person,
        labels=labels,
    )


@bp.get("/exports")
@access(*WRITERS, answers="200 page")
def exports() -> ResponseReturnValue:
    """Show requests for files: what waits, what was let, what was taken."""
    return _exports_page()


def _exports_page(refusal: str = "") -> str:
    rows = exporting.newest_exports(db.session(), limit=EXPORTS_SHOWN)
    people = {one.requester_id for one in rows} | {one.decider_id or 0 for one in rows}
    now = clock.now()
    return render_template(
        "bank/workshop/exports.html",
        rows=rows,
        takeable={one.public_id for one in rows if exporting.may_take(one, current_user.id, now)},
        names=queries.names_of(db.session(), people),
        me=current_user.id,
        refusal=refusal,
        labels=labels,
        bank_labels=bank_labels,
    )


@bp.post("/exports")
@access(
    *WRITERS,
    fields={
        "format": "name of a format",
        "reason": "what for",
        "refs": "versions, by spaces or lines; or",
        "topic, level": "codes: all live items of them",
    },
    answers="303 to the exports; 422 page; 404",
)
def ask_export() -> ResponseReturnValue:
    """Ask for items in a file; a second person decides."""
    actor = current_user.actor
    refs = sent_text("refs", 20_000).split()
    try:
        with transaction() as db_session:
            if not refs:
                refs = queries.live_refs(
                    db_session,
                    topic=request.form.get("topic", ""),
                    level=request.form.get("level", ""),
                )
            exporting.request_export(
                db_session,
                refs,
                format_name=request.form.get("format", ""),
                reason=sent_text("reason", exporting.REASON_CHARS[1]),
                person_id=current_user.id,
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError:
        return _exports_page(gettext("请写明理由，选好格式，题目 1 到 500 道")), 422
    flash(gettext("已提交，等另一位委员同意"))
    return redirect(url_for("bank.workshop.exports"), code=303)


@bp.post("/exports/<public_id>/<any(approve,decline):act>")
@access(*WRITERS, answers="303 to the exports; 403 second_person_required; 409; 404")
def decide_export(public_id: str, act: str) -> ResponseReturnValue:
    """Let items leave in a file, or not."""
    actor = current_user.actor
    with transaction() as db_session:
        exporting.decide_export(
            db_session,
            exporting.export_of(db_session, public_id, lock=True),
            approves=act == "approve",
            person_id=current_user.id,
            actor=actor,
            now=clock.now(),
        )
    return redirect(url_for("bank.workshop.exports"), code=303)


@bp.post("/exports/<public_id>/file")
@access(*WRITERS, answers="200 file, once; 409 export_not_approved; 404")
def take_export(public_id: str) -> ResponseReturnValue:
    """Take an approved file; on record for every item in it."""
    actor = current_user.actor
    request_row = exporting.export_of(db.session(), public_id)
    form = FORMATS[request_row.format]
    file = exporting.export_file(db.session(), request_row)
    with transaction() as db_session:
        exporting.take_export(
            db_session,
            exporting.export_of(db_session, public_id, lock=True),
            person_id=current_user.id,
            actor=actor,
            now=clock.now(),
        )
    return send_file(
        BytesIO(file.data),
        as_attachment=True,
        download_name=f"items-{public_id}{form.suffix}",
        mimetype="application/octet-stream",
    )


@bp.get("/imports")
@access(*WRITERS, answers="200 page")
def imports() -> ResponseReturnValue:
    """Show how a file is taken in."""
    return _imports_page()


def _imports_page(
    found: importing.DryRun | None = None, batch_id: str = "", refusal: str = ""
) -> str:
    return render_template(
        "bank/workshop/imports.html",
        found=found,
        batch_id=batch_id,
        place_words=file_words.place_words,
        message_words=file_words.message_words,
        most_remarks=importing.REMARKS_SHOWN,
        refusal=refusal,
        labels=labels,
        bank_labels=bank_labels,
    )


@bp.get("/imports/template.xlsx")
@access(*WRITERS, answers="200 xlsx: the headings, and one line of each kind that is in use")
def import_template() -> ResponseReturnValue:
    """Give the spreadsheet with the headings that the import knows."""
    return send_file(
        BytesIO(write_xlsx([])),
        as_attachment=True,
        download_name="items-template.xlsx",
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


@bp.post("/imports")
@access(
    *WRITERS,
    fields={
        "file": "the file",
        "format": "name of a format",
        "topic, level, pool, cognitive, source": "for items that do not say it",
    },
    answers="200 page: what it would do; 422 page with every fault, by place",
)
def read_import() -> ResponseReturnValue:
    """Read a file and say what it would do; nothing is taken in yet."""
    sent = request.files.get("file")
    name = request.form.get("format", "")
    if sent is None or not sent.filename or name not in FORMATS:
        return _imports_page(refusal=gettext("请选择文件和格式")), 422
    data = sent.read(importing.MOST_BYTES + 1)
    file_name = clean_name(sent.filename)[: importing.FILE_NAME_CHARS]
    given = {
        field: request.form[field]
        for field in ("topic", "level", "pool", "cognitive", "source")
        if request.form.get(field)
    }
    found = importing.dry_run(db.session(), data, name, given)
    if not found.is_usable:
        return _imports_page(found), 422
    with transaction() as db_session:
        batch = importing.keep_batch(
            db_session,
            found,
            data,
            file_name=file_name,
            format_name=name,
            person_id=current_user.id,
            now=clock.now(),
        )
        batch_id = batch.public_id
    return _imports_page(found, batch_id)


@bp.post("/imports/<public_id>/take")
@access(*WRITERS, answers="303 to the workshop; 404; 409 import_taken, import_stale, draft_open")
def take_import(public_id: str) -> ResponseReturnValue:
    """Take a file in that was read without a fault: every item becomes a draft, or none."""
    actor = current_user.actor
    with transaction() as db_session:
        count = importing.take_batch(
            db_session,
            importing.batch_of(db_session, public_id, current_user.id, lock=True),
            person_id=current_user.id,
            actor=actor,
            now=clock.now(),
        )
    flash(gettext("已导入 %(n)s 份草稿，补齐后提交评审", n=count))
    return redirect(url_for("bank.workshop.index", stage="draft", mine="1"), code=303)
