"""A contest computed again from its logs: nothing to find, or what was tampered with is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.contests import protesting, queries
from app.contests.models import ContestEntry, PlaceScore, RoundPlace
from app.contests.rechecking import services
from app.contests.rechecking.checking import recheck
from app.core.db import db
from app.rooms.models import RoomEvent
from tests.app.contests.stages import AT_START, Field
from tests.conftest import NOON
from tests.factories.contests import GOOD_LOG, PLANNER, new_person, operate

LATE = AT_START + timedelta(days=4)


def finished(app: Flask, db_session: Session) -> Field:
    """A contest to its final results, with a score that a protest corrected."""
    field = Field(app, db_session)
    first, second, _ = field.ready()
    operate(db_session, first, GOOD_LOG, now=AT_START)
    operate(db_session, second, (), now=AT_START)
    field.judge()
    field.mark()
    field.tell()
    place, entry = queries.places_of(db_session, field.round.id)[1]
    protest = protesting.file_protest(
        db_session,
        field.contest,
        place,
        about="technical",
        body="第六分钟起房间断线五分钟，备用线路切换失败，请复核。",
        actor="person:x",
        now=AT_START + timedelta(hours=2),
    )
    protesting.answer_protest(
        db_session,
        field.contest,
        protest,
        place,
        entry,
        field.round,
        protesting.Answer(outcome="upheld", words="属实", room_points=44.0),
        person_id=new_person(db_session, "申诉员", now=NOON).id,
        now=AT_START + timedelta(hours=3),
    )
    field.finalise()
    db_session.commit()
    return field


def tamper(db_session: Session, table: str, statement: str, **values: Any) -> None:
    """Change a row as somebody could who owns the database: its guards are taken off first."""
    for act in ("update", "delete"):
        db_session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{act}"))
    changed = db_session.execute(text(statement), values)
    assert changed.rowcount > 0
    db_session.commit()
    db.session.remove()


def edit_action(db_session: Session) -> str:
    event = db_session.scalars(select(RoomEvent).where(RoomEvent.kind == "acted")).first()
    assert event is not None
    changed = event.payload.replace('"jeans"', '"coat"')
    number = event.sequence
    statement = "UPDATE room_event SET payload = :payload WHERE id = :id"
    tamper(db_session, "room_event", statement, payload=changed, id=event.id)
    return f"#{number}"


def drop_action(db_session: Session) -> str:
    event = db_session.scalars(select(RoomEvent).where(RoomEvent.kind == "acted")).first()
    assert event is not None
    number = event.sequence
    tamper(db_session, "room_event", "DELETE FROM room_event WHERE id = :id", id=event.id)
    return f"#{number}"


def edit_score(db_session: Session) -> str:
    row = db_session.scalars(select(PlaceScore).order_by(PlaceScore.id)).first()
    assert row is not None
    statement = "UPDATE place_score SET room_points = room_points + 1 WHERE id = :id"
    tamper(db_session, "place_score", statement, id=row.id)
    return "room_points"


def edit_log_head(db_session: Session) -> str:
    row, entry = db_session.execute(
        select(PlaceScore, ContestEntry)
        .join(RoundPlace, RoundPlace.id == PlaceScore.place_id)
        .join(ContestEntry, ContestEntry.id == RoundPlace.entry_id)
        .order_by(PlaceScore.place_id.desc())
    ).first()
    code = entry.code  # of a room whose log nobody touched
    statement = "UPDATE place_score SET log_head = :head WHERE id = :id"
    tamper(db_session, "place_score", statement, head="0" * 64, id=row.id)
    return code


def edit_correction(db_session: Session) -> str:
    statement = "UPDATE place_score SET room_points = 90 WHERE protest_id IS NOT NULL"
    tamper(db_session, "place_score", statement)
    return "room_points"


def edit_mark(db_session: Session) -> str:
    statement = """UPDATE jury_mark SET marks = '{"plan": 4, "decisions": 4, "composure": 4,
        "compliance": 4}' WHERE id = (SELECT min(id) FROM jury_mark)"""
    tamper(db_session, "jury_mark", statement)
    return "final 1"


