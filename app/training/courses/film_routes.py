"""Upload a film to a course, and play it piece by piece."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.http import parse_range_header

from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import InvalidInputError
from app.core.web import SIGNED_IN, access
from app.training.courses import clearing, queries, screening
from app.training.courses.errors import FilmRefusedError
from app.training.courses.forms import UploadFilmForm
from app.training.courses.teach_routes import course_page

bp = Blueprint("films", __name__)

PIECE_BYTES = 2 * 1024 * 1024
"""Of a film, sent at once: a slow reader holds a worker for no longer than that takes."""

FORM_BYTES = 4 * 1024 * 1024
"""Captions, picture and fields beside the film."""


@bp.url_value_preprocessor
def allow_films(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Let this form be as large as a film; before anything reads the body."""
    del values
    if endpoint is not None and endpoint.endswith(".add_film"):
        settings: Settings = current_app.config["SETTINGS"]
        request.max_content_length = settings.film_most_mb * screening.MEGABYTE + FORM_BYTES


@bp.post("/teach/<public_id>/films")
@access(
    "lecturer",
    fields={
        "title": "of the part",
        "film": "MP4 or WebM, told by its content, up to FILM_MOST_MB",
        "captions": "WebVTT, or nothing",
        "poster": "PNG or JPEG, or nothing",
    },
    answers="303 to the course; 413; 422 page with film_type, film_codec, film_broken, "
    "film_too_large, film_captions, film_poster or film_quota; 404",
)
def add_film(public_id: str) -> ResponseReturnValue:
    """Take a film in and add it as the course's last part."""
    settings: Settings = current_app.config["SETTINGS"]
    person_id, actor = current_user.id, current_user.actor
    queries.own_course(db.session(), public_id, person_id)  # a stranger's film is not even read
    db.session().rollback()
    form = UploadFilmForm()
    if not form.validate_on_submit():
        return course_page(public_id, film_form=form), 422
    try:
        kept = screening.receive_film(
            settings,
            form.film.data.stream,
            form.captions.data.stream if form.captions.data else None,
            form.poster.data.stream if form.poster.data else None,
        )
        with transaction() as db_session:
            course = queries.own_course(db_session, public_id, person_id, lock=True)
            screening.add_film(
                db_session,
                course,
                (form.title.data or "").strip(),
                kept,
                most_mb=settings.film_most_mb,
                actor=actor,
                now=clock.now(),
            )
    except FilmRefusedError as error:
        return course_page(public_id, problem=message_of(error.code), film_form=form), 422
    except InvalidInputError:
        return course_page(public_id, problem=message_of("course_parts"), film_form=form), 422
    return redirect(url_for("training.courses.teach.course", public_id=public_id), code=303)


@bp.post("/teach/<public_id>/films/<film_id>/delete")
@access("lecturer", answers="303 to the course; 404; 409 film_in_use")
def delete_film(public_id: str, film_id: str) -> ResponseReturnValue:
    """Delete an upload that no part of the course names."""
    person_id, actor = current_user.id, current_user.actor
    with transaction() as db_session:
        course = queries.own_course(db_session, public_id, person_id, lock=True)
        clearing.remove_upload(db_session, course, film_id, actor=actor, now=clock.now())
    return redirect(url_for("training.courses.teach.course", public_id=public_id), code=303)


@bp.get("/media/<public_id>")
@access(
    SIGNED_IN,
    answers="200, or 206 with at most 2 MB of what `Range` asks for; 304 by ETag; 416; 404, also "
    "for who is not in the course",
)
def media(public_id: str) -> ResponseReturnValue:
    """Give a file of a course, or a piece of it, to its lecturer and members."""
    settings: Settings = current_app.config["SETTINGS"]
    found = screening.media_for(db.session(), public_id, current_user.id)
    path, etag, size = screening.path_of(settings, found), found.content_hash, found.size_bytes
    wanted = request.headers.get("Range", "")
    is_same = request.if_range.etag in (None, etag) and request.if_range.date is None
    if not wanted or not is_same:
        response = send_file(path, mimetype=found.content_type, etag=etag, conditional=True)
        response.accept_ranges = "bytes"
    else:
        response = _piece(path.open("rb"), wanted, size)
        response.content_type = found.content_type
        response.set_etag(etag)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _piece(file: Any, wanted: str, size: int) -> Response:
    """Return at most `PIECE_BYTES` of what a `Range` header asks for; browsers ask on."""
    with file:
        asked = parse_range_header(wanted)
        span = asked.range_for_length(size) if asked is not None else None
        if span is None:
            return Response(status=416, headers={"Content-Range": f"bytes */{size}"})
        start, stop = span[0], min(span[1], span[0] + PIECE_BYTES)
        file.seek(start)
        response = Response(file.read(stop - start), status=206)
    response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response.accept_ranges = "bytes"
    return response
