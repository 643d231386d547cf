"""The shipped items: enough of each sort, and nothing that the lint finds."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from question_bank.assembly import assemble_form
from question_bank.items import Cognitive, Pool
from question_bank.lint import lint_bank
from question_bank.loading import load_bank, load_blueprints


@pytest.fixture(scope="module")
def bank():
    return load_bank()


def test_the_lint_finds_nothing(bank):
    findings = lint_bank(bank, load_blueprints().values())

    assert [finding for finding in findings if finding.severity == "error"] == []


def test_there_are_enough_of_each_sort(bank):
    items = list(bank)

    assert len(items) >= 240
    assert sum(item.computes for item in items) >= 40
    assert sum(item.law for item in items) >= 30
    assert sum(item.situation for item in items) >= len(items) / 2
    assert sum("直播电商监督管理办法" in item.source for item in items) >= 5


def test_senior_cases_are_groups_of_four_with_data_and_some_drawn_figures(bank):
    groups = [case for case in bank.cases if case.id.startswith("case-senior-")]
    items = [item for item in bank if item.level == "senior" and item.case_id]

    assert len(groups) >= 25
    assert {len(case.item_ids) for case in groups} == {4}
    assert all(case.exhibit.table or case.exhibit.chart for case in groups)
    assert len(items) == 4 * len(groups)
    assert len({item.kind for item in items}) >= 6
    assert any(item.parametric for item in items)


def test_senior_items_ask_for_judgement_over_figures(bank):
    items = [item for item in bank if item.level == "senior"]
    alone = [item for item in items if item.case_id is None]
    judged = [one for one in alone if one.cognitive in {Cognitive.ANALYSE, Cognitive.EVALUATE}]

    assert len(items) >= 200
    assert len({item.kind for item in alone}) >= 9
    assert len(judged) >= 0.8 * len(alone)
    assert sum(bool(re.search(r"\d", item.stem)) for item in alone) >= 0.6 * len(alone)


def test_drawn_figures_reach_every_level(bank):
    drawn = Counter(item.level for item in bank if item.parametric is not None)

    assert drawn.total() >= 60
    assert min(drawn[level] for level in ("junior", "intermediate", "senior")) >= 10


def test_memory_is_at_most_a_fifth(bank):
    remembered = sum(item.cognitive is Cognitive.REMEMBER for item in bank)

    assert remembered <= len(bank) / 5


def test_no_item_is_in_both_pools_and_both_halves_have_every_topic(bank):
    topics = {pool: Counter(item.topic for item in bank.pool(pool)) for pool in Pool}

    assert set(topics[Pool.PRACTICE]) == set(topics[Pool.EXAM])
    assert sum(topics[Pool.EXAM].values()) >= 120


def test_rationales_do_not_name_letters(bank):
    """Options are shuffled for each candidate, so a letter in a rationale would mislead."""
    named = [item.id for item in bank if re.search(r"选项 ?[A-F]|[A-F] ?[项错对]", item.rationale)]

    assert named == []


@pytest.mark.parametrize("ref", ["junior-theory@1", "junior-demo@1"])
def test_forms_differ_between_candidates(bank, ref):
    blueprint = load_blueprints()[ref]
    forms = [set(assemble_form(bank, blueprint, seed=bytes([n]) * 16).items) for n in range(6)]

    overlaps = [len(a & b) / blueprint.item_count for i, a in enumerate(forms) for b in forms[:i]]
    assert max(overlaps) < 0.85
