"""Seals: what was committed to is found again, nothing else is; cards change nothing before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulations.cards import LEAST_NOTICE_TICKS, cards_from, known_at, playable
from simulations.cli import main
from simulations.commitments import SealError, is_commitment_to, new_seal, parse_seal
from simulations.policies import parse_reference
from simulations.rooms import keys_of_seed, replay
from simulations.scoring import room_result
from tests.factories.rooms import REFERENCE_THETA, little_scenario

KEYS = keys_of_seed(3)


def seal_of(nonce: int = 7):
    return new_seal("contest:a/round:b/main", little_scenario(), KEYS, lambda n: bytes([nonce]) * n)


class TestSeal:
    def test_comes_back_from_its_document(self):
        seal = seal_of()

        again = parse_seal(json.loads(json.dumps(seal.document())))

        assert again == seal
        assert is_commitment_to(again, seal.commitment)

    def test_has_a_pinned_commitment(self):
        document = {**seal_of().document(), "scenario_hash": "0" * 64}

        assert parse_seal(document).commitment == (
            "sha256:4668a358f8d6d5e72d14a8607ae640d1c7f7613db3c8700037bef2631f389144"
        )

    def test_another_nonce_is_another_commitment(self):
        assert not is_commitment_to(seal_of(8), seal_of(7).commitment)

    @pytest.mark.parametrize(
        ("field", "value"),
        [("keys", "12"), ("nonce", None), ("format", "other"), ("more", "x"), ("engine", 1)],
    )
    def test_refuses_what_is_no_seal_by_its_field(self, field: str, value: Any):
        document: dict[str, Any] = {**seal_of().document(), field: value}

        with pytest.raises(SealError) as refused:
            parse_seal(document)

        assert refused.value.field == field


class TestCommand:
    @pytest.mark.parametrize(
        ("changed", "status"), [({}, 0), ({"nonce": "0" * 64}, 1), ({"keys": "x"}, 2)]
    )
    def test_says_whether_it_holds(self, tmp_path: Path, changed: dict[str, str], status: int):
        seal = seal_of()
        path = tmp_path / "seal.json"
        path.write_text(
            json.dumps({"document": {**seal.document(), **changed}, "commitment": seal.commitment})
        )

        assert main(["commitment", str(path)]) == status


class TestCards:
    def test_change_nothing_before_their_sign_and_something_after(self):
        scenario = little_scenario()
        option = playable(scenario, replay(scenario, KEYS, (), 12))[0]
        carded = scenario.with_cards(cards_from([(option.incident, option.least_tick)]))
        sign = option.least_tick - 12  # a minute

        def told(one: Any, tick: int) -> dict[str, Any]:
            numbers = dict(replay(one, KEYS, (), tick).numbers.__dict__)
            return {k: v for k, v in numbers.items() if not k.startswith("incident_")}

        assert told(carded, sign) == told(scenario, sign)
        assert told(carded, option.least_tick + 60) != told(scenario, option.least_tick + 60)
        assert option.least_tick == 12 + LEAST_NOTICE_TICKS + 12 + 1

    def test_idle_contestant_stays_the_house(self):
        scenario = little_scenario()
        reference = parse_reference(
            scenario,
            {
                "scenario_ref": scenario.ref,
                "scenario_hash": scenario.content_hash(),
                "theta": REFERENCE_THETA,
                "span_floor_log": 0.2,
            },
        )

        carded = scenario.with_cards(cards_from([("size-comments", 60)]))

        assert room_result(carded, KEYS, (), reference).points == 0.0

    def test_are_unknown_to_whoever_forecast_before_their_sign(self):
        carded = little_scenario().with_cards(cards_from([("size-comments", 60)]))

        assert known_at(carded, 47) == little_scenario()
        assert known_at(carded, 48) == carded

    def test_leave_the_hash_of_a_scenario_without_any(self):
        scenario = little_scenario()

        assert scenario.with_cards(()) == scenario
        carded = scenario.with_cards(cards_from([("size-comments", 60)]))
        assert carded.with_cards(()).content_hash() == scenario.content_hash()

    def test_are_refused_twice_or_unknown(self):
        for pairs in ([("nothing", 60)], [("size-comments", 60), ("size-comments", 70)]):
            with pytest.raises(KeyError):
                little_scenario().with_cards(cards_from(pairs))
