"""Which laws items cite, and what became of them."""

from __future__ import annotations

from datetime import date

import pytest

from question_bank.errors import ContentError
from question_bank.laws import Law, citations, cited_counts, load_laws, stale_citations

ADVERTISING = Law.model_validate(
    {
        "id": "advertising-law",
        "title": "中华人民共和国广告法",
        "short": ["广告法"],
        "versions": [
            {"in_force_from": "2015-09-01", "change": "全面修订"},
            {"in_force_from": "2021-04-29", "cited_as": ["2021-04-28"], "change": "修正发布登记"},
            {"in_force_from": "2027-01-01", "change": "再次修订"},
        ],
    }
)
TODAY = date(2026, 11, 22)


def why(source: str, today: date = TODAY) -> list[str]:
    return [one.why for one in stale_citations({"a@1": source}, [ADVERTISING], today=today)]


def test_titles_and_dates_are_read_from_a_source():
    source = (
        "《中华人民共和国广告法》第九条（2015-09-01 施行，2021-04-29 修正）；"
        "《网络直播营销管理办法（试行）》（2021-05-25 施行）；数字为命题假设"
    )

    assert [(one.title, [str(day) for day in one.dates]) for one in citations(source)] == [
        ("中华人民共和国广告法", ["2015-09-01", "2021-04-29"]),
        ("网络直播营销管理办法（试行）", ["2021-05-25"]),
    ]
    assert citations("命题假设") == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("《广告法》（2015-09-01 施行，2021-04-29 修正）", ["coming"]),
        ("《广告法》（2021-04-28 通过）", ["coming"]),
        ("《广告法》（2015-09-01 施行）", ["changed"]),
        ("《广告法》", ["undated"]),
        ("《专利法》（2021-06-01 施行）", ["unknown"]),
        ("《广告法》（2021-04-29 修正，2027-01-01 再次修订）", []),
        ("行业通行口径", []),
    ],
)
def test_a_citation_is_weighed_against_the_version_in_force(source, found):
    assert why(source) == found


def test_a_new_version_flags_what_cites_the_old_one_from_its_first_day():
    source = "《广告法》（2021-04-29 修正）"

    assert why(source, date(2026, 12, 31)) == ["coming"]
    assert why(source, date(2027, 1, 1)) == ["changed"]


def test_a_source_counts_once_for_each_law():
    sources = ["《广告法》（2021-04-29）；《中华人民共和国广告法》第九条", "命题假设"]

    assert cited_counts(sources, [ADVERTISING]) == {"advertising-law": 1}


class TestLoading:
    def test_the_shipped_list_loads_and_has_no_law_of_the_future_only(self):
        laws = load_laws()

        assert len(laws) >= 20
        assert [law.id for law in laws if law.version_on(TODAY) is None] == []

    def test_every_fault_is_told_with_its_law(self, tmp_path):
        path = tmp_path / "laws.yaml"
        path.write_text(
            "lang: zh-Hans\nlaws:\n"
            "- {id: one-law, title: 第一部法律, versions: []}\n"
            "- {id: two-law, title: 第二部法律, versions: ["
            "{in_force_from: 2021-01-01, change: 新的一版}, "
            "{in_force_from: 2020-01-01, change: 旧的一版}]}\n",
            encoding="utf-8",
        )

        with pytest.raises(ContentError) as told:
            load_laws(path)
        assert "one-law: versions" in str(told.value)
        assert "two-law" in str(told.value)
