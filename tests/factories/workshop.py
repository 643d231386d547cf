"""People of the workshop and an item that is ready to be handed in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.roles import Role
from tests import cast

AUTHOR = cast.CastMember("文老师", "wen@example.cn", (Role.COMMITTEE_MEMBER,))
FIRST = cast.CastMember("兰老师", "lan@example.cn", (Role.REVIEWER,))
SECOND = cast.CastMember("莫老师", "mo@example.cn", (Role.REVIEWER,))
COORDINATOR = cast.CastMember("郑老师", "zheng@example.cn", (Role.COMMITTEE_MEMBER,))

STEM = (
    "计划 120 分钟的场次播到第 25 分钟，3 号针织开衫已连续讲解 9 分钟，"
    "点击率由 13% 降到 8%。先做什么？"
)

SINGLE = {
    "kind": "single_choice",
    "topic": "live_ops",
    "level": "junior",
    "cognitive": "analyse",
    "pool": "exam",
    "skeleton": "讲解过久先换品",
    "situation": "1",
    "source": "命题假设",
    "stem": STEM,
    "rationale": "进来的人没变，点了的人照样买，变的只是还愿意点的人：讲太久了。"
    "再降价是把注意力问题当价格问题，加价投流是承接没修好就放量，下架则丢掉返场的成交；下次先看来源和点击再看价格。",
    "choices-0-text": "给 3 号再降 10 元，继续讲解",
    "choices-0-mistake": "把注意力问题当价格问题",
    "choices-1-text": "换讲承接款，3 号留到返场",
    "choices-1-is_key": "1",
    "choices-2-text": "投流出价提高三成补足人数",
    "choices-2-mistake": "承接没修好就放量",
    "choices-3-text": "下架 3 号，只讲其余的商品",
    "choices-3-mistake": "丢掉返场的成交",
}


def add_people(db_session: Session, password_hash: str, *, now: datetime) -> None:
    """Register an author, two readers and a coordinator."""
    for member in (AUTHOR, FIRST, SECOND, COORDINATOR):
        accounts.register_person(
            db_session,
            account=member.account,
            display_name=member.name,
            password_hash=password_hash,
            now=now,
            roles=member.roles,
            actor="cli:test",
        )
