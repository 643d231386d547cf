"""A demonstration's session results, estimate, board and re-verification; everything invented."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Mapping
from datetime import date, datetime, timedelta

import click
from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import Person
from app.certification.queries import credentials_of
from app.core import clock
from app.core.clock import BEIJING
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db, transaction
from app.demo import PEOPLE
from app.providers import queries as providers
from app.providers.demo import COLLEAGUES, OPERATOR_ACCOUNT, OWN
from app.providers.models import Employment, Provider
from app.providers.months import last_complete_month, month_before
from app.providers.people_demo import OPERATORS
from app.providers.roster import services as roster
from app.providers.roster.models import PlannedSession
from app.providers.roster.rules import week_of
from app.providers.sessions import estimating, importing, queries
from app.providers.sessions.reading import COLUMNS
from app.providers.team import checking
from app.providers.team.models import StaffCheck, StaffDraw
from app.providers.trade import FILE_WORDS, Category
from certificates.levels import Level

ACTOR = "cli:demo"
FILE_NAME = "平台场次结果（示例）.csv"

SERVED, UNSERVED = 14, 30
"""Invented merchants: helped by 云帆互动 from some day on, and by nobody."""

EFFECT, SEASON, NOISE = 0.66, 0.30, 0.22
"""In log points: what the service adds, what the season adds in four months, and a session's own
chance."""

GOODS = (Category.FASHION, Category.HOME)
DAYS_BEFORE, STEP_DAYS = 52, 3
ROOMS = (
    ("晴云女装", Category.FASHION, Level.JUNIOR, 0, 19, 120),
    ("拾光家纺", Category.HOME, Level.JUNIOR, 0, 20, 150),
    ("木南童装", Category.CHILDREN, Level.JUNIOR, 1, 14, 120),
    ("晴云女装", Category.FASHION, Level.JUNIOR, 2, 19, 180),
    ("拾光家纺（大场）", Category.HOME, Level.INTERMEDIATE, 3, 18, 300),
    ("里川食品", Category.FOOD, Level.JUNIOR, 4, 10, 120),
    ("晴云女装（换季大场）", Category.FASHION, Level.SENIOR, 5, 18, 300),
    ("拾光家纺", Category.HOME, Level.JUNIOR, 6, 20, 120),
)
"""Room, goods, least level, weekday from Monday, hour, minutes: this week's and the next one's."""


def load_demo_sessions() -> None:
    """Fill them, each once: a step of `flask demo load`."""
    settings: Settings = current_app.config["SETTINGS"]
    keys: FieldKeys = current_app.extensions["field_keys"]
    now = clock.now()
    own = db.session().scalar(select(Provider).where(Provider.code == OWN.code))
    if own is None:
        return
    sessions = 0
    if queries.last_import_id(db.session()) == 0:
        data = results_csv(_certificate(db.session(), now), last_complete_month(now))
        checked = importing.check_session_file(db.session(), data, FILE_NAME, now=now)
        with transaction() as db_session:
            importing.import_sessions(db_session, checked, actor=ACTOR, now=now)
        sessions = len(checked.rows)
        month = last_complete_month(now)
        found = estimating.estimate_month(db.session(), month)
        with transaction() as db_session:
            estimating.record_estimates(db_session, month, found, actor=ACTOR, now=now)
    with transaction() as db_session:
        planned = plan_rooms(db_session, settings=settings, now=now)
        draw_once(db_session, keys, now=now)
    click.echo(f"demonstration sessions: {sessions} results, {planned} planned")


def results_csv(certificates: Mapping[date, str], month: date) -> bytes:
    """Return the invented results as a file such as a platform would send.

    Args:
        certificates: First day on which an operator may be named, and their certificate; empty
            if nobody is certified.
        month: The last complete month; everything ends with it.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    words = {one: word for word, one in FILE_WORDS.items() if word != one.value}
    end = datetime.combine(month_before(month, -1), datetime.min.time(), BEIJING)
    for merchant in range(SERVED + UNSERVED):
        is_served = merchant < SERVED
        began = end - timedelta(days=80 - merchant % 5)
        level = math.log(1_800) + 0.35 * _chance(f"level:{merchant}")
        goods = GOODS[merchant % 2]
        day, index = -DAYS_BEFORE, 0
        while began + timedelta(days=day) < end - timedelta(days=1):
            started = began + timedelta(days=day, hours=19, minutes=30 * (merchant % 3))
            log_hourly = level + SEASON * day / 120 + NOISE * _chance(f"{merchant}:{index}")
            is_operated = is_served and day >= 0
            if is_operated:
                log_hourly += EFFECT
            minutes = 120 + 30 * (index % 3)
            named = [one for since, one in certificates.items() if started.date() > since]
            writer.writerow(
                [
                    f"S{merchant:02d}-{index:03d}",
                    f"M{merchant:04d}",
                    words[goods],
                    f"{started:%Y-%m-%d %H:%M}",
                    minutes,
                    f"{math.exp(log_hourly) * minutes / 60:.2f}",
                    OWN.code if is_operated else "",
                    named[0] if is_operated and named and index % 2 == 0 else "",
                ]
            )
            day, index = day + STEP_DAYS, index + 1
    return out.getvalue().encode()


