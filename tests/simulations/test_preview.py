import pytest

from simulations.batch import seeds
from simulations.calibration import CALIBRATION_BASE, judge
from simulations.engines.v1.layout import Setting, fields_of
from simulations.engines.v1.setting import COUNTS
from simulations.loading import shipped_scenarios
from simulations.policies import Policy, competent, novice, reference
from simulations.preview import COARSENESS, coarse_setting, preview
from simulations.states import setting_for

KEYS = 60


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

    def test_says_when_the_reference_is_of_another_room(self, tiny, yardstick, compiled):
        found = preview(tiny, yardstick, 20)

        assert found["reference_is_stale"] is False
        assert sum(found["policies"]["novice"]["histogram"]["counts"]) == 20
