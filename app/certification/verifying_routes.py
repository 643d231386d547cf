"""Public verification: by number, by name, by file or credential, through the holder's link."""

from __future__ import annotations

from datetime import datetime

from flask import Response, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.certification import (
    files,
    forms,
    keys,
    likeness,
    public_page,
    queries,
    scan_codes,
    sharing,
    telling,
    time_stamps,
    verification,
)
from app.certification.blueprint import bp
from app.certification.models import CredentialRecord
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.errors import NotFoundError, RateLimitedError
from app.core.rate_limits import count_hit
from app.core.web import ANYONE, access
from certificates.badges import issuer_address
from certificates.errors import CertificateNumberError
from certificates.numbers import normalize_number
from certificates.scan_tokens import ScanExamination, examine_scan
from certificates.verification import Examination, Kind, examine

NAME_LIMIT, NAME_WINDOW_S = 5, 3600
"""Names that may be tried on one number in an hour, from wherever (credentials 3.3)."""

NO_NUMBER = "CPS1-00-3333333333-3"
"""Looked up in place of what is no number, so that both misses take the same way; never issued
(its check character is wrong)."""


CAMERA_POLICY = "camera=(self), microphone=(), geolocation=()"
"""The one page that may ask for the camera: it scans a certificate's code."""


@bp.get("/verify")
@access(
    ANYONE,
    fields={"number": "as printed; spaces, dashes, case and full width are forgiven"},
    answers="200 page; 302 to the certificate's page; 404 page for what is no number; 429",
)
def verify() -> ResponseReturnValue:
    """Ask for a number or a file; lead to the certificate's page."""
    typed = request.args.get("number", "")
    if not typed.strip():
        page = render_template("certification/verify.html", file_form=forms.CheckFileForm())
        answer = current_app.make_response(page)
        answer.headers["Permissions-Policy"] = CAMERA_POLICY
        return answer
    try:
        number = normalize_number(typed)
    except CertificateNumberError:
        _count_lookup()
        return _unknown_page(typed)
    return redirect(url_for("certification.credential", number=number))


@bp.get("/v/<number>")
@access(ANYONE, answers="200 page; 404 page, the same for malformed and unknown numbers; 429")
def credential(number: str) -> ResponseReturnValue:
    """Tell anybody what a certificate is worth now; the name stays masked."""
    _count_lookup()
    try:
        record = _look_up(number)
    except NotFoundError:
        return _unknown_page(number)
    return _credential_page(record)


@bp.post("/v/<number>/name")
@access(
    ANYONE,
    fields={"name": "the holder's name as printed"},
    answers="200 page with full name and results if it matches, with the verdict `no` if not; "
    "422 form again; 404; 429 after 5 names an hour",
)
def check_name(number: str) -> ResponseReturnValue:
    """Compare a name with the certificate's; show the results if it is the same."""
    _count_lookup()
    name_form = forms.CheckNameForm()
    is_filled = name_form.validate_on_submit()
    if is_filled:
        _count_name(number)
    try:
        record = _look_up(number, typed_name=name_form.name.data if is_filled else None)
    except NotFoundError:
        return _unknown_page(number)
    return _credential_page(record, name_form=name_form), 200 if is_filled else 422


@bp.post("/v/<number>/code")
@access(
    ANYONE,
    fields={"token": "what stands behind the # of a scanned code's address"},
    answers="200 page with full name and results if the issuer signed the code for this "
    "certificate, with the verdict `no` if not; 404; 429",
)
def check_code(number: str) -> ResponseReturnValue:
    """Check the token of a scanned code; show the results to who was shown a true one."""
    _count_lookup()
    try:
        canonical = normalize_number(number)
        examined = examine_scan(
            canonical,
            request.form.get("token", ""),
            scan_codes.scan_keys(db.session()),
            at=clock.now(),
        )
        return _credential_page(_look_up(canonical, scan=examined))
    except (CertificateNumberError, NotFoundError):
        return _unknown_page(number)


@bp.post("/verify/file")
@access(
    ANYONE,
    fields={
        "file": "a certificate's PDF or its credential (JWT), at most 5 MB",
        "number": "the number it should be of, if known",
    },
    answers="200 page of the certificate that it is of, or of `number`, with a verdict on bytes, "
    "signature and content each; 404 page with the verdicts when it is of none; 413 and 422 form "
    "again; 429",
)
def check_file() -> ResponseReturnValue:
    """Check an uploaded file or credential: registered bytes, signatures, content; not kept."""
    _count_lookup()
    form = forms.CheckFileForm()
    if not form.validate_on_submit():
        return render_template("certification/verify.html", file_form=form), 422
    data = form.file.data.read(files.MAX_FILE_BYTES + 1)
    if len(data) > files.MAX_FILE_BYTES:
        form.file.errors = [gettext("文件超过 5 MB，不会是本站给出的证书；请选择下载的原件")]
        return render_template("certification/verify.html", file_form=form), 413
    issuer = issuer_address(_settings().public_base_url)
    examined = examine(
        data,
        keys.key_set(db.session(), issuer),
        at=clock.now(),
        stamp_roots=time_stamps.trusted_roots(_settings()),
    )
    found = queries.credential_of_file_or_none(db.session(), files.sha256_of(data))
    asked = _canonical_or_none(form.number.data or "")
    if found is not None:
        record = _record_of(found, file_matches=True, examination=examined, asked_number=asked)
        return _credential_page(record)
    typed = asked or ""
    if examined.facts is not None:
        typed = examined.facts.number
    try:
        return _credential_page(_look_up(typed, examination=examined, asked_number=asked))
    except NotFoundError:
        page = render_template(
            "certification/verify.html",
            file_form=form,
            file_lines=telling.examination_lines(examined),
        )
        return page, 404


