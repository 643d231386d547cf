"""Names of the strategies that a calibration tries, in words and with units."""

from __future__ import annotations

import pytest

from app.studio.drafts.evidence_words import repeat_words
from simulations.exploits import single_actions
from simulations.loading import shipped_scenarios


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
