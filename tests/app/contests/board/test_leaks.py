"""With the freeze on, nothing public differs before and after a new score: crawl and diff."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from app.contests.board import publishing
from app.contests.models import ContestRound
from app.core import clock
from app.core.db import db
from app.core.web import ANYONE
from app.rooms.clocks import START_COUNTDOWN
from tests import cast
from tests.factories.contest_boards import SESSION, begin_round

NOON = datetime(2026, 9, 1, 4, tzinfo=UTC)
FREEZE = NOON + START_COUNTDOWN + SESSION * 0.75
FROZEN = FREEZE + timedelta(seconds=50)
LINK = re.compile(r'(?:href|src|action)="(/[^"#]*)')
JSON_LINK = re.compile(r'"(/(?:live|season|contests)[^"]*)"')
STATIC = ("/static/", "/language/", "/handbook/book.pdf")
HASTY = {"Date", "Set-Cookie"}
"""Headers that differ at every answer; neither knows of a contest."""


@pytest.fixture
def raced(app, db_session, person_of, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: FROZEN)
    people = [person_of(one) for one in (cast.ALICE, cast.BOB, cast.DAVE)]
    return begin_round(db_session, people, now=NOON)


DRAWN = re.compile(rb'value="[^"]{40,}"|\b[0-9a-f]{8}\b')
"""Drawn anew for each answer: tokens of forms, numbers of incidents."""


def publish(now) -> None:
    db.session.remove()
    publishing.publish_boards(db.session(), now=now)
    db.session.remove()


def starts(app, raced) -> set[str]:
    """Every public address that names a contest, a round, or nothing at all."""
    known = {"public_id": raced.round_, "lane": 1, "number": 0}
    found = {f"/live/{raced.contest}", f"/live/{raced.contest}/results.json"}
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        is_public = ANYONE in getattr(view, "access", ())
        is_ours = rule.rule.startswith(("/live", "/season", "/contests", "/diplomas"))
        if "GET" not in (rule.methods or ()) or not is_public:
            continue
        if not rule.arguments or (is_ours and rule.arguments <= set(known)):
            values = {name: known[name] for name in rule.arguments}
            found.add(adapter.build(rule.endpoint, values))
    return found


def crawl(client, begin: set[str]) -> dict[str, tuple[int, bytes, dict[str, str]]]:
    """Get everything that can be reached: status, bytes and headers by address."""
    seen: dict[str, tuple[int, bytes, dict[str, str]]] = {}
    waiting = sorted(begin)
    while waiting:
        path = waiting.pop()
        if path in seen or path.startswith(STATIC) or len(seen) > 400:
            continue
        page = client.get(path)
        headers = {name: value for name, value in page.headers if name not in HASTY}
        seen[path] = page.status_code, DRAWN.sub(b"", page.data), headers
        if (page.content_type or "").startswith(("text/html", "application/json")):
            text = page.text
            for link in (*LINK.findall(text), *JSON_LINK.findall(text)):
                if link.startswith(("/live", "/season", "/contests", "/diplomas")):
                    waiting.append(link.replace("&amp;", "&"))
    return seen


class TestFreeze:
    def test_no_public_answer_differs_after_a_new_score(self, app, raced, stranger):
        publish(FROZEN)
        before = crawl(stranger, starts(app, raced))
        jury = db.session().query(publishing.BoardSnapshot).one().jury_etag

        for seat in raced.seats:
            seat.act({"verb": "pin", "product": "coat"}, now=FROZEN + timedelta(seconds=1))
        publish(FROZEN + timedelta(minutes=2))

        app.extensions["watched_boards"].forget()
        assert db.session().query(publishing.BoardSnapshot).one().jury_etag != jury
        after = crawl(stranger, starts(app, raced))
        assert sorted(before) == sorted(after)
        assert {path for path in before if before[path] != after[path]} == set()
        board = f"/live/rounds/{raced.round_}/board.json"
        assert before[board][0] == 200
        assert b'"phase":"frozen"' in before[board][1]
        assert f"/live/rounds/{raced.round_}/screen" in before

    def test_the_crawl_sees_a_leak(self, app, raced, stranger):
        """The test of the test: without a freeze the same act is found."""
        open_moment = NOON + timedelta(minutes=4)
        publish(open_moment)
        before = crawl(stranger, starts(app, raced))

        raced.seats[0].act({"verb": "pin", "product": "coat"}, now=open_moment)
        publish(open_moment + timedelta(minutes=2))

        app.extensions["watched_boards"].forget()
        after = crawl(stranger, starts(app, raced))
        changed = {path for path in before if before[path] != after[path]}
        assert changed >= {
            f"/live/rounds/{raced.round_}",
            f"/live/rounds/{raced.round_}/screen",
            f"/live/rounds/{raced.round_}/board.json",
            f"/live/rounds/{raced.round_}/curves.json",
        }

    def test_what_the_jury_sees_is_not_the_publics(self, as_alice, as_carol, raced, stranger):
        publish(FROZEN)
        path = f"/live/rounds/{raced.round_}/jury.json"

        assert stranger.get(path).status_code in {302, 401}
        assert as_alice.get(path).status_code == 403
        assert as_carol.get(path).status_code == 200
        assert as_alice.get(f"/live/rounds/{raced.round_}/jury").status_code == 403

    def test_rooms_and_results_are_closed_before_they_are_final(self, raced, stranger):
        round_ = f"/live/rounds/{raced.round_}"

        assert stranger.get(f"{round_}/lanes/1").status_code == 404
        assert stranger.get(f"{round_}/lanes/1/frames/0").status_code == 404
        assert stranger.get(f"/live/{raced.contest}/results.json").status_code == 404

    def test_a_rehearsal_is_nobodys_to_watch(self, raced, db_session, stranger):
        db_session.query(ContestRound).update({"kind": "rehearsal"})
        db_session.commit()
        publish(FROZEN)

        assert stranger.get(f"/live/rounds/{raced.round_}").status_code == 404
        assert stranger.get(f"/live/rounds/{raced.round_}/board.json").status_code == 404
