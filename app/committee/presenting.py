"""What the committee's first page shows: what waits, the bank's health, what ages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.roles import Role
from app.bank import queries as bank
from app.bank.models import ItemVersion
from app.bank.workshop import case_queries as cases
from app.bank.workshop import queries as workshop
from app.bank.workshop.lifecycle import READERS, Stage
from app.bank.workshop.models import ItemDraft
from app.certification import queries as certification
from app.committee import approvals
from app.exams import queries as exams
from app.exams.drawing import EXPOSURE_FORMS
from app.marking import workload
from app.results import queries as results
from app.standards import queries as standards
from question_bank.blueprints import ExamBlueprint
from question_bank.exposure import exposure_of
from question_bank.items import Item, Pool
from question_bank.supply import CellHealth, blueprint_health, forms_left

AGES_AFTER = timedelta(days=365)
"""An item that was published so long ago and not revised since wants another reading."""

AGEING_SHOWN = 20

FEW_FORMS = 60
"""Forms below which a blueprint is said to run short: about a month of sittings."""


@dataclass(frozen=True)
class Task:
    """Something that waits for the reader.

    Attributes:
        title: What it is.
        text: How much, how urgent.
        url: Where it is done; empty if the reader's roles do not do it.
        tone: `bad` for what is late, `warn` for what waits for this person, else empty.
    """

    title: str
    text: str
    url: str
    tone: str


def tasks_for(
    db_session: Session,
    *,
    person_id: int,
    actor: str,
    roles: Collection[str],
    now: datetime,
) -> list[Task]:
    """Return what waits, late things first."""
    found = [
        *_meetings(db_session, person_id),
        *_drafts(db_session, person_id),
        *_approvals(db_session, actor, person_id),
        *_marking(db_session, now),
        *_appeals(db_session, roles, now),
    ]
    order = {"bad": 0, "warn": 1, "": 2}
    return sorted(found, key=lambda one: order[one.tone])


def _meetings(db_session: Session, person_id: int) -> list[Task]:
    words = {
        "prepare": gettext("申报利益关系，同意“刚好合格者”的定义"),
        "rate": gettext("这一轮还没有评完"),
        "bounds": gettext("还没有回答 Hofstee 的四个问题"),
        "discuss": gettext("上一轮的结果在讨论"),
        "sign": gettext("纪要等你签名"),
        "lead": gettext("由你主持"),
        "approve": gettext("纪要已签，等没到会的人批准"),
    }
    out = []
    for one in standards.waiting_for(db_session, person_id):
        is_minutes = one.act in ("sign", "approve")
        endpoint = "standards.minutes.show" if is_minutes else "standards.meeting"
        out.append(
            Task(
                title=gettext("定标：%(title)s", title=one.meeting.title),
                text=words[one.act],
                url=url_for(endpoint, public_id=one.meeting.public_id),
                tone="" if one.act in ("lead", "discuss") else "warn",
            )
        )
    return out


def _drafts(db_session: Session, person_id: int) -> list[Task]:
    """Return what of the workshop waits: items to read, items to let into use."""
    waiting = workshop.waiting_drafts(db_session, (Stage.REVIEW, Stage.ACCEPTED, Stage.PILOT))
    others = [one for one in waiting if one.author_id != person_id]
    reading = sum(
        one.stage == Stage.REVIEW and _may_read(db_session, one, person_id) for one in others
    )
    releasing = sum(
        one.stage != Stage.REVIEW and one.case_draft_id is None for one in others
    ) + sum(
        bool(items) and all(one.stage == Stage.ACCEPTED for one in items)
        for case, items in cases.with_items(db_session, cases.case_drafts(db_session, person_id))
        if case.author_id != person_id
    )
    counted = (
        (reading, gettext("评审"), gettext("%(n)s 道题等人评审", n=reading)),
        (releasing, gettext("试用与上线"), gettext("%(n)s 道题或案例组等人放行", n=releasing)),
    )
    url = url_for("bank.workshop.index")
    return [Task(title, text, url, "warn") for count, title, text in counted if count]


def _may_read(db_session: Session, draft: ItemDraft, person_id: int) -> bool:
    standing = workshop.standing(db_session, draft)
    if person_id in standing.opened:
        return person_id not in standing.accepted
    is_free = len(standing.opened) < READERS
    return is_free and workshop.conflict_or_none(db_session, person_id, draft) is None


def pilots(db_session: Session) -> Sequence[ItemDraft]:
    """Return the items in trial use, the one that waits longest first."""
    return workshop.waiting_drafts(db_session, (Stage.PILOT,))


def _approvals(db_session: Session, actor: str, person_id: int) -> list[Task]:
    return [
        Task(one.title, gettext("%(n)s 项等第二人确认", n=one.count), url_for(one.endpoint), "warn")
        for one in approvals.waiting(db_session, actor=actor, person_id=person_id)
    ]


def _marking(db_session: Session, now: datetime) -> list[Task]:
    loads = workload.item_loads(db_session, now=now)
    waiting = sum(one.total - one.settled for one in loads)
    overdue = sum(one.overdue for one in loads)
    if not waiting:
        return []
    text = gettext("%(n)s 份没有评定", n=waiting)
    if overdue:
        text = gettext("%(n)s 份没有评定，其中 %(late)s 份超期", n=waiting, late=overdue)
    url = url_for("marking.work.overview")
    return [Task(gettext("评阅"), text, url, "bad" if overdue else "")]


def _appeals(db_session: Session, roles: Collection[str], now: datetime) -> list[Task]:
    waiting = sum(one.answered_at is None for one, _ in results.appeals(db_session))
    overdue = results.overdue_appeal_count(db_session, now=now)
    if not waiting:
        return []
    text = gettext("%(n)s 件没有答复", n=waiting)
    if overdue:
        text = gettext("%(n)s 件没有答复，其中 %(late)s 件超期", n=waiting, late=overdue)
    url = url_for("results.appeals") if Role.APPEAL_HANDLER in roles else ""
    return [Task(gettext("申诉"), text, url, "bad" if overdue else "")]


@dataclass(frozen=True)
class BlueprintHealth:
    """How a blueprint is supplied.

    Attributes:
        blueprint: The blueprint.
        cells: Its cells, the whole form last.
        form_count: Forms until the tightest cell is spent; None if all last.
        drawn: Forms drawn so far, of the newest ones that are counted.
    """

    blueprint: ExamBlueprint
    cells: list[CellHealth]
    form_count: int | None
    drawn: int

    @property
    def tone(self) -> str:
        if self.form_count is None:
            return "good"
        return "bad" if self.form_count == 0 else "warn" if self.form_count < FEW_FORMS else "good"


def health(db_session: Session, *, include_public: bool) -> list[BlueprintHealth]:
    """Return the supply of the exam blueprints in use, the scarcest first.

    In use is the newest version of each, and what the programmes in force name.

    Args:
        db_session: A session to read with.
        include_public: Whether shipped items count: they are never drawn in production.
    """
    items = _live_items(db_session, include_public=include_public)
    out = []
    for blueprint in _blueprints_in_use(db_session):
        forms = exams.newest_forms(db_session, blueprint.ref, limit=EXPOSURE_FORMS)
        exposure = exposure_of([entry[0] for entry in form] for form in forms)
        cells = blueprint_health(blueprint, items, exposure)
        out.append(BlueprintHealth(blueprint, cells, forms_left(cells), exposure.form_count))
    endless = float("inf")
    return sorted(
        out,
        key=lambda one: (endless if one.form_count is None else one.form_count, one.blueprint.ref),
    )


def _blueprints_in_use(db_session: Session) -> list[ExamBlueprint]:
    known = {one.ref: one for one in bank.blueprints(db_session) if one.pool is Pool.EXAM}
    newest: dict[str, ExamBlueprint] = {}
    for one in known.values():
        held = newest.get(one.id)
        if held is None or held.version < one.version:
            newest[one.id] = one
    named = {one.theory.blueprint_ref for one in certification.programmes(db_session)}
    wanted = named | {one.ref for one in newest.values()}
    return [one for ref, one in known.items() if ref in wanted]


def _live_items(db_session: Session, *, include_public: bool) -> list[Item]:
    """Return what may be drawn now; versions that this process knows are not parsed again."""
    query = select(ItemVersion.item_id, ItemVersion.version).where(ItemVersion.retired_at.is_(None))
    if not include_public:
        query = query.where(ItemVersion.is_public.is_(False))
    refs = [f"{item_id}@{version}" for item_id, version in db_session.execute(query)]
    return bank.items_of(db_session, refs)


@dataclass(frozen=True)
class Ageing:
    """Items that nobody revised for long.

    Attributes:
        rows: The oldest ones: (ref, what it asks, when it was published).
        count: How many there are.
        oldest_at: When the oldest live item was published; None for an empty bank.
    """

    rows: Sequence[tuple[str, str, datetime]]
    count: int
    oldest_at: datetime | None


def ageing(db_session: Session, *, now: datetime) -> Ageing:
    """Return live items whose version is older than a year, oldest first."""
    live = ItemVersion.retired_at.is_(None)
    old = ItemVersion.published_at < now - AGES_AFTER
    rows = db_session.execute(
        select(
            ItemVersion.item_id,
            ItemVersion.version,
            ItemVersion.body["skeleton"].as_string(),
            ItemVersion.published_at,
        )
        .where(live, old)
        .order_by(ItemVersion.published_at, ItemVersion.item_id)
        .limit(AGEING_SHOWN)
    ).all()
    count = db_session.scalar(select(func.count()).select_from(ItemVersion).where(live, old)) or 0
    oldest = db_session.scalar(select(func.min(ItemVersion.published_at)).where(live))
    return Ageing(
        [(f"{item_id}@{version}", title, at) for item_id, version, title, at in rows],
        count,
        oldest,
    )
