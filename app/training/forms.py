"""What a learner types about the queue."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from app.core.web import BaseForm
from app.training.practising import DAILY_RANGE


class ChoosePaceForm(BaseForm):
    """How sure a person wants to remember, and how much of the queue a day shows."""

    retention = SelectField(
        _("想记得多牢"),
        choices=[
            SelectChoice("0.8", _("80%：复习最少")),
            SelectChoice("0.85", _("85%")),
            SelectChoice("0.9", _("90%：推荐")),
            SelectChoice("0.95", _("95%：复习明显更多")),
        ],
    )
    daily_most = IntegerField(
        _("每天最多复习"),
        [
            InputRequired(_("请填每天最多复习多少题")),
            NumberRange(*DAILY_RANGE, message=_("请填 5 到 200")),
        ],
    )
