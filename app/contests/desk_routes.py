"""Pages of the organiser: plan, jury, protests, the acts of two people."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import Person, RoleGrant
from app.accounts.roles import Role
from app.contests import (
    entering,
    forms,
    judging,
    jury_queries,
    labels,
    planning,
    presenting,
    proposals,
    protest_queries,
    protesting,
    queries,
    running,
    settling,
    sides,
    tracing,
)
from app.contests.blueprint import bp
from app.contests.models import Contest
from app.contests.organising import (
    ORGANISERS,
    back_to,
    check_of,
    field_keys,
    news_of,
    settings,
)
from app.contests.rechecking import services as rechecking
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import InvalidInputError
from app.core.web import BaseForm, access
from app.sittings import queries as sittings
from app.studio import queries as studio

ANSWERERS = (Role.APPEAL_HANDLER, Role.COMMITTEE_MEMBER)

DESK = "/contests/desk/"
DESK_ROLES = {*ORGANISERS, Role.APPEAL_HANDLER, Role.JUROR}
"""Whoever any route of the desk is open to."""


@bp.before_request
def keep_contestants_out() -> None:
    """Refuse the desk of a contest to who plays it, whatever else they are."""
    public_id = (request.view_args or {}).get("public_id")
    if public_id is None or not request.path.startswith(DESK):
        return
    if not current_user.is_authenticated or not current_user.roles & DESK_ROLES:
        return  # who has no business there is refused by the route itself
    db_session = db.session()
    contest_id = sides.contest_id_or_none(db_session, public_id)
    if contest_id is not None:
        sides.check_no_contestant(db_session, contest_id, current_user.id)


@bp.get("/desk")
@access(*ORGANISERS, Role.APPEAL_HANDLER, answers="200 page")
def desk() -> ResponseReturnValue:
    """Show every contest, and the form that plans one."""
    return _desk_page(_contest_form())


@bp.post("/desk")
@access(
    *ORGANISERS,
    fields={
        "title": "2 to 60 characters",
        "rules": "id@version",
        "seats": "2 to 500",
        "entry_opens_at": "Beijing time",
        "entry_closes_at": "Beijing time",
    },
    answers="303 to the contest; 422 page",
)
def plan() -> ResponseReturnValue:
    """Plan a contest."""
    form = _contest_form()
    if not form.validate_on_submit():
        return _desk_page(form), 422
    try:
        with transaction() as db_session:
            public_id = planning.plan_contest(
                db_session,
                form.read(),
                actor=current_user.actor,
                is_demo=settings().is_demo,
                now=clock.now(),
            ).public_id
    except InvalidInputError:
        form.entry_closes_at.errors = [gettext("报名截止要晚于报名开始")]
        return _desk_page(form), 422
    return redirect(url_for("contests.manage", public_id=public_id), code=303)


@bp.get("/desk/<public_id>")
@access(*ORGANISERS, Role.APPEAL_HANDLER, answers="200 page; 404")
def manage(public_id: str) -> ResponseReturnValue:
    """Show everything that an organiser does in a contest."""
    return _manage_page(queries.contest_of(db.session(), public_id))


@bp.post("/desk/<public_id>/rounds")
@access(
    *ORGANISERS,
    fields={
        "kind": "rehearsal, heat or final",
        "round_title": "1 to 40 characters",
        "scenario": "id@version",
        "speed": "1 to 2",
        "places": "1 to 500",
        "starts_at": "Beijing time",
    },
    answers="303 to the contest; 404; 409 contest_stage, room_not_ready; 422 page",
)
def plan_round(public_id: str) -> ResponseReturnValue:
    """Add a round; its keys are drawn, sealed and committed to at once."""
    form = _round_form()
    if not form.validate_on_submit():
        return _manage_page(queries.contest_of(db.session(), public_id), form), 422
    try:
        with transaction() as db_session:
            planning.plan_round(
                db_session,
                queries.contest_of(db_session, public_id, lock=True),
                form.read(),
                keys=field_keys(),
                actor=current_user.actor,
                now=clock.now(),
            )
    except InvalidInputError as error:
        words = gettext("开赛时间要晚于报名截止（彩排只要晚于现在）")
        if error.errors and error.errors[0]["field"] == "speed":
            words = gettext("速度在 1 到 2 倍之间")
        contest = queries.contest_of(db.session(), public_id)
        return _manage_page(contest, form, words), 422
    return back_to(public_id, gettext("轮次已加入，种子已封存，承诺已生成"))


@bp.post("/desk/<public_id>/seeding")
@access(*ORGANISERS, answers="303 to the contest; 404; 409 contest_stage, contest_seeded")
def seeding(public_id: str) -> ResponseReturnValue:
    """Deal the entries into the heats."""
    with transaction() as db_session:
        count = entering.seed(
            db_session,
            queries.contest_of(db_session, public_id, lock=True),
            actor=current_user.actor,
            settings=settings(),
            now=clock.now(),
        )
    return back_to(public_id, gettext("已编排 %(n)s 位选手", n=count))


@bp.post("/desk/<public_id>/final")
@access(*ORGANISERS, answers="303 to the contest; 404; 409 contest_stage, contest_not_marked")
def fill_final(public_id: str) -> ResponseReturnValue:
    """Give the final's places to the best of the heats."""
    with transaction() as db_session:
        chosen = settling.fill_final(
            db_session,
            queries.contest_of(db_session, public_id, lock=True),
            actor=current_user.actor,
            now=clock.now(),
        )
        count = len(chosen)
    return back_to(public_id, gettext("决赛名单已产生：%(n)s 位", n=count))


