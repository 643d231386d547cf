"""Pages of matching: merchants describe themselves, providers say whether they are shown."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.errors import RateLimitedError
from app.core.rate_limits import count_hit
from app.core.web import ANYONE, access
from app.directory import labels, listings
from app.directory.forms import ListingForm
from app.directory.matching import (
    NATIONWIDE,
    W_FORCES,
    W_GOODS,
    W_NEAR,
    W_OPERATORS,
    Need,
)
from app.directory.offers import matched_providers
from app.directory.regions import REGIONS
from app.providers.labels import FIELD
from app.providers.queries import provider_of_manager
from app.providers.trade import CATEGORY, Category

bp = Blueprint("matching", __name__)

SHOWN = 12
LOOKS, LOOK_WINDOW_S = 20, 60
MOST_WAN = 10_000_000
"""A thousand 亿 a month: more is a slip."""


@bp.get("/match")
@access(
    ANYONE,
    answers="200 page: `gmv` (monthly, in 万), `category` and `region` describe the merchant; "
    "nothing of it is kept; never indexed; 429",
)
def index() -> ResponseReturnValue:
    """Show a merchant which providers fit, and why."""
    need, fault = _need()
    found = []
    if need is not None:
        with transaction() as db_session:
            wait_s = count_hit(
                db_session,
                f"directory-match:{request.remote_addr}",
                limit=LOOKS,
                window_s=LOOK_WINDOW_S,
                now=clock.now(),
            )
        if wait_s is not None:
            raise RateLimitedError("directory-match", wait_s)
        found = matched_providers(
            db.session(),
            need,
            at_most=SHOWN,
            include_demo=_settings().is_demo,
            now=clock.now(),
        )
    page = render_template(
        "directory/match.html",
        need=need,
        fault=fault,
        found=found,
        asked=request.args,
        categories=CATEGORY,
        regions=REGIONS,
        labels=labels,
        fields=FIELD,
        weights=[round(100 * one) for one in (W_FORCES, W_GOODS, W_OPERATORS, W_NEAR)],
    )
    answer = current_app.make_response(page)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


@bp.get("/provider/listing")
@access("provider_manager", answers="200 page; 404")
def own() -> ResponseReturnValue:
    """Show what merchants are told of the provider, and the form that changes it."""
    provider = provider_of_manager(db.session(), current_user.id)
    listing = listings.listing_or_none(db.session(), provider.id)
    form = ListingForm(formdata=None, obj=listing)
    if listing is not None:
        form.nationwide.data = NATIONWIDE in listing.regions
    return _own_page(form)


@bp.post("/provider/listing")
@access(
    "provider_manager",
    fields={
        "home": "province",
        "categories": "goods, several",
        "stages": "merchants' stages, several",
        "nationwide": "serves everywhere",
        "regions": "or these provinces",
        "introduction": "at most 200 characters",
        "consent": "to all of it being shown to merchants",
    },
    answers="303 to the page; 404; 422 form again",
)
def save() -> ResponseReturnValue:
    """Let merchants be shown the provider, or change what they are told."""
    form, actor = ListingForm(), current_user.actor
    if not form.validate_on_submit():
        return _own_page(form), 422
    with transaction() as db_session:
        listings.save_listing(
            db_session,
            provider_of_manager(db_session, current_user.id),
            form.listing,
            actor=actor,
            now=clock.now(),
        )
    flash(gettext("已保存，商家现在能匹配到你们"))
    return redirect(url_for("directory.matching.own"), code=303)


@bp.post("/provider/listing/leave")
@access("provider_manager", answers="303 to the page; 404")
def leave() -> ResponseReturnValue:
    """Let no merchant be shown the provider any more, from now on."""
    actor = current_user.actor
    with transaction() as db_session:
        provider = provider_of_manager(db_session, current_user.id)
        listings.leave_list(db_session, provider, actor=actor, now=clock.now())
    flash(gettext("已退出，商家不再匹配到你们"))
    return redirect(url_for("directory.matching.own"), code=303)


def _own_page(form: ListingForm) -> str:
    provider = provider_of_manager(db.session(), current_user.id)
    return render_template(
        "directory/listing.html",
        provider=provider,
        form=form,
        listing=listings.listing_or_none(db.session(), provider.id),
    )


def _need() -> tuple[Need | None, str]:
    """Return what the merchant describes, or what is wrong with it; neither without a question."""
    gmv, category = request.args.get("gmv", "").strip(), request.args.get("category", "")
    region = request.args.get("region", "")
    if not (gmv or category or region):
        return None, ""
    try:
        wan = Decimal(gmv)
    except InvalidOperation:
        return None, gettext("月 GMV 请填数字，以万元计，例如 80")
    if not wan.is_finite() or not 0 <= wan <= MOST_WAN:
        return None, gettext("月 GMV 请填数字，以万元计，例如 80")
    if category not in set(Category) or region not in REGIONS:
        return None, gettext("请选择类目和地区")
    return Need(int(wan * 10_000 * 100), Category(category), region), ""


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
