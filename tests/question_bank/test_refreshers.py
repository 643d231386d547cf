"""A refresher's form is one holder's: new items, weak topics, and the blueprint's bounds."""

from __future__ import annotations

import pytest

from question_bank.assembly import assemble_form
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.items import Topic, split_ref
from question_bank.refreshers import plan_refresher
from tests.factories.bank import case_items, single_item, truth_item

SEED = bytes(range(16))
BLUEPRINT = ExamBlueprint.model_validate(
    {
        "id": "refresh",
        "version": 1,
        "title": "复训",
        "level": "junior",
        "pool": "exam",
        "item_count": 10,
        "quotas": [
            {"topic": "traffic", "least": 1, "most": 6},
            {"topic": "live_ops", "least": 1, "most": 6},
            {"topic": "compliance", "least": 2, "most": 4},
            {"kind": "true_false", "most": 0},
            {"in_case": True, "most": 0},
        ],
    }
)
"""Three topics; others have no bound and no item."""


def bank() -> ItemBank:
    case, members = case_items("case-one", topic="traffic")
    items = [
        single_item(f"{topic}-{n:02}".replace("_", "-"), topic=topic)
        for topic in ("traffic", "live_ops", "compliance")
        for n in range(12)
    ]
    return ItemBank([*items, *members, truth_item("truth-0")], [case])


def plan(changed=(), lost=None, seed=SEED):
    return plan_refresher(
        BLUEPRINT, bank(), changed=set(changed), lost_fraction=lost or {}, seed=seed
    )


def counts(found):
    return {topic.value: count for topic, count in found.topic_counts.items() if count}


class TestTopics:
    def test_without_a_result_they_keep_the_blueprints_shares(self):
        assert counts(plan()) == {"traffic": 4, "live_ops": 3, "compliance": 3}

    def test_a_weak_topic_pulls_items_to_its_bound(self):
        lost = {Topic.TRAFFIC: 0.0, Topic.LIVE_OPS: 0.8, Topic.COMPLIANCE: 0.0}

        assert counts(plan(lost=lost)) == {"traffic": 2, "live_ops": 6, "compliance": 2}

    def test_an_equal_weakness_everywhere_changes_nothing(self):
        lost = dict.fromkeys((Topic.TRAFFIC, Topic.LIVE_OPS, Topic.COMPLIANCE), 0.5)

        assert plan(lost=lost).topic_counts == plan().topic_counts


class TestChangedItems:
    def test_few_all_stand_in_the_form(self):
        found = plan(changed=["traffic-03", "live-ops-07"])

        form = assemble_form(bank(), found.blueprint, seed=SEED)

        assert found.changed_ids == ("live-ops-07", "traffic-03")
        assert {"traffic-03", "live-ops-07"} <= {split_ref(ref)[0] for ref in form.items}
        assert len(form.items) == 10

    def test_many_take_half_of_it_and_never_more_than_their_topics(self):
        changed = [f"compliance-{n:02}" for n in range(12)] + [f"traffic-{n:02}" for n in range(12)]
        found = plan(changed=changed)

        assert len(found.changed_ids) == 5
        assert sum(one.startswith("compliance") for one in found.changed_ids) <= 3
        assert assemble_form(bank(), found.blueprint, seed=SEED)

    def test_another_seed_takes_others(self):
        changed = [f"traffic-{n:02}" for n in range(12)]

        assert plan(changed).changed_ids != plan(changed, seed=bytes(16)).changed_ids

    @pytest.mark.parametrize("item_id", ["truth-0", "case-one-1", "nobody"])
    def test_what_the_blueprint_shuts_out_is_not_forced_in(self, item_id):
        found = plan(changed=[item_id])

        assert found.changed_ids == ()
        assert assemble_form(bank(), found.blueprint, seed=SEED)

    def test_enemies_are_not_forced_together(self):
        items = [
            *(one for one in bank() if one.case_id is None and one.id not in {"traffic-00"}),
            single_item("traffic-00", topic="traffic", enemies=["traffic-01"]),
        ]
        found = plan_refresher(
            BLUEPRINT,
            items,
            changed={"traffic-00", "traffic-01"},
            lost_fraction={},
            seed=SEED,
        )

        assert len(found.changed_ids) == 1


def test_a_bank_that_is_too_small_falls_short_and_assembly_names_it():
    few = ItemBank([one for one in bank() if one.topic is Topic.TRAFFIC and one.case_id is None])
    found = plan_refresher(BLUEPRINT, few, changed=set(), lost_fraction={}, seed=SEED)

    assert sum(found.topic_counts.values()) < BLUEPRINT.item_count
