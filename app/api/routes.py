"""The programs' routes, and the manager's page of tokens and webhooks."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.api import calls, feed_routes, filing_routes, forms, labels, openapi, tokens, webhooks
from app.api.guarding import program
from app.api.keyed import read_body
from app.api.tokens import Caller, Scope
from app.core import clock
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.web import ANYONE, access, idempotency_key, json_body
from app.providers import queries as providers

bp = Blueprint("api", __name__, template_folder="templates")
bp.register_blueprint(feed_routes.bp)
bp.register_blueprint(filing_routes.bp)
add_messages(labels.MESSAGES)

MESSAGES_SHOWN = 20


@bp.post("/api/v1/verifications")
@access(
    ANYONE,
    fields={"pairs": "1 to 500 objects `{number, name}`", "key": "or header `Idempotency-Key`"},
    answers="200 `{checked_at, results: [{row, verdict, number, level, valid_until, "
    "demonstration}]}`; 400; 401 token_refused; 403 scope_missing; 413; 422 with each fault's "
    "place; 429 check_quota",
)
@program(Scope.VERIFY, asks=calls.VerificationRequest, answer=calls.VerificationAnswer)
def verify(caller: Caller) -> ResponseReturnValue:
    """Check pairs of number and name."""
    body = json_body()
    key = idempotency_key(body)
    asked = read_body(
        calls.VerificationRequest, {name: one for name, one in body.items() if name != "key"}
    )
    with transaction() as db_session:
        answer = calls.verify(db_session, caller, asked, key=key, now=clock.now())
    return jsonify(answer)


@bp.get("/api/v1/staff")
@access(
    ANYONE,
    answers="200 `{as_of, certified, staff: [{id, name, since, level, number, valid_until, "
    "days_left}]}`; 401 token_refused; 403 scope_missing; 429",
)
@program(Scope.STAFF, answer=calls.StaffAnswer)
def staff(caller: Caller) -> ResponseReturnValue:
    """Tell who works for the provider and what their certificates are worth."""
    answer = calls.staff_json(
        db.session(), caller, include_demo=_settings().is_demo, now=clock.now()
    )
    return jsonify(answer)


PROGRAM_VIEWS = (
    verify,
    staff,
    feed_routes.take_report,
    filing_routes.file_objection,
    filing_routes.withdraw_objection,
)
"""Views that read no cookie, so that no page of another site can use somebody's sign-in."""


@bp.record
def _spare_programs_the_form_token(state: BlueprintSetupState) -> None:
    for view in PROGRAM_VIEWS:
        state.app.extensions["csrf"].exempt(view)


