"""Pages of readers and coordinators: a draft by its standing, blind reading, decision, use."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.bank import labels as bank_labels
from app.bank import presenting
from app.bank import queries as bank
from app.bank.workshop import (
    answering,
    case_queries,
    drafting,
    labels,
    publishing,
    queries,
    reading,
    routes,
    showing,
)
from app.bank.workshop.blueprint import READERS, WRITERS, bp, sent_text
from app.bank.workshop.case_checking import material_body
from app.bank.workshop.lifecycle import READERS as SEATS
from app.bank.workshop.lifecycle import Stage, Standing
from app.bank.workshop.models import ItemDraft
from app.core import clock
from app.core.audit.services import record_act
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.web import access
from question_bank.errors import BankError
from question_bank.items import Item

UNBIASED = ("created", "submitted", "opened", "stepped_back", "withdrawn")
"""What is told of a draft's past before the blind answer."""


@bp.get("/drafts/<public_id>")
@access(*READERS, answers="200 page: editor, blind form or the draft with its key; 404")
def draft(public_id: str) -> ResponseReturnValue:
    """Show a draft as far as the reader may see it now; seeing a key is on record."""
    me = current_user.id
    with transaction() as db_session:
        held = queries.draft_of(db_session, public_id)
        standing = queries.standing(db_session, held)
        is_own = me == held.author_id
        if not is_own and standing.stage in (Stage.DRAFT, Stage.DISCARDED):
            raise NotFoundError(f"{held!r} is not submitted")
        is_editor = is_own and standing.stage is Stage.DRAFT
        if not is_editor and standing.sees_key(me):
            _note_view(held)
    if is_editor:
        return routes.editor_page(public_id)
    return _draft_page(public_id)


def _note_view(held: ItemDraft) -> None:
    record_act(
        db.session(),
        subject=f"draft:{held.public_id}",
        action="draft.viewed",
        actor=current_user.actor,
        now=clock.now(),
        details={"item": held.item_id, "round": held.round},
    )


def _draft_page(public_id: str, refusal: str = "") -> str:
    db_session, me = db.session(), current_user.id
    held = queries.draft_of(db_session, public_id)
    standing = queries.standing(db_session, held)
    facts = queries.facts_of(db_session, held)
    item = _submitted(held)
    sees_key = standing.sees_key(me)
    if not sees_key:  # what others decided is no help for a blind answer
        facts = [one for one in facts if one.kind in UNBIASED]
    shown: dict[str, Any] = {}
    if item is not None and me in standing.opened:
        item = answering.shown_to(item, held.public_id, held.round, me)
    elif item is not None:
        item = presenting.example_of(item)
    if item is not None and sees_key:
        shown = showing.keyed(item)
        shown["exhibit"] = showing.material(material_body(db_session, held)) or shown["exhibit"]
    elif item is not None and me in standing.opened:
        shown = {"blind": showing.blind(item), "item": item}
        if exhibit := showing.material(material_body(db_session, held)):
            shown["blind"]["exhibit"] = exhibit
    threads = queries.threads_of(db_session, held) if sees_key else []
    return render_template(
        "bank/workshop/draft.html",
        draft=held,
        case=case_queries.case_of_draft_or_none(db_session, held),
        standing=standing,
        facts=facts,
        shown=shown,
        sees_key=sees_key,
        me=me,
        may=_acts(held, standing, item),
        conflict=queries.conflict_or_none(db_session, me, held),
        threads=threads,
        parts=[code for code, _ in reading.parts_of(item)] if item is not None else [],
        names=queries.names_of(
            db_session,
            {held.author_id, *(one.person_id for one in facts)}
            | {one.comment.person_id for one in threads},
        ),
        answer_words=showing.answer_words,
        part_words=showing.part_words,
        refusal=refusal,
        labels=labels,
        bank_labels=bank_labels,
    )


def _submitted(held: ItemDraft) -> Item | None:
    if held.round == 0:
        return None
    return drafting.submitted_item(db.session(), held)


