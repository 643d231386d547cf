"""What each notice says, from what holds when it is shown; nothing where it holds no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contests import labels, protest_queries, queries, review_queries
from app.contests.models import Contest, ContestEntry, ContestProposal, ContestRound
from app.contests.telling.models import ContestNotice
from app.contests.telling.queueing import Kind, ref_at, subject_of
from app.core.errors import NotFoundError
from app.core.i18n import local_time


@dataclass(frozen=True, slots=True)
class Words:
    """A notice's subject, its line, the path that it leads to, and its tone."""

    subject: str
    line: str
    path: str
    tone: str = "info"


@dataclass(frozen=True, slots=True)
class _About:
    """What a notice is about."""

    db_session: Session
    kind: Kind
    ref: str
    person_id: int
    now: datetime

    @property
    def subject(self) -> str:
        return subject_of(self.ref)


def words_of(db_session: Session, notice: ContestNotice, *, now: datetime) -> Words | None:
    """Return what a notice says in the present language.

    Args:
        db_session: A session to read with.
        notice: The notice.
        now: The moment (aware).

    Returns:
        None if there is nothing to be said any more.
    """
    kind = Kind(notice.kind)
    try:
        return _WRITERS[kind](_About(db_session, kind, notice.ref, notice.person_id, now))
    except NotFoundError:  # a round that was planned away, an entry that never was
        return None


def _entry(about: _About) -> Words | None:
    entry = queries.entry_of(about.db_session, about.subject)
    contest = about.db_session.get_one(Contest, entry.contest_id)
    path = f"/contests/{contest.public_id}"
    if contest.state == "cancelled":
        return None
    if about.kind in {Kind.NOT_ELIGIBLE, Kind.DISQUALIFIED}:
        if entry.withdrawn_reason != about.kind.value:
            return None
        subject = gettext("%(title)s：你的参赛资格有变", title=contest.title)
        return Words(subject, str(labels.WITHDRAWN[about.kind.value]), path, "bad")
    if entry.withdrawn_at is not None or entry.is_waiting != (about.kind is Kind.WAITING):
        return None
    return _seat(about.kind, contest, entry, path)


def _seat(kind: Kind, contest: Contest, entry: ContestEntry, path: str) -> Words:
    if kind is Kind.WAITING:
        subject = gettext("%(title)s：你在候补名单上", title=contest.title)
        return Words(subject, gettext("有人退赛时按报名先后补上，补上会再通知你。"), path, "warn")
    if kind is Kind.PROMOTED:
        subject = gettext("%(title)s：候补转正，你有席位了", title=contest.title)
    else:
        subject = gettext("%(title)s：报名成功", title=contest.title)
    line = gettext("公开姓名：%(name)s。分组排好后在比赛页候场。", name=entry.public_name)
    return Words(subject, line, path, "good")


def _soon(about: _About) -> Words | None:
    round_, contest = _round(about)
    is_over = round_.scored_at is not None or about.now >= round_.starts_at
    if is_over or ref_at(round_.public_id, round_.starts_at) != about.ref:
        return None
    at = local_time(round_.starts_at)
    return Words(
        gettext("一小时内开赛：%(title)s", title=round_.title),
        gettext("%(contest)s，%(at)s 全场同时开始。", contest=contest.title, at=at),
        f"/contests/{contest.public_id}",
        "warn",
    )


def _empty(about: _About) -> Words | None:
    round_, contest = _round(about)
    if queries.places_of(about.db_session, round_.id) or about.now >= round_.starts_at:
        return None
    return Words(
        gettext("还没有编排选手：%(title)s", title=round_.title),
        gettext(
            "%(contest)s，%(at)s 开赛，请复核资格并编排分组。",
            contest=contest.title,
            at=local_time(round_.starts_at),
        ),
        f"/contests/desk/{contest.public_id}",
        "bad",
    )


def _moved(about: _About) -> Words | None:
    round_, contest = _round(about)
    if round_.readied_at is not None:
        return None
    return Words(
        gettext("比赛改期：%(title)s", title=round_.title),
        gettext(
            "%(contest)s，现在定在 %(at)s 开赛，速度 %(speed)s 倍。",
            contest=contest.title,
            at=local_time(round_.starts_at),
            speed=f"{round_.speed:g}",
        ),
        f"/contests/{contest.public_id}",
        "warn",
    )


def _halted(about: _About) -> Words | None:
    round_, contest = _round(about)
    if round_.halted_at is None:
        return None
    return Words(
        gettext("全场暂停：%(title)s", title=round_.title),
        gettext("所有房间的时钟同时停住，恢复或重开会再通知。"),
        f"/contests/{contest.public_id}",
        "bad",
    )


def _running_again(about: _About) -> Words | None:
    round_, contest = _round(about)
    if round_.halted_at is not None or round_.scored_at is not None:
        return None
    if about.kind is Kind.ROUND_RESUMED:
        subject = gettext("比赛恢复：%(title)s", title=round_.title)
        line = gettext("时钟从停住的地方接着走，请回到房间。")
    else:
        begins = local_time(round_.clock_starts_at or round_.starts_at, True)
        subject = gettext("本轮重开：%(title)s", title=round_.title)
        line = gettext("之前的房间不计分，新房间 %(at)s 开播。", at=begins)
    return Words(subject, line, f"/contests/{contest.public_id}", "warn")


