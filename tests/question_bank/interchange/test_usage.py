"""Usage data as another system would read it."""

from __future__ import annotations

from datetime import date

import pytest

from question_bank.interchange.markup import parse_xml
from question_bank.interchange.qti.usage import (
    NAMESPACE,
    Figure,
    ItemUsage,
    UsageError,
    read_usage,
    usage_data,
)

DAY = date(2026, 11, 22)
Q = f"{{{NAMESPACE}}}"


def written(*items):
    return usage_data(items, context="https://x/form", glossary="https://x/names", day=DAY)


def test_each_figure_is_a_statistic_of_the_item_as_packages_call_it():
    figures = {"facility": Figure(0.62), "irt_b": Figure(-0.3333333, 0.12)}

    root = parse_xml(written(ItemUsage("junior-one@2", 64, figures)))

    assert (root.tag, root.get("glossary")) == (f"{Q}usageData", "https://x/names")
    one, other = root
    assert one.attrib == {
        "name": "facility",
        "context": "https://x/form",
        "caseCount": "64",
        "lastUpdated": "2026-11-22",
    }
    assert one.find(f"{Q}targetObject").get("identifier") == "junior-one.2"
    assert one.find(f"{Q}value").text == "0.62"
    assert (other.get("stdError"), other.find(f"{Q}value").text) == ("0.12", "-0.333333")


def test_equal_figures_give_equal_bytes_and_none_give_an_empty_file():
    item = ItemUsage("junior-one@2", 64, {"facility": Figure(0.5)})

    assert written(item) == written(item)
    assert len(parse_xml(written(ItemUsage("junior-one@2", 0)))) == 0


def test_what_was_written_is_read_again():
    items = [
        ItemUsage("junior-one@2", 64, {"facility": Figure(0.62), "irt_b": Figure(-0.333333, 0.12)}),
        ItemUsage("junior-two@1", 300, {"irt_a": Figure(1.5, 0.2)}),
    ]

    assert read_usage(written(*items)) == items


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("<value>0.62</value>", "<value>much</value>", "statistic 1: 'much' is no figure"),
        ("<value>0.62</value>", "<value>nan</value>", "statistic 1: 'nan' is no figure"),
        ("usageData", "manifest", "<manifest> instead of <usageData>"),
    ],
    ids=["words", "nan", "other"],
)
def test_what_is_no_usage_data_is_said(old, new, told):
    data = written(ItemUsage("junior-one@2", 64, {"facility": Figure(0.62)})).decode()

    with pytest.raises(UsageError, match=told):
        read_usage(data.replace(old, new).encode())


def test_statistics_of_anything_else_are_passed_over():
    data = written(ItemUsage("junior-one@2", 64, {"facility": Figure(0.62)})).decode()

    assert read_usage(data.replace("junior-one.2", "Their Test").encode()) == []
