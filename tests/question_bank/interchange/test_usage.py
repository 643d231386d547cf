"""Usage data as another system would read it."""

from __future__ import annotations

from datetime import date

from question_bank.interchange.markup import parse_xml
from question_bank.interchange.qti.usage import NAMESPACE, Figure, ItemUsage, usage_data

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
