"""The charts of the scorecard say their points as the tables beside them do."""

from __future__ import annotations

import re

from app.providers import charting, standings
from tests.conftest import NOON
from tests.factories.providers import AUGUST, MIDDLING, OCTOBER, SEPTEMBER, report


def test_points_show_both_decimals_in_charts_and_their_sentences(app, db_session, provider):
    rows = [("YF-1", month, MIDDLING) for month in (AUGUST, SEPTEMBER, OCTOBER)]
    report(db_session, *rows, now=NOON)
    standing = standings.standing_of(db_session, provider, OCTOBER, now=NOON, include_demo=True)

    with app.test_request_context():
        radar = charting.radar_of(provider, standing)
        trends = {name: (spec, label) for name, _, spec, label in charting.trends_of(standing)}

    assert radar["digits"] == 2
    total, label = trends["trend-total"]
    assert total["digits"] == 2
    assert re.fullmatch(r"总分：从 \d+\.\d\d 到 \d+\.\d\d", label)
    assert trends["trend-behind"][0]["digits"] == 0
