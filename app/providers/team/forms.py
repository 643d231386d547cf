"""What an operator types to confirm, and a committee member to ask for a re-check."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import Length

from app.core.web import BaseForm


class ConfirmForm(BaseForm):
    """The identity number, compared with the one on record by its keyed hash."""

    number = StringField(
        _("身份证号"),
        [Length(max=24, message=_("身份证号应为 18 位"))],
        filters=[lambda text: (text or "").replace(" ", "").upper()],
    )
