"""Pages of the analysis: which blueprints have responses, a form's figures, one item's curves."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from io import BytesIO
from typing import TypeVar

from flask import Blueprint, current_app, jsonify, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from app.analysis import labels, presenting, queries, theory_presenting
from app.analysis.groups import Grouping, differences_of
from app.analysis.pilots import drafts_in_pilot, pilot_places, pilot_results
from app.analysis.queries import Sample
from app.analysis.studying import CURVE_KINDS, Study, curves_of, study_of
from app.analysis.theory import CUSTOMARY, METHODS, MODELS, Theory, theory_of
from app.bank import blueprint_queries
from app.bank import services as bank_services
from app.bank.labels import KIND, LEVEL, TOPIC
from app.bank.presenting import rich_text
from app.bank.workshop.blueprint import WRITERS
from app.core import clock
from app.core.clock import BEIJING
from app.core.db import db, transaction
from app.core.error_pages import wants_json
from app.core.errors import NotFoundError
from app.core.web import access
from question_bank.interchange.qti.usage import usage_data
from question_bank.psychometrics.abilities import Method
from question_bank.psychometrics.differential import LEAST_IN_GROUP
from question_bank.psychometrics.irt import LEAST_PERSONS, Model

bp = Blueprint("analysis", __name__, template_folder="templates", url_prefix="/analysis")

KEPT = 8
"""Studies, and calibrations, that a process keeps; each belongs to one newest scoring."""

Found = TypeVar("Found")


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
@access(
    "committee_member",
    "reviewer",
    answers="200 QTI usage data; `model` chooses the response theory, `scale=held` puts it on the "
    "scale in use; 404",
)
def usage(blueprint_ref: str) -> ResponseReturnValue:
    """Give a blueprint's item figures as a file that other systems read."""
    sample, study = _study(db.session(), blueprint_ref)
    usages = presenting.item_usages(study)
    found = _theory(db.session(), blueprint_ref, sample, study) if "model" in request.args else None
    if found is not None:
        on_held_scale = request.args.get("scale") == "held"
        figures = theory_presenting.theory_figures(found, on_held_scale=on_held_scale)
        usages = theory_presenting.with_figures(usages, figures)
    data = usage_data(
        usages,
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


@bp.get("/<blueprint_ref>/theory")
@access(
    "committee_member",
    "reviewer",
    answers="200 page: `model` is 1pl, 2pl or 3pl, `method` eap, map or ml; 404",
)
def theory(blueprint_ref: str) -> ResponseReturnValue:
    """Show a blueprint's items and candidates on one scale."""
    sample, study = _study(db.session(), blueprint_ref)
    found = _theory(db.session(), blueprint_ref, sample, study)
    model = _model()
    return render_template(
        "analysis/theory.html",
        blueprint_ref=blueprint_ref,
        count=len(study.scores),
        found=found,
        rows=theory_presenting.theory_rows(found) if found else [],
        charts=theory_presenting.theory_charts(found) if found else {},
        models=MODELS,
        methods=METHODS,
        model=model,
        method=_method(),
        customary=CUSTOMARY[model],
        least=LEAST_PERSONS,
        labels=labels,
    )


@bp.get("/<blueprint_ref>/theory/data")
@access("committee_member", "reviewer", answers="200 JSON of the same figures; 404, also before")
def theory_data(blueprint_ref: str) -> ResponseReturnValue:
    """Answer a blueprint's calibration as data."""
    sample, study = _study(db.session(), blueprint_ref)
    found = _theory(db.session(), blueprint_ref, sample, study)
    if found is None:
        raise NotFoundError(f"{len(study.scores)} attempts at {blueprint_ref}")
    return jsonify(theory_presenting.theory_json(found))


@bp.get("/<blueprint_ref>/groups")
@access(
    "committee_member",
    "reviewer",
    answers="200 page, or JSON for programs; `by` is again, independent or extra_time; 404",
)
def groups(blueprint_ref: str) -> ResponseReturnValue:
    """Compare a group of candidates with all the others on every item."""
    sample, _ = _study(db.session(), blueprint_ref)
    by = request.args.get("by", "")
    grouping = Grouping(by) if by in set(Grouping) else Grouping.AGAIN
    found = differences_of(db.session(), sample, blueprint_ref, grouping)
    if wants_json():
        return jsonify(theory_presenting.differences_json(found))
    return render_template(
        "analysis/groups.html",
        blueprint_ref=blueprint_ref,
        found=found,
        groupings=list(Grouping),
        least=LEAST_IN_GROUP,
        labels=labels,
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
        form=study.form,
        labels=labels,
        topics=TOPIC,
        kinds=KIND,
    )


def _study(db_session: Session, blueprint_ref: str) -> tuple[Sample, Study]:
    """Return a blueprint's responses and their study, kept until there is a newer scoring."""

    def studied() -> tuple[Sample, Study]:
        sample = queries.sample_of(db_session, blueprint_ref)
        return sample, study_of(sample, queries.items_by_ref(db_session, sample.matrix.item_refs))

    return _kept("study", blueprint_ref, queries.newest_scoring(db_session, blueprint_ref), studied)


def _theory(db_session: Session, blueprint_ref: str, sample: Sample, study: Study) -> Theory | None:
    """Return the calibration that the request asks for, kept like the studies."""
    level = study.items[0].item.level
    held = blueprint_queries.calibration_or_none(db_session, level)
    model, method = _model(), _method()

    def calibrated() -> Theory | None:
        return theory_of(
            sample.matrix,
            study.cut_fraction,
            model=model,
            method=method,
            held=blueprint_queries.item_parameters(db_session, level),
        )

    scoring = queries.newest_scoring(db_session, blueprint_ref)
    rests_on = scoring, model, method, held.id if held else 0
    return _kept("theory", blueprint_ref, rests_on, calibrated)


def _kept(
    kind: str, blueprint_ref: str, rests_on: Hashable, work_out: Callable[[], Found]
) -> Found:
    """Return what this process worked out before, if all that it rests on is the same."""
    held: dict[Hashable, Found] = current_app.extensions.setdefault(f"analysis_{kind}", {})
    key = blueprint_ref, rests_on
    if key not in held:
        found = work_out()
        while len(held) >= KEPT:
            held.pop(next(iter(held)))
        held[key] = found
    return held[key]


def _model() -> Model:
    asked = request.args.get("model", "")
    return next((one for one in MODELS if one == asked), "2pl")


def _method() -> Method:
    asked = request.args.get("method", "")
    return next((one for one in METHODS if one == asked), "eap")
