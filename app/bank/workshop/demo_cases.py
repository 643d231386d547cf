"""A case group for the demonstration's workshop: handed in, half read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.bank.workshop import drafting, grouping
from app.bank.workshop.bodies import Body
from app.bank.workshop.case_checking import checked_case
from app.bank.workshop.models import CaseDraft
from app.bank.workshop.opening import sheet_of_body
from app.bank.workshop.sheets import Sheet, with_first_rows

LEVEL, TOPIC, POOL = "junior", "traffic", "exam"

MATERIAL = {
    "title": "换了封面以后的三段数据",
    "exhibit_text": "一间家居日播，19:30 换了封面图，主播、货盘和投放都没变。本店常态："
    "进房率 18%–22%，商品点击率 10%–14%，点击成交率 8%–12%。商品点击率 = 商品点击 ÷ 进房人次。",
    "exhibit_caption": "每 30 分钟数据",
    "exhibit_table": "时段\t展示次数\t进房人次\t商品点击率\t点击成交率\t成交单数\n"
    "19:00–19:30\t20000\t4000\t12%\t10%\t48\n"
    "19:30–20:00\t20000\t2500\t12%\t10%\t30\n"
    "20:00–20:30\t20000\t2000\t13%\t10%\t26",
}

COMMON: Body = {
    "kind": "single_choice",
    "level": LEVEL,
    "cognitive": "analyse",
    "pool": POOL,
    "situation": True,
    "source": "命题假设",
}
ITEMS: list[Body] = [
    {
        **COMMON,
        "topic": TOPIC,
        "skeleton": "展示没变进房少先查封面",
        "stem": "三段里成交单数一路往下。先查哪一环？",
        "choices": {
            "a": "商品讲解和商品卡上的卖点",
            "b": "封面图和标题有没有说清卖什么",
            "c": "详情页里的价格、规格和库存",
            "d": "投放的出价和预算够不够用",
        },
        "key": ["b"],
        "distractors": {
            "a": "商品点击率在常态内，不是讲解的问题",
            "c": "点击成交率没变，不是详情页的问题",
            "d": "展示次数没变，不是投放的问题",
        },
        "rationale": "展示三段都是 2 万次，进房率由 20% 降到 12.5% 再到 10%，"
        "点击率和成交率都在常态里：少的是愿意点进来的人，变动又正好发生在换封面以后。讲解、详情页和投放管的环节都没有变坏。"
        "下次换封面先在一场里隔段对比，再定用哪张。",
    },
    {
        **COMMON,
        "topic": "data_review",
        "cognitive": "apply",
        "computes": True,
        "skeleton": "修好一环按漏斗推成交",
        "stem": "20:30 换回原封面，进房率估计回到 20%，下一段展示仍是 2 万次，"
        "另外两率照 20:00–20:30 算。下一段预计成交多少单？",
        "choices": {"a": "26 单", "b": "40 单", "c": "52 单", "d": "520 单"},
        "key": ["c"],
        "distractors": {
            "a": "进房还按换封面以后的 2000 人次",
            "b": "商品点击率用成了常态的下限 10%",
            "d": "算到商品点击就停了，漏乘点击成交率",
        },
        "rationale": "20000 × 20% = 4000 人次进房，× 13% = 520 次点击，× 10% = 52 单。"
        "停在 520 是把点击当成交；26 单没有把修好的进房率算进去；40 单换了题目没给的点击率。"
        "推算时一环一环乘下去，改哪环就只改哪环。",
        "checks": ["20000 * 0.20 * 0.13 * 0.10 == 52"],
    },
]


def hand_in_case(db_session: Session, author: Person, *, actor: str, now: datetime) -> CaseDraft:
    """Put a group into the workshop and hand it in."""
    draft = grouping.begin_case(
        db_session,
        author_id=author.id,
        topic=TOPIC,
        level=LEVEL,
        pool=POOL,
        actor=actor,
        now=now,
    )
    sheet = Sheet(dict(MATERIAL))
    grouping.save_case(db_session, draft, sheet, person_id=author.id, revision=1, now=now)
    for body in ITEMS:
        member = grouping.add_item(
            db_session,
            draft,
            kind=body["kind"],
            topic=body["topic"],
            person_id=author.id,
            actor=actor,
            now=now,
        )
        typed = with_first_rows(sheet_of_body({**body, "case_id": draft.case_id}))
        drafting.save_draft(db_session, member, typed, person_id=author.id, revision=1, now=now)
    grouping.submit_case(
        db_session,
        draft,
        checked_case(db_session, draft, sheet),
        person_id=author.id,
        revision=draft.revision,
        actor=actor,
        now=now,
    )
    return draft
