"""Pages of the public register: look somebody up, and the holder's own entry."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.certification.queries import held_levels
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages
from app.core.errors import RateLimitedError
from app.core.names import clean_name
from app.core.rate_limits import count_hit
from app.core.web import ANYONE, access
from app.directory import forms, labels, matching_routes, queries, services
from app.directory.regions import REGIONS, Field
from certificates.levels import Level

bp = Blueprint("directory", __name__, template_folder="templates")
bp.register_blueprint(matching_routes.bp)
add_messages(labels.MESSAGES)

PAGE = 12
MAX_PAGES = 5
"""What somebody wants is found by looking for it, not by turning every page."""

LOOKS, LOOK_WINDOW_S = 20, 60
LOOKS_A_DAY, DAY_S = 150, 24 * 3600
"""Pages of the register that one address may open in a minute, and in a day."""


@bp.get("/operators")
@access(
    ANYONE,
    answers="200 page: `level`, `region`, `field`, `provider`, `available` choose, `page` (1 to 5) "
    "pages; people are shown once something is chosen; never indexed; 429",
)
def index() -> ResponseReturnValue:
    """Look for certified operators who want to be found."""
    wanted = _wanted()
    page = min(max(request.args.get("page", 1, type=int), 1), MAX_PAGES)
    found: list[queries.Operator] = []
    if wanted != queries.Wanted():
        _count_look()
        found = queries.operators(
            db.session(),
            wanted,
            offset=(page - 1) * PAGE,
            at_most=PAGE + 1,
            include_demo=_settings().is_demo,
            at=clock.now(),
        )
    answer = render_template(
        "directory/index.html",
        wanted=wanted,
        is_asked=wanted != queries.Wanted(),
        people=found[:PAGE],
        page=page,
        has_more=len(found) > PAGE and page < MAX_PAGES,
        is_cut=len(found) > PAGE and page == MAX_PAGES,
        chosen={name: one for name, one in request.args.items() if name != "page"},
        labels=labels,
        regions=REGIONS,
    )
    return _unindexed(answer)


@bp.get("/operators/<public_id>")
@access(
    ANYONE,
    answers="200 page, indexed only if its person allows it; 404, also once the person left or no "
    "certificate of theirs is valid; 429",
)
def show(public_id: str) -> ResponseReturnValue:
    """Show somebody of the register."""
    _count_look()
    found = queries.operator(
        db.session(), public_id, include_demo=_settings().is_demo, at=clock.now()
    )
    answer = render_template("directory/operator.html", one=found, labels=labels)
    return current_app.make_response(answer) if found.is_indexable else _unindexed(answer)


@bp.get("/certificates/register")
@access("candidate", answers="200 page")
def own() -> ResponseReturnValue:
    """Show the holder their entry, and the form that joins or changes it."""
    entry = queries.entry_or_none(db.session(), current_user.id)
    form = forms.EntryForm(formdata=None, obj=entry)
    return _own_page(form)


@bp.post("/certificates/register")
@access(
    "candidate",
    fields={
        "region": "province",
        "fields": "goods, several",
        "introduction": "at most 200 characters",
        "is_available": "looks for work",
        "shows_provider": "names the provider",
        "is_indexable": "search engines may keep the page",
        "consent": "to all of it being public",
    },
    answers="303 to the page; 409 no_certificate; 422 form again",
)
def save() -> ResponseReturnValue:
    """Join the register, or change the own entry."""
    form = forms.EntryForm()
    if not form.validate_on_submit():
        return _own_page(form), 422
    actor = current_user.actor
    with transaction() as db_session:
        services.save_entry(
            db_session,
            current_user.id,
            form.draft,
            include_demo=_settings().is_demo,
            actor=actor,
            now=clock.now(),
        )
    flash(gettext("已公开，现在就能被查到"))
    return redirect(url_for("directory.own"), code=303)


@bp.post("/certificates/register/leave")
@access("candidate", answers="303 to the page")
def leave() -> ResponseReturnValue:
    """Leave the register now."""
    actor = current_user.actor
    with transaction() as db_session:
        services.leave(db_session, current_user.id, actor=actor, now=clock.now())
    flash(gettext("已退出名录，公开内容已删除"))
    return redirect(url_for("directory.own"), code=303)


def _own_page(form: forms.EntryForm) -> str:
    levels = held_levels(
        db.session(), current_user.id, at=clock.now(), include_demo=_settings().is_demo
    )
    return render_template(
        "directory/own.html",
        form=form,
        entry=queries.entry_or_none(db.session(), current_user.id),
        may_join=bool(levels),
    )


def _wanted() -> queries.Wanted:
    level, region = request.args.get("level", ""), request.args.get("region", "")
    field = request.args.get("field", "")
    return queries.Wanted(
        level=Level(level) if level in set(Level) else None,
        region=region if region in REGIONS else None,
        field=Field(field) if field in set(Field) else None,
        provider=clean_name(request.args.get("provider", ""))[:60],
        is_available=bool(request.args.get("available")),
    )


def _count_look() -> None:
    for key, limit, window_s in (
        (f"directory:{request.remote_addr}", LOOKS, LOOK_WINDOW_S),
        (f"directory-day:{request.remote_addr}", LOOKS_A_DAY, DAY_S),
    ):
        with transaction() as db_session:
            wait_s = count_hit(db_session, key, limit=limit, window_s=window_s, now=clock.now())
        if wait_s is not None:
            raise RateLimitedError(key.partition(":")[0], wait_s)


def _unindexed(page: str) -> Response:
    answer = current_app.make_response(page)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
