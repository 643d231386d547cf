"""What an author of a decision types."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

from app.core.web import BaseForm
from app.training.decisions.labels import OPERATOR, SKILL


class ChooseMomentForm(BaseForm):
    """Which minute of which room; by GET, so that the page can be linked."""

    class Meta:
        csrf = False

    scenario = SelectField(_("场景"), validate_choice=True)
    operator = SelectField(
        _("在这之前由谁操盘"), choices=[SelectChoice(*one) for one in OPERATOR.items()]
    )
    seed = IntegerField(_("哪一批观众"), [NumberRange(1, 100_000)], default=1)
    minute = IntegerField(_("第几分钟"), [NumberRange(3, 470)], default=30)


class WriteDecisionForm(BaseForm):
    """The words of a decision; its answers come as repeated fields beside it."""

    code = StringField(
        _("编号"),
        [
            InputRequired(message=_("请给一个编号")),
            Regexp(r"^[a-z0-9][a-z0-9-]{2,39}$", message=_("小写字母、数字和短横，3 到 40 个")),
        ],
        description=_("小写字母、数字和短横，发布后不变"),
    )
    title = StringField(_("标题"), [Length(4, 30, message=_("4 到 30 个字"))])
    question = TextAreaField(
        _("问什么"),
        [Length(10, 160, message=_("10 到 160 个字"))],
        description=_("先说盘面上看到的数，再问一件事"),
    )
    lesson = TextAreaField(_("下次看什么"), [Length(10, 200, message=_("10 到 200 个字"))])
    skill = SelectField(
        _("练哪一项"), choices=[SelectChoice(one.value, words) for one, words in SKILL.items()]
    )


class AnswerForm(BaseForm):
    """The one answer."""

    choice = RadioField(_("你怎么做"), coerce=int, validate_choice=False)
