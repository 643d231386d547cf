"""Something to look at in the demonstration's studio: a draft in work, one in review."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts.queries import person_of_account_or_none
from app.core import clock
from app.core.db import transaction
from app.studio import queries as versions
from app.studio.drafts import deciding, drafting, runs
from app.studio.drafts.models import ScenarioDraft

AUTHOR = "committee@demo.example"
COLLEAGUE = "committee2@demo.example"

IN_WORK = ("f1", "夜场女装 · 换季清仓", (("audience.public_per_min", 27), ("market.pool", 2600)))
IN_REVIEW = ("f2", "家居百货 · 周末大场", (("audience.public_wave_sd", 0.3),))


def draft_demo_scenarios() -> None:
    """Begin the two drafts, unless the studio has some already."""
    now = clock.now()
    with transaction() as db_session:
        if db_session.scalar(select(ScenarioDraft.id).limit(1)) is not None:
            return
        for account, (base, title, changes) in ((AUTHOR, IN_WORK), (COLLEAGUE, IN_REVIEW)):
            person = person_of_account_or_none(db_session, account)
            if person is None:
                return
            scenario = versions.public_scenario_of(db_session, base)
            draft = drafting.begin_from(
                db_session,
                versions.version_of(db_session, scenario.ref),
                as_version=False,
                title=title,
                author_id=person.id,
                actor=f"person:{person.public_id}",
                now=now,
            )
            drafting.change(
                db_session,
                draft,
                list(changes),
                revision=draft.revision,
                person_id=person.id,
                actor=f"person:{person.public_id}",
                now=now,
            )
            if account == COLLEAGUE:
                deciding.submit(
                    db_session,
                    draft,
                    revision=draft.revision,
                    person_id=person.id,
                    actor=f"person:{person.public_id}",
                    now=now,
                )
                # Minutes of computing that nobody asked for: a reviewer may ask for it again.
                runs.cancel_runs(db_session, draft, now=now)
