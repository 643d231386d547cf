"""The scheme document 认证方案: what a level demands and how it is judged.

Seventeen sections, as a scheme for the certification of persons states them. Whatever is a number
here is the programme's, the blueprint's or the scenario's; nothing is written twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification import presenting as certification_words
from app.certification import queries as certification
from app.certification.models import ProgrammeVersion
from app.core.config import Settings
from app.core.i18n import local_date
from app.programmes import drawing
from app.programmes.labels import title_of
from app.programmes.scheme_sections import bodies_of
from certificates.pdf.booklet import Booklet, Section
from certificates.programmes import CertificationProgramme


@dataclass(frozen=True)
class SchemeRow:
    """One programme in the list of schemes."""

    programme: CertificationProgramme
    published_at: datetime
    summary: str


@dataclass(frozen=True)
class SchemeDocument:
    """The scheme of one version of a programme.

    Attributes:
        programme: The version.
        published_at: When it was published.
        versions: Every published version, newest first.
        sections: The document.
    """

    programme: CertificationProgramme
    published_at: datetime
    versions: list[int]
    sections: tuple[Section, ...]


def scheme_rows(db_session: Session) -> list[SchemeRow]:
    """Return the newest version of each programme that is no demonstration, by level."""
    return [
        SchemeRow(
            one,
            _published(db_session, one.id)[one.version],
            certification_words.summary_words(db_session, one),
        )
        for one in certification.programmes(db_session)
        if not one.is_demo
    ]


def scheme_of(db_session: Session, programme_id: str, version: str | None) -> SchemeDocument:
    """Return the scheme document of a programme.

    Args:
        db_session: A session to read with.
        programme_id: A published programme.
        version: A published version; None for the newest.

    Raises:
        NotFoundError: If there is none.
    """
    if version is None:
        programme = certification.newest_programme(db_session, programme_id)
    else:
        programme = certification.programme_of(db_session, f"{programme_id}@{version}")
    published = _published(db_session, programme_id)
    bodies = bodies_of(db_session, programme, published)
    return SchemeDocument(
        programme=programme,
        published_at=published[programme.version],
        versions=sorted(published, reverse=True),
        sections=tuple(
            Section(number, title, tuple(str(line) for line in lines), table)
            for number, (title, lines, table) in enumerate(bodies, 1)
        ),
    )


def drawn(document: SchemeDocument, settings: Settings) -> bytes:
    """Return the document as a PDF file, the same bytes every time.

    Raises:
        FontsUnavailableError: If the fonts are not where the set-up puts them.
    """
    programme = document.programme
    booklet = Booklet(
        title=gettext("%(title)s认证方案", title=title_of(programme)),
        subtitle=gettext(
            "第 %(n)s 版 · %(day)s 发布", n=programme.version, day=local_date(document.published_at)
        ),
        footer=gettext("操盘手认证专家委员会"),
        sections=document.sections,
    )
    return drawing.draw(booklet, settings)


def _published(db_session: Session, programme_id: str) -> dict[int, datetime]:
    rows = db_session.execute(
        select(ProgrammeVersion.version, ProgrammeVersion.published_at).where(
            ProgrammeVersion.programme_id == programme_id
        )
    )
    return {row.version: row.published_at for row in rows}
