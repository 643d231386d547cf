"""Who is invited, whose rating is frozen, and where each provider stands in the matrix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.providers import queries
from app.providers.five_force import Scorecard
from app.providers.models import Provider
from app.providers.month_inputs import inputs_by_month
from app.providers.rules.models import RedLineFinding, TierDecision
from app.providers.schemes import Scheme
from app.providers.tiers import CellAssessment, assess, reached


@dataclass(frozen=True, slots=True)
class ProviderStanding:
    """A provider in the matrix of one month.

    Attributes:
        scorecard: None if the provider has no figures of the month.
        cells: Its field's cells, the highest tier first.
        reached: The highest cell that is met; None if the provider meets none.
        findings: Red lines that freeze its rating.
    """

    provider: Provider
    scorecard: Scorecard | None
    cells: tuple[CellAssessment, ...]
    reached: CellAssessment | None
    is_invited: bool
    findings: tuple[str, ...]

    @property
    def at_own_tier(self) -> CellAssessment | None:
        """Return the cell of the tier that the provider holds, if the scheme has one."""
        return next((one for one in self.cells if one.cell.tier == self.provider.tier), None)


def invited_ids(db_session: Session) -> frozenset[int]:
    """Return the keys of the providers that were ever asked to a tier by invitation."""
    return frozenset(
        db_session.scalars(
            select(TierDecision.provider_id).where(TierDecision.kind == "invited").distinct()
        )
    )


def findings_of(db_session: Session, month: date) -> list[RedLineFinding]:
    """Return the findings that freeze ratings in a month and were not taken back."""
    lift = aliased(RedLineFinding)
    return list(
        db_session.scalars(
            select(RedLineFinding)
            .outerjoin(lift, lift.lifts_id == RedLineFinding.id)
            .where(
                RedLineFinding.lifts_id.is_(None),
                lift.id.is_(None),
                RedLineFinding.month <= month,
                RedLineFinding.until_month >= month,
            )
            .order_by(RedLineFinding.id)
        )
    )


def red_lines_in(db_session: Session, month: date) -> dict[int, tuple[str, ...]]:
    """Return which red lines freeze a rating in a month, by the provider's key."""
    lines: dict[int, tuple[str, ...]] = {}
    for one in findings_of(db_session, month):
        lines[one.provider_id] = (*lines.get(one.provider_id, ()), one.red_line)
    return lines


def standing_in_matrix(
    db_session: Session, provider: Provider, scheme: Scheme, scorecard: Scorecard, month: date
) -> ProviderStanding:
    """Return where one provider's scorecard puts it."""
    findings = red_lines_in(db_session, month).get(provider.id, ())
    is_invited = provider.id in invited_ids(db_session)
    cells = assess(scheme, scorecard, provider.field, is_invited=is_invited, findings=findings)
    return ProviderStanding(provider, scorecard, cells, reached(cells), is_invited, findings)


def every_standing(
    db_session: Session, month: date, *, now: datetime, include_demo: bool
) -> tuple[Scheme | None, list[ProviderStanding]]:
    """Return every provider in the matrix of a month, by code; no scheme, no standings."""
    inputs = inputs_by_month(db_session, [month], now=now, include_demo=include_demo).get(month)
    if inputs is None:
        return None, []
    findings, invited = red_lines_in(db_session, month), invited_ids(db_session)
    row_of = {provider_id: row for row, provider_id in enumerate(inputs.provider_ids)}
    standings = []
    for provider in queries.providers(db_session):
        row = row_of.get(provider.id)
        found = findings.get(provider.id, ())
        is_invited = provider.id in invited
        card = None if row is None else inputs.scorecard(row)
        cells: tuple[CellAssessment, ...] = ()
        if card is not None:
            cells = assess(
                inputs.scheme, card, provider.field, is_invited=is_invited, findings=found
            )
        standings.append(ProviderStanding(provider, card, cells, reached(cells), is_invited, found))
    return inputs.scheme, standings


def decisions_of(db_session: Session, provider_id: int) -> list[TierDecision]:
    """Return the decisions about a provider's tier, newest first."""
    return list(
        db_session.scalars(
            select(TierDecision)
            .where(TierDecision.provider_id == provider_id)
            .order_by(TierDecision.id.desc())
        )
    )
