"""Begin a scenario of one's own from a draft."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.studio.drafts.drafting import create_draft
from app.studio.drafts.models import ScenarioDraft


def copy_of(
    db_session: Session, draft: ScenarioDraft, *, author_id: int, actor: str, now: datetime
) -> ScenarioDraft:
    """Begin a scenario of its own from a draft as it stands, whatever its stage.

    What is made of an organisation's data stays so.

    Args:
        db_session: The session of the caller's transaction.
        draft: One that the author may see.
        author_id: Who begins the copy.
        actor: The same person, for the audit log.
        now: The moment (aware).
    """
    return create_draft(
        db_session,
        author_id=author_id,
        body=draft.body,
        origin=f"copy:{draft.public_id}",
        actor=actor,
        now=now,
        yardstick=draft.yardstick,
        organisation=draft.organisation,
    )
