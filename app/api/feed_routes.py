"""The feeds' routes for the platform's systems, and the administrator's page."""

from __future__ import annotations

import json
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.api import feeds, labels, platform, reports
from app.api.forms import PlatformTokenForm
from app.api.keyed import read_body
from app.api.models import FeedSnapshot
from app.core import clock
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db, transaction
from app.core.errors import InvalidInputError, NotFoundError
from app.core.web import ANYONE, access

bp = Blueprint("feeds", __name__)

SNAPSHOTS_SHOWN = 20


@bp.get("/api/v1/feeds/providers")
@access(
    ANYONE,
    answers="200 `{sequence, sha256, signature, body}`: the newest snapshot; 401 token_refused; "
    "404 before the first one; 429",
)
@platform.platform_program(answer=feeds.FeedAnswer)
def snapshot() -> ResponseReturnValue:
    """Give every provider's certified counts and score, signed."""
    found = _snapshot()
    # The body goes out as the very bytes that were signed.
    text = (
        f'{{"sequence":{found.id},"sha256":{json.dumps(found.sha256)},'
        f'"signature":{json.dumps(found.signature)},"body":{found.body}}}'
    )
    return Response(text, mimetype="application/json")


@bp.get("/api/v1/feeds/providers.csv")
@access(ANYONE, answers="200 text/csv of the newest snapshot; 401 token_refused; 404; 429")
@platform.platform_program()
def snapshot_csv() -> ResponseReturnValue:
    """Give the newest snapshot as a table."""
    found = _snapshot()
    answer = Response(feeds.snapshot_csv(found), mimetype="text/csv")
    name = f"provider-feed-{found.id}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.get("/api/v1/feeds/changes")
@access(
    ANYONE,
    fields={"after": "id of the last change that is known; 0 for all"},
    answers="200 `{changes: [{id, code, at, cause, certified}], next}`, at most 500; "
    "401 token_refused; 422; 429",
)
@platform.platform_program(answer=feeds.ChangesAnswer)
def changes() -> ResponseReturnValue:
    """Tell what moved providers' certified operators since a change."""
    text = request.args.get("after", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise InvalidInputError("after", [{"field": "after", "code": "out_of_range"}])
    return jsonify(feeds.changes_after(db.session(), int(text)))


@bp.post("/api/v1/indicators")
@access(
    ANYONE,
    answers="200 what was taken in, or would be after a dry run; 401 token_refused; 403 "
    "scope_missing; 409 no_scheme, odd_figures; 413; 422 `errors: [{row, field, code}]`, nothing "
    "taken in; 429",
)
@platform.platform_program(
    platform.PlatformScope.REPORTS, asks=reports.ReportRequest, answer=reports.ReportAnswer
)
def take_report() -> ResponseReturnValue:
    """Take in providers' monthly figures; the same ones again change nothing."""
    now, caller = clock.now(), platform.platform_caller()
    body = request.get_json(silent=True)
    report = read_body(reports.ReportRequest, body if isinstance(body, dict) else {})
    checked = reports.check_report(db.session(), report, system=caller.label, now=now)
    if report.dry_run:
        return jsonify(reports.tried(checked).model_dump())
    with transaction() as db_session:
        answer = reports.take_report(db_session, checked, report, actor=caller.actor, now=now)
    return jsonify(answer.model_dump())


@bp.get("/api/v1/feeds/schema.json")
@access(ANYONE, answers="200 JSON Schema (2020-12) of the snapshot's answer")
def schema() -> ResponseReturnValue:
    """Publish the snapshot's schema."""
    found = feeds.FeedAnswer.model_json_schema()
    base = _settings().public_base_url
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base}{url_for('api.feeds.schema')}",
        **found,
    }
    return jsonify(document)


@bp.get("/provider/feeds")
@access("system_admin", answers="200 page")
def index() -> ResponseReturnValue:
    """Show what was handed out, and the platform's tokens."""
    return _page(PlatformTokenForm(formdata=None))


@bp.post("/provider/feeds/publish")
@access("system_admin", answers="303 to the page; 503 keys_missing")
def publish() -> ResponseReturnValue:
    """Make a snapshot now, instead of tonight."""
    actor, now = current_user.actor, clock.now()
    body = feeds.feed_body(db.session(), settings=_settings(), now=now)
    with transaction() as db_session:
        made = feeds.publish_snapshot(
            db_session,
            body,
            settings=_settings(),
            field_keys=_field_keys(),
            actor=actor,
            now=now,
        )
        sequence = made.id
    flash(gettext("第 %(n)s 份已生成并签名", n=sequence))
    return redirect(url_for("api.feeds.index"), code=303)


@bp.post("/provider/feeds/tokens")
@access(
    "system_admin",
    fields={"label": "which system", "scopes": "feeds, reports, applications", "days": "1 to 365"},
    answers="200 page with the token, shown once; 409 too_many_platform_tokens; 422 form again",
)
def make_token() -> ResponseReturnValue:
    """Make a token for one of the platform's systems."""
    form, actor = PlatformTokenForm(), current_user.actor
    if not form.validate_on_submit():
        return _page(form), 422
    with transaction() as db_session:
        secret = platform.make_platform_token(
            db_session,
            label=form.label.data or "",
            days=form.days.data or 0,
            scopes=form.wanted,
            actor=actor,
            now=clock.now(),
        )
    return _page(PlatformTokenForm(formdata=None), shown=secret)


@bp.post("/provider/feeds/tokens/<public_id>/end")
@access("system_admin", answers="303 to the page; 404")
def end_token(public_id: str) -> ResponseReturnValue:
    """End a token now."""
    actor = current_user.actor
    with transaction() as db_session:
        platform.end_platform_token(db_session, public_id, actor=actor, now=clock.now())
    flash(gettext("令牌已停用"))
    return redirect(url_for("api.feeds.index"), code=303)


def _snapshot() -> FeedSnapshot:
    found = feeds.last_snapshot_or_none(db.session())
    if found is None:
        raise NotFoundError("no feed was published yet")
    return found


def _page(form: PlatformTokenForm, *, shown: str = "") -> str:
    now, db_session = clock.now(), db.session()
    context: dict[str, Any] = {
        "snapshots": feeds.recent_snapshots(db_session, SNAPSHOTS_SHOWN),
        "tokens": [
            (
                one,
                platform.runs(one, now),
                [labels.PLATFORM_SCOPE[scope] for scope in sorted(platform.scopes_of(one))],
            )
            for one in platform.platform_tokens(db_session)
        ],
    }
    return render_template("api/feeds.html", form=form, shown=shown, **context)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _field_keys() -> FieldKeys:
    found: FieldKeys = current_app.extensions["field_keys"]
    return found
