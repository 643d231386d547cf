"""A demonstration of integrity: an exam of invented sheets, two of them too alike, and a case file.

Its candidates are invented and their accounts closed. Nothing about the case is written by hand:
the sheets are simulated, the evidence is what the statistics make of them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.queries import person_of_account_or_none
from app.accounts.services import register_person
from app.bank.queries import items_of
from app.core import clock
from app.core.db import transaction
from app.core.hashing import GENESIS, canonical_json, digest
from app.exams.models import Attempt, AttemptEvent, AttemptResponse
from app.exams.queries import newest_forms
from app.exams.saving import event_hash
from app.exams.services import score_attempt
from app.exams.signals import Device, Told, keep_told, note_opening
from app.integrity import services
from app.integrity.gathering import case_evidence
from app.integrity.models import IntegrityCase
from question_bank.error_rates import Exam, simulated_exam
from question_bank.items import Item, ItemKind

BLUEPRINT_REF = "junior-theory@1"
EXAM_CODE = "practice:integrity-demo"
TITLE = "初级理论考试（演示答卷）"
SEED = 20_261_122
SHEETS, EARLIER = 120, 40
"""Sheets in all; so many of them were sat a week before the others, on another form."""

LIMIT_S = 3600
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NO_PASSWORD = "!"  # noqa: S105 - fits no password: the accounts are closed

Entries = list[list[Any]]


def load_demo_integrity() -> None:
    """Add the exam and its case: a step of `flask demo load`, done once."""
    now = clock.now()
    with transaction() as db_session:
        if db_session.scalar(select(IntegrityCase.id).limit(1)) is not None:
            return
        forms = newest_forms(db_session, BLUEPRINT_REF, limit=2)
        opener = person_of_account_or_none(db_session, "invigilator@demo.example")
        if len(forms) < 2 or opener is None:
            return
        suspect, device = _sit(db_session, forms, now=now)
        public_id, person_id, opener_id, opener_actor = (
            suspect.public_id,
            suspect.person_id,
            opener.id,
            f"person:{opener.public_id}",
        )
    _tell(public_id, device, now=now)
    with transaction() as db_session:
        attempt = _attempt(db_session, public_id)
        candidate = db_session.get_one(Person, person_id)
        case = services.open_case(
            db_session,
            attempt,
            case_evidence(db_session, attempt, now=now - DAY),
            reason="监考记录：开考半小时后多次切换窗口；答卷与另一份高度相似",
            person_id=opener_id,
            actor=opener_actor,
            now=now - DAY,
        )
        services.make_statement(
            db_session,
            case,
            statement="考试时电脑一直弹出系统更新的窗口，我点掉后马上回到了考试页面。"
            "我和同组的同事一起复习，用的是同一份讲义。",
            actor=f"person:{candidate.public_id}",
            now=now - DAY / 2,
        )
        services.propose_finding(
            db_session,
            case,
            finding="concern",
            reason="相同的错误选项远多于预期，共同的讲义解释不了选错的地方一样。",
            person_id=opener_id,
            actor=opener_actor,
            now=now - DAY / 4,
        )


def _attempt(db_session: Session, public_id: str) -> Attempt:
    return db_session.scalars(select(Attempt).where(Attempt.public_id == public_id)).one()


def _sit(
    db_session: Session, forms: list[Entries] | Any, *, now: datetime
) -> tuple[Attempt, Device]:
    """Let everybody sit; returns the copier's attempt and the device it was opened from."""
    items = {
        item.ref: item for form in forms for item in items_of(db_session, [ref for ref, _ in form])
    }
    column = {ref: place for place, ref in enumerate(items)}
    exam = _simulated(len(column))
    _, copier = exam.copied[0]
    found: Attempt | None = None
    for number in range(SHEETS):
        is_early = number < EARLIER
        began = now - (9 if is_early else 2) * DAY + number * timedelta(seconds=7)
        person = register_person(
            db_session,
            account=f"sitter-{number + 1}@demo.example",
            display_name=f"示范考生 {number + 1:03}",
            password_hash=NO_PASSWORD,
            now=began - DAY,
            roles=(),
            actor="cli:demo",
            is_demo=True,
        )
        person.disabled_at = began + DAY
        form = forms[0] if is_early else forms[1]
        attempt = _begun(db_session, person, form, began)
        _answer(db_session, attempt, items, column, exam, number)
        if number == copier:
            found = attempt
    assert found is not None, "the copier is one of them"
    return found, Device("demo", "203.0.113.24", "Chrome/148 Windows")


def _simulated(items: int) -> Exam:
    """Return simulated sheets in which two of the later candidates share most answers."""
    rng = np.random.default_rng(SEED)
    while True:
        exam = simulated_exam(rng, persons=SHEETS, items=items, pairs=1, share=0.85)
        if min(exam.copied[0]) >= EARLIER:
            return exam


