"""The first page: the path and one next step, or what the product is for a visitor."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core.web import ANYONE, access

bp = Blueprint("home", __name__, template_folder="templates")


@bp.get("/")
@access(ANYONE, answers="200 landing page for a visitor; each role its own first page")
def index() -> ResponseReturnValue:
    """Show a visitor what this is; show a candidate the next step."""
    if not current_user.is_authenticated:
        return render_template("landing.html", demo_signins=[])
    return render_template("landing.html", demo_signins=[])
