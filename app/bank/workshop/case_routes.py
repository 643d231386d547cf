"""Pages of case groups: the material with its items, handed in, read and published as one."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.bank import labels as bank_labels
from app.bank.workshop import (
    case_publishing,
    case_queries,
    editing,
    grouping,
    labels,
    publishing,
    queries,
    showing,
)
from app.bank.workshop.blueprint import READERS, WRITERS, bp, sent_text
from app.bank.workshop.case_checking import MOST_ITEMS, checked_case, compiled_case
from app.bank.workshop.diffing import PartDiff, body_diff
from app.bank.workshop.drafting import DraftChangedError
from app.bank.workshop.lifecycle import Stage
from app.bank.workshop.sheets import Sheet, sheet_of_form
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import message_of, wants_json
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.web import access

STARTS: dict[str, dict[str, Any]] = {
    "topic": bank_labels.TOPIC,
    "level": bank_labels.LEVEL,
    "pool": {"exam": "", "practice": ""},
}
"""What a group is begun with, and the codes of each."""


def _chosen(codes: dict[str, dict[str, Any]]) -> dict[str, str]:
    chosen = {name: request.form.get(name, "") for name in codes}
    for name, code in chosen.items():
        if code not in codes[name]:
            raise InvalidInputError(name, [{"field": name, "code": "unknown"}])
    return chosen


def _to(public_id: str) -> ResponseReturnValue:
    return redirect(url_for("bank.workshop.case", public_id=public_id), code=303)


@bp.post("/cases")
@access(
    *WRITERS,
    fields={"topic": "code", "level": "code", "pool": "exam or practice"},
    answers="303 to the group's editor; 422",
)
def begin_case() -> ResponseReturnValue:
    """Begin a case group."""
    chosen, actor = _chosen(STARTS), current_user.actor
    with transaction() as db_session:
        draft = grouping.begin_case(
            db_session, author_id=current_user.id, actor=actor, now=clock.now(), **chosen
        )
        public_id = draft.public_id
    return _to(public_id)


@bp.post("/cases/versions/<case_id>")
@access(*WRITERS, answers="303 to the group's editor; 404; 409 draft_open, draft_stage")
def begin_case_version(case_id: str) -> ResponseReturnValue:
    """Begin a new version of a published group, with a draft of each of its items."""
    actor = current_user.actor
    with transaction() as db_session:
        row = case_queries.newest_case_or_none(db_session, case_id)
        if row is None:
            raise NotFoundError(f"case {case_id}")
        draft = grouping.begin_case_version(
            db_session, row, author_id=current_user.id, actor=actor, now=clock.now()
        )
        public_id = draft.public_id
    return _to(public_id)


@bp.get("/cases/<public_id>")
@access(*READERS, answers="200 page: editor, or the group as it was handed in; 404")
def case(public_id: str) -> ResponseReturnValue:
    """Show a group: to its author for writing, to others from the day it is handed in."""
    draft = case_queries.case_draft_of(db.session(), public_id)
    is_own = draft.author_id == current_user.id
    if draft.stage in (Stage.DRAFT, Stage.DISCARDED) and not is_own:
        raise NotFoundError(f"{draft!r} is not submitted")
    if draft.stage == Stage.DRAFT:
        return _editor(public_id)
    return _page(public_id)


def _editor(
    public_id: str,
    *,
    sheet: Sheet | None = None,
    conflict: list[PartDiff] | None = None,
    refusal: str = "",
) -> Response | str:
    """Show the group's editor, or what of it changes after a save."""
    db_session = db.session()
    draft = case_queries.case_draft_of(db_session, public_id)
    sheet = sheet or Sheet.of_json(draft.sheet)
    found = checked_case(db_session, draft, sheet)
    context = {
        "draft": draft,
        "sheet": sheet,
        "sections": editing.sections_of_case(),
        "row_name": editing.row_name,
        "found": found,
        "similar": [],
        "labels": labels,
        "bank_labels": bank_labels,
    }
    shown = showing.previewed_material(compiled_case(sheet))
    if wants_json():
        return jsonify(
            revision=draft.revision,
            fields=None,
            findings=render_template("bank/workshop/_findings.html", **context),
            shown=shown,
            saved=True,
        )
    return render_template(
        "bank/workshop/case_editor.html",
        **context,
        shown=shown,
        members=list(zip(case_queries.members(db_session, draft), found.members, strict=True)),
        most_items=MOST_ITEMS,
        part_words=showing.part_words,
        conflict=conflict,
        refusal=refusal,
    )


