"""What is typed about integrity: reasons, purposes, a statement, a finding."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.names import clean_name
from app.core.web import BaseForm
from app.integrity import labels
from app.integrity.services import REASON_CHARS, STATEMENT_CHARS

_LENGTH = _("请写 4 到 1000 字")


class OpenCaseForm(BaseForm):
    """Why a case is opened."""

    reason = StringField(
        _("立案事由"), [DataRequired(_LENGTH), Length(*REASON_CHARS, _LENGTH)], filters=[clean_name]
    )


class LookForm(BaseForm):
    """What somebody looks into a case for."""

    purpose = StringField(
        _("查阅目的"), [DataRequired(_LENGTH), Length(*REASON_CHARS, _LENGTH)], filters=[clean_name]
    )


class StatementForm(BaseForm):
    """The candidate's words."""

    statement = TextAreaField(
        _("你的说明"),
        [
            DataRequired(_("请写 10 到 4000 字")),
            Length(*STATEMENT_CHARS, _("请写 10 到 4000 字")),
        ],
        filters=[lambda text: (text or "").strip()],
    )


class FindingForm(BaseForm):
    """What one person finds."""

    finding = RadioField(
        _("结论"),
        [InputRequired(_("请选择结论"))],
        choices=[SelectChoice(code, word) for code, word in labels.FINDING.items()],
    )
    reason = TextAreaField(
        _("理由"),
        [DataRequired(_LENGTH), Length(*REASON_CHARS, _LENGTH)],
        filters=[lambda text: (text or "").strip()],
    )
