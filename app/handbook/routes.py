"""Pages of the handbook: the contents with a search, and one chapter."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from app.core.db import db
from app.core.errors import NotFoundError
from app.core.web import ANYONE, access
from app.handbook.labels import GRADE
from app.handbook.loading import shipped_handbook
from app.handbook.rendering import section_html
from app.handbook.searching import LONGEST_QUERY, search
from app.studio import queries as studio

bp = Blueprint("handbook", __name__, url_prefix="/handbook", template_folder="templates")


@bp.record_once
def check_content(state: BlueprintSetupState) -> None:
    """Read the chapters when the application is made: broken content stops the start."""
    shipped_handbook()


@bp.app_context_processor
def links() -> dict[str, object]:
    """Let every page lead to a section: by its number, or by the skill that it teaches."""
    return {"handbook_link": link_of_section, "handbook_skill_link": link_of_skill}


def link_of_section(number: str) -> str:
    """Return the address of a section; empty if the handbook has none with this number."""
    place = shipped_handbook().section_or_none(number)
    if place is None:
        return ""
    return url_for("handbook.chapter", number=place[0].number, _anchor=place[1].anchor)


def link_of_skill(skill: str) -> str:
    """Return the address of the section that teaches a skill; empty if there is none."""
    return link_of_section(shipped_handbook().number_of_skill(skill))


@bp.get("")
@access(ANYONE, fields={"q": "words to look for"}, answers="200 page")
def index() -> ResponseReturnValue:
    """Show the contents, or the sections that a search found."""
    query = request.args.get("q", "").strip()[:LONGEST_QUERY]
    book = shipped_handbook()
    return render_template(
        "handbook/index.html",
        book=book,
        query=query,
        longest=LONGEST_QUERY,
        hits=search(book, query) if query else [],
    )


@bp.get("/<int:number>")
@access(ANYONE, answers="200 page; 404")
def chapter(number: int) -> ResponseReturnValue:
    """Show one chapter."""
    book = shipped_handbook()
    shown = book.chapter_or_none(number)
    if shown is None:
        raise NotFoundError(f"chapter {number}")
    wanted = set(shown.front.drills)
    return render_template(
        "handbook/chapter.html",
        chapter=shown,
        html=section_html,
        before=book.chapter_or_none(number - 1),
        after=book.chapter_or_none(number + 1),
        drills=[one for one in studio.public_drills(db.session()) if one.id in wanted],
        grades=GRADE,
    )