def _acts(held: ItemDraft, standing: Standing, item: Item | None) -> set[str]:
    """Return what the page offers; the services decide."""
    me, is_writer = current_user.id, bool(current_user.roles & set(WRITERS))
    out = set()
    if standing.stage is Stage.REVIEW:
        if me == held.author_id:
            out.add("withdraw")
        elif me not in standing.opened and len(standing.opened) < SEATS:
            out.add("open")
        elif me in standing.opened and me not in standing.solved:
            out |= {"solve", "step_back"}
        elif me in standing.solved and me not in standing.accepted:
            out |= {"send_back", "step_back"}
            if not standing.solved[me].is_missed:
                out.add("accept")
    needs_pilot = item is not None and publishing.can_be_piloted(item)
    ready = Stage.PILOT if needs_pilot else Stage.ACCEPTED
    goes_alone = held.case_draft_id is None
    if is_writer and goes_alone and me != held.author_id and standing.stage is ready:
        out.add("publish")
    if is_writer and standing.stage in (Stage.LIVE, Stage.PILOT):
        out.add("retire")
    return out


@bp.post("/drafts/<public_id>/open")
@access(
    *READERS, answers="303 to the draft; 403 own_draft, interest_declared; 409 readers_complete"
)
def open_reading(public_id: str) -> ResponseReturnValue:
    """Become a reader of the round: the time runs from here."""
    actor = current_user.actor
    with transaction() as db_session:
        held = queries.draft_of(db_session, public_id, lock=True)
        reading.open_reading(
            db_session, held, person_id=current_user.id, actor=actor, now=clock.now()
        )
    return _to(public_id)


def _to(public_id: str) -> ResponseReturnValue:
    return redirect(url_for("bank.workshop.draft", public_id=public_id), code=303)


@bp.post("/drafts/<public_id>/step-back")
@access(*READERS, answers="303 to the workshop; 403 not_reader; 409")
def step_back(public_id: str) -> ResponseReturnValue:
    """Leave the reader's seat to somebody else."""
    actor = current_user.actor
    with transaction() as db_session:
        held = queries.draft_of(db_session, public_id, lock=True)
        reading.step_back(db_session, held, person_id=current_user.id, actor=actor, now=clock.now())
    flash(gettext("已退出，这一席让给别人"))
    return redirect(url_for("bank.workshop.index"), code=303)


@bp.post("/drafts/<public_id>/solve")
@access(
    *READERS,
    fields={
        "selected, number, place-…, pair-…, blank-…, text": "the answer, by kind",
        "ambiguous": "1 if another key could be argued for",
        "remark": "why",
    },
    answers="303 to the draft with its key; 422 page without an answer; 403, 409 solved_before",
)
def solve(public_id: str) -> ResponseReturnValue:
    """Store the blind answer; the key is shown from here on."""
    me, actor = current_user.id, current_user.actor
    try:
        with transaction() as db_session:
            held = queries.draft_of(db_session, public_id, lock=True)
            item = drafting.submitted_item(db_session, held)
            shown = answering.shown_to(item, held.public_id, held.round, me)
            reading.solve_blind(
                db_session,
                held,
                shown,
                answering.value_of_form(shown, request.form),
                is_ambiguous=request.form.get("ambiguous") == "1",
                remark=sent_text("remark", reading.REMARK_CHARS),
                person_id=me,
                actor=actor,
                now=clock.now(),
            )
    except (InvalidInputError, BankError):
        return _draft_page(public_id, gettext("还没有作答，或没有答完整")), 422
    return _to(public_id)


