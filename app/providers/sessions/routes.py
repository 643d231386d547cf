"""Pages of session results: the import with its dry run, the estimates, a provider's own."""

from __future__ import annotations

import csv
import io
from datetime import date

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts import queries as accounts
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import add_messages, wants_json
from app.core.web import access
from app.providers import wording
from app.providers.months import last_complete_month
from app.providers.queries import provider_of_manager
from app.providers.sessions import estimating, importing, labels, queries, uplift
from app.providers.sessions.forms import SessionFileForm
from app.providers.sessions.reading import COLUMNS, RowError

bp = Blueprint("sessions", __name__)
add_messages(labels.MESSAGES)

ERRORS_SHOWN = 100
IMPORTS_SHOWN = 20
MONTHS_SHOWN = 12


@bp.get("/provider/sessions")
@access("committee_member", "system_admin", answers="200 page")
def index() -> ResponseReturnValue:
    """Show the import of session results, and what was estimated from them."""
    return _page(SessionFileForm(formdata=None))


@bp.get("/provider/sessions/template.csv")
@access("committee_member", "system_admin", answers="200 text/csv")
def template() -> ResponseReturnValue:
    """Give a file to fill in."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(COLUMNS)
    answer = current_app.make_response(out.getvalue().encode("utf-8-sig"))
    answer.mimetype = "text/csv"
    answer.headers["Content-Disposition"] = 'attachment; filename="sessions.csv"'
    return answer


@bp.post("/provider/sessions")
@access(
    "committee_member",
    "system_admin",
    fields={"file": "CSV or xlsx of at most 8 MB", "dry_run": "only check, take nothing in"},
    answers="200 page after a dry run; 303 to the page; 413; 422 page with every error's row and "
    "column (JSON: `errors: [{row, field, code}]`), nothing taken in",
)
def import_file() -> ResponseReturnValue:
    """Check a file of session results, or take it in: all of it or nothing."""
    form = SessionFileForm()
    if not form.validate_on_submit():
        return _page(form), 422
    data = form.read()
    if data is None:
        form.file.errors = [gettext("文件太大，最多 8 MB；请分几个文件导入")]
        return _page(form), 413
    now, actor = clock.now(), current_user.actor
    try:
        checked = importing.check_session_file(db.session(), data, form.file_name, now=now)
    except importing.BadSessionFileError as error:
        if wants_json():
            raise
        return _page(form, errors=error.rows), 422
    if form.dry_run.data:
        return _page(form, checked=checked)
    with transaction() as db_session:
        done, is_new = importing.import_sessions(db_session, checked, actor=actor, now=now)
        words = {
            "new": done.new_count,
            "corrected": done.corrected_count,
            "unchanged": done.unchanged_count,
        }
    if is_new:
        flash(
            gettext(
                "已导入：新增 %(new)s 场，更正 %(corrected)s 场，未变 %(unchanged)s 场", **words
            )
        )
    else:
        flash(gettext("这个文件以前导入过，没有改动任何数据"))
    return redirect(url_for("providers.sessions.index"), code=303)


@bp.post("/provider/sessions/estimate")
@access("committee_member", "system_admin", answers="303 to the page")
def estimate() -> ResponseReturnValue:
    """Estimate the last complete month's uplift now, instead of tonight."""
    now, actor = clock.now(), current_user.actor
    month = last_complete_month(now)
    found = estimating.estimate_month(db.session(), month)
    with transaction() as db_session:
        fresh = estimating.record_estimates(db_session, month, found, actor=actor, now=now)
    flash(gettext("已估计 %(n)s 家服务商，其中 %(fresh)s 家有新结果", n=len(found), fresh=fresh))
    return redirect(url_for("providers.sessions.index", _anchor="estimates"), code=303)


@bp.get("/provider/uplift")
@access("provider_manager", answers="200 page; 404")
def own() -> ResponseReturnValue:
    """Show a provider what its operated sessions were estimated to gain, and how far it counts."""
    db_session = db.session()
    provider = provider_of_manager(db_session, current_user.id)
    estimates = queries.estimates_of(db_session, provider.id, MONTHS_SHOWN)
    return render_template(
        "providers/uplift.html",
        provider=provider,
        estimates=[(one, *_words(one.month)) for one in estimates],
        failures=labels.FAILURE,
        rule=uplift,
    )


def _words(month: date) -> tuple[str, date, date]:
    first, last = estimating.window_words(month)
    return wording.month_text(month), first, last


def _page(
    form: SessionFileForm,
    *,
    errors: tuple[RowError, ...] = (),
    checked: importing.CheckedSessions | None = None,
) -> str:
    db_session = db.session()
    month = last_complete_month(clock.now())
    imports = queries.recent_imports(db_session, IMPORTS_SHOWN)
    return render_template(
        "providers/sessions.html",
        form=form,
        imports=imports,
        names=accounts.display_names(
            db_session, [row.actor.removeprefix("person:") for row in imports]
        ),
        month=wording.month_text(month),
        estimates=queries.estimates_for(db_session, month),
        error_count=len(errors),
        errors=[(one, _error_words(one)) for one in errors[:ERRORS_SHOWN]],
        checked=checked,
        columns=COLUMNS,
        failures=labels.FAILURE,
    )


def _error_words(error: RowError) -> str:
    return str(labels.ROW_ERROR[error.code]) % {"given": error.given, "detail": error.detail}
