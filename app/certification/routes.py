"""Pages of certification: programmes and enrolment, own certificates, public verification."""

from __future__ import annotations

import logging
from io import BytesIO

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts import queries as accounts
from app.accounts.forms import IdentityForm
from app.accounts.services import IdentityTakenError
from app.certification import (
    acts,
    files,
    forms,
    labels,
    likeness,
    presenting,
    queries,
    services,
    telling,
    verification,
)
from app.certification.models import CredentialRecord
from app.core import clock
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import NotFoundError, RateLimitedError, StorageUnavailableError
from app.core.rate_limits import count_hit
from app.core.web import ANYONE, BaseForm, access
from app.exams.services import NoFormError
from app.rooms.services import RoomNotReadyError
from certificates.errors import CertificateNumberError
from certificates.numbers import normalize_number
from certificates.validity import issue_day

logger = logging.getLogger(__name__)
bp = Blueprint("certification", __name__, template_folder="templates")
add_messages(labels.MESSAGES)

LOOKUP_LIMIT, LOOKUP_WINDOW_S = 30, 60
"""Verifications that one address may make in a minute (reliability T11)."""

NAME_LIMIT, NAME_WINDOW_S = 5, 3600
"""Names that may be tried on one number in an hour, from wherever (credentials 3.3)."""

NO_NUMBER = "CPS1-00-3333333333-3"
"""Looked up in place of what is no number, so that both misses take the same way; never issued
(its check character is wrong)."""


@bp.get("/exams")
@access("candidate", answers="200 page")
def exams() -> ResponseReturnValue:
    """Show the programmes, how the candidate stands in each, and past results."""
    return _exams_page()


def _exams_page(refusal: str = "") -> str:
    now, db_session = clock.now(), db.session()
    cards = presenting.programme_cards(
        db_session, current_user.id, now=now, include_demo=_settings().is_demo
    )
    return render_template(
        "certification/exams.html",
        cards=cards,
        past=presenting.past_results(db_session, current_user.id),
        status_words=labels.STATUS,
        status_tones=labels.STATUS_TONE,
        refusal=refusal,
    )


@bp.get("/programmes/<programme_id>/enrol")
@access("candidate", answers="200 page; 303 to the exams when enrolled already; 404")
def enrol_page(programme_id: str) -> ResponseReturnValue:
    """Show what a programme demands, and the form that enrols."""
    if queries.active_enrolment_or_none(db.session(), current_user.id, programme_id) is not None:
        return redirect(url_for("certification.exams", _anchor=programme_id), code=303)
    return _enrol_page(programme_id, IdentityForm())


@bp.post("/programmes/<programme_id>/enrol")
@access(
    "candidate",
    fields={
        "legal_name": "as on the identity document; the first time only",
        "number": "identity number; the first time only",
        "consent": "to processing both; the first time only",
    },
    answers="303 to the exams; 409 already_certified; 422 form again; 404",
)
def enrol(programme_id: str) -> ResponseReturnValue:
    """Enrol; the first time collect who the candidate is by law."""
    queries.newest_programme(db.session(), programme_id)
    needs_identity = accounts.legal_identity_or_none(db.session(), current_user.id) is None
    form: IdentityForm | BaseForm = IdentityForm() if needs_identity else BaseForm()
    identity = None
    if not form.validate_on_submit():
        return _enrol_page(programme_id, form), 422
    db.session().rollback()  # looking at fonts holds no connection
    try:
        if isinstance(form, IdentityForm):
            services.check_legal_name(form.legal_name.data or "", _settings())
            identity = services.IdentityInput(form.legal_name.data or "", form.number.data or "")
        with transaction() as db_session:
            services.enrol(
                db_session,
                current_user.id,
                queries.newest_programme(db_session, programme_id),
                identity=identity,
                keys=_keys(),
                settings=_settings(),
                now=clock.now(),
            )
    except services.UnprintableNameError as error:
        form.legal_name.errors = [presenting.unprintable_words(error.characters)]
        return _enrol_page(programme_id, form), 422
    except IdentityTakenError as error:
        form.number.errors = [message_of(error.code)]
        return _enrol_page(programme_id, form), 422
    flash(gettext("报名成功"))
    return redirect(url_for("certification.exams", _anchor=programme_id), code=303)


