"""复训卷: a short form for one holder, of what is new and of what the holder was weakest in.

The blueprint of the refresher says how many items there are and between which bounds each topic
may move. For one person the bounds become exact numbers: what was lost in a topic pulls items
towards it. Up to half of the form are items that were changed or added since the person's
certificate was issued. The form itself is then drawn by `assemble_form`, as every other.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from question_bank.assembly import Draw
from question_bank.blueprints import ExamBlueprint, Quota
from question_bank.items import Item, Topic

WEAKNESS_PULL = 3.0
"""A topic in which everything was lost weighs this much more than one without a mistake."""

CHANGED_SHARE = 0.5
"""Most of a form that changed items take by right; the rest is left to the draw."""


@dataclass(frozen=True)
class RefresherPlan:
    """What one person's refresher holds.

    Attributes:
        blueprint: The refresher's blueprint with this person's exact topics and must-include.
        topic_counts: Items of each topic; their sum is the form's length.
        changed_ids: Changed items that stand in the form for sure.
    """

    blueprint: ExamBlueprint
    topic_counts: Mapping[Topic, int]
    changed_ids: tuple[str, ...]


def plan_refresher(
    blueprint: ExamBlueprint,
    items: Iterable[Item],
    *,
    changed: Collection[str],
    lost_fraction: Mapping[Topic, float],
    seed: bytes,
) -> RefresherPlan:
    """Make a refresher's blueprint one person's.

    Args:
        blueprint: Of the refresher; its quotas that name a topic and nothing else bound that topic.
        items: The live bank; items of another level or pool are passed over.
        changed: Ids of items that were changed or added since the certificate was issued.
        lost_fraction: By topic, the share of the marks that the person lost last time, in [0, 1];
            topics that are not known are left out and weigh as one without a mistake.
        seed: >= 16 secret bytes; decides which of many changed items are taken.

    Returns:
        The plan. Where bounds and bank leave less than the blueprint's length, the numbers fall
        short and `assemble_form` says which cells are missing.
    """
    usable = sorted(
        (
            item
            for item in items
            if item.pool is blueprint.pool
            and item.level == blueprint.level
            and _may_stand(item, blueprint)
        ),
        key=lambda item: item.id,
    )
    counts = _topic_counts(blueprint, usable, lost_fraction)
    chosen = _changed_items(blueprint, usable, changed, counts, seed)
    exact = [
        Quota(topic=topic, least=count, most=count) for topic, count in counts.items() if count
    ]
    exact += [
        Quota(topic=topic, most=0) for topic in Topic if not counts.get(topic) and topic in counts
    ]
    others = [quota for quota in blueprint.quotas if not _is_of_topic(quota)]
    own = blueprint.model_copy(
        update={
            "quotas": [*exact, *others],
            "must_include": [*blueprint.must_include, *(item.id for item in chosen)],
        }
    )
    return RefresherPlan(own, counts, tuple(item.id for item in chosen))


def _is_of_topic(quota: Quota) -> bool:
    """Say whether a quota bounds a topic and looks at nothing else."""
    return quota.topic is not None and quota == Quota(
        topic=quota.topic, least=quota.least, most=quota.most
    )


def _may_stand(item: Item, blueprint: ExamBlueprint) -> bool:
    """Say whether no quota shuts an item out."""
    return not any(quota.most == 0 and quota.fits(item) for quota in blueprint.quotas)


def _topic_counts(
    blueprint: ExamBlueprint, usable: Collection[Item], lost_fraction: Mapping[Topic, float]
) -> dict[Topic, int]:
    """Deal the form's length to the topics, one item at a time, to whom most is still owed.

    (Sainte-Laguë's rule with weights; it keeps to the bounds and never takes an item back.)
    """
    bounds = {quota.topic: quota for quota in blueprint.quotas if _is_of_topic(quota)}
    supply = {topic: sum(item.topic is topic for item in usable) for topic in Topic}
    least, most, weight = {}, {}, {}
    for topic in Topic:
        quota = bounds.get(topic)
        top = supply[topic] if quota is None or quota.most is None else quota.most
        most[topic] = min(top, supply[topic])
        least[topic] = min(0 if quota is None else quota.least, most[topic])
        usual = 1.0 if quota is None or quota.most is None else (quota.least + quota.most) / 2
        weight[topic] = usual * (1 + WEAKNESS_PULL * lost_fraction.get(topic, 0.0))
    counts = dict(least)
    while sum(counts.values()) < blueprint.item_count:
        open_topics = [topic for topic in Topic if counts[topic] < most[topic]]
        if not open_topics:
            break
        owed = max(open_topics, key=lambda topic: weight[topic] / (2 * counts[topic] + 1))
        counts[owed] += 1
    return counts


def _changed_items(
    blueprint: ExamBlueprint,
    usable: Collection[Item],
    changed: Collection[str],
    counts: Mapping[Topic, int],
    seed: bytes,
) -> list[Item]:
    """Take changed items by lot, none against another and none beyond its topic's number."""
    places = math.floor(blueprint.item_count * CHANGED_SHARE)
    left = dict(counts)
    taken: list[Item] = []
    barred: set[str] = set(blueprint.must_include)
    for item in Draw(seed).shuffled([one for one in usable if one.id in changed]):
        is_free = item.id not in barred and not {one.id for one in taken} & set(item.enemies)
        if len(taken) == places or not left[item.topic] or not is_free or item.case_id:
            continue
        taken.append(item)
        left[item.topic] -= 1
        barred |= {item.id, *item.enemies}
    return sorted(taken, key=lambda item: item.id)
