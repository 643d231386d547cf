"""The shipped five-force scheme says what was ruled, and scores the worked example."""

from __future__ import annotations

from decimal import Decimal

from app.providers.five_force import Reading, score
from app.providers.loading import load_schemes
from certificates.levels import Level
from question_bank.items import Topic

SCHEME = load_schemes()[0]


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
