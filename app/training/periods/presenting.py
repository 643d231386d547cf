"""What the page 练习室 shows: the plan of a 营期, what is done of it, and how it grew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from app.rooms import queries as rooms
from app.rooms.models import RoomSession
from app.training.periods import queries
from app.training.periods.models import PeriodRun
from simulations.periods import LinkedSession, Period


@dataclass(frozen=True)
class Line:
    """One session of a plan.

    Attributes:
        number: From 1.
        session: The day.
        state: A code of `labels.STATE`.
        room: Its room, once begun.
        carry: How things stood when it began, once begun.
        net_fen, house_net_fen, reference_net_fen: Net GMV on the twin, once scored.
    """

    number: int
    session: LinkedSession
    state: str
    room: RoomSession | None = None
    carry: dict[str, Any] | None = None
    net_fen: int | None = None
    house_net_fen: int | None = None
    reference_net_fen: int | None = None


@dataclass(frozen=True)
class ShownRun:
    """A run with its lines; `result` once it is judged."""

    run: PeriodRun
    period: Period
    lines: tuple[Line, ...]
    result: dict[str, Any] | None

    @property
    def done(self) -> int:
        """How many sessions are over."""
        return sum(line.state in {"done", "judging"} for line in self.lines)

    @property
    def on_air(self) -> Line | None:
        return next((line for line in self.lines if line.state == "on_air"), None)

    @property
    def next(self) -> Line | None:
        return next((line for line in self.lines if line.state == "next"), None)


def shown_run(db_session: Session, run: PeriodRun) -> ShownRun:
    """Return a run as the page shows it."""
    period = queries.period_of(run)
    played = queries.played_in(db_session, run.id)
    lines = [
        _played_line(db_session, number, period.sessions[number - 1], one.room, one.sitting.carry)
        for number, one in enumerate(played, 1)
    ]
    is_free = run.ended_at is None and all(line.state != "on_air" for line in lines)
    for number, session in enumerate(period.sessions[len(played) :], len(played) + 1):
        state = "next" if is_free and number == len(played) + 1 else "later"
        lines.append(Line(number, session, state))
    return ShownRun(run, period, tuple(lines), run.result)


def planned_lines(period: Period) -> tuple[Line, ...]:
    """Return the plan of a period that was not begun."""
    return tuple(Line(number, one, "later") for number, one in enumerate(period.sessions, 1))


def _played_line(
    db_session: Session,
    number: int,
    session: LinkedSession,
    room: RoomSession,
    carry: dict[str, Any],
) -> Line:
    score = rooms.score_or_none(db_session, room.id)
    if score is None:
        state = "on_air" if room.is_open else "judging"
        return Line(number, session, state, room, carry)
    twin = score.result["twin"]
    nets = (twin[who]["net_fen"] for who in ("candidate", "house", "reference"))
    return Line(number, session, "done", room, carry, *nets)


def growth_chart(lines: Sequence[Line]) -> dict[str, Any] | None:
    """Return net GMV session by session against house and reference; none below two of them."""
    scored = [line for line in lines if line.net_fen is not None]
    if len(scored) < 2:
        return None
    names = {
        "candidate": (gettext("你"), "net_fen"),
        "baseline": (gettext("主播自播"), "house_net_fen"),
        "reference": (gettext("参照"), "reference_net_fen"),
    }
    return {
        "kind": "bar",
        "title": "",
        "unit": gettext("元"),
        "x": [gettext("第 %(n)s 场", n=line.number) for line in scored],
        "series": [
            {
                "name": name,
                "role": role,
                "values": [round(getattr(line, field) / 100) for line in scored],
            }
            for role, (name, field) in names.items()
        ],
    }


@dataclass(frozen=True)
class RoomGrowth:
    """How a person's practice runs of one room went: first, best and newest points."""

    title: str
    runs: int
    first: float
    best: float
    newest: float
    best_room: str


def room_growth(rooms_of_person: Sequence[RoomSession]) -> list[RoomGrowth]:
    """Return growth by room, the room that was practised last first.

    Args:
        rooms_of_person: A person's rooms, newest first. Counted are whole practice rooms with a
            score, not drills and not sessions of a 营期, which are other days each.
    """
    by_room: dict[str, list[RoomSession]] = {}
    for room in rooms_of_person:
        is_whole = room.mode == "practice" and room.origin_id is None and room.linked is None
        if is_whole and room.score is not None and not room.scenario_ref.startswith("drill-"):
            by_room.setdefault(room.scenario_ref.partition("@")[0], []).append(room)
    found = []
    for held in by_room.values():
        best = max(held, key=lambda one: one.score or 0.0)
        first, newest = held[-1].score or 0.0, held[0].score or 0.0
        found.append(
            RoomGrowth(held[0].title, len(held), first, best.score or 0.0, newest, best.public_id)
        )
    return found
