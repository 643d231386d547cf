"""Something to look at among the demonstration's playtests: one that its author has ended."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts.queries import person_of_account_or_none
from app.core import clock
from app.core.db import transaction
from app.library.playing import services, weighing
from app.library.playing.models import Playtest
from app.studio.drafts.demo import AUTHOR
from app.studio.drafts.models import ScenarioDraft
from app.studio.drafts.standing import Stage

TAKEN_OVER_MIN = 45
"""Until then a competent operator plays; then the author gives the levers back to the host."""


def play_demo_draft() -> None:
    """Play the draft in work once, unless somebody has played one already."""
    now = clock.now()
    with transaction() as db_session:
        person = person_of_account_or_none(db_session, AUTHOR)
        if person is None or db_session.scalar(select(Playtest.id).limit(1)) is not None:
            return
        draft = db_session.scalar(
            select(ScenarioDraft)
            .where(
                ScenarioDraft.author_id == person.id,
                ScenarioDraft.stage == Stage.DRAFT.value,
                ScenarioDraft.organisation.is_(None),
            )
            .limit(1)
        )
        if draft is None:
            return
        playtest = services.begin(
            db_session,
            draft,
            person.id,
            player="competent",
            minute=TAKEN_OVER_MIN,
            actor=f"person:{person.public_id}",
            now=now,
        )
        services.finish(playtest, now=now)
    weighing.weigh_playtests(now=now)  # at once: copies of the demonstration need not
