"""What the exam page and its polls are given: the form as far as it is open, and the state."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.bank import queries as bank_queries
from app.bank.labels import TOPIC
from app.bank.presenting import shown_exhibit
from app.exams import presenting, queries
from app.exams.models import Attempt
from app.exams.standing import Standing
from question_bank.items import Item

POLL_AFTER_MS = 3500
"""How soon a page asks again: new times and announcements are seen within 5 s."""


def state_body(
    db_session: Session, attempt: Attempt | Standing, *, now: datetime
) -> dict[str, Any]:
    """Return how an attempt stands, as JSON values: of its page's data and of every poll.

    Args:
        db_session: A session to read with.
        attempt: The attempt.
        now: The server's moment (aware).
    """
    return {
        "server_now": now.isoformat(),
        "due_at": attempt.due_at.isoformat(),
        "closed": not attempt.is_open,
        "writer_epoch": attempt.writer_epoch,
        "notices": attempt.notices,
        "paused": _pause(db_session, attempt),
        "break_left_s": attempt.break_left_s,
        "section": None if attempt.sections is None else attempt.section_at + 1,
        "section_due_at": attempt.section_due_at and attempt.section_due_at.isoformat(),
        "poll_after_ms": POLL_AFTER_MS,
    }


def form_data(db_session: Session, attempt: Attempt) -> dict[str, Any]:
    """Return the form as the candidate may see it now: `sections`, `items`, `exhibits`.

    Items of sections that were not entered are left out altogether.
    """
    refs = attempt.item_refs[: attempt.open_to]
    items = bank_queries.items_of(db_session, refs)
    responses = queries.responses_of(db_session, attempt.id)
    exhibits: list[dict[str, Any]] = []
    place_of_case: dict[str, int] = {}
    shown = []
    for position, (item, (_, order)) in enumerate(zip(items, attempt.form, strict=False), 1):
        entry = presenting.shown_item(item, order)
        held = responses.get(position)
        entry.update(
            position=position,
            answer=None if held is None else json.loads(held.value),
            flagged=bool(held and held.flagged),
            seen=held is not None,
            is_passed=position < attempt.open_from,
            exhibit=None,
        )
        if item.case_id:
            if item.case_id not in place_of_case:
                case = bank_queries.case_of(db_session, item)
                place_of_case[item.case_id] = len(exhibits)
                exhibits.append(shown_exhibit(case.title, case.exhibit))
            entry["exhibit"] = place_of_case[item.case_id]
        elif item.exhibit:
            entry["exhibit"] = len(exhibits)
            exhibits.append(shown_exhibit("", item.exhibit))
        shown.append(entry)
    return {"sections": _parts(attempt, items), "items": shown, "exhibits": exhibits}


def _parts(attempt: Attempt, items: Sequence[Item]) -> list[dict[str, Any]]:
    """Return the parts of the form: its sections, or what stands together by topic."""
    if attempt.sections is not None:
        states = ("passed", "open", "ahead")
        return [
            {
                "title": title,
                "from": first,
                "to": last,
                "minutes": None if limit_s is None else limit_s // 60,
                "state": states[(index > attempt.section_at) - (index < attempt.section_at) + 1],
            }
            for index, (title, first, last, limit_s) in enumerate(attempt.sections)
        ]
    parts: list[dict[str, Any]] = []
    for position, item in enumerate(items, 1):
        title = str(TOPIC[item.topic.value])
        if not parts or parts[-1]["title"] != title:
            parts.append({"title": title, "from": position, "to": position, "state": "open"})
        parts[-1]["to"] = position
    return parts


def _pause(db_session: Session, attempt: Attempt | Standing) -> dict[str, Any] | None:
    if attempt.paused_at is None:
        return None
    event = queries.last_event_of_kind(db_session, attempt.id, "paused")
    return {
        "since": attempt.paused_at.isoformat(),
        "text": json.loads(event.payload)["reason"],
        "is_break": attempt.is_on_break,
    }
