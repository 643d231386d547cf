"""The field editor of a scheme: every number, checked while it is typed, with who would move."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts.roles import Role
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import ConflictError, NotFoundError
from app.core.web import access, render_part
from app.providers import labels as provider_labels
from app.providers import queries, wording
from app.providers.months import last_complete_month, parse_month
from app.providers.rules import deciding, editing, effects, forms
from app.providers.schemes import FULL_SCORE, Scheme

bp = Blueprint("edit", __name__, url_prefix="/office/five-force/edit")

WRITERS = (Role.COMMITTEE_MEMBER,)

SHOWN = 12
"""Providers in the effect beside the fields; the counts above it are of all."""


@bp.get("")
@access(
    *WRITERS, answers="200 page with every number of a version as a field; `ref` chooses it; 404"
)
def index() -> ResponseReturnValue:
    """Show the newest version's numbers as fields, each to be changed."""
    return _edit_page(_edited_scheme())


@bp.post("")
@access(
    *WRITERS,
    fields={
        "ref": "the version that the fields began with",
        "effective_month": "2027-01",
        "comment": "what it changes and why; read only if it is proposed",
        "act": "preview: only check it and show who moves; propose: lay it before a second person",
        "<field>": "each number by its field's name",
    },
    answers="200 page, or the preview alone for htmx; 303 to the proposal; 404; 409 page: "
    "scheme_version_taken, scheme_too_early; 422 page with every fault",
)
def save() -> ResponseReturnValue:
    """Check an edited version and show who would move, or lay it before a second person."""
    base = _edited_scheme()
    form, actor, now = forms.EditForm(), current_user.actor, clock.now()
    is_preview = request.form.get("act") != "propose"
    is_valid = form.validate_on_submit()
    month = parse_month(form.effective_month.data or "")
    if not is_preview and (not is_valid or month is None):
        if month is None:
            form.effective_month.errors = [gettext("请选择生效的月份")]
        return _edit_page(base, form), 422
    try:
        scheme = editing.edited(
            base,
            request.form,
            version=_next_version(base),
            effective_on=month or deciding.earliest_effect(now),
        )
    except deciding.BadSchemeError as error:
        return _edit_page(base, form, problems=error.problems), 200 if is_preview else 422
    if is_preview:
        effect = effects.effect_of(
            db.session(),
            scheme,
            last_complete_month(now),
            now=now,
            include_demo=_include_demo(),
        )
        return _edit_page(base, form, effect=effect, is_checked=True)
    try:
        with transaction() as db_session:
            public_id = deciding.propose_scheme(
                db_session, scheme, form.comment.data or "", actor=actor, now=now
            ).public_id
    except ConflictError as error:
        return _edit_page(base, form, problems=(message_of(error.code),)), 409
    flash(gettext("已提交，等待第二人决定"))
    return redirect(url_for("providers.office.proposal", public_id=public_id), code=303)


def _edited_scheme() -> Scheme:
    """Return the version that is edited: the one that is asked for, or the newest.

    Raises:
        NotFoundError: If there is none.
    """
    ref = request.values.get("ref", "")
    found = [one for one in queries.schemes(db.session()) if ref in ("", one.ref)]
    if not found:
        raise NotFoundError(f"scheme {ref!r}")
    return max(found, key=lambda one: (one.effective_on, one.version))


def _next_version(base: Scheme) -> int:
    """Return the number after every version of a scheme that is published or was proposed."""
    taken = [one.version for one in queries.schemes(db.session()) if one.id == base.id]
    taken += [
        row.version
        for row in deciding.proposals(db.session())
        if row.scheme_id == base.id and row.state == "proposed"
    ]
    return max(taken) + 1


def _edit_page(
    base: Scheme,
    form: forms.EditForm | None = None,
    *,
    problems: tuple[str, ...] = (),
    effect: effects.Effect | None = None,
    is_checked: bool = False,
) -> str:
    sums, total = editing.sums_of(base, request.form)
    earliest = deciding.earliest_effect(clock.now())
    if form is None:
        form = forms.EditForm(formdata=None)
        form.effective_month.data = f"{earliest:%Y-%m}"
    return render_part(
        "providers/office/edit.html",
        "effect",
        base=base,
        version=_next_version(base),
        groups=editing.groups_of(base),
        typed=request.form,
        sums=sums,
        total=total,
        full=FULL_SCORE,
        problems=problems,
        effect=effect,
        is_checked=is_checked,
        providers=effects.names_of(db.session()) if effect else {},
        shown=SHOWN,
        earliest=earliest,
        form=form,
        provider_labels=provider_labels,
        wording=wording,
    )


def _include_demo() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.is_demo
