"""Objections and applications for programs: what they ask, what they are answered.

A provider's program files and withdraws objections as the page does, by the same rules; what it
files counts as filed by whoever made its token, so that nobody answers their own. Applications are
read by the platform's systems; they are decided by people.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.api.keyed import answer_once
from app.api.models import ApiToken
from app.api.tokens import Caller
from app.core.errors import InvalidInputError
from app.providers import queries as providers
from app.providers.admission.models import ApplicationVerdict, ProviderApplication
from app.providers.exact import from_e4
from app.providers.indicators import BadValueError, parse_value
from app.providers.models import Provider
from app.providers.months import parse_month
from app.providers.objections import queries, services
from app.providers.objections.models import ScoreObjection
from app.providers.quantities import plain_text
from app.providers.rules.models import SettledScore

MOST_LISTED = 100
"""Objections, or applications, of one answer."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class FiledFile(_Strict):
    """What a file that backs an objection is; the file itself stays with the provider."""

    name: str = Field(min_length=1, max_length=120)
    size_bytes: int = Field(ge=0, le=services.MOST_FILE_BYTES)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class ObjectionRequest(_Strict):
    """What `POST /api/v1/objections` takes."""

    month: str = Field(max_length=7, description="2026-10, a settled month")
    column: str = Field(max_length=64, description="id of a module or figure")
    claimed: str = Field(max_length=24, description="what it should be, with its unit: `31.4%`")
    reason: str = Field(min_length=10, max_length=1000)
    files: list[FiledFile] = Field(default_factory=list, max_length=services.MOST_FILES)


class ObjectionEntry(BaseModel):
    """An objection; values are plain numbers in the unit of the module or figure."""

    id: str
    month: str
    column: str
    unit: str
    value: str | None = Field(description="as settled; null if it was missing")
    claimed: str
    reason: str
    state: str = Field(description="open, accepted, declined or withdrawn")
    filed_at: str
    due_at: str = Field(description="until when it is to be answered")
    closed_at: str | None
    answer: str | None
    files: list[FiledFile]


class ObjectionsAnswer(BaseModel):
    """What `GET /api/v1/objections` answers, newest first."""

    objections: list[ObjectionEntry]


class VerdictEntry(BaseModel):
    """What one of those who decide said; who it was is not told."""

    verdict: str = Field(description="admit or decline")
    reason: str
    at: str


class ApplicationEntry(BaseModel):
    """Somebody's application to be admitted; the person is not named."""

    id: str
    sequence: int
    name: str
    city: str
    field: str = Field(description="mcn, belt, merchant or brand")
    introduction: str
    declared: dict[str, str] = Field(description="by id of module or figure")
    certificates: list[str] = Field(description="numbers")
    state: str = Field(description="open, admitted, declined or withdrawn")
    applied_at: str
    closed_at: str | None
    provider: str | None = Field(description="code, once admitted")
    verdicts: list[VerdictEntry]


class ApplicationsAnswer(BaseModel):
    """What `GET /api/v1/applications` answers, oldest first."""

    applications: list[ApplicationEntry]
    next: int = Field(description="what to ask `after` next; unchanged if nothing follows")


def file_objection(
    db_session: Session, caller: Caller, asked: ObjectionRequest, *, key: str, now: datetime
) -> dict[str, Any]:
    """Object to a figure, or tell again what the key's first call was answered.

    Args:
        db_session: The session of the caller's transaction.
        caller: Whose program.
        asked: The objection.
        key: The call's key.
        now: The moment (aware).

    Raises:
        IdempotencyKeyReusedError: If the key came with something else before.
        InvalidInputError: If it is no month, or no value of the column.
        NotFoundError: If the month's scheme has no such column.
        ConflictError: As `services.file_objection` says.
    """

    def file() -> dict[str, Any]:
        month = parse_month(asked.month)
        if month is None:
            raise InvalidInputError("month", [{"field": "month", "code": "month"}])
        provider = providers.provider(db_session, caller.provider_id)
        rows = services.revisions_of(db_session, provider.id, month)
        if not rows:
            raise services.NotSettledError(f"{asked.month} of {provider!r}")
        column = services.column_of(services.settled_scheme(db_session, rows[-1]), asked.column)
        try:
            claimed = parse_value(plain_text(asked.claimed), column)
        except BadValueError as error:
            fault: dict[str, object] = {"field": "claimed", "code": error.code.value}
            raise InvalidInputError("claimed", [fault]) from error
        filed = services.file_objection(
            db_session,
            provider,
            month,
            column.id,
            claimed=claimed,
            reason=asked.reason,
            files=[services.FileFact(one.name, one.size_bytes, one.sha256) for one in asked.files],
            actor=_maker(db_session, caller),
            now=now,
        )
        return _objection(db_session, filed).model_dump()

    told = {"call": "objections.file", **asked.model_dump()}
    return answer_once(db_session, caller, key, told, file, now=now)


