"""The library: what is covered, the trial by blind play and votes, pilots, retirement."""

import json

import pytest

from app.accounts.queries import person_of_account_or_none
from app.accounts.roles import Role
from app.accounts.services import grant_role
from app.certification.room_part import ScenarioOnTrialError, begin_room
from app.core import clock
from app.core.audit.models import AuditEntry
from app.core.db import db, transaction
from app.library import presenting
from app.rooms.models import RoomSession
from app.studio import realism
from app.studio.drafts.models import ScenarioDraft
from app.studio.queries import version_of
from app.studio.realism_models import RealismVote
from app.studio.services import publish_scenarios, store_finding
from certificates.loading import load_programmes
from simulations.loading import shipped_scenarios
from simulations.studies import study_path
from tests import cast
from tests.conftest import csrf_token, sign_in

REF = "f1-demo@1"
MINUTES = shipped_scenarios()["f1-demo"].duration_min


@pytest.fixture
def published(app):
    with transaction() as db_session:
        publish_scenarios(
            db_session,
            [shipped_scenarios()[one] for one in ("f1-demo", "f1", "f7")],
            is_public=True,
            actor="test",
            now=clock.now(),
        )


def person(member):
    """Return a person's key, read without holding the write lock."""
    found = person_of_account_or_none(db.session(), member.account)
    key = found.id
    db.session().rollback()
    return key


def played(person_id, ref=REF, closing="finished", score=40.0, **changes):
    """Write a room that somebody played; only what the library asks for is real."""
    now = clock.now()
    row = RoomSession(
        person_id=person_id,
        exam_code=f"practice:{ref}",
        ordinal=changes.pop("ordinal", 1),
        programme_ref="",
        mode="practice",
        title="x",
        scenario_ref=ref,
        engine_version="1",
        macro_key=b"\1" * 8,
        micro_key=b"\2" * 8,
        duration_ticks=480,
        is_demo=True,
        created_at=now,
        starts_at=now,
        clock_at=now,
        clock_ms=0,
        clock_speed=4.0,
        is_paused=False,
        head_hash="0" * 64,
        closed_at=now,
        closing=closing,
        score=score,
        **changes,
    )
    with transaction() as db_session:
        db_session.add(row)


def ballot(**changes):
    form = {f"part_{at}": "r" for at in range(-(-MINUTES // 10))}
    return form | {"sessions_run": "40", "confirms": "yes", "remark": "像"} | changes


def cast_vote(client, **changes):
    data = ballot(**changes) | {"csrf_token": csrf_token(client)}
    return client.post(f"/library/{REF}/vote", data=data)


def votes():
    return db.session().query(RealismVote).all()


class TestPages:
    def test_families_and_gaps(self, published, as_carol):
        page = as_carol.get("/library").get_data(as_text=True)

        assert "冷启到月成交 50 万" in page
        assert "大赛决赛房" in page
        assert "缺" in page  # nothing at the intermediate level is published here

    def test_a_room_names_its_near_twin(self, published, as_carol):
        page = as_carol.get(f"/library/{REF}").get_data(as_text=True)

        assert shipped_scenarios()["f1"].title in page

    def test_two_published_versions_are_compared(self, published, as_carol):
        old = shipped_scenarios()["f1-demo"]
        crowd = old.audience.model_copy(update={"public_per_min": 99.0})
        new = old.model_copy(update={"version": 2, "audience": crowd})
        with transaction() as db_session:
            publish_scenarios(db_session, [new], is_public=True, actor="test", now=clock.now())

        room = as_carol.get("/library/f1-demo@2").text
        assert "/library/f1-demo@2/changes?with=1" in room
        for where in ("f1-demo@2/changes", "f1-demo@2/changes?with=1", "f1-demo@1/changes"):
            page = as_carol.get(f"/library/{where}").text
            assert "第 1 版与第 2 版，1 处不同" in page
            assert "观众 › 公域进房速率" in page
            assert f"<del>{old.audience.public_per_min:g}</del>" in page
            assert "<ins>99</ins>" in page
        assert as_carol.get("/library/f1-demo@2/changes?with=7").status_code == 404

    def test_an_only_version_says_so(self, published, as_carol):
        assert "只有这一版" in as_carol.get(f"/library/{REF}").text
        assert "只有这一版" in as_carol.get(f"/library/{REF}/changes").text

    def test_candidates_have_no_business_here(self, published, as_alice):
        for where in ("/library", f"/library/{REF}", f"/library/{REF}/vote"):
            assert as_alice.get(where).status_code == 403


class TestBlindPlay:
    def test_starts_the_room(self, app, published):
        room = shipped_scenarios()["f1-demo"]
        reference = json.loads(study_path(room, "reference").read_text("utf-8"))
        with transaction() as db_session:
            store_finding(
                db_session,
                room.content_hash(),
                "reference",
                reference,
                engine_version=room.engine,
                now=clock.now(),
            )
            found = person_of_account_or_none(db_session, cast.CAROL.account)
            grant_role(db_session, found, Role.CANDIDATE, actor="test", now=clock.now())
        client = sign_in(app, cast.CAROL)

        answer = client.post(f"/library/{REF}/blind", data={"csrf_token": csrf_token(client)})

        assert answer.status_code == 303
        assert client.get(answer.location).status_code == 200

    def test_needs_the_candidates_role(self, published, as_carol):
        data = {"csrf_token": csrf_token(as_carol)}

        assert as_carol.post(f"/library/{REF}/blind", data=data).status_code == 403
        assert "考生角色" in as_carol.get(f"/library/{REF}").get_data(as_text=True)


class TestVote:
    @pytest.fixture
    def carol(self, published):
        return person(cast.CAROL)

    def test_minute_by_minute(self, carol, as_carol):
        played(carol)

        assert cast_vote(as_carol, unreal=["7", "12"]).status_code == 303

        (made,) = votes()
        assert made.minutes[6] == made.minutes[11] == realism.UNREAL
        assert made.minutes.count(realism.REAL) == MINUTES - 2
        entry = db.session().query(AuditEntry).order_by(AuditEntry.id.desc()).first()
        assert entry.action == "scenario.realism_voted"

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"part_1": ""}, "还有没填"),
            ({"confirms": ""}, "还有没填"),
            ({"confirms": "no", "remark": " "}, "还有没填"),
            ({"sessions_run": "3"}, "操盘过"),
            ({"part_0": "u"}, "认为真实的分钟不到"),
        ],
        ids=["a-part", "no-answer", "no-reason", "no-operator", "unreal"],
    )
    def test_refusals_record_nothing(self, carol, as_carol, changes, why):
        played(carol)

        answer = cast_vote(as_carol, **changes)

        assert answer.status_code == 422
        assert why in answer.get_data(as_text=True)
        assert votes() == []

    def test_not_without_a_finished_room(self, carol, as_carol):
        played(carol, closing="early")

        assert cast_vote(as_carol).status_code == 422
        assert votes() == []

    def test_the_second_room_is_not_blind(self, carol, as_carol):
        played(carol, closing="abandoned")
        played(carol, ordinal=2)

        assert cast_vote(as_carol).status_code == 422

    def test_nor_is_who_wrote_it(self, carol, as_carol):
        played(carol)
        with transaction() as db_session:
            db_session.add(
                ScenarioDraft(
                    scenario_id="f1-demo",
                    version=1,
                    author_id=carol,
                    organisation=None,
                    origin="new",
                    body={},
                    first_body={},
                    yardstick={},
                    stage="published",
                    title="x",
                    level="junior",
                    published_ref=REF,
                    created_at=clock.now(),
                    updated_at=clock.now(),
                )
            )

        assert cast_vote(as_carol).status_code == 422

    def test_only_once(self, carol, as_carol):
        played(carol)
        cast_vote(as_carol)

        assert cast_vote(as_carol, confirms="no").status_code == 422
        assert [one.confirms for one in votes()] == [True]

    def test_others_votes_are_not_seen_before_ones_own(self, carol, as_carol):
        vote_of(person(cast.ALICE), confirms=False, remark="评论太假")

        assert "逐分钟的真实度" not in as_carol.get(f"/library/{REF}").get_data(as_text=True)


