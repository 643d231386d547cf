"""Rows, charts and data of a blueprint's calibration and of its differences between groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from flask_babel import gettext

from app.analysis.groups import Differences
from app.analysis.theory import MOVED, POOR_FIT, Theory
from question_bank.interchange.qti.usage import Figure, ItemUsage
from question_bank.items import split_ref
from question_bank.psychometrics.abilities import form_information

FLAT = 0.3
"""Slope below which an item tells next to nothing (Baker & Kim 2017 call up to 0.34 very low)."""

UNSURE = 0.5
"""Standard error of a difficulty above which it is no figure to build on."""

SURELY = 0.01
"""Chance of a worse S-X2 below which an item is told: with a hundred items one is expected."""

BIN = 0.5


@dataclass(frozen=True)
class TheoryRow:
    """One item of the table.

    Attributes:
        ref: The version.
        a, b, c, a_se, b_se, c_se: As of `irt.Calibration`; errors are NaN where a parameter is
            fixed.
        deviation: Root mean square deviation from the model.
        p_value: Of S-X2; None where it cannot be had.
        held_b: Difficulty on the scale in use; None without a link.
        move: Change of the difficulty there; None for items that are new on it.
        flags: Codes of `labels.THEORY_FLAG`.
    """

    ref: str
    a: float
    b: float
    c: float
    a_se: float
    b_se: float
    c_se: float
    deviation: float
    p_value: float | None
    held_b: float | None
    move: float | None

    @property
    def flags(self) -> list[str]:
        found = []
        if self.deviation > POOR_FIT or (self.p_value is not None and self.p_value < SURELY):
            found.append("poor_fit")
        if self.a < FLAT:
            found.append("flat")
        if self.move is not None and abs(self.move) > MOVED:
            found.append("moved")
        if self.b_se > UNSURE:
            found.append("unsure")
        return found


def theory_rows(found: Theory) -> list[TheoryRow]:
    """Return the items, those with flags first and the worst fit before."""
    parameters = found.calibration
    rows = []
    for place, ref in enumerate(parameters.item_refs):
        linked = found.linked
        rows.append(
            TheoryRow(
                ref=ref,
                a=float(parameters.a[place]),
                b=float(parameters.b[place]),
                c=float(parameters.c[place]),
                a_se=float(parameters.a_se[place]),
                b_se=float(parameters.b_se[place]),
                c_se=float(parameters.c_se[place]),
                deviation=float(found.deviations[place]),
                p_value=found.fits[place].p_value if found.fits else None,
                held_b=float(linked.curves.b[place]) if linked else None,
                move=linked.moves.get(split_ref(ref)[0]) if linked else None,
            )
        )
    return sorted(rows, key=lambda one: (-len(one.flags), -one.deviation, one.ref))


def theory_charts(found: Theory) -> dict[str, dict[str, Any]]:
    """Return the persons' abilities and the items' information on one axis."""
    theta = np.arange(-3.0, 3.0 + BIN / 2, BIN)
    edges = np.concatenate([[-np.inf], theta[1:] - BIN / 2, [np.inf]])
    counts, _ = np.histogram(found.abilities, edges)
    labels = [f"{one:.1f}".replace("-", "−") for one in theta]
    marks = []
    if found.cut_theta is not None:
        nearest = int(np.abs(theta - found.cut_theta).argmin())
        marks = [{"x": labels[nearest], "label": gettext("合格线")}]
    information = form_information(found.curves, theta)
    return {
        "abilities": {
            "kind": "bar",
            "title": gettext("考生的能力"),
            "unit": gettext("人"),
            "x": labels,
            "series": [
                {
                    "name": gettext("人数"),
                    "values": [int(one) for one in counts],
                    "role": "candidate",
                }
            ],
            "marks": marks,
        },
        "information": {
            "kind": "line",
            "title": gettext("测验信息"),
            "unit": "",
            "x": labels,
            "series": [
                {
                    "name": gettext("信息量"),
                    "values": [round(float(one), 2) for one in information],
                    "role": "candidate",
                }
            ],
            "marks": marks,
        },
    }


def theory_json(found: Theory) -> dict[str, Any]:
    """Return a calibration as data; figures that are not known are null."""
    link = found.linked
    return {
        "model": found.calibration.model,
        "method": found.method,
        "persons": found.calibration.count,
        "converged": found.calibration.converged,
        "log_likelihood": found.calibration.log_likelihood,
        "parameters": found.parameter_count,
        "aic": found.aic,
        "bic": found.bic,
        "reliability": found.reliability,
        "cut": {"ability": found.cut_theta, "standard_error": found.cut_error},
        "link": link
        and {
            "slope": link.link.slope,
            "shift": link.link.shift,
            "common": link.link.common,
            "difference": link.link.difference,
        },
        "left_out": list(found.left_out),
        "items": [
            {name: _known(value) for name, value in vars(row).items()} | {"flags": row.flags}
            for row in theory_rows(found)
        ],
    }


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value


def theory_figures(found: Theory, *, on_held_scale: bool) -> dict[str, dict[str, Figure]]:
    """Return each version's parameters for a file that other systems read.

    Args:
        found: The calibration.
        on_held_scale: Whether they are put on the scale in use first; the standard errors are
            stretched with it (the link itself is taken as exact).
    """
    parameters = found.calibration
    curves, slope = found.curves, 1.0
    if on_held_scale and found.linked is not None:
        curves, slope = found.linked.curves, found.linked.link.slope
    out = {}
    for place, ref in enumerate(parameters.item_refs):
        figures = {
            "irt_a": _figure(curves.a[place], parameters.a_se[place] / slope),
            "irt_b": _figure(curves.b[place], parameters.b_se[place] * slope),
            "irt_fit": _figure(found.deviations[place], float("nan")),
        }
        if parameters.model == "3pl":
            figures["irt_c"] = _figure(curves.c[place], parameters.c_se[place])
        out[ref] = figures
    return out


def _figure(value: float, error: float) -> Figure:
    return Figure(float(value), None if np.isnan(error) else float(error))


def with_figures(usages: list[ItemUsage], figures: dict[str, dict[str, Figure]]) -> list[ItemUsage]:
    """Return usages whose response theory is that of one calibration."""
    return [
        ItemUsage(
            one.ref,
            one.count,
            {name: value for name, value in one.figures.items() if not name.startswith("irt_")}
            | figures.get(one.ref, {}),
        )
        for one in usages
    ]


def differences_json(found: Differences) -> dict[str, Any]:
    """Return the comparison of two groups as data."""
    return {
        "grouping": str(found.grouping),
        "focal": found.focal,
        "reference": found.reference,
        "items": [
            {
                "ref": one.ref,
                "focal": one.focal,
                "reference": one.reference,
                "mantel_haenszel": one.figures
                and {
                    "odds_ratio": one.figures.odds_ratio,
                    "chi_square": one.figures.chi_square,
                    "p": one.figures.p_value,
                    "delta": one.figures.delta,
                    "letter": one.figures.letter,
                },
            }
            for one in found.items
        ],
    }
