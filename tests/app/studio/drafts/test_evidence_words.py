"""Names of the strategies that a calibration tries, in words and with units."""

from __future__ import annotations

import json

import pytest

from app.studio.drafts.evidence_words import (
    CHECK,
    check_figures,
    check_words,
    remedy_words,
    repeat_words,
)
from simulations.exploits import single_actions
from simulations.loading import shipped_scenarios
from simulations.studies import study_path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("coupon 0.1", "优惠券 10%"),
        ("bag 450000", "福袋 ¥4,500"),
        ("packet 2550", "红包 ¥25.5"),
        ("price jeans 7900", "改价 jeans ¥79"),
        ("traffic 60 3333", "投流 出价 ¥0.6，每分钟 ¥33.33"),
        ("stated hold jeans", "憋单，说明数量 jeans"),
        ("staff", "加派客服"),
        ("something new", "something new"),
    ],
)
def test_figures_have_units(app, name, words):
    assert repeat_words(name) == words


def test_every_single_action_of_the_shipped_rooms_has_words(app):
    names = {
        name for scenario in shipped_scenarios().values() for name, _ in single_actions(scenario)
    }

    assert [name for name in sorted(names) if repeat_words(name) == name] == []


@pytest.mark.parametrize(
    ("code", "value", "least", "most", "words"),
    [
        ("reliability", 0.8739, 0.85, None, "0.874（≥ 0.85）"),
        ("random_below_house", -17.26, None, 0.0, "−17.3（≤ 0）"),
        ("house_margin", 0.2322, 0.02, 0.7, "23.2%（2% – 70%）"),
        ("novice_below_25", 25.004, None, 25.0, "25.004（≤ 25）"),
    ],
)
def test_a_check_tells_its_figures_as_people_read_them(app, code, value, least, most, words):
    assert check_figures(code, value, least, most) == words


def test_every_check_has_words_in_the_readers_language(app):
    path = study_path(shipped_scenarios()["f1-demo"], "calibration")
    report = json.loads(path.read_text("utf-8"))
    codes = {one["code"] for one in report["checks"]}

    for code in codes:
        assert check_words(code, "?") != "?"
        assert remedy_words(code, "?") != "?"
    assert remedy_words("reliability", "") == ""
    assert {code for code in codes if not code.startswith("separates_")} <= set(CHECK)


def test_a_room_with_too_little_to_gain_is_not_told_that_it_has_too_much(app):
    assert "超出案例" in remedy_words("reference_ratio", "?")
    assert "比案例小" in remedy_words("reference_ratio", "?", is_low=True)
    assert remedy_words("reliability", "?", is_low=True) == remedy_words("reliability", "?")
