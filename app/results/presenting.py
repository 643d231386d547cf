"""What the pages of results are given."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from app.core.clock import BEIJING
from app.exams import queries as exams
from app.exams import reviewing
from app.exams.models import Attempt, Regrade
from app.results import queries
from app.sittings.models import Sitting

RECORDED = frozenset(
    {
        "started",
        "opened",
        "extended",
        "paused",
        "resumed",
        "announced",
        "outage",
        "submitted",
        "closed",
        "passed",
        "admitted",
    }
)
"""Events that an appeal's handler reads; answers are not among them."""


@dataclass(frozen=True)
class ReleaseRow:
    """A sitting whose results wait, or are published.

    Attributes:
        sitting: The sitting.
        sat, open, unmarked, passed: Attempts, those still under way, those with answers that wait
            for marks, and those at or above the cut.
        state: `open`, `waiting`, `planned`, `publishing` or `published`.
    """

    sitting: Sitting
    sat: int
    open: int
    unmarked: int
    passed: int
    state: str


def release_rows(db_session: Session, *, now: datetime) -> list[ReleaseRow]:
    """Return the sittings that were sat, with how their results stand."""
    rows = []
    for sitting in queries.sittings_with_results(db_session):
        attempts = queries.attempts_of_sitting(db_session, sitting.id)
        closed = [one for one in attempts if not one.is_open]
        passed = sum(exams.score_of(db_session, one.id).passed for one in closed)
        open_count = len(attempts) - len(closed)
        unmarked = sum(one.awaits_marks for one in closed)
        state = _state(sitting, open_count, now)
        rows.append(ReleaseRow(sitting, len(attempts), open_count, unmarked, passed, state))
    return rows


def _state(sitting: Sitting, open_count: int, now: datetime) -> str:
    if sitting.published_at is not None:
        return "published"
    if sitting.publish_at is not None:
        return "planned" if sitting.publish_at > now else "publishing"
    is_entering = sitting.is_live and now <= sitting.closes_at
    return "open" if open_count or is_entering else "waiting"


def regrade_state(regrade: Regrade) -> str:
    """Return a code of `labels.REGRADE_STATE`."""
    if regrade.withdrawn_at is not None:
        return "withdrawn"
    if regrade.reverted_at is not None:
        return "reverted"
    return "proposed" if regrade.applied_at is None else "applied"


def next_morning(now: datetime) -> str:
    """Return nine o'clock of the next day in Beijing, as a date field takes it."""
    local = now.astimezone(BEIJING) + timedelta(days=1)
    return local.replace(hour=9, minute=0).strftime("%Y-%m-%dT%H:%M")


@dataclass(frozen=True)
class RecordLine:
    """One thing that happened in an attempt, for people."""

    at: datetime
    title: str
    text: str


def attempt_record(db_session: Session, attempt: Attempt) -> list[RecordLine]:
    """Return what happened in an attempt, without its answers, oldest first."""
    titles = {
        "started": gettext("开始考试"),
        "opened": gettext("打开作答页面"),
        "extended": gettext("加时"),
        "paused": gettext("暂停"),
        "resumed": gettext("恢复"),
        "announced": gettext("公告"),
        "outage": gettext("服务器中断，已补时"),
        "submitted": gettext("交卷"),
        "closed": gettext("系统交卷"),
        "passed": gettext("进入下一部分"),
        "admitted": gettext("迟到作答经认可计入"),
    }
    lines = []
    for event in exams.events_of(db_session, attempt.id):
        if event.kind not in RECORDED:
            continue
        payload = json.loads(event.payload)
        parts = [str(payload[one]) for one in ("reason", "text") if payload.get(one)]
        if payload.get("minutes"):
            parts.append(gettext("%(n)s 分钟", n=payload["minutes"]))
        if payload.get("credited_s") is not None:
            parts.append(gettext("补回 %(n)s 秒", n=payload["credited_s"]))
        lines.append(RecordLine(event.at, titles[event.kind], " · ".join(parts)))
    return lines


def appealed_item(
    db_session: Session, attempt: Attempt, position: int | None
) -> tuple[dict[str, Any] | None, reviewing.Review] | None:
    """Return the item that an appeal names, as it came out, after its material.

    None if the appeal names no item, or one that is not scored.
    """
    if position is None:
        return None
    credits = exams.score_of(db_session, attempt.id).credits
    for group in reviewing.review_groups(db_session, attempt, credits):
        for review in group.reviews:
            if review.position == position:
                return group.exhibit, review
    return None