def _enrol_page(programme_id: str, form: IdentityForm | BaseForm) -> str:
    db_session = db.session()
    programme = queries.newest_programme(db_session, programme_id)
    return render_template(
        "certification/enrol.html",
        programme=programme,
        theory_facts=presenting.theory_facts(db_session, programme),
        room_facts=presenting.room_facts(db_session, programme),
        identity=accounts.legal_identity_or_none(db_session, current_user.id),
        form=form,
    )


@bp.post("/programmes/<programme_id>/theory")
@access(
    "candidate",
    answers="303 to the attempt (the open one, if there is one); 409 page with the reason; 404",
)
def begin_theory(programme_id: str) -> ResponseReturnValue:
    """Start the theory exam, or go back to the open attempt."""
    try:
        with transaction() as db_session:
            enrolment = queries.active_enrolment(
                db_session, current_user.id, programme_id, lock=True
            )
            attempt = services.start_theory(
                db_session, enrolment, settings=_settings(), now=clock.now()
            )
            public_id = attempt.public_id
    except (services.StartRefusedError, NoFormError) as error:
        return _exams_page(presenting.refusal_words(error)), 409
    return redirect(url_for("exams.take", public_id=public_id), code=303)


@bp.post("/programmes/<programme_id>/room")
@access(
    "candidate",
    answers="303 to the room (the open one, if there is one); 409 page with the reason; 404",
)
def begin_room(programme_id: str) -> ResponseReturnValue:
    """Start the programme's room, or go back to the open one."""
    try:
        with transaction() as db_session:
            enrolment = queries.active_enrolment(
                db_session, current_user.id, programme_id, lock=True
            )
            public_id = services.start_room(
                db_session, enrolment, settings=_settings(), now=clock.now()
            )
    except (services.StartRefusedError, RoomNotReadyError) as error:
        return _exams_page(presenting.refusal_words(error)), 409
    return redirect(url_for("rooms.cockpit", public_id=public_id), code=303)


@bp.get("/certificates")
@access("candidate", answers="200 page")
def mine() -> ResponseReturnValue:
    """Show the candidate's own certificates."""
    now = clock.now()
    return render_template(
        "certification/mine.html",
        cards=presenting.credential_cards(db.session(), current_user.id, now=now),
        today=issue_day(now),
        status_words=labels.STATUS,
        status_tones=labels.STATUS_TONE,
        revocation_words=labels.REVOCATION,
    )


@bp.get("/certificates/<number>.pdf")
@access(
    "candidate",
    answers="200 application/pdf, the same bytes every time; 409 pdf_changed, credential_ended; "
    "404, also for somebody else's",
)
def download(number: str) -> ResponseReturnValue:
    """Give the holder the certificate's file."""
    record = queries.credential_of(db.session(), number, current_user.id)
    acts.check_not_ended(db.session(), record)
    printout, credential_id = files.printout_of(record), record.id
    db.session().rollback()  # drawing holds no connection
    data = files.draw(printout, _settings().fonts_dir)
    sha256 = files.sha256_of(data)
    known = queries.fingerprint_or_none(db.session(), credential_id)
    if known is not None:
        files.check_file(known, sha256)
    else:
        with transaction() as db_session:
            record = queries.credential_of(db_session, number, current_user.id)
            files.register_file(
                db_session, record, sha256=sha256, byte_count=len(data), now=clock.now()
            )
    return send_file(
        BytesIO(data),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=printout.download_name,
        etag=False,
    )


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
        return render_template("certification/verify.html", file_form=forms.CheckFileForm())
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


