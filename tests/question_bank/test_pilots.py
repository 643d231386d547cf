"""Items in the pilot: strewn among the counted ones, answered, and never scored."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from question_bank.assembly import assemble_form
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.items import Pool, split_ref
from question_bank.scoring import score_form
from tests.factories.bank import single_item

COUNTED = [single_item(f"exam-{n:02}") for n in range(12)]
PILOTS = [single_item(f"try-{n:02}", pool="pilot") for n in range(4)]
SEEDS = [bytes([n]) * 16 for n in range(12)]


def blueprint(**changes):
    values = {
        "id": "small",
        "version": 1,
        "title": "小卷",
        "level": "junior",
        "pool": "exam",
        "item_count": 8,
        "quotas": [],
        "pilot_count": 2,
        **changes,
    }
    return ExamBlueprint.model_validate(values)


def drawn(seed, pilots=PILOTS, **changes):
    form = assemble_form(ItemBank(COUNTED), blueprint(**changes), seed=seed, pilots=pilots)
    return [split_ref(ref)[0] for ref in form.items]


def test_each_form_holds_its_count_and_the_pilot_beside_it():
    forms = [drawn(seed) for seed in SEEDS]

    assert {sum(one.startswith("exam") for one in form) for form in forms} == {8}
    assert {sum(one.startswith("try") for one in form) for form in forms} == {2}
    assert len({form.index(one) for form in forms for one in form if one.startswith("try")}) > 5
    assert len({one for form in forms for one in form if one.startswith("try")}) == 4


def test_without_a_pilot_the_form_is_what_it_was():
    plain = assemble_form(ItemBank(COUNTED), blueprint(pilot_count=0), seed=SEEDS[0])

    assert drawn(SEEDS[0], pilots=[]) == [split_ref(ref)[0] for ref in plain.items]
    assert drawn(SEEDS[0], pilot_count=0) == [split_ref(ref)[0] for ref in plain.items]


def test_no_other_version_no_enemy_and_no_other_level_comes_along():
    same = [single_item(item.id, version=2, pool="pilot") for item in COUNTED]
    enemy = single_item("try-enemy", pool="pilot", enemies=[item.id for item in COUNTED])
    other = single_item("try-senior", pool="pilot", level="senior")

    for seed in SEEDS:
        form = drawn(seed, pilots=[*same, enemy, other])
        assert len(set(form)) == len(form)
        assert not {"try-enemy", "try-senior"} & set(form)


def test_a_pilot_stands_in_its_own_section():
    sections = [
        {"title": "一", "topics": ["traffic"], "item_count": 4},
        {"title": "二", "topics": ["supply"], "item_count": 4},
    ]
    bank = ItemBank([*COUNTED, *(single_item(f"sup-{n}", topic="supply") for n in range(6))])
    pilots = [single_item("try-sup", topic="supply", pool="pilot")]

    for seed in SEEDS:
        form = assemble_form(bank, blueprint(sections=sections), seed=seed, pilots=pilots)
        assert [split_ref(ref)[0] for ref in form.items].index("try-sup") >= 4


def test_it_counts_for_nothing_whether_right_or_wrong():
    items = [COUNTED[0], PILOTS[0], COUNTED[1]]
    right, wrong = {"selected": ["a"]}, {"selected": ["b"]}

    missed = score_form(items, {1: right, 2: wrong, 3: right}, cut_score=0.9)
    solved = score_form(items, {1: right, 2: right, 3: wrong}, cut_score=0.9)

    assert (missed.fraction, missed.passed, missed.credits) == (1.0, True, (1.0, 0.0, 1.0))
    assert (solved.fraction, solved.topics[0].item_count) == (0.5, 2)


def test_no_blueprint_counts_the_pilot():
    with pytest.raises(ValidationError, match="pilot_count"):
        blueprint(pool=Pool.PILOT)
