"""What wants a second person: everything that one proposed and another one confirms."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bank.workshop import retiring
from app.certification import proposals
from app.contests.models import ContestEntry, ContestProposal
from app.marking import control_queries
from app.programmes import drafts as programmes
from app.programmes.blueprints import drafting as blueprints
from app.providers.admission import services as admission
from app.providers.objections import queries as objections
from app.providers.rules import deciding
from app.results import queries as results

WAITING_LOOKED_AT = 100
"""Newest requests of a kind among which the waiting ones are counted."""


@dataclass(frozen=True)
class Waiting:
    """Proposals of one kind.

    Attributes:
        title: What they are about.
        count: How many the reader may confirm; at least 1.
        endpoint: Where; every committee member may open it.
    """

    title: str
    count: int
    endpoint: str


def waiting(db_session: Session, *, actor: str, person_id: int) -> list[Waiting]:
    """Return what waits for somebody as the second person, leaving out what is their own."""
    found = (
        Waiting(
            gettext("批量停用"), _retirements(db_session, person_id), "bank.workshop.retirements"
        ),
        Waiting(
            gettext("命题蓝图"),
            blueprints.waiting_count(db_session, actor),
            "programmes.blueprints.index",
        ),
        Waiting(
            gettext("认证项目"), programmes.waiting_count(db_session, actor), "programmes.index"
        ),
        Waiting(gettext("证书处理"), _credentials(db_session, actor), "certification.office"),
        Waiting(gettext("改判"), _regrades(db_session, actor), "results.index"),
        Waiting(gettext("对照卷"), _controls(db_session, actor), "marking.work.control_list"),
        Waiting(
            gettext("五力评分规则"),
            deciding.waiting_count(db_session, actor),
            "providers.office.index",
        ),
        Waiting(
            gettext("服务商准入"),
            admission.waiting_count(db_session, actor, person_id),
            "providers.admission.office",
        ),
        Waiting(
            gettext("评分异议"),
            objections.waiting_count(db_session, actor),
            "providers.objections.office",
        ),
        Waiting(gettext("大赛"), _contest_acts(db_session, actor, person_id), "contests.desk"),
    )
    return [one for one in found if one.count]


def _retirements(db_session: Session, person_id: int) -> int:
    return sum(
        one.decided_at is None and one.requester_id != person_id
        for one in retiring.newest_retirements(db_session, limit=WAITING_LOOKED_AT)
    )


def _credentials(db_session: Session, actor: str) -> int:
    return sum(proposal.proposer != actor for proposal, _ in proposals.open_proposals(db_session))


def _regrades(db_session: Session, actor: str) -> int:
    return sum(
        one.applied_at is None and one.withdrawn_at is None and one.proposed_by != actor
        for one in results.regrades(db_session)
    )


def _controls(db_session: Session, actor: str) -> int:
    return sum(
        one.confirmed_at is None and one.retired_at is None and one.proposed_by != actor
        for one in control_queries.every(db_session)
    )


def _contest_acts(db_session: Session, actor: str, person_id: int) -> int:
    """Count the acts of contests that wait, without those that the reader is a contestant of."""
    entered = select(ContestEntry.contest_id).where(
        ContestEntry.person_id == person_id, ContestEntry.withdrawn_at.is_(None)
    )
    query = (
        select(func.count())
        .select_from(ContestProposal)
        .where(
            ContestProposal.decided_at.is_(None),
            ContestProposal.proposer != actor,
            ContestProposal.contest_id.not_in(entered),
        )
    )
    return db_session.scalar(query) or 0
