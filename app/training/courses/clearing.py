"""Uploads that no part names any more: their teacher deletes them, a job clears the shelf.

Deleting is a fact about the rows. A content leaves the disk later and only if no row that stands
names it: the same film may be another course's, or may just be coming in again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core.config import Settings
from app.core.db import db
from app.core.errors import NotFoundError
from app.training.courses.errors import FilmInUseError
from app.training.courses.models import Course, CourseMedia, CourseMediaRemoval
from app.training.courses.recording import audit
from app.training.courses.screening import media_ids, shelf_of

UNNAMED_FOR = timedelta(hours=1)
"""A content without a row is younger than that while its upload is being finished."""


@dataclass(frozen=True)
class SpareUpload:
    """A film that no part names, with the captions and the picture that came with it.

    Attributes:
        public_id: Of the film.
        at: When it was uploaded.
        size_bytes: Of all its files.
    """

    public_id: str
    at: datetime
    size_bytes: int


def spare_uploads(db_session: Session, course: Course) -> list[SpareUpload]:
    """Return the uploads of a course that its parts do not name, the newest first."""
    named = media_ids(course)
    return [
        SpareUpload(files[0].public_id, files[0].at, sum(one.size_bytes for one in files))
        for files in _uploads(db_session, course)
        if not named & {one.public_id for one in files}
    ]


def remove_upload(
    db_session: Session, course: Course, public_id: str, *, actor: str, now: datetime
) -> None:
    """Delete an upload of a locked course: nobody is given it any more.

    Args:
        db_session: The session of the caller's transaction.
        course: The lecturer's own, locked.
        public_id: Of the film.
        actor: `person:<public id>` of the lecturer.
        now: The moment (aware).

    Raises:
        NotFoundError: If the course has no such film, or it was deleted.
        FilmInUseError: If a part names it: that is taken out first.
    """
    for files in _uploads(db_session, course):
        if files[0].public_id == public_id:
            if media_ids(course) & {one.public_id for one in files}:
                raise FilmInUseError(f"media {public_id}")
            db_session.add_all(CourseMediaRemoval(media_id=one.id, at=now) for one in files)
            db_session.flush()
            audit(db_session, f"course:{course.public_id}", "film_deleted", actor, now)
            return
    raise NotFoundError(f"media {public_id} of {course!r}")


def clear_shelf(settings: Settings, *, now: datetime) -> int:
    """Take contents off the disk that no standing row names; return how many.

    Nothing young is touched: an upload lies on the shelf before its row is committed, and putting
    the same content there again makes it young.
    """
    found = 0
    db_session = db.session()
    for path in shelf_of(settings).contents():
        age_s = now.timestamp() - path.stat().st_mtime
        if age_s > UNNAMED_FOR.total_seconds() and not _is_named(db_session, path.name):
            path.unlink(missing_ok=True)
            found += 1
    return found


def _uploads(db_session: Session, course: Course) -> list[list[CourseMedia]]:
    """Return the files of each upload, the newest first: a film, and what came in after it."""
    rows = db_session.scalars(
        _standing().where(CourseMedia.course_id == course.id).order_by(CourseMedia.id)
    )
    found: list[list[CourseMedia]] = []
    for one in rows:  # rows of a course are added under its lock, the film's first
        if one.kind == "film":
            found.append([])
        found[-1].append(one)
    return found[::-1]


def _standing() -> Select[CourseMedia]:
    removed = select(CourseMediaRemoval.id).where(CourseMediaRemoval.media_id == CourseMedia.id)
    return select(CourseMedia).where(~removed.exists())


def _is_named(db_session: Session, content_hash: str) -> bool:
    named = _standing().where(CourseMedia.content_hash == content_hash).limit(1)
    return db_session.scalar(named) is not None
