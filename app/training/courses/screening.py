"""Films of a course: take one in, and let those who are in the course see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.core.config import Settings
from app.core.errors import InvalidInputError, NotFoundError
from app.training.courses.authoring import add_part
from app.training.courses.errors import FilmRefusedError
from app.training.courses.films import (
    MOST_CAPTIONS_BYTES,
    MOST_POSTER_BYTES,
    FilmError,
    check_captions,
    film_type,
    poster_type,
)
from app.training.courses.models import Cohort, CohortMember, Course, CourseMedia
from app.training.courses.parts import MOST_PARTS
from app.training.courses.recording import audit
from app.training.courses.shelf import Shelf

MEGABYTE = 1024 * 1024

MOST_FILMS_OF_COURSE = 20
"""A course holds as many bytes as so many films of the largest size."""


@dataclass(frozen=True)
class KeptFile:
    """A file on the shelf that no course names yet."""

    kind: str
    content_hash: str
    content_type: str
    size_bytes: int


@dataclass(frozen=True)
class KeptFilm:
    """A film with what belongs to it."""

    film: KeptFile
    captions: KeptFile | None
    poster: KeptFile | None

    @property
    def files(self) -> tuple[KeptFile, ...]:
        return tuple(one for one in (self.film, self.captions, self.poster) if one is not None)


def shelf_of(settings: Settings) -> Shelf:
    """Return the folder of a deployment's uploaded files."""
    return Shelf(settings.instance_dir / "media")


def receive_film(
    settings: Settings,
    film: IO[bytes],
    captions: IO[bytes] | None,
    poster: IO[bytes] | None,
) -> KeptFilm:
    """Check what was uploaded and put it on the shelf; takes seconds, so never in a transaction.

    Small files are checked before the film, so that a wrong caption costs no copy of the film.

    Raises:
        FilmRefusedError: Naming the field and what is wrong with it.
    """
    shelf = shelf_of(settings)
    field = "captions"
    try:
        text = None if captions is None else captions.read(MOST_CAPTIONS_BYTES + 1)
        if text is not None:
            check_captions(text)
        field = "poster"
        picture = None if poster is None else poster.read(MOST_POSTER_BYTES + 1)
        picture_type = "" if picture is None else poster_type(picture)
        field = "film"
        with shelf.receiving(film, most_bytes=settings.film_most_mb * MEGABYTE) as received:
            kind = film_type(received.file)
            shelf.keep(received)
    except FilmError as error:
        raise FilmRefusedError(error.code, field) from error
    return KeptFilm(
        KeptFile("film", received.content_hash, kind, received.size_bytes),
        None if text is None else _kept(shelf, "captions", text, "text/vtt; charset=utf-8"),
        None if picture is None else _kept(shelf, "poster", picture, picture_type),
    )


def _kept(shelf: Shelf, kind: str, data: bytes, content_type: str) -> KeptFile:
    return KeptFile(kind, shelf.keep_bytes(data), content_type, len(data))


def add_film(
    db_session: Session,
    course: Course,
    title: str,
    kept: KeptFilm,
    *,
    most_mb: int,
    actor: str,
    now: datetime,
) -> None:
    """Add a film to a locked course as its last part.

    Args:
        db_session: The session of the caller's transaction.
        course: The lecturer's own, locked.
        title: Of the part.
        kept: Of `receive_film`.
        most_mb: The largest film of the deployment; the course's quota follows from it.
        actor: `person:<public id>` of the lecturer.
        now: The moment (aware).

    Raises:
        FilmRefusedError: If the course has no room for it.
        InvalidInputError: If it has as many parts as it may have, or the title is none.
    """
    if len(course.parts) >= MOST_PARTS:
        raise InvalidInputError("parts", [{"field": "kind", "code": "too_many"}])
    held = db_session.scalar(
        select(func.coalesce(func.sum(CourseMedia.size_bytes), 0)).where(
            CourseMedia.course_id == course.id, CourseMedia.public_id.in_(media_ids(course))
        )
    )
    if int(held or 0) + kept.film.size_bytes > MOST_FILMS_OF_COURSE * most_mb * MEGABYTE:
        raise FilmRefusedError("film_quota", "film")
    rows = {
        one.kind: CourseMedia(
            course_id=course.id,
            kind=one.kind,
            content_hash=one.content_hash,
            content_type=one.content_type,
            size_bytes=one.size_bytes,
            at=now,
        )
        for one in kept.files
    }
    db_session.add_all(rows.values())
    db_session.flush()
    names = {kind: row.public_id for kind, row in rows.items()}
    add_part(db_session, course, {"kind": "film", "title": title, **names})
    audit(db_session, f"course:{course.public_id}", "film_added", actor, now)


def media_ids(course: Course) -> set[str]:
    """Return the public ids of the files that a course's parts name."""
    return {
        one[name]
        for one in course.parts
        if one["kind"] == "film"
        for name in ("film", "captions", "poster")
        if one.get(name)
    }


def media_for(db_session: Session, public_id: str, person_id: int) -> CourseMedia:
    """Return a file of a course that somebody teaches or is a member of.

    Raises:
        NotFoundError: If there is none, they are neither, or the course shows it no more.
    """
    is_member = (
        select(CohortMember.id)
        .join(Cohort, Cohort.id == CohortMember.cohort_id)
        .where(Cohort.course_id == Course.id, CohortMember.person_id == person_id)
        .exists()
    )
    row = db_session.execute(
        select(CourseMedia, Course)
        .join(Course, Course.id == CourseMedia.course_id)
        .where(
            CourseMedia.public_id == public_id,
            or_(Course.lecturer_id == person_id, is_member),
        )
    ).one_or_none()
    if row is None or public_id not in media_ids(row[1]):
        raise NotFoundError(f"media {public_id} for {person_id}")
    return row[0]


def path_of(settings: Settings, media: CourseMedia) -> Path:
    """Return where a file's content lies.

    Raises:
        NotFoundError: If the shelf has lost it.
    """
    path = shelf_of(settings).path_of(media.content_hash)
    if not path.is_file():
        raise NotFoundError(f"content {media.content_hash}")
    return path
