"""What the candidate's pages are given: cards of programmes, and rows of past results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.bank import queries as bank
from app.certification import labels, queries, standing
from app.certification.likeness import Likeness, likeness_of
from app.certification.models import CredentialRecord, Enrolment
from app.certification.queries import HeldCredential
from app.certification.renewal_offers import (
    RenewalOffer,
    offer_or_none,
    renewal_of,
    renewed_from,
)
from app.certification.services import RetakeTooEarlyError
from app.certification.sharing import LinkStanding, links_of
from app.certification.standing import PartStanding, Sat, Standing
from app.certification.verification import PublicRecord, public_record
from app.core.error_pages import message_of
from app.core.errors import ConflictError
from app.core.i18n import local_date
from app.rooms.terms import PLAN_MIN
from app.studio import queries as studio
from certificates.decisions import Part, PartDecision, PartState, Reason, ReasonCode
from certificates.programmes import (
    CertificationProgramme,
    CredentialPrerequisite,
    RoomPart,
    SessionsPrerequisite,
)
from simulations.scenarios import TICK_S


@dataclass(frozen=True)
class PartCard:
    """One part of a programme on the page.

    Attributes:
        part: `theory`, `room`, `room_2` or `written`.
        title: Its name.
        facts: What it demands, in words.
        state, tone: How it stands, in words, and the tone of the chip.
        result: The achieved score in words; empty if there is none.
        counts_until: Until when a passed part counts, in words; empty if it does not.
        url: Where its button posts to, or leads to; empty if it has none.
        button: The button's words.
        why: Why it cannot be started now.
        is_open: Whether the person is in a sitting of it.
    """

    part: str
    title: str
    facts: list[str]
    state: str
    tone: str
    result: str
    counts_until: str
    url: str
    button: str
    why: str
    is_open: bool


@dataclass(frozen=True)
class ProgrammeCard:
    """One programme on the page.

    Attributes:
        programme: The version enrolled in, or the newest.
        enrolment: The active enrolment, if any.
        held: The newest credential of this programme, if any.
        parts: Its parts in order; empty unless enrolled.
        missing: What is still to do, in words.
        summary: What it takes, in a sentence; for who is not enrolled.
        may_enrol: Whether the person may enrol now, for the first time or to renew.
        renewal: The offer to renew the certificate by a refresher exam, if there is one.
    """

    programme: CertificationProgramme
    enrolment: Enrolment | None
    held: HeldCredential | None
    parts: list[PartCard]
    missing: list[str]
    summary: str
    may_enrol: bool
    renewal: RenewalOffer | None = None


@dataclass(frozen=True)
class CredentialCard:
    """One of the holder's own credentials, with the likeness of its certificate.

    Attributes:
        links: The holder's share links, newest first.
        renewal: The offer to renew it by a refresher exam, if there is one.
        renews, renewed_by: Numbers of the credentials before and after it, joined by a refresher.
        profile_url: Where a professional network takes it into a profile; empty once it ended.
    """

    held: HeldCredential
    likeness: Likeness
    links: list[LinkStanding]
    profile_url: str
    renewal: RenewalOffer | None
    renews: str
    renewed_by: str


def programme_cards(
    db_session: Session,
    person_id: int,
    sat: Sat,
    enrolments: Sequence[Enrolment],
    *,
    now: datetime,
    include_demo: bool,
) -> list[ProgrammeCard]:
    """Return a card for each programme that is published, by level, demonstrations last.

    Args:
        db_session: A session to read with.
        person_id: The candidate.
        sat: What the person has sat.
        enrolments: Every enrolment of the person.
        now: The moment (aware).
        include_demo: Whether credentials of a demonstration meet a prerequisite.
    """
    held = queries.credentials_of(db_session, person_id, at=now)
    active = {enrolment.programme_id: enrolment for enrolment in enrolments if enrolment.is_active}
    cards = []
    for programme in queries.programmes(db_session):
        enrolment = active.get(programme.id)
        own = next((one for one in held if _programme_id(one) == programme.id), None)
        if enrolment is None:
            summary = summary_words(db_session, programme)
            bars = own is not None and own.bars_enrolment(now, programme.renewal_window)
            renewal = None if own is None else offer_or_none(db_session, own, now=now)
            cards.append(ProgrammeCard(programme, None, own, [], [], summary, not bars, renewal))
            continue
        stands = standing.standing_of(
            db_session, enrolment, now=now, include_demo=include_demo, sat=sat
        )
        cards.append(
            ProgrammeCard(
                programme=stands.programme,
                enrolment=enrolment,
                held=own,
                parts=[part_card(db_session, stands, part, now) for part in stands.parts],
                missing=missing_words(stands),
                summary="",
                may_enrol=False,
            )
        )
    return cards


def _programme_id(held: HeldCredential) -> str:
    return queries.split_ref(held.record.programme_ref)[0]


def credential_cards(db_session: Session, person_id: int, *, now: datetime) -> list[CredentialCard]:
    """Return the person's own credentials as cards, newest first, with the full name."""
    every = queries.credentials_of(db_session, person_id, at=now)
    links = links_of(db_session, [held.record.id for held in every], now=now)
    cards = []
    for held in every:
        name = held.record.snapshot["holder_name"]
        record = public_record(held, now=now, typed_name=name)
        profile_url = add_to_profile_url(record) if held.is_running else ""
        cards.append(
            CredentialCard(
                held,
                likeness_of(record),
                links[held.record.id],
                profile_url,
                renewal=offer_or_none(db_session, held, now=now),
                renews=_number(renewed_from(db_session, held.record)),
                renewed_by=_number(renewal_of(db_session, held.record)),
            )
        )
    return cards


