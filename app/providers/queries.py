"""Reads of providers."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session


def invitations_for(db_session: Session, person_id: int) -> list[Any]:
    return []
