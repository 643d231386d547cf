"""Tell certification what the texts about a counted room were marked with."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.certification.written import on_text_marked
from app.marking.events import RoomTextMarked


def on_room_text_marked(db_session: Session, fact: RoomTextMarked) -> None:
    """Hand a marked text's credit on: what it decides stands in the programme."""
    on_text_marked(
        db_session,
        room_session_id=fact.room_session_id,
        part=fact.part,
        credit=fact.credit,
        now=fact.at,
    )
