import json
from dataclasses import asdict

import pytest

from simulations.adversaries import HUNT_EFFORT
from simulations.loading import CONTENT_DIR, shipped_scenarios
from simulations.policies import parse_reference
from simulations.polishing import POLISH_EFFORT
from simulations.search import Effort, reference_data
from simulations.stamps import reference_hash, stamp_of
from simulations.studies import (
    LEAST_KEYS,
    MISSING,
    TRANSFER_FILE,
    calibration_faults,
    reference_faults,
    stored_faults,
    study_path,
    transfer_faults,
)
from simulations.transfer import TRANSFER_EFFORT

SCENARIOS = shipped_scenarios()


class TestShipped:
    """A changed room, engine or reference makes these fail until `studies --renew` was run."""

    @pytest.fixture(scope="class")
    @classmethod
    def faults(cls):
        return stored_faults(SCENARIOS)

    def test_every_study_is_of_the_shipped_rooms_this_engine_and_the_whole_effort(self, faults):
        assert faults == {}

    @pytest.mark.parametrize("name", SCENARIOS)
    def test_the_stored_span_is_what_this_engine_gives(self, name, compiled):
        scenario = SCENARIOS[name]
        stored = json.loads(study_path(scenario, "reference").read_text(encoding="utf-8"))

        again = reference_data(scenario, parse_reference(scenario, stored).policy, Effort(), 1)

        assert again["mean_span_log"] == stored["mean_span_log"]


@pytest.fixture
def reference(tiny, yardstick):
    data = reference_data(tiny, yardstick.policy, Effort(), 1)
    data["provenance"]["polish"] = asdict(POLISH_EFFORT)
    return data


@pytest.fixture
def calibration(tiny, reference):
    return {
        **stamp_of(tiny),
        "reference_hash": reference_hash(parse_reference(tiny, reference)),
        "keys": LEAST_KEYS,
        "hunt": {"effort": asdict(HUNT_EFFORT)},
        "sensitivity": [{}],
        "problems": [],
    }


@pytest.fixture
def rooms(tiny):
    return {
        name: tiny.model_copy(update={"id": name, "level": "senior"}) for name in ("one", "two")
    }


@pytest.fixture
def references(rooms, reference):
    return {name: parse_reference(room, reference) for name, room in rooms.items()}


@pytest.fixture
def transfer(rooms, references):
    return {
        "effort": asdict(TRANSFER_EFFORT),
        "least_failing_fraction": 0.5,
        "rooms": [
            {
                "scenario_id": name,
                "level": room.level,
                **stamp_of(room),
                "reference_hash": reference_hash(references[name]),
                "falls_below": name == "one",
            }
            for name, room in rooms.items()
        ],
    }


@pytest.mark.usefixtures("compiled")
class TestReferenceFaults:
    def test_finds_none_in_a_fresh_one(self, tiny, reference):
        assert list(reference_faults(tiny, reference)) == []

    @pytest.mark.parametrize("field", ["scenario_hash", "engine_version", "engine_golden"])
    def test_tells_another_room_or_engine(self, tiny, reference, field):
        reference[field] = "other"

        (fault,) = reference_faults(tiny, reference)

        assert fault.startswith(f"{field} is other")

    def test_tells_a_hurried_search(self, tiny, reference):
        reference["provenance"]["rounds"] = 3
        reference["provenance"]["polish"]["population"] = 2

        assert list(reference_faults(tiny, reference)) == [
            f"search: rounds 3, should be {Effort().rounds}",
            f"polish: population 2, should be {POLISH_EFFORT.population}",
        ]


@pytest.mark.usefixtures("compiled")
class TestCalibrationFaults:
    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({}, []),
            ({"keys": 60}, ["60 keys, should be 300"]),
            ({"hunt": {"effort": None}}, ["no hunt"]),
            ({"sensitivity": []}, ["no sensitivities"]),
            ({"problems": ["reliability: …"]}, ["reliability: …"]),
            ({"reference_hash": "other"}, ["measured with another reference"]),
        ],
        ids=["fresh", "keys", "hunt", "sensitivity", "problems", "reference"],
    )
    def test_tells_what_is_missing(self, tiny, reference, calibration, change, told):
        yardstick = parse_reference(tiny, reference)

        assert list(calibration_faults(tiny, {**calibration, **change}, yardstick)) == told


@pytest.mark.usefixtures("compiled")
class TestTransferFaults:
    def test_finds_none_in_a_fresh_one(self, rooms, references, transfer):
        assert list(transfer_faults(rooms, transfer, references)) == []

    def test_tells_that_the_routine_passes_too_often(self, rooms, references, transfer):
        transfer["rooms"][0]["falls_below"] = False

        (fault,) = transfer_faults(rooms, transfer, references)

        assert "passes in more than half" in fault

    def test_tells_a_room_that_is_new_or_changed(self, rooms, references, transfer):
        transfer["rooms"][1]["scenario_id"] = "gone"
        transfer["rooms"][0]["scenario_hash"] = "other"
        transfer["rooms"][0]["reference_hash"] = "other"

        faults = list(transfer_faults(rooms, transfer, references))

        assert faults[0].startswith("one: scenario_hash is other")
        assert faults[1:] == ["one: measured with another reference", "two is not in it"]


@pytest.mark.usefixtures("compiled")
def test_a_missing_study_is_a_fault(tiny, reference, tmp_path):
    path = tmp_path / f"{tiny.id}.reference.json"

    assert stored_faults({tiny.id: tiny}, tmp_path)[path.name] == [MISSING]

    path.write_text(json.dumps(reference), encoding="utf-8")
    faults = stored_faults({tiny.id: tiny}, tmp_path)
    assert set(faults) == {f"{tiny.id}.calibration.json", TRANSFER_FILE}


def test_the_shipped_transfer_study_counts_rooms_above_junior_level():
    data = json.loads((CONTENT_DIR / TRANSFER_FILE).read_text(encoding="utf-8"))

    counted = [row for row in data["rooms"] if row["level"] != "junior"]
    assert data["failing_fraction"] == pytest.approx(
        sum(row["falls_below"] for row in counted) / len(counted), abs=1e-4
    )
    assert data["passed"]
