"""Pages of the handbook: contents and search, a chapter, its calculation, lists, all on paper."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, current_app, jsonify, render_template, request, send_file, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.errors import InvalidInputError, NotFoundError
from app.core.i18n import is_english
from app.core.web import ANYONE, SIGNED_IN, access, json_body
from app.handbook import charting
from app.handbook.checklists import shipped_checklists
from app.handbook.examples import work_out
from app.handbook.exercises import exercises_of
from app.handbook.figures import drawn
from app.handbook.labels import GRADE
from app.handbook.loading import shipped_handbook
from app.handbook.printing import book_pdf
from app.handbook.rendering import section_html
from app.handbook.searching import LONGEST_QUERY, search
from app.studio import queries as studio
from app.training.reading import queries as reading
from app.training.reading import services as positions

bp = Blueprint("handbook", __name__, url_prefix="/handbook", template_folder="templates")


@bp.record_once
def check_content(state: BlueprintSetupState) -> None:
    """Read the chapters when the application is made: broken content stops the start.

    Features below the handbook learn its contents from `handbook_outline`.
    """
    book = shipped_handbook()
    shipped_checklists()
    state.app.extensions["handbook_outline"] = {one.number: one.title for one in book.chapters}
    # Every page may lead to a section: by its number, or by the skill that it teaches.
    state.app.jinja_env.globals.update(
        handbook_link=link_of_section, handbook_skill_link=link_of_skill
    )


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
    """Show the contents and where one stopped, or the sections that a search found."""
    query = request.args.get("q", "").strip()[:LONGEST_QUERY]
    book = shipped_handbook()
    held = (
        reading.positions_of(db.session(), current_user.id) if current_user.is_authenticated else []
    )
    return render_template(
        "handbook/index.html",
        book=book,
        query=query,
        longest=LONGEST_QUERY,
        hits=search(book, query) if query else [],
        position=next((one for one in held if book.chapter_or_none(one.chapter)), None),
        finished={one.chapter for one in held if one.is_finished},
    )


@bp.get("/<int:number>")
@access(
    ANYONE,
    fields={"(a figure of the example)": "the reader's own value; a wrong one is told beside it"},
    answers="200 page; 404",
)
def chapter(number: int) -> ResponseReturnValue:
    """Show one chapter, its example worked out with the reader's figures."""
    book = shipped_handbook()
    shown = book.chapter_or_none(number)
    if shown is None:
        raise NotFoundError(f"chapter {number}")
    wanted = set(shown.front.drills)
    example, figure = shown.front.example, shown.front.figure
    numbers = None if figure is None else drawn(figure, example)
    return render_template(
        "handbook/chapter.html",
        chapter=shown,
        html=section_html,
        before=book.chapter_or_none(number - 1),
        after=book.chapter_or_none(number + 1),
        drills=[one for one in studio.public_drills(db.session()) if one.id in wanted],
        grades=GRADE,
        worked=None if example is None else work_out(example, request.args),
        numbers=numbers,
        bars=None if numbers is None else charting.bars_of(numbers),
        lines=None if numbers is None else charting.lines_of(numbers),
        shown_number=charting.number_text,
        exercises=exercises_of(db.session(), shown),
    )


@bp.get("/checklists")
@access(ANYONE, answers="200 page")
def checklists() -> ResponseReturnValue:
    """Show the lists to tick before, during and after a session."""
    return render_template("handbook/checklists.html", lists=shipped_checklists())


@bp.get("/book.pdf")
@access(ANYONE, answers="200 application/pdf, the same bytes every time; 503 fonts_missing")
def book_file() -> ResponseReturnValue:
    """Give the whole handbook as a file."""
    settings: Settings = current_app.config["SETTINGS"]
    return send_file(
        BytesIO(book_pdf(settings, "en" if is_english() else "zh_CN")),
        mimetype="application/pdf",
        as_attachment=True,
        download_name="handbook.pdf",
        etag=False,
    )


@bp.post("/position")
@access(
    SIGNED_IN,
    fields={"chapter": "its number", "anchor": "of the section that is read"},
    answers="200 JSON {finished}; 422 unknown chapter or section",
)
def position() -> ResponseReturnValue:
    """Keep where the reader is."""
    body = json_body()
    number, anchor = body.get("chapter"), body.get("anchor")
    shown = shipped_handbook().chapter_or_none(number) if isinstance(number, int) else None
    anchors = [] if shown is None else [section.anchor for section in shown.sections]
    if shown is None or anchor not in anchors:
        raise InvalidInputError(
            f"position {number!r} {anchor!r}", [{"field": "anchor", "code": "unknown"}]
        )
    person_id = current_user.id
    with transaction() as db_session:
        held = positions.note_position(
            db_session,
            person_id,
            chapter=shown.number,
            anchor=str(anchor),
            is_end=anchor == anchors[-1],
            now=clock.now(),
        )
        is_finished = held.is_finished
    return jsonify({"finished": is_finished})
