"""The candidate's pages: programmes and enrolment, own certificates and links to share them."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from flask import current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.accounts.forms import IdentityForm
from app.accounts.services import IdentityTakenError
from app.certification import (
    acts,
    claim_routes,
    files,
    forms,
    issuer_routes,
    labels,
    likeness,
    office_routes,
    past_results,
    prerequisites,
    presenting,
    queries,
    renewal_routes,
    room_items,
    scan_codes,
    sealing,
    services,
    sharing,
    standing,
    verifying_routes,
)
from app.certification.blueprint import bp
from app.certification.models import Enrolment
from app.core import clock
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import NotFoundError
from app.core.web import BaseForm, access
from app.exams.drawing import NoFormError
from app.exams.queries import attempt_of
from app.rooms.services import RoomNotReadyError
from certificates.decisions import Part
from certificates.programmes import CertificationProgramme
from certificates.validity import issue_day

add_messages(labels.MESSAGES)

PARTS = (verifying_routes, issuer_routes, office_routes, claim_routes, renewal_routes)
"""The other modules whose routes are this blueprint's."""


@bp.get("/exams")
@access("candidate", answers="200 page")
def exams() -> ResponseReturnValue:
    """Show the programmes, how the candidate stands in each, and past results."""
    return _exams_page()


def _exams_page(refusal: str = "") -> str:
    now, db_session = clock.now(), db.session()
    sat = standing.sat_of(db_session, current_user.id)
    enrolments = queries.enrolments_of(db_session, current_user.id)
    cards = presenting.programme_cards(
        db_session, current_user.id, sat, enrolments, now=now, include_demo=_settings().is_demo
    )
    return render_template(
        "certification/exams.html",
        cards=cards,
        lines=_prerequisites(
            [card.programme for card in cards if card.enrolment or card.may_enrol], enrolments
        ),
        past=past_results.past_results(db_session, current_user.id, sat, enrolments),
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


def _prerequisites(
    programmes: Sequence[CertificationProgramme], enrolments: Sequence[Enrolment]
) -> dict[str, list[prerequisites.PrerequisiteLine]]:
    return prerequisites.prerequisite_lines(
        db.session(),
        current_user.id,
        programmes,
        enrolled={one.programme_id for one in enrolments if one.is_active},
        now=clock.now(),
        include_demo=_settings().is_demo,
    )


def _enrol_page(programme_id: str, form: IdentityForm | BaseForm) -> str:
    db_session = db.session()
    programme = queries.newest_programme(db_session, programme_id)
    return render_template(
        "certification/enrol.html",
        programme=programme,
        parts=[
            (part.value, presenting.part_title(programme, part), facts)
            for part in presenting.parts_of(programme)
            if (facts := presenting.part_facts(db_session, programme, part))
        ],
        prerequisites=_prerequisites(
            [programme], queries.enrolments_of(db_session, current_user.id)
        ).get(programme.id, []),
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
    fields={"part": "in the address: room_2 for the second room of a programme with two"},
    answers="303 to the room (the open one, if there is one); 409 page with the reason; 404",
)
def begin_room(programme_id: str) -> ResponseReturnValue:
    """Start one of the programme's rooms, or go back to the open one."""
    part = Part.ROOM_2 if request.args.get("part") == Part.ROOM_2 else Part.ROOM
    try:
        with transaction() as db_session:
            enrolment = queries.active_enrolment(
                db_session, current_user.id, programme_id, lock=True
            )
            public_id = services.start_room(
                db_session, enrolment, part, settings=_settings(), now=clock.now()
            )
    except (services.StartRefusedError, RoomNotReadyError) as error:
        return _exams_page(presenting.refusal_words(error)), 409
    return redirect(url_for("rooms.cockpit", public_id=public_id), code=303)


@bp.post("/exams/attempts/<public_id>/items/<int:position>/room")
@access(
    "candidate",
    fields={"csrf_token": "the form's token"},
    answers="303 to the room of an item (the open one, if there is one); 404; 409 attempt_closed, "
    "section_passed, room_item_used, room_not_ready; 429 attempt_paused",
)
def open_item_room(public_id: str, position: int) -> ResponseReturnValue:
    """Open the room that an item of an exam asks to be operated."""
    session_hash = current_user.session_hash
    with transaction() as db_session:
        attempt = attempt_of(db_session, public_id, current_user.id, lock=True)
        room = room_items.open_item_room(db_session, attempt, position, now=clock.now())
        account_services.widen_web_session(db_session, session_hash, room)
    return redirect(url_for("rooms.cockpit", public_id=room), code=303)


@bp.get("/certificates")
@access("candidate", answers="200 page")
def mine() -> ResponseReturnValue:
    """Show the candidate's own certificates."""
    return _mine_page()


def _mine_page(
    *,
    refused: tuple[str, forms.ShareLinkForm] | None = None,
    new_link: tuple[str, str] | None = None,
) -> str:
    now = clock.now()
    cards = presenting.credential_cards(db.session(), current_user.id, now=now)
    numbers = [card.held.record.number for card in cards]
    link_forms = {number: forms.ShareLinkForm(number, formdata=None) for number in numbers}
    if refused is not None:
        link_forms[refused[0]] = refused[1]
    return render_template(
        "certification/mine.html",
        cards=cards,
        today=issue_day(now),
        status_words=labels.STATUS,
        status_tones=labels.STATUS_TONE,
        revocation_words=labels.REVOCATION,
        link_forms=link_forms,
        new_link=new_link,
    )


@bp.get("/certificates/<number>.pdf")
@access(
    "candidate",
    answers="200 application/pdf, the same bytes every time; 409 pdf_changed, credential_ended; "
    "503 keys_missing, fonts_missing, time_stamp_awaited; 404, also for somebody else's",
)
def download(number: str) -> ResponseReturnValue:
    """Give the holder the certificate's file."""
    printout, drawn = _file_of(number)
    return send_file(
        BytesIO(drawn.data),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=printout.download_name,
        etag=False,
    )


@bp.get("/certificates/<number>.jwt")
@access(
    "candidate",
    answers="200 application/vc+jwt, the credential that the file carries; 409 credential_ended; "
    "503 keys_missing, fonts_missing, time_stamp_awaited; 404, also for somebody else's and for "
    "files without one",
)
def download_credential(number: str) -> ResponseReturnValue:
    """Give the holder the Open Badges 3.0 credential by itself."""
    _, drawn = _file_of(number)
    if drawn.imprint is None:
        raise NotFoundError(f"credential file of {number}")
    return send_file(
        BytesIO(drawn.imprint.token.encode("ascii")),
        mimetype="application/vc+jwt",
        as_attachment=True,
        download_name=f"{number}.jwt",
        etag=False,
    )


@bp.get("/certificates/<number>/code")
@access(
    "candidate",
    answers="200 page with a QR code of the address and the signed token; 409 credential_ended; "
    "503 keys_missing; 404, also for somebody else's",
)
def show_code(number: str) -> ResponseReturnValue:
    """Show the holder the code that lets whoever scans it see the full result."""
    record = queries.credential_of(db.session(), number, current_user.id)
    acts.check_not_ended(db.session(), record)
    address = scan_codes.code_address(db.session(), record, _keys())
    path, modules = likeness.qr_path(address)
    return render_template(
        "certification/code.html", record=record, address=address, path=path, modules=modules
    )


def _file_of(number: str) -> tuple[files.Printout, files.DrawnFile]:
    record = queries.credential_of(db.session(), number, current_user.id)
    acts.check_not_ended(db.session(), record)
    return sealing.file_of(record, settings=_settings(), field_keys=_keys(), now=clock.now())


@bp.post("/certificates/<number>/links")
@access(
    "candidate",
    fields={"label": "what it is for, at most 40 characters", "days": "1 to 180"},
    answers="200 page with the new link, shown once; 409 too_many_links; 422 form again; 404",
)
def make_link(number: str) -> ResponseReturnValue:
    """Make a link that shows the full result to whoever has it."""
    form = forms.ShareLinkForm(number)
    if not form.validate_on_submit():
        return _mine_page(refused=(number, form)), 422
    with transaction() as db_session:
        record = queries.credential_of(db_session, number, current_user.id)
        token = sharing.make_link(
            db_session,
            record,
            label=form.label.data or "",
            days=form.days.data or 0,
            now=clock.now(),
        )
    url = f"{_settings().public_base_url}{url_for('certification.shared', token=token)}"
    return _mine_page(new_link=(number, url))


@bp.post("/certificates/<number>/links/<public_id>/close")
@access("candidate", answers="303 to the certificates; 404")
def close_link(number: str, public_id: str) -> ResponseReturnValue:
    """End a link now."""
    with transaction() as db_session:
        record = queries.credential_of(db_session, number, current_user.id)
        sharing.close_link(db_session, record, public_id, now=clock.now())
    flash(gettext("链接已结束"))
    return redirect(url_for("certification.mine"), code=303)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _keys() -> FieldKeys:
    keys: FieldKeys = current_app.extensions["field_keys"]
    return keys
