"""A little room: 30 minutes, three products, one incident, and a reference to judge it by."""

from __future__ import annotations

import copy
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from app.rooms.models import RoomSession
from app.rooms.services import start_practice, start_room
from app.rooms.terms import RoomTerms
from app.studio.services import publish_scenarios, store_finding
from simulations.loading import parse_scenario
from simulations.scenarios import Scenario


def _product(code: str, name: str, price_fen: int, stock: int, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "role": "hit",
        "list_price_fen": price_fen,
        "cost_fen": price_fen // 2,
        "stock": stock,
        "appeal": {"fans": 0.2, "public": 0.12, "paid": 0.1},
        "refund_fraction": 0.2,
        "risk": 1.0,
        "stay_ratio": 1.0,
        "deal_fraction": 0.15,
        "note": "练习讲解用，备注只给练习看。",
        "comments": ["有货吗", "多少钱"],
        **more,
    }


LITTLE: dict[str, Any] = {
    "lang": "zh-Hans",
    "id": "little",
    "version": 1,
    "engine": "1",
    "exposure": "public",
    "title": "小房间",
    "level": "junior",
    "story": "一间用来测试的小直播间，卖三样东西，播半小时。" * 3,
    "problem": "讲得太久没人听。",
    "source": "测试",
    "duration_min": 30,
    "target_gmv_fen": 600_000,
    "speed": {"exam": 4, "practice": [1, 2, 4, 8]},
    "phases": [{"title": "开场", "until_min": 10}, {"title": "收尾", "until_min": 30}],
    "host": {
        "name": "小测",
        "energy_slow_per_min": 0.02,
        "energy_normal_per_min": -0.002,
        "energy_push_per_min": -0.015,
    },
    "audience": {
        "followers": 800,
        "fans_per_min": 5,
        "public_per_min": 25,
        "fans_curve": [{"minute": 0, "factor": 1.5}, {"minute": 10, "factor": 1.0}],
        "public_curve": [{"minute": 0, "factor": 1.0}],
        "leave_per_min": {"fans": 0.25, "public": 0.6, "paid": 0.7},
        "looks_per_min": {"fans": 0.3, "public": 0.34, "paid": 0.34},
        "comments_per_min": {"fans": 0.3, "public": 0.16, "paid": 0.1},
        "elasticity": {"fans": 1.4, "public": 1.8, "paid": 2.2},
        "exposures_per_look": 1.2,
        "side_attention": 0.04,
        "follow_per_min": 0.015,
        "follow_weight": 2,
        "fans_wave_sd": 0.15,
        "public_wave_sd": 0.2,
        "day_public_sd": 0.1,
        "day_buying_sd": 0.1,
    },
    "platform": {"gpm_fen": 150_000, "stay_min": 1.6, "comments_per_view_min": 0.15},
    "market": {
        "bid_fen": 60,
        "visitors_per_min": 50,
        "pool": 4000,
        "bid_least_fen": 20,
        "bid_most_fen": 300,
        "rate_most_fen_per_min": 10_000,
        "budget_fen": 60_000,
    },
    "benefits": {
        "budget_fen": 50_000,
        "coupon": {
            "depth_least_fraction": 0.02,
            "depth_most_fraction": 0.3,
            "most_min": 10,
            "pause_min": 5,
        },
        "lucky_bag": {
            "least_fen": 1000,
            "most_fen": 20_000,
            "half_fen": 5000,
            "most_min": 10,
            "pause_min": 3,
        },
        "red_packet": {
            "least_fen": 1000,
            "most_fen": 20_000,
            "half_fen": 5000,
            "lasts_min": 3,
            "pause_min": 5,
        },
        "freight_cover": {"conversion_ratio": 1.2, "cost_fen": 250, "refund_fraction": 0.04},
    },
    "compliance": {
        "warnings_per_min": 0.02,
        "answer_min": 3,
        "throttle_min": 5,
        "throttle_share": 0.5,
        "closing_strikes": 3,
        "warning_texts": ["平台提醒：说法没有依据，请更正。"],
        "choices": [
            {
                "id": "correct",
                "text": "当场更正",
                "clears": True,
                "busy_min": 1,
                "consequence": "解除。",
            },
            {
                "id": "ignore",
                "text": "照常讲",
                "clears": False,
                "busy_min": 0,
                "consequence": "仍在计时。",
            },
        ],
    },
    "house": {"rotate_min": 10, "traffic_bid_fen": 60, "traffic_rate_fen_per_min": 1000},
    "price_floor_fraction": 0.5,
    "reverse_freight_fen": 800,
    "writeoff_fraction": 0.2,
    "actions_per_tick": 4,
    "products": [
        _product("socks", "袜子", 990, 200, role="hook"),
        _product("jeans", "牛仔裤", 7900, 400, restock={"max_units": 40, "lead_min": 5}),
        _product("coat", "大衣", 19_900, 300, role="profit"),
    ],
    "incidents": [
        {
            "id": "size-comments",
            "title": "尺码评论",
            "kind": "comments",
            "cause": "尺码做小了。",
            "text": "评论说尺码偏小。",
            "sign": "有人问是不是偏小。",
            "sign_min": 1,
            "from_min": 8,
            "until_min": 10,
            "chance_fraction": 1,
            "lasts_min": 8,
            "effects": {
                "fans_ratio": 1,
                "public_ratio": 0.8,
                "paid_ratio": 1,
                "buying_ratio": 0.7,
                "leave_ratio": 1.2,
                "refund_fraction": 0.02,
                "breaks_link": False,
                "sours_host": True,
            },
            "comments": ["偏小吗"],
            "choices": [
                {
                    "id": "try-on",
                    "text": "上身试穿",
                    "remaining_fraction": 0.1,
                    "busy_min": 1,
                    "cost_fen": 0,
                    "risk": 0,
                    "consequence": "看得见尺码。",
                },
                {
                    "id": "delete",
                    "text": "删评论",
                    "remaining_fraction": 0.8,
                    "busy_min": 0,
                    "cost_fen": 0,
                    "risk": 1,
                    "consequence": "平台找上门。",
                },
            ],
        }
    ],
    "scoring": {
        "margin_limit_fraction": 0.15,
        "margin_house_share": 0.75,
        "refund_limit_fraction": 0.4,
        "roi_limit_ratio": 2.0,
        "roi_free_fen": 10_000,
        "strike_points": 8,
        "exponent": 2,
    },
    "normals": {
        "gpm_fen": {"low": 80_000, "high": 200_000},
        "dwell_s": {"low": 80, "high": 120},
        "conversion_fraction": {"low": 0.01, "high": 0.03},
        "saw_fraction": {"low": 0.6, "high": 0.8},
        "click_fraction": {"low": 0.1, "high": 0.2},
        "deal_fraction": {"low": 0.1, "high": 0.2},
    },
    "comments": {
        "names": ["甲", "乙", "丙", "丁", "戊", "己"],
        "plain": ["你好", "来了", "晚上好", "第一次来", "关注了", "在吗"],
        "bought": ["拍了", "买了", "下单了"],
        "lucky_bag": ["福袋", "抽我", "参与了"],
        "red_packet": ["红包", "手慢了"],
        "coupon": ["券呢", "能叠加吗"],
        "sold_out": ["没货了", "还补吗"],
        "warning": ["这话大了", "有依据吗"],
    },
}

