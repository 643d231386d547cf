"""A programme's next version: written by one, approved by another, and what becomes of it."""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest

from app.certification import queries as certification
from app.core.errors import InvalidInputError, SecondPersonRequiredError
from app.programmes import cuts, drafts, presenting, schemes, seasons
from app.programmes.models import ApprovedCut, DraftEvent
from certificates.effects import Outcome
from tests import cast
from tests.conftest import NOON, csrf_token
from tests.factories.certification import (
    add_attempt,
    add_room,
    certify,
    enrol_little,
    little_programme,
    publish_little_programme,
)

WRITER, SECOND = "person:writer", "person:second"
DAY = timedelta(days=1)


@pytest.fixture
def programme(app, db_session):
    return publish_little_programme(db_session, now=NOON)


@pytest.fixture
def draft(db_session, programme):
    return drafts.open_draft(db_session, "little", actor=WRITER, now=NOON)


def save(db_session, draft, *, actor=WRITER, revision=None, **changes):
    body = copy.deepcopy(draft.body) | changes
    drafts.save_draft(
        db_session, draft, body, revision=revision or draft.revision, actor=actor, now=NOON
    )


def propose(db_session, draft):
    drafts.propose(db_session, draft, actor=WRITER, now=NOON, comment="because")


class TestDrafts:
    def test_is_published_by_a_second_person_and_binds_who_enrols_later(
        self, app, db_session, draft, programme, person_of
    ):
        alice = enrol_little(app, db_session, person_of(cast.ALICE).id, programme, now=NOON)
        save(db_session, draft, retake_days=9)
        propose(db_session, draft)

        drafts.approve(db_session, draft, actor=SECOND, now=NOON + DAY)

        newest = certification.newest_programme(db_session, "little")
        bob = enrol_little(app, db_session, person_of(cast.BOB).id, newest, now=NOON + DAY)
        assert (newest.ref, newest.retake_days) == ("little@2", 9)
        assert (alice.programme_ref, bob.programme_ref) == ("little@1", "little@2")
        assert certification.programme_of(db_session, "little@1") == programme
        assert drafts.open_draft(db_session, "little", actor=WRITER, now=NOON).version == 3

    def test_nobody_approves_what_they_wrote(self, db_session, draft):
        save(db_session, draft, retake_days=9, actor=SECOND)
        propose(db_session, draft)

        assert drafts.waiting_count(db_session, "person:third") == 1
        for actor in (WRITER, SECOND):
            assert drafts.waiting_count(db_session, actor) == 0
            with pytest.raises(SecondPersonRequiredError):
                drafts.approve(db_session, draft, actor=actor, now=NOON)
        assert certification.newest_programme(db_session, "little").version == 1

    def test_is_not_proposed_with_errors_and_changes_nothing(self, db_session, draft):
        save(db_session, draft, retake_days=-1, max_per_quarter=0)

        with pytest.raises(drafts.DraftProblemsError) as refused:
            propose(db_session, draft)

        assert {one.field for one in refused.value.problems} == {"retake_days", "max_per_quarter"}
        assert draft.state == "draft"

    def test_content_that_went_away_is_found_at_the_approval(self, db_session, draft):
        save(db_session, draft, retake_days=9)
        propose(db_session, draft)
        draft.body = copy.deepcopy(draft.body) | {"version": 7}

        with pytest.raises(drafts.DraftProblemsError):
            drafts.approve(db_session, draft, actor=SECOND, now=NOON)

    def test_the_second_of_two_writers_is_told(self, db_session, draft):
        save(db_session, draft, retake_days=9)

        with pytest.raises(drafts.DraftChangedError):
            save(db_session, draft, retake_days=8, revision=1)
        assert draft.body["retake_days"] == 9

    def test_a_returned_draft_is_written_again_and_a_discarded_one_is_not(self, db_session, draft):
        save(db_session, draft, retake_days=9)
        propose(db_session, draft)
        with pytest.raises(drafts.DraftStateError):
            save(db_session, draft, retake_days=8)
        drafts.give_back(db_session, draft, actor=SECOND, now=NOON, comment="too long")
        save(db_session, draft, retake_days=8)
        drafts.discard(db_session, draft, actor=WRITER, now=NOON, comment="never mind")

        with pytest.raises(drafts.DraftStateError):
            save(db_session, draft, retake_days=7)
        kinds = [event.kind for event in drafts.events_of(db_session, draft)]
        assert kinds == ["discarded", "edited", "returned", "proposed", "edited", "opened"]

    def test_opening_twice_is_one_draft_and_history_tells_each_field(self, db_session, draft):
        assert drafts.open_draft(db_session, "little", actor=SECOND, now=NOON).id == draft.id
        save(db_session, draft, retake_days=9)

        newest: DraftEvent = drafts.events_of(db_session, draft)[0]
        assert newest.changes == [{"field": "retake_days", "before": 3, "after": 9}]