def _number(record: CredentialRecord | None) -> str:
    return "" if record is None else record.number


def add_to_profile_url(record: PublicRecord) -> str:
    """Return LinkedIn's address that takes a certification into the reader's profile.

    Source:
        LinkedIn Help, "Add to profile" for certification providers.
    """
    facts = {
        "startTask": "CERTIFICATION_NAME",
        "name": record.title,
        "organizationName": record.issuer,
        "issueYear": record.issued_on.year,
        "issueMonth": record.issued_on.month,
        "expirationYear": record.valid_until.year,
        "expirationMonth": record.valid_until.month,
        "certUrl": record.verify_url,
        "certId": record.number,
    }
    return f"https://www.linkedin.com/profile/add?{urlencode(facts)}"


def part_card(db_session: Session, stands: Standing, part: PartStanding, now: datetime) -> PartCard:
    """Return one part with its state, its button and, if there is none, the reason."""
    url = start_url(stands.programme, part.part) if part.may_start(now) else ""
    return PartCard(
        part=part.part.value,
        title=part_title(stands.programme, part.part),
        facts=part_facts(db_session, stands.programme, part.part),
        state=state_words(part),
        tone="info" if part.open_id else labels.PART_TONE[part.decided.state],
        result=result_words(part.decided),
        counts_until=counts_words(part.decided),
        url=url,
        button=_button(part),
        why=_why(part, now),
        is_open=part.open_id is not None,
    )


def start_url(programme: CertificationProgramme, part: Part) -> str:
    """Return where the button that starts a part posts to."""
    if part is Part.THEORY:
        return url_for("certification.begin_theory", programme_id=programme.id)
    place = None if part is Part.ROOM else part.value
    return url_for("certification.begin_room", programme_id=programme.id, part=place)


def part_title(programme: CertificationProgramme, part: Part) -> str:
    """Return the name of a part; of two rooms each has its number."""
    if part is Part.ROOM and programme.second_room is not None:
        return str(gettext("实操考试（一）"))
    return str(labels.PART[part])


def parts_of(programme: CertificationProgramme) -> list[Part]:
    """Return the parts of a programme in the order in which they are taken."""
    texts = [] if programme.written is None else [Part.WRITTEN]
    return [Part.THEORY, *(Part(name) for name in programme.rooms), *texts]


def part_facts(db_session: Session, programme: CertificationProgramme, part: Part) -> list[str]:
    """Return what a part demands, in words."""
    if part is Part.THEORY:
        return theory_facts(db_session, programme)
    if part is Part.WRITTEN:
        return written_facts(programme)
    return room_facts(db_session, programme, part)


