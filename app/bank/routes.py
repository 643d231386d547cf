"""Pages of the item bank for the committee: what it holds, and one item with its key."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.bank import labels, presenting, queries, services
from app.bank.models import ItemVersion
from app.bank.pictures import picture_svg
from app.bank.workshop import case_routes as case_routes  # these add their routes
from app.bank.workshop import labels as workshop_labels
from app.bank.workshop import office_routes as office_routes
from app.bank.workshop import read_routes as read_routes
from app.bank.workshop import retire_routes as retire_routes
from app.bank.workshop.blueprint import WRITERS
from app.bank.workshop.blueprint import bp as workshop
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages
from app.core.web import access
from question_bank.items import Item

bp = Blueprint("bank", __name__, template_folder="templates", url_prefix="/bank")
bp.register_blueprint(workshop)
add_messages(labels.MESSAGES)
add_messages(workshop_labels.MESSAGES)

ITEMS_PAGE = 50
"""Items on a page of the list."""

SEARCH_CHARS = 80
"""Longest text that a search takes."""

NUMBER_DIGITS = 6
"""Longest page number that an address may hold; a longer one is taken for the first page."""


@bp.get("")
@access(
    "committee_member",
    "reviewer",
    answers="200 page; `q`, `topic`, `kind`, `pool`, `state`, `sort` and `page` filter and page",
)
def index() -> ResponseReturnValue:
    """Show what the bank holds, how the blueprints are supplied, and find items."""
    settings: Settings = current_app.config["SETTINGS"]
    wanted, page = _search(), _page_number()
    rows, total = queries.items_found(db.session(), wanted, page=page, size=ITEMS_PAGE)
    return render_template(
        "bank/index.html",
        counts=_counts(queries.counts_by_topic_and_kind(db.session())),
        supplies=queries.blueprint_supplies(db.session(), include_public=settings.is_demo),
        quota_name=labels.quota_name,
        rows=rows,
        total=total,
        page=page,
        page_count=max(1, -(-total // ITEMS_PAGE)),
        wanted=wanted,
        may_write=bool(current_user.roles & set(WRITERS)),
        torn_cases=queries.live_bank(db.session(), include_public=settings.is_demo).torn_cases,
        labels=labels,
    )


@bp.get("/items/<ref>")
@access("committee_member", "reviewer", answers="200 page; 404; each view goes into the audit log")
def item(ref: str) -> ResponseReturnValue:
    """Show one version with its key, rationale and named mistakes."""
    actor = current_user.actor
    with transaction() as db_session:
        ref = _ref_of(queries.item_version(db_session, ref))
        services.note_item_view(db_session, ref, actor=actor, now=clock.now())
    db_session = db.session()
    row = queries.item_version(db_session, ref)
    shown = Item.model_validate(row.body)
    example = presenting.example_of(shown)
    case = queries.case_of(db_session, shown) if shown.case_id else None
    exhibit = case.exhibit if case else shown.exhibit
    return render_template(
        "bank/item.html",
        row=row,
        item=shown,
        stem=presenting.stem_with(example, {})
        if shown.blanks
        else presenting.rich_text(example.stem),
        rationale=presenting.rich_text(example.rationale),
        choices=presenting.keyed_choices(example),
        parts=presenting.keyed_parts(example),
        mistakes=[
            (presenting.named_mistake(example, wrong), mistake)
            for wrong, mistake in example.mistakes.items()
        ],
        picture=picture_svg(example, dict.fromkeys(example.key_ids, "key")),
        key=presenting.key_text(example),
        case=case,
        exhibit=presenting.shown_exhibit(case.title if case else "", exhibit) if exhibit else None,
        versions=queries.versions_of(db_session, row.item_id),
        siblings=queries.newest_refs(db_session, case.item_ids if case else shown.enemies),
        exposure=current_app.extensions["item_exposure"](db_session, row.item_id),
        may_write=bool(current_user.roles & set(WRITERS)),
        labels=labels,
    )


def _ref_of(row: ItemVersion) -> str:
    return f"{row.item_id}@{row.version}"


def _search() -> queries.ItemSearch:
    return queries.ItemSearch(
        text=_text("q"),
        topic=_text("topic"),
        kind=_text("kind"),
        pool=_text("pool"),
        state=_text("state", "live"),
        newest_first=_text("sort") == "newest",
    )


def _text(name: str, default: str = "") -> str:
    """Return the printable part of a search; PostgreSQL takes no NUL."""
    given = request.args.get(name, default)
    return "".join(filter(str.isprintable, given)).strip()[:SEARCH_CHARS]


def _page_number() -> int:
    text = request.args.get("page", "")
    is_number = text.isascii() and text.isdecimal() and len(text) <= NUMBER_DIGITS
    return max(1, int(text)) if is_number else 1


def _counts(rows: list[tuple[str, str, str, int]]) -> dict[str, Any]:
    """Return live items by cell (topic, kind, pool), and sums by every part of a cell."""
    cells: dict[tuple[str, str, str], int] = {}
    for topic, kind, pool, count in rows:
        for key in ((topic, kind, pool), (topic, "", pool), ("", kind, pool), ("", "", pool)):
            cells[key] = cells.get(key, 0) + count
    return {"cells": cells, "total": sum(count for *_, count in rows)}
