"""A standing for programs and spreadsheets: the figures of the page, digit for digit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from app.providers import labels, wording
from app.providers.exact import from_hundredths
from app.providers.exporting import Cell
from app.providers.models import Provider
from app.providers.rules.models import SettledScore
from app.providers.standings import Standing


def scorecard_json(provider: Provider, standing: Standing) -> dict[str, Any]:
    """Return the figures of the page for a program; points and values are exact decimal texts."""
    scorecard = standing.scorecard
    places = {"all": standing.place, "peers": standing.peer_place}
    return {
        "provider": {"code": provider.code, "name": provider.name},
        "month": f"{standing.month:%Y-%m}",
        "scheme": scorecard.scheme_ref,
        "computed_at": standing.at.isoformat(),
        "settled": standing.is_settled,
        "provisional": scorecard.is_provisional,
        "total": str(scorecard.total),
        "rating": scorecard.rating,
        "next_rating": scorecard.next_rating,
        "points_to_next": _text(scorecard.points_to_next),
        "modules_points": str(scorecard.modules_points),
        "forces": [
            {
                "id": force.force_id,
                "score": str(force.score),
                "weight": str(force.weight),
                "contribution": str(force.contribution),
                "modules": [
                    {
                        "id": line.module_id,
                        "reported": line.reported.value,
                        "value": _text(line.value),
                        "score": str(line.score),
                        "weight": str(line.weight),
                        "contribution": str(line.contribution),
                    }
                    for line in force.modules
                ],
            }
            for force in scorecard.forces
        ],
        "certified": {
            "levels": [
                {
                    "level": line.level.value,
                    "operators": line.operator_count,
                    "points_each": str(line.points_each),
                    "points": str(line.points),
                }
                for line in scorecard.certified.levels
            ],
            "uncapped_points": str(scorecard.certified.uncapped_points),
            "diminished_points": str(scorecard.certified.diminished_points),
            "coverage": None
            if scorecard.certified.coverage is None
            else {
                "equivalents": scorecard.certified.coverage.equivalents,
                "merchants": _text(scorecard.certified.coverage.merchants),
                "fraction": str(scorecard.certified.coverage.fraction),
            },
            "cap": str(scorecard.certified.cap),
            "points": str(scorecard.certified.points),
        },
        "figures": {line.figure_id: _text(line.value) for line in scorecard.figures},
        "places": {
            name: None if place is None else {"rank": place.rank, "of": place.count}
            for name, place in places.items()
        },
        "places_hidden_until": None
        if standing.reveals_at is None
        else standing.reveals_at.isoformat(),
    }


def settlements_json(revisions: Sequence[SettledScore]) -> list[dict[str, Any]]:
    """Return a month's settlements for a program, oldest first."""
    return [
        {
            "revision": one.revision,
            "scheme": one.scheme_ref,
            "total": str(from_hundredths(one.total_e2)),
            "rating": one.rating,
            "computed_at": one.computed_at.isoformat(),
        }
        for one in revisions
    ]


def scorecard_rows(provider: Provider, standing: Standing) -> list[list[Cell]]:
    """Return the month as rows of a spreadsheet: every figure of the page, and their sum."""
    scheme, scorecard, previous = standing.scheme, standing.scorecard, standing.previous
    rows: list[list[Cell]] = [
        [gettext("服务商"), provider.name, provider.code],
        [gettext("月份"), f"{standing.month:%Y-%m}", gettext("规则"), scorecard.scheme_ref],
        [],
        [
            gettext("五力"),
            gettext("模块"),
            gettext("指标"),
            gettext("单位"),
            gettext("本月值"),
            gettext("数据"),
            gettext("得分"),
            gettext("权重"),
            gettext("计入"),
            gettext("上月计入"),
            gettext("位次"),
            gettext("服务商数"),
        ],
    ]
    for force in scheme.forces:
        for module in force.modules:
            line, place = scorecard.module(module.id), standing.module_places.get(module.id)
            rows.append(
                [
                    wording.name_of(force),
                    wording.name_of(module),
                    wording.indicator_of(module),
                    str(labels.UNIT[module.unit]),
                    line.value,
                    wording.reported_text(line.reported),
                    line.score,
                    line.weight,
                    line.contribution,
                    previous.module(module.id).contribution if previous else None,
                    place.rank if place else None,
                    place.count if place else None,
                ]
            )
    rows += [[], [gettext("等级"), gettext("在职有效"), gettext("每人"), gettext("加分")]]
    for level in reversed(scorecard.certified.levels):
        rows.append(
            [str(labels.LEVEL[level.level]), level.operator_count, level.points_each, level.points]
        )
    rows += [
        [],
        [gettext("模块小计"), scorecard.modules_points],
        [gettext("持证操盘手"), scorecard.certified.points],
        [gettext("总分"), scorecard.total],
        [gettext("评级"), scorecard.rating],
    ]
    return rows


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
