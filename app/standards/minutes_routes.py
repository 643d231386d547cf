"""The minutes: read, sign, approve, print."""

from __future__ import annotations

import io

from flask import Blueprint, current_app, flash, redirect, render_template, send_file, url_for
from flask import request as web_request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts.roles import Role
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import ConflictError, ForbiddenError, InvalidInputError
from app.core.web import access
from app.standards import forms, labels, minutes, queries
from app.standards.minutes_file import draw_minutes

bp = Blueprint("minutes", __name__)

READERS = (Role.COMMITTEE_MEMBER, Role.REVIEWER)


@bp.get("/<public_id>/minutes")
@access(*READERS, answers="200 page; 404 until the reader may read them")
def show(public_id: str) -> ResponseReturnValue:
    """Show the newest version of the minutes with its signatures."""
    return _page(public_id)


@bp.get("/<public_id>/minutes.pdf")
@access(*READERS, answers="200 the minutes as PDF; 404 until the reader may read them")
def download(public_id: str) -> ResponseReturnValue:
    """Give the minutes as a file, with the signatures so far."""
    db_session = db.session()
    held = queries.readable_meeting(db_session, public_id, current_user.id)
    drawn_up = queries.minutes_of(db_session, held)
    settings: Settings = current_app.config["SETTINGS"]
    decision = queries.decision_or_none(db_session, drawn_up.id)
    names = queries.names_of(db_session, [decision.person_id] if decision else [])
    file = draw_minutes(
        drawn_up,
        queries.signatures_under(db_session, drawn_up.id),
        decision,
        decided_by=names[decision.person_id] if decision else "",
        base_url=settings.public_base_url,
        fonts_dir=settings.fonts_dir,
    )
    return send_file(
        io.BytesIO(file),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"minutes-{public_id}-v{drawn_up.version}.pdf",
    )


@bp.post("/<public_id>/minutes/signature")
@access(
    Role.COMMITTEE_MEMBER,
    fields={"name": "the signer's own name", "content_hash": "of the text that was read"},
    answers="303 to the minutes; 404 unless the reader signs; 409, 422 page",
)
def sign(public_id: str) -> ResponseReturnValue:
    """Sign the minutes."""
    form = forms.SignForm()
    if not form.validate_on_submit():
        return _page(public_id, sign_form=form), 422
    actor, person_id = current_user.actor, current_user.id
    try:
        with transaction() as db_session:
            minutes.sign(
                db_session,
                queries.meeting_of(db_session, public_id, person_id, lock=True),
                person_id=person_id,
                name=form.name.data or "",
                content_hash=web_request.form.get("content_hash", ""),
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError:
        form.name.errors = [labels.FIELD_ERROR["other_name"]]
        return _page(public_id, sign_form=form), 422
    except ConflictError as error:
        return _page(public_id, message_of(error.code)), 409
    flash(gettext("已签名"))
    return redirect(url_for("standards.minutes.show", public_id=public_id), code=303)


@bp.post("/<public_id>/minutes/decision")
@access(
    *READERS,
    fields={
        "outcome": "approved or declined",
        "reason": "2 to 200 characters",
        "content_hash": "of the text that was read",
    },
    answers="303 to the minutes; 403 page second_person_outside_panel; 404; 409, 422 page",
)
def decide(public_id: str) -> ResponseReturnValue:
    """Approve or decline the cut, as somebody who was not at the meeting."""
    form = forms.DecisionForm()
    if not form.validate_on_submit():
        return _page(public_id, decision_form=form), 422
    actor, person_id = current_user.actor, current_user.id
    try:
        with transaction() as db_session:
            minutes.decide(
                db_session,
                queries.readable_meeting(db_session, public_id, person_id, lock=True),
                outcome=form.outcome.data,
                reason=form.reason.data or "",
                content_hash=web_request.form.get("content_hash", ""),
                person_id=person_id,
                actor=actor,
                now=clock.now(),
            )
    except (ConflictError, ForbiddenError) as error:
        status = 403 if isinstance(error, ForbiddenError) else 409
        return _page(public_id, message_of(error.code)), status
    flash(gettext("已记录你的决定"))
    return redirect(url_for("standards.minutes.show", public_id=public_id), code=303)


def _page(
    public_id: str,
    refusal: str = "",
    *,
    sign_form: forms.SignForm | None = None,
    decision_form: forms.DecisionForm | None = None,
) -> str:
    db_session, person_id = db.session(), current_user.id
    held = queries.readable_meeting(db_session, public_id, person_id)
    drawn_up = queries.minutes_of(db_session, held)
    signatures = queries.signatures_under(db_session, drawn_up.id)
    decision = queries.decision_or_none(db_session, drawn_up.id)
    members = {one.person_id for one in queries.members_of(db_session, held.id)}
    has_part = held.coordinator_id == person_id or person_id in members
    return render_template(
        "standards/minutes.html",
        meeting=held,
        minutes=drawn_up,
        body=drawn_up.body,
        last=drawn_up.body["rounds"][-1],
        signatures=signatures,
        unsigned=minutes.unsigned_names(db_session, held, signatures),
        decision=decision,
        decided_by=queries.names_of(db_session, [decision.person_id])[decision.person_id]
        if decision
        else "",
        may_sign=held.stage == "signing"
        and person_id in minutes.signers_of(db_session, held)
        and person_id not in {one.person_id for one in signatures},
        may_decide=held.stage == "signed" and not has_part,
        has_part=has_part and Role.COMMITTEE_MEMBER in current_user.roles,
        sign_form=sign_form or forms.SignForm(formdata=None),
        decision_form=decision_form or forms.DecisionForm(formdata=None),
        refusal=refusal,
        labels=labels,
    )