def plan_rooms(db_session: Session, *, settings: Settings, now: datetime) -> int:
    """Plan this week and the next one, unless some sessions are planned ahead; return how many."""
    provider = providers.provider_by_code(db_session, OWN.code)
    ahead = db_session.scalar(
        select(func.count()).where(
            PlannedSession.provider_id == provider.id, PlannedSession.starts_at > now
        )
    )
    if ahead:
        return 0
    monday = week_of(now.astimezone(BEIJING).date())
    # Planned before the week began, so that the board is full on its last day, too.
    begin = datetime.combine(monday, datetime.min.time(), BEIJING)
    then = begin - timedelta(days=2)
    for week in (0, 1):
        for title, category, level, day, hour, minutes in ROOMS:
            roster.plan_session(
                db_session,
                provider,
                title=title,
                category=category,
                level=level,
                starts_at=begin + timedelta(days=7 * week + day, hours=hour),
                minutes=minutes,
                actor=ACTOR,
                now=then,
            )
        roster.fill_week(
            db_session,
            provider,
            begin + timedelta(days=7 * week),
            include_demo=settings.is_demo,
            actor=ACTOR,
            now=then,
        )
    return 2 * len(ROOMS)


def draw_once(db_session: Session, keys: FieldKeys, *, now: datetime) -> None:
    """Draw once, three weeks ago; all who were drawn confirm, or the job would end their work."""
    provider = providers.provider_by_code(db_session, OWN.code)
    if db_session.scalar(select(StaffDraw.id).where(StaffDraw.provider_id == provider.id)):
        return
    then = now - timedelta(days=21)
    checking.draw_monthly(db_session, now=then, include_demo=True)
    numbers = {one.account: one.number for one in (*PEOPLE, *COLLEAGUES, *OPERATORS)}
    waiting = db_session.execute(
        select(StaffCheck.public_id, Person.id, Person.email)
        .join(Employment, Employment.id == StaffCheck.employment_id)
        .join(Person, Person.id == Employment.person_id)
        .where(StaffCheck.answered_at.is_(None))
    ).all()
    for public_id, person_id, account in waiting:
        checking.confirm(
            db_session,
            person_id,
            public_id,
            number=numbers[account or ""],
            keys=keys,
            now=then + timedelta(days=2),
        )


def _certificate(db_session: Session, now: datetime) -> dict[date, str]:
    """Return since when the demonstration's operator works here, and their certificate."""
    person = accounts.person_of_account_or_none(db_session, OPERATOR_ACCOUNT)
    if person is None:
        return {}
    held = [one for one in credentials_of(db_session, person.id, at=now) if one.is_valid]
    since = db_session.scalar(
        select(Employment.started_at).where(
            Employment.person_id == person.id, Employment.ended_at.is_(None)
        )
    )
    if not held or since is None:
        return {}
    return {since.astimezone(BEIJING).date(): held[0].record.number}


def _chance(name: str) -> float:
    """Return something like a normal deviate that the name alone decides."""
    digest = hashlib.sha256(name.encode()).digest()
    return sum(digest[:12]) / 255 - 6
