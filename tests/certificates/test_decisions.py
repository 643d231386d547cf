from datetime import UTC, datetime, timedelta

import pytest

from certificates.decisions import Part, PartState, ReasonCode, Verdict, decide, room_points
from certificates.errors import ProgrammeError
from certificates.levels import Level
from certificates.outcomes import ContestOutcome, Logged, RoomOutcome, TheoryOutcome, WrittenOutcome
from certificates.programmes import CertificationProgramme

ON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def theory(score, *, ago=timedelta(), ref="theory@1", key="t", voided=False):
    return TheoryOutcome(
        evidence_id=key,
        blueprint_ref=ref,
        score_fraction=score,
        finished_at=ON - ago,
        voided=voided,
    )


def room(score, *, ago=timedelta(), ref="room@1", key="r", voided=False, forecast=None):
    return RoomOutcome(
        evidence_id=key,
        scenario_ref=ref,
        score=score,
        finished_at=ON - ago,
        voided=voided,
        forecast_score=forecast,
    )


class TestDecide:
    @pytest.mark.parametrize(
        ("outcomes", "verdict", "theory_state", "room_state"),
        [
            ([theory(0.8), room(40)], "passed", "met", "met"),
            ([theory(0.6), room(25)], "passed", "met", "met"),
            ([theory(0.5999), room(25)], "failed", "not_met", "met"),
            ([theory(0.6), room(24.999)], "failed", "met", "not_met"),
            ([], "incomplete", "missing", "missing"),
            ([theory(0.8)], "incomplete", "met", "missing"),
            ([theory(0.2)], "failed", "not_met", "missing"),
            ([room(40)], "incomplete", "missing", "met"),
            ([theory(0.8, ago=200 * DAY), room(40)], "incomplete", "lapsed", "met"),
            ([theory(0.2, ago=200 * DAY), room(40)], "failed", "not_met", "met"),
            ([theory(0.8, ago=200 * DAY), theory(0.1), room(40)], "failed", "not_met", "met"),
            ([theory(0.8, ago=200 * DAY), theory(0.7), room(40)], "passed", "met", "met"),
            ([theory(0.2), theory(0.7, ago=9 * DAY), room(40)], "passed", "met", "met"),
            ([theory(0.8, voided=True), room(40)], "incomplete", "missing", "met"),
            ([theory(0.8, ref="theory@2"), room(40)], "incomplete", "missing", "met"),
            ([theory(0.8), room(40, ref="other@1")], "incomplete", "met", "missing"),
            ([theory(0.8), room(40, ago=-DAY)], "incomplete", "met", "missing"),
            ([theory(0.8), room(-3)], "failed", "met", "not_met"),
            ([theory(1 / 3 + 1 / 3 - 1 / 15), room(25 - 1e-12)], "passed", "met", "met"),
        ],
    )
    def test_table(self, programme, outcomes, verdict, theory_state, room_state):
        decision = decide(programme, outcomes, on=ON)

        assert decision.verdict == verdict
        assert decision.part(Part.THEORY).state == theory_state
        assert decision.part(Part.ROOM).state == room_state

    def test_a_part_counts_through_the_last_day_of_its_sixth_month(self, programme):
        # Finished on 21 May in Beijing: it counts on 21 November up to midnight.
        finished = datetime(2026, 5, 21, 0, 30, tzinfo=UTC)
        passed = TheoryOutcome(
            evidence_id="t", blueprint_ref="theory@1", score_fraction=0.8, finished_at=finished
        )
        midnight = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)

        before = decide(programme, [passed], on=midnight - timedelta(microseconds=1))
        after = decide(programme, [passed], on=midnight)

        assert before.part(Part.THEORY).state is PartState.MET
        assert before.part(Part.THEORY).counts_until == midnight
        assert after.part(Part.THEORY).state is PartState.LAPSED

    def test_a_part_passed_on_31_august_lapses_with_the_end_of_february(self, programme):
        passed = TheoryOutcome(
            evidence_id="t",
            blueprint_ref="theory@1",
            score_fraction=0.8,
            finished_at=datetime(2027, 8, 31, 4, tzinfo=UTC),
        )

        decision = decide(programme, [passed], on=datetime(2028, 2, 29, 15, 59, tzinfo=UTC))

        assert decision.part(Part.THEORY).state is PartState.MET

    def test_the_best_result_is_the_evidence_and_of_equals_the_latest(self, programme):
        outcomes = [
            theory(0.7, key="early", ago=9 * DAY),
            theory(0.9, key="best", ago=5 * DAY),
            theory(0.9, key="best-late", ago=2 * DAY),
            theory(0.8, key="late"),
            room(40, key="room"),
        ]

        decision = decide(programme, outcomes, on=ON)

        assert decision.evidence_ids == ("best-late", "room")
        assert decision.programme_ref == "junior@1"
        assert decision.decided_at == ON

    def test_reasons_are_codes_with_numbers(self, programme):
        reasons = decide(programme, [theory(0.5)], on=ON).reasons

        assert [reason.code for reason in reasons] == [
            ReasonCode.THEORY_NOT_MET,
            ReasonCode.ROOM_MISSING,
        ]
        assert (reasons[0].achieved, reasons[0].required) == (0.5, 0.6)
        assert (reasons[1].achieved, reasons[1].required) == (None, 25.0)
        assert reasons[0].counts_until is None

    def test_every_state_of_every_part_has_a_reason(self):
        codes = {f"{part}_{state}" for part in Part for state in PartState}
        others = {"prerequisite_missing", "sessions_missing", "training_missing", "contest_met"}
        assert codes | others == set(ReasonCode)

    def test_a_prerequisite_must_be_held(self, programme_fields):
        programme_fields["prerequisites"] = [{"kind": "credential", "level": "junior"}]
        programme = CertificationProgramme.model_validate(programme_fields)
        outcomes = [theory(0.8), room(40)]

        without = decide(programme, outcomes, on=ON)
        with_it = decide(programme, outcomes, on=ON, held_levels={Level.JUNIOR})

        assert without.verdict is Verdict.INCOMPLETE
        assert without.reasons[-1].code is ReasonCode.PREREQUISITE_MISSING
        assert without.reasons[-1].level is Level.JUNIOR
        assert with_it.verdict is Verdict.PASSED

    def test_refuses_a_naive_moment(self, programme):
        with pytest.raises(ProgrammeError):
            decide(programme, [], on=datetime(2026, 11, 21))  # noqa: DTZ001

    def test_does_not_depend_on_the_order_of_results(self, programme):
        outcomes = [theory(0.7, key="a"), theory(0.7, key="b", ago=DAY), room(30), room(29)]

        forward = decide(programme, outcomes, on=ON)
        backward = decide(programme, outcomes[::-1], on=ON)

        assert forward == backward