def edit_result(db_session: Session) -> str:
    statement = "UPDATE contest_result SET total_points = 99 WHERE rank = 2 AND is_final"
    tamper(db_session, "contest_result", statement)
    return "total_points"


def edit_seal(db_session: Session) -> str:
    statement = "UPDATE round_seal SET commitment = 'sha256:' || substr(commitment, 9) || '0'"
    tamper(db_session, "round_seal", statement + " WHERE slot = 'main'")
    return "main"


def edit_room_keys(db_session: Session) -> str:
    tamper(db_session, "room_session", "UPDATE room_session SET micro_key = zeroblob(8)")
    return "final 1"


def edit_audit(db_session: Session) -> str:
    statement = """UPDATE audit_entry SET actor = 'person:nobody'
        WHERE action = 'contest.finalised'"""
    tamper(db_session, "audit_entry", statement)
    return "#"


TAMPERINGS: tuple[tuple[Callable[[Session], str], str], ...] = (
    (edit_action, "log_broken"),
    (edit_correction, "correction_differs"),
    (edit_score, "score_differs"),
    (edit_log_head, "log_head"),
    (edit_mark, "mark_differs"),
    (edit_result, "result_differs"),
    (edit_seal, "seal_broken"),
    (edit_audit, "audit_broken"),
    (edit_room_keys, "keys_differ"),
)
"""Each with what names it; the last leaves no room that could be replayed."""


def test_an_honest_contest_is_computed_to_the_last_point(app: Flask, db_session: Session):
    field = finished(app, db_session)

    report = recheck(db.session(), field.contest, keys=field.keys)

    assert report.findings == []
    assert report.counts["scores"] == report.counts["rooms"] == 3
    assert report.counts["marks"] == 6
    assert report.counts["results"] == 3
    assert report.counts["corrections"] == 1
    totals = {
        entry.code: row.total_points
        for row, entry in queries.final_results(db.session(), field.contest)
    }
    explained = {code: round(lines[0].total, 1) for code, lines in report.lines.items()}
    assert explained == totals


def test_what_was_tampered_with_is_named(app: Flask, db_session: Session):
    public_id = finished(app, db_session).contest.public_id
    for change, code in TAMPERINGS:
        where = change(db_session)
        assert named(app, public_id, code, where), change.__name__


def test_an_action_that_was_taken_out_is_missed(app: Flask, db_session: Session):
    public_id = finished(app, db_session).contest.public_id

    assert named(app, public_id, "log_broken", drop_action(db_session))


def named(app: Flask, public_id: str, code: str, where: str) -> bool:
    """Say whether the command finds something of a kind at a place."""
    result = app.test_cli_runner().invoke(args=["contests", "recheck", public_id, "--explain"])
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    found = [line for line in result.output.splitlines() if line.startswith(f"{code}:")]
    return any(where in line for line in found)


def test_the_command_knows_no_contest_of_that_name(app: Flask):
    assert app.test_cli_runner().invoke(args=["contests", "recheck", "nothing"]).exit_code == 2


def test_an_organiser_asks_and_the_scheduler_answers_once(app: Flask, db_session: Session):
    field = finished(app, db_session)
    services.ask_for_recheck(db_session, field.contest, actor=PLANNER, now=LATE)
    with pytest.raises(services.RecheckWaitsError):
        services.ask_for_recheck(db_session, field.contest, actor=PLANNER, now=LATE)
    db_session.commit()

    assert services.run_waiting(db.session(), now=LATE) == 1
    assert services.run_waiting(db.session(), now=LATE) == 0

    report = services.report_of(services.newest_or_none(db.session(), field.contest.id))
    assert report is not None
    assert report.findings == []
