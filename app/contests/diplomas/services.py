"""Issue diplomas when a contest's results are final, and say what one is worth now."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.certification import time_stamps
from app.certification.keys import key_set, signing_keys
from app.contests import queries as contests
from app.contests.diplomas.models import Diploma, DiplomaFile
from app.contests.diplomas.numbers import new_number, normal_number_or_none
from app.contests.events import ContestResultFinal
from app.contests.models import Contest, ContestEntry
from app.core.audit.services import record_act
from app.core.clock import BEIJING
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db, transaction
from app.core.errors import NotFoundError
from certificates.cms import FileSigner, StampingSigner, read_cms
from certificates.errors import StampError
from certificates.keys import KeyUse
from certificates.signed_files import Shape, read_signed_file
from certificates.stamps import TimeStamp

logger = logging.getLogger(__name__)

ACTOR = "system:contest-diplomas"

VALID, REVIEWED, CORRECTED, VOID = "valid", "reviewed", "corrected", "void"
"""What a diploma is worth: it holds; the results are looked at anew; a later one says otherwise;
the contestant was disqualified."""


@dataclass(frozen=True)
class Shown:
    """A diploma as its page shows it.

    Attributes:
        status: What it is worth now.
        successor: Number of the diploma that corrects it; empty if none does.
    """

    diploma: Diploma
    contest: Contest
    entry: ContestEntry
    status: str
    successor: str


def on_result_final(db_session: Session, event: ContestResultFinal) -> None:
    """Issue a diploma to everybody who has a rank, unless the newest one says the same."""
    contest = db_session.get_one(Contest, event.contest_id)
    issued = 0
    for line, entry in contests.results_of(db_session, contest, event.version):
        if line.rank is None or entry.withdrawn_at is not None:
            continue
        held = _newest_or_none(db_session, entry.id)
        if held is not None and _said(held) == (line.rank, line.total_points):
            continue
        db_session.add(
            Diploma(
                number=new_number(event.at.astimezone(BEIJING).year, secrets.randbelow),
                contest_id=contest.id,
                entry_id=entry.id,
                result_version=event.version,
                rank=line.rank,
                name=entry.public_name,
                provider_name=entry.provider_name,
                total_points=line.total_points,
                issued_at=event.at,
            )
        )
        issued += 1
    if issued:
        record_act(
            db_session,
            subject=f"contest:{contest.public_id}",
            action="contest.diplomas_issued",
            actor=ACTOR,
            now=event.at,
            details={"count": issued, "version": event.version},
        )
    db_session.flush()
    logger.info("%r: %d diplomas issued", contest, issued)


def shown_diploma(db_session: Session, typed: str, *, include_demo: bool) -> Shown:
    """Return a diploma by its number, and what it is worth now.

    Raises:
        NotFoundError: If there is no such number.
    """
    number = normal_number_or_none(typed)
    diploma = (
        None
        if number is None
        else db_session.scalar(select(Diploma).where(Diploma.number == number))
    )
    if diploma is None:
        raise NotFoundError("diploma")
    contest = db_session.get_one(Contest, diploma.contest_id)
    if contest.is_demo and not include_demo:
        raise NotFoundError("diploma")
    entry = db_session.get_one(ContestEntry, diploma.entry_id)
    newest = _newest_or_none(db_session, entry.id)
    successor = newest.number if newest is not None and newest.id != diploma.id else ""
    return Shown(diploma, contest, entry, _status(contest, entry, successor), successor)


def sheet_of(
    number: str, *, settings: Settings, field_keys: FieldKeys, page_url: str, now: datetime
) -> tuple[str, bytes]:
    """Return a diploma's number and signed sheet; the first one who asks has it drawn and signed.

    Opens transactions of its own, so it is called outside of one: drawing takes tens of
    milliseconds of CPU. Where the operator named a time-stamping authority, the signature gets its
    time stamp first, by the rule of certificates: for an hour after the issue a sheet waits for an
    authority that is away, then it is signed without one and the audit log says why.

    Args:
        number: As somebody typed it.
        settings: Of this deployment.
        field_keys: Open the signing keys.
        page_url: Where a number is checked, with `NUMBER` for it; printed, and in the QR code.
        now: The moment (aware).

    Raises:
        NotFoundError: If there is no such number.
        KeysMissingError: If it is to be signed and there is no key.
        DiplomaFontsError: If a font is missing.
        TimeStampAwaitedError: If it waits for its time stamp.
    """
    db_session = db.session()
    shown = shown_diploma(db_session, number, include_demo=settings.is_demo)
    diploma_id, found = shown.diploma.id, shown.diploma.number
    held = file_or_none(db_session, diploma_id)
    if held is not None:
        return found, held.data
    keys = signing_keys(db_session, field_keys)
    db_session.expunge(shown.diploma)
    db_session.expunge(shown.contest)
    db_session.rollback()  # drawing, and waiting for a time stamp, holds no connection
    url = page_url.replace("NUMBER", found)
    drawn = _drawn(shown, keys.file, url=url, settings=settings, now=now)
    with transaction() as writing:
        held = file_or_none(writing, diploma_id)
        if held is not None:
            return found, held.data
        file = DiplomaFile(
            diploma_id=diploma_id,
            sha256=sha256(drawn.data).hexdigest(),
            file_kid=keys.file_kid,
            signed_at=now,
            stamped_at=None if drawn.stamp is None else drawn.stamp.at,
            stamped_by=None if drawn.stamp is None else drawn.stamp.authority,
            data=drawn.data,
        )
        try:
            with writing.begin_nested():
                writing.add(file)
        except IntegrityError:  # another download was first
            held = file_or_none(writing, diploma_id)
            if held is None:
                raise
            return found, held.data
        record_act(
            writing,
            subject=f"diploma:{found}",
            action="diploma.signed",
            actor=ACTOR,
            now=now,
            details={"sha256": file.sha256, "file_kid": file.file_kid, **drawn.details},
        )
    return found, drawn.data


@dataclass(frozen=True)
class _Drawn:
    """A sheet that was just signed; `unstamped` says why it lacks a stamp that was wanted."""

    data: bytes
    stamp: TimeStamp | None = None
    unstamped: str = ""

    @property
    def details(self) -> dict[str, str]:
        """What the audit log says of its stamp."""
        if self.stamp is not None:
            at = self.stamp.at.isoformat(timespec="seconds")
            return {"stamped_at": at, "stamped_by": self.stamp.authority}
        return {"unstamped": self.unstamped} if self.unstamped else {}


def _drawn(
    shown: Shown, signer: FileSigner, *, url: str, settings: Settings, now: datetime
) -> _Drawn:
    """Draw and sign a sheet, with a time stamp where there is an authority."""
    # Imported here: only who downloads a sheet for the first time pays for ReportLab.
    from app.contests.diplomas.drawing import draw_diploma

    def draw(by: FileSigner | StampingSigner) -> bytes:
        fonts_dir = settings.fonts_dir
        return draw_diploma(shown.diploma, shown.contest, url=url, fonts_dir=fonts_dir, signer=by)

    authority = time_stamps.authority_of(settings)
    if authority is None:
        return _Drawn(draw(signer))
    given: list[TimeStamp] = []

    def token_over(value: bytes) -> bytes:
        given.append(authority.stamp(value))
        return given[-1].token

    try:
        authority.check_not_away()  # before the sheet is drawn in vain
        return _Drawn(draw(StampingSigner(signer, token_over)), given[-1])
    except StampError as error:
        number = shown.diploma.number
        if time_stamps.waits(shown.diploma.issued_at, now):
            raise time_stamps.TimeStampAwaitedError(f"{number}: {error}") from error
        logger.error("diploma %s is signed without a time stamp: %s", number, error)  # noqa: TRY400 - an operator needs the reason, not the way to it
        return _Drawn(draw(signer), unstamped=error.code)


@dataclass(frozen=True)
class Verdict:
    """What a file is that somebody gave as a diploma.

    Attributes:
        code: `genuine`; `other` (signed here, but no diploma); `altered`, `extended`, `unsigned`,
            `not_a_pdf`.
        number: Of the diploma, if it is one.
    """

    code: str
    number: str = ""


def verdict_on(db_session: Session, data: bytes, *, issuer: str, include_demo: bool) -> Verdict:
    """Say what a file is: its registered bytes and its signature must both hold."""
    file = read_signed_file(data)
    row = db_session.execute(
        select(Diploma.number, Contest.is_demo)
        .join(DiplomaFile, DiplomaFile.diploma_id == Diploma.id)
        .join(Contest, Contest.id == Diploma.contest_id)
        .where(DiplomaFile.sha256 == sha256(data).hexdigest())
    ).one_or_none()
    if file.shape is not Shape.SIGNED:
        return Verdict("altered" if file.shape is Shape.ODD else file.shape.value)
    signers = key_set(db_session, issuer).of_use(KeyUse.FILE)
    is_ours = any(read_cms(file.cms, file.digest, key.chain) for key in signers)
    if not is_ours:
        return Verdict("altered")
    if row is None or (row.is_demo and not include_demo):
        return Verdict("other")
    return Verdict("genuine", row.number)


def file_or_none(db_session: Session, diploma_id: int) -> DiplomaFile | None:
    """Return a diploma's signed file, if somebody has asked for it already."""
    return db_session.scalar(select(DiplomaFile).where(DiplomaFile.diploma_id == diploma_id))


def diplomas_by_entry(db_session: Session, contest_id: int) -> dict[int, str]:
    """Return the number of each entry's newest diploma."""
    rows = db_session.execute(
        select(Diploma.entry_id, Diploma.number)
        .where(Diploma.contest_id == contest_id)
        .order_by(Diploma.id)
    )
    return {row.entry_id: row.number for row in rows}  # of several the newest, which comes last


def _status(contest: Contest, entry: ContestEntry, successor: str) -> str:
    if entry.withdrawn_at is not None:
        return VOID
    if successor:
        return CORRECTED
    return VALID if contest.state == "final" else REVIEWED


def _newest_or_none(db_session: Session, entry_id: int) -> Diploma | None:
    return db_session.scalar(
        select(Diploma).where(Diploma.entry_id == entry_id).order_by(Diploma.id.desc()).limit(1)
    )


def _said(diploma: Diploma) -> tuple[int, float]:
    return diploma.rank, diploma.total_points