class TestRoomPoints:
    @pytest.fixture
    def forecasting(self, programme_fields):
        programme_fields["room"] |= {"room_weight": 0.85, "forecast_weight": 0.15}
        return CertificationProgramme.model_validate(programme_fields)

    def test_weighs_room_and_forecast(self, forecasting):
        assert room_points(forecasting, room(40, forecast=80)) == pytest.approx(46)

    def test_needs_the_forecast_that_has_weight(self, forecasting):
        with pytest.raises(ProgrammeError, match="forecast"):
            room_points(forecasting, room(40))

    def test_passes_a_forecast_over_that_has_none(self, programme):
        assert room_points(programme, room(40, forecast=80)) == 40


class TestDecideHigherLevels:
    """A second room, texts, a contest, and what is logged of a candidate's practice."""

    @pytest.fixture
    def senior(self, programme) -> CertificationProgramme:
        fields = programme.model_dump(mode="json") | {
            "second_room": programme.room.model_dump() | {"scenario_ref": "room-b@1"},
            "written": {"texts": ["diagnosis", "review"], "cut_fraction": 0.6},
            "contest": {"cut_score": 30.0},
            "prerequisites": [
                {"kind": "credential", "level": "junior"},
                {"kind": "sessions", "count": 10},
                {"kind": "training", "hours": 24},
            ],
        }
        return CertificationProgramme.model_validate(fields)

    def written(self, **credits: float) -> WrittenOutcome:
        return WrittenOutcome(evidence_id="r", credits=credits, finished_at=ON)

    def contest(self, score: float, *, ago=timedelta()) -> ContestOutcome:
        return ContestOutcome(evidence_id="c", score=score, finished_at=ON - ago)

    def decide(self, senior, *outcomes, logged=None, levels=frozenset({Level.JUNIOR})):
        practice = logged or Logged(sessions=10, training_hours=24)
        return decide(senior, outcomes, on=ON, held_levels=levels, logged=practice)

    @pytest.mark.parametrize(
        ("second", "texts", "verdict"),
        [
            ([room(25, ref="room-b@1")], {"diagnosis": 0.5, "review": 0.7}, "passed"),
            ([room(24, ref="room-b@1")], {"diagnosis": 1, "review": 1}, "failed"),
            ([], {"diagnosis": 1, "review": 1}, "incomplete"),
            ([room(99, ref="room-b@1")], {"diagnosis": 0.5, "review": 0.69}, "failed"),
            ([room(99, ref="room-b@1")], {"diagnosis": 1}, "incomplete"),
        ],
        ids=["passed", "second-low", "second-missing", "texts-low", "one-text"],
    )
    def test_every_room_and_both_texts_have_to_be_met(self, senior, second, texts, verdict):
        decision = self.decide(senior, theory(0.8), room(40), *second, self.written(**texts))

        assert decision.verdict == verdict

    def test_a_contest_stands_for_rooms_and_texts_but_not_for_the_theory(self, senior):
        with_theory = self.decide(senior, theory(0.8), self.contest(30))
        without = self.decide(senior, self.contest(99))

        assert with_theory.verdict is Verdict.PASSED
        assert [one.part for one in with_theory.parts] == [Part.THEORY, Part.ROOM]
        assert with_theory.reasons[1].code is ReasonCode.CONTEST_MET
        assert with_theory.evidence_ids == ("t", "c")
        assert without.verdict is Verdict.INCOMPLETE

    @pytest.mark.parametrize(
        ("score", "ago"), [(29.9, timedelta()), (99, 200 * DAY)], ids=["below", "lapsed"]
    )
    def test_a_contest_below_the_standard_or_too_long_ago_changes_nothing(self, senior, score, ago):
        decision = self.decide(senior, theory(0.8), self.contest(score, ago=ago))

        assert decision.verdict is Verdict.INCOMPLETE
        assert decision.part(Part.WRITTEN).state is PartState.MISSING

    @pytest.mark.parametrize(
        ("logged", "codes"),
        [
            (Logged(sessions=9, training_hours=24), ["sessions_missing"]),
            (Logged(sessions=10, training_hours=23.5), ["training_missing"]),
            (Logged(), ["sessions_missing", "training_missing"]),
        ],
        ids=["sessions", "hours", "both"],
    )
    def test_practice_that_is_not_logged_is_told_with_both_numbers(self, senior, logged, codes):
        decision = self.decide(senior, theory(0.8), self.contest(30), logged=logged)

        assert decision.verdict is Verdict.INCOMPLETE
        assert [one.code for one in decision.short_of] == codes
        assert decision.short_of[0].achieved < decision.short_of[0].required