def _review(about: _About) -> Words | None:
    round_, contest = _round(about)
    until = review_queries.review_until(about.db_session, contest, round_)
    if until is None or about.now > until:
        return None
    return Words(
        gettext("请写复盘：%(title)s", title=round_.title),
        gettext("%(at)s 前提交，由评委匿名评分，计入总分。", at=local_time(until)),
        f"/contests/{contest.public_id}/rounds/{round_.public_id}/review",
        "bad",
    )


def _dealt(about: _About) -> Words | None:
    round_, contest = _round(about)
    if contest.state in {"final", "cancelled"}:
        return None
    return Words(
        gettext("有房间等你评分：%(title)s", title=round_.title),
        gettext("%(contest)s，只看代号；认出选手请退回。", contest=contest.title),
        "/contests/jury",
        "warn",
    )


def _filed(about: _About) -> Words | None:
    protest, _, entry, round_ = protest_queries.protest_of(about.db_session, about.subject)
    if protest.answered_at is not None:
        return None
    contest = about.db_session.get_one(Contest, round_.contest_id)
    return Words(
        gettext("有一份大赛申诉等待答复"),
        gettext(
            "%(contest)s，%(round)s，选手 %(code)s。",
            contest=contest.title,
            round=round_.title,
            code=entry.code,
        ),
        f"/contests/desk/{contest.public_id}",
        "warn",
    )


def _answered(about: _About) -> Words | None:
    protest, _, _, round_ = protest_queries.protest_of(about.db_session, about.subject)
    contest = about.db_session.get_one(Contest, round_.contest_id)
    outcome = labels.PROTEST_OUTCOME.get(protest.outcome or "")
    if outcome is None or contest.state == "cancelled":
        return None
    return Words(
        gettext("你的申诉已答复：%(outcome)s", outcome=outcome),
        gettext("%(contest)s，%(round)s。", contest=contest.title, round=round_.title),
        f"/contests/{contest.public_id}/result",
        "good" if protest.outcome == "upheld" else "info",
    )


def _proposed(about: _About) -> Words | None:
    row = about.db_session.execute(
        select(ContestProposal, Contest)
        .join(Contest, Contest.id == ContestProposal.contest_id)
        .where(ContestProposal.public_id == about.subject, ContestProposal.decided_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    proposal, contest = row
    return Words(
        gettext("等你确认：%(act)s", act=labels.ACT[proposal.act]),
        gettext("%(contest)s，理由：%(why)s", contest=contest.title, why=proposal.reason),
        f"/contests/desk/{contest.public_id}",
        "warn",
    )


def _results(about: _About) -> Words | None:
    contest = queries.contest_of(about.db_session, about.subject)
    version = about.ref.partition("@v")[2]
    if str(contest.result_version) != version:
        return None
    if about.kind is Kind.RESULTS_FINAL:
        if contest.state != "final":
            return None
        subject = gettext("%(title)s：成绩已定榜", title=contest.title)
        return Words(
            subject,
            gettext("最终榜单、全部房间的回放和奖状都已公开。"),
            f"/live/{contest.public_id}",
            "good",
        )
    if contest.state != "protest" or contest.protest_until is None:
        return None
    return Words(
        gettext("%(title)s：成绩公示", title=contest.title),
        gettext("%(at)s 前可以申诉，之后定榜。", at=local_time(contest.protest_until)),
        f"/contests/{contest.public_id}/result",
    )


def _round(about: _About) -> tuple[ContestRound, Contest]:
    """Return the round that a notice is about, and its contest.

    Raises:
        NotFoundError: If there is no such round, or its contest was cancelled.
    """
    round_ = queries.round_of(about.db_session, about.subject)
    contest = about.db_session.get_one(Contest, round_.contest_id)
    if contest.state == "cancelled":
        raise NotFoundError(f"{contest!r}")
    return round_, contest


_WRITERS: dict[Kind, Callable[[_About], Words | None]] = {
    Kind.SEATED: _entry,
    Kind.WAITING: _entry,
    Kind.PROMOTED: _entry,
    Kind.NOT_ELIGIBLE: _entry,
    Kind.DISQUALIFIED: _entry,
    Kind.ROUND_SOON: _soon,
    Kind.ROUND_EMPTY: _empty,
    Kind.ROUND_MOVED: _moved,
    Kind.ROUND_HALTED: _halted,
    Kind.ROUND_RESUMED: _running_again,
    Kind.ROUND_RESTARTED: _running_again,
    Kind.REVIEW_OPEN: _review,
    Kind.JURY_DEALT: _dealt,
    Kind.PROTEST_FILED: _filed,
    Kind.PROTEST_ANSWERED: _answered,
    Kind.ACT_PROPOSED: _proposed,
    Kind.RESULTS_TOLD: _results,
    Kind.RESULTS_FINAL: _results,
}