def summary_words(db_session: Session, programme: CertificationProgramme) -> str:
    """Return what a programme takes, in a sentence."""
    facts = {
        "theory": programme.theory.minutes,
        "room": sum(wall_minutes(db_session, room) for room in programme.rooms.values()),
        "rooms": len(programme.rooms),
        "years": programme.validity_years,
    }
    if programme.is_demo:
        words = gettext(
            "%(theory)s 分钟理论，加一场约 %(room)s 分钟的模拟直播间，很快走完全程；"
            "证书带演示标记。手机上也能做。",
            **facts,
        )
    elif len(programme.rooms) > 1:
        words = gettext(
            "理论 %(theory)s 分钟，加 %(rooms)s 场共约 %(room)s 分钟的模拟直播间；"
            "证书有效 %(years)s 年。",
            **facts,
        )
    else:
        words = gettext(
            "理论 %(theory)s 分钟，加一场约 %(room)s 分钟的模拟直播间；证书有效 %(years)s 年。",
            **facts,
        )
    return str(words)


def wall_minutes(db_session: Session, room: RoomPart) -> int:
    """Return how long a programme's room takes by the clock on the wall."""
    scenario = studio.scenario_of(db_session, room.scenario_ref)
    return round(scenario.duration_ticks * TICK_S / 60 / room.speed)


def theory_facts(db_session: Session, programme: CertificationProgramme) -> list[str]:
    """Return what the theory exam demands, in words."""
    blueprint = bank.blueprint_of(db_session, programme.theory.blueprint_ref)
    return [
        gettext("%(n)s 题", n=blueprint.item_count),
        gettext("%(n)s 分钟", n=programme.theory.minutes),
        gettext("合格线 %(n)s 分", n=points(programme.theory.cut_fraction * 100)),
    ]


def written_facts(programme: CertificationProgramme) -> list[str]:
    """Return what the texts demand, in words."""
    assert programme.written is not None, "asked for only if there are texts"
    texts = " + ".join(str(labels.TEXT[text]) for text in programme.written.texts)
    return [
        texts,
        gettext("诊断在开播前写，复盘在结束后 48 小时内写"),
        gettext("两位评阅员各自评分"),
        gettext("合格线 %(n)s 分", n=points(programme.written.cut_fraction * 100)),
    ]


def room_facts(
    db_session: Session, programme: CertificationProgramme, part: Part = Part.ROOM
) -> list[str]:
    """Return what a room demands, in words."""
    room = programme.rooms[part.value]
    scenario = studio.scenario_of(db_session, room.scenario_ref)
    forecast = [gettext("预判计入 %(share)s%%", share=points(room.forecast_weight * 100))]
    planning = [gettext("开播前有 %(n)s 分钟看账号、做规划", n=PLAN_MIN)]
    return [
        *(planning if scenario.planning is not None else []),
        gettext(
            "模拟直播间 %(room)s 分钟，%(speed)s 倍速，实际约 %(wall)s 分钟",
            room=points(scenario.duration_ticks * TICK_S / 60),
            speed=points(room.speed),
            wall=wall_minutes(db_session, room),
        ),
        *(forecast if room.forecast_weight else []),
        gettext("合格线 %(n)s 分", n=points(room.cut_score)),
        gettext("0 分是主播自己的习惯，100 分是参照打法"),
    ]


def state_words(part: PartStanding) -> str:
    """Return how a part stands, in one word."""
    if part.open_id is not None:
        return str(gettext("进行中"))
    if part.is_being_scored:
        is_text = part.part is Part.WRITTEN
        return str(gettext("待写或待评阅") if is_text else gettext("计分中"))
    return str(labels.PART_STATE[part.decided.state])


