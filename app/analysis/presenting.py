"""Charts and rows of the analysis."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from math import isfinite
from typing import Any

import numpy as np
from flask_babel import gettext

from app.analysis.studying import ItemStudy, Study
from question_bank.interchange.qti.usage import Figure, ItemUsage
from question_bank.items import Item
from question_bank.psychometrics.abilities import ItemCurves, form_information
from question_bank.psychometrics.classical import OptionCurve

BINS = 20
KEY_ROLES = ("candidate", "reference", "forecast")
OTHER_ROLES = ("viewers", "baseline", "target", "competent", "novice")
"""Looks of the keys' lines and of the others' in the chart of an item's options."""

SORTS = ("flags", "ref", "facility", "discrimination", "exposure", "time")


def sorted_items(study: Study, order: str) -> list[ItemStudy]:
    """Return the items in one of the orders `SORTS`; what cannot be worked out comes last."""

    def least(value: float | None) -> float:
        return float("inf") if value is None else value

    keys = {
        "flags": lambda one: (-_urgency(one), one.item.ref),
        "ref": lambda one: one.item.ref,
        "facility": lambda one: least(one.statistics.facility),
        "discrimination": lambda one: least(one.statistics.discrimination),
        "exposure": lambda one: -one.exposure,
        "time": lambda one: -(one.statistics.median_s or 0.0),
    }
    return sorted(study.items, key=keys.get(order, keys["flags"]))


URGENT = ("negative_discrimination", "distractor_of_the_able", "too_hard", "easier_than_before")


def _urgency(one: ItemStudy) -> int:
    told = [flag for flag in one.flags if flag != "too_few"]
    return len(told) + 10 * sum(flag in URGENT for flag in told)


def score_chart(study: Study) -> dict[str, Any]:
    """Return the distribution of scores with the cut."""
    edges = np.linspace(0, 1, BINS + 1)
    counts, _ = np.histogram(study.scores, edges)
    labels = [f"{100 * left:.0f}" for left in edges[:-1]]
    cut = min(BINS - 1, int(study.cut_fraction * BINS))
    return {
        "kind": "bar",
        "title": gettext("得分分布"),
        "unit": gettext("人"),
        "x": labels,
        "series": [
            {"name": gettext("人数"), "values": [int(one) for one in counts], "role": "candidate"}
        ],
        "marks": [{"x": labels[cut], "label": gettext("合格线")}],
    }


def curve_chart(curves: Sequence[OptionCurve], item: Item) -> dict[str, Any]:
    """Return each option's share by score group; no two lines look alike, the keys stand out."""
    groups = len(curves[0].shares) if curves else 0
    roles = {True: cycle(KEY_ROLES), False: cycle(OTHER_ROLES)}
    return {
        "kind": "line",
        "title": gettext("各选项被选的比例"),
        "unit": "%",
        "x": [gettext("第 %(n)s 组", n=n) for n in range(1, groups + 1)],
        "series": [
            {
                "name": option_name(curve.option, item),
                "values": [round(100 * share, 1) for share in curve.shares],
                "role": next(roles[curve.option in item.key_ids]),
            }
            for curve in curves
        ],
    }


def option_name(option: str, item: Item) -> str:
    """Return how an option is called on the page: its letter, and whether it is the key."""
    if not option:
        return str(gettext("没有作答"))
    words = {"true": gettext("正确"), "false": gettext("错误")}
    name = words.get(option, option.upper())
    return str(gettext("%(name)s（答案）", name=name) if option in item.key_ids else name)


def information_chart(study: Study) -> dict[str, Any] | None:
    """Return the information of the calibrated items over ability; `None` without calibration."""
    if study.calibration is None:
        return None
    theta = np.linspace(-3, 3, 25)
    found = study.calibration
    information = form_information(ItemCurves(found.a, found.b, found.c), theta)
    return {
        "kind": "line",
        "title": gettext("测验信息"),
        "unit": "",
        "x": [f"{one:+.2f}" for one in theta],
        "series": [
            {
                "name": gettext("信息量"),
                "values": [round(float(one), 2) for one in information],
                "role": "candidate",
            }
        ],
    }


def parameters_of(study: Study) -> dict[str, tuple[float, float, float, float]]:
    """Return (a, its error, b, its error) by item version."""
    found = study.calibration
    if found is None:
        return {}
    columns = (found.a, found.a_se, found.b, found.b_se)
    return {
        ref: tuple(float(column[place]) for column in columns)  # type: ignore[misc]
        for place, ref in enumerate(found.item_refs)
    }


def study_json(study: Study) -> dict[str, Any]:
    """Return the study as data."""
    parameters = parameters_of(study)
    form = study.form
    return {
        "cut_fraction": study.cut_fraction,
        "attempts": len(study.scores),
        "form": form
        and {
            "length": form.length,
            "mean": form.mean,
            "median": form.median,
            "sd": form.sd,
            "skewness": form.skewness,
            "kurtosis": form.kurtosis,
            "alpha": form.alpha,
            "sem": form.sem,
            "sem_at_cut": study.sem_at_cut,
            "consistency": study.consistency
            and {
                "agreement": study.consistency.agreement,
                "kappa": study.consistency.kappa,
                "accuracy": study.consistency.accuracy,
            },
        },
        "items": [
            _item_json(one, parameters.get(one.item.ref))
            | {"alpha_without": form and form.alpha_without[one.item.ref]}
            for one in study.items
        ],
    }


def item_usages(study: Study) -> list[ItemUsage]:
    """Return the figures of a study for a file that other systems read; unknown ones are left out.

    Names of the figures are those of `study_json`; `irt_a` and `irt_b` carry their standard errors.
    """
    parameters = parameters_of(study)
    out = []
    for one in study.items:
        statistics = one.statistics
        known = {
            "facility": statistics.facility,
            "sd": statistics.sd,
            "discrimination": statistics.discrimination,
            "point_biserial": statistics.point_biserial,
            "efficiency": statistics.efficiency,
            "effective_weight": statistics.effective_weight,
            "omitted_fraction": statistics.omitted_fraction,
            "median_s": statistics.median_s,
            "exposure": one.exposure,
        }
        figures = {
            name: Figure(value)
            for name, value in known.items()
            if value is not None and isfinite(value)
        }
        if one.item.ref in parameters:
            a, a_se, b, b_se = parameters[one.item.ref]
            figures |= {"irt_a": Figure(a, a_se), "irt_b": Figure(b, b_se)}
        out.append(ItemUsage(one.item.ref, statistics.count, figures))
    return out


def _item_json(
    one: ItemStudy, parameters: tuple[float, float, float, float] | None
) -> dict[str, Any]:
    statistics = one.statistics
    out: dict[str, Any] = {
        "ref": one.item.ref,
        "count": statistics.count,
        "facility": statistics.facility,
        "sd": statistics.sd,
        "discrimination": statistics.discrimination,
        "discrimination_interval": None if one.low is None else [one.low, one.high],
        "point_biserial": statistics.point_biserial,
        "efficiency": statistics.efficiency,
        "effective_weight": statistics.effective_weight,
        "omitted_fraction": statistics.omitted_fraction,
        "median_s": statistics.median_s,
        "exposure": one.exposure,
        "drift": one.drift,
        "flags": list(one.flags),
    }
    if parameters is not None:
        out["irt"] = dict(zip(("a", "a_se", "b", "b_se"), parameters, strict=True))
    return out