@bp.post("/desk/<public_id>/jurors")
@access(
    *ORGANISERS,
    fields={"person": "public id of a juror"},
    answers="303 to the contest; 404; 409 contest_no_juror",
)
def appoint(public_id: str) -> ResponseReturnValue:
    """Appoint a juror."""
    with transaction() as db_session:
        judging.appoint(
            db_session,
            queries.contest_of(db_session, public_id, lock=True),
            accounts.person_by_public_id(db_session, request.form.get("person", "")),
            actor=current_user.actor,
            now=clock.now(),
        )
    return back_to(public_id, gettext("评委已加入"))


@bp.post("/desk/<public_id>/rounds/<round_id>/jury")
@access(
    *ORGANISERS,
    answers="303 to the contest; 404; 409 contest_stage, contest_too_few_jurors",
)
def deal(public_id: str, round_id: str) -> ResponseReturnValue:
    """Deal the round's rooms to the jurors, blind."""
    with transaction() as db_session:
        contest = queries.contest_of(db_session, public_id, lock=True)
        round_ = queries.round_of(db_session, round_id, lock=True)
        check_of(contest, round_.contest_id)
        count = judging.deal_tasks(
            db_session, contest, round_, actor=current_user.actor, now=clock.now()
        )
    return back_to(public_id, gettext("已分给评委 %(n)s 份", n=count))


@bp.post("/desk/<public_id>/tell")
@access(*ORGANISERS, answers="303 to the contest; 404; 409 contest_stage, contest_not_marked")
def tell(public_id: str) -> ResponseReturnValue:
    """Tell the contestants their results, open the seals and the protest window."""
    with transaction() as db_session:
        settling.tell(
            db_session,
            queries.contest_of(db_session, public_id, lock=True),
            keys=field_keys(),
            actor=current_user.actor,
            now=clock.now(),
        )
    return back_to(public_id, gettext("成绩已公示给选手，种子已公开"))


