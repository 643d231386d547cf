"""Health of the platform, the audit log, people and roles."""

from __future__ import annotations

from importlib.metadata import version

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from app.accounts import queries as account_queries
from app.accounts import second_factors
from app.accounts import services as accounts
from app.accounts.recovery import services as recovery
from app.accounts.roles import LABEL_OF, Role
from app.admin import forms, labels, queries, services
from app.core import clock
from app.core.audit.services import AuditFault, verify_audit
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.web import ANYONE, access
from simulations.engines.registry import ENGINE_VERSION, engine_is_compiled

bp = Blueprint("admin", __name__, template_folder="templates")

PEOPLE_PAGE = 50
"""People on a page of the list."""

SEARCH_CHARS = 120
"""Longest text that a search takes."""

NUMBER_DIGITS = 9
"""Longest number that an address may hold; longer ones are taken for none."""


@bp.get("/healthz")
@access(
    ANYONE,
    answers="200 `{status, version, database, schema, clock_step_s}`, the last one how far the "
    "machine's clock was set while this process ran (0: not); 503 when the database is away",
)
def healthz() -> ResponseReturnValue:
    """Say whether the product can serve, for people and monitors."""
    answer = {
        "version": version("caopan"),
        "database": db.engine.dialect.name,
        "clock_step_s": round(clock.step_s()),
    }
    try:
        schema = queries.schema_version(db.session())
    except SQLAlchemyError:
        return jsonify(status="unavailable", **answer), 503
    return jsonify(status="ok", schema=schema, **answer)


@bp.get("/admin")
@access("system_admin", answers="200 page")
def index() -> ResponseReturnValue:
    """Show how the platform fares: versions, forms and work that wait, jobs, disk."""
    settings: Settings = current_app.config["SETTINGS"]
    db_session, now = db.session(), clock.now()
    return render_template(
        "admin/index.html",
        now=now,
        clock_step_s=clock.step_s(),
        version=version("caopan"),
        deployment=settings.deployment,
        dialect=db.engine.dialect.name,
        database_version=queries.database_version(db_session),
        schema=queries.schema_version(db_session),
        engine_version=ENGINE_VERSION,
        engine_compiled=engine_is_compiled(),
        forms=queries.prepared_forms(db_session),
        counts=queries.open_counts(db_session, now=now),
        jobs=queries.job_runs(db_session),
        storage=queries.storage(db_session, settings.instance_dir),
    )


@bp.get("/admin/audit")
@access("audit_admin", answers="200 page; `subject`, `action` and `before` filter and page")
def audit() -> ResponseReturnValue:
    """Show the newest entries of the audit log."""
    return _audit_page()


@bp.post("/admin/audit/verify")
@access("audit_admin", answers="200 page with the first fault of every wrong chain")
def verify() -> ResponseReturnValue:
    """Recompute every chain of the audit log and put the check itself on record."""
    entries, faults = verify_audit(db.session())
    actor = current_user.actor
    with transaction() as db_session:
        services.record_verification(
            db_session, entries=entries, faults=faults, actor=actor, now=clock.now()
        )
    return _audit_page((entries, faults))


