"""Pictures of hot-spot items: regions in place, words escaped, nothing of the key."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from app.bank.pictures import picture_svg
from question_bank.loading import load_bank
from tests.factories.bank import single_item
from tests.factories.kinds import console_item, hot_spot_item


def regions(svg: str) -> list[ElementTree.Element]:
    return [
        one for one in ElementTree.fromstring(svg).iter("g") if "region" in one.get("class", "")
    ]


class TestPictureSvg:
    @pytest.mark.parametrize("item", [hot_spot_item(), console_item()])
    def test_every_choice_is_a_region_with_its_letter(self, item):
        found = regions(picture_svg(item))

        assert {one.get("data-region") for one in found} == set(item.choices)
        assert {one.get("data-letter") for one in found} == set("ABCDEFGH"[: len(item.choices)])

    @pytest.mark.parametrize("item", [hot_spot_item(), console_item()])
    def test_the_key_cannot_be_read_off(self, item):
        assert {one.get("class") for one in regions(picture_svg(item))} == {"region"}

    def test_marks_become_classes(self):
        svg = picture_svg(hot_spot_item(), {"c": "key", "a": "chosen"})

        assert {one.get("data-region"): one.get("class") for one in regions(svg)} == {
            "a": "region chosen",
            "b": "region",
            "c": "region key",
            "d": "region",
        }

    def test_words_are_escaped(self):
        assert "公告 &lt;b&gt;" in picture_svg(console_item())

    def test_values_are_written_beside_their_points(self):
        text = "".join(ElementTree.fromstring(picture_svg(hot_spot_item())).itertext())

        assert all(str(value) in text for value in (12, 11, 6, 5))

    def test_other_kinds_have_none(self):
        assert picture_svg(single_item("one")) == ""

    def test_shipped_pictures_stay_inside_their_frame(self):
        pictured = [item for item in load_bank() if item.picture is not None]

        for item in pictured:
            svg = picture_svg(item)
            height = float(re.search(r'viewBox="0 0 400 ([\d.]+)"', svg)[1])
            for rect in ElementTree.fromstring(svg).iter("rect"):
                x, y, width, tall = (float(rect.get(k)) for k in ("x", "y", "width", "height"))
                assert x >= 0
                assert y >= 0
                assert x + width <= 401
                assert y + tall <= height + 1
            assert "style=" not in svg
        assert len(pictured) >= 6