def _page(public_id: str, refusal: str = "") -> str:
    """Show a group that was handed in: its material, and where each item stands."""
    db_session, me = db.session(), current_user.id
    draft = case_queries.case_draft_of(db_session, public_id)
    members = case_queries.members(db_session, draft)
    facts = case_queries.case_facts(db_session, draft)
    body = case_queries.submitted_body(db_session, draft) if draft.stage != "discarded" else None
    is_read = bool(members) and all(one.stage == Stage.ACCEPTED for one in members)
    is_writer = bool(current_user.roles & set(WRITERS))
    in_review = draft.stage == Stage.REVIEW
    return render_template(
        "bank/workshop/case.html",
        draft=draft,
        exhibit=showing.material(body) if body else None,
        members=members,
        facts=facts,
        me=me,
        may_publish=in_review and is_read and is_writer and me != draft.author_id,
        may_reopen=in_review and me == draft.author_id,
        is_read=is_read,
        names=queries.names_of(db_session, {draft.author_id, *(one.person_id for one in facts)}),
        refusal=refusal,
        labels=labels,
        bank_labels=bank_labels,
    )


@bp.post("/cases/<public_id>")
@access(
    *WRITERS,
    fields={
        "revision": "of the page",
        "title": "of the group",
        "exhibit_…, chart_…": "the material, as in the item editor",
    },
    answers="200 editor, or JSON `{revision, findings, shown}`; 404; 409 draft_changed with both "
    "texts; 403, 409 draft_stage",
)
def save_case(public_id: str) -> ResponseReturnValue:
    """Save the material as typed, and say what is to be mended."""
    sheet = sheet_of_form(request.form.items(multi=True))
    try:
        with transaction() as db_session:
            grouping.save_case(
                db_session,
                case_queries.case_draft_of(db_session, public_id, lock=True),
                sheet,
                person_id=current_user.id,
                revision=request.form.get("revision", 0, type=int),
                now=clock.now(),
            )
    except DraftChangedError:
        return _both_texts(public_id, sheet), 409
    return _editor(public_id)


def _both_texts(public_id: str, sheet: Sheet) -> Response | str:
    """Show the stored material and the one that was sent: neither is lost."""
    draft = case_queries.case_draft_of(db.session(), public_id)
    diff = body_diff(compiled_case(Sheet.of_json(draft.sheet)), compiled_case(sheet))
    if wants_json():
        context = {"draft": draft, "diff": diff, "part_words": showing.part_words}
        return jsonify(
            type="draft_changed",
            message=message_of("draft_changed"),
            saved=False,
            revision=draft.revision,
            conflict=render_template("bank/workshop/_conflict.html", **context),
        )
    return _editor(public_id, sheet=sheet, conflict=diff)


@bp.post("/cases/<public_id>/items")
@access(
    *WRITERS,
    fields={"kind": "of the item", "topic": "code"},
    answers="303 to the item's editor; 403, 404, 409 case_full, draft_stage; 422",
)
def add_case_item(public_id: str) -> ResponseReturnValue:
    """Begin an item of the group."""
    chosen = _chosen({"kind": bank_labels.KIND, "topic": bank_labels.TOPIC})
    actor = current_user.actor
    with transaction() as db_session:
        member = grouping.add_item(
            db_session,
            case_queries.case_draft_of(db_session, public_id, lock=True),
            person_id=current_user.id,
            actor=actor,
            now=clock.now(),
            **chosen,
        )
        member_id = member.public_id
    return redirect(url_for("bank.workshop.draft", public_id=member_id), code=303)


