from dataclasses import replace

import pytest

from simulations.batch import seeds, twin_outcome
from simulations.calibration import CALIBRATION_BASE, judge
from simulations.engines.v1.layout import Setting, fields_of
from simulations.engines.v1.setting import COUNTS
from simulations.errors import PlanRefusedError
from simulations.loading import shipped_scenarios
from simulations.planning import Plan
from simulations.policies import Policy, competent, house, novice, reference
from simulations.preview import (
    CLOSE,
    COARSENESS,
    LEAST_KEYS,
    QUICK_COARSENESS,
    Look,
    Preview,
    coarse_setting,
    corrections,
    looks_at,
    preview,
)
from simulations.preview_process import PreviewProcess
from simulations.scenarios import Scenario
from simulations.scoring import score_of
from simulations.states import setting_for

KEYS = 60
FEW_KEYS = 24
MOST_OFF_POINTS = 5.0
"""How far a corrected preview of a small change may be off, see docs/simulations.md."""


def changed(scenario, **blocks):
    """Return a scenario with fields of some of its parts changed: `audience={"followers": 9}`."""
    data = scenario.model_dump()
    for name, fields in blocks.items():
        data[name] = {**data[name], **fields} if isinstance(fields, dict) else fields
    return Scenario.model_validate(data)


def true_means(scenario, yardstick, keys):
    ladder = [novice(scenario), competent(scenario), yardstick.policy]
    names = ("novice", "competent", "reference")
    judged = judge(scenario, ladder, seeds(keys, CALIBRATION_BASE), yardstick)
    return {
        name: {"score": {"mean": sum(one.points) / keys}}
        for name, one in zip(names, judged, strict=True)
    }


def corrected_means(scenario, yardstick, found, look):
    growing = Preview(scenario, yardstick, FEW_KEYS, look)
    growing.grow(None, 1, lambda: False)
    shown = growing.to_dict(found[look.name])
    assert shown["is_corrected"]
    return {name: one["score"]["mean"] for name, one in shown["policies"].items()}


@pytest.fixture(scope="module")
def f1():
    return shipped_scenarios()["f1"]


class TestCoarseSetting:
    def test_keeps_minutes_and_counts(self, f1):
        fine = setting_for(f1)

        coarse = coarse_setting(fine)

        assert coarse.dt == pytest.approx(fine.dt * COARSENESS)
        assert coarse.ticks * COARSENESS == fine.ticks
        assert coarse.ticks_per_minute * COARSENESS == fine.ticks_per_minute
        assert coarse.products == fine.products
        assert coarse.house_rotate * COARSENESS == fine.house_rotate

    def test_every_whole_number_is_a_count_or_a_duration(self):
        # A new field of the setting must be sorted here, or previews would scale a count.
        whole = {name for name, kind, _ in fields_of(Setting) if kind == "i8"}
        durations = {
            name
            for name in whole
            if name == "ticks"
            or name.startswith(("restock_lead", "house_rotate", "house_host_rotate"))
            or name.endswith(
                ("_ticks", "_pause", "_ticks_most", "_busy", "_lag", "_lead", "_build", "_pitch",
                 "_from", "_until", "_sign")
            )
        }  # fmt: skip

        assert whole - durations == COUNTS


