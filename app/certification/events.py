"""Facts about credentials that features above certification listen to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class CredentialChanged:
    """Something happened to a credential; told in the transaction in which it happens.

    Attributes:
        event_id: Of the row that says so.
        number: Of the credential.
        person_id: Its holder.
        level: Code of its level.
        kind: `issued`, `suspended`, `reinstated`, `revoked` or `superseded`.
        at: The moment (aware).
        successor: Number of what took its place.
    """

    event_id: int
    number: str
    person_id: int
    level: str
    kind: str
    at: datetime
    successor: str | None = None
