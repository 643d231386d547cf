"""Publish, enrol, start the parts: what is allowed when, through the services."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.accounts.models import LegalIdentity
from app.accounts.services import IdentityTakenError
from app.bank.services import VersionChangedError
from app.certification import queries, services
from app.certification.models import Enrolment, ProgrammeVersion
from app.certification.publishing import UnknownContentError, publish_programmes
from app.core.db import db, transaction
from app.core.errors import NotFoundError
from app.exams.drawing import NoFormError
from app.exams.models import Attempt
from app.exams.services import submit_attempt
from app.rooms.models import RoomSession
from app.rooms.services import close_finished_rooms
from certificates.decisions import Part
from certificates.retakes import RetakeRule
from tests import cast
from tests.app.certification.test_acts import suspend
from tests.conftest import NOON
from tests.factories.certification import (
    DEMO_RULES,
    add_attempt,
    add_room,
    certify,
    enrol_little,
    little_programme,
    publish_little_programme,
)

DAY = timedelta(days=1)


def identity(number: str = "990001199603120025") -> services.IdentityInput:
    return services.IdentityInput("Carol", number)


class TestPublishProgrammes:
    def test_adds_each_version_once(self, db_session, programme):
        again = publish_programmes(db_session, [programme], actor="cli:test", now=NOON)

        assert again == 0
        assert db_session.scalar(select(func.count()).select_from(ProgrammeVersion)) == 1

    def test_refuses_other_content_under_the_same_version(self, db_session, programme):
        changed = little_programme(retake_days=0)

        with pytest.raises(VersionChangedError):
            publish_programmes(db_session, [changed], actor="cli:test", now=NOON)

    def test_replaces_a_version_only_in_a_redraft(self, db_session, programme):
        changed = little_programme(retake_days=0)
        publish_programmes(db_session, [changed], actor="cli:test", now=NOON, redraft=True)

        assert queries.programme_of(db_session, "little@1").retake_days == 0

    @pytest.mark.parametrize(
        ("part", "change"),
        [
            ("theory", {"blueprint_ref": "nobody@1", "minutes": 10, "cut_fraction": 0.6}),
            (
                "room",
                {
                    "scenario_ref": "nobody@1",
                    "speed": 4.0,
                    "cut_score": 25.0,
                    "room_weight": 1.0,
                    "forecast_weight": 0.0,
                },
            ),
        ],
    )
    def test_refuses_content_that_nobody_published(self, db_session, programme, part, change):
        lame = little_programme(id="lame", **{part: change})

        with pytest.raises(UnknownContentError, match=f"lame@1: {part}"):
            publish_programmes(db_session, [lame], actor="cli:test", now=NOON)

    def test_offers_the_newest_version(self, db_session, programme):
        newer = little_programme(version=2)
        publish_programmes(db_session, [newer], actor="cli:test", now=NOON)

        assert queries.newest_programme(db_session, "little").version == 2
        assert [one.ref for one in queries.programmes(db_session)] == ["little@2"]


@pytest.mark.both_databases
class TestEnrol:
    def test_pins_the_programme_and_repeats_give_the_same(
        self, app, db_session, alice_id, programme
    ):
        first = enrol_little(app, db_session, alice_id, programme, now=NOON)
        newer = little_programme(version=2)
        publish_programmes(db_session, [newer], actor="cli:test", now=NOON)
        second = enrol_little(app, db_session, alice_id, newer, now=NOON)

        assert second.id == first.id
        assert second.programme_ref == "little@1"

    def test_twenty_at_once_give_one_identity_and_one_enrolment(
        self, app, db_session, person_of, programme
    ):
        carol = person_of(cast.CAROL).id
        db_session.commit()
        db.session.remove()
        found, failures, barrier = set(), [], threading.Barrier(20)

        def start():
            with app.app_context():
                barrier.wait()
                try:
                    with transaction() as session:
                        found.add(
                            services.enrol(
                                session,
                                carol,
                                programme,
                                identity=identity(),
                                keys=app.extensions["field_keys"],
                                settings=app.config["SETTINGS"],
                                now=NOON,
                            ).public_id
                        )
                except Exception as error:
                    failures.append(error)
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=start) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        assert len(found) == 1
        with transaction() as session:
            assert session.scalar(select(func.count()).select_from(Enrolment)) == 1
            of_carol = select(func.count()).where(LegalIdentity.person_id == carol)
            assert session.scalar(of_carol) == 1

    def test_needs_the_identity_the_first_time(self, app, db_session, person_of, programme):
        with pytest.raises(services.IdentityMissingError):
            enrol_little(app, db_session, person_of(cast.CAROL).id, programme, now=NOON)

    def test_refuses_a_number_of_another_account(self, app, db_session, person_of, programme):
        with pytest.raises(IdentityTakenError):
            services.enrol(
                db_session,
                person_of(cast.CAROL).id,
                programme,
                identity=identity(cast.ALICE.number),
                keys=app.extensions["field_keys"],
                settings=app.config["SETTINGS"],
                now=NOON,
            )

    def test_refuses_who_holds_a_credential_until_it_ends(
        self, app, db_session, alice_id, programme
    ):
        certify(app, db_session, alice_id, programme, at=NOON)

        with pytest.raises(services.AlreadyCertifiedError):
            enrol_little(app, db_session, alice_id, programme, now=NOON + 270 * DAY)

        record = queries.credentials_of(db_session, alice_id, at=NOON)[0].record
        suspend(db_session, record, NOON + DAY)
        with pytest.raises(services.AlreadyCertifiedError):
            enrol_little(app, db_session, alice_id, programme, now=NOON + 2 * DAY)

        expired = NOON + 366 * DAY
        assert enrol_little(app, db_session, alice_id, programme, now=expired).is_active

    def test_renews_in_the_last_90_days_and_only_once(self, app, db_session, alice_id, programme):
        first = certify(app, db_session, alice_id, programme, at=NOON)
        soon = first.expires_at - 90 * DAY

        with pytest.raises(services.AlreadyCertifiedError):
            enrol_little(app, db_session, alice_id, programme, now=soon - timedelta(seconds=1))
        second = certify(app, db_session, alice_id, programme, at=soon + 10 * DAY)
        with pytest.raises(services.AlreadyCertifiedError):
            enrol_little(app, db_session, alice_id, programme, now=soon + 11 * DAY)

        held = queries.credentials_of(db_session, alice_id, at=soon + 11 * DAY)
        assert second.number != first.number
        assert [one.is_valid for one in held] == [True, True]
        after = queries.credentials_of(db_session, alice_id, at=first.expires_at)
        assert [one.status.value for one in after] == ["valid", "expired"]

    @pytest.mark.parametrize("name", ["", " \u200b", "\U00030000"])
    def test_refuses_a_name_that_cannot_be_printed(self, app, name):
        with pytest.raises(services.UnprintableNameError):
            services.check_legal_name(name, app.config["SETTINGS"])

    def test_takes_a_name_with_a_dot(self, app):
        services.check_legal_name("古丽米热·买买提", app.config["SETTINGS"])


@pytest.mark.both_databases
class TestStartTheory:
    def test_pins_the_programme_into_the_attempt(self, app, db_session, enrolment):
        attempt = services.start_theory(
            db_session, enrolment, settings=app.config["SETTINGS"], now=NOON
        )

        assert (attempt.programme_ref, attempt.blueprint_ref) == ("little@1", "little@1")
        assert (attempt.limit_s, attempt.cut_fraction, attempt.is_demo) == (600, 0.6, True)

    def test_a_second_start_returns_the_open_attempt(self, app, db_session, enrolment):
        settings = app.config["SETTINGS"]
        first = services.start_theory(db_session, enrolment, settings=settings, now=NOON)
        second = services.start_theory(
            db_session, enrolment, settings=settings, now=NOON + timedelta(minutes=1)
        )

        assert second.id == first.id

    def test_twenty_at_once_give_one_attempt(self, app, db_session, alice_id, enrolment):
        db_session.commit()
        db.session.remove()
        found, failures, barrier = set(), [], threading.Barrier(20)

        def start():
            with app.app_context():
                barrier.wait()
                try:
                    with transaction() as session:
                        held = queries.active_enrolment(session, alice_id, "little", lock=True)
                        found.add(
                            services.start_theory(
                                session, held, settings=app.config["SETTINGS"], now=NOON
                            ).public_id
                        )
                except Exception as error:
                    failures.append(error)
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=start) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        assert len(found) == 1
        with transaction() as session:
            assert session.scalar(select(func.count()).select_from(Attempt)) == 1

    def test_waits_three_days_after_a_failure(
        self, app, db_session, alice_id, enrolment, programme
    ):
        settings = app.config["SETTINGS"]
        add_attempt(db_session, alice_id, 0.3, at=NOON, programme=programme)

        with pytest.raises(services.RetakeTooEarlyError) as refused:
            services.start_theory(
                db_session, enrolment, settings=settings, now=NOON + 3 * DAY - timedelta(seconds=1)
            )
        assert refused.value.part is Part.THEORY
        assert refused.value.retake.rule is RetakeRule.WAIT
        assert refused.value.retake.earliest_at == NOON + 3 * DAY

        assert services.start_theory(
            db_session, enrolment, settings=settings, now=NOON + 3 * DAY
        ).is_open

    def test_allows_three_sittings_a_quarter(self, app, db_session, alice_id, enrolment, programme):
        october = datetime(2026, 10, 5, 4, tzinfo=UTC)
        for days in (0, 4, 8):
            add_attempt(db_session, alice_id, 0.3, at=october + days * DAY, programme=programme)

        with pytest.raises(services.RetakeTooEarlyError) as refused:
            services.start_theory(
                db_session, enrolment, settings=app.config["SETTINGS"], now=october + 20 * DAY
            )

        assert refused.value.retake.rule is RetakeRule.QUARTER
        # midnight of 1 January in Beijing
        assert refused.value.retake.earliest_at == datetime(2026, 12, 31, 16, tzinfo=UTC)

    def test_counts_the_sittings_of_an_older_version(self, app, db_session, alice_id, programme):
        add_attempt(db_session, alice_id, 0.3, at=NOON, programme=programme)
        newer = little_programme(version=2)
        publish_programmes(db_session, [newer], actor="cli:test", now=NOON)
        enrolment = enrol_little(app, db_session, alice_id, newer, now=NOON)

        with pytest.raises(services.RetakeTooEarlyError):
            services.start_theory(
                db_session, enrolment, settings=app.config["SETTINGS"], now=NOON + DAY
            )

    def test_a_demonstration_may_be_repeated_at_once(self, app, db_session, alice_id):
        demo = little_programme(**DEMO_RULES)
        publish_little_programme(db_session, demo, now=NOON)
        enrolment = enrol_little(app, db_session, alice_id, demo, now=NOON)
        for _ in range(5):
            add_attempt(db_session, alice_id, 0.3, at=NOON, programme=demo)

        assert services.start_theory(
            db_session, enrolment, settings=app.config["SETTINGS"], now=NOON
        ).is_open

    def test_is_not_repeated_while_the_part_counts(
        self, app, db_session, alice_id, enrolment, programme
    ):
        settings = app.config["SETTINGS"]
        add_attempt(db_session, alice_id, 0.6, at=NOON, programme=programme)

        with pytest.raises(services.PartPassedError):
            services.start_theory(db_session, enrolment, settings=settings, now=NOON + 30 * DAY)

        lapsed = NOON + 190 * DAY
        assert services.start_theory(db_session, enrolment, settings=settings, now=lapsed).is_open

    def test_says_when_no_form_is_left(self, app, db_session, enrolment):
        db_session.execute(db.text("DELETE FROM prepared_form"))

        with pytest.raises(NoFormError):
            services.start_theory(db_session, enrolment, settings=app.config["SETTINGS"], now=NOON)

    def test_of_nobody_enrolled_is_not_found(self, db_session, person_of, enrolment):
        with pytest.raises(NotFoundError):
            queries.active_enrolment(db_session, person_of(cast.BOB).id, "little", lock=True)


class TestStartRoom:
    def test_needs_the_theory_first(self, app, db_session, enrolment):
        with pytest.raises(services.TheoryFirstError):
            services.start_room(db_session, enrolment, settings=app.config["SETTINGS"], now=NOON)

    def test_pins_the_programme_and_repeats_give_the_same(
        self, app, db_session, alice_id, enrolment, programme
    ):
        settings = app.config["SETTINGS"]
        add_attempt(db_session, alice_id, 0.6, at=NOON, programme=programme)

        first = services.start_room(db_session, enrolment, settings=settings, now=NOON)
        second = services.start_room(db_session, enrolment, settings=settings, now=NOON)

        assert second == first
        room = db_session.scalars(select(RoomSession)).one()
        assert (room.exam_code, room.programme_ref) == ("little@1:room", "little@1")
        assert (room.mode, room.cut_score, room.clock_speed) == ("exam", 25.0, 4.0)

    def test_is_refused_once_the_theory_has_lapsed(
        self, app, db_session, alice_id, enrolment, programme
    ):
        add_attempt(db_session, alice_id, 0.9, at=NOON - 200 * DAY, programme=programme)

        with pytest.raises(services.TheoryFirstError):
            services.start_room(db_session, enrolment, settings=app.config["SETTINGS"], now=NOON)

    def test_waits_while_the_last_one_is_scored(
        self, app, db_session, alice_id, enrolment, programme
    ):
        add_attempt(db_session, alice_id, 0.6, at=NOON, programme=programme)
        add_room(db_session, alice_id, None, at=NOON, programme=programme)

        with pytest.raises(services.RoomBeingScoredError):
            services.start_room(
                db_session, enrolment, settings=app.config["SETTINGS"], now=NOON + 4 * DAY
            )

    def test_waits_while_the_last_result_is_held_back(
        self, app, db_session, alice_id, enrolment, programme
    ):
        add_attempt(db_session, alice_id, 0.6, at=NOON, programme=programme)
        room = add_room(db_session, alice_id, None, at=NOON, programme=programme)
        room.scored_at, room.is_held = NOON, True

        with pytest.raises(services.RoomBeingScoredError):
            services.start_room(
                db_session, enrolment, settings=app.config["SETTINGS"], now=NOON + 4 * DAY
            )

    def test_waits_three_days_after_a_failure(
        self, app, db_session, alice_id, enrolment, programme
    ):
        settings = app.config["SETTINGS"]
        add_attempt(db_session, alice_id, 0.6, at=NOON, programme=programme)
        add_room(db_session, alice_id, 3.0, at=NOON, programme=programme)

        with pytest.raises(services.RetakeTooEarlyError) as refused:
            services.start_room(db_session, enrolment, settings=settings, now=NOON + DAY)
        assert refused.value.part is Part.ROOM
        assert refused.value.retake.earliest_at == NOON + 3 * DAY

        assert services.start_room(db_session, enrolment, settings=settings, now=NOON + 3 * DAY)


class TestWholeWay:
    def test_a_real_exam_and_a_real_room_reach_the_credential_through_their_events(
        self, app, db_session, alice_id
    ):
        # Cuts of zero: an empty paper and an idle room, which is the house, just pass.
        easy = little_programme(
            theory={"blueprint_ref": "little@1", "minutes": 10, "cut_fraction": 0.0},
            room={
                "scenario_ref": "little@1",
                "speed": 4.0,
                "cut_score": 0.0,
                "room_weight": 1.0,
                "forecast_weight": 0.0,
            },
        )
        publish_little_programme(db_session, easy, now=NOON)
        enrolment = enrol_little(app, db_session, alice_id, easy, now=NOON)
        settings = app.config["SETTINGS"]

        attempt = services.start_theory(db_session, enrolment, settings=settings, now=NOON)
        submit_attempt(db_session, attempt, key="submit-1", now=NOON + timedelta(minutes=3))
        assert queries.last_decision_or_none(db_session, enrolment.id).verdict == "incomplete"

        later = NOON + timedelta(minutes=4)
        room_id = services.start_room(db_session, enrolment, settings=settings, now=later)
        db_session.commit()
        with transaction() as session:
            close_finished_rooms(session, now=later + timedelta(minutes=20))

        held = queries.credentials_of(db_session, alice_id, at=later + DAY)
        assert [one.is_valid for one in held] == [True]
        assert held[0].record.snapshot["room_points"] == "0.0"
        decision = queries.last_decision_or_none(db_session, enrolment.id)
        assert decision.evidence_ids == [attempt.public_id, room_id]