def result_words(decided: PartDecision) -> str:
    """Return the score that counts, in points, beside its cut; empty if there is none."""
    if decided.achieved is None:
        return ""
    scale = 100 if decided.part in {Part.THEORY, Part.WRITTEN} else 1
    achieved, cut = points(decided.achieved * scale), points(decided.cut * scale)
    if decided.by_contest:
        return str(gettext("大赛 %(achieved)s 分（合格 %(cut)s）", achieved=achieved, cut=cut))
    return str(gettext("%(achieved)s 分（合格 %(cut)s）", achieved=achieved, cut=cut))


def counts_words(decided: PartDecision) -> str:
    """Return until when a passed part counts."""
    if decided.state is not PartState.MET or decided.counts_until is None:
        return ""
    last_moment = decided.counts_until - timedelta(seconds=1)
    return str(gettext("成绩保留到 %(day)s", day=local_date(last_moment)))


def points(value: float) -> str:
    """Write points as they are printed: one decimal at most, rounded down."""
    tenths = int((value + 1e-7) * 10 // 1)
    return f"{tenths / 10:.1f}".removesuffix(".0").replace("-", "−")


def _button(part: PartStanding) -> str:
    is_theory = part.part is Part.THEORY
    if part.open_id is not None:
        words = gettext("继续考试") if is_theory else gettext("回到直播间")
    elif part.sitting_count:
        words = gettext("再考一次")
    else:
        words = gettext("开始理论考试") if is_theory else gettext("开始实操考试")
    return str(words)


def _why(part: PartStanding, now: datetime) -> str:
    if part.open_id is not None or (part.is_met and not part.repeats_for_text):
        return ""
    if part.part is Part.WRITTEN:
        fails = part.decided.state is PartState.NOT_MET
        return str(gettext("重考实操，重新写诊断和复盘")) if fails else ""
    if part.is_being_scored:
        return str(labels.MESSAGES["room_being_scored"])
    if part.waits_for_theory:
        return str(labels.MESSAGES["theory_first"])
    if part.lacks_level:
        return str(labels.MESSAGES["level_first"])
    return "" if part.retake.allowed_at(now) else labels.retake_words(part.retake)


def missing_words(stands: Standing) -> list[str]:
    """Return what still stands between the person and the credential."""
    out = [
        gettext("通过%(part)s", part=part_title(stands.programme, part.part))
        for part in stands.parts
        if not part.is_met
    ]
    out += [
        gettext("持有有效的%(level)s证书", level=str(labels.LEVEL[level]))
        for level in stands.decision.missing_levels
    ]
    return out + [shortfall_words(reason) for reason in stands.decision.short_of]


def shortfall_words(reason: Reason) -> str:
    """Return what is logged too little, with both numbers."""
    numbers = {"there": points(reason.achieved or 0), "least": points(reason.required or 0)}
    if reason.code is ReasonCode.SESSIONS_MISSING:
        return str(gettext("操盘场次 %(there)s/%(least)s 场", **numbers))
    return str(gettext("培训学时 %(there)s/%(least)s", **numbers))


def prerequisite_words(programme: CertificationProgramme) -> list[str]:
    """Return what a candidate must have beside the results, in words."""
    out = []
    for one in programme.prerequisites:
        if isinstance(one, CredentialPrerequisite):
            out.append(gettext("持有有效的%(level)s证书", level=str(labels.LEVEL[one.level])))
        elif isinstance(one, SessionsPrerequisite):
            out.append(gettext("操盘场次 %(n)s 场以上（经确认）", n=one.count))
        else:
            out.append(gettext("培训 %(n)s 学时以上（经确认）", n=one.hours))
    return out


def refusal_words(error: ConflictError) -> str:
    """Return why a part cannot be started, and when it is possible again."""
    if isinstance(error, RetakeTooEarlyError):
        return labels.retake_words(error.retake)
    return message_of(error.code)


def unprintable_words(characters: tuple[str, ...]) -> str:
    """Return what is wrong with a name for the certificate, and how to mend it."""
    if not characters:
        return str(gettext("请填写证件上的姓名，最多 60 个字"))
    return str(
        gettext(
            "证书上不能印这些字：%(characters)s。"
            "请核对是否输错，或混进了形近的外文字母；确认无误请联系管理员",
            characters=" ".join(characters),
        )
    )
