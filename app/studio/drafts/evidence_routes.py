"""What is known about a draft, and how its texts look to a candidate."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core.db import db
from app.core.web import access
from app.studio.drafts import evidence, queries
from app.studio.drafts.blueprint import READERS, bp


@bp.get("/drafts/<public_id>/checks")
@access(*READERS, answers="200 page; 404")
def checks(public_id: str) -> ResponseReturnValue:
    """Show checks, luck, tricks that were tried, sensitivities, near twins and the trial."""
    db_session = db.session()
    draft = queries.draft_of(db_session, public_id, current_user.id)
    return render_template(
        "studio/checks.html", draft=draft, **evidence.evidence_page(db_session, draft)
    )


@bp.get("/drafts/<public_id>/texts")
@access(*READERS, answers="200 page; 404")
def texts(public_id: str) -> ResponseReturnValue:
    """Show the draft's texts as a candidate meets them in the cockpit."""
    draft = queries.draft_of(db.session(), public_id, current_user.id)
    return render_template("studio/texts.html", draft=draft, body=draft.body)
