"""Pages of the analysis: which blueprints have responses, a form's figures, one item's curves."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, current_app, jsonify, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from app.analysis import labels, presenting, queries
from app.analysis.pilots import drafts_in_pilot, pilot_places, pilot_results
from app.analysis.queries import Sample
from app.analysis.studying import CURVE_KINDS, Study, curves_of, study_of
from app.bank import services as bank_services
from app.bank.labels import KIND, LEVEL, TOPIC
from app.bank.presenting import rich_text
from app.bank.workshop.blueprint import WRITERS
from app.core import clock
from app.core.clock import BEIJING
from app.core.db import db, transaction
from app.core.errors import NotFoundError
from app.core.web import access
from question_bank.interchange.qti.usage import usage_data

bp = Blueprint("analysis", __name__, template_folder="templates", url_prefix="/analysis")

KEPT = 8
"""Studies that a process keeps; each belongs to one newest scoring."""


@bp.get("")
@access("committee_member", "reviewer", answers="200 page")
def index() -> ResponseReturnValue:
    """Show the blueprints that somebody has finished a form of."""
    return render_template("analysis/index.html", supplies=queries.supplies(db.session()))


@bp.get("/pilots")
@access("committee_member", "reviewer", answers="200 page")
def pilots() -> ResponseReturnValue:
    """Show what each item in the pilot has come to, before somebody puts it into use."""
    results = pilot_results(db.session())
    return render_template(
        "analysis/pilots.html",
        results=results,
        drafts=drafts_in_pilot(db.session()),
        places=pilot_places(db.session(), results),
        may_write=bool(current_user.roles & set(WRITERS)),
        labels=labels,
        levels=LEVEL,
    )


@bp.get("/<blueprint_ref>")
@access("committee_member", "reviewer", answers="200 page; `sort` orders the items; 404")
def form(blueprint_ref: str) -> ResponseReturnValue:
    """Show a blueprint's figures and its items."""
    _, study = _study(db.session(), blueprint_ref)
    order = request.args.get("sort", "flags")
    return render_template(
        "analysis/form.html",
        blueprint_ref=blueprint_ref,
        study=study,
        items=presenting.sorted_items(study, order),
        order=order if order in presenting.SORTS else "flags",
        parameters=presenting.parameters_of(study),
        score_chart=presenting.score_chart(study),
        information_chart=presenting.information_chart(study),
        labels=labels,
        topics=TOPIC,
    )


@bp.get("/<blueprint_ref>/data")
@access("committee_member", "reviewer", answers="200 JSON of the same figures; 404")
def data(blueprint_ref: str) -> ResponseReturnValue:
    """Answer a blueprint's figures as data."""
    _, study = _study(db.session(), blueprint_ref)
    return jsonify(presenting.study_json(study))


@bp.get("/<blueprint_ref>/usage.xml")
@access("committee_member", "reviewer", answers="200 QTI usage data; 404")
def usage(blueprint_ref: str) -> ResponseReturnValue:
    """Give a blueprint's item figures as a file that other systems read."""
    _, study = _study(db.session(), blueprint_ref)
    data = usage_data(
        presenting.item_usages(study),
        context=url_for("analysis.form", blueprint_ref=blueprint_ref, _external=True),
        glossary=url_for("analysis.data", blueprint_ref=blueprint_ref, _external=True),
        day=clock.now().astimezone(BEIJING).date(),
    )
    return send_file(
        BytesIO(data),
        as_attachment=True,
        download_name=f"usage-{blueprint_ref.replace('@', '-')}.xml",
        mimetype="application/xml",
    )


@bp.get("/<blueprint_ref>/items/<ref>")
@access("committee_member", "reviewer", answers="200 page; 404; each view goes into the audit log")
def item(blueprint_ref: str, ref: str) -> ResponseReturnValue:
    """Show one item's figures, its option curves and what to do."""
    actor = current_user.actor
    sample, study = _study(db.session(), blueprint_ref)
    found = next((one for one in study.items if one.item.ref == ref), None)
    if found is None:
        raise NotFoundError(f"item {ref}")
    with transaction() as db_session:
        bank_services.note_item_view(db_session, ref, actor=actor, now=clock.now())
    has_curves = found.item.kind in CURVE_KINDS and found.item.parametric is None
    curves = curves_of(sample, found.item) if has_curves else []
    return render_template(
        "analysis/item.html",
        blueprint_ref=blueprint_ref,
        one=found,
        stem=rich_text(found.item.stem),
        curves=curves,
        chart_spec=presenting.curve_chart(curves, found.item) if curves else None,
        option_name=presenting.option_name,
        parameters=presenting.parameters_of(study).get(ref),
        labels=labels,
        topics=TOPIC,
        kinds=KIND,
    )


def _study(db_session: Session, blueprint_ref: str) -> tuple[Sample, Study]:
    """Return a blueprint's responses and their study, kept until there is a newer scoring."""
    kept: dict[tuple[str, int], tuple[Sample, Study]] = current_app.extensions.setdefault(
        "analysis", {}
    )
    key = blueprint_ref, queries.newest_scoring(db_session, blueprint_ref)
    if key not in kept:
        sample = queries.sample_of(db_session, blueprint_ref)
        items = queries.items_by_ref(db_session, sample.matrix.item_refs)
        while len(kept) >= KEPT:
            kept.pop(next(iter(kept)))
        kept[key] = sample, study_of(sample, items)
    return kept[key]
