"""The tutorial: a first guided room, step by step over each panel, remembered for each person.

The steps' words and the real action that each waits for stand here; `static/js/rooms/tutorial.js`
shows them over the cockpit. What a person has done is a row, so that it holds on every device.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import InvalidInputError
from app.rooms.models import RoomSession, TutorialProgress
from app.rooms.services import PRACTICE_CODE
from simulations.drills import DRILL_PREFIX

TUTORIAL_ID = DRILL_PREFIX + "tutorial"
"""The scenario of the tutorial; it is a drill like the others, with steps laid over it."""

TUTORIAL_CODE = PRACTICE_CODE + TUTORIAL_ID

ENDINGS = ("finished", "skipped")


@dataclass(frozen=True)
class Step:
    """One step: a panel, its explanation, and what has to be done.

    Attributes:
        id: Permanent; what a person has done is stored by it.
        panels: Ids of the page's elements that it is about; the first that is shown is marked.
        tab: The tab of a phone on which they are.
        title: What the panel is.
        text: What it tells, and why one looks at it.
        task: What to do now; empty where reading is enough.
        keys: The same by keyboard.
        wants: What shows that it was done: `lever:<name>` when the lever is the candidate's,
            `answered` when an incident was answered, `pressed:<id>` when that button is on,
            `focus:<id>` when the focus was inside that element; empty where reading is enough.
    """

    id: str
    panels: tuple[str, ...]
    tab: str
    title: LazyString
    text: LazyString
    task: LazyString | str = ""
    keys: LazyString | str = ""
    wants: str = ""


STEPS: tuple[Step, ...] = (
    Step(
        "board",
        ("kpis", "phone-gmv"),
        "tray",
        _("核心指标"),
        _(
            "成交额和目标、在线、千次观看成交、停留。除了在线和成交额，别的数字一分钟更新一次，"
            "和真的后台一样有滞后。"
        ),
    ),
    Step(
        "pin",
        ("tray",),
        "tray",
        _("货盘：讲哪一款"),
        _(
            "每一行是一个商品：售价、库存、近五分钟的点击和成交。主播按自己的习惯一款一款讲；"
            "你一动手，讲解就由你掌握。"
        ),
        _("给 01 号按「讲解」。"),
        _("键盘：1 再按 P"),
        "lever:pin",
    ),
    Step(
        "price",
        ("tray",),
        "tray",
        _("货盘：改价"),
        _("降价多卖几件，每件少赚一些，退货也会多一点。价签旁边的加减每按一次是一小步。"),
        _("把任意一款降一步。"),
        _("键盘：["),
        "lever:price",
    ),
    Step(
        "benefits",
        ("levers", "benefit-form"),
        "benefits",
        _("权益：福袋、红包、优惠券、补运费"),
        _(
            "福袋把人留住，红包把人拉进来，优惠券催下单，补运费让人敢买。都要花钱，"
            "发得太密就没有人在乎。"
        ),
        _("发一个福袋。"),
        _("键盘：F，再按回车发出"),
        "lever:benefits",
    ),
    Step(
        "traffic",
        ("traffic",),
        "traffic",
        _("投流：买人"),
        _(
            "出价决定抢不抢得到人，每分钟最多花多少决定花得多快。ROI 和保本线放在一起看："
            "低于保本线，卖得越多亏得越多。"
        ),
        _("把出价改一步。"),
        _("键盘：逗号或句号"),
        "lever:traffic",
    ),
    Step(
        "pace",
        ("host",),
        "host",
        _("主播：体力和节奏"),
        _("快节奏卖得多，费体力，也容易说过头话；慢节奏养体力。体力掉光了，人再多也接不住。"),
        _("换一次讲解节奏。"),
        _("键盘：G"),
        "lever:pace",
    ),
    Step(
        "incident",
        ("feed",),
        "incidents",
        _("突发与提醒"),
        _(
            "苗头先出现，一两分钟后才真的影响成交。先想清楚原因再选："
            "对不上原因的处置花了钱也没有用。平台提醒也在这里，要在时限内更正。"
        ),
        _("选一个处置。"),
        _("键盘：E 跳到这里，Tab 选，回车确定"),
        "answered",
    ),
    Step(
        "curve",
        ("timeline", "phone-chart"),
        "tray",
        _("曲线"),
        _(
            "实线是本场，虚线是匀速完成目标的样子；下面一排记号是你的操作。累计看够不够，"
            "每分钟看正在变好还是变坏。"
        ),
    ),
    Step(
        "log",
        ("log-scroll", "log"),
        "incidents",
        _("操作记录"),
        _(
            "你的每一步都在这里，带着时刻和同步状态。断网时先排队，连上后补发；"
            "过期的会明白告诉你没有执行。复盘时，每一步值多少钱都从这里算。"
        ),
        _("打开操作记录，或点一下它。"),
        _("键盘：L"),
        "focus:log-scroll",
    ),
    Step(
        "clock",
        ("pause",),
        "tray",
        _("练习时钟"),
        _(
            "练习可以暂停、快进和变速，考试不行：考试的时钟由服务器走，离开房间它也不停。"
            "按 ? 随时看全部快捷键。"
        ),
    ),
)
"""Every panel once, in the order in which a session needs them."""


def is_tutorial_room(room: RoomSession) -> bool:
    """Say whether the steps are laid over this room."""
    return room.exam_code == TUTORIAL_CODE


def progress_or_none(db_session: Session, person_id: int) -> TutorialProgress | None:
    """Return how far a person went; none if they never began."""
    return db_session.scalar(
        select(TutorialProgress).where(TutorialProgress.person_id == person_id)
    )


def needs_tutorial(db_session: Session, person_id: int) -> bool:
    """Say whether a person neither finished the tutorial nor said that they need none."""
    held = progress_or_none(db_session, person_id)
    return held is None or (held.finished_at is None and held.skipped_at is None)


def note_step(db_session: Session, person_id: int, step: str, *, now: datetime) -> None:
    """Keep the step that a person did last; a repeat changes only the moment.

    Raises:
        InvalidInputError: If there is no such step.
    """
    if step not in {one.id for one in STEPS}:
        raise InvalidInputError(f"step {step}", [{"field": "step", "code": "unknown"}])
    held = _held(db_session, person_id, now=now)
    held.step, held.updated_at = step, now
    db_session.flush()


def note_ending(db_session: Session, person_id: int, ending: str, *, now: datetime) -> None:
    """Keep that a person finished or skipped the tutorial; the first time of each counts.

    Raises:
        InvalidInputError: If the ending is neither.
    """
    if ending not in ENDINGS:
        raise InvalidInputError(f"ending {ending}", [{"field": "ending", "code": "unknown"}])
    held = _held(db_session, person_id, now=now)
    if ending == "finished":
        held.finished_at = held.finished_at or now
    else:
        held.skipped_at = held.skipped_at or now
    held.step, held.updated_at = "", now  # a replay begins with the first step
    db_session.flush()


def page_data(db_session: Session, room: RoomSession) -> dict[str, Any]:
    """Return what the page's script needs: the steps in words, and where to go on."""
    held = progress_or_none(db_session, room.person_id)
    return {
        "url": url_for("rooms.drills.note_tutorial"),
        "handbook": url_for("handbook.index"),
        "done": "" if held is None else held.step,
        "steps": [
            {
                "id": one.id,
                "panels": list(one.panels),
                "tab": one.tab,
                "title": str(one.title),
                "text": str(one.text),
                "task": str(one.task),
                "keys": str(one.keys),
                "wants": one.wants,
            }
            for one in STEPS
        ],
    }


def _held(db_session: Session, person_id: int, *, now: datetime) -> TutorialProgress:
    """Return the person's row; of two requests that make it at once, both get the same."""
    held = progress_or_none(db_session, person_id)
    if held is not None:
        return held
    row = TutorialProgress(person_id=person_id, step="", updated_at=now)
    try:
        with db_session.begin_nested():
            db_session.add(row)
    except IntegrityError:
        held = progress_or_none(db_session, person_id)
        if held is None:
            raise
        return held
    return row
