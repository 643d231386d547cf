"""Pages of lists: upload one, see how far it is, take the result."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts import queries as accounts
from app.checks import forms, labels, queries, result_files, services
from app.checks import overview as overviews
from app.checks.models import CheckList
from app.checks.reading import ListError, ListErrorCode, read_list
from app.checks.verdicts import Verdict
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import add_messages
from app.core.errors import ConflictError
from app.core.i18n import local_time
from app.core.web import access, render_part
from app.providers import queries as providers
from app.providers.exporting import csv_bytes
from certificates.validity import issue_day

bp = Blueprint("checks", __name__, template_folder="templates", url_prefix="/provider/checks")
add_messages(labels.MESSAGES)

LISTS_SHOWN = 20
ROWS_SHOWN = 100
"""Rows on a page of a list."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ListUnfinishedError(ConflictError):
    """Raised when the result of a list is asked for before all of it is judged."""

    code = "check_list_unfinished"


@bp.get("")
@access("provider_manager", answers="200 page; 404")
def index() -> ResponseReturnValue:
    """Show the form that uploads a list, and the lists of the last weeks."""
    return _index_page(forms.CheckListForm(formdata=None))


@bp.get("/overview")
@access("provider_manager", answers="200 page; 404")
def overview() -> ResponseReturnValue:
    """Show who checked what, how it came out over the last weeks, and what ends soon."""
    db_session = db.session()
    provider = providers.provider_of_manager(db_session, current_user.id)
    page = overviews.overview_of(db_session, provider.id, today=issue_day(clock.now()))
    people = {one.actor.partition(":")[2] for one in page.checkers}
    return render_template(
        "checks/overview.html",
        provider=provider,
        page=page,
        names=accounts.display_names(db_session, people),
        outcome_chart=_outcome_chart(page),
        expiry_chart=_expiry_chart(page),
        kept_days=services.KEPT_FOR.days,
    )


def _outcome_chart(page: overviews.Overview) -> dict[str, Any]:
    series = (
        (gettext("有效"), "candidate", [one.good for _, one in page.weeks]),
        (gettext("要留意"), "reference", [one.watched for _, one in page.weeks]),
        (gettext("不可信"), "baseline", [one.bad for _, one in page.weeks]),
    )
    return {
        "kind": "bar",
        "title": gettext("每周核验的行数"),
        "unit": "",
        "whole": True,
        "x": [f"{monday:%m-%d}" for monday, _ in page.weeks],
        "series": [{"name": name, "role": role, "values": values} for name, role, values in series],
    }


def _expiry_chart(page: overviews.Overview) -> dict[str, Any]:
    values = [count for _, count in page.months]
    return {
        "kind": "bar",
        "title": gettext("到期的证书"),
        "unit": "",
        "whole": True,
        "x": [f"{month:%Y-%m}" for month, _ in page.months],
        "series": [{"name": gettext("到期"), "role": "candidate", "values": values}],
    }


@bp.post("")
@access(
    "provider_manager",
    fields={"file": "xlsx or CSV (UTF-8, GB18030) of at most 5 MB and 5,000 rows: 证书编号, 姓名"},
    answers="303 to the list; 404; 413; 422 page with what is wrong and where, nothing taken in; "
    "429 check_quota",
)
def upload() -> ResponseReturnValue:
    """Take a list in; it is judged in the background."""
    form = forms.CheckListForm()
    if not form.validate_on_submit():
        return _index_page(form), 422
    actor = current_user.actor
    provider_id = providers.provider_of_manager(db.session(), current_user.id).id
    db.session().rollback()  # reading a workbook holds no connection
    try:
        pairs = read_list(form.read())
    except ListError as error:
        form.file.errors = [labels.list_error_words(error.code, error.row)]
        return _index_page(form), 413 if error.code is ListErrorCode.TOO_LARGE else 422
    with transaction() as db_session:
        made = services.take_list(
            db_session,
            provider_id,
            pairs,
            file_name=form.file_name,
            actor=actor,
            now=clock.now(),
        )
        public_id = made.public_id
    return redirect(url_for("checks.show", public_id=public_id), code=303)


@bp.get("/template.csv")
@access("provider_manager", answers="200 text/csv")
def template() -> ResponseReturnValue:
    """Give an empty list to fill in."""
    data = csv_bytes([("证书编号", "姓名")])
    return _file(data, "text/csv; charset=utf-8", "check-list.csv")


@bp.get("/<public_id>")
@access(
    "provider_manager",
    answers="200 page, or its progress alone for htmx; `verdict` filters, `page` pages; 404, also "
    "for another provider's",
)
def show(public_id: str) -> ResponseReturnValue:
    """Show how far a list is, and its rows once it is judged."""
    found = _own(public_id)
    counts = queries.counts_of(db.session(), found.id)
    wanted = request.args.get("verdict", "")
    verdict = Verdict(wanted) if wanted in set(Verdict) else None
    total = found.row_count if verdict is None else counts.get(verdict, 0)
    page_count = max(1, -(-total // ROWS_SHOWN))
    page = min(max(request.args.get("page", 1, type=int), 1), page_count)
    rows = queries.rows_of(
        db.session(),
        found.id,
        verdict=verdict,
        offset=(page - 1) * ROWS_SHOWN,
        at_most=ROWS_SHOWN,
    )
    return render_part(
        "checks/list.html",
        "progress",
        found=found,
        counts=counts,
        chosen=verdict,
        rows=rows,
        page=page,
        page_count=page_count,
        total=total,
        labels=labels,
        verdicts=Verdict,
    )


@bp.get("/<public_id>/result.<any(csv,xlsx):kind>")
@access(
    "provider_manager",
    answers="200 text/csv or xlsx, rows in the file's order; 404, also for another provider's; "
    "409 check_list_unfinished",
)
def result(public_id: str, kind: str) -> ResponseReturnValue:
    """Give the result of a list as a file."""
    found = _own(public_id)
    if found.finished_at is None:
        raise ListUnfinishedError(f"{found!r}")
    rows = result_files.result_rows(
        queries.rows_of(db.session(), found.id), local_time(found.finished_at)
    )
    name = f"check-{found.public_id}.{kind}"
    if kind == "csv":
        return _file(result_files.result_csv(rows), "text/csv; charset=utf-8", name)
    return _file(result_files.result_xlsx(rows), XLSX, name)


@bp.post("/<public_id>/delete")
@access("provider_manager", answers="303 to the lists; 404, also for another provider's")
def delete(public_id: str) -> ResponseReturnValue:
    """Delete a list before its time."""
    actor = current_user.actor
    with transaction() as db_session:
        provider = providers.provider_of_manager(db_session, current_user.id)
        found = queries.list_of(db_session, public_id, provider.id, lock=True)
        services.delete_list(db_session, found, actor=actor, now=clock.now())
    flash(gettext("名单已删除"))
    return redirect(url_for("checks.index"), code=303)


def _own(public_id: str) -> CheckList:
    provider = providers.provider_of_manager(db.session(), current_user.id)
    return queries.list_of(db.session(), public_id, provider.id)


def _index_page(form: forms.CheckListForm) -> str:
    provider = providers.provider_of_manager(db.session(), current_user.id)
    return render_template(
        "checks/index.html",
        provider=provider,
        form=form,
        lists=queries.lists_of(db.session(), provider.id, LISTS_SHOWN),
        kept_days=services.KEPT_FOR.days,
        pairs_a_day=services.PAIRS_A_DAY,
    )


def _file(data: bytes, mimetype: str, name: str) -> Response:
    return send_file(
        BytesIO(data), mimetype=mimetype, as_attachment=True, download_name=name, etag=False
    )
