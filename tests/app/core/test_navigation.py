"""The bar of every page holds as many links as its words leave room for."""

from __future__ import annotations

import pytest

from app.navigation import bar_count


def links(*words):
    return tuple((one, "/", False, "home") for one in words)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("首页", "考试", "证书"), 3),
        (("四个大字",) * 20, 8),
        (("Merchants matched with providers",) * 20, 2),
        ((), 0),
    ],
)
def test_as_many_as_fit(words, count):
    assert bar_count(links(*words)) == count
