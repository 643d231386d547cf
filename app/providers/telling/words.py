"""What each mail says, from what holds when it is sent; nothing where it does not hold any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.core.i18n import local_time
from app.providers import wording
from app.providers.admission.models import ProviderApplication
from app.providers.models import Employment, Provider
from app.providers.objections.models import ScoreObjection
from app.providers.roster.models import PlannedSession
from app.providers.team.models import StaffCheck
from app.providers.telling.queueing import Kind


@dataclass(frozen=True, slots=True)
class Words:
    """A mail's subject, its lines, and the path that it leads to."""

    subject: str
    line: str
    path: str


def words_of(db_session: Session, kind: Kind, ref: str, person: Person) -> Words | None:
    """Return what a mail says in the present language.

    Args:
        db_session: A session to read with.
        kind: What it is about.
        ref: Which one.
        person: Who gets it.

    Returns:
        None if there is nothing to be said any more.
    """
    return _WRITERS[kind](db_session, ref, person)


def _check(db_session: Session, ref: str, person: Person) -> Words | None:
    row = db_session.execute(
        select(StaffCheck, Provider.name)
        .join(Employment, Employment.id == StaffCheck.employment_id)
        .join(Provider, Provider.id == Employment.provider_id)
        .where(
            StaffCheck.public_id == ref,
            StaffCheck.answered_at.is_(None),
            Employment.person_id == person.id,
            Employment.ended_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    check, name = row
    until = local_time(check.due_at)
    return Words(
        gettext("请确认你仍在%(name)s任职", name=name),
        gettext(
            "任职复核抽到了你：请在 %(until)s 前登录确认。没有确认的，任职自动结束，证书不再计入。",
            until=until,
        ),
        "/invitations#checks",
    )


def _shift(db_session: Session, ref: str, person: Person) -> Words | None:
    public_id = ref.partition(":")[0]
    row = db_session.execute(
        select(PlannedSession, Provider.name)
        .join(Employment, Employment.id == PlannedSession.employment_id)
        .join(Provider, Provider.id == PlannedSession.provider_id)
        .where(
            PlannedSession.public_id == public_id,
            PlannedSession.cancelled_at.is_(None),
            PlannedSession.confirmed_at.is_(None),
            Employment.person_id == person.id,
        )
    ).one_or_none()
    if row is None:
        return None
    planned, name = row
    begins = local_time(planned.starts_at)
    return Words(
        gettext("%(name)s给你排了一场：%(begins)s", name=name, begins=begins),
        gettext(
            "%(title)s，%(begins)s 开播，%(n)s 分钟。能来请确认，不能来请写明原因。",
            title=planned.title,
            begins=begins,
            n=planned.minutes,
        ),
        f"/shifts#shift-{planned.public_id}",
    )


def _objection_waiting(db_session: Session, ref: str, person: Person) -> Words | None:
    found = _objection(db_session, ref)
    if found is None or found[0].state != "open":
        return None
    objection, name = found
    return Words(
        gettext("有一份评分异议等待答复"),
        gettext(
            "%(name)s对 %(month)s的一项数据提出异议，请在 %(until)s 前答复。",
            name=name,
            month=wording.month_text(objection.month),
            until=local_time(objection.due_at),
        ),
        f"/office/five-force/objections/{ref}",
    )


def _objection_answered(db_session: Session, ref: str, person: Person) -> Words | None:
    found = _objection(db_session, ref)
    if found is None or found[0].state not in {"accepted", "declined"}:
        return None
    month = wording.month_text(found[0].month)
    if found[0].state == "accepted":
        line = gettext("你对 %(month)s数据的异议已采纳，数据已更正，月份已重新结算。", month=month)
    else:
        line = gettext("你对 %(month)s数据的异议未采纳，理由见页面。", month=month)
    return Words(gettext("评分异议已有答复"), line, f"/provider/objections/{ref}")


def _objection(db_session: Session, ref: str) -> tuple[ScoreObjection, str] | None:
    row = db_session.execute(
        select(ScoreObjection, Provider.name)
        .join(Provider, Provider.id == ScoreObjection.provider_id)
        .where(ScoreObjection.public_id == ref)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def _application_waiting(db_session: Session, ref: str, person: Person) -> Words | None:
    found = _application(db_session, ref)
    if found is None or found.state != "open":
        return None
    return Words(
        gettext("有一份服务商准入申请等待决定"),
        gettext("%(name)s申请成为服务商，需要两位成员决定。", name=found.name),
        f"/office/admissions/{ref}",
    )


def _application_decided(db_session: Session, ref: str, person: Person) -> Words | None:
    found = _application(db_session, ref)
    if found is None or found.state not in {"admitted", "declined"}:
        return None
    line = (
        gettext("%(name)s已准入。请重新登录，就能看到服务商的页面。", name=found.name)
        if found.state == "admitted"
        else gettext("%(name)s这次没有准入，理由和再次申请的时间见页面。", name=found.name)
    )
    return Words(gettext("服务商准入申请已有结果"), line, "/provider/apply")


def _application(db_session: Session, ref: str) -> ProviderApplication | None:
    return db_session.scalar(
        select(ProviderApplication).where(ProviderApplication.public_id == ref)
    )


_WRITERS: dict[Kind, Callable[[Session, str, Person], Words | None]] = {
    Kind.CHECK: _check,
    Kind.CHECK_LAST: _check,
    Kind.SHIFT: _shift,
    Kind.OBJECTION_WAITING: _objection_waiting,
    Kind.OBJECTION_DUE: _objection_waiting,
    Kind.OBJECTION_ANSWERED: _objection_answered,
    Kind.APPLICATION_WAITING: _application_waiting,
    Kind.APPLICATION_DECIDED: _application_decided,
}
