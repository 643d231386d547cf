"""A person's skill profile (能力画像): practice, exams, rooms and placement, on one map."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bank import queries as bank_queries
from app.core.db import read_rows
from app.exams.models import Attempt, AttemptResponse, AttemptScore
from app.rooms.models import RoomDebrief, RoomScore, RoomSession
from app.studio import queries as studio
from app.training import queries
from app.training.models import PlacementAnswer, PlacementTest, PracticeAnswer
from app.training.pool import calibrated_curves
from app.training.skill_map import SkillMap, shipped_skill_map
from question_bank.difficulty import Curve, curve_of
from question_bank.items import Item, Pool
from question_bank.mastery import Evidence, Mastery, Source, masteries, room_evidence
from question_bank.practising import Mode
from question_bank.responses import is_blank

NEWEST_EXAMS = 8
NEWEST_ROOMS = 16
"""Exams and rooms of a person that a profile looks at."""


@dataclass(frozen=True)
class SkillEstimate:
    """One skill of a profile, for whoever shows it.

    Attributes:
        skill, title: Id and name on the skill map.
        value_fraction: Mastery of the level's questions, in [0, 1]; None without any evidence.
        error_fraction: Half the width of its 80 % interval; None likewise.
        evidence_count: Fresh answers that it rests on, rounded.
        mastery: The whole estimate.
    """

    skill: str
    title: str
    value_fraction: float | None
    error_fraction: float | None
    evidence_count: int
    mastery: Mastery


@dataclass(frozen=True)
class SkillProfile:
    """A person's skills in the order of the skill map, as seen from a level."""

    person_id: int
    level: str
    entries: tuple[SkillEstimate, ...]
    evidence: tuple[Evidence, ...]

    @property
    def masteries(self) -> tuple[Mastery, ...]:
        return tuple(one.mastery for one in self.entries)

    @property
    def is_empty(self) -> bool:
        return not self.evidence


EVIDENCE_MARK = """
SELECT (SELECT max(id) FROM practice_answer WHERE person_id = :who),
  (SELECT max(a.id) FROM placement_answer a JOIN placement_test t ON t.id = a.test_id
    WHERE t.person_id = :who),
  (SELECT max(s.id) FROM attempt_score s JOIN attempt t ON t.id = s.attempt_id
    WHERE t.person_id = :who),
  (SELECT max(d.id) FROM room_debrief d JOIN room_score s ON s.id = d.room_score_id
    JOIN room_session r ON r.id = s.room_session_id WHERE r.person_id = :who)
"""
"""The newest fact of each kind that a profile rests on."""


def evidence_mark(db_session: Session, person_id: int) -> tuple[int | None, ...]:
    """Return what changes whenever something is added to a profile; all None without anything.

    A profile costs hundreds of times as much: a page that many open asks this first.
    """
    return read_rows(db_session, EVIDENCE_MARK, {"who": person_id})[0]


def profile_of(
    db_session: Session, person_id: int, *, now: datetime, level: str = "junior"
) -> SkillProfile:
    """Return a person's profile.

    Args:
        db_session: A session to read with.
        person_id: Whose.
        now: The moment (aware).
        level: The level whose questions are meant.
    """
    return profiles_of(db_session, [person_id], now=now, level=level)[person_id]


def profiles_of(
    db_session: Session, person_ids: Sequence[int], *, now: datetime, level: str = "junior"
) -> dict[int, SkillProfile]:
    """Return the profiles of many people; who has no evidence has an empty one."""
    reader = _Reader(db_session, shipped_skill_map(), calibrated_curves(db_session))
    out = {}
    for person_id in person_ids:
        evidence = tuple(reader.evidence_of(person_id))
        found = masteries(evidence, list(reader.skill_map.by_id), level=level, now=now)
        entries = tuple(_estimate(one, reader.skill_map) for one in found)
        out[person_id] = SkillProfile(person_id, level, entries, evidence)
    return out


def _estimate(one: Mastery, skill_map: SkillMap) -> SkillEstimate:
    is_known = one.weight > 0
    return SkillEstimate(
        one.skill,
        skill_map.by_id[one.skill].title,
        one.value if is_known else None,
        (one.high - one.low) / 2 if is_known else None,
        round(one.weight),
        one,
    )


