"""The form in which a manager states practice of own staff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import DateField, FloatField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from app.certification import labels
from app.certification.claims import NewClaim
from app.core.names import clean_name
from app.core.web import BaseForm
from app.providers.practice.services import KINDS


class PracticeForm(BaseForm):
    """Live sessions or training of somebody who works here."""

    employment = SelectField(_("操盘手"))
    kind = RadioField(
        _("类型"),
        [InputRequired(_("请选择类型"))],
        choices=[SelectChoice(kind, labels.CLAIM_KIND[kind]) for kind in KINDS],
    )
    amount = FloatField(
        _("数量"),
        [InputRequired(_("请填写数量"))],
        description=_("场次填整数；学时可以填半小时"),
    )
    happened_on = DateField(
        _("日期"),
        [InputRequired(_("请填写日期"))],
        description=_("当天，或一系列场次的最后一天；要在任职期间"),
    )
    title = StringField(
        _("事项"),
        [DataRequired(_("请写明是哪家商家的场次、哪门课程")), Length(max=80)],
        filters=[clean_name],
    )
    source = StringField(
        _("依据"),
        [DataRequired(_("请写明在哪里可以查到，第二人凭它确认")), Length(max=200)],
        filters=[clean_name],
    )

    def __init__(self, staff: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Offer who works here, as employment and name."""
        super().__init__(**kwargs)
        self.employment.choices = [SelectChoice(code, words) for code, words in staff]

    @property
    def claim(self) -> NewClaim:
        """What is stated."""
        return NewClaim(
            kind=self.kind.data,
            amount=self.amount.data,
            happened_on=self.happened_on.data,
            title=self.title.data,
            source=self.source.data,
        )
