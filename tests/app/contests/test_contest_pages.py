"""Every page of a contest at every stage, for who may see it; what is refused through HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.roles import Role
from app.contests import judging, jury_queries, proposals, protesting, queries
from app.contests.sides import OrganiserEntersError
from app.core import clock
from tests import cast
from tests.app.contests.stages import AT_START, Field
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.contests import (
    GOOD_LOG,
    PLANNER,
    enter_certified,
    give_role,
    little_contest,
    new_person,
    operate,
)


class TestPages:
    def test_show_every_stage(self, app: Flask, db_session: Session, person_of: Any):
        field = Field(app, db_session)
        carol = person_of(cast.CAROL)
        give_role(db_session, carol, Role.JUROR, now=AT_START)
        contestant = db_session.get_one(Person, field.entries[0].person_id)
        contestant.password_hash = carol.password_hash
        player = cast.CastMember("于一", str(contestant.email), (Role.CANDIDATE,))
        contest_path = f"/contests/{field.contest.public_id}"
        desk_path = f"/contests/desk/{field.contest.public_id}"
        db_session.commit()
        as_carol, as_player, stranger = (
            sign_in(app, cast.CAROL),
            sign_in(app, player),
            app.test_client(),
        )

        def look() -> None:
            for client, paths in (
                (stranger, ["/contests", contest_path, f"{contest_path}/seals"]),
                (as_player, ["/contests", contest_path, f"{contest_path}/hall.json"]),
                (as_carol, ["/contests/desk", desk_path, "/contests/jury"]),
            ):
                for path in paths:
                    page = client.get(path)
                    assert page.status_code == 200, f"{path}: {page.text[:300]}"

        look()
        rooms_held = field.ready()
        operate(db_session, rooms_held[0], GOOD_LOG, now=AT_START)
        db_session.commit()
        look()
        field.judge()
        judging.appoint(db_session, field.contest, carol, actor="x", now=AT_START)
        field.mark()
        db_session.commit()
        look()
        task = jury_queries.tasks_of_juror(db_session, carol.id)[0][0].public_id
        names = [entry.public_name for entry in field.entries]
        db_session.rollback()
        jury_page = as_carol.get(f"/contests/jury/{task}")
        assert jury_page.status_code == 200
        assert not any(name in jury_page.text for name in names)
        assert as_player.get(f"{contest_path}/result").status_code == 404
        field.tell()
        place = next(
            place
            for place, entry in queries.places_of(db_session, field.round.id)
            if entry.id == field.entries[0].id
        )
        protesting.file_protest(
            db_session,
            field.contest,
            place,
            about="room",
            body="请复核第十分钟的违规，当时主播已经当场更正。",
            actor="x",
            now=AT_START + timedelta(hours=2),
        )
        seal = f"{contest_path}/seals/{field.round.public_id}/main.json"
        db_session.commit()
        look()
        assert "第十分钟" in as_player.get(f"{contest_path}/result").text
        assert stranger.get(seal).get_json()["document"]["format"] == "caopan-seal-1"
        db_session.rollback()

    def test_every_pages_bell_tells_of_unread_news(self, app: Flask, db_session: Session):
        client = sign_in(app, cast.CAROL)
        assert "条未读" not in client.get("/handbook").text
        contest = little_contest(db_session, now=NOON, keys=app.extensions["field_keys"])
        more = {"reason": "场地取消", "now": NOON}
        proposal = proposals.propose(db_session, contest, "cancel", actor=PLANNER, **more)
        db_session.commit()

        told = client.get("/handbook").text

        assert "消息，1 条未读" in told
        assert '<a class="iconbtn" href="/contests/notices"' in told
        db_session.refresh(proposal)
        proposal.outcome, proposal.decided_at, proposal.decider = "declined", NOON, "cli:other"
        db_session.commit()
        assert "条未读" not in client.get("/handbook").text  # what holds no more is not news

    def test_lead_a_contestant_into_the_own_room(
        self, app: Flask, db_session: Session, person_of: Any
    ):
        field = Field(app, db_session)
        contestant = db_session.get_one(Person, field.entries[0].person_id)
        contestant.password_hash = person_of(cast.CAROL).password_hash
        player = cast.CastMember("于一", str(contestant.email), (Role.CANDIDATE,))
        room = next(one for one in field.ready() if one.person_id == contestant.id)
        path, door = f"/contests/{field.contest.public_id}", f'href="/rooms/{room.public_id}"'
        db_session.commit()

        assert door in sign_in(app, player).get(path).text

    def test_lead_whoever_may_enter_to_the_next_step(
        self, app: Flask, db_session: Session, stranger: FlaskClient
    ):
        contest = little_contest(db_session, now=clock.now(), keys=app.extensions["field_keys"])
        contest.entry_opens_at = clock.now() - timedelta(minutes=1)
        path = f"/contests/{contest.public_id}"
        public = f"/live/{contest.public_id}"
        db_session.commit()

        assert f'href="{path}"' in stranger.get(public).text
        assert f"/sign-in?next={path}" in stranger.get(path).text
        unqualified = sign_in(app, cast.BOB).get(path).text
        assert "还没有达到上面任何一条" in unqualified
        assert 'href="/exams">去考认证' in unqualified

    def test_say_nothing_of_a_contest_that_is_planned(
        self, app: Flask, db_session: Session, stranger: FlaskClient
    ):
        contest = little_contest(db_session, now=AT_START, keys=app.extensions["field_keys"])
        contest.state, contest.published_at = "draft", None
        path = f"/contests/{contest.public_id}"
        db_session.commit()

        for more in ("", "/data.json", "/seals"):
            assert stranger.get(path + more).status_code == 404

    def test_tell_neither_key_nor_scenario_before_the_rooms_are_judged(
        self, app: Flask, db_session: Session, stranger: FlaskClient
    ):
        field = Field(app, db_session)
        keys = field.ready()[0].keys.to_bytes().hex()
        scenario = queries.scenario_of_round(db_session, field.round)
        path = f"/contests/{field.contest.public_id}"
        seal = f"{path}/seals/{field.round.public_id}/main.json"
        public = [f"{path}{more}" for more in ("", "/data.json", "/seals", "/hall.json")]
        public += [f"/live/{field.contest.public_id}", "/live", "/season"]
        public += [f"/live/rounds/{field.round.public_id}{more}" for more in ("", "/screen")]
        db_session.commit()

        told = "".join(stranger.get(one).text for one in public)

        assert keys not in told
        for sealed in (scenario.ref, scenario.title, scenario.story, scenario.content_hash()):
            assert sealed not in told
        assert "sha256:" in told
        assert stranger.get(seal).status_code == 404


class TestRefusals:
    def test_heats_are_dealt_after_entry_closed_and_an_error_leads_back(
        self, app: Flask, db_session: Session
    ):
        contest = little_contest(db_session, now=clock.now(), keys=app.extensions["field_keys"])
        contest.entry_opens_at = clock.now() - timedelta(minutes=1)
        enter_certified(
            app,
            db_session,
            contest,
            new_person(db_session, "entrant", Role.CANDIDATE, now=clock.now()),
            now=clock.now(),
        )
        desk = f"/contests/desk/{contest.public_id}"
        db_session.commit()
        client = sign_in(app, cast.CAROL)

        assert "报名截止后才能编排" in client.get(desk).text
        refused = client.post(
            f"{desk}/seeding",
            data={"csrf_token": csrf_token(client)},
            headers={"Referer": f"http://localhost{desk}"},
        )

        assert refused.status_code == 409
        assert f'href="http://localhost{desk}"' in refused.text
        foreign = client.post(
            f"{desk}/seeding",
            data={"csrf_token": csrf_token(client)},
            headers={"Referer": "http://evil.example/"},
        )
        assert "evil.example" not in foreign.text

    def test_a_candidate_is_no_organiser(self, app: Flask, db_session: Session):
        contest = little_contest(db_session, now=AT_START, keys=app.extensions["field_keys"])
        path = f"/contests/desk/{contest.public_id}/proposals"
        db_session.commit()
        client = sign_in(app, cast.ALICE)

        page = client.post(
            path,
            data={"csrf_token": csrf_token(client), "act": "cancel", "reason": "不想赛了"},
        )

        assert page.status_code == 403
        assert queries.proposals_of(db_session, contest.id, open_only=True) == []

    def test_a_contestant_does_not_organise(self, app: Flask, db_session: Session, person_of: Any):
        field = Field(app, db_session)
        carol = person_of(cast.CAROL)  # an examiner, with a certificate of her own
        desk, board = (
            f"/contests/desk/{field.contest.public_id}",
            f"/live/rounds/{field.round.public_id}/jury",
        )
        db_session.commit()
        client = sign_in(app, cast.CAROL)
        token = {"csrf_token": csrf_token(client)}
        assert client.get(desk).status_code == client.get(board).status_code == 200
        entry = enter_certified(app, db_session, field.contest, carol, now=NOON)
        db_session.commit()

        told = [client.get(path).status_code for path in (desk, board, f"{board}.json")]
        done = [
            client.post(path, data=token).status_code
            for path in (
                f"{desk}/rounds/{field.round.public_id}/cards",
                f"{desk}/tell",
                f"/live/rounds/{field.round.public_id}/unveil",
            )
        ]

        assert (told, done) == ([403] * 3, [403] * 3)
        db_session.refresh(entry)
        entry.withdrawn_at, entry.withdrawn_reason = NOON, "own"
        db_session.commit()
        assert client.get(desk).status_code == 200

    def test_an_organiser_does_not_enter(self, app: Flask, db_session: Session, person_of: Any):
        keys = app.extensions["field_keys"]
        contest = little_contest(db_session, now=NOON, keys=keys)
        carol, erin = person_of(cast.CAROL), person_of(cast.ERIN)
        contest.planned_by = f"person:{carol.public_id}"
        more = {"reason": "场地取消", "now": NOON}
        actor = f"person:{erin.public_id}"
        proposals.propose(db_session, contest, "cancel", actor=actor, **more)

        for person in (carol, erin):
            with pytest.raises(OrganiserEntersError):
                enter_certified(app, db_session, contest, person, now=NOON)

        assert queries.entries_of(db_session, contest.id) == []

    def test_nobody_enters_without_consent(self, app: Flask, db_session: Session):
        contest = little_contest(db_session, now=clock.now(), keys=app.extensions["field_keys"])
        path = f"/contests/{contest.public_id}/entry"
        db_session.commit()
        client = sign_in(app, cast.ALICE)

        page = client.post(
            path,
            data={"csrf_token": csrf_token(client), "public_name": "Alice"},
        )

        assert page.status_code == 422
        assert queries.entries_of(db_session, contest.id) == []

    def test_who_proposed_does_not_confirm(self, app: Flask, db_session: Session):
        contest = little_contest(db_session, now=clock.now(), keys=app.extensions["field_keys"])
        path = f"/contests/desk/{contest.public_id}/proposals"
        db_session.commit()
        client = sign_in(app, cast.CAROL)
        token = csrf_token(client)
        client.post(path, data={"csrf_token": token, "act": "cancel", "reason": "场地取消"})
        db_session.rollback()
        proposal_id = queries.proposals_of(db_session, contest.id, open_only=True)[0].public_id
        db_session.rollback()

        page = client.post(
            f"{path}/{proposal_id}", data={"csrf_token": token, "outcome": "confirmed"}
        )

        assert page.status_code == 403
        db_session.rollback()
        db_session.refresh(contest)
        assert contest.state == "published"
