"""What is typed about results: a release, a regrade, an appeal and its answer."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import (
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.core.moments import BeijingMomentField
from app.core.names import clean_name
from app.core.web import BaseForm
from app.results import labels


class ReleaseForm(BaseForm):
    """When results are published."""

    publish_at = BeijingMomentField(_("发布时间"), _("请填写发布时间"))


class LateReasonForm(BaseForm):
    """Why late answers are to count."""

    reason = StringField(
        _("事由"), [DataRequired(_("请填写事由")), Length(4, 300)], filters=[clean_name]
    )


class LateDecisionForm(BaseForm):
    """Whether late answers count."""

    decision = SelectField(
        _("决定"),
        [InputRequired(_("请选择决定"))],
        choices=[SelectChoice("admit", _("认可")), SelectChoice("refuse", _("不认可"))],
    )


class ProposeRegradeForm(BaseForm):
    """One item version, and how it is to count."""

    item_ref = StringField(
        _("题目版本"),
        [DataRequired(_("请填写题目版本")), Length(max=80)],
        filters=[clean_name],
        description=_("考生当时拿到的版本，例如 junior-traffic-017@1"),
    )
    treatment = RadioField(
        _("处理"),
        [InputRequired(_("请选择处理方式"))],
        choices=[SelectChoice(code, words) for code, words in labels.TREATMENT.items()],
    )
    new_ref = StringField(
        _("新版"),
        [Length(max=80)],
        filters=[clean_name],
        description=_("按新版答案判分时填写，例如 junior-traffic-017@2"),
    )
    reason = StringField(
        _("依据"),
        [DataRequired(_("请填写依据")), Length(4, 200)],
        filters=[clean_name],
        description=_("会记入审计日志"),
    )


class FileAppealForm(BaseForm):
    """The grounds of an appeal."""

    category = SelectField(
        _("类别"), choices=[SelectChoice(code, words) for code, words in labels.CATEGORY.items()]
    )
    position = IntegerField(
        _("题号"),
        [Optional(), NumberRange(1, 300, _("1 到 300"))],
        description=_("对某一题有异议时填写"),
    )
    body = TextAreaField(
        _("理由"),
        [
            DataRequired(_("请写明理由")),
            Length(10, 2000, message=_("理由为 10 到 2000 字")),
        ],
        description=_("写清楚发生了什么、你认为应当怎样；10 到 2000 字"),
    )


class AnswerAppealForm(BaseForm):
    """The answer to an appeal."""

    outcome = RadioField(
        _("结论"),
        [InputRequired(_("请选择结论"))],
        choices=[SelectChoice(code, words) for code, words in labels.OUTCOME.items()],
    )
    answer = TextAreaField(
        _("答复"),
        [
            DataRequired(_("请写明答复")),
            Length(10, 2000, message=_("答复为 10 到 2000 字")),
        ],
        description=_("考生会看到"),
    )
    treatment = SelectField(
        _("同时提出改判"),
        choices=[
            SelectChoice("", _("不改判")),
            *(SelectChoice(code, words) for code, words in labels.TREATMENT.items()),
        ],
        description=_("只在申诉成立且针对某一题时；改判要由另一个人执行"),
    )
    new_ref = StringField(_("新版"), [Length(max=80)], filters=[clean_name])
