"""What people type about contests; moments are typed in Beijing time."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    FloatField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.contests import labels
from app.contests.models import ROUND_KINDS
from app.contests.planning import NewContest, NewRound
from app.contests.protesting import ABOUT, MOST_CHARS, Answer
from app.contests.rules import ContestRules, JuryRules
from app.core.moments import BeijingMomentField
from app.core.names import clean_name
from app.core.web import BaseForm
from simulations.scenarios import Scenario


class PlanContestForm(BaseForm):
    """A new contest."""

    title = StringField(
        _("比赛名称"), [DataRequired(_("请填写名称")), Length(2, 60)], filters=[clean_name]
    )
    summary = TextAreaField(_("说明"), [Length(max=1000)])
    rules = SelectField(_("规则版本"))
    seats = IntegerField(
        _("席位"), [InputRequired(_("请填写席位数")), NumberRange(2, 500, _("2 到 500"))]
    )
    entry_opens_at = BeijingMomentField(_("报名开始"), description=_("北京时间"))
    entry_closes_at = BeijingMomentField(_("报名截止"))

    def __init__(self, rules: list[ContestRules], **more: Any) -> None:
        super().__init__(**more)
        self.rules.choices = [SelectChoice(one.ref, f"{one.title} · {one.ref}") for one in rules]

    def read(self) -> NewContest:
        """Return the terms."""
        return NewContest(
            title=self.title.data or "",
            summary=(self.summary.data or "").strip(),
            rules_ref=self.rules.data,
            seat_count=self.seats.data or 0,
            entry_opens_at=self.entry_opens_at.utc,
            entry_closes_at=self.entry_closes_at.utc,
        )


class PlanRoundForm(BaseForm):
    """A new round."""

    kind = SelectField(
        _("轮次"), choices=[SelectChoice(one, labels.ROUND_KIND[one]) for one in ROUND_KINDS]
    )
    round_title = StringField(
        _("轮次名称"), [DataRequired(_("请填写名称")), Length(1, 40)], filters=[clean_name]
    )
    scenario = SelectField(_("场景"))
    speed = FloatField(
        _("速度（倍）"),
        [InputRequired(_("请填写速度")), NumberRange(1, 2, _("1 到 2"))],
        default=2,
        description=_("大赛最多 2 倍，每个反应窗口不少于 45 秒"),
    )
    places = IntegerField(
        _("参赛席"), [InputRequired(_("请填写席数")), NumberRange(1, 500, _("1 到 500"))]
    )
    starts_at = BeijingMomentField(_("开赛时间"), description=_("全场按服务器时钟同时开始"))

    def __init__(self, scenarios: list[Scenario], **more: Any) -> None:
        super().__init__(**more)
        # Rooms stand before drills, and the senior ones, which contests are made of, before others.
        levels = ("senior", "intermediate", "junior")
        by_use = sorted(
            scenarios,
            key=lambda one: (one.drill is not None, levels.index(one.level), one.title),
        )
        self.scenario.choices = [
            SelectChoice(
                one.ref,
                gettext(
                    "%(title)s · %(n)s 分钟 · %(ref)s",
                    title=one.title,
                    n=one.duration_min,
                    ref=one.ref,
                ),
            )
            for one in by_use
        ]

    def read(self) -> NewRound:
        """Return the terms."""
        return NewRound(
            kind=self.kind.data,
            title=self.round_title.data or "",
            scenario_ref=self.scenario.data,
            speed=self.speed.data or 0,
            place_count=self.places.data or 0,
            starts_at=self.starts_at.utc,
        )


class MoveRoundForm(BaseForm):
    """Another start or speed of a round."""

    starts_at = BeijingMomentField(_("开赛时间"))
    speed = FloatField(
        _("速度（倍）"), [InputRequired(_("请填写速度")), NumberRange(1, 2, _("1 到 2"))]
    )
    reason = StringField(
        _("理由"), [DataRequired(_("请写明理由")), Length(2, 400)], filters=[clean_name]
    )

    def read(self) -> dict[str, Any]:
        """Return what the round is moved to."""
        return {
            "starts_at": self.starts_at.utc,
            "speed": self.speed.data or 0,
            "reason": self.reason.data or "",
        }


class EntryForm(BaseForm):
    """Enter a contest, with consent to be shown in public."""

    public_name = StringField(
        _("公开显示的姓名"),
        [DataRequired(_("请填写姓名")), Length(1, 20)],
        filters=[clean_name],
        description=_("大屏、榜单和回放上显示"),
    )
    consent = BooleanField(
        _("我同意比赛过程、成绩与回放向公众公开，显示上面的姓名和所在服务商"),
        [DataRequired(_("大赛全程公开，不同意公开就不能报名"))],
    )


class ReasonForm(BaseForm):
    """An act with its reason."""

    reason = StringField(
        _("理由"), [DataRequired(_("请写明理由")), Length(2, 400)], filters=[clean_name]
    )


class ProtestForm(BaseForm):
    """A protest about one round."""

    about = SelectField(_("事由"), choices=[SelectChoice(one, labels.ABOUT[one]) for one in ABOUT])
    body = TextAreaField(
        _("申诉内容"),
        [DataRequired(_("请写明发生了什么、在第几分钟、希望怎样更正")), Length(max=MOST_CHARS)],
        description=_("写明时间点与依据；由没有参与评分的人答复"),
    )


class ReviewForm(BaseForm):
    """The 复盘 of a round; how long it may be stands in the rules."""

    body = TextAreaField(
        _("复盘"),
        [DataRequired(_("请写下你的复盘"))],
        description=_("不要写姓名、昵称或公司：评委只看代号"),
    )


class AnswerForm(BaseForm):
    """The answer to a protest."""

    outcome = RadioField(
        _("结论"),
        [InputRequired(_("请选择结论"))],
        choices=[
            SelectChoice("upheld", _("成立，更正成绩")),
            SelectChoice("declined", _("不成立，成绩不变")),
        ],
    )
    answer = TextAreaField(_("答复"), [DataRequired(_("请写明依据")), Length(max=MOST_CHARS)])
    room_points = FloatField(
        _("实操得分改为"), [Optional(), NumberRange(-100, 130, _("−100 到 130"))]
    )
    forecast_points = FloatField(
        _("预测得分改为"), [Optional(), NumberRange(0, 100, _("0 到 100"))]
    )
    strikes = IntegerField(_("违规次数改为"), [Optional(), NumberRange(0, 20, _("0 到 20"))])
    asks_juror = BooleanField(_("增派一位评委重新打分"))

    def read(self) -> Answer:
        """Return the answer."""
        return Answer(
            outcome=self.outcome.data,
            words=self.answer.data or "",
            room_points=self.room_points.data,
            forecast_points=self.forecast_points.data,
            strikes=self.strikes.data,
            asks_juror=bool(self.asks_juror.data),
        )


def marks_from(values: Any, rules: JuryRules) -> dict[str, int]:
    """Return the marks of a form or JSON body; what is no whole number is left out.

    Args:
        values: A mapping of the rubric's codes.
        rules: The rubric.
    """
    marks = {}
    for one in rules.criteria:
        value = values.get(one.code)
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 4:
            marks[one.code] = int(value)
        elif type(value) is int:
            marks[one.code] = value
    return marks
