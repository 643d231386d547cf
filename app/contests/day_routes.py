"""What an organiser does on the day: checklist, rooms, cards, halts, judging."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts.roles import Role
from app.contests import forms, jury_queries, planning, queries, running, settling
from app.contests.blueprint import bp
from app.contests.organising import ORGANISERS, back_to, check_of, field_keys, settings
from app.contests.rechecking import services as rechecking
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import InvalidInputError, NotFoundError
from app.core.web import access


@bp.post("/desk/<public_id>/checks/<code>")
@access(
    *ORGANISERS,
    fields={"done": "1 ticks, 0 takes it back"},
    answers="303 to the contest; 404",
)
def check(public_id: str, code: str) -> ResponseReturnValue:
    """Tick a line of the day's checklist."""
    with transaction() as db_session:
        planning.tick_off(
            db_session,
            queries.contest_of(db_session, public_id, lock=True),
            code,
            done=request.form.get("done") == "1",
            actor=current_user.actor,
            now=clock.now(),
        )
    return back_to(public_id)


@bp.post("/desk/<public_id>/rounds/<round_id>/ready")
@access(
    *ORGANISERS,
    answers="303 to the contest; 404; 409 contest_stage, contest_round_running, "
    "contest_seal_broken",
)
def ready(public_id: str, round_id: str) -> ResponseReturnValue:
    """Make a round's rooms."""
    with transaction() as db_session:
        contest = queries.contest_of(db_session, public_id, lock=True)
        round_ = queries.round_of(db_session, round_id, lock=True)
        check_of(contest, round_.contest_id)
        count = running.ready_round(
            db_session,
            contest,
            round_,
            keys=field_keys(),
            settings=settings(),
            actor=current_user.actor,
            now=clock.now(),
        )
    return back_to(public_id, gettext("房间已就位：%(n)s 间", n=count))


@bp.post("/desk/<public_id>/rounds/<round_id>/cards")
@access(
    *ORGANISERS,
    Role.JUROR,
    fields={"incident": "of the scenario", "reason": "why, for the record, 2 to 400 characters"},
    answers="303 to the contest, a juror's to the list of tasks; 404, also for a juror of another "
    "contest; 409 card_too_late, contest_round_running",
)
def play_card(public_id: str, round_id: str) -> ResponseReturnValue:
    """Play a card for every room of the round; a juror of the contest may, too."""
    is_organiser = bool(current_user.roles & set(ORGANISERS))
    # A juror must not see the organiser's page: it has names.
    target = url_for("contests.manage", public_id=public_id)
    if not is_organiser:
        target = url_for("contests.jury")
    reason = request.form.get("reason", "").strip()
    if not 2 <= len(reason) <= planning.MOST_REASON:
        flash(gettext("没有打出：请写明打这张卡的理由"))
        return redirect(target, code=303)
    with transaction() as db_session:
        contest = queries.contest_of(db_session, public_id, lock=True)
        round_ = queries.round_of(db_session, round_id, lock=True)
        check_of(contest, round_.contest_id)
        if not is_organiser:
            jurors = {person.id for _, person in jury_queries.jurors_of(db_session, contest.id)}
            if current_user.id not in jurors:
                raise NotFoundError(f"{contest!r} for juror {current_user.id}")
        running.play_card(
            db_session,
            contest,
            round_,
            request.form.get("incident", ""),
            reason=reason,
            actor=current_user.actor,
            now=clock.now(),
        )
    flash(gettext("突发卡已对全场打出"))
    return redirect(target, code=303)


@bp.post("/desk/<public_id>/rounds/<round_id>/move")
@access(
    *ORGANISERS,
    fields={
        "starts_at": "Beijing time",
        "speed": "1 to 2",
        "reason": "why, for the record",
    },
    answers="303 to the contest, whether or not it was moved; 404; 409 contest_stage, "
    "room_not_ready",
)
def move(public_id: str, round_id: str) -> ResponseReturnValue:
    """Give a round another start or speed before its rooms are there; everybody is told."""
    form = forms.MoveRoundForm()
    if not form.validate_on_submit():
        return back_to(public_id, gettext("没有改期：请填写时间、1 到 2 之间的速度和理由"))
    try:
        with transaction() as db_session:
            contest = queries.contest_of(db_session, public_id, lock=True)
            round_ = queries.round_of(db_session, round_id, lock=True)
            check_of(contest, round_.contest_id)
            planning.move_round(
                db_session,
                contest,
                round_,
                **form.read(),
                actor=current_user.actor,
                now=clock.now(),
            )
    except InvalidInputError as error:
        code = error.errors[0]["code"] if error.errors else ""
        words = gettext("没有改期：时间和速度都没有变")
        if code == "too_early":
            words = gettext("没有改期：开赛要晚于现在和报名截止")
        return back_to(public_id, words)
    return back_to(public_id, gettext("已改期，选手、评委都已通知"))


@bp.post("/desk/<public_id>/rounds/<round_id>/halt")
@access(
    *ORGANISERS,
    fields={"reason": "why, for the record"},
    answers="303 to the contest; 404; 409 contest_round_running",
)
def halt(public_id: str, round_id: str) -> ResponseReturnValue:
    """Let the clocks of all rooms stand."""
    reason = request.form.get("reason", "").strip()
    if not 2 <= len(reason) <= planning.MOST_REASON:
        return back_to(public_id, gettext("没有暂停：请写明暂停的理由"))
    with transaction() as db_session:
        contest = queries.contest_of(db_session, public_id, lock=True)
        round_ = queries.round_of(db_session, round_id, lock=True)
        check_of(contest, round_.contest_id)
        running.halt_round(
            db_session, contest, round_, reason=reason, actor=current_user.actor, now=clock.now()
        )
    return back_to(public_id, gettext("全场已暂停；恢复或重开需两人确认"))


@bp.post("/desk/<public_id>/rounds/<round_id>/collect")
@access(*ORGANISERS, answers="303 to the contest, whether or not the round is over; 404")
def collect(public_id: str, round_id: str) -> ResponseReturnValue:
    """Judge a round whose time is over, without waiting for the scheduler."""
    db_session = db.session()
    contest = queries.contest_of(db_session, public_id)
    check_of(contest, queries.round_of(db_session, round_id).contest_id)
    done = settling.judge_round(round_id, now=clock.now())
    return back_to(public_id, gettext("本轮已评分") if done else gettext("本轮还没有结束"))


@bp.post("/desk/<public_id>/recheck")
@access(
    *ORGANISERS,
    answers="303 to the contest; 404; 409 contest_stage, contest_recheck_waits",
)
def ask_recheck(public_id: str) -> ResponseReturnValue:
    """Let the scheduler compute the contest again from its logs and compare it."""
    with transaction() as db_session:
        contest = queries.contest_of(db_session, public_id, lock=True)
        rechecking.ask_for_recheck(db_session, contest, actor=current_user.actor, now=clock.now())
    return back_to(public_id, gettext("已开始重算，完成后结果显示在这一页"))
