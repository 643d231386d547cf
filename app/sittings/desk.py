"""Pages of the staff: planning, the invigilator's console, accommodations."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts import queries as accounts
from app.bank import queries as bank
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import ConflictError, InvalidInputError
from app.core.hashing import digest
from app.core.web import access
from app.exams import queries as exams
from app.exams import unsent
from app.sittings import (
    accommodations,
    entitlement,
    forms,
    invigilation,
    labels,
    presenting,
    queries,
    seats,
    services,
)
from question_bank.items import Pool

bp = Blueprint("desk", __name__, url_prefix="/manage")

PLANNERS = ("examiner", "committee_member")
"""Roles that plan sittings."""

INVIGILATORS = ("invigilator", "examiner")
"""Roles that stand at the console."""


@dataclass(frozen=True)
class ActTyped:
    """What the console's form holds: as it is first shown, or as a refused act was typed.

    Attributes:
        seats: Public ids of the seats selected.
        is_for_all: Whether everybody is meant.
        text: The reason, or what is announced.
        minutes: Of an extension, as typed.
    """

    seats: frozenset[str] = frozenset()
    is_for_all: bool = False
    text: str = ""
    minutes: str = "5"


@bp.get("")
@access(*PLANNERS, "invigilator", answers="200 page")
def manage() -> ResponseReturnValue:
    """List the sittings for staff."""
    db_session, now = db.session(), clock.now()
    found = queries.sittings(db_session)
    return render_template(
        "sittings/manage.html",
        sittings=found,
        taken=queries.taken_counts(db_session, [one.id for one in found]),
        phases={one.id: presenting.phase_of(one, now=now) for one in found},
        phase_labels=labels.PHASE,
        phase_tones=labels.PHASE_TONE,
        may_plan=bool(current_user.roles & set(PLANNERS)),
    )


@bp.get("/new")
@access(*PLANNERS, answers="200 form")
def plan_page() -> ResponseReturnValue:
    """Show the form that plans a sitting."""
    form = _plan_form()
    return render_template("sittings/plan.html", form=form)


@bp.post("/new")
@access(
    *PLANNERS,
    fields={
        "programme": "programme id",
        "title": "2 to 60 characters",
        "place": "2 to 80 characters",
        "seats": "1 to 2000",
        "opens_at": "first moment of entry, Beijing time",
        "closes_at": "last moment of entry",
        "ends_at": "end for the standard time",
        "needs_code": "whether a start needs the room's code",
        "allows_tickets": "whether the exam ticket signs in on the hall's devices",
        "is_practice": "counts for nothing",
        "shows_items": "results show items and keys",
        "blueprint": "of a practice sitting: `id@version`, empty for the programme's",
        "config_keys, browser_keys": "keys of Safe Exam Browser, one a line; empty for any browser",
    },
    answers="303 to the console; 422 form again",
)
def plan() -> ResponseReturnValue:
    """Plan a sitting."""
    form = _plan_form()
    if not form.validate_on_submit():
        return render_template("sittings/plan.html", form=form), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            sitting = services.plan_sitting(db_session, form.plan, actor=actor, now=clock.now())
            public_id = sitting.public_id
    except InvalidInputError as error:
        for wrong in error.errors:
            form[str(wrong["field"])].errors = [labels.PLAN_ERROR[str(wrong["code"])]]
        return render_template("sittings/plan.html", form=form), 422
    flash(gettext("场次已发布，考生可以预约"))
    return redirect(url_for("sittings.desk.console", public_id=public_id), code=303)


@bp.get("/<public_id>")
@access(*PLANNERS, "invigilator", answers="200 console; 404")
def console(public_id: str) -> ResponseReturnValue:
    """Show who is in and how they fare."""
    return _console_page(public_id)


@bp.get("/<public_id>/rows")
@access(*PLANNERS, "invigilator", answers="200 `{counts, behind, phase, rows, acts}`; 404")
def rows(public_id: str) -> ResponseReturnValue:
    """Tell the console how everybody fares now."""
    db_session = db.session()
    sitting = queries.sitting(db_session, public_id)
    return jsonify(presenting.console_data(db_session, sitting, now=clock.now()))


@bp.post("/<public_id>/act")
@access(
    *INVIGILATORS,
    fields={
        "kind": "extend, pause, break, resume, announce or end",
        "scope": "`all`, or `some` with `seat` values",
        "seat": "public ids of the seats selected",
        "minutes": "of an extension, 1 to 240",
        "text": "the reason, or what is announced",
        "key": "idempotency key, one for each time the form is shown",
    },
    answers="303 to the console; 409, 422 console with the reason; 403 own_seat, own_trainee; 404",
)
def act(public_id: str) -> ResponseReturnValue:
    """Do one act to those selected, once."""
    actor = current_user.actor
    try:
        wanted = _wanted_act()
        with transaction() as db_session:
            sitting = queries.sitting(db_session, public_id, lock=True)
            done = invigilation.perform_act(
                db_session, sitting, wanted, actor=actor, now=clock.now()
            )
            reached, kind = len(done.seat_ids), str(labels.ACT[done.kind])
    except (ConflictError, InvalidInputError) as error:
        status = 409 if isinstance(error, ConflictError) else 422
        details = getattr(error, "errors", None) or [{}]
        words = labels.ACT_ERROR.get(str(details[0].get("field", "")))
        return _console_page(public_id, str(words or message_of(error.code)), _act_typed()), status
    flash(gettext("%(act)s：%(n)s 人", act=kind, n=reached))
    return redirect(url_for("sittings.desk.console", public_id=public_id), code=303)


@bp.post("/<public_id>/seats/<seat_id>/check-in")
@access(
    *INVIGILATORS,
    fields={"document": "id_card, passport or permit"},
    answers="303 to the console; 409 console with the reason; 403 own_seat, own_trainee; 404",
)
def check_in(public_id: str, seat_id: str) -> ResponseReturnValue:
    """Record that the person at a seat was identified."""
    form = forms.CheckInForm()
    if not form.validate_on_submit():
        return _console_page(public_id, message_of("invalid")), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            sitting = queries.sitting(db_session, public_id)
            held = queries.seat_in_sitting(db_session, sitting.id, seat_id, lock=True)
            seats.check_in(
                db_session,
                sitting,
                held,
                document=form.document.data,
                actor=actor,
                now=clock.now(),
            )
            number = held.number
    except ConflictError as error:
        return _console_page(public_id, message_of(error.code)), 409
    flash(gettext("%(n)s 号已核验身份", n=number))
    return redirect(url_for("sittings.desk.console", public_id=public_id), code=303)


@bp.post("/<public_id>/seats/<seat_id>/upload")
@access(
    *INVIGILATORS,
    fields={"file": "the file of unsent answers", "key": "idempotency key"},
    answers="303 to the console; 413; 422 console with the reason; 403 own_seat, own_trainee; 404",
)
def upload(public_id: str, seat_id: str) -> ResponseReturnValue:
    """Take a file of answers that never left a candidate's device."""
    form = forms.UploadForm()
    if not form.validate_on_submit():
        return _console_page(public_id, message_of("unsent_file")), 422
    now, actor, data = clock.now(), current_user.actor, form.file.data.read()
    reading = db.session()
    sitting = queries.sitting(reading, public_id)
    held = queries.seat_in_sitting(reading, sitting.id, seat_id)
    seats.refuse_own_seat(reading, sitting, actor, [held])
    found = exams.attempts_by_id(reading, [held.attempt_id or 0])
    if not found:
        return _console_page(public_id, message_of("unsent_file")), 422
    try:
        changes = unsent.read_unsent(data, found[0].public_id)
    except unsent.UnsentFileError as error:
        return _console_page(public_id, message_of(error.code)), 422
    outcome = unsent.take_unsent(db.session, found[0], changes, now=now)
    words = gettext(
        "补传：新存 %(saved)s、已有 %(known)s、迟到留存 %(late)s、未收 %(refused)s",
        saved=outcome.saved,
        known=outcome.known,
        late=outcome.late,
        refused=len(outcome.refused),
    )
    with transaction() as db_session:
        sitting = queries.sitting(db_session, public_id, lock=True)
        held = queries.seat_in_sitting(db_session, sitting.id, seat_id)
        text = f"{words} {digest(data.hex())[:23]}"
        invigilation.note_upload(
            db_session, sitting, held, key=form.key.data, text=text, actor=actor, now=now
        )
    flash(words)
    return redirect(url_for("sittings.desk.console", public_id=public_id), code=303)


