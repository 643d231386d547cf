"""The charts of the scorecard, and what each says in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from app.providers import wording
from app.providers.models import Provider
from app.providers.standings import Standing
from app.providers.wording import points

RADAR_LEAST = 40
"""The radar's centre, unless somebody scores less: between 40 and 100 shapes can be told apart."""


def radar_of(provider: Provider, standing: Standing) -> dict[str, Any]:
    """Return the radar of the forces: the provider, the middle of the others, their top tenth."""
    forces = standing.scheme.forces
    shapes = [("candidate", provider.name, [line.score for line in standing.scorecard.forces])]
    if standing.peers:
        lines = [standing.peers[force.id] for force in forces]
        middle = gettext("%(peers)s中位", peers=_peers_words(standing))
        shapes.append(("baseline", middle, [line.median for line in lines]))
        shapes.append(("reference", gettext("前一成"), [line.top_tenth for line in lines]))
    lowest = min(score for _, _, scores in shapes for score in scores)
    return {
        "kind": "radar",
        "minimum": RADAR_LEAST if lowest >= RADAR_LEAST else 0,
        "maximum": 100,
        "digits": 2,
        "axes": [wording.name_of(force) for force in forces],
        "series": [
            {"role": role, "name": name, "values": [float(score) for score in scores]}
            for role, name, scores in shapes
        ],
    }


def radar_label(standing: Standing) -> str:
    """Say the radar's message: every force with its score."""
    scores = gettext("，").join(
        f"{wording.name_of(force)} {points(line.score)}"
        for force, line in zip(standing.scheme.forces, standing.scorecard.forces, strict=True)
    )
    return str(gettext("五力雷达图：%(scores)s", scores=scores))


def shortest_force(standing: Standing) -> str:
    """Say which force is the lowest, and how it lies to the middle of the others."""
    line = min(standing.scorecard.forces, key=lambda one: one.score)
    force = next(one for one in standing.scheme.forces if one.id == line.force_id)
    difference = line.score - standing.peers[force.id].median
    words = {
        "force": wording.name_of(force),
        "score": points(line.score),
        "peers": _peers_words(standing),
        "difference": points(abs(difference)),
    }
    if difference > 0:
        return str(
            gettext(
                "%(force)s %(score)s 分，是最短的一力，比%(peers)s中位高 %(difference)s 分。",
                **words,
            )
        )
    if difference < 0:
        return str(
            gettext(
                "%(force)s %(score)s 分，是最短的一力，比%(peers)s中位低 %(difference)s 分。",
                **words,
            )
        )
    return str(gettext("%(force)s %(score)s 分，是最短的一力，与%(peers)s中位持平。", **words))


def history_of(standing: Standing) -> tuple[dict[str, Any] | None, str]:
    """Return the chart of the rank over the months and its message; None for a first month."""
    ranked = [(month, place) for month, place in standing.history if place is not None]
    if len(ranked) < 2:
        return None, ""
    shown = [(month, place) for month, place in standing.history if month >= ranked[0][0]]
    spec = {
        "kind": "line",
        "title": gettext("排名走势"),
        "unit": gettext("名"),
        "x": [wording.short_month(month) for month, _ in shown],
        "series": [
            {
                "name": gettext("排名"),
                "role": "candidate",
                "values": [None if place is None else place.rank for _, place in shown],
            }
        ],
        "inverse": True,
    }
    label = gettext(
        "近 %(months)s 个月排名：从第 %(first)s 名到第 %(last)s 名",
        months=len(shown),
        first=ranked[0][1].rank,
        last=ranked[-1][1].rank,
    )
    return spec, label


def trends_of(standing: Standing) -> list[tuple[str, str, dict[str, Any], str]]:
    """Return small charts of the own course over the months; none for a first month.

    The total and the share of peers that it leads come first, then each force with its modules.

    Returns:
        Id, title, chart and what the chart says.
    """
    first = next((i for i, one in enumerate(standing.trend) if one.total is not None), None)
    if first is None or len(standing.trend) - first < 2:
        return []
    shown = standing.trend[first:]
    x = [wording.short_month(one.month) for one in shown]
    total = gettext("总分")
    behind = gettext("超过%(peers)s", peers=_peers_words(standing))
    charts = [
        _trend("total", total, "", x, [(total, [one.total for one in shown])]),
        _trend("behind", behind, "%", x, [(behind, [one.behind_percent for one in shown])]),
    ]
    for force in standing.scheme.forces:
        lines = [(wording.name_of(force), [one.forces.get(force.id) for one in shown])]
        lines += [
            (wording.name_of(module), [one.modules.get(module.id) for one in shown])
            for module in force.modules
        ]
        charts.append(_trend(force.id, wording.name_of(force), "", x, lines))
    return charts


def _trend(
    chart_id: str,
    title: str,
    unit: str,
    x: Sequence[str],
    lines: Sequence[tuple[str, Sequence[Decimal | None]]],
) -> tuple[str, str, dict[str, Any], str]:
    """Return a small chart; the first line is the one that its sentence tells."""
    name, values = lines[0]
    known = [value for value in values if value is not None]
    spec = {
        "kind": "line",
        "title": title,
        "unit": unit,
        "digits": 0 if unit else 2,
        "x": list(x),
        "series": [
            {
                "name": line,
                "values": [None if value is None else float(value) for value in points_of],
                **({"role": "candidate"} if place == 0 else {}),
            }
            for place, (line, points_of) in enumerate(lines)
        ],
    }
    if not known:
        return f"trend-{chart_id}", title, spec, gettext("%(name)s：没有可比的月份", name=name)
    write = wording.plain if unit else points
    label = gettext(
        "%(name)s：从 %(first)s%(unit)s 到 %(last)s%(unit)s",
        name=name,
        first=write(known[0]),
        last=write(known[-1]),
        unit=unit,
    )
    return f"trend-{chart_id}", title, spec, str(label)


def _peers_words(standing: Standing) -> str:
    return str(gettext("同级")) if standing.peers_are_alike else gettext("全体")
