"""What the scorecard shows of a month's settlements and objections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.providers.exact import from_hundredths
from app.providers.models import Provider
from app.providers.objections import labels, queries, services
from app.providers.standings import Standing
from app.providers.wording import column_name


def settlement_data(
    db_session: Session, provider: Provider, standing: Standing, *, now: datetime
) -> dict[str, Any]:
    """Return a month's settlements, its objections, and until when it may be objected to."""
    revisions = services.revisions_of(db_session, provider.id, standing.month)
    columns = {one.id: column_name(one) for one in standing.scheme.columns}
    until = services.objectable_until(revisions[-1]) if revisions else None
    return {
        "revisions": revisions,
        "objections": [
            (one, columns.get(one.column_id, one.column_id))
            for one in queries.objections_of(db_session, provider.id, standing.month)
        ],
        "objectable_until": until,
        "is_objectable": until is not None and now <= until,
        "objection_state": labels.STATE,
        "objection_tone": labels.STATE_TONE,
        "from_hundredths": from_hundredths,
    }