class TestPreview:
    def test_agrees_with_the_full_calibration(self, f1, compiled):
        yardstick = reference(f1)
        ladder = {
            "novice": novice(f1),
            "competent": competent(f1),
            "reference": Policy("", yardstick.policy.theta, yardstick.plan),
        }

        found = preview(f1, yardstick, KEYS)
        full = judge(f1, list(ladder.values()), seeds(KEYS, CALIBRATION_BASE), yardstick)

        for (name, _), judged in zip(ladder.items(), full, strict=True):
            mean = sum(judged.points) / KEYS
            assert found["policies"][name]["score"]["mean"] == pytest.approx(mean, abs=1.5), name

    def test_grows_to_the_same_in_small_steps_as_at_once(self, tiny, yardstick, compiled):
        at_once = preview(tiny, yardstick, 34)
        first = Preview(tiny, yardstick, 34)
        first.grow(None, 1, lambda: True, step=3)
        assert LEAST_KEYS <= first.keys < 34

        later = Preview(tiny, yardstick, 34)
        later.take(first.points)
        while not later.is_complete:
            later.grow(None, 2, lambda: True, step=4)

        assert later.to_dict() == at_once

    def test_in_a_quick_look_operators_play_the_twin(self, tiny, yardstick, compiled):
        pairs = seeds(3, CALIBRATION_BASE)
        growing = Preview(tiny, yardstick, len(pairs), Look(1, is_lived=False))
        growing.grow(None, 1, lambda: False)

        for name, policy in (("competent", competent(tiny)), ("reference", yardstick.policy)):
            expected = [
                score_of(
                    twin_outcome(tiny, policy, pair),
                    twin_outcome(tiny, house(), pair),
                    twin_outcome(tiny, yardstick.policy, pair),
                    tiny.scoring,
                    yardstick.span_floor_log,
                ).points
                for pair in pairs
            ]
            assert growing.points[name] == pytest.approx(expected, abs=1e-3)

    def test_never_goes_back_to_fewer_points(self, tiny, yardstick, compiled):
        growing = Preview(tiny, yardstick, 20)
        growing.grow(None, 1, lambda: False)

        growing.take({name: values[:5] for name, values in growing.points.items()})

        assert growing.keys == 20

    def test_refuses_points_that_are_not_as_many_for_each(self, tiny, yardstick):
        with pytest.raises(ValueError, match="each policy"):
            Preview(tiny, yardstick, 20).take({"novice": [1.0], "competent": [], "reference": []})

    def test_says_when_the_reference_is_of_another_room(self, tiny, yardstick, compiled):
        found = preview(tiny, yardstick, 20)

        assert found["reference_is_stale"] is False
        assert sum(found["policies"]["novice"]["histogram"]["counts"]) == 20


class TestLooksAt:
    def test_the_quick_look_at_a_long_room_is_on_a_tick_of_a_minute(self, f1):
        assert looks_at(f1) == (Look(COARSENESS, is_lived=False), CLOSE)
        assert looks_at(shipped_scenarios()["f6"]) == (Look(QUICK_COARSENESS, False), CLOSE)


class TestCorrections:
    def test_a_small_change_is_then_told_nearly_as_large_as_it_is(self, f1, compiled, monkeypatch):
        monkeypatch.setattr("simulations.preview.LONG_MIN", 0)  # the coarser quick look
        yardstick = reference(f1)
        report = {"keys": FEW_KEYS, "policies": true_means(f1, yardstick, FEW_KEYS)}
        found = corrections(f1, yardstick, report)
        busier = changed(f1, audience={"public_per_min": f1.audience.public_per_min * 1.25})
        cheaper = changed(f1, market={"bid_fen": round(f1.market.bid_fen * 0.8)})

        for look in looks_at(f1):
            same = corrected_means(f1, yardstick, found, look)
            for name, mean in same.items():
                assert mean == pytest.approx(report["policies"][name]["score"]["mean"], abs=0.02)
            for room in (busier, cheaper):
                truth = true_means(room, yardstick, FEW_KEYS)
                for name, mean in corrected_means(room, yardstick, found, look).items():
                    expected = truth[name]["score"]["mean"]
                    assert mean == pytest.approx(expected, abs=MOST_OFF_POINTS), name


class TestFingerprint:
    def test_words_do_not_count_and_numbers_do(self, tiny, yardstick):
        def of(scenario, look=CLOSE):
            return Preview(scenario, yardstick, 20, look).fingerprint

        same = of(tiny)
        assert of(changed(tiny, story="换一个故事，数字都不变。" * 6)) == same
        assert of(changed(tiny, audience={"public_per_min": 31.0})) != same
        assert of(changed(tiny, scoring={"strike_points": 9.0})) != same
        assert of(tiny, Look(QUICK_COARSENESS, is_lived=True)) != same
        assert of(tiny, Look(COARSENESS, is_lived=False)) != same


class TestPreviewProcess:
    def test_computes_the_same_elsewhere_and_is_started_anew_when_it_is_gone(
        self, tiny, yardstick, compiled
    ):
        here = Preview(tiny, yardstick, 20)
        here.grow(None, 1, lambda: False)
        there = PreviewProcess()
        try:
            first = there.grown(tiny, yardstick, 20, CLOSE, Preview(tiny, yardstick).points, 0.0)
            assert 0 < len(first["novice"]) <= 20
            there._process.kill()

            whole = there.grown(tiny, yardstick, 20, CLOSE, first, 30.0)
            assert whole == here.points
            broken = replace(
                yardstick, policy=replace(yardstick.policy, plan=Plan(preheat_videos=1))
            )
            with pytest.raises(PlanRefusedError):
                there.grown(tiny, broken, 20, CLOSE, Preview(tiny, yardstick).points, 30.0)
        finally:
            there.close()
