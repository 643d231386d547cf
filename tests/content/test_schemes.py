"""The shipped five-force scheme says what was ruled, and scores the worked example."""

from __future__ import annotations

from decimal import Decimal

from app.providers.five_force import Reading, score
from app.providers.loading import load_schemes
from certificates.levels import Level
from question_bank.items import Topic

SCHEMES = {scheme.ref: scheme for scheme in load_schemes()}
SCHEME = SCHEMES["scheme-2026@1"]
NEWEST = SCHEMES["scheme-2026@2"]
FIRST = SCHEMES["matrix-2021@1"]


class TestShippedScheme:
    def test_has_five_forces_and_eleven_modules(self):
        assert [(f.id, f.weight, len(f.modules)) for f in SCHEME.forces] == [
            ("traffic", 25, 2),
            ("live_ops", 30, 3),
            ("anchor", 20, 2),
            ("supply", 15, 2),
            ("service", 10, 2),
        ]
        assert {force.id for force in SCHEME.forces} < set(Topic)

    def test_spreads_a_forces_weight_evenly(self):
        for force in SCHEME.forces:
            assert {module.weight * len(force.modules) for module in force.modules} == {
                force.weight
            }

    def test_scores_the_worked_example(self):
        # Each line: value, (value − floor) / (full − floor), weight × score.
        worked = {
            "content-marketing": ("21.4", "65.60", "8.20"),  # 16.4 / 25; 12.5 × 0.656
            "paid-traffic": ("3.6", "86.67", "10.83"),  # 2.6 / 3; 12.5 × 0.8667 = 10.83375
            "planning": ("1480", "67.50", "6.75"),  # 1080 / 1600
            "live-decisions": ("23.7", "23.70", "2.37"),
            "review": ("64", "68.00", "6.80"),  # 34 / 50
            "cold-start": ("14", "70.00", "7.00"),  # 14 / 20
            "leap": ("31", "62.00", "6.20"),  # 31 / 50
            "assortment": ("68", "45.00", "3.38"),  # 18 / 40; 7.5 × 0.45 = 3.375, half up
            "goods-quality": ("2.1", "78.00", "5.85"),  # 3.9 / 5
            "dispatch": ("98.1", "90.00", "4.50"),  # 8.1 / 9
            "after-sales": ("1.7", "73.33", "3.67"),  # 3.3 / 4.5; 5 × 0.7333 = 3.6665
        }
        counts = {Level.JUNIOR: 26, Level.INTERMEDIATE: 11, Level.SENIOR: 2}

        scorecard = score(
            SCHEME, {key: Reading(Decimal(value)) for key, (value, _, _) in worked.items()}, counts
        )

        assert {
            line.module_id: (str(line.value), str(line.score), str(line.contribution))
            for line in scorecard.modules
        } == worked
        assert str(scorecard.modules_points) == "65.55"
        assert str(scorecard.certified.points) == "3.40"
        assert (str(scorecard.total), scorecard.rating) == ("68.95", "C")
        assert str(scorecard.points_to_next) == "1.05"


class TestNewestVersion:
    def test_measures_what_was_ruled(self):
        assert NEWEST.modules == SCHEME.modules
        assert [force.weight for force in NEWEST.forces] == [25, 30, 20, 15, 10]
        assert [award.points for award in NEWEST.certified.levels] == [
            award.points for award in SCHEME.certified.levels
        ]
        assert NEWEST.certified.cap == 5

    def test_has_every_tier_in_every_field_and_its_mandatory_people(self):
        # Domain 3.2: 1 中级; 2 中级 + 1 高级 (three of 中级 or higher); 3 高级.
        people = {
            "quality": [(Level.INTERMEDIATE, 1)],
            "core": [(Level.INTERMEDIATE, 3), (Level.SENIOR, 1)],
            "strategic": [(Level.SENIOR, 3)],
        }
        cells = {(cell.tier, field): cell for cell in NEWEST.matrix for field in cell.fields}

        assert len(cells) == len(NEWEST.matrix) == 12
        for (tier, _), cell in cells.items():
            assert [(one.level, one.at_least) for one in cell.operators] == people[tier]
            assert cell.by_invitation == (tier == "strategic")

    def test_the_certified_component_by_hand(self):
        # 26 × 0.05 + 11 × 0.12 + 2 × 0.39 = 3.40; 3.00 + 0.60 × 0.40 = 3.24.
        # 26 + 22 + 8 = 56 equivalents for 400 merchants: 1.4 of the 2 for ten that count in full;
        # 0.50 + 0.50 × 1.4 ÷ 2 = 0.8500; 3.24 × 0.85 = 2.754.
        counts = {Level.JUNIOR: 26, Level.INTERMEDIATE: 11, Level.SENIOR: 2}
        merchants = {"served-merchants": Reading(Decimal(400))}

        certified = score(NEWEST, merchants, counts).certified

        assert str(certified.diminished_points) == "3.24"
        assert str(certified.coverage.fraction) == "0.8500"
        assert str(certified.points) == "2.75"


def test_the_first_matrix_maps_onto_the_later_one():
    later = {(cell.tier, field) for cell in NEWEST.matrix for field in cell.fields}

    assert [cell.id for cell in FIRST.matrix] == [
        "strategic",
        "core-base",
        "local-origin",
        "local-general",
        "brand",
        "recruiting",
    ]
    assert {(cell.tier, field) for cell in FIRST.matrix for field in cell.fields} <= later
    assert {module.id for module in FIRST.modules} <= {module.id for module in NEWEST.modules}
    assert FIRST.effective_on < SCHEME.effective_on < NEWEST.effective_on
