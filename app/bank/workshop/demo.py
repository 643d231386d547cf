"""Something to look at in the demonstration's workshop: drafts at each stage of their life."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.queries import person_of_account_or_none
from app.bank.workshop import case_queries, drafting, filing, publishing, reading
from app.bank.workshop.bodies import Body, compiled
from app.bank.workshop.checking import checked
from app.bank.workshop.demo_cases import hand_in_case
from app.bank.workshop.models import ItemDraft
from app.bank.workshop.opening import sheet_of_body
from app.bank.workshop.sheets import Sheet, with_first_rows
from app.core import clock
from app.core.db import transaction

AUTHOR = "committee@demo.example"
READERS = ("reviewer@demo.example", "reviewer2@demo.example")
COORDINATOR = "committee2@demo.example"

DAY = timedelta(days=1)


def _choice(
    topic: str,
    skeleton: str,
    stem: str,
    key: str,
    choices: list[str],
    mistakes: list[str],
    why: str,
) -> Body:
    wrong = [one for one in "abcd" if one != key]
    return {
        "kind": "single_choice",
        "topic": topic,
        "level": "junior",
        "cognitive": "apply",
        "pool": "exam",
        "skeleton": skeleton,
        "situation": True,
        "stem": stem,
        "choices": dict(zip("abcd", choices, strict=True)),
        "key": [key],
        "distractors": dict(zip(wrong, mistakes, strict=True)),
        "rationale": why,
        "source": "命题假设",
    }


IN_USE = _choice(
    "service",
    "赠品缺货先停说再补",
    "播到第 40 分钟，客服来报：讲解里承诺的赠品只剩 6 份，后台还有 31 单没有发货。"
    "场控现在最先做什么？",
    "c",
    [
        "继续讲赠品，下播后再补货",
        "把赠品换成别的，不再提起",
        "请主播停说赠品，并报清余量",
        "给 31 单全部退款，重新下单",
    ],
    ["承诺已兑现不了还在扩大", "没有告知就换掉约定的东西", "没核对就取消能履约的订单"],
    "赠品是订单的一部分：先止住新的承诺，再核对已有 31 单要补多少、能不能补。继续讲会让缺口变大；"
    "悄悄换掉是不按约定发货；一律退款把能发的单也丢了。下次开播前把赠品库存挂在场控台上。",
)
TRIED_OUT = _choice(
    "data_review",
    "两场比成交先除以时长",
    "昨晚播了 150 分钟成交 9 万元，今晚播了 100 分钟成交 7 万元，货盘和投流相同。"
    "复盘时哪句话站得住？",
    "b",
    [
        "昨晚更好，因为成交总额更高",
        "今晚每小时的成交高于昨晚",
        "今晚更差，少播了五十分钟",
        "两场时长不同，无法比较",
    ],
    ["拿总额比长短不同的两场", "把时长当成了效果", "不知道可以先换成同一口径"],
    "先换成每小时：昨晚 9÷2.5=3.6 万元，今晚 7÷1.67=4.2 万元，今晚高。总额受时长影响，不能直接比；"
    "时长不同不等于不能比，除以时长就是同一口径。下次复盘表里先放每小时成交，再放总额。",
)
IN_REVIEW = _choice(
    "traffic",
    "进房涨点击跌先查承接",
    "加投 20 分钟后，进房人数涨了四成，商品点击率由 12% 降到 7%，成交转化率还是 9%。"
    "下一步先看什么？",
    "a",
    [
        "新进来的人看到的是不是他们想要的货",
        "投流的出价还能不能再往上提",
        "库存够不够撑到这一场结束",
        "主播的话速是不是太慢了",
    ],
    ["承接没修好就放量", "成交没有受限却去查库存", "没有证据就归因到主播"],
    "进来的人多了，点的人少了，点了的人照样买：问题在新人和正在讲的货对不上。先看投流人群与讲解款是否一致，"
    "再决定换讲还是换人群；此时提价只会买来更多不点的人。下次加投前先排好承接款。",
)
UNFINISHED: Body = {
    "kind": "multiple_choice",
    "topic": "compliance",
    "level": "junior",
    "cognitive": "apply",
    "pool": "exam",
    "stem": "主播口播“今天买的明天一定涨价”，场控听到后要做哪几件事？",
    "choices": {"a": "提示主播停止并更正", "b": "记下时间点，切片不用这一段"},
    "key": ["a", "b"],
}


def load_demo_workshop() -> None:
    """Put drafts of each stage into the workshop, unless there are any."""
    now = clock.now()
    with transaction() as db_session:
        people = [person_of_account_or_none(db_session, one) for one in (AUTHOR, *READERS)]
        known = [one for one in people if one is not None]
        if len(known) < len(people):
            return
        if db_session.scalar(select(ItemDraft.id).limit(1)) is not None:
            return
        author, first, second = known
        begun = now - 9 * DAY
        used = _handed_in(db_session, IN_USE, author, now=begun)
        for reader in (first, second):
            _read(db_session, used, reader, "c", now=begun + DAY)
        coordinator = person_of_account_or_none(db_session, COORDINATOR)
        if coordinator is not None:
            publishing.publish(
                db_session,
                used,
                person_id=coordinator.id,
                reason="试测 64 人：得分率 0.71，区分度 0.34",
                actor=_actor(coordinator),
                now=now - 2 * DAY,
            )
        tried = _handed_in(db_session, TRIED_OUT, author, now=now - 4 * DAY)
        for reader in (first, second):
            _read(db_session, tried, reader, "b", now=now - 3 * DAY)
        filing.set_tags(db_session, tried.item_id, ["复盘", "口径"])
        waiting = _handed_in(db_session, IN_REVIEW, author, now=now - DAY)
        _read(db_session, waiting, second, "a", now=now - DAY + timedelta(hours=2))
        _begun(db_session, UNFINISHED, author, now=now - timedelta(hours=3))
        group = hand_in_case(db_session, author, actor=_actor(author), now=now - 2 * DAY)
        read = case_queries.members(db_session, group)[0]
        for reader in (first, second):
            _read(db_session, read, reader, "b", now=now - DAY)


def _actor(person: Person) -> str:
    return f"person:{person.public_id}"


def _begun(db_session: Session, body: Body, author: Person, *, now: datetime) -> ItemDraft:
    draft = drafting.begin_draft(
        db_session,
        author_id=author.id,
        kind=body["kind"],
        topic=body["topic"],
        level=body["level"],
        pool=body["pool"],
        actor=_actor(author),
        now=now,
    )
    sheet = with_first_rows(sheet_of_body(body))
    drafting.save_draft(db_session, draft, sheet, person_id=author.id, revision=1, now=now)
    return draft


def _handed_in(db_session: Session, body: Body, author: Person, *, now: datetime) -> ItemDraft:
    draft = _begun(db_session, body, author, now=now)
    version = drafting.next_version(db_session, draft.item_id)
    found = checked(compiled(Sheet.of_json(draft.sheet)), draft.item_id, version)
    drafting.submit_draft(
        db_session,
        draft,
        found,
        person_id=author.id,
        revision=draft.revision,
        actor=_actor(author),
        now=now,
    )
    return draft


def _read(
    db_session: Session, draft: ItemDraft, reader: Person, letter: str, *, now: datetime
) -> None:
    who, actor = reader.id, _actor(reader)
    reading.open_reading(db_session, draft, person_id=who, actor=actor, now=now)
    reading.solve_blind(
        db_session,
        draft,
        drafting.submitted_item(db_session, draft),
        {"selected": [letter]},
        is_ambiguous=False,
        remark="",
        person_id=who,
        actor=actor,
        now=now + timedelta(seconds=70),
    )
    remark = reading.comment(
        db_session, draft, part="stem", text="数字和单位读着顺，情境真实。", person_id=who, now=now
    )
    reading.settle_comment(
        db_session, draft, remark.id, text="谢谢", person_id=draft.author_id, now=now
    )
    reading.decide(
        db_session,
        draft,
        accepts=True,
        remark="",
        person_id=who,
        actor=actor,
        now=now + timedelta(minutes=6),
    )