@dataclass(frozen=True)
class _Reader:
    """Reads a person's facts as evidence."""

    db_session: Session
    skill_map: SkillMap
    calibrated: Mapping[str, Curve]

    def evidence_of(self, person_id: int) -> Iterable[Evidence]:
        yield from self._practice(person_id)
        yield from self._placement(person_id)
        yield from self._exams(person_id)
        yield from self._rooms(person_id)

    def _items(self, refs: Iterable[str]) -> dict[str, Item]:
        wanted = sorted(set(refs))
        return dict(zip(wanted, bank_queries.items_of(self.db_session, wanted), strict=True))

    def _practice(self, person_id: int) -> Iterable[Evidence]:
        answers = list(reversed(queries.newest_answers(self.db_session, person_id)))
        items = self._items(one.item_ref for one in answers)
        firsts = self._first_ids(person_id)
        for one in answers:
            is_first = firsts.get(one.item_id) == one.id and one.mode != Mode.MISTAKES
            source = Source.PRACTICE if is_first else Source.REPEAT
            curve = curve_of(items[one.item_ref], self.calibrated)
            yield Evidence(one.skill, curve, one.credit, source, one.at)

    def _first_ids(self, person_id: int) -> dict[str, int]:
        rows = self.db_session.execute(
            select(PracticeAnswer.item_id, func.min(PracticeAnswer.id))
            .where(PracticeAnswer.person_id == person_id)
            .group_by(PracticeAnswer.item_id)
        )
        return {row[0]: row[1] for row in rows}

    def _placement(self, person_id: int) -> Iterable[Evidence]:
        rows = self.db_session.execute(
            select(PlacementAnswer.item_ref, PlacementAnswer.credit, PlacementAnswer.at)
            .join(PlacementTest, PlacementTest.id == PlacementAnswer.test_id)
            .where(PlacementTest.person_id == person_id)
            .order_by(PlacementAnswer.id)
        ).all()
        items = self._items(ref for ref, _, _ in rows)
        for ref, credit, at in rows:
            item = items[ref]
            skill = self.skill_map.skill_of_item(item)
            yield Evidence(skill, curve_of(item, self.calibrated), credit, Source.PLACEMENT, at)

    def _exams(self, person_id: int) -> Iterable[Evidence]:
        """Yield the answers of exams whose result counts and may be seen."""
        attempts = self.db_session.scalars(
            select(Attempt)
            .where(
                Attempt.person_id == person_id,
                Attempt.closed_at.is_not(None),
                Attempt.is_held.is_(False),
                Attempt.awaits_marks.is_(False),
            )
            .order_by(Attempt.closed_at.desc())
            .limit(NEWEST_EXAMS)
        ).all()
        ids = [one.id for one in attempts]
        credits, answered = self._newest_credits(ids), self._answered(ids)
        items = self._items(ref for one in attempts for ref in one.item_refs)
        for attempt in attempts:
            assert attempt.closed_at is not None  # asked for
            held = credits.get(attempt.id, ())
            for position, (ref, credit) in enumerate(
                zip(attempt.item_refs, held, strict=False), start=1
            ):
                item = items[ref]
                is_counted = item.pool is not Pool.PILOT and not item.kind.is_settled_later
                if not is_counted or (attempt.id, position) not in answered:
                    continue
                skill = self.skill_map.skill_of_item(item)
                curve = curve_of(item, self.calibrated)
                yield Evidence(skill, curve, credit, Source.EXAM, attempt.closed_at)

    def _answered(self, attempt_ids: Sequence[int]) -> set[tuple[int, int]]:
        """Return which positions were answered: who left early says nothing about the rest."""
        rows = self.db_session.execute(
            select(
                AttemptResponse.attempt_id, AttemptResponse.position, AttemptResponse.value
            ).where(AttemptResponse.attempt_id.in_(attempt_ids))
        )
        return {
            (attempt_id, position)
            for attempt_id, position, value in rows
            if not is_blank(json.loads(value))
        }

    def _newest_credits(self, attempt_ids: Sequence[int]) -> dict[int, list[float]]:
        rows = self.db_session.execute(
            select(AttemptScore.attempt_id, AttemptScore.credits)
            .where(AttemptScore.attempt_id.in_(attempt_ids))
            .order_by(AttemptScore.id)
        )
        return {row[0]: row[1] for row in rows}

    def _rooms(self, person_id: int) -> Iterable[Evidence]:
        rows = self.db_session.execute(
            select(RoomSession.scenario_ref, RoomDebrief.findings, RoomScore.at)
            .join(RoomScore, RoomScore.id == RoomDebrief.room_score_id)
            .join(RoomSession, RoomSession.id == RoomScore.room_session_id)
            .where(
                RoomSession.person_id == person_id,
                RoomSession.is_held.is_(False),
                RoomDebrief.findings.is_not(None),
            )
            .order_by(RoomDebrief.id.desc())
            .limit(NEWEST_ROOMS)
        )
        for scenario_ref, findings, at in rows:
            level = studio.scenario_of(self.db_session, scenario_ref).level
            for one in (findings or {}).get("skills", ()):
                skill = self.skill_map.skill_of_room(one["skill"])
                if skill is not None and one["points"] is not None:
                    yield room_evidence(skill, one["points"], one.get("level_points"), level, at)