class TestNewProgramme:
    @pytest.fixture
    def committed(self, db_session, programme) -> None:
        """Leave the write lock to the pages."""
        db_session.commit()

    def begin(self, db_session, programme_id="little-food", **changes):
        titles = {"title": "食品类操盘手认证", "title_en": "Food operators"}
        return drafts.open_first_draft(
            db_session, programme_id, like="little", actor=WRITER, now=NOON, **(titles | changes)
        )

    def test_its_first_version_is_published_by_a_second_person(self, db_session, programme):
        draft = self.begin(db_session)
        save(db_session, draft, retake_days=9)
        propose(db_session, draft)
        with pytest.raises(SecondPersonRequiredError):
            drafts.approve(db_session, draft, actor=WRITER, now=NOON)

        drafts.approve(db_session, draft, actor=SECOND, now=NOON)

        newest = certification.newest_programme(db_session, "little-food")
        assert (newest.ref, newest.retake_days) == ("little-food@1", 9)
        assert newest.theory == programme.theory
        assert certification.newest_programme(db_session, "little") == programme
        assert drafts.open_draft(db_session, "little-food", actor=WRITER, now=NOON).version == 2

    @pytest.mark.parametrize("programme_id", ["Little", "a b", "-x", "a" * 41, ""])
    def test_an_odd_id_is_refused(self, db_session, programme, programme_id):
        with pytest.raises(InvalidInputError):
            self.begin(db_session, programme_id)

    def test_an_id_is_taken_by_a_programme_or_a_draft(self, db_session, programme):
        with pytest.raises(drafts.ProgrammeExistsError):
            self.begin(db_session, "little")
        draft = self.begin(db_session)
        with pytest.raises(drafts.ProgrammeExistsError):
            self.begin(db_session)
        drafts.discard(db_session, draft, actor=WRITER, now=NOON, comment="never mind")

        assert self.begin(db_session).id != draft.id

    def test_through_the_pages(self, db_session, programme, committed, as_carol):
        said = {
            "csrf_token": csrf_token(as_carol),
            "programme_id": "little-food",
            "title": "食品类操盘手认证",
            "title_en": "Food operators",
            "like": "little",
        }
        page = as_carol.post("/office/programmes/new", data=said)
        assert page.status_code == 303
        shown = as_carol.get(page.location).text
        assert "没有现行版本可比" in shown
        assert "食品类操盘手认证" in as_carol.get("/office/programmes").text
        assert as_carol.get(f"{page.location}/effects").status_code == 404
        again = as_carol.post("/office/programmes/new", data=said)
        assert again.status_code == 409
        assert "little-food" in again.text


