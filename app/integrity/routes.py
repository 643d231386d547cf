"""Pages of integrity: what stands out in an exam, the case file, the candidate's statement."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts.models import Person
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import ConflictError, ForbiddenError, InvalidInputError
from app.core.web import access
from app.exams import queries as exams
from app.exams.models import Attempt
from app.integrity import forms, gathering, labels, presenting, queries, services
from app.integrity.models import IntegrityCase
from question_bank.timing import FAST_Z

bp = Blueprint("integrity", __name__, template_folder="templates", url_prefix="/integrity")
add_messages(labels.MESSAGES)

STAFF = ("invigilator", "committee_member")
"""Roles that look at what stands out, and handle cases."""


@bp.get("")
@access(*STAFF, answers="200 page")
def index() -> ResponseReturnValue:
    """Show the exams and the case files, without names."""
    return render_template(
        "integrity/index.html",
        exams=queries.exam_codes(db.session()),
        cases=queries.cases(db.session()),
        findings=labels.FINDING,
        tones=labels.FINDING_TONE,
    )


@bp.get("/exams/<exam_code>")
@access(*STAFF, answers="200 page; 404 if nobody sat it")
def exam(exam_code: str) -> ResponseReturnValue:
    """Compute and show what stands out in an exam, without names."""
    return _exam_page(exam_code)


@bp.post("/attempts/<public_id>/case")
@access(
    *STAFF,
    fields={"reason": "why the case is opened"},
    answers="303 to the case; 403 own_attempt, 409 case_exists, 422 page with the reason; 404",
)
def open_case(public_id: str) -> ResponseReturnValue:
    """Open the case file of an attempt."""
    attempt = exams.attempt_by_public_id(db.session(), public_id)
    exam_code, form = attempt.exam_code, forms.OpenCaseForm()
    if not form.validate_on_submit():
        return _exam_page(exam_code, gettext("请写明立案事由，4 到 1000 字")), 422
    now = clock.now()
    found = gathering.case_evidence(db.session(), attempt, now=now)
    try:
        with transaction() as db_session:
            case = services.open_case(
                db_session,
                exams.attempt_by_public_id(db_session, public_id, lock=True),
                found,
                reason=form.reason.data or "",
                person_id=_reader_id(),
                actor=_actor(),
                now=now,
            )
            target = url_for("integrity.case", public_id=case.public_id)
    except (ConflictError, ForbiddenError) as error:
        status = 403 if isinstance(error, ForbiddenError) else 409
        return _exam_page(exam_code, message_of(error.code)), status
    return redirect(target, code=303)


@bp.get("/cases/<public_id>")
@access(*STAFF, answers="200 the case file, or the page that asks what for; 404")
def case(public_id: str) -> ResponseReturnValue:
    """Show the file to who said a while ago what it is needed for; ask everybody else."""
    found = queries.case(db.session(), public_id)
    since = clock.now() - services.LOOK_HOLDS
    if queries.looked_since(db.session(), found.id, _actor(), since):
        return _case_page(public_id)
    return _gate_page(found, forms.LookForm())


@bp.post("/cases/<public_id>/look")
@access(
    *STAFF,
    fields={"purpose": "what it is needed for"},
    answers="303 to the case file; 403 own_attempt; 422 page again; 404",
)
def look(public_id: str) -> ResponseReturnValue:
    """Note who looks and what for; then the file is open to them for a while."""
    form = forms.LookForm()
    if not form.validate_on_submit():
        return _gate_page(queries.case(db.session(), public_id), form), 422
    with transaction() as db_session:
        services.look(
            db_session,
            queries.case(db_session, public_id),
            purpose=form.purpose.data or "",
            person_id=_reader_id(),
            actor=_actor(),
            now=clock.now(),
        )
    return redirect(url_for("integrity.case", public_id=public_id), code=303)


@bp.post("/cases/<public_id>/finding")
@access(
    *STAFF,
    fields={"finding": "no_concern or concern", "reason": "why"},
    answers="303 to the case, also when something is missing; 403 own_attempt; "
    "409 case_decided; 404",
)
def propose(public_id: str) -> ResponseReturnValue:
    """Propose a finding."""
    form = forms.FindingForm()
    if not form.validate_on_submit():
        flash(gettext("请选择结论，并写明理由，4 到 1000 字"))
        return redirect(url_for("integrity.case", public_id=public_id), code=303)
    with transaction() as db_session:
        services.propose_finding(
            db_session,
            queries.case(db_session, public_id, lock=True),
            finding=form.finding.data,
            reason=form.reason.data or "",
            person_id=_reader_id(),
            actor=_actor(),
            now=clock.now(),
        )
    flash(gettext("已提出结论，等另一个人确认"))
    return redirect(url_for("integrity.case", public_id=public_id), code=303)


@bp.post("/cases/<public_id>/confirm")
@access(
    "committee_member",
    fields={"csrf_token": "the form's token"},
    answers="303 to the cases; 403 second_person_required, own_attempt; 409 case_decided, "
    "nothing_proposed; 404",
)
def confirm(public_id: str) -> ResponseReturnValue:
    """Confirm the finding of another person."""
    with transaction() as db_session:
        services.confirm_finding(
            db_session,
            queries.case(db_session, public_id, lock=True),
            person_id=_reader_id(),
            actor=_actor(),
            now=clock.now(),
        )
    flash(gettext("已由两人结案；不会自动产生任何后果"))
    return redirect(url_for("integrity.index"), code=303)


@bp.get("/statements")
@access("candidate", answers="200 page")
def statements() -> ResponseReturnValue:
    """Show a candidate the cases about their own attempts."""
    return _statements_page(forms.StatementForm())


@bp.post("/statements/<public_id>")
@access(
    "candidate",
    fields={"statement": "the candidate's words"},
    answers="303 to the page; 409 already_stated, case_decided; 422 page again; 404",
)
def state(public_id: str) -> ResponseReturnValue:
    """Take the candidate's statement into the file."""
    form = forms.StatementForm()
    if not form.validate_on_submit():
        return _statements_page(form), 422
    try:
        with transaction() as db_session:
            services.make_statement(
                db_session,
                queries.own_case(db_session, public_id, _reader_id(), lock=True),
                statement=form.statement.data or "",
                actor=_actor(),
                now=clock.now(),
            )
    except (ConflictError, InvalidInputError) as error:
        return _statements_page(form, message_of(error.code)), 409
    flash(gettext("说明已经放进案卷"))
    return redirect(url_for("integrity.statements"), code=303)