def vote_of(person_id, *, confirms=True, remark="像"):
    with transaction() as db_session:
        realism.vote(
            db_session,
            REF,
            person_id=person_id,
            room_ref="r",
            was_blind=True,
            sessions_run=30,
            minutes=realism.REAL * MINUTES,
            remark=remark,
            confirms=confirms,
            actor="test",
            now=clock.now(),
        )


class TestTrial:
    def counts(self, in_demo=False):
        return realism.counts_for_credentials(db.session(), REF, in_demo=in_demo)

    def test_two_confirmations_end_it(self, published):
        assert self.counts(in_demo=True)
        vote_of(person(cast.ALICE))
        assert not self.counts()
        vote_of(person(cast.BOB))
        assert self.counts()

    def test_a_rejection_keeps_it_on_trial(self, published):
        for who in (cast.ALICE, cast.BOB):
            vote_of(person(who))
        vote_of(person(cast.CAROL), confirms=False)

        assert not self.counts()

    def test_other_content_begins_anew(self, published):
        for who in (cast.ALICE, cast.BOB):
            vote_of(person(who))
        with transaction() as db_session:
            version_of(db_session, REF).content_hash = "changed"

        assert not self.counts()

    def test_a_room_on_trial_cannot_be_sat_for_a_credential(self, published):
        programme = next(one for one in load_programmes() if one.room.scenario_ref == REF)

        with pytest.raises(ScenarioOnTrialError), transaction() as db_session:
            begin_room(db_session, person(cast.ALICE), programme, is_demo=False, now=clock.now())


class TestPilot:
    def test_few_people_are_not_shown(self, published):
        played(person(cast.ALICE))

        found = presenting.pilot_of(db.session(), shipped_scenarios()["f1-demo"])

        assert found["people"] == 1
        assert not any(one["is_people"] for one in found["rows"])

    def test_first_finished_rooms_only(self, published):
        for who in (cast.ALICE, cast.BOB, cast.CAROL, cast.DAVE, cast.ERIN):
            played(person(who), score=30.0)
            played(person(who), ordinal=2, score=90.0)

        found = presenting.pilot_of(db.session(), shipped_scenarios()["f1-demo"])

        (people,) = [one for one in found["rows"] if one["is_people"]]
        assert people["mean"] == 30.0


class TestRetirement:
    def test_needs_a_reason_and_is_kept(self, published, as_carol):
        where = f"/library/{REF}/retire"
        token = {"csrf_token": csrf_token(as_carol)}

        assert as_carol.post(where, data=token).status_code == 422
        assert as_carol.post(where, data=token | {"reason": "攻略传开了"}).status_code == 303
        assert version_of(db.session(), REF).retired_at is not None
        assert "f1-demo" not in {one.scenario_id for one in presenting.live_versions(db.session())}
        assert as_carol.post(where, data=token | {"reason": "再来"}).status_code == 409