@bp.post("/desk/<public_id>/proposals")
@access(
    *ORGANISERS,
    fields={
        "act": "publish, resume, restart, disqualify, finalise, reopen or cancel",
        "subject": "public id of the round or entry",
        "slot": "of a restart: the present one or the next reserve",
        "reason": "why, for the record",
    },
    answers="303 to the contest; 403 second_person_required; 404; 409 contest_stage, "
    "contest_proposal_open, contest_protests_open, contest_not_marked; 422 page",
)
def propose(public_id: str) -> ResponseReturnValue:
    """Propose an act that a second person confirms."""
    slot = request.form.get("slot", "")
    try:
        with transaction() as db_session:
            proposals.propose(
                db_session,
                queries.contest_of(db_session, public_id, lock=True),
                request.form.get("act", ""),
                subject=request.form.get("subject", ""),
                payload={"slot": slot} if slot else {},
                reason=request.form.get("reason", ""),
                actor=current_user.actor,
                now=clock.now(),
            )
    except InvalidInputError:
        words = gettext("请写明理由（最多 400 字）")
        return _manage_page(queries.contest_of(db.session(), public_id), refusal=words), 422
    return back_to(public_id, gettext("提议已提交，等另一位确认"))


@bp.post("/desk/<public_id>/proposals/<proposal_id>")
@access(
    *ORGANISERS,
    fields={"outcome": "confirmed or declined"},
    answers="303 to the contest; 403 second_person_required; 404; 409 "
    "contest_proposal_decided and what stands against the act; 422",
)
def decide(public_id: str, proposal_id: str) -> ResponseReturnValue:
    """Confirm or decline somebody else's proposal."""
    with transaction() as db_session:
        contest = queries.contest_of(db_session, public_id, lock=True)
        proposal = proposals.proposal_of(db_session, proposal_id, lock=True)
        check_of(contest, proposal.contest_id)
        proposals.decide(
            db_session,
            contest,
            proposal,
            request.form.get("outcome", ""),
            keys=field_keys(),
            actor=current_user.actor,
            now=clock.now(),
        )
    return back_to(public_id, gettext("已处理"))


@bp.post("/desk/<public_id>/protests/<protest_id>")
@access(
    *ANSWERERS,
    fields={
        "outcome": "upheld or declined",
        "answer": "for the contestant",
        "room_points": "−100 to 130, if they change",
        "forecast_points": "0 to 100, if they change",
        "strikes": "if they change",
        "asks_juror": "another juror marks it, too",
    },
    answers="303 to the contest; 403 second_person_required; 404; 409 contest_protest_answered, "
    "contest_too_few_jurors; 422 page",
)
def answer(public_id: str, protest_id: str) -> ResponseReturnValue:
    """Answer a protest; who scored, or works with the contestant, may not."""
    form = forms.AnswerForm()
    if not form.validate_on_submit():
        words = gettext("请选择结论并写明答复；分数要在范围内")
        return _manage_page(queries.contest_of(db.session(), public_id), refusal=words), 422
    try:
        with transaction() as db_session:
            contest = queries.contest_of(db_session, public_id, lock=True)
            protest, place, entry, round_ = protest_queries.protest_of(
                db_session, protest_id, lock=True
            )
            check_of(contest, round_.contest_id)
            protesting.answer_protest(
                db_session,
                contest,
                protest,
                place,
                entry,
                round_,
                form.read(),
                person_id=current_user.id,
                now=clock.now(),
            )
    except InvalidInputError:
        words = gettext("申诉不成立时不能改分")
        return _manage_page(queries.contest_of(db.session(), public_id), refusal=words), 422
    return back_to(public_id, gettext("答复已送达选手"))


@bp.get("/desk/trace/<number>")
@access(
    *ORGANISERS,
    Role.REVIEWER,
    Role.APPEAL_HANDLER,
    answers="200 page; 404 for a credential that rests on no contest",
)
def trace(number: str) -> ResponseReturnValue:
    """Show what a credential by contest rests on, down to scores and protests."""
    found = tracing.trace_of(db.session(), number)
    return render_template("contests/trace.html", number=number, trace=found, labels=labels)