@bp.post("/verify/file")
@access(
    ANYONE,
    fields={"file": "a PDF of at most 5 MB", "number": "the number it should be of, if known"},
    answers="200 page of the certificate whose file it is, or of `number` with the verdict `no`; "
    "404 page when no such file was ever given out; 413; 422 form again; 429",
)
def check_file() -> ResponseReturnValue:
    """Compare an uploaded file with the registered ones by SHA-256; it is not kept."""
    _count_lookup()
    form = forms.CheckFileForm()
    if not form.validate_on_submit():
        return render_template("certification/verify.html", file_form=form), 422
    data = form.file.data.read(files.MAX_FILE_BYTES + 1)
    if len(data) > files.MAX_FILE_BYTES:
        abort(413)
    found = queries.credential_of_file_or_none(db.session(), files.sha256_of(data))
    if found is not None:
        return _credential_page(_record_of(found, file_matches=True))
    typed = form.number.data or ""
    try:
        return _credential_page(_look_up(typed, with_file=True))
    except NotFoundError:
        page = render_template("certification/verify.html", file_form=form, file_unknown=True)
        return page, 404


@bp.get("/api/v1/credentials/<number>")
@access(
    ANYONE,
    answers="200 `{number, title, level, issuer, holder (masked), status, issued_on, valid_from, "
    "valid_until, ended_on, replaced_by, demonstration, checked_at, checks}`; 404; 429",
)
def credential_json(number: str) -> ResponseReturnValue:
    """Tell a program what the public page tells."""
    _count_lookup()
    answer = jsonify(_look_up(number).to_json())
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _look_up(
    typed: str, *, typed_name: str | None = None, with_file: bool = False
) -> verification.PublicRecord:
    """Return the public record of what somebody typed.

    Raises:
        NotFoundError: The same for what is no number and for what nobody issued.
    """
    try:
        number = normalize_number(typed)
    except CertificateNumberError:
        number = NO_NUMBER
    record = queries.credential(db.session(), number)
    file_matches = None
    if with_file and queries.fingerprint_or_none(db.session(), record.id) is not None:
        file_matches = False
    return _record_of(record, typed_name=typed_name, file_matches=file_matches)


def _record_of(
    record: CredentialRecord,
    *,
    typed_name: str | None = None,
    file_matches: bool | None = None,
) -> verification.PublicRecord:
    now = clock.now()
    held = queries.held_credential(db.session(), record, at=now)
    return verification.public_record(
        held, now=now, typed_name=typed_name, file_matches=file_matches
    )


def _credential_page(
    record: verification.PublicRecord, name_form: forms.CheckNameForm | None = None
) -> Response:
    page = render_template(
        "certification/credential.html",
        record=record,
        likeness=likeness.likeness_of(record),
        headline=telling.headline(record),
        status_word=labels.STATUS[record.status],
        revocation_word=telling.revocation_word(record),
        validity_note=telling.validity_note(record),
        main_checks=telling.main_checks(record),
        further_checks=telling.further_checks(record),
        name_form=name_form or forms.CheckNameForm(),
        file_form=forms.CheckFileForm(),
    )
    return _public(page)


def _unknown_page(typed: str) -> ResponseReturnValue:
    return _public(render_template("certification/unknown.html", typed=typed[:60])), 404


def _public(page: str) -> Response:
    answer = current_app.make_response(page)
    answer.headers["X-Robots-Tag"] = "noindex, noarchive"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _count_lookup() -> None:
    """Count one verification from this address.

    A database that takes no write now still answers readers: a stranger at the counter waits
    for a certificate's status, not for our statistics.

    Raises:
        RateLimitedError: When the minute's are used up.
    """
    try:
        _count(f"verify:{request.remote_addr}", LOOKUP_LIMIT, LOOKUP_WINDOW_S)
    except StorageUnavailableError as error:
        logger.warning("verification was not counted: %s", error)


def _count_name(typed: str) -> None:
    """Count one name tried on a number, whether there is such a number or not."""
    try:
        number = normalize_number(typed)
    except CertificateNumberError:
        return
    _count(f"verify-name:{number}", NAME_LIMIT, NAME_WINDOW_S)


def _count(key: str, limit: int, window_s: int) -> None:
    with transaction() as db_session:
        wait = count_hit(db_session, key, limit=limit, window_s=window_s, now=clock.now())
    if wait is not None:
        raise RateLimitedError(key.partition(":")[0], wait)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _keys() -> FieldKeys:
    keys: FieldKeys = current_app.extensions["field_keys"]
    return keys