class TestCuts:
    def propose(self, db_session, **changes):
        values = {
            "blueprint_ref": "little@1",
            "cut_fraction": 0.6432,
            "standard_error": 0.012,
            "minutes_hash": "ab" * 32,
            "session_id": "panel1",
            "approved_by": SECOND,
            "now": NOON,
        }
        cuts.propose_cut(db_session, **(values | changes))

    def test_goes_into_the_next_version_once(self, db_session, programme):
        self.propose(db_session)
        self.propose(db_session, cut_fraction=0.9)

        draft = drafts.open_draft_or_none(db_session, "little")
        assert draft is not None
        assert draft.body["theory"]["cut_fraction"] == 0.6432
        assert db_session.query(ApprovedCut).count() == 1

    def test_is_kept_for_a_draft_that_waits_and_for_no_programme(self, db_session, draft):
        save(db_session, draft, retake_days=9)
        propose(db_session, draft)
        self.propose(db_session)
        self.propose(db_session, blueprint_ref="nobody@1", session_id="panel2")

        assert draft.body["theory"]["cut_fraction"] == 0.6
        drafts.give_back(db_session, draft, actor=SECOND, now=NOON, comment="take the cut")
        page = presenting.draft_page(db_session, draft, me=WRITER)
        assert [one.session_id for one in page.cuts] == ["panel1"]


class TestSeasons:
    def test_reads_decisions_back_into_results(self, app, db_session, programme, person_of):
        alice, bob = person_of(cast.ALICE).id, person_of(cast.BOB).id
        certify(app, db_session, alice, programme, at=NOON, fraction=0.62, score=30.0)
        enrol_little(app, db_session, bob, programme, now=NOON)
        add_attempt(db_session, bob, 0.55, at=NOON, programme=programme)
        season = seasons.season_at(NOON)

        cases = seasons.decided_cases(db_session, "little", season)

        assert [(one.verdict.value, dict(one.achieved)) for one in cases] == [
            ("passed", {"theory": 0.62, "room": 30.0}),
            ("failed", {"theory": 0.55}),
        ]
        assert seasons.decided_cases(db_session, "little", season.before) == []

    def test_the_page_shows_who_would_end_otherwise(
        self, app, db_session, programme, person_of, draft
    ):
        alice = person_of(cast.ALICE).id
        certify(app, db_session, alice, programme, at=NOON, fraction=0.62, score=30.0)
        save(db_session, draft, theory=draft.body["theory"] | {"cut_fraction": 0.63})

        page = presenting.effect_page(db_session, draft, seasons.season_at(NOON))

        assert page.effect is not None
        assert len(page.effect.newly_failed) == 1
        assert {outcome for _, outcome in page.effect.moves} == {Outcome.FAILED}
        assert page.chart is None  # one person's rate is nobody's business

    @pytest.mark.parametrize(
        ("operators", "code"), [(1, "small"), (4, "small"), (5, "medium"), (20, "large")]
    )
    def test_sizes(self, operators, code):
        assert seasons.size_class(operators) == code


class TestPages:
    @pytest.fixture
    def address(self, db_session, draft):
        save(db_session, draft, retake_days=9)
        public_id = draft.public_id
        db_session.commit()
        return f"/office/programmes/drafts/{public_id}"

    def test_a_member_edits_sees_the_difference_and_cannot_approve(self, as_carol, address):
        token = csrf_token(as_carol)
        page = as_carol.get(address)
        assert "再考间隔" in page.text
        for path in (
            "/office/programmes",
            f"{address}/effects",
            f"{address}/effects?season=2026Q2",
        ):
            assert as_carol.get(path).status_code == 200
        assert as_carol.get(f"{address}/effects?season=x").status_code == 404
        form = {
            "revision": "2",
            "title": "直播电商操盘手认证（初级）",
            "title_en": "Junior Operator",
            "theory_blueprint": "little@1",
            "theory_practice": "",
            "room_2_scenario": "",
            "prerequisite_level": "",
            "refresher_blueprint": "",
            "theory_minutes": "10",
            "theory_cut": "61.5",
            "room_scenario": "little@1",
            "room_speed": "4",
            "room_cut": "25",
            "room_forecast": "0",
            "validity_years": "1",
            "part_valid_months": "6",
            "retake_days": "9",
            "max_per_quarter": "3",
            "prerequisite_sessions": "2",
            "csrf_token": token,
        }

        assert as_carol.post(address, data=form).status_code == 303
        page = as_carol.get(address)
        assert "61.5%" in page.text
        assert "操盘场次" in page.text
        assert as_carol.post(address, data=form).status_code == 409
        assert as_carol.post(address, data=form | {"theory_minutes": "x"}).status_code == 422
        comment = {"comment": "why", "csrf_token": token}
        assert as_carol.post(f"{address}/propose", data={"csrf_token": token}).status_code == 422
        assert as_carol.post(f"{address}/propose", data=comment).status_code == 303
        assert as_carol.post(f"{address}/approve", data=comment).status_code == 403
        assert as_carol.post(f"{address}/nonsense", data=comment).status_code == 404
        assert as_carol.post(f"{address}/return", data=comment).status_code == 303

    def test_are_closed_to_candidates(self, as_alice, address):
        assert as_alice.get(address).status_code == 403