@bp.post("/<public_id>/cancel")
@access(
    *PLANNERS,
    fields={"reason": "why"},
    answers="303 to the sittings; 409, 422 console with the reason; 404",
)
def cancel_sitting(public_id: str) -> ResponseReturnValue:
    """Cancel a sitting that nobody has begun."""
    form = forms.ReasonForm()
    if not form.validate_on_submit():
        return _console_page(public_id, str(labels.ACT_ERROR["text"])), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            services.cancel_sitting(
                db_session,
                queries.sitting(db_session, public_id, lock=True),
                reason=form.reason.data or "",
                actor=actor,
                now=clock.now(),
            )
    except ConflictError as error:
        return _console_page(public_id, message_of(error.code)), 409
    flash(gettext("场次已取消，座位已退回"))
    return redirect(url_for("sittings.desk.manage"), code=303)


@bp.get("/accommodations")
@access(*PLANNERS, answers="200 page")
def accommodation_list() -> ResponseReturnValue:
    """List accommodations, and the form that proposes one."""
    return _accommodations_page(forms.AccommodationForm(formdata=None))


@bp.post("/accommodations")
@access(
    *PLANNERS,
    fields={
        "account": "e-mail or phone of the candidate",
        "time_percent": "100 to 300",
        "break_minutes": "0 to 120",
        "reason": "4 to 200 characters",
    },
    answers="303 to the list; 403 second_person_required; 422 form again",
)
def propose_accommodation() -> ResponseReturnValue:
    """Propose extra time or breaks for a candidate."""
    form = forms.AccommodationForm()
    if not form.validate_on_submit():
        return _accommodations_page(form), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            person = accounts.person_of_account_or_none(db_session, form.account.data or "")
            if person is None:
                form.account.errors = [gettext("没有这个账号，请检查拼写")]
                return _accommodations_page(form), 422
            accommodations.propose_accommodation(
                db_session,
                person,
                time_percent=form.time_percent.data,
                break_minutes=form.break_minutes.data,
                reason=form.reason.data or "",
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError:
        form.time_percent.errors = [gettext("加时和休息至少给一样")]
        return _accommodations_page(form), 422
    flash(gettext("已提交，等另一位考务人员批准"))
    return redirect(url_for("sittings.desk.accommodation_list"), code=303)


ACCOMMODATION_ACTS = {
    "approve": accommodations.approve_accommodation,
    "end": accommodations.end_accommodation,
}


@bp.post("/accommodations/<public_id>/<any(approve,end):act_name>")
@access(
    *PLANNERS, answers="303 to the list; 403 second_person_required; 409 accommodation_ended; 404"
)
def settle_accommodation(public_id: str, act_name: str) -> ResponseReturnValue:
    """Approve an accommodation as the second person, or end it."""
    actor = current_user.actor
    with transaction() as db_session:
        granted = queries.accommodation(db_session, public_id, lock=True)
        ACCOMMODATION_ACTS[act_name](db_session, granted, actor=actor, now=clock.now())
    flash(gettext("已批准，从下一场考试起生效") if act_name == "approve" else gettext("已结束"))
    return redirect(url_for("sittings.desk.accommodation_list"), code=303)


def _plan_form() -> forms.PlanSittingForm:
    db_session = db.session()
    blueprints = [one for one in bank.blueprints(db_session) if one.pool is Pool.PRACTICE]
    return forms.PlanSittingForm(entitlement.programme_choices(db_session), blueprints)


def _console_page(public_id: str, refusal: str = "", typed: ActTyped | None = None) -> str:
    db_session, now = db.session(), clock.now()
    sitting = queries.sitting(db_session, public_id)
    return render_template(
        "sittings/console.html",
        sitting=sitting,
        data=presenting.console_data(db_session, sitting, now=now),
        documents=labels.DOCUMENT,
        state_labels=labels.STATE,
        phase_tones=labels.PHASE_TONE,
        act_key=secrets.token_urlsafe(16),
        most_minutes=forms.MOST_MINUTES,
        may_act=bool(current_user.roles & set(INVIGILATORS)),
        may_plan=bool(current_user.roles & set(PLANNERS)),
        refusal=refusal,
        typed=typed or ActTyped(),
    )


def _accommodations_page(form: forms.AccommodationForm) -> str:
    found = queries.accommodations(db.session())
    return render_template(
        "sittings/accommodations.html", rows=found, form=form, own_actor=current_user.actor
    )


def _act_typed() -> ActTyped:
    values = request.form
    return ActTyped(
        seats=frozenset(values.getlist("seat")),
        is_for_all=values.get("scope") == "all",
        text=values.get("text", ""),
        minutes=values.get("minutes", ""),
    )


def _wanted_act() -> invigilation.ActRequest:
    """Read an act from the console's form.

    Raises:
        InvalidInputError: If nobody is selected.
    """
    values = request.form
    kind = values.get("kind", "")
    is_for_all = values.get("scope") == "all"
    seat_ids = tuple(values.getlist("seat"))
    if not is_for_all and not seat_ids:
        raise InvalidInputError("nobody selected", [{"field": "seat", "code": "none"}])
    minutes = values.get("minutes", "")
    is_number = minutes.isascii() and minutes.isdecimal() and len(minutes) <= 4
    return invigilation.ActRequest(
        kind=kind,
        seat_ids=() if is_for_all else seat_ids,
        minutes=int(minutes) if kind == "extend" and is_number else None,
        text="".join(filter(str.isprintable, values.get("text", ""))).strip(),
        key=values.get("key", ""),
    )
