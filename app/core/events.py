"""Facts that a lower feature publishes; who listens is one table in the factory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

Handlers = Mapping[type, Sequence[Callable[..., None]]]


def publish(db_session: Session, fact: Any) -> None:
    """Run the fact's handlers now, in the same transaction; their errors propagate."""
    for handler in current_app.extensions["handlers"].get(type(fact), ()):
        handler(db_session, fact)
