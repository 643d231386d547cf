"""The board: plan sessions, say who operates them, see who is tired and what is missing."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select

from app.core import clock
from app.core.clock import BEIJING
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages
from app.core.errors import InvalidInputError, NotFoundError
from app.core.web import access
from app.providers import queries as providers
from app.providers.labels import LEVEL, TIER
from app.providers.models import Employment, Provider
from app.providers.roster import labels, presenting, queries, services
from app.providers.roster.forms import PlanSessionForm
from app.providers.roster.next_tier import next_tier
from app.providers.roster.rules import MAX_DAY_MINUTES, MAX_WEEK_MINUTES, week_of
from app.providers.trade import CATEGORY

bp = Blueprint("roster", __name__, url_prefix="/provider/board")
add_messages(labels.MESSAGES)

FARTHEST_WEEKS = 53
"""How far from the present week the board goes, to either side."""


@bp.get("")
@access("provider_manager", answers="200 page of the week of `week` (2026-11-23; this one); 404")
def index() -> ResponseReturnValue:
    """Show the week: sessions, who may operate each, how loaded everybody is."""
    now = clock.now()
    return _page(_week(now), PlanSessionForm(formdata=None), now)


@bp.post("/sessions")
@access(
    "provider_manager",
    fields={
        "title": "whose room, at most 40 characters",
        "category": "goods",
        "level": "the least level",
        "starts_at": "2026-11-23T19:30, Beijing time, in the future",
        "minutes": "30 to 960",
    },
    answers="303 to the board; 404; 409 too_many_sessions; 422 form again",
)
def plan() -> ResponseReturnValue:
    """Plan a session."""
    form, now, actor = PlanSessionForm(), clock.now(), current_user.actor
    if not form.validate_on_submit():
        return _page(_week(now), form, now), 422
    category, level, starts_at = form.wanted
    try:
        with transaction() as db_session:
            services.plan_session(
                db_session,
                providers.provider_of_manager(db_session, current_user.id),
                title=form.title.data or "",
                category=category,
                level=level,
                starts_at=starts_at,
                minutes=form.minutes.data or 0,
                actor=actor,
                now=now,
            )
    except InvalidInputError:
        form.starts_at.errors = [gettext("开播时间应在现在之后、92 天以内")]
        return _page(_week(now), form, now), 422
    flash(gettext("已加入排班"))
    return redirect(_address(starts_at), code=303)


@bp.post("/sessions/<public_id>/assign")
@access(
    "provider_manager",
    fields={"employment": "public id of an employment; empty takes the session back"},
    answers="303 to the board, also with the refusal; 404, also for another provider's; "
    "409 session_begun",
)
def assign(public_id: str) -> ResponseReturnValue:
    """Say who operates a session."""
    now, actor = clock.now(), current_user.actor
    try:
        with transaction() as db_session:
            provider = providers.provider_of_manager(db_session, current_user.id)
            starts_at = queries.planned_session(db_session, public_id, provider.id).starts_at
            services.assign(
                db_session,
                provider,
                public_id,
                request.form.get("employment", ""),
                include_demo=_settings().is_demo,
                actor=actor,
                now=now,
            )
    except services.MayNotOperateError as error:
        reasons = gettext("、").join(str(labels.OBSTACLE[one]) for one in error.obstacles)
        flash(gettext("不能这样排：%(reasons)s", reasons=reasons), "error")
    return redirect(_address(starts_at), code=303)


@bp.post("/sessions/<public_id>/cancel")
@access(
    "provider_manager",
    answers="303 to the board; 404, also for another provider's; 409 session_begun",
)
def cancel(public_id: str) -> ResponseReturnValue:
    """Cancel a session that has not begun."""
    now, actor = clock.now(), current_user.actor
    with transaction() as db_session:
        provider = providers.provider_of_manager(db_session, current_user.id)
        starts_at = queries.planned_session(db_session, public_id, provider.id).starts_at
        services.cancel_session(db_session, provider, public_id, actor=actor, now=now)
    flash(gettext("已取消这一场"))
    return redirect(_address(starts_at), code=303)


@bp.post("/fill")
@access("provider_manager", fields={"week": "a day of the week"}, answers="303 to the board; 404")
def fill() -> ResponseReturnValue:
    """Give the week's open sessions to whom the rules let."""
    now, actor = clock.now(), current_user.actor
    monday = datetime.combine(_week(now), datetime.min.time(), BEIJING)
    with transaction() as db_session:
        filled = services.fill_week(
            db_session,
            providers.provider_of_manager(db_session, current_user.id),
            monday,
            include_demo=_settings().is_demo,
            actor=actor,
            now=now,
        )
    flash(gettext("已按规则排好 %(n)s 场", n=filled))
    return redirect(_address(monday), code=303)


def _page(monday: date, form: PlanSessionForm, now: datetime) -> str:
    db_session = db.session()
    provider = providers.provider_of_manager(db_session, current_user.id)
    operators = queries.operators_of(
        db_session, provider.id, monday, include_demo=_settings().is_demo, now=now
    )
    sessions = queries.week_sessions(db_session, provider.id, monday)
    days = presenting.board_days(monday, sessions, operators, _holders(provider), now=now)
    lines = [line for day in days for line in day.lines]
    return render_template(
        "providers/board.html",
        provider=provider,
        monday=monday,
        sunday=monday + timedelta(days=6),
        earlier=monday - timedelta(days=7),
        later=monday + timedelta(days=7),
        this_week=week_of(now.astimezone(BEIJING).date()),
        days=days,
        session_count=len(lines),
        open_count=sum(line.operator is None and not line.is_begun for line in lines),
        broken_count=sum(bool(line.against) for line in lines),
        loads=presenting.loads(monday, operators),
        next_tier=next_tier(db_session, provider, include_demo=_settings().is_demo, now=now),
        day_hours=MAX_DAY_MINUTES // 60,
        week_hours=MAX_WEEK_MINUTES // 60,
        form=form,
        labels=labels,
        levels=LEVEL,
        tiers=TIER,
        categories=CATEGORY,
    )


def _holders(provider: Provider) -> dict[int, str]:
    rows = db.session().execute(
        select(Employment.id, Employment.public_id).where(
            Employment.provider_id == provider.id, Employment.ended_at.is_(None)
        )
    )
    return {row.id: row.public_id for row in rows}


def _week(now: datetime) -> date:
    """Return the Monday of the week that is asked for.

    Raises:
        NotFoundError: If it is no day, or too far away.
    """
    this_week = week_of(now.astimezone(BEIJING).date())
    text = request.values.get("week", "")
    if not text:
        return this_week
    try:
        monday = week_of(date.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise NotFoundError(f"week {text!r}") from error
    if abs((monday - this_week).days) > 7 * FARTHEST_WEEKS:
        raise NotFoundError(f"week {text!r}")
    return monday


def _address(moment: datetime) -> str:
    monday = week_of(moment.astimezone(BEIJING).date())
    return url_for("providers.roster.index", week=monday.isoformat())


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
