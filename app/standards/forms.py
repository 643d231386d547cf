"""What is typed in standard setting: a convening, words, a stage, a signature, a decision."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.names import clean_name
from app.core.web import BaseForm
from app.standards import labels
from app.standards.judging import COMMENT_CHARS
from app.standards.panel import DEFINITION_CHARS
from question_bank.psychometrics.panels import CUT_STEPS, LEAST_PANEL, MOST_PANEL, USUAL_STEP

REASON = [DataRequired(_("请写明理由")), Length(2, 200, message=_("2 到 200 字"))]


class MultiCheckboxField(SelectMultipleField):
    """Several of a list, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def several(form: BaseForm, field: MultiCheckboxField) -> None:
    """Refuse a panel of another size."""
    if not LEAST_PANEL <= len(set(field.data or ())) <= MOST_PANEL:
        raise ValidationError(str(_("请选 5 到 10 位专家")))


class ConveneForm(BaseForm):
    """Which standard is to be set, how, and by whom; choices come from the route."""

    blueprint_ref = SelectField(_("命题蓝图"), [InputRequired(_("请选择蓝图"))])
    method = RadioField(
        _("方法"),
        [InputRequired(_("请选择方法"))],
        choices=[SelectChoice(code, words) for code, words in labels.METHOD.items()],
        default="angoff",
    )
    cut_step = SelectField(
        _("合格线取整到"),
        choices=[SelectChoice(str(step), f"{step * 100:g}%") for step in CUT_STEPS],
        default=str(USUAL_STEP),
        description=_("评定开始前定好；恰在中间的取低的一边"),
    )
    judges = MultiCheckboxField(
        _("专家"), [several], description=_("5 到 10 位，不含主持人；每位要先申报利益关系")
    )


class InterestForm(BaseForm):
    """A declaration; words are wanted for an interest alone."""

    has_interest = RadioField(
        _("与考生、服务商或培训方的利益关系"),
        [InputRequired(_("请选择一项"))],
        choices=[
            SelectChoice("no", _("没有")),
            SelectChoice("yes", _("有，我回避这次评定")),
        ],
    )
    interest = StringField(
        _("是什么关系"), [Length(max=200, message=_("最多 200 字"))], filters=[clean_name]
    )

    def validate(self, extra_validators: object = None) -> bool:
        """Want words with a yes."""
        if not super().validate(extra_validators):
            return False
        if self.has_interest.data == "yes" and len(self.interest.data or "") < 2:
            self.interest.errors = [_("请写明是什么关系")]
            return False
        return True

    @property
    def words(self) -> str:
        return (self.interest.data or "") if self.has_interest.data == "yes" else ""


class DefinitionForm(BaseForm):
    """The borderline candidate in words."""

    text = TextAreaField(
        _("刚好合格者"),
        [
            DataRequired(_("请写下定义")),
            Length(*DEFINITION_CHARS, message=_("40 到 1200 字")),
        ],
        filters=[lambda text: (text or "").strip()],
        description=_("写能做什么、还做不好什么，用岗位上看得见的事；不写分数"),
    )


class ReasonForm(BaseForm):
    """Why something is done."""

    reason = StringField(_("理由"), REASON, filters=[clean_name])


class InviteForm(BaseForm):
    """Whom to invite; choices come from the route."""

    person = SelectField(_("增加一位专家"), [InputRequired(_("请选择专家"))])


class CommentForm(BaseForm):
    """What is said about an item."""

    text = TextAreaField(
        _("意见"),
        [DataRequired(_("请填写意见")), Length(2, COMMENT_CHARS, message=_("2 到 400 字"))],
        filters=[lambda text: (text or "").strip()],
    )


class SignForm(BaseForm):
    """A signature: one's own name, typed."""

    name = StringField(
        _("签名"),
        [DataRequired(_("请输入你的姓名"))],
        filters=[clean_name],
        description=_("输入你在本系统里的姓名；签名与纪要的内容哈希、时间一起保存"),
    )


class DecisionForm(BaseForm):
    """Whether the cut is approved."""

    outcome = RadioField(
        _("决定"),
        [InputRequired(_("请选择一项"))],
        choices=[SelectChoice(code, words) for code, words in labels.OUTCOME.items()],
    )
    reason = StringField(_("理由"), REASON, filters=[clean_name])
