from datetime import UTC, datetime, timedelta

import pytest

from certificates.decisions import (
    Part,
    PartState,
    ReasonCode,
    RoomOutcome,
    TheoryOutcome,
    Verdict,
    decide,
    room_points,
)
from certificates.errors import ProgrammeError
from certificates.levels import Level
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
        assert codes | {"prerequisite_missing"} == set(ReasonCode)

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
