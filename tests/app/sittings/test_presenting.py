"""What the invigilator's console says of a seat: its section, and whether there is a break."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.exams.models import Attempt
from app.sittings.invigilation import ConsoleRow
from app.sittings.models import Seat
from app.sittings.presenting import _row
from tests.conftest import NOON

PARTS = [["理论", 1, 4, None], ["案例", 5, 6, 600]]


def row_of(**changes):
    state = changes.pop("state", "running")
    values = {"section_at": 0, "is_on_break": False, "break_left_s": 0, "time_percent": 100}
    values |= {"form": [], "due_at": NOON + timedelta(hours=1), **changes}
    attempt = Attempt(**values)
    row = ConsoleRow(
        seat=Seat(public_id="seat", number=1, ticket="261121000001"),
        name="Alice",
        state=state,
        attempt=attempt,
        answered=0,
        items=6,
        saved_at=None,
        seen_at=None,
        waiting=None,
        late_count=0,
        takeovers=0,
        identified=1,
    )
    return _row(row, NOON)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sections": PARTS}, "第 1/2 节"),
        ({"sections": None}, ""),
        ({"sections": PARTS, "closed_at": NOON}, ""),
    ],
    ids=["in-sections", "without", "over"],
)
def test_tells_the_section_of_who_still_sits(app, changes, said):
    with app.test_request_context():
        assert row_of(**changes)["section"] == said


def test_tells_a_break_from_a_pause(app):
    stands = {"state": "paused", "paused_at": NOON, "sections": None}

    with app.test_request_context():
        paused = row_of(**stands)["state_text"]
        attempt = {**stands, "is_on_break": True}
        resting = row_of(**attempt)["state_text"]

    assert (paused, resting) == ("考试暂停", "休息中")