@bp.post("/cases/<public_id>/items/<member_id>/drop")
@access(*WRITERS, answers="303 to the group; 403, 404, 409 draft_stage")
def drop_case_item(public_id: str, member_id: str) -> ResponseReturnValue:
    """Take an item out of the group."""
    actor = current_user.actor
    with transaction() as db_session:
        draft = case_queries.case_draft_of(db_session, public_id, lock=True)
        grouping.drop_item(
            db_session,
            draft,
            case_queries.member_of(db_session, draft, member_id),
            person_id=current_user.id,
            actor=actor,
            now=clock.now(),
        )
    return _to(public_id)


@bp.post("/cases/<public_id>/items/<member_id>/<any(up,down):way>")
@access(*WRITERS, answers="303 to the item in its group; 403, 404, 409 draft_stage")
def move_case_item(public_id: str, member_id: str, way: str) -> ResponseReturnValue:
    """Let an item of the group change places with the one before or after it."""
    with transaction() as db_session:
        draft = case_queries.case_draft_of(db_session, public_id, lock=True)
        grouping.move_item(
            db_session,
            draft,
            case_queries.member_of(db_session, draft, member_id),
            step=-1 if way == "up" else 1,
            person_id=current_user.id,
            now=clock.now(),
        )
    page = url_for("bank.workshop.case", public_id=public_id, _anchor=f"item-{member_id}")
    return redirect(page, code=303)


@bp.post("/cases/<public_id>/submit")
@access(*WRITERS, answers="303 to the group; 422 page case_faulty; 403, 404, 409")
def submit_case(public_id: str) -> ResponseReturnValue:
    """Hand the group in as it is stored: two others read each of its items."""
    draft = case_queries.case_draft_of(db.session(), public_id)
    revision = draft.revision
    found = checked_case(db.session(), draft, Sheet.of_json(draft.sheet))
    actor = current_user.actor
    try:
        with transaction() as db_session:
            grouping.submit_case(
                db_session,
                case_queries.case_draft_of(db_session, public_id, lock=True),
                found,
                person_id=current_user.id,
                revision=revision,
                actor=actor,
                now=clock.now(),
            )
    except grouping.CaseFaultyError as error:
        return _editor(public_id, refusal=message_of(error.code)), 422
    flash(gettext("已提交，每道题等两位评审"))
    return _to(public_id)


@bp.post("/cases/<public_id>/<any(reopen,discard):act>")
@access(*WRITERS, answers="303 to the group or the workshop; 403, 404, 409 draft_stage")
def end_case(public_id: str, act: str) -> ResponseReturnValue:
    """Open a group that was handed in again, or give one up."""
    actor = current_user.actor
    act_on = grouping.reopen_case if act == "reopen" else grouping.discard_case
    with transaction() as db_session:
        act_on(
            db_session,
            case_queries.case_draft_of(db_session, public_id, lock=True),
            person_id=current_user.id,
            actor=actor,
            now=clock.now(),
        )
    if act == "discard":
        flash(gettext("案例组已放弃，记录还在"))
        return redirect(url_for("bank.workshop.index"), code=303)
    return _to(public_id)


@bp.post("/cases/<public_id>/publish")
@access(
    *WRITERS,
    fields={"reason": "why, 4 to 400 characters"},
    answers="303 to the group; 422 page; 403 own_draft; 409 page case_unread, draft_stage; 404",
)
def publish_case(public_id: str) -> ResponseReturnValue:
    """Put a group into use that was read in all its items."""
    actor = current_user.actor
    try:
        with transaction() as db_session:
            case_publishing.publish_case(
                db_session,
                case_queries.case_draft_of(db_session, public_id, lock=True),
                person_id=current_user.id,
                reason=sent_text("reason", publishing.REASON_CHARS[1]),
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError:
        return _page(public_id, gettext("请写明理由，4 到 400 字")), 422
    except ConflictError as error:
        return _page(public_id, message_of(error.code)), 409
    flash(gettext("全组已启用"))
    return _to(public_id)
