"""造风者计划: what a provider has and can earn, and how far the programme is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from app.accounts.roles import Role
from app.core import clock
from app.core.config import Settings
from app.core.db import db
from app.core.i18n import is_english
from app.core.web import access
from app.providers import labels, queries, wording
from app.providers.errors import NoSchemeError
from app.providers.league.freezing import freeze_now
from app.providers.models import Provider
from app.providers.month_inputs import inputs_by_month
from app.providers.months import last_complete_month, month_before
from app.providers.rules.wording import figure_text
from app.providers.schemes import Scheme, scheme_for_month
from app.providers.windmaker import programme as programmes

bp = Blueprint("windmaker", __name__, url_prefix="/windmakers")

YEAR = 12

KIND = {"incentive": _("激励"), "right": _("权益"), "enablement": _("赋能")}

READERS = (Role.PROVIDER_MANAGER, Role.COMMITTEE_MEMBER)


@bp.get("")
@access(*READERS, answers="200 page; a provider's manager sees their own benefits and progress")
def index() -> ResponseReturnValue:
    """Show the programme's benefits, tasks, targets and the merchants' stages."""
    db_session, now = db.session(), clock.now()
    settings: Settings = current_app.config["SETTINGS"]
    month = last_complete_month(now)
    months = [month_before(month, back) for back in reversed(range(YEAR))]
    found = inputs_by_month(db_session, months, now=now, include_demo=settings.is_demo)
    histories: dict[int, dict[date, dict[str, Decimal]]] = {}
    for one in months:
        inputs = found.get(one)
        if inputs is None:
            continue
        for row, provider_id in enumerate(inputs.provider_ids):
            figures = {
                key: reading.value
                for key, reading in inputs.readings(row).items()
                if not reading.is_carried
            }
            histories.setdefault(provider_id, {})[one] = figures
    own = _own(db_session)
    freeze = freeze_now(db_session)
    open_histories = [
        {one: figures for one, figures in history.items() if not freeze.holds(one)}
        for history in histories.values()
    ]
    programme = programmes.shipped_programme()
    history = histories.get(own.id, {}) if own else {}
    tasks = [
        (task, programmes.progress(task, history), programme.benefit(task.benefit))
        for task in programme.tasks
        if own is not None
        and own.tier in task.tiers
        and own.field in programme.benefit(task.benefit).fields
    ]
    return render_template(
        "providers/windmakers.html",
        programme=programme,
        month=month,
        hidden_until=freeze.reveals_at.get(month),
        provider=own,
        benefits=[
            (
                kind,
                [
                    (one, own is None or one in _held(programme, own), _tier_words(one))
                    for one in programme.benefits
                    if one.kind == kind and (own is None or own.field in one.fields)
                ],
            )
            for kind in KIND
        ],
        tasks=tasks,
        waiting={benefit.id for _, done, benefit in tasks if not done.is_done},
        targets=[
            (target, programmes.reached_count(target, open_histories))
            for target in programme.targets
        ],
        stages=programmes.stage_counts(programme, history.get(month, {})),
        value_text=_writer(_scheme(db_session, month)),
        kinds=KIND,
        is_english=is_english(),
        labels=labels,
        wording=wording,
    )


def _own(db_session: Session) -> Provider | None:
    if Role.PROVIDER_MANAGER not in current_user.roles:
        return None
    return queries.managed_provider_or_none(db_session, current_user.id)


def _held(programme: programmes.Programme, own: Provider) -> tuple[programmes.Benefit, ...]:
    return programmes.benefits_of(programme, own.tier, own.field)


def _tier_words(benefit: programmes.Benefit) -> str:
    """Return from which tier on a benefit is had."""
    return str(labels.TIER[programmes.tier_of_benefit(benefit)])


def _scheme(db_session: Session, month: date) -> Scheme | None:
    try:
        return scheme_for_month(queries.schemes(db_session), month)
    except NoSchemeError:
        return None


def _writer(scheme: Scheme | None) -> Callable[[str, Decimal | None], str]:
    """Return what writes a value of a column."""
    figures = {figure.id: figure for figure in scheme.figures} if scheme else {}

    def written(column: str, value: Decimal | None) -> str:
        if column in figures:
            return figure_text(figures[column], value)
        return "—" if value is None else wording.plain(value)

    return written