@bp.get("/admin/people")
@access("security_admin", answers="200 page; `q`, `role` and `page` search")
def people() -> ResponseReturnValue:
    """Find people by name, account or role."""
    text, role, page = _text("q"), _text("role"), _number("page") or 1
    found, total = account_queries.people_found(
        db.session(), text=text, role=role, page=page, size=PEOPLE_PAGE
    )
    return render_template(
        "admin/people.html",
        people=found,
        total=total,
        page=page,
        page_count=max(1, -(-total // PEOPLE_PAGE)),
        q=text,
        role=role,
        role_labels=LABEL_OF,
    )


@bp.get("/admin/people/<public_id>")
@access("security_admin", answers="200 page; 404")
def person(public_id: str) -> ResponseReturnValue:
    """Show one person's account, roles and what was done to them."""
    return _person_page(public_id)


@bp.post("/admin/people/<public_id>/roles")
@access(
    "security_admin",
    fields={"role": "role name", "reason": "why, 4 to 200 characters"},
    answers="303 to the person; 403 own_account; 409 duties_apart; 422 form again",
)
def grant_role(public_id: str) -> ResponseReturnValue:
    """Give a person a role."""
    form = forms.ChangeRoleForm()
    if not form.validate_on_submit():
        return _person_page(public_id, grant_form=form), 422
    actor = current_user.actor
    with transaction() as db_session:
        accounts.grant_role(
            db_session,
            account_queries.person_by_public_id(db_session, public_id),
            form.chosen,
            actor=actor,
            reason=form.reason.data or "",
            now=clock.now(),
        )
    flash(gettext("已授予角色「%(role)s」", role=LABEL_OF[form.chosen]))
    return redirect(url_for("admin.person", public_id=public_id), code=303)


@bp.post("/admin/people/<public_id>/roles/end")
@access(
    "security_admin",
    fields={"role": "role name", "reason": "why, 4 to 200 characters"},
    answers="303 to the person; 403 own_account; 404 not held; 422 form again",
)
def end_role(public_id: str) -> ResponseReturnValue:
    """End a role of a person."""
    form = forms.ChangeRoleForm()
    if not form.validate_on_submit():
        return _person_page(public_id, end_form=form), 422
    actor = current_user.actor
    with transaction() as db_session:
        accounts.end_role(
            db_session,
            account_queries.person_by_public_id(db_session, public_id),
            form.chosen,
            actor=actor,
            reason=form.reason.data or "",
            now=clock.now(),
        )
    flash(gettext("已收回角色「%(role)s」", role=LABEL_OF[form.chosen]))
    return redirect(url_for("admin.person", public_id=public_id), code=303)


ACCOUNT_ACTS = {
    "disable": accounts.disable_person,
    "enable": accounts.enable_person,
    "clear-second-factor": second_factors.clear_second_factor,
}
"""What a security administrator does to an account, by the last part of the address."""


@bp.post("/admin/people/<public_id>/<any(disable,enable,'clear-second-factor'):act>")
@access(
    "security_admin",
    fields={"reason": "why, 4 to 200 characters"},
    answers="303 to the person; 403 own_account; 404; 422 form again",
)
def change_account(public_id: str, act: str) -> ResponseReturnValue:
    """Disable an account, open it again, or clear a lost second factor."""
    form = forms.ReasonForm()
    if not form.validate_on_submit():
        return _person_page(public_id, reason_form=form, act=act), 422
    actor = current_user.actor
    with transaction() as db_session:
        ACCOUNT_ACTS[act](
            db_session,
            account_queries.person_by_public_id(db_session, public_id),
            actor=actor,
            reason=form.reason.data or "",
            now=clock.now(),
        )
    flash(gettext("已完成，并记入审计日志"))
    return redirect(url_for("admin.person", public_id=public_id), code=303)


@bp.post("/admin/people/<public_id>/reset-link")
@access(
    "security_admin",
    fields={"reason": "why, 4 to 200 characters"},
    answers="200 the person's page with a link that is shown this once; 403 own_account; 404; "
    "409 reset_account_closed; 422 form again",
)
def hand_out_reset(public_id: str) -> ResponseReturnValue:
    """Make a link by which a person who forgot the password sets a new one."""
    form = forms.ReasonForm()
    if not form.validate_on_submit():
        return _person_page(public_id, reason_form=form, act="reset-link"), 422
    actor = current_user.actor
    with transaction() as db_session:
        secret = recovery.hand_out_reset(
            db_session,
            account_queries.person_by_public_id(db_session, public_id),
            actor=actor,
            reason=form.reason.data or "",
            now=clock.now(),
        )
    return _person_page(public_id, reset_url=url_for("recovery.reset", token=secret))


def _audit_page(verified: tuple[int, list[AuditFault]] | None = None) -> str:
    subject, action, before_id = _text("subject"), _text("action"), _number("before")
    lines = queries.audit_lines(
        db.session(),
        subject=subject,
        action=action,
        before_id=before_id,
        limit=queries.AUDIT_PAGE + 1,
    )
    shown = lines[: queries.AUDIT_PAGE]
    return render_template(
        "admin/audit.html",
        lines=shown,
        next_before=shown[-1].id if len(lines) > len(shown) else None,
        is_older=before_id is not None,
        subject=subject,
        action=action,
        actions=labels.ACTION,
        role_labels=LABEL_OF,
        fault_labels=labels.FAULT,
        verified=verified,
    )


def _person_page(
    public_id: str,
    *,
    grant_form: forms.ChangeRoleForm | None = None,
    end_form: forms.ChangeRoleForm | None = None,
    reason_form: forms.ReasonForm | None = None,
    act: str = "",
    reset_url: str = "",
) -> str:
    found = account_queries.person_by_public_id(db.session(), public_id)
    return render_template(
        "admin/person.html",
        person=found,
        is_self=found.id == current_user.id,
        held=[role for role in Role if role in found.roles],
        free=[role for role in Role if role not in found.roles],
        role_labels=LABEL_OF,
        grant_form=grant_form or forms.ChangeRoleForm(formdata=None),
        end_form=end_form or forms.ChangeRoleForm(formdata=None),
        reason_form=reason_form or forms.ReasonForm(formdata=None),
        act=act,
        reset_url=reset_url,
        reset_hours=recovery.HANDED_H,
        lines=queries.person_lines(db.session(), public_id, labels.ROLE_ACTS),
        actions=labels.ACTION,
    )


def _text(name: str) -> str:
    """Return the printable part of a search; PostgreSQL takes no NUL."""
    return "".join(filter(str.isprintable, request.args.get(name, ""))).strip()[:SEARCH_CHARS]


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    is_number = text.isascii() and text.isdecimal() and len(text) <= NUMBER_DIGITS
    return int(text) if is_number else None
