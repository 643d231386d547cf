"""What a version of a scheme would change: every provider's month by the old and by the new one.

Two scorings of the same facts are compared; nothing of it is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from app.providers import queries
from app.providers.five_force import Scorecard
from app.providers.models import Provider
from app.providers.month_inputs import MonthInputs, inputs_by_month
from app.providers.rules.standing import invited_ids, red_lines_in
from app.providers.schemes import Scheme
from app.providers.tiers import assess, reached


@dataclass(frozen=True, slots=True)
class Moved:
    """One provider before and after.

    Attributes:
        tier_before: The highest tier whose cell it reaches; None if none.
        place_before: Among all by the total; equal totals share a place.
    """

    provider_id: int
    total_before: Decimal
    total_after: Decimal
    rating_before: str
    rating_after: str
    tier_before: str | None
    tier_after: str | None
    place_before: int
    place_after: int

    @property
    def difference(self) -> Decimal:
        return self.total_after - self.total_before


@dataclass(frozen=True, slots=True)
class Effect:
    """What a version changes in one month.

    Attributes:
        moved: Every provider with figures, the largest difference first.
    """

    month: date
    before_ref: str
    after_ref: str
    moved: tuple[Moved, ...]

    def count(self, sign: int) -> int:
        """Return how many go up (1), down (-1) or stay (0)."""
        signs = Counter((one.difference > 0) - (one.difference < 0) for one in self.moved)
        return signs[sign]

    @property
    def rating_changes(self) -> int:
        return sum(one.rating_before != one.rating_after for one in self.moved)

    @property
    def tier_changes(self) -> int:
        return sum(one.tier_before != one.tier_after for one in self.moved)


def effect_of(
    db_session: Session, scheme: Scheme, month: date, *, now: datetime, include_demo: bool
) -> Effect | None:
    """Score a month's facts by the version in effect and by another.

    Args:
        db_session: A session to read with.
        scheme: The version that is to come; its `effective_on` plays no part here.
        month: First day of the month whose facts are taken.
        now: The present moment (aware).
        include_demo: Whether demonstration certificates count.

    Returns:
        The effect; None if no version is in effect in the month: there is nothing to compare with.
    """
    old = inputs_by_month(db_session, [month], now=now, include_demo=include_demo).get(month)
    trial = scheme.model_copy(update={"effective_on": month})
    new = inputs_by_month(
        db_session, [month], now=now, include_demo=include_demo, schemes=[trial]
    ).get(month)
    if old is None or new is None:
        return None
    fields = {one.id: one.field for one in queries.providers(db_session)}
    invited = invited_ids(db_session)
    findings = red_lines_in(db_session, month)
    before = _scored(old, fields, invited, findings)
    after = _scored(new, fields, invited, findings)
    places_before = _places([card.total for card, _ in before.values()])
    places_after = _places([card.total for card, _ in after.values()])
    moved = [
        Moved(
            provider_id=provider_id,
            total_before=before[provider_id][0].total,
            total_after=card.total,
            rating_before=before[provider_id][0].rating,
            rating_after=card.rating,
            tier_before=before[provider_id][1],
            tier_after=tier,
            place_before=places_before[before[provider_id][0].total],
            place_after=places_after[card.total],
        )
        for provider_id, (card, tier) in after.items()
        # Somebody with figures of one version's modules only cannot be compared.
        if provider_id in before
    ]
    moved.sort(key=lambda one: (-abs(one.difference), one.provider_id))
    return Effect(month, old.scheme.ref, scheme.ref, tuple(moved))


def _scored(
    inputs: MonthInputs,
    fields: Mapping[int, str],
    invited: Collection[int],
    findings: Mapping[int, Collection[str]],
) -> dict[int, tuple[Scorecard, str | None]]:
    out: dict[int, tuple[Scorecard, str | None]] = {}
    for row, provider_id in enumerate(inputs.provider_ids):
        card = inputs.scorecard(row)
        best = reached(
            assess(
                inputs.scheme,
                card,
                fields[provider_id],
                is_invited=provider_id in invited,
                findings=findings.get(provider_id, ()),
            )
        )
        out[provider_id] = card, best.cell.tier if best else None
    return out


def _places(totals: Sequence[Decimal]) -> dict[Decimal, int]:
    """Return the place of each total: one more than how many are strictly higher."""
    places: dict[Decimal, int] = {}
    for place, total in enumerate(sorted(totals, reverse=True), start=1):
        places.setdefault(total, place)
    return places


def names_of(db_session: Session) -> dict[int, Provider]:
    """Return every provider by its key."""
    return {one.id: one for one in queries.providers(db_session)}
