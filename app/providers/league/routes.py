"""排位赛: the board of a season, and the opening of the next one."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.roles import Role
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import ConflictError
from app.core.i18n import is_english
from app.core.web import SIGNED_IN, BaseForm, access
from app.providers import queries, wording
from app.providers.exact import from_hundredths
from app.providers.league import points, seasons
from app.providers.league.models import LeaguePoints, LeagueSeason
from app.providers.league.ranking import moving_count
from app.providers.league.rules import Division, shipped_rules
from app.providers.models import ProviderManager
from app.providers.months import parse_month
from app.providers.rules.wording import figure_text

add_messages(
    {
        "season_taken": _("这几个月已经属于另一个赛季"),
        "league_points_taken": _("这个来源已经给过别的分数；更正请另记一笔"),
        "league_season_over": _("这个赛季已经揭晓，不能再加分"),
    }
)

bp = Blueprint("league", __name__, url_prefix="/league")

OPENERS = (Role.COMMITTEE_MEMBER,)

MOVEMENT = {
    "up": (_("升组"), "good"),
    "down": (_("降组"), "bad"),
    "stay": (_("留组"), ""),
    "unranked": (_("不参评"), "warn"),
}


@bp.get("")
@access(SIGNED_IN, answers="200 page; `season` (2026-08) chooses one, the newest without; 404")
def index() -> ResponseReturnValue:
    """Show a season's board as far as it may be seen."""
    return _page()


@bp.post("/seasons")
@access(
    *OPENERS,
    fields={"first_month": "2026-08"},
    answers="303 to the board; 409 page: season_taken; 422 page",
)
def open_season() -> ResponseReturnValue:
    """Open a season of the shipped rules."""
    month = parse_month(request.form.get("first_month", ""))
    if not BaseForm().validate_on_submit() or month is None:
        return _page(gettext("请选择赛季的第一个月")), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            code = seasons.open_season(
                db_session, month, shipped_rules(), actor=actor, now=clock.now()
            ).code
    except ConflictError as error:
        return _page(message_of(error.code)), 409
    flash(gettext("赛季已开始"))
    return redirect(url_for("providers.league.index", season=code), code=303)


def _page(refusal: str = "") -> str:
    db_session, now = db.session(), clock.now()
    settings: Settings = current_app.config["SETTINGS"]
    every = seasons.seasons(db_session)
    code = request.args.get("season", "")
    chosen = seasons.season_of_code(db_session, code) if code else next(iter(every), None)
    board = None
    if chosen is not None:
        board = seasons.board_of(db_session, chosen, now=now, include_demo=settings.is_demo)
    hidden = board.hidden if board is not None else ()
    own = set(
        db_session.scalars(
            select(ProviderManager.provider_id).where(ProviderManager.person_id == current_user.id)
        )
    )
    return render_template(
        "providers/league.html",
        board=board,
        awards=_awards(db_session, chosen),
        seasons=every,
        providers={one.id: one for one in queries.providers(db_session)},
        own=own,
        hidden_words=gettext("、").join(wording.month_text(one) for one in hidden),
        refusal=refusal,
        may_open=bool(current_user.roles & set(OPENERS)),
        division_name=_division_name,
        figure_of=_scale_text,
        from_hundredths=from_hundredths,
        moving_count=moving_count,
        moving_percent=seasons.moving_percent,
        movement=MOVEMENT,
        wording=wording,
    )


def _awards(
    db_session: Session, season: LeagueSeason | None
) -> list[tuple[int, tuple[LeaguePoints, ...]]]:
    """Return who won points beside the score, the most first."""
    if season is None:
        return []
    found = points.points_of(db_session, season.id)
    return sorted(found.items(), key=lambda one: (-sum(row.points for row in one[1]), one[0]))


def _division_name(division: Division) -> str:
    return division.name_en if is_english() else division.name


def _scale_text(division: Division) -> str:
    """Write where a division begins for newcomers, in the latest scheme's scale."""
    for scheme in reversed(queries.schemes(db.session())):
        for figure in scheme.figures:
            if figure.id == scheme.scale:
                return figure_text(figure, division.at_least)
    return wording.plain(division.at_least)