@bp.get("/api/v1/openapi.json")
@access(ANYONE, answers="200 OpenAPI 3.1 document of everything below /api/v1/")
def openapi_json() -> ResponseReturnValue:
    """Describe what programs may call."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return jsonify(openapi.document(app, _settings().public_base_url))


@bp.get("/provider/api")
@access("provider_manager", answers="200 page; 404")
def index() -> ResponseReturnValue:
    """Show tokens, webhooks and what was sent of late."""
    return _page()


@bp.post("/provider/api/tokens")
@access(
    "provider_manager",
    fields={
        "label": "what it is for",
        "scopes": "verifications, staff, objections",
        "days": "1 to 365",
    },
    answers="200 page with the token, shown once; 404; 409 too_many_tokens; 422 form again",
)
def make_token() -> ResponseReturnValue:
    """Make a token."""
    form = forms.TokenForm()
    if not form.validate_on_submit():
        return _page(token_form=form), 422
    actor = current_user.actor
    with transaction() as db_session:
        secret = tokens.make_token(
            db_session,
            providers.provider_of_manager(db_session, current_user.id).id,
            label=form.label.data or "",
            scopes=form.wanted,
            days=form.days.data or 0,
            actor=actor,
            now=clock.now(),
        )
    return _page(shown=(gettext("访问令牌"), secret))


@bp.post("/provider/api/tokens/<public_id>/end")
@access("provider_manager", answers="303 to the page; 404, also for another provider's")
def end_token(public_id: str) -> ResponseReturnValue:
    """End a token now."""
    actor = current_user.actor
    with transaction() as db_session:
        provider = providers.provider_of_manager(db_session, current_user.id)
        tokens.end_token(db_session, provider.id, public_id, actor=actor, now=clock.now())
    flash(gettext("令牌已停用"))
    return redirect(url_for("api.index"), code=303)


@bp.post("/provider/api/webhooks")
@access(
    "provider_manager",
    fields={"url": "https address, at most 400 characters"},
    answers="200 page with the secret, shown once; 404; 409 too_many_endpoints; 422 form again",
)
def add_webhook() -> ResponseReturnValue:
    """Add an endpoint."""
    form = forms.WebhookForm()
    if not form.validate_on_submit():
        return _page(webhook_form=form), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            _, secret = webhooks.add_endpoint(
                db_session,
                providers.provider_of_manager(db_session, current_user.id).id,
                form.url.data or "",
                field_keys=_field_keys(),
                actor=actor,
                now=clock.now(),
            )
    except webhooks.TooManyEndpointsError as error:
        form.url.errors = [message_of(error.code)]
        return _page(webhook_form=form), 409
    return _page(shown=(gettext("签名密钥"), secret))


@bp.post("/provider/api/webhooks/<public_id>/rotate")
@access(
    "provider_manager",
    answers="200 page with the new secret, shown once; 404, also for another provider's",
)
def rotate_webhook(public_id: str) -> ResponseReturnValue:
    """Give an endpoint a new secret; for a day both sign."""
    actor = current_user.actor
    with transaction() as db_session:
        provider = providers.provider_of_manager(db_session, current_user.id)
        secret = webhooks.rotate_secret(
            db_session,
            webhooks.endpoint_of(db_session, public_id, provider.id, lock=True),
            field_keys=_field_keys(),
            actor=actor,
            now=clock.now(),
        )
    return _page(shown=(gettext("新的签名密钥"), secret))


@bp.post("/provider/api/webhooks/<public_id>/test")
@access("provider_manager", answers="303 to the page; 404, also for another provider's")
def try_webhook(public_id: str) -> ResponseReturnValue:
    """Send an endpoint a message that says nothing."""
    with transaction() as db_session:
        provider = providers.provider_of_manager(db_session, current_user.id)
        endpoint = webhooks.endpoint_of(db_session, public_id, provider.id)
        webhooks.tell_test(db_session, endpoint, now=clock.now())
    flash(gettext("测试消息已排队，几秒后发出"))
    return redirect(url_for("api.index", _anchor="messages"), code=303)


@bp.post("/provider/api/webhooks/<public_id>/end")
@access("provider_manager", answers="303 to the page; 404, also for another provider's")
def end_webhook(public_id: str) -> ResponseReturnValue:
    """Tell an endpoint nothing more."""
    actor = current_user.actor
    with transaction() as db_session:
        provider = providers.provider_of_manager(db_session, current_user.id)
        endpoint = webhooks.endpoint_of(db_session, public_id, provider.id, lock=True)
        webhooks.end_endpoint(db_session, endpoint, actor=actor, now=clock.now())
    flash(gettext("通知地址已移除"))
    return redirect(url_for("api.index"), code=303)


def _page(
    *,
    token_form: forms.TokenForm | None = None,
    webhook_form: forms.WebhookForm | None = None,
    shown: tuple[str, str] | None = None,
) -> str:
    now = clock.now()
    provider = providers.provider_of_manager(db.session(), current_user.id)
    context: dict[str, Any] = {
        "provider": provider,
        "tokens": [
            (one, tokens.runs(one, now)) for one in tokens.tokens_of(db.session(), provider.id)
        ],
        "endpoints": webhooks.endpoints_of(db.session(), provider.id),
        "messages": webhooks.recent_messages(db.session(), provider.id, MESSAGES_SHOWN),
        "now": now,
    }
    return render_template(
        "api/index.html",
        token_form=token_form or forms.TokenForm(formdata=None),
        webhook_form=webhook_form or forms.WebhookForm(formdata=None),
        shown=shown,
        labels=labels,
        **context,
    )


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _field_keys() -> FieldKeys:
    found: FieldKeys = current_app.extensions["field_keys"]
    return found
