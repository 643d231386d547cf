"""The board before Flask: the same answers as Flask's, and watchers give way."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from app.contests.board import publishing, watching
from app.contests.board.models import BoardSnapshot
from app.contests.board.watching import Watched
from app.core.db import db
from app.rooms.clocks import START_COUNTDOWN
from tests import cast
from tests.factories.contest_boards import begin_round

NOON = datetime(2026, 9, 1, 4, tzinfo=UTC)
LIVE = NOON + START_COUNTDOWN + timedelta(minutes=5)


@pytest.fixture
def board(app, db_session, person_of) -> str:
    people = [person_of(one) for one in (cast.ALICE, cast.BOB)]
    raced = begin_round(db_session, people, now=NOON)
    publish(LIVE)
    return f"/live/rounds/{raced.round_}/board.json"


def publish(now) -> None:
    db.session.remove()
    publishing.publish_boards(db.session(), now=now)
    db.session.remove()


class TestBoardFront:
    def test_it_answers_before_flask_and_like_flask(self, app, board, stranger):
        front = app.extensions["board_front"]
        before = front.answered_count

        first = stranger.get(board)
        head = stranger.head(board)  # not in order for the front: Flask answers

        assert front.answered_count == before + 1
        assert first.status_code == head.status_code == 200
        assert first.json["phase"] == "live"
        for name in ("ETag", "Cache-Control", "Content-Type", "Content-Security-Policy"):
            assert first.headers[name] == head.headers[name]
        assert "Set-Cookie" not in first.headers

    def test_who_knows_the_tag_gets_no_bytes(self, board, stranger):
        tag = stranger.get(board).headers["ETag"]

        page = stranger.get(board, headers={"If-None-Match": tag})

        assert (page.status_code, page.data, page.headers["ETag"]) == (304, b"", tag)

    def test_it_packs_for_those_who_unpack(self, board, stranger):
        path = board.replace("board.json", "curves.json")

        plain = stranger.get(board).data
        packed = stranger.get(board, headers={"Accept-Encoding": "gzip"})

        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain
        assert stranger.get(path).json["curves"].keys() == {"1", "2"}

    def test_what_was_published_is_seen_within_a_quarter_of_a_second(self, app, board, stranger):
        old = stranger.get(board).headers["ETag"]
        publish(LIVE + timedelta(minutes=1))
        watched = app.extensions["watched_boards"]
        assert stranger.get(board).headers["ETag"] == old

        watched.forget()

        assert stranger.get(board).headers["ETag"] != old
        assert watching.FRESH_S <= 0.25

    def test_an_unknown_round_is_flasks_to_refuse(self, board, stranger):
        page = stranger.get("/live/rounds/nothing/board.json", headers={"Accept": "text/html"})

        assert page.status_code == 404

    def test_a_round_without_a_room_has_nothing_yet(self, db_session, board, stranger):
        db_session.query(BoardSnapshot).delete()
        db_session.commit()
        stranger.application.extensions["watched_boards"].forget()

        for name in ("board", "curves"):
            page = stranger.get(board.replace("board.json", f"{name}.json"))
            assert (page.status_code, page.data) == (204, b"")
            assert page.headers["Cache-Control"] == "no-store"

    def test_watchers_give_way(self, app, board, stranger, monkeypatch):
        monkeypatch.setattr(watching, "MOST_PER_S", 0)

        page = stranger.get(board)

        assert page.status_code == 503
        assert page.headers["Retry-After"] == str(watching.LATER_S)
        assert json.loads(page.data) == {"error": "board_busy"}
        assert stranger.get("/sign-in").status_code == 200


class Rows:
    """A database that counts what it is asked."""

    def __init__(self):
        self.asked = 0

    def row(self, statement, values):
        self.asked += 1
        return ("b1", "c1") if statement == watching.TAGS else (b"{}", "b1", b"{}", "c1")


def test_a_thousand_watchers_ask_the_database_once_in_a_while():
    rows, now = Rows(), [0.0]
    watched = Watched(rows, now_s=lambda: now[0])

    for _ in range(1000):
        assert watched.part_or_none("r", "board") is not None
        now[0] += 0.001

    # Four looks a second, and the bytes once: whoever watches, a change costs the same.
    assert rows.asked <= 6
