"""Hand in, take back, review, publish; and make the publishing checks again."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.core import clock
from app.core.db import transaction
from app.core.errors import ConflictError, InvalidInputError
from app.core.web import access
from app.studio.drafts import deciding, queries, runs
from app.studio.drafts.blueprint import READERS, WRITERS, bp, sent_revision
from app.studio.drafts.routes import refused_page
from app.studio.drafts.standing import Stage


def _back(public_id: str) -> ResponseReturnValue:
    return redirect(url_for("studio.drafts.editor", public_id=public_id), code=303)


@bp.post("/drafts/<public_id>/submit")
@access(
    *WRITERS,
    fields={"revision": "that the page shows"},
    answers="303 to the draft; the page with why: 409 scenario_changed, 422 scenario_faulty",
)
def submit(public_id: str) -> ResponseReturnValue:
    """Hand a draft in; its reference is searched and its checks are made."""
    try:
        with transaction() as db_session:
            draft = queries.draft_of(db_session, public_id, current_user.id, lock=True)
            deciding.submit(
                db_session,
                draft,
                revision=sent_revision(),
                person_id=current_user.id,
                actor=current_user.actor,
                now=clock.now(),
            )
    except (ConflictError, InvalidInputError) as error:
        return refused_page(public_id, error)
    flash(gettext("已提交评审，正在搜索参考策略并做发布前检查"), "message")
    return _back(public_id)


@bp.post("/drafts/<public_id>/withdraw")
@access(*WRITERS, fields={"csrf_token": "token"}, answers="303 to the draft; 409")
def withdraw(public_id: str) -> ResponseReturnValue:
    """Take a draft back out of review."""
    with transaction() as db_session:
        draft = queries.draft_of(db_session, public_id, current_user.id, lock=True)
        deciding.withdraw(
            db_session, draft, person_id=current_user.id, actor=current_user.actor, now=clock.now()
        )
    return _back(public_id)


@bp.post("/drafts/<public_id>/review")
@access(
    *READERS,
    fields={"decision": "accept or return", "remark": "4 to 600 characters; needed for a return"},
    answers="303 to the draft; 403 own_scenario; the page with why: 409 scenario_checks, 422",
)
def review(public_id: str) -> ResponseReturnValue:
    """Accept a draft, or send it back."""
    remark = request.form.get("remark", "").replace("\r\n", "\n").strip()
    try:
        with transaction() as db_session:
            draft = queries.draft_of(db_session, public_id, current_user.id, lock=True)
            deciding.review(
                db_session,
                draft,
                accepts=request.form.get("decision") == "accept",
                remark="".join(one for one in remark if one == "\n" or one.isprintable()),
                person_id=current_user.id,
                actor=current_user.actor,
                now=clock.now(),
            )
    except InvalidInputError as error:
        return refused_page(
            public_id,
            error,
            gettext("退回要写明哪里要改、怎样改，4 到 600 字；同意时意见可以不写"),
        )
    except ConflictError as error:
        return refused_page(public_id, error)
    return _back(public_id)


@bp.post("/drafts/<public_id>/checks")
@access(*READERS, fields={"csrf_token": "token"}, answers="303 to the draft; 409 scenario_stage")
def check_again(public_id: str) -> ResponseReturnValue:
    """Make the publishing checks of a handed-in draft again, after a run that did not end."""
    now = clock.now()
    with transaction() as db_session:
        draft = queries.draft_of(db_session, public_id, current_user.id, lock=True)
        queries.standing(db_session, draft).check_stage(Stage.REVIEW)
        runs.queue_run(db_session, draft, "release", now=now)
    return _back(public_id)


@bp.post("/drafts/<public_id>/publish")
@access(
    *WRITERS,
    fields={"csrf_token": "token"},
    answers="303 to the draft; 403 own_scenario; the page with why: 409 scenario_stage, "
    "scenario_checks",
)
def publish(public_id: str) -> ResponseReturnValue:
    """Put an accepted draft into use."""
    try:
        with transaction() as db_session:
            draft = queries.draft_of(db_session, public_id, current_user.id, lock=True)
            row = deciding.publish(
                db_session,
                draft,
                person_id=current_user.id,
                actor=current_user.actor,
                now=clock.now(),
            )
            words = gettext("已发布 %(ref)s", ref=row.ref)
    except ConflictError as error:
        return refused_page(public_id, error)
    flash(words, "message")
    return _back(public_id)
