"""Pages of standard setting: meetings, convening, the meeting's own page with its stages."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from app.accounts.queries import person_by_public_id
from app.accounts.roles import Role
from app.bank import queries as bank
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from app.core.web import access
from app.standards import (
    forms,
    judging_routes,
    labels,
    minutes,
    minutes_routes,
    panel,
    presenting,
    queries,
    services,
)
from app.standards.figures import finished_rounds
from app.standards.models import StandardMeeting, StandardMember
from app.standards.services import RealResults

bp = Blueprint("standards", __name__, template_folder="templates", url_prefix="/standards")
bp.register_blueprint(judging_routes.bp)
bp.register_blueprint(minutes_routes.bp)
add_messages(labels.MESSAGES)

Act = Callable[[Session, StandardMeeting], object]


@bp.get("")
@access(Role.COMMITTEE_MEMBER, Role.REVIEWER, answers="200 page")
def index() -> ResponseReturnValue:
    """Show the meetings that the reader has a part in, and every one that is signed."""
    db_session = db.session()
    meetings = queries.meetings_for(db_session, current_user.id)
    return render_template(
        "standards/index.html",
        meetings=meetings,
        waiting={
            one.meeting.id: one.act for one in queries.waiting_for(db_session, current_user.id)
        },
        cuts=queries.approved_cuts(db_session),
        may_convene=Role.COMMITTEE_MEMBER in current_user.roles,
        labels=labels,
    )


@bp.get("/new")
@access(Role.COMMITTEE_MEMBER, answers="200 page")
def new() -> ResponseReturnValue:
    """Ask which standard is to be set, how, and by whom."""
    return _new_page(_convene_form())


@bp.post("/new")
@access(
    Role.COMMITTEE_MEMBER,
    fields={
        "blueprint_ref": "id@version",
        "method": "angoff or ebel",
        "cut_step": "what the cut is rounded to: 0.05, 0.01, 0.005 or 0.001",
        "judges": "public ids of five to ten members of the committee",
    },
    answers="303 to the meeting; 409, 422 page with the reason",
)
def convene() -> ResponseReturnValue:
    """Convene a panel."""
    form = _convene_form()
    if not form.validate_on_submit():
        return _new_page(form), 422
    actor, coordinator_id = current_user.actor, current_user.id
    try:
        with transaction() as db_session:
            judges = [person_by_public_id(db_session, one).id for one in form.judges.data or ()]
            meeting = panel.convene(
                db_session,
                form.blueprint_ref.data,
                method=form.method.data,
                coordinator_id=coordinator_id,
                judge_ids=judges,
                cut_step=float(form.cut_step.data),
                actor=actor,
                now=clock.now(),
            )
            public_id = meeting.public_id
    except ConflictError as error:
        return _new_page(_convene_form(), message_of(error.code)), 409
    flash(gettext("已召集，请专家申报利益关系并商定“刚好合格者”"))
    return redirect(url_for("standards.meeting", public_id=public_id), code=303)


@bp.get("/<public_id>")
@access(Role.COMMITTEE_MEMBER, answers="200 page; 404 unless led or judged by the reader")
def meeting(public_id: str) -> ResponseReturnValue:
    """Show where a meeting stands and what the reader does next."""
    return _meeting_page(public_id)


@bp.post("/<public_id>/interest")
@access(
    Role.COMMITTEE_MEMBER,
    fields={"has_interest": "yes or no", "interest": "what it is, with a yes"},
    answers="303 to the meeting; 403, 409 page; 404; 422 page",
)
def declare(public_id: str) -> ResponseReturnValue:
    """Declare an interest, or that there is none."""
    form = forms.InterestForm()
    if not form.validate_on_submit():
        return _meeting_page(public_id, interest_form=form), 422
    actor, person_id = current_user.actor, current_user.id

    def act(db_session: Session, held: StandardMeeting) -> None:
        member = _own_place(db_session, held, person_id)
        panel.declare_interest(db_session, held, member, form.words, actor=actor, now=clock.now())

    return _do(public_id, act, gettext("已申报"))


@bp.post("/<public_id>/definition")
@access(
    Role.COMMITTEE_MEMBER,
    fields={"text": "40 to 1200 characters"},
    answers="303 to the meeting; 404; 409, 422 page",
)
def define(public_id: str) -> ResponseReturnValue:
    """Write the borderline candidate down; whoever sits in the meeting may."""
    form = forms.DefinitionForm()
    if not form.validate_on_submit():
        return _meeting_page(public_id, definition_form=form), 422
    person_id = current_user.id

    def act(db_session: Session, held: StandardMeeting) -> None:
        panel.write_definition(
            db_session, held, form.text.data or "", person_id=person_id, now=clock.now()
        )

    return _do(public_id, act, gettext("已保存，请每位专家重新确认"))


@bp.post("/<public_id>/agreement")
@access(
    Role.COMMITTEE_MEMBER,
    fields={"number": "of the wording that was read"},
    answers="303 to the meeting; 403, 409 page; 404",
)
def agree(public_id: str) -> ResponseReturnValue:
    """Agree to the wording that stands."""
    number, person_id = request.form.get("number", 0, type=int), current_user.id

    def act(db_session: Session, held: StandardMeeting) -> None:
        member = _own_place(db_session, held, person_id)
        panel.agree(db_session, held, member, number, now=clock.now())

    return _do(public_id, act, gettext("已同意"))


@bp.post("/<public_id>/judges")
@access(
    Role.COMMITTEE_MEMBER,
    fields={"person": "public id of a member of the committee"},
    answers="303 to the meeting; 404 unless led by the reader; 403, 409, 422 page",
)
def invite(public_id: str) -> ResponseReturnValue:
    """Invite another judge before the training begins."""
    actor, wanted = current_user.actor, request.form.get("person", "")

    def act(db_session: Session, held: StandardMeeting) -> None:
        person = person_by_public_id(db_session, wanted)
        panel.invite_judge(db_session, held, person.id, actor=actor, now=clock.now())

    return _lead(public_id, act, gettext("已邀请"))


@bp.post("/<public_id>/judges/<person_id>/excuse")
@access(
    Role.COMMITTEE_MEMBER,
    fields={"reason": "2 to 200 characters"},
    answers="303 to the meeting; 404 unless led by the reader; 409, 422 page",
)
def excuse(public_id: str, person_id: str) -> ResponseReturnValue:
    """Let a judge go who cannot stay."""
    form = forms.ReasonForm()
    if not form.validate_on_submit():
        return _meeting_page(public_id, gettext("请写明理由，2 到 200 字")), 422
    actor, reason = current_user.actor, form.reason.data or ""

    def act(db_session: Session, held: StandardMeeting) -> None:
        person = person_by_public_id(db_session, person_id)
        member = _own_place(db_session, held, person.id)
        panel.excuse_judge(db_session, held, member, reason, actor=actor, now=clock.now())

    return _lead(public_id, act, gettext("已请出"))


@bp.post("/<public_id>/stage/<any(training,discussion,round,bounds,minutes):to>")
@access(
    Role.COMMITTEE_MEMBER,
    answers="303 to the meeting; 404 unless led by the reader; 409 page with what is missing",
)
def go_on(public_id: str, to: str) -> ResponseReturnValue:
    """Lead the meeting into its next stage."""
    actor, now = current_user.actor, clock.now()
    results = RealResults({}, [])
    if to == "discussion":
        held = queries.meeting_of(db.session(), public_id, current_user.id)
        results = services.real_results(db.session(), held.blueprint_ref)
    steps: dict[str, Act] = {
        "training": lambda s, one: services.begin_training(s, one, actor=actor, now=now),
        "discussion": lambda s, one: services.begin_discussion(
            s, one, results, actor=actor, now=now
        ),
        "round": lambda s, one: services.begin_round(s, one, actor=actor, now=now),
        "bounds": lambda s, one: services.ask_for_bounds(s, one, actor=actor, now=now),
        "minutes": lambda s, one: minutes.close_meeting(s, one, actor=actor, now=now),
    }
    return _lead(public_id, steps[to], gettext("会议已进入下一步"))


@bp.post("/<public_id>/abandonment")
@access(
    Role.COMMITTEE_MEMBER,
    fields={"reason": "2 to 200 characters"},
    answers="303 to the meeting; 404 unless led by the reader; 409, 422 page",
)
def abandon(public_id: str) -> ResponseReturnValue:
    """End a meeting without a cut."""
    form = forms.ReasonForm()
    if not form.validate_on_submit():
        return _meeting_page(public_id, gettext("请写明理由，2 到 200 字")), 422
    actor, reason = current_user.actor, form.reason.data or ""

    def act(db_session: Session, held: StandardMeeting) -> None:
        services.abandon(db_session, held, reason, actor=actor, now=clock.now())

    return _lead(public_id, act, gettext("会议已中止"))


@bp.post("/<public_id>/exclusions")
@access(
    Role.COMMITTEE_MEMBER,
    fields={
        "position": "of the item in the form",
        "excluded": "yes or no",
        "reason": "2 to 200 characters",
    },
    answers="303 to the meeting; 404 unless led by the reader; 409, 422 page",
)
def exclude(public_id: str) -> ResponseReturnValue:
    """Leave an item out of the cut, or take it in again; minutes are then drawn up anew."""
    form = forms.ReasonForm()
    if not form.validate_on_submit():
        return _meeting_page(public_id, gettext("请写明理由，2 到 200 字")), 422
    actor, reason = current_user.actor, form.reason.data or ""
    position = request.form.get("position", 0, type=int)
    is_out = request.form.get("excluded") == "yes"

    def act(db_session: Session, held: StandardMeeting) -> None:
        if not 0 < position <= len(held.item_refs):
            raise NotFoundError(f"{held!r}: position {position}")
        minutes.set_exclusion(
            db_session,
            held,
            held.item_refs[position - 1],
            excluded=is_out,
            reason=reason,
            actor=actor,
            now=clock.now(),
        )

    return _lead(public_id, act, gettext("已记录，合格线会重新计算"))


def _own_place(db_session: Session, held: StandardMeeting, person_id: int) -> StandardMember:
    member = queries.member_or_none(db_session, held.id, person_id)
    if member is None:
        raise NotFoundError(f"{held!r}: person {person_id} does not judge")
    return member


def _lead(public_id: str, act: Act, done: str) -> ResponseReturnValue:
    """Do what only the coordinator may; for others the meeting's commands are not found."""
    person_id = current_user.id

    def led(db_session: Session, held: StandardMeeting) -> None:
        if held.coordinator_id != person_id:
            raise NotFoundError(f"{held!r} is not led by person {person_id}")
        act(db_session, held)

    return _do(public_id, led, done)


