"""What certificates stand between a provider and its next tier: the fewest exams."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.providers import standings
from app.providers.errors import NoSchemeError
from app.providers.models import Provider
from app.providers.months import computed_at, last_complete_month
from app.providers.queries import schemes
from app.providers.rules.standing import invited_ids, red_lines_in
from app.providers.schemes import scheme_for_month
from app.providers.tiers import CellAssessment, ExamPlan, assess, fewest_exams, next_above


@dataclass(frozen=True)
class NextTier:
    """The next cell of the matrix and how certificates lead there.

    Attributes:
        assessment: The cell, with everything that is missing.
        plan: The fewest exams; None if no number of them is enough.
    """

    assessment: CellAssessment
    plan: ExamPlan | None


def next_tier(
    db_session: Session, provider: Provider, *, include_demo: bool, now: datetime
) -> NextTier | None:
    """Return the next tier of a provider; None at the top, or without scheme and figures."""
    month = last_complete_month(now)
    try:
        scheme = scheme_for_month(schemes(db_session), month)
    except NoSchemeError:
        return None
    scorecard = standings.scorecard_of(
        db_session, provider.id, month, at=computed_at(month, now), include_demo=include_demo
    )
    above = next_above(
        assess(
            scheme,
            scorecard,
            provider.field,
            is_invited=provider.id in invited_ids(db_session),
            findings=red_lines_in(db_session, month).get(provider.id, ()),
        ),
        provider.tier,
    )
    if above is None:
        return None
    return NextTier(above, fewest_exams(scheme, scorecard, above.cell))
