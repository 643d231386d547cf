"""Facts about a provider's people that features above listen to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class EmploymentChanged:
    """An employment began or ended; told in the transaction in which it happens.

    Attributes:
        employment_id: Public id of the employment.
        provider_id: Key of the provider.
        person_id: Key of the operator.
        kind: `started` or `ended`.
        at: The moment (aware).
    """

    employment_id: str
    provider_id: int
    person_id: int
    kind: str
    at: datetime