@bp.post("/drafts/<public_id>/decide")
@access(
    *READERS,
    fields={"verdict": "accept or send_back", "remark": "why; needed for a return"},
    answers="303 to the draft; 422 page; 403, 409 solve_first, missed_blind, comments_open",
)
def decide(public_id: str) -> ResponseReturnValue:
    """Accept the draft, or send it back to its author."""
    accepts = request.form.get("verdict") == "accept"
    actor = current_user.actor
    try:
        with transaction() as db_session:
            reading.decide(
                db_session,
                queries.draft_of(db_session, public_id, lock=True),
                accepts=accepts,
                remark=sent_text("remark", reading.REMARK_CHARS),
                person_id=current_user.id,
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError:
        return _draft_page(public_id, gettext("退回时请写明要改什么，最多 1000 字")), 422
    except ConflictError as error:
        return _draft_page(public_id, message_of(error.code)), 409
    flash(gettext("已通过") if accepts else gettext("已退回作者"))
    if accepts:
        return _to(public_id)
    return redirect(url_for("bank.workshop.index"), code=303)


@bp.post("/drafts/<public_id>/comments")
@access(
    *READERS,
    fields={"part": "such as `stem` or `choices.b`", "text": "the remark"},
    answers="303 to the comment; 422 page; 403, 404, 409 solve_first",
)
def comment(public_id: str) -> ResponseReturnValue:
    """Comment on a part of the draft."""
    try:
        with transaction() as db_session:
            row = reading.comment(
                db_session,
                queries.draft_of(db_session, public_id, lock=True),
                part=request.form.get("part", ""),
                text=sent_text("text", reading.COMMENT_CHARS),
                person_id=current_user.id,
                now=clock.now(),
            )
            anchor = f"comment-{row.id}"
    except InvalidInputError:
        return _draft_page(public_id, gettext("请选定位置并写下意见，最多 1000 字")), 422
    here = url_for("bank.workshop.draft", public_id=public_id, _anchor=anchor)
    return redirect(here, code=303)


@bp.post("/drafts/<public_id>/comments/<int:comment_id>/settle")
@access(*READERS, fields={"text": "what was done"}, answers="303 to the draft; 403, 404")
def settle(public_id: str, comment_id: int) -> ResponseReturnValue:
    """Say that a comment is dealt with."""
    with transaction() as db_session:
        reading.settle_comment(
            db_session,
            queries.draft_of(db_session, public_id, lock=True),
            comment_id,
            text=sent_text("text", reading.COMMENT_CHARS),
            person_id=current_user.id,
            now=clock.now(),
        )
    return _to(public_id)


@bp.post("/drafts/<public_id>/publish")
@access(
    *WRITERS,
    fields={"reason": "what the pilot said, 4 to 400 characters"},
    answers="303 to the draft; 422 page; 403 own_draft; 409 draft_stage",
)
def publish(public_id: str) -> ResponseReturnValue:
    """Put an accepted item into use."""
    actor = current_user.actor
    try:
        with transaction() as db_session:
            publishing.publish(
                db_session,
                queries.draft_of(db_session, public_id, lock=True),
                person_id=current_user.id,
                reason=sent_text("reason", publishing.REASON_CHARS[1]),
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError:
        return _draft_page(public_id, gettext("请写明理由，4 到 400 字")), 422
    flash(gettext("已启用"))
    return _to(public_id)


@bp.post("/drafts/<public_id>/recall")
@access(
    *WRITERS,
    fields={"reason": "what the pilot showed, 4 to 400 characters"},
    answers="303 to the workshop; 422 page; 403 own_draft; 409 draft_stage",
)
def recall(public_id: str) -> ResponseReturnValue:
    """Give an item back to its author out of the pilot."""
    actor = current_user.actor
    try:
        with transaction() as db_session:
            publishing.recall(
                db_session,
                queries.draft_of(db_session, public_id, lock=True),
                person_id=current_user.id,
                reason=sent_text("reason", publishing.REASON_CHARS[1]),
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError:
        return _draft_page(public_id, gettext("请写明理由，4 到 400 字")), 422
    flash(gettext("已退回作者修改"))
    return redirect(url_for("bank.workshop.index"), code=303)


@bp.post("/versions/<ref>/retire")
@access(
    *WRITERS,
    fields={"reason": "why, 4 to 400 characters"},
    answers="303 to the item; 404; 422",
)
def retire(ref: str) -> ResponseReturnValue:
    """Take a version out of use; forms that hold it keep it."""
    actor = current_user.actor
    with transaction() as db_session:
        row = bank.item_version(db_session, ref)
        publishing.retire_version(
            db_session,
            row,
            person_id=current_user.id,
            reason=sent_text("reason", publishing.REASON_CHARS[1]),
            actor=actor,
            now=clock.now(),
        )
        ref = f"{row.item_id}@{row.version}"
    flash(gettext("已停用"))
    return redirect(url_for("bank.item", ref=ref), code=303)
