"""Pages of bulk retirement: chosen in the bank's list, decided by a second person."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import current_user

from app.bank import labels as bank_labels
from app.bank import queries as bank
from app.bank.workshop import labels, publishing, queries, retiring
from app.bank.workshop.blueprint import WRITERS, bp, sent_text
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.errors import InvalidInputError
from app.core.web import access

SHOWN = 30


@bp.get("/retirements")
@access(*WRITERS, answers="200 page")
def retirements() -> ResponseReturnValue:
    """Show requests to take many versions out of use, with what would run short."""
    return _page()


def _page(refusal: str = "", refs: str = "", reason: str = "") -> str:
    settings: Settings = current_app.config["SETTINGS"]
    db_session = db.session()
    rows = retiring.newest_retirements(db_session, limit=SHOWN)
    people = {one.requester_id for one in rows} | {one.decider_id or 0 for one in rows}
    waiting = [one for one in rows if one.decided_at is None]
    short, torn = {}, {}
    if waiting:
        held = bank.live_bank(db_session, include_public=settings.is_demo)
        blueprints = bank.blueprints(db_session)
        short = {
            one.public_id: retiring.shortages(held, blueprints, one.item_refs) for one in waiting
        }
        torn = {one.public_id: retiring.torn_groups(held, one.item_refs) for one in waiting}
    return render_template(
        "bank/workshop/retirements.html",
        rows=rows,
        short=short,
        torn=torn,
        names=queries.names_of(db_session, people),
        quota_name=bank_labels.quota_name,
        me=current_user.id,
        refusal=refusal,
        refs=refs,
        reason=reason,
        labels=labels,
    )


@bp.post("/retirements")
@access(
    *WRITERS,
    fields={"ref": "versions; or", "refs": "the same, by spaces or lines", "reason": "why"},
    answers="303 to the requests; 422 page; 404",
)
def ask_retirement() -> ResponseReturnValue:
    """Ask for versions to be taken out of use; without a reason it is asked for on the page."""
    text = sent_text("refs", 20_000)
    refs = [*request.form.getlist("ref"), *text.split()]
    reason = sent_text("reason", publishing.REASON_CHARS[1])
    actor = current_user.actor
    try:
        with transaction() as db_session:
            retiring.request_retirement(
                db_session,
                refs,
                reason=reason,
                person_id=current_user.id,
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError:
        refusal = gettext("请选 1 到 100 道在用的题，并写明理由（4 到 400 字）")
        return _page(refusal, "\n".join(refs), reason), 422
    flash(gettext("已提交，等另一位委员同意"))
    return redirect(url_for("bank.workshop.retirements"), code=303)


@bp.post("/retirements/<public_id>/<any(approve,decline):act>")
@access(
    *WRITERS,
    answers="303 to the requests; 403 second_person_required; 409 retirement_decided; 404",
)
def decide_retirement(public_id: str, act: str) -> ResponseReturnValue:
    """Take the versions out of use as the second person, or leave them."""
    actor = current_user.actor
    with transaction() as db_session:
        count = retiring.decide_retirement(
            db_session,
            retiring.retirement_of(db_session, public_id, lock=True),
            approves=act == "approve",
            person_id=current_user.id,
            actor=actor,
            now=clock.now(),
        )
    if act == "approve":
        flash(ngettext("%(num)s 道题已停用", "%(num)s 道题已停用", count))
    else:
        flash(gettext("没有停用"))
    return redirect(url_for("bank.workshop.retirements"), code=303)