def _desk_page(form: forms.PlanContestForm) -> str:
    return render_template(
        "contests/desk.html",
        contests=queries.contests(db.session()),
        news=news_of(clock.now()),
        form=form,
        labels=labels,
    )


def _manage_page(
    contest: Contest, form: forms.PlanRoundForm | None = None, refusal: str = ""
) -> str:
    db_session, now = db.session(), clock.now()
    rules = queries.rules_of(db_session, contest)
    rounds = queries.rounds_of(db_session, contest.id)
    asked = rechecking.newest_or_none(db_session, contest.id)
    extras = {
        one.person_id: found.time_percent
        for one in queries.entries_of(db_session, contest.id)
        if (found := sittings.accommodation_in_force(db_session, one.person_id)) is not None
    }
    people = accounts.display_names(
        db_session,
        [
            actor.removeprefix("person:")
            for one in queries.proposals_of(db_session, contest.id)
            for actor in (one.proposer, one.decider or "")
        ],
    )
    return render_template(
        "contests/manage.html",
        contest=contest,
        rules=rules,
        rounds=rounds,
        places={one.id: queries.places_of(db_session, one.id) for one in rounds},
        states={one.id: presenting.round_state(one, now) for one in rounds},
        cards={one.id: queries.cards_of(db_session, one) for one in rounds},
        incident_titles=presenting.incident_titles(db_session, rounds),
        card_options={one.id: presenting.card_options(db_session, one, now) for one in rounds},
        reserves={one.id: running.next_reserve(db_session, one) for one in rounds},
        extras=extras,
        slow=presenting.slower_speeds(db_session, rounds, extras),
        reviews=presenting.review_counts(db_session, contest, rounds),
        qualified_words=presenting.qualified_words,
        unmarked={one.id: judging.unmarked_count(db_session, one, rules.jury) for one in rounds},
        entries=queries.entries_of(db_session, contest.id, with_withdrawn=True),
        jurors=jury_queries.jurors_of(db_session, contest.id),
        free_jurors=_free_jurors(db_session, contest),
        agreement=judging.agreement_of(db_session, contest, rules.jury),
        proposals=queries.proposals_of(db_session, contest.id),
        protests=protest_queries.protests_of(db_session, contest.id),
        checks=queries.checks_of(db_session, contest.id),
        results=queries.results_of(db_session, contest) if contest.result_version else [],
        votes=protest_queries.vote_counts(db_session, contest.id),
        recheck=asked,
        report=rechecking.report_of(asked),
        at_stake=tracing.credentials_at_stake(db_session, contest)
        if contest.result_version
        else {},
        people=people,
        may_manage=bool(current_user.roles & set(ORGANISERS)),
        may_answer=bool(current_user.roles & set(ANSWERERS)),
        form=form or _round_form(formdata=None),
        answer_form=forms.AnswerForm(formdata=None),
        bare_form=BaseForm(formdata=None),
        refusal=refusal,
        slot_name=presenting.slot_name,
        standard=tracing.standard_of(db_session, rules),
        labels=labels,
        now=now,
    )


def _free_jurors(db_session: Session, contest: Contest) -> list[Person]:
    held = {person.id for _, person in jury_queries.jurors_of(db_session, contest.id)}
    found = db_session.scalars(
        select(Person)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.role == Role.JUROR, RoleGrant.ended_at.is_(None))
        .order_by(Person.display_name)
        .limit(200)
    )
    return [person for person in found if person.id not in held]


def _contest_form() -> forms.PlanContestForm:
    return forms.PlanContestForm(queries.newest_rules(db.session()))


def _round_form(**more: object) -> forms.PlanRoundForm:
    db_session = db.session()
    rows: dict[str, str] = {}
    for row in studio.versions(db_session):
        rows.setdefault(row.scenario_id, row.ref)
    return forms.PlanRoundForm(
        [studio.scenario_of(db_session, ref) for ref in rows.values()], **more
    )