def _do(public_id: str, act: Act, done: str) -> ResponseReturnValue:
    """Do one act on a meeting, or show its page with what stands against it."""
    person_id = current_user.id
    try:
        with transaction() as db_session:
            act(db_session, queries.meeting_of(db_session, public_id, person_id, lock=True))
    except (ConflictError, ForbiddenError, InvalidInputError) as error:
        status = {ConflictError: 409, ForbiddenError: 403, InvalidInputError: 422}
        code = next(status[cls] for cls in type(error).__mro__ if cls in status)
        return _meeting_page(public_id, message_of(error.code)), code
    flash(done)
    return redirect(url_for("standards.meeting", public_id=public_id), code=303)


def _convene_form() -> forms.ConveneForm:
    db_session = db.session()
    form = forms.ConveneForm()
    form.blueprint_ref.choices = [
        (one.ref, f"{one.title} · {one.ref}")
        for one in bank.blueprints(db_session)
        if one.pool.value == "exam"
    ]
    form.judges.choices = [
        (one.public_id, one.display_name)
        for one in queries.committee(db_session)
        if one.id != current_user.id
    ]
    return form


def _new_page(form: forms.ConveneForm, refusal: str = "") -> str:
    return render_template("standards/new.html", form=form, refusal=refusal)


def _meeting_page(
    public_id: str,
    refusal: str = "",
    *,
    interest_form: forms.InterestForm | None = None,
    definition_form: forms.DefinitionForm | None = None,
) -> str:
    db_session, person_id = db.session(), current_user.id
    held = queries.meeting_of(db_session, public_id, person_id)
    member = queries.member_or_none(db_session, held.id, person_id)
    definition = queries.definition_or_none(db_session, held.id)
    rows = presenting.judge_rows(db_session, held)
    own = next((row for row in rows if member is not None and row.member.id == member.id), None)
    invited = {row.member.person_id for row in rows}
    given = (
        queries.judgements_in(db_session, held, held.round, member_id=member.id).get(member.id, {})
        if member is not None
        else {}
    )
    return render_template(
        "standards/meeting.html",
        meeting=held,
        leads=held.coordinator_id == person_id,
        own=own,
        rows=rows,
        sitting=[row for row in rows if row.member.is_sitting],
        definition=definition,
        next_place=presenting.next_place(presenting.places_of(held, given, held.round), 0),
        rounds=finished_rounds(held),
        bounds=own and queries.bounds_by_member(db_session, held.id).get(own.member.id),
        interest_form=interest_form or forms.InterestForm(formdata=None),
        definition_form=definition_form
        or forms.DefinitionForm(formdata=None, text=definition.text if definition else ""),
        excluded=queries.exclusions_of(db_session, held.id),
        others=[
            one
            for one in queries.committee(db_session)
            if one.id not in invited and one.id != held.coordinator_id
        ],
        steps=presenting.STEPS,
        rounds_least=services.ROUNDS_LEAST,
        rounds_most=services.ROUNDS_MOST,
        refusal=refusal,
        labels=labels,
    )
