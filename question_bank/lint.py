"""What a machine can check of an item and of a bank; the rest is the second reader's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from question_bank.arithmetic import holds
from question_bank.assembly import missing_cells
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.errors import BankError
from question_bank.instances import ItemInstance
from question_bank.items import GAP_MARK, Cognitive, Item, ItemKind
from question_bank.likeness import NEAR_DUPLICATE, likeness, pairs_of
from question_bank.lint_parameters import parameter_faults, place_faults, sample_instances
from question_bank.scoring import blank_is_right
from question_bank.wording import normal_words

BANNED = (
    "以上都对",
    "以上都不对",
    "以上均",
    "都正确",
    "都不正确",
    "以下说法正确的是",
    "下列说法正确的是",
)
ABSOLUTE = ("一定", "必须", "所有", "绝对", "永远", "任何", "完全", "只要")
RATIONALE_CHARS = (50, 260)
"""Bounds of a rationale's length in characters; 60 to 200 is asked, figures add some."""

STEM_CHARS = 220
"""A stem beyond this is not read in half a minute."""

LONG_KEY_RATIO = 1.35
"""A key so much longer than every distractor gives itself away."""

LONGEST_SHARE = 0.40
"""Most single-choice items whose key may be the longest option (chance alone: 0.25-0.30)."""

