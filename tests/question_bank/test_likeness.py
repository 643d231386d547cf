"""Likeness of texts: the same story with other figures is the same item."""

from __future__ import annotations

from question_bank.likeness import NEAR_DUPLICATE, LikenessIndex, likeness, pairs_of


def test_other_figures_make_no_other_text():
    one = pairs_of("一件外套售价 159 元，成本 66 元，保本投产比是多少？")
    other = pairs_of("一件外套售价 99.5 元，成本 41 元，保本投产比是多少？")

    assert likeness(one, other) == 1.0
    assert likeness(one, pairs_of("主播下播后先看哪张报表？")) < 0.1


def test_the_nearest_come_first_and_the_unlike_do_not_come():
    index = LikenessIndex(
        [
            ("far@1", "主播下播后先看哪张报表？"),
            ("same@2", "第 5 分钟在线 320 人，点击率降到 8%，先做什么？"),
            ("near@1", "第 9 分钟在线 410 人，点击率涨到 15%，最先做什么好？"),
        ]
    )

    found = index.nearest("第 25 分钟在线 900 人，点击率降到 3%，先做什么？")

    assert [one.ref for one in found] == ["same@2", "near@1"]
    assert found[0].share >= NEAR_DUPLICATE
