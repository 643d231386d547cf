"""What the rules' office types becomes a value, or is refused."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.core.names import clean_name
from app.core.web import BaseForm
from app.providers.labels import TIER
from app.providers.loading import MAX_FILE_CHARS

REASON = (
    InputRequired(_("请写明理由")),
    Length(4, 400, message=_("理由为 4 到 400 个字")),
)


class ProposalForm(BaseForm):
    """A version of a scheme as YAML, and what it changes."""

    text = TextAreaField(
        _("评分规则（YAML）"),
        [
            InputRequired(_("请粘贴完整的评分规则")),
            Length(max=MAX_FILE_CHARS, message=_("评分规则太长")),
        ],
        description=_("从现行版本下载，改好后整份粘贴；版本号加一，生效日为将来某月 1 日"),
    )
    comment = StringField(_("改了什么、为什么"), REASON, filters=[clean_name])


class EditForm(BaseForm):
    """From when a version that was edited field by field scores, and what it changes."""

    effective_month = StringField(
        _("从哪个月起评分"), [InputRequired(_("请选择生效的月份"))], description=_("例如 2027-01")
    )
    comment = StringField(_("改了什么、为什么"), REASON, filters=[clean_name])


class DecisionForm(BaseForm):
    """A second person's decision."""

    answer = RadioField(
        _("决定"),
        [InputRequired(_("请选择发布或不采纳"))],
        choices=[SelectChoice("publish", _("发布")), SelectChoice("decline", _("不采纳"))],
    )
    reason = StringField(_("理由"), REASON, filters=[clean_name])


class TierForm(BaseForm):
    """A tier and why."""

    tier = SelectField(
        _("层级"), choices=[SelectChoice(code, words) for code, words in TIER.items()]
    )
    reason = StringField(_("理由"), REASON, filters=[clean_name])


class ReasonForm(BaseForm):
    """Why."""

    reason = StringField(_("理由"), REASON, filters=[clean_name])


class FindingForm(ReasonForm):
    """A red line that was crossed."""

    red_line = SelectField(_("红线"), validate_choice=False)
