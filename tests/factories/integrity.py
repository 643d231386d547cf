"""A whole exam that was sat, from a simulated one: attempts, answers, times, scores."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.core.hashing import GENESIS, canonical_json
from app.exams.models import Attempt, AttemptEvent, AttemptResponse, AttemptScore
from question_bank.error_rates import Exam

EXAM_CODE = "copied@1:theory"


def add_sat_exam(
    db_session: Session, exam: Exam, person_ids: dict[int, int], other_id: int, *, now: datetime
) -> list[Attempt]:
    """Add a closed attempt for each simulated candidate, in the order of the matrix.

    Args:
        db_session: The session of the caller's transaction.
        exam: The simulated exam.
        person_ids: Whose the attempts at some places are.
        other_id: Whose all the others are.
        now: When the last of them ended.
    """
    matrix = exam.matrix
    count, items = matrix.options.shape
    refs = [f"{ref}@1" for ref in matrix.item_refs]
    attempts = []
    for place in range(count):
        start = now - timedelta(hours=3) + timedelta(seconds=place)
        attempts.append(
            Attempt(
                person_id=person_ids.get(place, other_id),
                exam_code=EXAM_CODE,
                ordinal=place + 1,
                programme_ref="copied@1",
                title="一门考试",
                blueprint_ref="copied@1",
                form=[[ref, []] for ref in refs],
                cut_fraction=0.6,
                limit_s=7200,
                is_demo=True,
                started_at=start,
                due_at=start + timedelta(hours=2),
                head_hash=GENESIS,
                closed_at=now,
                closing="submitted",
            )
        )
    db_session.add_all(attempts)
    db_session.flush()
    responses, events, scores = [], [], []
    for place, attempt in enumerate(attempts):
        at = attempt.started_at
        events.append(_event(attempt.id, 1, "opened", {}, at))
        for item in range(items):
            at += timedelta(seconds=float(matrix.seconds[place, item]))
            value = canonical_json({"selected": ["abcd"[matrix.options[place, item]]]})
            responses.append(
                {
                    "attempt_id": attempt.id,
                    "position": item + 1,
                    "value": value,
                    "flagged": False,
                    "client_sequence": item + 1,
                    "at": at,
                }
            )
            events.append(_event(attempt.id, item + 2, "saved", {"position": item + 1}, at))
        credits = [float(one) for one in matrix.credits[place]]
        scores.append(
            {
                "attempt_id": attempt.id,
                "at": now,
                "fraction": sum(credits) / items,
                "passed": True,
                "credits": credits,
                "topics": [],
                "head_hash": GENESIS,
                "reason": "submitted",
            }
        )
    for model, rows in (
        (AttemptResponse, responses),
        (AttemptEvent, events),
        (AttemptScore, scores),
    ):
        db_session.execute(insert(model), rows)
    return attempts


def _event(
    attempt_id: int, sequence: int, kind: str, payload: dict[str, int], at: datetime
) -> dict[str, object]:
    return {
        "attempt_id": attempt_id,
        "sequence": sequence,
        "kind": kind,
        "key": f"key-{sequence}",
        "fingerprint": "f",
        "payload": json.dumps(payload),
        "at": at,
        "previous_hash": GENESIS,
        "hash": GENESIS,
    }
