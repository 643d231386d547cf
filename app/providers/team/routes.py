"""Pages of re-verification, growth alerts and consent."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.core import clock
from app.core.clock import BEIJING
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import NotFoundError
from app.core.web import SIGNED_IN, BaseForm, access
from app.providers.queries import own_employment, provider_by_code
from app.providers.team import checking, consents, labels, queries
from app.providers.team.forms import ConfirmForm
from app.providers.team.growth import LEAST_GAIN, LEAST_SHARE, WINDOW_DAYS

bp = Blueprint("team", __name__)
add_messages(labels.MESSAGES)


@bp.post("/staff-checks/<public_id>/confirm")
@access(
    SIGNED_IN,
    fields={"number": "identity number, if one is on record"},
    answers="303 to the own employments, also with the refusal; 404, also for somebody else's",
)
def confirm(public_id: str) -> ResponseReturnValue:
    """Confirm, when drawn, to work there still."""
    form = ConfirmForm()
    number = (form.number.data or "") if form.validate_on_submit() else ""
    now, person_id = clock.now(), current_user.id
    try:
        with transaction() as db_session:
            checking.count_try(db_session, person_id, now=now)
        with transaction() as db_session:
            checking.confirm(
                db_session, person_id, public_id, number=number, keys=_field_keys(), now=now
            )
    except (
        checking.CheckAnsweredError,
        checking.WrongIdentityError,
        checking.TooManyTriesError,
    ) as error:
        flash(message_of(error.code), "error")
    else:
        flash(gettext("已确认，你的任职继续有效"))
    return redirect(url_for("providers.invitations"), code=303)


@bp.post("/employments/<public_id>/progress")
@access(
    SIGNED_IN,
    fields={"shared": "1 to let the provider see the training's progress, empty to end that"},
    answers="303 to the own employments; 404, also for somebody else's; 409 employment_ended",
)
def share(public_id: str) -> ResponseReturnValue:
    """Let the provider see the own training's progress, or no longer."""
    actor, is_shared = current_user.actor, request.form.get("shared") == "1"
    with transaction() as db_session:
        consents.share_progress(
            db_session,
            own_employment(db_session, public_id, current_user.id, lock=True),
            is_shared=is_shared,
            actor=actor,
            now=clock.now(),
        )
    flash(gettext("服务商现在能看到你的学习进度") if is_shared else gettext("已停止共享学习进度"))
    return redirect(url_for("providers.invitations"), code=303)


@bp.get("/provider/alerts")
@access("committee_member", "system_admin", answers="200 page")
def alerts() -> ResponseReturnValue:
    """Show the providers whose certified operators grew suddenly."""
    now = clock.now()
    return render_template(
        "providers/alerts.html",
        alerts=queries.alerts(
            db.session(),
            month=now.astimezone(BEIJING).date().replace(day=1),
            include_demo=_settings().is_demo,
            now=now,
        ),
        form=BaseForm(formdata=None),
        window_days=WINDOW_DAYS,
        least_gain=LEAST_GAIN,
        least_percent=round(100 * LEAST_SHARE),
        term_days=checking.TERM.days,
    )


@bp.post("/provider/alerts/<code>/draw")
@access(
    "committee_member",
    "system_admin",
    answers="303 to the page; 404, also if the provider did not grow suddenly",
)
def draw(code: str) -> ResponseReturnValue:
    """Ask everybody who joined a suddenly grown provider to confirm again."""
    actor, now = current_user.actor, clock.now()
    with transaction() as db_session:
        provider = provider_by_code(db_session, code)
        month = now.astimezone(BEIJING).date().replace(day=1)
        found = queries.alerts(db_session, month=month, include_demo=_settings().is_demo, now=now)
        if provider.id not in {one.provider_id for one in found}:
            raise NotFoundError(f"no alert of provider {code}")
        asked = checking.draw_for_growth(db_session, provider, actor=actor, now=now)
    flash(gettext("已要求 %(n)s 人重新确认任职", n=asked))
    return redirect(url_for("providers.team.alerts"), code=303)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _field_keys() -> FieldKeys:
    found: FieldKeys = current_app.extensions["field_keys"]
    return found
