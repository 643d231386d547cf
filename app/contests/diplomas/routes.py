"""奖状: anybody checks a number, anybody who has it gets the sheet."""

from __future__ import annotations

import io

from flask import (
    Blueprint,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.certification.files import MAX_FILE_BYTES
from app.contests.diplomas import labels, services
from app.contests.diplomas.numbers import normal_number_or_none
from app.core import clock
from app.core.config import Settings
from app.core.db import db
from app.core.web import ANYONE, BaseForm, access
from certificates.badges import issuer_address

bp = Blueprint("contest_diplomas", __name__, template_folder="templates", url_prefix="/diplomas")


@bp.get("")
@access(ANYONE, answers="200 page; `number` typed: 303 to its page, 422 page if it cannot be one")
def index() -> ResponseReturnValue:
    """Ask for a diploma's number."""
    typed = request.args.get("number", "")
    number = normal_number_or_none(typed)
    if number is not None:
        return redirect(url_for("contest_diplomas.show", number=number), code=303)
    return _index_page(typed), 422 if typed else 200


@bp.get("/<number>")
@access(ANYONE, answers="200 page; 404")
def show(number: str) -> ResponseReturnValue:
    """Show what a diploma says and what it is worth now."""
    db_session = db.session()
    shown = services.shown_diploma(db_session, number, include_demo=_settings().is_demo)
    file = services.file_or_none(db_session, shown.diploma.id)
    return render_template("contest_diplomas/show.html", shown=shown, file=file)


@bp.get("/<number>/diploma.pdf")
@access(
    ANYONE,
    answers="200 signed PDF of one page; 404; 503 fonts_missing, keys_missing, time_stamp_awaited",
)
def sheet(number: str) -> ResponseReturnValue:
    """Give a diploma's sheet; it is signed once and the same bytes ever after."""
    settings = _settings()
    page = url_for("contest_diplomas.show", number="NUMBER")
    found, data = services.sheet_of(
        number,
        settings=settings,
        field_keys=current_app.extensions["field_keys"],
        page_url=f"{settings.public_base_url}{page}",
        now=clock.now(),
    )
    return send_file(
        io.BytesIO(data),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"{found}.pdf",
    )


@bp.post("/check")
@access(
    ANYONE,
    fields={"file": "a diploma's PDF, at most 5 MB"},
    answers="200 page with the verdict; 413; 422 page without a file",
)
def check() -> ResponseReturnValue:
    """Say whether a file is a diploma of ours, byte for byte; it is not kept."""
    given = request.files.get("file")
    if not BaseForm().validate_on_submit() or given is None:
        return _index_page(), 422
    data = given.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        abort(413)
    settings = _settings()
    verdict = services.verdict_on(
        db.session(),
        data,
        issuer=issuer_address(settings.public_base_url),
        include_demo=settings.is_demo,
    )
    return _index_page(verdict=verdict)


def _index_page(typed: str = "", verdict: services.Verdict | None = None) -> str:
    return render_template(
        "contest_diplomas/index.html",
        typed=typed,
        verdict=verdict,
        words=labels.VERDICT,
        form=BaseForm(formdata=None),
    )


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
