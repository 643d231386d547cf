"""The candidate's path for the home page: three levels, and one next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.certification import labels, presenting, queries, renewal_offers, standing
from app.certification.queries import HeldCredential
from app.certification.standing import PartStanding, Standing
from app.core.config import Settings
from app.core.i18n import local_date, local_time
from certificates.decisions import Part
from certificates.levels import Level
from certificates.programmes import CertificationProgramme
from certificates.validity import CredentialStatus, issue_day

RENEWAL_DAYS = 90
"""Days before the end of validity from which the home page speaks of it (credentials 3.5)."""


@dataclass(frozen=True)
class Requirement:
    """One line of a level: what is demanded, and how it stands.

    Attributes:
        state: `done`, `now`, `todo` or `locked`.
        text: In words.
    """

    state: str
    text: str


@dataclass(frozen=True)
class PathLevel:
    """One level of the path.

    Attributes:
        level: The level.
        label: Its word.
        state: `done`, `current` or `locked`.
        badge: How it stands, in words: 已获证, 进行中 1/2, 可报名, 未开放.
        requirements: Its lines.
        number: Number of the credential held, if any.
        valid_until: Its last day.
        is_demo: Whether that credential is a demonstration's.
    """

    level: Level
    label: str
    state: str
    badge: str
    requirements: list[Requirement]
    number: str | None = None
    valid_until: date | None = None
    is_demo: bool = False


@dataclass(frozen=True)
class NextStep:
    """The one thing to do next.

    Attributes:
        kind: `enrol`, `theory`, `room`, `wait`, `renew` or `rest`.
        title: A short line, for the card's head.
        text: One or two sentences.
        url: Where the button leads, or posts to.
        button: Its words.
        is_post: Whether the button is a form with the CSRF token (starting a part).
        at: From when it is possible; None is now.
        checks: Lines below it.
    """

    kind: str
    title: str
    text: str
    url: str
    button: str
    is_post: bool = False
    at: datetime | None = None
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Path:
    """What the home page shows of certification.

    Attributes:
        levels: The three levels, in order.
        next_step: The one next step.
        note: A sentence below the path; empty if there is nothing to say.
        demo: The quick way to a demonstration certificate, until the person has one.
        credentials: The person's credentials, newest first.
    """

    levels: list[PathLevel]
    next_step: NextStep
    note: str
    demo: NextStep | None
    credentials: list[HeldCredential]


def path_of(db_session: Session, person_id: int, *, settings: Settings, now: datetime) -> Path:
    """Return a person's path, inside a request (words and addresses are the request's).

    Args:
        db_session: A session to read with.
        person_id: The candidate.
        settings: Of this deployment.
        now: The moment (aware).
    """
    held = queries.credentials_of(db_session, person_id, at=now)
    programmes = queries.programmes(db_session)
    enrolments = {
        enrolment.programme_id: enrolment
        for enrolment in queries.enrolments_of(db_session, person_id)
        if enrolment.is_active
    }
    sat = standing.sat_of(db_session, person_id)
    standings = {
        programme_id: standing.standing_of(
            db_session, enrolment, now=now, include_demo=settings.is_demo, sat=sat
        )
        for programme_id, enrolment in enrolments.items()
    }
    regular = {one.level: one for one in programmes if not one.is_demo}
    levels = [
        _level(db_session, level, regular.get(level), standings, held, now) for level in Level
    ]
    demo = next((one for one in programmes if one.is_demo), None)
    return Path(
        levels=levels,
        next_step=_next_step(db_session, levels, regular, standings, held, now),
        note=_note(levels, standings),
        demo=None if demo is None else _demo_step(db_session, demo, standings, held, now),
        credentials=held,
    )


def _of_programme(held: list[HeldCredential], programme_id: str) -> HeldCredential | None:
    """Return the newest credential of a programme that still is in effect or only ran out."""
    for one in held:
        is_own = queries.split_ref(one.record.programme_ref)[0] == programme_id
        if is_own and one.status in {
            CredentialStatus.VALID,
            CredentialStatus.SUSPENDED,
            CredentialStatus.EXPIRED,
        }:
            return one
    return None


def _level(
    db_session: Session,
    level: Level,
    programme: CertificationProgramme | None,
    standings: dict[str, Standing],
    held: list[HeldCredential],
    now: datetime,
) -> PathLevel:
    label = str(labels.LEVEL[level])
    if programme is None:
        locked = [Requirement("locked", gettext("项目筹备中"))]
        return PathLevel(level, label, "locked", gettext("未开放"), locked)
    own = _of_programme(held, programme.id)
    stands = standings.get(programme.id)
    if own is not None and (own.is_valid or stands is None):
        return _held_level(level, label, own, now)
    if stands is None:
        theory = " · ".join(presenting.theory_facts(db_session, programme))
        facts = [
            gettext("理论：%(facts)s", facts=theory),
            gettext("实操：合格线 %(cut)s 分", cut=presenting.points(programme.room.cut_score)),
            *presenting.prerequisite_words(programme),
        ]
        todo = [Requirement("todo", text) for text in facts]
        below = _level_to_hold(programme, held)
        if below is not None:
            badge = gettext("先取得%(level)s", level=str(labels.LEVEL[below]))
            return PathLevel(level, label, "locked", badge, todo)
        return PathLevel(level, label, "current", gettext("可报名"), todo)
    parts = stands.parts
    met = sum(part.is_met for part in parts)
    badge = gettext("进行中 %(met)s/%(all)s", met=met, all=len(parts))
    lines = [_requirement(stands, part, now) for part in parts]
    short = [presenting.shortfall_words(reason) for reason in stands.decision.short_of]
    lines += [Requirement("todo", text) for text in short]
    return PathLevel(level, label, "current", badge, lines)


def _level_to_hold(programme: CertificationProgramme, held: list[HeldCredential]) -> Level | None:
    """Return the level that a programme asks for and the person does not hold."""
    valid = {one.record.level for one in held if one.is_valid}
    wanted = (one.level for one in programme.prerequisites if one.kind == "credential")
    return next((level for level in wanted if level.value not in valid), None)


def _held_level(level: Level, label: str, own: HeldCredential, now: datetime) -> PathLevel:
    record = own.record
    snapshot = record.snapshot
    done = [
        Requirement("done", gettext("理论 %(n)s 分", n=_printed(snapshot["theory_points"]))),
        Requirement("done", gettext("实操 %(n)s 分", n=_printed(snapshot["room_points"]))),
    ]
    until = local_date(record.valid_until)
    if own.is_valid:
        done.append(Requirement("done", gettext("有效至 %(day)s", day=until)))
        badge = gettext("已获证")
    else:
        done.append(Requirement("now", gettext("有效期到 %(day)s", day=until)))
        badge = str(labels.STATUS[own.status])
    return PathLevel(
        level=level,
        label=label,
        state="done" if own.is_valid else "current",
        badge=badge,
        requirements=done,
        number=record.number,
        valid_until=record.valid_until,
        is_demo=record.is_demo,
    )


def _requirement(stands: Standing, part: PartStanding, now: datetime) -> Requirement:
    name = presenting.part_title(stands.programme, part.part)
    result = presenting.result_words(part.decided)
    if part.is_met:
        return Requirement("done", f"{name} {result}")
    if part.open_id is not None or part.is_being_scored:
        return Requirement("now", f"{name} · {presenting.state_words(part)}")
    if part.waits_for_theory:
        return Requirement("locked", gettext("%(part)s：理论通过后开始", part=name))
    if not part.retake.allowed_at(now):
        at = local_time(part.retake.earliest_at)
        return Requirement("now", gettext("%(part)s：%(at)s 起可以再考", part=name, at=at))
    return Requirement("now", f"{name} {result}".strip())


def _next_step(
    db_session: Session,
    levels: list[PathLevel],
    regular: dict[Level, CertificationProgramme],
    standings: dict[str, Standing],
    held: list[HeldCredential],
    now: datetime,
) -> NextStep:
    for entry in levels:
        programme = regular.get(entry.level)
        if programme is None:
            continue
        stands = standings.get(programme.id)
        if stands is not None:
            return part_step(stands, now)
        own = _of_programme(held, programme.id)
        if own is None or own.status is CredentialStatus.EXPIRED:
            return _enrol_step(programme, is_renewal=own is not None)
        if own.status is CredentialStatus.SUSPENDED:
            return NextStep(
                kind="wait",
                title=gettext("%(level)s证书已暂停", level=entry.label),
                text=gettext("暂停期间不代表当前资格，也不用重新报名；有疑问请联系管理员。"),
                url=url_for("certification.mine"),
                button=gettext("查看证书"),
            )
        if own.days_left(issue_day(now)) <= programme.renewal_window.days:
            renewal = renewal_offers.offer_or_none(db_session, own, now=now)
            if renewal is not None:
                return _renewal_step(entry, own, renewal)
            return NextStep(
                kind="renew",
                title=gettext("%(level)s证书快到期了", level=entry.label),
                text=gettext(
                    "有效期到 %(day)s。到期后可以重新报名考试取得新证书。",
                    day=local_date(own.record.valid_until),
                ),
                url=url_for("certification.mine"),
                button=gettext("查看证书"),
            )
    return NextStep(
        kind="rest",
        title=gettext("已开放的级别都已获证"),
        text=gettext("把证书发给合作方，对方扫码或输入编号就能核验。"),
        url=url_for("certification.mine"),
        button=gettext("查看证书"),
    )


def _renewal_step(
    entry: PathLevel, own: HeldCredential, renewal: renewal_offers.RenewalOffer
) -> NextStep:
    return NextStep(
        kind="renew",
        title=gettext("%(level)s证书快到期了", level=entry.label),
        text=gettext(
            "有效期到 %(day)s。考一次 %(minutes)s 分钟的复训短卷，通过即换发新证书。",
            day=local_date(own.record.valid_until),
            minutes=renewal.refresher.minutes,
        ),
        url=url_for("certification.renew_page", number=own.record.number),
        button=gettext("继续复训考试") if renewal.open_id else gettext("去续证"),
    )


def _enrol_step(programme: CertificationProgramme, *, is_renewal: bool) -> NextStep:
    level = str(labels.LEVEL[programme.level])
    return NextStep(
        kind="enrol",
        title=gettext("报名%(level)s认证", level=level),
        text=gettext("证书已过期，重新通过理论与实操就能取得新证书。")
        if is_renewal
        else gettext("理论与实操都达标，前提也具备，就能获证。")
        if programme.prerequisites
        else gettext("先考理论，再操盘一场模拟直播间；两部分都达标就能获证。"),
        url=url_for("certification.enrol_page", programme_id=programme.id),
        button=gettext("去报名"),
        checks=(
            gettext("准备身份证：姓名会印在证书上"),
            _screen_words(),
        ),
    )


def _screen_words() -> str:
    return str(gettext("正式考试需要宽度 1024 像素以上的电脑屏幕"))


def part_step(stands: Standing, now: datetime) -> NextStep:
    """Return the next step of an enrolment: the first part that is not met."""
    part = _part_to_do(stands, now)
    is_theory = part.part is Part.THEORY
    programme = stands.programme
    title = gettext(
        "%(level)s%(part)s",
        level=str(labels.LEVEL[programme.level]),
        part=presenting.part_title(programme, part.part),
    )
    exams_url = url_for("certification.exams", _anchor=programme.id)
    if part.is_met or part.part is Part.WRITTEN:
        missing = "、".join(presenting.missing_words(stands))
        words = gettext("还差：%(missing)s。", missing=missing)
        return NextStep("wait", title, words, exams_url, gettext("查看考试"))
    if part.lacks_level:
        words = str(labels.MESSAGES["level_first"])
        return NextStep("wait", title, words, exams_url, gettext("查看考试"))
    if part.is_being_scored:
        return NextStep(
            "wait", title, str(labels.MESSAGES["room_being_scored"]), exams_url, gettext("查看考试")
        )
    if not part.may_start(now):
        return NextStep(
            "wait",
            title,
            labels.retake_words(part.retake),
            exams_url,
            gettext("查看考试"),
            at=part.retake.earliest_at,
        )
    if is_theory:
        text = gettext(
            "%(minutes)s 分钟，合格线 %(cut)s 分。作答随时保存，断网也不会丢。",
            minutes=programme.theory.minutes,
            cut=presenting.points(programme.theory.cut_fraction * 100),
        )
        button = gettext("继续考试") if part.open_id else gettext("开始理论考试")
    else:
        room = programme.rooms[part.part.value]
        text = gettext(
            "模拟直播间按 %(speed)s 倍速进行，开播后不能暂停。"
            "得分是你比主播自己的习惯多做成的那部分，合格线 %(cut)s 分。",
            speed=presenting.points(room.speed),
            cut=presenting.points(room.cut_score),
        )
        button = gettext("回到直播间") if part.open_id else gettext("开始实操考试")
    return NextStep(
        kind=part.part.value,
        title=title,
        text=text,
        url=presenting.start_url(programme, part.part),
        button=button,
        is_post=True,
        checks=() if programme.is_demo else (_screen_words(),),
    )


def _part_to_do(stands: Standing, now: datetime) -> PartStanding:
    """Return the part that comes next: the one the person is in, else the first to be taken."""
    for part in stands.parts:
        if part.open_id is not None:
            return part
    for part in stands.parts:
        if not part.is_met and part.part is not Part.WRITTEN:
            return part
    for part in stands.parts:
        if part.may_start(now):
            return part
    return stands.parts[-1]


def _demo_step(
    db_session: Session,
    programme: CertificationProgramme,
    standings: dict[str, Standing],
    held: list[HeldCredential],
    now: datetime,
) -> NextStep | None:
    if programme.id in standings:
        return part_step(standings[programme.id], now)
    if _of_programme(held, programme.id) is not None:
        return None
    return NextStep(
        kind="enrol",
        title=gettext("先快速走完一遍（演示）"),
        text=presenting.summary_words(db_session, programme),
        url=url_for("certification.enrol_page", programme_id=programme.id),
        button=gettext("开始体验"),
    )


def _note(levels: list[PathLevel], standings: dict[str, Standing]) -> str:
    for stands in standings.values():
        words = presenting.counts_words(stands.theory.decided)
        rooms_met = all(part.is_met for part in stands.parts[1:])
        if words and not stands.programme.is_demo and not rooms_met:
            return str(gettext("理论%(words)s，在此之前通过实操即可获证。", words=words))
    held = [entry for entry in levels if entry.state == "done"]
    if held and held[-1].valid_until is not None:
        day = local_date(held[-1].valid_until)
        return str(gettext("%(level)s证书有效至 %(day)s。", level=held[-1].label, day=day))
    return ""


def _printed(points: str) -> str:
    return points.removesuffix(".0").replace("-", "−")