class TestSchemeDocument:
    def test_has_every_section_and_the_changes_of_each_version(self, app, db_session, programme):
        newer = little_programme(version=2, retake_days=9)
        publish_little_programme(db_session, newer, now=NOON + DAY)
        with app.test_request_context():
            document = schemes.scheme_of(db_session, "little", None)
            older = schemes.scheme_of(db_session, "little", "1")
            data = schemes.drawn(document, app.config["SETTINGS"])
            again = schemes.drawn(document, app.config["SETTINGS"])

        assert [one.number for one in document.sections] == list(range(1, 18))
        history = document.sections[-1].table
        assert history is not None
        assert history.rows[0][2] == "再考间隔（天）：3 → 9"
        assert [row[0] for row in older.sections[-1].table.rows] == ["第 1 版"]
        assert data.startswith(b"%PDF")
        assert data == again

    def test_an_installation_may_begin_with_a_later_version(self, app, db_session):
        for version in (3, 5):
            newer = little_programme(version=version, retake_days=version)
            publish_little_programme(db_session, newer, now=NOON)
        with app.test_request_context():
            history = schemes.scheme_of(db_session, "little", None).sections[-1].table
            page = presenting.version_page(db_session, "little", None, None)
            first = presenting.version_page(db_session, "little", None, "3")

        assert history is not None
        assert [row[0] for row in history.rows] == ["第 5 版", "第 3 版"]
        assert history.rows[0][2] == "再考间隔（天）：3 → 5"
        assert (page.before, page.after) == (3, 5)
        assert (first.before, first.after) == (3, 3)

    def test_is_public_and_unknown_ones_are_not_found(self, app, db_session, programme):
        db_session.commit()
        stranger = app.test_client()

        page = stranger.get("/schemes/little")
        assert page.status_code == 200
        assert "没有其他前提" in page.text
        assert stranger.get("/schemes").status_code == 200
        assert stranger.get("/schemes/little.pdf").mimetype == "application/pdf"
        for path in ("/schemes/nobody", "/schemes/little?version=9", "/schemes/little?version=x"):
            assert stranger.get(path).status_code == 404

    def test_bears_the_english_title_for_english_readers(self, app, db_session, programme):
        db_session.commit()
        stranger = app.test_client()
        stranger.get("/language/en?next=/schemes")

        for path in ("/schemes", "/schemes/little"):
            page = stranger.get(path).text
            assert programme.title_en in page
            assert programme.title not in page


def test_a_room_that_counts_twice_is_counted_once(app, db_session, programme, person_of):
    """The last decision of a season is the case, however many were recorded."""
    alice = person_of(cast.ALICE).id
    enrol_little(app, db_session, alice, programme, now=NOON)
    add_attempt(db_session, alice, 0.8, at=NOON, programme=programme)
    add_room(db_session, alice, 5.0, at=NOON + DAY, programme=programme)

    cases = seasons.decided_cases(db_session, "little", seasons.season_at(NOON))

    assert [one.verdict.value for one in cases] == ["failed"]
