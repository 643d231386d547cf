"""Pages of results: release, regrading, appeals."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.core import clock
from app.core.audit.services import record_act
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import ConflictError, ForbiddenError, InvalidInputError
from app.core.web import access
from app.exams import packing, regrading
from app.exams import queries as exams
from app.results import forms, labels, late_answers, presenting, queries, services
from app.rooms import queries as rooms
from app.rooms import releasing
from app.sittings import queries as sittings

bp = Blueprint("results", __name__, template_folder="templates", url_prefix="/results")
add_messages(labels.MESSAGES)

STAFF = ("examiner", "committee_member")
"""Roles that release results and regrade."""


@bp.get("")
@access(*STAFF, answers="200 page")
def index() -> ResponseReturnValue:
    """Show the sittings whose results wait, and the regrades."""
    return _index_page()


@bp.post("/sittings/<public_id>/release")
@access(
    "examiner",
    fields={"publish_at": "moment of publication, Beijing time"},
    answers="303 to the results; 409, 422 page with the reason; 404",
)
def plan_release(public_id: str) -> ResponseReturnValue:
    """Say when a sitting's results are published."""
    form = forms.ReleaseForm()
    if not form.validate_on_submit():
        return _index_page(gettext("请填写发布时间")), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            services.plan_release(
                db_session,
                sittings.sitting(db_session, public_id, lock=True),
                publish_at=form.publish_at.utc,
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError:
        return _index_page(message_of("release_too_early")), 422
    except ConflictError as error:
        return _index_page(message_of(error.code)), 409
    flash(gettext("已安排；到点自动发布，之前可以撤回"))
    return redirect(url_for("results.index"), code=303)


@bp.post("/sittings/<public_id>/withdraw")
@access("examiner", answers="303 to the results; 409 page with the reason; 404")
def withdraw_release(public_id: str) -> ResponseReturnValue:
    """Take a planned publication back."""
    actor = current_user.actor
    try:
        with transaction() as db_session:
            services.withdraw_release(
                db_session,
                sittings.sitting(db_session, public_id, lock=True),
                actor=actor,
                now=clock.now(),
            )
    except ConflictError as error:
        return _index_page(message_of(error.code)), 409
    flash(gettext("已撤回，没有人看到过"))
    return redirect(url_for("results.index"), code=303)


@bp.post("/rooms/<public_id>/release")
@access(
    "examiner",
    fields={"csrf_token": "the form's token"},
    answers="303 to the results; 403 second_person_required; 404; 409 page with the reason",
)
def release_room(public_id: str) -> ResponseReturnValue:
    """Publish the result of a room that was held back."""
    actor, releaser_id = current_user.actor, current_user.id
    try:
        with transaction() as db_session:
            releasing.release_room(
                db_session,
                rooms.held_room(db_session, public_id),
                releaser_id=releaser_id,
                actor=actor,
                now=clock.now(),
            )
    except (ConflictError, ForbiddenError) as error:
        status = 403 if isinstance(error, ForbiddenError) else 409
        return _index_page(message_of(error.code)), status
    flash(gettext("已发布，考生现在看得到成绩和复盘"))
    return redirect(url_for("results.index"), code=303)


@bp.post("/regrades")
@access(
    *STAFF,
    fields={
        "item_ref": "version that candidates had",
        "treatment": "rekey, credit_all or drop",
        "new_ref": "version whose key counts, for rekey",
        "reason": "4 to 200 characters",
    },
    answers="303 to the preview; 409, 422 page with the reason",
)
def propose_regrade() -> ResponseReturnValue:
    """Propose to score an item in another way."""
    form = forms.ProposeRegradeForm()
    if not form.validate_on_submit():
        return _index_page(form=form), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            proposed = regrading.propose_regrade(
                db_session,
                form.item_ref.data or "",
                treatment=form.treatment.data,
                new_ref=form.new_ref.data or None,
                reason=form.reason.data or "",
                actor=actor,
                now=clock.now(),
            )
            public_id = proposed.public_id
    except InvalidInputError as error:
        for wrong in error.errors:
            form[str(wrong["field"])].errors = [labels.REGRADE_ERROR[str(wrong["field"])]]
        return _index_page(form=form), 422
    except ConflictError as error:
        return _index_page(message_of(error.code), form=form), 409
    return redirect(url_for("results.regrade", public_id=public_id), code=303)


@bp.get("/regrades/<public_id>")
@access(*STAFF, answers="200 page: who moves, and which credentials are touched; 404")
def regrade(public_id: str) -> ResponseReturnValue:
    """Show what a regrade would do, or did."""
    return _regrade_page(public_id)


@bp.post("/regrades/<public_id>/<any(apply,withdraw,revert):act>")
@access(
    *STAFF,
    answers="303 to the regrade; 403 page second_person_required; 409 page with the reason; 404",
)
def settle_regrade(public_id: str, act: str) -> ResponseReturnValue:
    """Apply or revert a regrade as the second person, or withdraw a proposal."""
    actor, now = current_user.actor, clock.now()
    acts = {
        "apply": services.apply_regrade,
        "withdraw": regrading.withdraw_regrade,
        "revert": regrading.revert_regrade,
    }
    try:
        with transaction() as db_session:
            found = queries.regrade(db_session, public_id, lock=True)
            acts[act](db_session, found, actor=actor, now=now)
    except (ConflictError, ForbiddenError) as error:
        status = 403 if isinstance(error, ForbiddenError) else 409
        return _regrade_page(public_id, message_of(error.code)), status
    flash(gettext("已完成，并记入审计日志"))
    return redirect(url_for("results.regrade", public_id=public_id), code=303)


@bp.get("/late")
@access(*STAFF, answers="200 page")
def late() -> ResponseReturnValue:
    """Show answers that came after the end and wait for a decision."""
    return _late_page()


@bp.post("/attempts/<public_id>/late")
@access(
    *STAFF,
    fields={"reason": "4 to 300 characters: why the delay is not the candidate's"},
    answers="303 to the list; 403 second_person_required; 409, 422 page with the reason; 404",
)
def propose_late(public_id: str) -> ResponseReturnValue:
    """Propose that an attempt's late answers count."""
    form = forms.LateReasonForm()
    if not form.validate_on_submit():
        return _late_page(message_of("late_reason")), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            attempt = exams.attempt_by_public_id(db_session, public_id, lock=True)
            late_answers.propose_admission(
                db_session, attempt, reason=form.reason.data or "", actor=actor, now=clock.now()
            )
    except ConflictError as error:
        return _late_page(message_of(error.code)), 409
    flash(gettext("已提出，等另一个人决定"))
    return redirect(url_for("results.late"), code=303)


@bp.post("/late/<public_id>")
@access(
    *STAFF,
    fields={"decision": "admit or refuse"},
    answers="303 to the list; 403 page second_person_required; 409, 422 page with the reason; 404",
)
def decide_late(public_id: str) -> ResponseReturnValue:
    """Admit an attempt's late answers as the second person, or refuse them."""
    form = forms.LateDecisionForm()
    if not form.validate_on_submit():
        return _late_page(message_of("invalid")), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            proposed = late_answers.admission(db_session, public_id, lock=True)
            (attempt,) = exams.attempts_by_id(db_session, [proposed.attempt_id], lock=True)
            late_answers.decide_admission(
                db_session,
                proposed,
                attempt,
                is_admitted=form.decision.data == "admit",
                actor=actor,
                now=clock.now(),
            )
    except (ConflictError, ForbiddenError) as error:
        status = 403 if isinstance(error, ForbiddenError) else 409
        return _late_page(message_of(error.code)), status
    flash(gettext("已决定，并记入审计日志"))
    return redirect(url_for("results.late"), code=303)


@bp.get("/attempts/<public_id>/appeal")
@access("candidate", answers="200 the form, or the appeal and its answer; 404")
def appeal_page(public_id: str) -> ResponseReturnValue:
    """Show the candidate's appeal, or the form that files one."""
    return _appeal_page(public_id, forms.FileAppealForm(formdata=None))


@bp.post("/attempts/<public_id>/appeal")
@access(
    "candidate",
    fields={
        "category": "item, technical, disturbance or other",
        "position": "number of the item, if it is about one",
        "body": "10 to 2000 characters",
    },
    answers="303 to the appeal; 409, 422 page with the reason; 404",
)
def file_appeal(public_id: str) -> ResponseReturnValue:
    """Take an appeal against a published result."""
    form = forms.FileAppealForm()
    if not form.validate_on_submit():
        return _appeal_page(public_id, form), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            attempt = exams.attempt_of(db_session, public_id, current_user.id, lock=True)
            services.file_appeal(
                db_session,
                attempt,
                category=form.category.data,
                position=form.position.data,
                body=(form.body.data or "").strip(),
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError as error:
        for wrong in error.errors:
            form[str(wrong["field"])].errors = [message_of("invalid")]
        return _appeal_page(public_id, form), 422
    except ConflictError as error:
        return _appeal_page(public_id, form, message_of(error.code)), 409
    flash(gettext("申诉已收到"))
    return redirect(url_for("results.appeal_page", public_id=public_id), code=303)


@bp.get("/appeals")
@access("appeal_handler", answers="200 page")
def appeals() -> ResponseReturnValue:
    """List appeals, the most urgent first."""
    db_session, now = db.session(), clock.now()
    return render_template(
        "results/appeals.html",
        rows=queries.appeals(db_session),
        overdue=queries.overdue_appeal_count(db_session, now=now),
        now=now,
        categories=labels.CATEGORY,
        outcomes=labels.OUTCOME,
        outcome_tones=labels.OUTCOME_TONE,
    )


@bp.get("/appeals/<public_id>")
@access("appeal_handler", answers="200 page; 404")
def appeal(public_id: str) -> ResponseReturnValue:
    """Show an appeal with what the attempt's record says."""
    return _handling_page(public_id, forms.AnswerAppealForm(formdata=None))


@bp.post("/appeals/<public_id>")
@access(
    "appeal_handler",
    fields={
        "outcome": "upheld or dismissed",
        "answer": "10 to 2000 characters",
        "treatment": "a regrade to propose with it; empty for none",
        "new_ref": "version whose key counts, for rekey",
    },
    answers="303 to the appeal; 403 page involved; 409, 422 page with the reason; 404",
)
def answer_appeal(public_id: str) -> ResponseReturnValue:
    """Answer an appeal."""
    form = forms.AnswerAppealForm()
    if not form.validate_on_submit():
        return _handling_page(public_id, form), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            found = queries.appeal(db_session, public_id, lock=True)
            (attempt,) = exams.attempts_by_id(db_session, [found.attempt_id])
            services.answer_appeal(
                db_session,
                found,
                attempt,
                outcome=form.outcome.data,
                answer=(form.answer.data or "").strip(),
                treatment=form.treatment.data or "",
                new_ref=form.new_ref.data or None,
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError as error:
        field = str(error.errors[0]["field"]) if error.errors else "answer"
        words = labels.REGRADE_ERROR.get(field, message_of("invalid"))
        form[field if field in form else "answer"].errors = [words]
        return _handling_page(public_id, form), 422
    except (ConflictError, ForbiddenError) as error:
        status = 403 if isinstance(error, ForbiddenError) else 409
        return _handling_page(public_id, form, message_of(error.code)), status
    flash(gettext("已答复"))
    return redirect(url_for("results.appeal", public_id=public_id), code=303)


@bp.get("/attempts/<public_id>/pack")
@access(
    "examiner",
    "appeal_handler",
    answers="200 JSON file: the attempt pack; 404; 409 attempt_open",
)
def pack(public_id: str) -> ResponseReturnValue:
    """Give staff everything an attempt rests on, keys included; who took it is on record."""
    actor = current_user.actor
    with transaction() as db_session:
        attempt = exams.attempt_by_public_id(db_session, public_id)
        text = packing.attempt_pack(db_session, attempt).model_dump_json(indent=1)
        record_act(
            db_session,
            subject=f"attempt:{public_id}",
            action="attempt.pack_taken",
            actor=actor,
            now=clock.now(),
        )
    name = f'attachment; filename="attempt-{public_id}.json"'
    return Response(text, mimetype="application/json", headers={"Content-Disposition": name})


def _index_page(refusal: str = "", form: forms.ProposeRegradeForm | None = None) -> str:
    db_session, now = db.session(), clock.now()
    held_rooms = rooms.held_rooms(db_session)
    return render_template(
        "results/index.html",
        rows=presenting.release_rows(db_session, now=now),
        held_rooms=held_rooms,
        names=queries.names_of(db_session, [room.person_id for room in held_rooms]),
        regrades=queries.regrades(db_session),
        regrade_state=presenting.regrade_state,
        state_labels=labels.REGRADE_STATE,
        state_tones=labels.REGRADE_TONE,
        treatments=labels.TREATMENT,
        form=form or forms.ProposeRegradeForm(formdata=None),
        default_moment=presenting.next_morning(now),
        may_release="examiner" in current_user.roles,
        refusal=refusal,
    )


def _late_page(refusal: str = "") -> str:
    return render_template(
        "results/late.html",
        rows=late_answers.late_rows(db.session()),
        reasons=labels.LATE_REASON,
        own_actor=current_user.actor,
        refusal=refusal,
    )


def _regrade_page(public_id: str, refusal: str = "") -> str:
    db_session = db.session()
    found = queries.regrade(db_session, public_id)
    moves = regrading.preview_regrade(db_session, found)
    return render_template(
        "results/regrade.html",
        regrade=found,
        state=presenting.regrade_state(found),
        state_labels=labels.REGRADE_STATE,
        state_tones=labels.REGRADE_TONE,
        treatments=labels.TREATMENT,
        moves=moves,
        names=queries.names_of(db_session, [move.attempt.person_id for move in moves]),
        touched=services.touched_credentials(db_session, moves),
        own_actor=current_user.actor,
        refusal=refusal,
    )


def _appeal_page(public_id: str, form: forms.FileAppealForm, refusal: str = "") -> str:
    db_session = db.session()
    attempt = exams.attempt_of(db_session, public_id, current_user.id)
    until = services.appeal_until(db_session, attempt)
    return render_template(
        "results/appeal.html",
        attempt=attempt,
        appeal=queries.appeal_of_attempt_or_none(db_session, attempt.id),
        until=until,
        may_file=until is not None and clock.now() <= until,
        categories=labels.CATEGORY,
        outcomes=labels.OUTCOME,
        outcome_tones=labels.OUTCOME_TONE,
        form=form,
        refusal=refusal,
    )


def _handling_page(public_id: str, form: forms.AnswerAppealForm, refusal: str = "") -> str:
    db_session = db.session()
    found = queries.appeal(db_session, public_id)
    (attempt,) = exams.attempts_by_id(db_session, [found.attempt_id])
    return render_template(
        "results/handling.html",
        appeal=found,
        attempt=attempt,
        item_ref=attempt.item_refs[found.position - 1] if found.position else "",
        reviewed=presenting.appealed_item(db_session, attempt, found.position),
        record=presenting.attempt_record(db_session, attempt),
        late=exams.late_answers_of(db_session, attempt.id),
        scores=exams.scores_of(db_session, attempt.id),
        is_involved=current_user.actor in queries.people_involved(db_session, attempt),
        categories=labels.CATEGORY,
        outcomes=labels.OUTCOME,
        outcome_tones=labels.OUTCOME_TONE,
        form=form,
        refusal=refusal,
        now=clock.now(),
    )
