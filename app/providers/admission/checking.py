"""What an applicant meets and what is missing: the scheme's own rules on declared figures.

The figures are declared and the certificates are looked up; an operator whose employment runs
elsewhere is no operator of the applicant's. It is a foretaste, never a score: that counts
confirmed employments only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification.queries import valid_credentials
from app.providers import queries
from app.providers.errors import NoSchemeError
from app.providers.five_force import Reading, Scorecard, score
from app.providers.models import Employment
from app.providers.months import last_complete_month
from app.providers.queries import running_at
from app.providers.schemes import Scheme, scheme_for_month
from app.providers.tiers import CellAssessment, assess, reached
from certificates.levels import Level


@dataclass(frozen=True, slots=True)
class Checked:
    """An application held against the scheme.

    Attributes:
        operators: Whom the certificates name, by their highest level.
        unknown: Numbers of no valid certificate.
        elsewhere: Numbers whose holder works for a provider.
        cells: Its field's cells without those by invitation, the highest tier first.
    """

    scheme: Scheme
    scorecard: Scorecard
    operators: Mapping[Level, int]
    unknown: tuple[str, ...]
    elsewhere: tuple[str, ...]
    cells: tuple[CellAssessment, ...]

    @property
    def reached(self) -> CellAssessment | None:
        """The highest cell that is met; None if the applicant meets none."""
        return reached(self.cells)

    @property
    def least(self) -> CellAssessment | None:
        """The lowest cell: what admission takes at least; None if the field has none."""
        return self.cells[-1] if self.cells else None


def scheme_now(db_session: Session, now: datetime) -> Scheme | None:
    """Return the scheme that an application is held against; None before one is in effect."""
    try:
        return scheme_for_month(queries.schemes(db_session), last_complete_month(now))
    except NoSchemeError:
        return None


def check(
    db_session: Session,
    scheme: Scheme,
    field: str,
    declared: Mapping[str, Decimal],
    numbers: Sequence[str],
    *,
    include_demo: bool,
    now: datetime,
) -> Checked:
    """Hold what somebody declares against the cells of a field.

    Args:
        db_session: A session to read with.
        scheme: The version.
        field: What the company serves.
        declared: Values by the id of module or figure; what has no entry is missing.
        numbers: Of certificates.
        include_demo: Whether demonstration certificates count.
        now: The moment (aware): what is valid and who works where.
    """
    valid = valid_credentials(now, include_demo=include_demo).subquery()
    rows = db_session.execute(
        select(valid.c.person_id, valid.c.level, valid.c.number, Employment.id.label("elsewhere"))
        .outerjoin(Employment, (Employment.person_id == valid.c.person_id) & running_at(now))
        .where(valid.c.number.in_(numbers))
    ).all()
    known = {row.number for row in rows}
    best: dict[int, Level] = {}
    for row in rows:
        level = Level(row.level)
        held = best.get(row.person_id)
        if row.elsewhere is None and (held is None or level.number > held.number):
            best[row.person_id] = level
    operators = {level: list(best.values()).count(level) for level in Level}
    columns = {column.id for column in scheme.columns}
    readings = {key: Reading(value) for key, value in declared.items() if key in columns}
    card = score(scheme, readings, operators)
    cells = assess(scheme, card, field)
    return Checked(
        scheme=scheme,
        scorecard=card,
        operators=operators,
        unknown=tuple(one for one in numbers if one not in known),
        elsewhere=tuple(row.number for row in rows if row.elsewhere is not None),
        cells=tuple(one for one in cells if not one.cell.by_invitation),
    )
