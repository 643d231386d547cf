"""A little five-force scheme with awkward numbers; the shipped one must stay free to improve."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.providers.schemes import Scheme


def module_body(
    module_id: str, weight: str, floor: str, full: str, **changes: Any
) -> dict[str, Any]:
    """One module as content has it; better upwards if `full` is above `floor`."""
    is_up = float(full) > float(floor)
    return {
        "id": module_id,
        "name": f"模块 {module_id}",
        "name_en": f"Module {module_id}",
        "indicator": f"指标 {module_id}",
        "indicator_en": f"Indicator {module_id}",
        "formula": "甲 ÷ 乙",
        "formula_en": "a ÷ b",
        "unit": "percent",
        "direction": "up" if is_up else "down",
        "floor": floor,
        "full": full,
        "least": "-100",
        "most": "100000",
        "decimals": 2,
        "window_months": 3,
        "weight": weight,
        "csv_column": f"列{module_id}",
        "source": "测试",
    } | changes


def force_body(force_id: str, weight: str, modules: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": force_id,
        "name": f"力 {force_id}",
        "name_en": f"Force {force_id}",
        "weight": weight,
        "modules": modules,
    }


def scheme_body(**changes: Any) -> dict[str, Any]:
    """A scheme of two forces and five modules, one of each unit."""
    return {
        "id": "little",
        "version": 1,
        "title": "小评分规则",
        "title_en": "Little scheme",
        "effective_on": date(2026, 1, 1),
        "source": "测试",
        "forces": [
            force_body(
                "demand",
                "66.67",
                [
                    module_body("share", "33.34", "5", "30"),
                    module_body("roi", "22.22", "1.00", "4.01", unit="ratio"),
                    module_body("gpm", "11.11", "400", "2000", unit="yuan"),
                ],
            ),
            force_body(
                "supply",
                "33.33",
                [
                    module_body("disputes", "16.66", "5", "0.5", unit="permille", least="0"),
                    module_body("leaps", "16.67", "0", "7", unit="count", decimals=0, least="0"),
                ],
            ),
        ],
        "certified": {
            "name": "持证操盘手",
            "name_en": "Certified operators",
            "levels": [
                {"level": "junior", "points": "0.05"},
                {"level": "intermediate", "points": "0.12"},
                {"level": "senior", "points": "0.39"},
            ],
            "cap": "5.00",
        },
        "ratings": [
            {"code": "S", "at_least": "90"},
            {"code": "A", "at_least": "80"},
            {"code": "B", "at_least": "70"},
            {"code": "C", "at_least": "60"},
            {"code": "D", "at_least": "0"},
        ],
    } | changes


LITTLE_SCHEME = Scheme.model_validate(scheme_body())


def rich_body(**changes: Any) -> dict[str, Any]:
    """The little scheme with everything that depends on more than indicators."""
    body = scheme_body(id="rich")
    for level, equivalents in zip(body["certified"]["levels"], (1, 2, 4), strict=True):
        level["equivalents"] = equivalents
    body["certified"] |= {
        "diminishing": [
            {"above": "1.00", "fraction": "0.60"},
            {"above": "2.00", "fraction": "0.3"},
        ],
        "coverage": {"figure": "merchants", "full_per_ten": "6", "least_fraction": "0.40"},
    }
    figure = {
        "name": "在服商家",
        "name_en": "Merchants",
        "formula": "数",
        "formula_en": "count",
        "unit": "count",
        "least": 0,
        "most": 100_000,
        "decimals": 0,
        "source": "测试",
    }
    cell = {"name": "某层", "name_en": "A cell", "fields": ["mcn"]}
    return (
        body
        | {
            "figures": [
                figure | {"id": "merchants", "csv_column": "在服商家"},
                figure | {"id": "gmv", "csv_column": "成交额", "unit": "yuan", "most": 10**10},
            ],
            "scale": "gmv",
            "matrix": [
                cell
                | {
                    "id": "quality",
                    "tier": "quality",
                    "at_least": "60",
                    "operators": [{"level": "intermediate", "at_least": 1}],
                },
                cell
                | {
                    "id": "core",
                    "tier": "core",
                    "at_least": "75",
                    "operators": [
                        {"level": "intermediate", "at_least": 3},
                        {"level": "senior", "at_least": 1},
                    ],
                    "forces": [{"force": "supply", "at_least": "70"}],
                    "figures": [{"figure": "gmv", "at_least": 5_000_000}],
                },
                cell
                | {
                    "id": "strategic",
                    "tier": "strategic",
                    "at_least": "75",
                    "operators": [{"level": "senior", "at_least": 3}],
                    "by_invitation": True,
                },
            ],
            "red_lines": [
                {
                    "id": "forged",
                    "name": "造假",
                    "name_en": "Forged",
                    "what": "造假",
                    "what_en": "Forged",
                    "months": 6,
                }
            ],
        }
        | changes
    )


RICH_SCHEME = Scheme.model_validate(rich_body())
