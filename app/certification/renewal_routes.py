"""The holder's page of a renewal: what the refresher exam asks, and its beginning."""

from __future__ import annotations

from flask import current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bank import queries as bank
from app.bank.labels import TOPIC
from app.certification import labels, presenting, queries, renewal_offers, renewing
from app.certification.blueprint import bp
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.web import access
from app.exams.drawing import NoFormError
from certificates.renewals import renewed_until


@bp.get("/certificates/<number>/renew")
@access(
    "candidate",
    answers="200 page; 409 not_renewable; 404, also for somebody else's",
)
def renew_page(number: str) -> ResponseReturnValue:
    """Show what the refresher exam that renews a certificate asks, and of what it is made."""
    return _renew_page(number)


@bp.post("/certificates/<number>/renew")
@access(
    "candidate",
    answers="303 to the attempt (the open one, if there is one); 409 page with the reason, "
    "not_renewable; 404",
)
def begin_refresher(number: str) -> ResponseReturnValue:
    """Start the refresher exam of a certificate, or go back to the open one."""
    now, reading = clock.now(), db.session()
    record = queries.credential_of(reading, number, current_user.id)
    found = renewal_offers.offer(reading, record, now=now)
    if found.open_id is not None:
        return redirect(url_for("exams.take", public_id=found.open_id), code=303)
    try:
        drawn = renewing.draw_refresher(reading, found, include_public=_settings().is_demo)
        with transaction() as db_session:
            record = queries.credential_of(db_session, number, current_user.id)
            attempt = renewing.start_refresher(
                db_session, record, drawn, settings=_settings(), now=now
            )
            public_id = attempt.public_id
    except (renewing.RefresherTooEarlyError, NoFormError) as error:
        is_early = isinstance(error, renewing.RefresherTooEarlyError)
        return _renew_page(number, "" if is_early else message_of(error.code)), 409
    return redirect(url_for("exams.take", public_id=public_id), code=303)


def _renew_page(number: str, refusal: str = "") -> str:
    now, db_session = clock.now(), db.session()
    record = queries.credential_of(db_session, number, current_user.id)
    found = renewal_offers.offer(db_session, record, now=now)
    blueprint = bank.blueprint_of(db_session, found.refresher.blueprint_ref)
    matter = renewing.matter_of(db_session, record, blueprint)
    weakest = sorted(matter.lost_fraction.items(), key=lambda one: -one[1])
    return render_template(
        "certification/renew.html",
        found=found,
        record=record,
        blueprint=blueprint,
        cut=presenting.points(found.refresher.cut_fraction * 100),
        until=renewed_until(record.valid_until, found.programme.validity_years),
        changed_count=len(matter.changed_ids),
        changed_most=blueprint.item_count // 2,
        weakest=[(TOPIC[topic.value], 1 - lost) for topic, lost in weakest[:3] if lost > 0],
        past=[
            (one, presenting.points((one.score_fraction or 0) * 100))
            for one in found.past
            if one.has_result
        ],
        may_start=found.may_start(now),
        why=labels.retake_words(found.retake),
        refusal=refusal,
    )


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
