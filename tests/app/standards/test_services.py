"""A standard-setting meeting through its services: every rule and every refusal."""

from __future__ import annotations

from statistics import stdev

import pytest
from sqlalchemy.exc import DBAPIError

from app.accounts import services as accounts
from app.accounts.roles import Role
from app.core.errors import (
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from app.standards import figures, judging, minutes, panel, presenting, queries, services
from app.standards.acts import (
    InterestDeclaredError,
    MeetingMovedOnError,
    NotReadyError,
    PanelTooSmallError,
)
from app.standards.judging import Judgement
from app.standards.models import StandardRating
from app.standards.services import RealResults
from tests.conftest import NOON
from tests.factories.standards import (
    BLUEPRINT,
    CUT,
    DEFINITION,
    EBEL_PLACES,
    ITEMS,
    Meeting,
    add_committee,
    publish_panel_bank,
)

COHORT = [(0.5, 20), (0.6, 30), (0.65, 10), (0.7, 25), (0.9, 15)]
RESULTS = RealResults({"panel-0@1": (0.62, 80), "spare-0@1": (0.9, 40)}, COHORT)


@pytest.fixture
def people(db_session, password_hash):
    publish_panel_bank(db_session, now=NOON)
    return add_committee(db_session, password_hash, now=NOON)


@pytest.fixture
def meeting(db_session, people):
    return Meeting(db_session, people, now=NOON)


class TestConvene:
    def test_judges_the_newest_form_and_trains_on_other_items(self, meeting):
        assert meeting.row.item_refs == list(ITEMS)
        assert sorted(meeting.row.training_refs) == ["spare-0@1", "spare-1@1", "spare-2@1"]

    def test_wants_five_judges_of_the_committee_without_the_coordinator(self, db_session, people):
        leader, *judges, approver = people

        def convene(ids):
            panel.convene(
                db_session,
                BLUEPRINT.ref,
                method="angoff",
                coordinator_id=leader.id,
                judge_ids=ids,
                actor="person:leader",
                now=NOON,
            )

        with pytest.raises(PanelTooSmallError):
            convene([one.id for one in judges[:4]])
        with pytest.raises(SecondPersonRequiredError):
            convene([leader.id, *(one.id for one in judges)])
        with pytest.raises(NotFoundError):
            convene([approver.id, *(one.id for one in judges)])


class TestPreparing:
    def test_training_waits_for_declarations_definition_and_agreement(self, db_session, meeting):
        def begin():
            services.begin_training(db_session, meeting.row, **meeting.act)

        with pytest.raises(NotReadyError) as told:
            begin()
        assert told.value.code == "not_everybody_declared"
        for place in range(5):
            panel.declare_interest(
                db_session, meeting.row, meeting.member(place), "", **meeting.act
            )
        with pytest.raises(NotReadyError) as told:
            begin()
        assert told.value.code == "definition_missing"
        for number in (1, 2):  # a new wording wants everybody's agreement again
            panel.write_definition(
                db_session, meeting.row, DEFINITION, person_id=meeting.leader.id, now=NOON
            )
            with pytest.raises(NotReadyError) as told:
                begin()
            assert told.value.code == "not_everybody_agreed"
            for place in range(5):
                panel.agree(db_session, meeting.row, meeting.member(place), number, now=NOON)
        with pytest.raises(MeetingMovedOnError):
            panel.agree(db_session, meeting.row, meeting.member(0), 1, now=NOON)
        begin()

        assert (meeting.row.stage, meeting.row.round) == ("rating", 0)
        assert {meeting.member(place).seat for place in range(5)} == set("甲乙丙丁戊")

    def test_an_interest_leaves_the_panel_too_small(self, db_session, meeting):
        panel.declare_interest(
            db_session, meeting.row, meeting.member(0), "在云帆互动任职", **meeting.act
        )

        with pytest.raises(PanelTooSmallError):
            services.begin_training(db_session, meeting.row, **meeting.act)
        services.abandon(db_session, meeting.row, "专家不足 5 位", **meeting.act)
        assert queries.waiting_for(db_session, meeting.leader.id) == []
        with pytest.raises(MeetingMovedOnError):
            services.begin_training(db_session, meeting.row, **meeting.act)

    def test_who_declared_an_interest_does_not_come_back(self, db_session, meeting):
        panel.declare_interest(
            db_session, meeting.row, meeting.member(0), "在云帆互动任职", **meeting.act
        )
        with pytest.raises(InterestDeclaredError):
            panel.declare_interest(db_session, meeting.row, meeting.member(0), "", **meeting.act)


class TestJudging:
    @pytest.fixture
    def rated(self, meeting):
        meeting.prepare()
        return meeting

    def test_a_repeat_adds_nothing_and_a_reused_key_is_refused(self, db_session, rated):
        ref = rated.row.refs_now[0]
        rated.rate(0, ref, 0.6, key="the-same-key")
        rated.rate(0, ref, 0.6, key="the-same-key")
        with pytest.raises(IdempotencyKeyReusedError):
            rated.rate(0, ref, 0.7, key="the-same-key")

        assert db_session.query(StandardRating).count() == 1

    def test_the_newest_counts_and_the_earlier_stays(self, db_session, rated):
        ref = rated.row.refs_now[0]
        rated.rate(0, ref, 0.6, key="first-of-two")
        rated.rate(0, ref, 0.75, key="second-of-two")

        given = queries.judgements_in(db_session, rated.row, 0)
        assert given[rated.member(0).id][ref].expected_fraction == 0.75
        assert db_session.query(StandardRating).count() == 2

    @pytest.mark.parametrize("share", [0.62, 1.05, -0.05, None])
    def test_only_steps_of_five_percent(self, rated, share):
        with pytest.raises(InvalidInputError):
            rated.rate(0, rated.row.refs_now[0], share)

    def test_an_item_of_another_round_is_not_found(self, rated):
        with pytest.raises(NotFoundError):
            rated.rate(0, "panel-0@1", 0.6)

    def test_a_page_of_a_closed_round_saves_nothing(self, db_session, rated):
        rated.judge()
        rated.discuss()
        with pytest.raises(MeetingMovedOnError):
            rated.rate(0, rated.row.refs_now[0], 0.9, key="too-late-1")
        rated.next_round()
        with pytest.raises(MeetingMovedOnError):
            judging.save_judgement(
                db_session,
                rated.row,
                rated.member(0),
                "panel-0@1",
                Judgement(expected_fraction=0.9),
                round_number=0,
                key="too-late-2",
                now=NOON,
            )

    def test_rows_are_never_changed(self, db_session, rated):
        rated.rate(0, rated.row.refs_now[0], 0.6)
        row = db_session.query(StandardRating).one()
        row.expected_fraction = 0.9

        with pytest.raises(DBAPIError):
            db_session.flush()
        db_session.rollback()

    def test_a_round_ends_when_everybody_is_done(self, db_session, rated):
        for ref in rated.row.refs_now:
            rated.rate(0, ref, 0.6)
        with pytest.raises(NotReadyError) as told:
            rated.discuss()
        assert told.value.code == "ratings_missing"
        assert figures.round_figures(db_session, rated.row, 0) is None  # blind until then

    def test_the_rest_is_kept_from_the_round_before(self, db_session, rated):
        rated.judge()
        rated.discuss()
        rated.next_round()
        rated.judge()
        rated.discuss()
        rated.next_round()
        rated.rate(0, "panel-0@1", 0.9)

        def keep():
            return judging.keep_the_rest(
                db_session, rated.row, rated.member(0), round_number=2, now=NOON
            )

        assert keep() == 3
        assert keep() == 0
        given = queries.judgements_in(db_session, rated.row, 2)[rated.member(0).id]
        assert [given[ref].expected_fraction for ref in ITEMS] == [0.9, 0.8, 0.4, 0.7]


class TestDiscussion:
    def test_the_cut_its_error_and_real_facilities(self, db_session, meeting):
        meeting.judge_rounds(1, RESULTS)

        found = figures.round_figures(db_session, meeting.row, 1)

        assert found.result.cut_score == pytest.approx(CUT)
        means = [0.625, 0.725, 0.60, 0.65, 0.65]
        assert found.result.standard_error == pytest.approx(stdev(means) / 5**0.5)
        assert figures.facilities_of(meeting.row) == {
            "panel-0@1": (0.62, 80),
            "spare-0@1": (0.9, 40),
        }

    def test_an_outlier_is_told_to_its_judge_alone(self, db_session, meeting):
        meeting.prepare()
        meeting.judge()
        meeting.discuss()
        meeting.next_round()
        meeting.judge()
        meeting.rate(0, "panel-0@1", 0.95, key="far-from-all")
        meeting.discuss()
        found = figures.round_figures(db_session, meeting.row, 1)

        def told(seat):
            rows = presenting.discussion_rows(db_session, meeting.row, found, seat)
            return {row.ref for row in rows if row.is_outlying}

        assert told(meeting.member(0).seat) == {"panel-0@1"}
        assert told(meeting.member(1).seat) == set()
        assert told("") == set()

    def test_two_rounds_at_least_and_three_at_most(self, db_session, meeting):
        meeting.judge_rounds(1)
        with pytest.raises(NotReadyError):
            services.ask_for_bounds(db_session, meeting.row, **meeting.act)
        for _ in range(2):
            meeting.next_round()
            meeting.judge()
            meeting.discuss()
        with pytest.raises(NotReadyError):
            meeting.next_round()

    def test_who_leaves_takes_the_judgements_along(self, db_session, people, password_hash):
        meeting = Meeting(db_session, people, now=NOON)
        extra = accounts.register_person(
            db_session,
            account="judge9@example.cn",
            display_name="Judge 9",
            password_hash=password_hash,
            now=NOON,
            roles=(Role.COMMITTEE_MEMBER,),
            actor="cli:test",
        )
        panel.invite_judge(db_session, meeting.row, extra.id, **meeting.act)
        meeting.judges.append(extra)
        meeting.prepare()
        meeting.judge()
        meeting.discuss()
        meeting.next_round()
        ratings = [*[[0.6] * 4] * 5, [0.9] * 4]
        meeting.judge(ratings)
        meeting.discuss()
        before = figures.round_figures(db_session, meeting.row, 1).result.cut_score
        panel.excuse_judge(db_session, meeting.row, meeting.member(5), "临时出差", **meeting.act)

        assert before == pytest.approx(0.65)
        assert figures.round_figures(db_session, meeting.row, 1).result.cut_score == (
            pytest.approx(0.6)
        )
        with pytest.raises(PanelTooSmallError):
            panel.excuse_judge(
                db_session, meeting.row, meeting.member(0), "临时出差", **meeting.act
            )


class TestEbel:
    def test_the_grid_makes_the_cut(self, db_session, people):
        meeting = Meeting(db_session, people, now=NOON, method="ebel")
        meeting.judge_rounds(1)
        found = figures.round_figures(db_session, meeting.row, 1)

        assert found.result.cut_score == pytest.approx((0.9 + 0.9 + 0.5 + 0.5) / 4)
        seat = meeting.member(0).seat
        rows = presenting.discussion_rows(db_session, meeting.row, found, seat)
        assert {row.ref: row.place for row in rows} == dict(zip(ITEMS, EBEL_PLACES, strict=True))
        meeting.next_round()
        with pytest.raises(InvalidInputError):
            meeting.rate(0, "panel-0@1", 0.5)  # an item is placed, not given a share


class TestMinutes:
    @pytest.fixture
    def closed(self, meeting):
        meeting.judge_rounds(2, RESULTS)
        meeting.close()
        return meeting

    def test_they_say_what_the_cut_means(self, db_session, closed):
        body = queries.minutes_of(db_session, closed.row).body

        assert body["result"]["proposed_cut"] == CUT
        assert body["result"]["consequences"][1] == [CUT, 0.5]  # 50 of 100 at 0.65 and above
        assert body["result"]["candidates"] == 100
        assert body["result"]["hofstee"]["within"] is True
        assert body["judges"] == [f"Judge {n}" for n in range(2, 7)]
        assert set(body["rounds"][1]["ratings"]) == set("甲乙丙丁戊")

    @pytest.mark.both_databases
    def test_all_sign_then_somebody_else_approves(self, db_session, closed):
        with pytest.raises(NotFoundError):
            closed.sign(closed.approver)
        with pytest.raises(InvalidInputError):
            closed.sign(closed.leader, name="Judge 2")
        with pytest.raises(minutes.MinutesChangedError):
            closed.sign(closed.leader, content_hash="sha256:other")
        closed.sign(closed.leader)
        with pytest.raises(minutes.AlreadySignedError):
            closed.sign(closed.leader)
        with pytest.raises(MeetingMovedOnError):
            closed.decide(closed.approver)
        for person in closed.judges:
            closed.sign(person)
        for person in (closed.leader, closed.judges[0]):
            with pytest.raises(minutes.OutsidePanelError):
                closed.decide(person)
        closed.decide(closed.approver)

        (cut, row) = queries.approved_cuts(db_session)[0]
        assert (cut.cut_fraction, row.stage) == (CUT, "approved")
        with pytest.raises(MeetingMovedOnError):
            closed.decide(closed.approver, "declined")

    def test_an_excluded_item_recomputes_the_cut_and_wants_every_signature_again(
        self, db_session, closed
    ):
        closed.sign_all()
        closed.decide(closed.approver)

        minutes.set_exclusion(
            db_session, closed.row, ITEMS[2], excluded=True, reason="题干有歧义", **closed.act
        )

        held = queries.minutes_of(db_session, closed.row)
        # Without the third item: 2.1, 2.4, 1.8, 2.15 and 2.05 of 3; mean 0.7.
        assert (held.version, held.body["result"]["cut"]) == (2, pytest.approx(0.7))
        assert held.body["excluded"] == [[ITEMS[2], "题干有歧义"]]
        assert closed.row.stage == "signing"
        assert queries.signatures_under(db_session, held.id) == []
        assert len(queries.approved_cuts(db_session)) == 1  # the earlier one stands until then
        closed.sign_all()
        closed.decide(closed.approver)
        assert queries.approved_cuts(db_session)[0][0].cut_fraction == 0.7

    def test_the_last_item_stays(self, db_session, closed):
        for ref in ITEMS[:3]:
            minutes.set_exclusion(
                db_session, closed.row, ref, excluded=True, reason="有歧义", **closed.act
            )
        with pytest.raises(minutes.NoItemLeftError):
            minutes.set_exclusion(
                db_session, closed.row, ITEMS[3], excluded=True, reason="有歧义", **closed.act
            )

    def test_bounds_the_wrong_way_round_are_named(self, meeting):
        meeting.judge_rounds(2)
        with pytest.raises(InvalidInputError) as told:
            meeting.close((0.7, 0.5, 0.1, 0.4))
        assert told.value.errors == [{"field": "most_cut_fraction", "code": "not_in_order"}]
