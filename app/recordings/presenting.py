"""Page data of a recording: charts of the session beside the fitted room, and the estimates."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from app.recordings import labels
from app.recordings.models import SessionRecording
from simulations.recordings import recording_from

TEN = 10


def skipped_minutes(first: str, last: str) -> list[int]:
    """Return the minutes (from 0) that two fields (from 1, both included) leave out."""
    if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        return []
    if len(first) > 3 or len(last) > 3:
        return []
    return list(range(max(0, int(first) - 1), int(last)))


def fit_page(found: SessionRecording) -> dict[str, Any]:
    """Return what the page of a recording shows; without a fit, the session's totals alone."""
    session = recording_from(found.minutes or [])
    page: dict[str, Any] = {
        "minutes": len(session.minutes),
        "entries": session.entries,
        "gmv_yuan": session.gmv_fen / 100,
        "product_count": len(session.products),
        "events": [(at + 1, one.event) for at, one in enumerate(session.minutes) if one.event],
        "fit": None,
    }
    if found.fit is None or found.body is None:
        return page
    count = len(session.minutes)
    tens = range(0, count - count % TEN or count, TEN)
    gmv = [one.gmv_fen for one in session.minutes]
    marks = [{"x": str(at), "label": text} for at, text in page["events"]]
    page["fit"] = found.fit
    page["online_chart"] = {
        "kind": "line",
        "title": gettext("每分钟在线"),
        "unit": gettext("人"),
        "x": [str(at + 1) for at in range(count)],
        "series": [
            {
                "name": gettext("真实场次"),
                "role": "candidate",
                "values": [one.online for one in session.minutes],
            },
            {"name": gettext("拟合房间"), "role": "reference", "values": found.fit["online"]},
        ],
        "marks": marks,
    }
    page["gmv_chart"] = {
        "kind": "line",
        "title": gettext("每十分钟成交"),
        "unit": gettext("元"),
        "x": [str(at + TEN) for at in tens],
        "series": [
            {
                "name": gettext("真实场次"),
                "role": "candidate",
                "values": [round(sum(gmv[at : at + TEN]) / 100) for at in tens],
            },
            {
                "name": gettext("拟合房间"),
                "role": "reference",
                "values": [round(sum(found.fit["gmv_fen"][at : at + TEN]) / 100) for at in tens],
            },
        ],
    }
    names = {one["code"]: one["name"] for one in found.body["products"]}
    page["estimates"] = [
        {**one, "title": _title(one["name"], names)} for one in found.fit["estimates"]
    ]
    return page


def _title(name: str, products: dict[str, str]) -> str:
    if name.startswith("appeal:"):
        return str(gettext("吸引力：%(product)s", product=products[name.removeprefix("appeal:")]))
    return str(labels.ESTIMATE[name])