def withdraw_objection(
    db_session: Session, caller: Caller, public_id: str, *, key: str, now: datetime
) -> dict[str, Any]:
    """Take an own objection back, or tell again what the key's first call was answered.

    Raises:
        IdempotencyKeyReusedError: If the key came with something else before.
        NotFoundError: If there is none, or it is another provider's.
        ObjectionClosedError: If it was answered or taken back before.
    """

    def withdraw() -> dict[str, Any]:
        found = queries.own_objection(db_session, public_id, caller.provider_id, lock=True)
        services.withdraw_objection(db_session, found, actor=_maker(db_session, caller), now=now)
        return _objection(db_session, found).model_dump()

    told = {"call": "objections.withdraw", "id": public_id}
    return answer_once(db_session, caller, key, told, withdraw, now=now)


def objections_json(db_session: Session, caller: Caller) -> dict[str, Any]:
    """Return the caller's newest objections."""
    found = queries.objections_of(db_session, caller.provider_id)[:MOST_LISTED]
    entries = [_objection(db_session, one) for one in found]
    return ObjectionsAnswer(objections=entries).model_dump()


def applications_json(db_session: Session, after: int) -> dict[str, Any]:
    """Return applications that were made after one of that sequence number."""
    found = db_session.scalars(
        select(ProviderApplication)
        .where(ProviderApplication.id > after)
        .order_by(ProviderApplication.id)
        .limit(MOST_LISTED)
    ).all()
    ids = [one.id for one in found]
    verdicts = db_session.scalars(
        select(ApplicationVerdict)
        .where(ApplicationVerdict.application_id.in_(ids))
        .order_by(ApplicationVerdict.id)
    ).all()
    admitted = [one.provider_id for one in found if one.provider_id is not None]
    query = select(Provider).where(Provider.id.in_(admitted))
    codes = {one.id: one.code for one in db_session.scalars(query)}
    answer = ApplicationsAnswer(
        applications=[
            _application(
                one,
                [row for row in verdicts if row.application_id == one.id],
                codes.get(one.provider_id or 0),
            )
            for one in found
        ],
        next=max(ids, default=after),
    )
    return answer.model_dump()


def _maker(db_session: Session, caller: Caller) -> str:
    """Return who made the caller's token, `person:<public id>`."""
    return db_session.scalars(
        select(ApiToken.created_by).where(ApiToken.public_id == caller.token_id)
    ).one()


def _objection(db_session: Session, one: ScoreObjection) -> ObjectionEntry:
    settled = db_session.get_one(SettledScore, one.settled_id)
    column = services.column_of(services.settled_scheme(db_session, settled), one.column_id)
    return ObjectionEntry(
        id=one.public_id,
        month=f"{one.month:%Y-%m}",
        column=one.column_id,
        unit=column.unit.value,
        value=None if one.value_e4 is None else f"{from_e4(one.value_e4):f}",
        claimed=f"{from_e4(one.claimed_e4):f}",
        reason=one.reason,
        state=one.state,
        filed_at=_moment(one.filed_at),
        due_at=_moment(one.due_at),
        closed_at=None if one.closed_at is None else _moment(one.closed_at),
        answer=one.answer,
        files=[
            FiledFile(name=row.name, size_bytes=row.size_bytes, sha256=row.sha256)
            for row in queries.files_of(db_session, one.id)
        ],
    )


def _application(
    one: ProviderApplication, verdicts: Sequence[ApplicationVerdict], code: str | None
) -> ApplicationEntry:
    return ApplicationEntry(
        id=one.public_id,
        sequence=one.id,
        name=one.name,
        city=one.city,
        field=one.field,
        introduction=one.introduction,
        declared=one.declared,
        certificates=one.numbers,
        state=one.state,
        applied_at=_moment(one.applied_at),
        closed_at=None if one.closed_at is None else _moment(one.closed_at),
        provider=code,
        verdicts=[
            VerdictEntry(verdict=row.verdict, reason=row.reason, at=_moment(row.at))
            for row in verdicts
        ],
    )


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