def _reader_id() -> int:
    return int(current_user.id)


def _actor() -> str:
    return str(current_user.actor)


def _exam_page(exam_code: str, refusal: str = "") -> str:
    signs = gathering.signs_of_exam(db.session(), exam_code)
    shares = signs.provider_shares
    return render_template(
        "integrity/exam.html",
        exam_code=exam_code,
        signs=signs,
        old_count=presenting.old_count(signs),
        shares=shares,
        providers=presenting.provider_shares(db.session(), shares),
        rows=[(signs.sat[place].attempt, codes) for place, codes in signs.signs.items()],
        cases=queries.cases_by_attempt(db.session(), exam_code),
        labels=labels.SIGN,
        form=forms.OpenCaseForm(),
        refusal=refusal,
    )


def _gate_page(found: IntegrityCase, form: forms.LookForm) -> str:
    views = queries.views_of(db.session(), found.id)
    actors = [one.viewer for one in views]
    return render_template(
        "integrity/gate.html",
        case=found,
        views=views,
        names=presenting.names_by_actor(db.session(), actors),
        form=form,
        findings=labels.FINDING,
        tones=labels.FINDING_TONE,
    )


def _case_page(public_id: str) -> str:
    found = queries.case(db.session(), public_id)
    attempt = db.session().get_one(Attempt, found.attempt_id)
    actors = (found.opened_by, found.proposed_by, found.confirmed_by)
    return render_template(
        "integrity/case.html",
        case=found,
        attempt=attempt,
        candidate=db.session().get_one(Person, attempt.person_id).display_name,
        names=presenting.names_by_actor(db.session(), actors),
        evidence=presenting.shown_evidence(found.evidence),
        points=presenting.time_points(found.evidence["timing"]),
        line_y=presenting.height_of(FAST_Z),
        middle_y=presenting.height_of(0.0),
        width=presenting.WIDTH,
        height=presenting.HEIGHT,
        form=forms.FindingForm(),
        own_actor=_actor(),
        old_by=labels.OLD_BY,
        ties=labels.TIE,
        changed=labels.CHANGED,
        findings=labels.FINDING,
        tones=labels.FINDING_TONE,
    )


def _statements_page(form: forms.StatementForm, refusal: str = "") -> str:
    return render_template(
        "integrity/statements.html",
        cases=queries.own_cases(db.session(), _reader_id()),
        form=form,
        refusal=refusal,
    )
