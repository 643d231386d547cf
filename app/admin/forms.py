"""What an administrator types: a search, a role, a reason."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from app.accounts.roles import LABEL_OF, Role
from app.core.names import clean_name
from app.core.web import BaseForm

REASON_MIN, REASON_MAX = 4, 200


class ReasonForm(BaseForm):
    """Why; it goes into the audit log."""

    reason = StringField(
        _("事由"),
        [
            DataRequired(_("请填写事由")),
            Length(REASON_MIN, REASON_MAX, message=_("事由为 4 到 200 个字")),
        ],
        filters=[clean_name],
        description=_("写明依据，例如批准人和日期；会记入审计日志"),
    )


class ChangeRoleForm(ReasonForm):
    """One role of a person, and why it is given or ended."""

    role = SelectField(
        _("角色"), choices=[SelectChoice(role.value, LABEL_OF[role]) for role in Role]
    )

    @property
    def chosen(self) -> Role:
        return Role(self.role.data)