def _begun(db_session: Session, person: Person, form: Entries, began: datetime) -> Attempt:
    attempt = Attempt(
        person_id=person.id,
        exam_code=EXAM_CODE,
        ordinal=1,
        programme_ref="practice@1",
        title=TITLE,
        blueprint_ref=BLUEPRINT_REF,
        form=form,
        cut_fraction=0.6,
        limit_s=LIMIT_S,
        is_demo=True,
        started_at=began,
        due_at=began + timedelta(seconds=LIMIT_S),
        writer_epoch=1,
        head_hash=GENESIS,
        notices=[],
    )
    db_session.add(attempt)
    db_session.flush()
    return attempt


def _answer(
    db_session: Session,
    attempt: Attempt,
    items: dict[str, Item],
    column: dict[str, int],
    exam: Exam,
    person: int,
) -> None:
    """Write a simulated sheet as the write path would have: events, projection, score."""
    places = [column[ref] for ref, _ in attempt.form]
    seconds = exam.matrix.seconds[person, places]
    seconds = seconds * min(1.0, 0.93 * LIMIT_S / float(seconds.sum()))
    at = attempt.started_at
    chain = _Chain(attempt)
    chain.add("started", {"due_at": attempt.due_at.isoformat()}, at)
    chain.add("opened", {"epoch": 1}, at)
    responses = []
    for position, (ref, _) in enumerate(attempt.form, 1):
        at += timedelta(seconds=float(seconds[position - 1]))
        option = int(exam.matrix.options[person, column[ref]])
        saved = {"position": position, "flagged": False, "client_sequence": position}
        value = _value(items[ref], option)
        chain.add("saved", {**saved, "value": value}, at)
        responses.append(
            {**saved, "attempt_id": attempt.id, "value": canonical_json(value), "at": at}
        )
    at += MINUTE
    chain.add("submitted", {"closing": "submitted"}, at)
    db_session.execute(insert(AttemptEvent), chain.rows)
    db_session.execute(insert(AttemptResponse), responses)
    attempt.event_count, attempt.head_hash = len(chain.rows), chain.head
    attempt.closed_at, attempt.closing = at, "submitted"
    score_attempt(db_session, attempt, reason="submitted", now=at)


class _Chain:
    """The rows of an attempt's events, each bound to the one before."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self.rows: list[dict[str, Any]] = []
        self.head = GENESIS

    def add(self, kind: str, payload: dict[str, Any], at: datetime) -> None:
        sequence, text = len(self.rows) + 1, canonical_json(payload)
        key, previous = f"demo-{sequence:04}", self.head
        self.head = event_hash(self._attempt.public_id, sequence, kind, key, text, at, previous)
        self.rows.append(
            {
                "attempt_id": self._attempt.id,
                "sequence": sequence,
                "kind": kind,
                "key": key,
                "fingerprint": digest(text),
                "payload": text,
                "at": at,
                "previous_hash": previous,
                "hash": self.head,
            }
        )


def _value(item: Item, option: int) -> dict[str, Any]:
    """Return a response: 0 is the right one, 1 to 3 are different wrong ones."""
    if item.kind is ItemKind.NUMERIC:
        assert item.numeric is not None, "of that kind"
        value = item.numeric.value
        return {"number": str(value + option * (abs(value) + 1))}
    if item.kind is ItemKind.TRUE_FALSE:
        is_true = (item.key is True) == (option == 0)
        return {"selected": [str(is_true).lower()]}
    key = sorted(item.key_ids)
    if option == 0:
        return {"selected": key}
    others = [one for one in item.choices if one not in item.key_ids]
    if not others:
        return {"selected": key[1:]}
    chosen = others[(option - 1) % len(others)]
    kept = key[:-1] if item.kind is ItemKind.MULTIPLE_CHOICE else []
    return {"selected": sorted([*kept, chosen])}


def _tell(public_id: str, device: Device, *, now: datetime) -> None:
    """Add what the copier's page and device did beside answering."""
    with transaction() as db_session:
        attempt = _attempt(db_session, public_id)
        began = attempt.started_at
        note_opening(db_session, attempt, device, now=began)
    with transaction() as db_session:
        attempt = _attempt(db_session, public_id)
        closed_at = attempt.closed_at
    assert closed_at is not None, "it was handed in"
    told = [
        Told("left", (closed_at - began - minutes * MINUTE).total_seconds(), seconds)
        for minutes, seconds in ((14, 38.0), (17, 21.0), (19, 52.0), (22, 44.0), (25, 67.0))
    ]
    told.append(Told("offline", (closed_at - began - 27 * MINUTE).total_seconds(), 95.0))
    elsewhere = Device(device.session, "198.51.100.61", device.user_agent)
    keep_told(attempt, told, elsewhere, key="demo-told", now=closed_at)
