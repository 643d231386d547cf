"""What a program asks, each call once: a repeated key is answered with what was answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.api.keyed import answer_once
from app.api.models import ApiCall
from app.api.tokens import Caller
from app.checks import services as checks
from app.checks import verdicts
from app.checks.verdicts import Judged, Verdict
from app.core.audit.services import record_act
from app.core.db import affected_rows
from app.providers import queries as providers
from certificates.levels import Level
from certificates.validity import issue_day

MAX_PAIRS = 500
"""Of one call (credentials.md 3.6)."""

KEPT_FOR = timedelta(days=2)
"""How long a call's answer is told again."""


class Pair(BaseModel):
    """A number and the name that should stand on the certificate."""

    model_config = ConfigDict(extra="forbid", strict=True)

    number: str = Field(max_length=120, description="as printed; forgiving as the public page is")
    name: str = Field(max_length=120, description="the holder's name as printed")


class VerificationRequest(BaseModel):
    """What `POST /api/v1/verifications` takes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    pairs: list[Pair] = Field(min_length=1, max_length=MAX_PAIRS)


class VerificationResult(BaseModel):
    """What came of one pair; level and last day only if the name matched."""

    row: int = Field(ge=1, description="place in the request, from 1")
    verdict: Verdict
    number: str | None
    level: Level | None
    valid_until: str | None = Field(description="the last day, Asia/Shanghai")
    demonstration: bool


class VerificationAnswer(BaseModel):
    """What `POST /api/v1/verifications` answers."""

    checked_at: str
    results: list[VerificationResult]


class StaffEntry(BaseModel):
    """Somebody on the provider's staff list."""

    id: str = Field(description="of the employment")
    name: str = Field(description="display name")
    since: str
    level: Level | None
    number: str | None
    valid_until: str | None
    days_left: int | None


class StaffAnswer(BaseModel):
    """What `GET /api/v1/staff` answers."""

    as_of: str
    certified: dict[str, int] = Field(description="people by highest level")
    staff: list[StaffEntry]


def verify(
    db_session: Session, caller: Caller, asked: VerificationRequest, *, key: str, now: datetime
) -> dict[str, Any]:
    """Judge the pairs of a call, or tell again what its first time was answered.

    Args:
        db_session: The session of the caller's transaction.
        caller: Who asks.
        asked: The pairs.
        key: The call's key.
        now: The moment (aware).

    Raises:
        IdempotencyKeyReusedError: If the key came with other pairs before.
        CheckQuotaError: If the provider has not that many pairs left today.
    """

    def judge() -> dict[str, Any]:
        checks.take_quota(db_session, caller.provider_id, len(asked.pairs), now=now)
        judged = _judged(db_session, caller, asked, now)
        record_act(
            db_session,
            subject=f"api_token:{caller.token_id}",
            action="verifications.checked",
            actor=caller.actor,
            now=now,
            details={"pairs": len(asked.pairs)},
        )
        return {
            "checked_at": now.isoformat(timespec="seconds"),
            "results": [{"row": row, **one.to_json()} for row, one in enumerate(judged, 1)],
        }

    return answer_once(db_session, caller, key, asked.model_dump(), judge, now=now)


def _judged(
    db_session: Session, caller: Caller, asked: VerificationRequest, now: datetime
) -> list[Judged]:
    again = verdicts.repeated(pair.number for pair in asked.pairs)
    single = [
        (pair.number, pair.name)
        for pair, is_repeated in zip(asked.pairs, again, strict=True)
        if not is_repeated
    ]
    judged = iter(verdicts.judge_pairs(db_session, caller.provider_id, single, now=now))
    return [
        Judged(Verdict.REPEATED, verdicts.canonical_or_none(pair.number))
        if is_repeated
        else next(judged)
        for pair, is_repeated in zip(asked.pairs, again, strict=True)
    ]


def staff_json(
    db_session: Session, caller: Caller, *, include_demo: bool, now: datetime
) -> dict[str, Any]:
    """Return the caller's staff with their certificates and what is left of them."""
    today = issue_day(now)
    people = providers.staff_of(
        db_session, caller.provider_id, now, today=today, include_demo=include_demo
    )
    counts = providers.certified_count_by_level(
        db_session, caller.provider_id, now, include_demo=include_demo
    )
    return {
        "as_of": now.isoformat(timespec="seconds"),
        "certified": {level.value: count for level, count in counts.items()},
        "staff": [
            {
                "id": one.public_id,
                "name": one.name,
                "since": one.since.isoformat(timespec="seconds"),
                "level": None if one.level is None else one.level.value,
                "number": one.number or None,
                "valid_until": None if one.valid_until is None else one.valid_until.isoformat(),
                "days_left": one.days_left,
            }
            for one in people
        ],
    }


def forget_old_calls(db_session: Session, *, now: datetime) -> int:
    """Delete the answers of calls of long ago; return how many."""
    return affected_rows(db_session, delete(ApiCall).where(ApiCall.at < now - KEPT_FOR))
