"""The studio's blueprint; the pages of drafts add theirs."""

from __future__ import annotations

from flask import Blueprint

from app.core.error_pages import add_messages
from app.studio.drafts import evidence_routes as evidence_routes  # these add their routes
from app.studio.drafts import labels as draft_labels
from app.studio.drafts import review_routes as review_routes
from app.studio.drafts import routes as routes
from app.studio.drafts import run_routes as run_routes
from app.studio.drafts.blueprint import bp as drafts_bp

bp = Blueprint("studio", __name__, template_folder="templates", url_prefix="/studio")
bp.register_blueprint(drafts_bp)
add_messages(draft_labels.MESSAGES)
