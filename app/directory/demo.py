"""The demonstration's operator in the public register, and a list that its provider checked."""

from __future__ import annotations

from datetime import datetime

import click
from flask import current_app
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.certification import queries as certification
from app.certification.demo import HOLDER_ACCOUNT
from app.checks import services as checks
from app.checks.queries import lists_of
from app.checks.reading import TypedPair
from app.core import clock
from app.core.config import Settings
from app.core.db import transaction
from app.directory import listings, services
from app.directory.matching import NATIONWIDE, Stage
from app.directory.queries import entry_or_none
from app.directory.regions import Field
from app.directory.services import EntryDraft
from app.providers import queries as providers
from app.providers.trade import Category

MANAGER_ACCOUNT = "provider@demo.example"
ACTOR = "cli:demo"
DRAFT = EntryDraft(
    region="浙江",
    fields=[Field.FASHION, Field.HOME],
    is_available=True,
    shows_provider=True,
    is_indexable=False,
    introduction="女装与家纺直播间操盘三年，熟悉测品、排品与退货控制。",
)

LISTED = (
    (
        "YF-0571",
        "浙江",
        [Category.FASHION, Category.HOME],
        [Stage.COLD_START, Stage.STEADY, Stage.LEAP],
        "从冷启动陪到月 GMV 200 万，长于女装与家纺的日播和大场。",
    ),
    (
        "LX-0024",
        "江苏",
        [Category.FASHION, Category.BEAUTY],
        [Stage.STEADY, Stage.LEAP],
        "美妆与服饰的营销大场，自有选品团队。",
    ),
    (
        "QH-0539",
        "山东",
        [Category.HOME, Category.FOOD, Category.FARM],
        [Stage.COLD_START, Stage.STEADY],
        "临沂产业带的小商家，先做稳日播，再做大场。",
    ),
)
"""Code, home, goods, stages and words of invented providers that agreed to be shown."""


def load_demo_directory() -> None:
    """Add both, unless they are there: a step of `flask demo load`."""
    settings: Settings = current_app.config["SETTINGS"]
    now, joined, listed = clock.now(), 0, 0
    with transaction() as db_session:
        person = accounts.person_of_account_or_none(db_session, HOLDER_ACCOUNT)
        manager = accounts.person_of_account_or_none(db_session, MANAGER_ACCOUNT)
        if person is None or manager is None:
            return
        held = [
            one
            for one in certification.credentials_of(db_session, person.id, at=now)
            if one.is_valid
        ]
        if not held:
            return
        if entry_or_none(db_session, person.id) is None:
            services.save_entry(
                db_session,
                person.id,
                DRAFT,
                include_demo=settings.is_demo,
                actor=ACTOR,
                now=now,
            )
            joined = 1
        provider = providers.provider_of_manager(db_session, manager.id)
        if not lists_of(db_session, provider.id, 1):
            number, name = held[0].record.number, held[0].record.snapshot["holder_name"]
            pairs = [(number, name), (number, name), ("CPS1-26-3333333333-3", "张伟"), ("12", "李")]
            checks.take_list(
                db_session,
                provider.id,
                [TypedPair(row, *pair) for row, pair in enumerate(pairs, 2)],
                file_name="入职核验名单（示例）.xlsx",
                actor=f"person:{manager.public_id}",
                now=now,
            )
            listed = 1
        shown = list_providers(db_session, now=now)
    checks.judge_waiting(now=now)
    click.echo(f"demonstration register: {joined} new entry, {listed} new list, {shown} shown")


def list_providers(db_session: Session, *, now: datetime) -> int:
    """Let merchants be shown some of the providers, unless they are; return how many."""
    shown = 0
    for code, home, categories, stages, introduction in LISTED:
        provider = providers.provider_by_code(db_session, code)
        if listings.listing_or_none(db_session, provider.id) is not None:
            continue
        draft = listings.ListingDraft(home, categories, [NATIONWIDE], stages, introduction)
        listings.save_listing(db_session, provider, draft, actor=ACTOR, now=now)
        shown += 1
    return shown