REFERENCE_THETA = {
    "every_s": 30,
    "rotate_min": 5,
    "choose": 1,
    "bag_gap_min": 10,
    "bag_fen": 5000,
    "bid_fen": 60,
    "rate_fen": 1000,
    "react_s": 45,
    "cover_min": 10,
    "restock_share": 0.8,
}

EXAM_TERMS = RoomTerms(
    exam_code="little@1:room",
    programme_ref="little@1",
    title="小考房间",
    scenario_ref="little@1",
    speed=4,
    cut_score=25,
    is_demo=True,
)


def little_scenario(**changes: Any) -> Scenario:
    """Return the little room, with top-level fields changed."""
    if not changes:
        return _little_scenario()
    return parse_scenario({**copy.deepcopy(LITTLE), **changes})


@cache
def _little_scenario() -> Scenario:
    return parse_scenario(copy.deepcopy(LITTLE))


def publish_little_room(db_session: Session, *, now: datetime) -> Scenario:
    """Publish the little room and its reference."""
    scenario = little_scenario()
    publish_scenarios(db_session, [scenario], is_public=True, actor="cli:test", now=now)
    body = {
        "scenario_ref": scenario.ref,
        "scenario_hash": scenario.content_hash(),
        "theta": REFERENCE_THETA,
        "span_floor_log": 0.2,
    }
    store_finding(
        db_session, scenario.content_hash(), "reference", body, engine_version="1", now=now
    )
    return scenario


def start_little_exam(db_session: Session, person_id: int, *, now: datetime) -> RoomSession:
    """Start a room that counts."""
    publish_little_room(db_session, now=now)
    return start_room(db_session, person_id, EXAM_TERMS, now=now)


def start_little_practice(db_session: Session, person_id: int, *, now: datetime) -> RoomSession:
    """Start a practice room."""
    scenario = publish_little_room(db_session, now=now)
    return start_practice(db_session, person_id, scenario, is_demo=True, now=now)