LAW_WORDS = ("法", "办法", "规定", "条例", "规则")


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to mend.

    Attributes:
        severity: `error` blocks publication, `warning` wants a look.
        item_id: Item, or `bank`.
        rule: Short name of the rule.
        message: What is wrong and how to mend it.
    """

    severity: str
    item_id: str
    rule: str
    message: str


def lint_item(item: Item) -> Iterator[Finding]:
    """Check one item by itself; a parametrised one over many draws of its values."""
    if item.parametric is None:
        yield from _lint_plain(item)
        return
    for rule, message in parameter_faults(item, item.parametric):
        yield Finding("error", item.id, rule, message)
    try:
        instances = sample_instances(item, item.parametric)
    except BankError as error:
        yield Finding("error", item.id, "figures", str(error))
        return
    told: set[str] = set()
    for instance in instances:
        for finding in _lint_plain(instance):
            if finding.rule not in told:
                told.add(finding.rule)
                yield replace(finding, message=f"{finding.message} (with {instance.pinned})")


def _lint_plain(item: Item) -> Iterator[Finding]:

    def error(rule: str, message: str) -> Finding:
        return Finding("error", item.id, rule, message)

    def warning(rule: str, message: str) -> Finding:
        return Finding("warning", item.id, rule, message)

    everything = " ".join([item.stem, *item.choices.values()])
    for phrase in BANNED:
        if phrase in everything:
            yield error("banned-phrase", f"{phrase}: ask one thing, give options of one kind")
    length = len(item.rationale)
    if not RATIONALE_CHARS[0] <= length <= RATIONALE_CHARS[1]:
        yield error("rationale-length", f"{length} characters, wanted 60 to 200")
    if len(item.stem) > STEM_CHARS:
        yield warning("long-stem", f"{len(item.stem)} characters: too long for half a minute")
    if item.law and not any(word in item.source for word in LAW_WORDS):
        yield error("law-source", "law: true, but the source names no law")
    if item.kind is ItemKind.MULTIPLE_CHOICE and not item.stem.endswith("（选出所有正确项）"):
        yield error("multiple-wording", "end the stem with （选出所有正确项）")
    if re.search(r"[一-鿿][A-Za-z0-9]|[A-Za-z0-9][一-鿿]", item.stem) and "%" not in item.stem:
        yield warning("spacing", "put a half-width space between Chinese and Latin or figures")
    yield from _lint_mistakes(item)
    yield from _lint_choices(item)
    for check in item.checks:
        try:
            true = holds(check)
        except ValueError as fault:
            yield error("arithmetic", str(fault))
            continue
        if not true:
            yield error("arithmetic", f"{check} does not close")
    is_instance = isinstance(item, ItemInstance)  # its checks are proved over many draws
    if item.computes and item.kind is not ItemKind.NUMERIC and not item.checks and not is_instance:
        yield warning("unchecked-arithmetic", "computes: true without checks")
    yield from _lint_parts(item)


def _lint_mistakes(item: Item) -> Iterator[Finding]:
    if item.kind.is_settled_later:
        return
    if not item.kind.is_selection:
        if not item.mistakes:
            yield Finding("error", item.id, "mistakes", "name at least one typical wrong result")
        return
    wrong = item.choice_ids - item.key_ids
    if lacking := wrong - set(item.distractors):
        yield Finding(
            "error", item.id, "distractors", f"no named mistake for {', '.join(sorted(lacking))}"
        )
    if extra := set(item.distractors) - wrong:
        yield Finding("error", item.id, "distractors", f"{sorted(extra)} is not a wrong choice")


def _lint_parts(item: Item) -> Iterator[Finding]:
    """Check what only one kind has."""
    if item.kind is ItemKind.MATCHING and len(item.choices) <= len(item.prompts):
        yield Finding(
            "error", item.id, "elimination", "one choice more than prompts, or the last is given"
        )
    for part, blank in item.blanks.items():
        rest = normal_words(GAP_MARK.sub("", item.stem))
        if given := [one for one in blank.accept if normal_words(one) in rest]:
            yield Finding("error", item.id, "blank", f"the stem says {given[0]} itself")
        if len({normal_words(one) for one in blank.accept}) < len(blank.accept):
            yield Finding("warning", item.id, "blank", f"{part}: two accepted answers are the same")
        for text, mistake in item.mistakes.items():
            if text[:2] == f"{part}=" and blank_is_right(blank, text[2:]):
                yield Finding("error", item.id, "blank", f"{text} is accepted, and {mistake}")
    if item.rubric is not None:
        rubric = item.rubric
        if not rubric.least_chars <= len(rubric.model_answer) <= rubric.most_chars:
            yield Finding(
                "error", item.id, "rubric", "the model answer is not as long as an answer may be"
            )
        if not 4 <= rubric.points <= 20:
            yield Finding("error", item.id, "rubric", f"{rubric.points} points, wanted 4 to 20")


def _lint_choices(item: Item) -> Iterator[Finding]:
    if not item.choices:
        return
    texts = item.choices
    if len(set(texts.values())) < len(texts):
        yield Finding("error", item.id, "same-choice", "two options have the same text")
    if item.kind not in {ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE}:
        return  # an order, a match or a region is not guessed from the words of one option
    keys = [texts[one] for one in item.key_ids]
    wrong = [text for one, text in texts.items() if one not in item.key_ids]
    for word in ABSOLUTE:
        if sum(word in text for text in wrong) >= 2 and not any(word in text for text in keys):
            yield Finding(
                "warning", item.id, "absolute-cue", f"{word} stands only in wrong options"
            )
    if wrong and min(map(len, keys)) > LONG_KEY_RATIO * max(map(len, wrong)):
        yield Finding("warning", item.id, "length-cue", "the key is much the longest option")
    numbers = [_leading_number(text) for text in texts.values()]
    known = [n for n in numbers if n is not None]
    if len(known) == len(numbers) and known != sorted(known):
        yield Finding("error", item.id, "number-order", "order the options by size")


def _leading_number(text: str) -> float | None:
    matched = re.fullmatch(r"[约¥]?\s?(-?[\d,]+(?:\.\d+)?)\s?\S{0,6}", text)
    return float(matched[1].replace(",", "")) if matched else None


def lint_bank(bank: ItemBank, blueprints: Iterable[ExamBlueprint] = ()) -> list[Finding]:
    """Check every item, the bank as a whole, and that each blueprint can be filled."""
    items = list(bank)
    findings = [finding for item in items for finding in lint_item(item)]
    findings += _lint_references(items)
    findings += _lint_balance(items)
    findings += _lint_duplicates(items)
    for blueprint in blueprints:
        findings += [
            Finding("error", blueprint.id, "unfillable", cell)
            for cell in missing_cells(bank, blueprint)
        ]
    return sorted(findings)


def _lint_references(items: list[Item]) -> Iterator[Finding]:
    ids = {item.id for item in items}
    for item in items:
        if unknown := set(item.enemies) - ids:
            yield Finding("error", item.id, "enemies", f"unknown ids {sorted(unknown)}")
    for skeleton, count in Counter(item.skeleton for item in items).items():
        if count > 1:
            shared = ", ".join(item.id for item in items if item.skeleton == skeleton)
            yield Finding("error", "bank", "skeleton", f"{skeleton}: shared by {shared}")


def _lint_balance(items: list[Item]) -> Iterator[Finding]:
    singles = [
        item for item in items if item.kind is ItemKind.SINGLE_CHOICE and item.parametric is None
    ]
    if len(singles) >= 40:
        for position, count in sorted(
            Counter(next(iter(item.key_ids)) for item in singles).items()
        ):
            share = count / len(singles)
            if not 0.17 <= share <= 0.33:
                yield Finding(
                    "error", "bank", "key-position", f"key {position} in {share:.0%} of items"
                )
        longest = sum(
            len(item.choices[next(iter(item.key_ids))]) == max(map(len, item.choices.values()))
            for item in singles
        ) / len(singles)
        if longest > LONGEST_SHARE:
            yield Finding(
                "error", "bank", "length-cue", f"the key is the longest option in {longest:.0%}"
            )
    for message in place_faults(items):
        yield Finding("error", "bank", "key-place", message)
    truths = [item for item in items if item.kind is ItemKind.TRUE_FALSE]
    if len(truths) >= 20:
        share = sum(item.key is True for item in truths) / len(truths)
        if not 0.4 <= share <= 0.6:
            yield Finding("error", "bank", "true-share", f"{share:.0%} of statements are true")
    if len(items) >= 40:
        share = sum(item.cognitive is Cognitive.REMEMBER for item in items) / len(items)
        if share > 0.2:
            yield Finding("error", "bank", "memory", f"{share:.0%} of items ask for memory")


def _lint_duplicates(items: list[Item]) -> Iterator[Finding]:
    known = [(item, pairs_of(item.stem)) for item in items]
    for (one, a), (other, b) in combinations(known, 2):
        share = likeness(a, b)
        if share >= NEAR_DUPLICATE:
            yield Finding(
                "error", one.id, "near-duplicate", f"{share:.0%} like {other.id}: write another"
            )