@bp.get("/s/<token>")
@access(ANYONE, answers="200 page with the full result; 404 page for links that ended; 429")
def shared(token: str) -> ResponseReturnValue:
    """Show what the holder's link shows, and note that somebody looked."""
    _count_lookup()
    try:
        with transaction() as db_session:
            number = sharing.use_link(db_session, token, now=clock.now()).number
    except NotFoundError:
        return _public(render_template("certification/link_ended.html")), 404
    record = queries.credential(db.session(), number)
    return _credential_page(_record_of(record, is_shared=True))


@bp.get("/api/v1/credentials/<number>")
@access(
    ANYONE,
    answers="200 `{number, title, level, issuer, holder (masked), status, issued_on, valid_from, "
    "valid_until, ended_on, replaced_by, renewed_by, demonstration, checked_at, checks}`; 404; 429",
)
def credential_json(number: str) -> ResponseReturnValue:
    """Tell a program what the public page tells."""
    _count_lookup()
    answer = jsonify(_look_up(number).to_json())
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _look_up(
    typed: str,
    *,
    typed_name: str | None = None,
    examination: Examination | None = None,
    scan: ScanExamination | None = None,
    asked_number: str | None = None,
) -> verification.PublicRecord:
    """Return the public record of what somebody typed.

    Raises:
        NotFoundError: The same for what is no number and for what nobody issued.
    """
    record = queries.credential(db.session(), _canonical_or_none(typed) or NO_NUMBER)
    file_matches = None
    is_file = examination is not None and examination.kind is Kind.FILE
    if is_file and queries.fingerprint_or_none(db.session(), record.id) is not None:
        file_matches = False
    return _record_of(
        record,
        typed_name=typed_name,
        file_matches=file_matches,
        examination=examination,
        scan=scan,
        asked_number=asked_number,
    )


def _canonical_or_none(typed: str) -> str | None:
    try:
        return normalize_number(typed)
    except CertificateNumberError:
        return None


def _record_of(
    record: CredentialRecord,
    *,
    typed_name: str | None = None,
    file_matches: bool | None = None,
    examination: Examination | None = None,
    scan: ScanExamination | None = None,
    is_shared: bool = False,
    asked_number: str | None = None,
) -> verification.PublicRecord:
    now = clock.now()
    held = queries.held_credential(db.session(), record, at=now)
    return verification.public_record(
        held,
        now=now,
        typed_name=typed_name,
        file_matches=file_matches,
        examination=examination,
        scan=scan,
        is_shared=is_shared,
        asked_number=asked_number,
        is_employer=_is_employer(record, now),
    )


def _is_employer(record: CredentialRecord, now: datetime) -> bool:
    """Say whether who asks manages the provider that employs the holder (credentials 3.3)."""
    if not current_user.is_authenticated:
        return False
    employs = current_app.extensions["manages_employer_of"]
    return bool(employs(db.session(), current_user.id, record.person_id, at=now))


def _credential_page(
    record: verification.PublicRecord, name_form: forms.CheckNameForm | None = None
) -> Response:
    return _public(public_page.written(record, likeness.likeness_of(record), name_form))


def _unknown_page(typed: str) -> ResponseReturnValue:
    return _public(render_template("certification/unknown.html", typed=typed[:60])), 404


def _public(page: str) -> Response:
    answer = current_app.make_response(page)
    answer.headers["X-Robots-Tag"] = "noindex, noarchive"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _count_lookup() -> None:
    """Count one verification from the request's address; most cost no write.

    Raises:
        RateLimitedError: When the minute's are used up.
    """
    address, now = str(request.remote_addr), clock.now()
    parcel = public_page.count_lookup(current_app, address, now=now)
    if parcel:
        public_page.store_lookups(current_app, address, parcel, now=now)


def _count_name(typed: str) -> None:
    """Count one name tried on a number, whether there is such a number or not."""
    try:
        number = normalize_number(typed)
    except CertificateNumberError:
        return
    key = f"verify-name:{number}"
    with transaction() as db_session:
        wait = count_hit(db_session, key, limit=NAME_LIMIT, window_s=NAME_WINDOW_S, now=clock.now())
    if wait is not None:
        raise RateLimitedError("verify-name", wait)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
