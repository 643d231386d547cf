"""升层规划: where the provider stands in the matrix, and what more certificates would bring."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.core import clock
from app.core.config import Settings
from app.core.db import db
from app.core.errors import NotFoundError
from app.core.web import access
from app.providers import labels, planning, queries, wording
from app.providers.errors import NoSchemeError
from app.providers.five_force import Scorecard
from app.providers.league.freezing import freeze_now
from app.providers.month_inputs import MonthInputs, inputs_by_month
from app.providers.months import last_complete_month, month_before, parse_month
from app.providers.quadrant import quadrant_of
from app.providers.rules import wording as rule_words
from app.providers.tiers import Kind, fewest_exams, next_above
from certificates.levels import Level

bp = Blueprint("plan", __name__)

MONTHS_AHEAD = 12
"""How far a plan may reach."""


@bp.get("/provider/plan")
@access(
    "provider_manager",
    answers="200 page; `junior`, `intermediate`, `senior` more certificates by `month` (2027-03); "
    "404",
)
def index() -> ResponseReturnValue:
    """Show every tier with what is missing, the fewest exams to the next, and a what-if."""
    found = _planned()
    if found is None:
        provider = queries.provider_of_manager(db.session(), current_user.id)
        month = last_complete_month(clock.now())
        return render_template("providers/no_scheme.html", provider=provider, month=month)
    inputs, planned, problems = found
    one = planned.tiers_now
    hidden_until = freeze_now(db.session()).reveals_at.get(inputs.month)
    above = next_above(one.cells, one.provider.tier)
    exams = None if above is None else fewest_exams(inputs.scheme, planned.now, above.cell)
    return render_template(
        "providers/plan.html",
        scheme=inputs.scheme,
        month=inputs.month,
        provider=one.provider,
        one=one,
        above=above,
        exams=exams,
        others_missing=above is not None
        and any(need.kind not in {Kind.TOTAL, Kind.OPERATORS} for need in above.missing),
        planned=planned,
        asked=any(planned.added.values()),
        problems=problems,
        months=[month_before(inputs.month, -n) for n in range(1, MONTHS_AHEAD + 1)],
        levels=tuple(Level),
        most=planning.MOST_PEOPLE,
        quadrant=None if hidden_until else quadrant_of(inputs, one.provider.id),
        hidden_until=hidden_until,
        labels=labels,
        wording=wording,
        rule_words=rule_words,
    )


@bp.get("/api/v1/provider/plan")
@access(
    "provider_manager",
    answers="200 `{month, scheme, tier, reached, cells, next, what_if}`; parameters as the page; "
    "points are exact decimals as text; 404",
)
def as_json() -> ResponseReturnValue:
    """Tell a program where the provider stands in the matrix, and what a plan would bring."""
    found = _planned()
    if found is None:
        raise NotFoundError("no scheme in effect")
    inputs, planned, _ = found
    one = planned.tiers_now
    above = next_above(one.cells, one.provider.tier)
    exams = None if above is None else fewest_exams(inputs.scheme, planned.now, above.cell)
    return jsonify(
        {
            "month": f"{inputs.month:%Y-%m}",
            "scheme": inputs.scheme.ref,
            "tier": one.provider.tier,
            "reached": one.reached.cell.tier if one.reached else None,
            "frozen_by": list(one.findings),
            "cells": [
                {
                    "id": cell.cell.id,
                    "tier": cell.cell.tier,
                    "met": cell.is_met,
                    "requirements": [
                        {
                            "kind": need.kind.value,
                            "subject": need.subject,
                            "needed": str(need.needed),
                            "held": None if need.held is None else str(need.held),
                            "met": need.is_met,
                        }
                        for need in cell.requirements
                    ],
                }
                for cell in one.cells
            ],
            "next": None
            if above is None
            else {
                "tier": above.cell.tier,
                "exams": None if exams is None else exams.exam_count,
                "by_level": None
                if exams is None
                else {level.value: count for level, count in exams.promotions.items()},
            },
            "what_if": {
                "month": f"{planned.month:%Y-%m}",
                "added": {level.value: planned.added.get(level, 0) for level in Level},
                "total_now": str(planned.now.total),
                "total_then": str(planned.then.total),
                "gain": str(planned.gain),
                "reached_then": planned.tiers_then.reached.cell.tier
                if planned.tiers_then.reached
                else None,
            },
        }
    )


def _planned() -> tuple[MonthInputs, planning.Planned, list[str]] | None:
    """Return the month, the plan that is asked for, and what of the question was not understood."""
    db_session, now = db.session(), clock.now()
    settings: Settings = current_app.config["SETTINGS"]
    provider = queries.provider_of_manager(db_session, current_user.id)
    month = last_complete_month(now)
    try:
        inputs = inputs_by_month(db_session, [month], now=now, include_demo=settings.is_demo)[month]
    except (KeyError, NoSchemeError):
        return None
    card = _card(inputs, provider.id)
    by, added, problems = _asked(month)
    planned = planning.plan(
        db_session,
        provider,
        inputs.scheme,
        card,
        scored_month=month,
        month=by,
        added=added,
        now=now,
        include_demo=settings.is_demo,
    )
    return inputs, planned, problems


def _card(inputs: MonthInputs, provider_id: int) -> Scorecard:
    """Return the provider's scorecard.

    Raises:
        NotFoundError: If it has no figures of the month.
    """
    if provider_id not in inputs.provider_ids:
        raise NotFoundError(f"provider {provider_id} has no figures of {inputs.month:%Y-%m}")
    return inputs.scorecard(inputs.provider_ids.index(provider_id))


def _asked(month: date) -> tuple[date, dict[Level, int], list[str]]:
    problems: list[str] = []
    added: dict[Level, int] = {}
    for level in Level:
        text = request.args.get(level.value, "").strip() or "0"
        if text.isdecimal() and len(text) < 5 and int(text) <= planning.MOST_PEOPLE:
            added[level] = int(text)
        else:
            problems.append(
                gettext(
                    "%(level)s人数应为 0 到 %(most)s 的整数",
                    level=labels.LEVEL[level],
                    most=planning.MOST_PEOPLE,
                )
            )
    text = request.args.get("month", "")
    last = month_before(month, -MONTHS_AHEAD)
    by = parse_month(text) if text else month_before(month, -1)
    if by is None or not month < by <= last:
        problems.append(gettext("请从列出的月份中选择"))
        by = month_before(month, -1)
    return by, added, problems
