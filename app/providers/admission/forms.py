"""What an applicant types and a decider answers becomes a value, or is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.core.names import clean_name
from app.core.web import BaseForm
from app.providers import labels
from app.providers.admission.services import Draft
from app.providers.indicators import EMPTY_CELLS, BadValueError, parse_value
from app.providers.models import ProviderField
from app.providers.quantities import plain_text
from app.providers.schemes import Scheme

MOST_NUMBERS = 200
VALUE_PREFIX = "value-"
"""Begins the field of a module's or figure's value; its id follows."""

_BETWEEN = re.compile(r"[\s,，、;；]+")


class ApplicationForm(BaseForm):
    """A company that asks for admission."""

    name = StringField(
        _("公司名称"),
        [InputRequired(_("请填写公司名称")), Length(2, 60, message=_("名称为 2 到 60 个字"))],
        filters=[clean_name],
    )
    city = StringField(
        _("所在城市"),
        [InputRequired(_("请填写城市")), Length(2, 20, message=_("城市为 2 到 20 个字"))],
        filters=[clean_name],
    )
    field = SelectField(
        _("服务领域"), choices=[SelectChoice(code, words) for code, words in labels.FIELD.items()]
    )
    introduction = TextAreaField(
        _("服务能力说明"),
        [
            InputRequired(_("请说明服务能力")),
            Length(10, 1000, message=_("说明为 10 到 1000 个字")),
        ],
    )
    numbers = TextAreaField(
        _("操盘手证书编号"),
        description=_("一行一个；准入后还要由本人确认任职才计入评分"),
    )

    def read_numbers(self) -> list[str] | None:
        """Return the certificates' numbers, each once; None after saying that they are too many."""
        found = list(
            dict.fromkeys(filter(None, _BETWEEN.split(plain_text(self.numbers.data or ""))))
        )
        if len(found) > MOST_NUMBERS or any(len(one) > 40 for one in found):
            self.numbers.errors = [gettext("证书编号最多 200 个，每个最多 40 个字符")]
            return None
        return [one.upper() for one in found]

    def draft(self, declared: Mapping[str, Decimal], numbers: list[str]) -> Draft:
        """Return the application that was typed."""
        return Draft(
            name=self.name.data or "",
            city=self.city.data or "",
            field=ProviderField(self.field.data),
            introduction=self.introduction.data or "",
            declared=declared,
            numbers=numbers,
        )


def read_declared(
    scheme: Scheme, typed: Mapping[str, str]
) -> tuple[dict[str, Decimal], dict[str, str]]:
    """Read the declared values of a scheme's modules and figures.

    Args:
        scheme: The version whose columns are asked for.
        typed: The request's fields.

    Returns:
        Values by column id, and what is wrong by column id; an empty field is a missing value.
    """
    values: dict[str, Decimal] = {}
    wrong: dict[str, str] = {}
    for column in scheme.columns:
        text = plain_text(typed.get(f"{VALUE_PREFIX}{column.id}", ""))
        if text in EMPTY_CELLS:
            continue
        try:
            values[column.id] = parse_value(text, column)
        except BadValueError as error:
            words = str(labels.CELL_ERROR[error.code])
            wrong[column.id] = words % {"given": text[:40], "detail": error.detail}
    return values, wrong


class VerdictForm(BaseForm):
    """One person's decision about an application."""

    verdict = RadioField(
        _("决定"),
        [InputRequired(_("请选择同意或不同意"))],
        choices=[SelectChoice("admit", _("同意准入")), SelectChoice("decline", _("不同意"))],
    )
    reason = TextAreaField(
        _("理由"),
        [InputRequired(_("请写明理由")), Length(4, 1000, message=_("理由为 4 到 1000 个字"))],
    )
