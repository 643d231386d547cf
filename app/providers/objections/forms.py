"""What a manager objects and an answerer decides becomes a value, or is refused."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _
from flask_wtf.file import MultipleFileField
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.core.names import clean_name
from app.core.web import BaseForm
from app.providers import labels
from app.providers.forms import FILE_NAME_CHARS
from app.providers.indicators import BadValueError, parse_value
from app.providers.objections.services import MOST_FILE_BYTES, MOST_FILES, FileFact, fact_of
from app.providers.quantities import plain_text
from app.providers.schemes import Figure, Module

REASON = (
    InputRequired(_("请写明理由")),
    Length(10, 1000, message=_("理由为 10 到 1000 个字")),
)


def read_value(field: StringField, column: Module | Figure) -> Decimal | None:
    """Return the value that a field gives of a column; None after saying what is wrong with it."""
    text = plain_text(field.data or "")
    try:
        return parse_value(text, column)
    except BadValueError as error:
        words = str(labels.CELL_ERROR[error.code])
        field.errors = [words % {"given": text, "detail": error.detail}]
        return None


class ObjectionForm(BaseForm):
    """Which figure, what it should be, why, and what backs it."""

    column = SelectField(_("指标"), validate_choice=False)
    claimed = StringField(
        _("应为"),
        [InputRequired(_("请填写你认为正确的值"))],
        description=_("带上单位，例如 31.4% 或 6万"),
    )
    reason = TextAreaField(_("理由"), REASON)
    files = MultipleFileField(
        _("依据"),
        description=_("最多 5 个、每个 4 MB；只登记文件名、大小和 SHA-256，原件请自行保存备查"),
    )

    def read_files(self) -> list[FileFact] | None:
        """Return what was chosen; None after saying what is too much."""
        chosen = [one for one in self.files.data or () if one and one.filename]
        facts = []
        for one in chosen:
            data = one.read(MOST_FILE_BYTES + 1)
            if len(data) > MOST_FILE_BYTES:
                self.files.errors = [_("文件太大，每个最多 4 MB")]
                return None
            facts.append(fact_of(clean_name(one.filename)[:FILE_NAME_CHARS], data))
        if len(facts) > MOST_FILES:
            self.files.errors = [_("最多 5 个文件")]
            return None
        return facts


class AnswerForm(BaseForm):
    """The decision about an objection."""

    decision = RadioField(
        _("决定"),
        [InputRequired(_("请选择采纳或不采纳"))],
        choices=[
            SelectChoice("accept", _("采纳，更正这个值并重新结算")),
            SelectChoice("decline", _("不采纳，原值不变")),
        ],
    )
    value = StringField(_("更正为"), description=_("采纳时填写；带上单位"))
    answer = TextAreaField(_("理由"), REASON)
