"""What somebody types who cannot sign in: the account, then a new password."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, InputRequired

from app.accounts.forms import ACCOUNT_LENGTH, NewPasswordMixin, clean_account
from app.core.web import BaseForm


class ForgottenForm(BaseForm):
    """Whose password was forgotten."""

    account = StringField(
        _("邮箱或手机号"),
        [DataRequired(_("请填写邮箱或手机号")), ACCOUNT_LENGTH],
        description=_("注册时用的那一个"),
        filters=[clean_account],
    )


class NewPasswordForm(NewPasswordMixin, BaseForm):
    """A new password; `names` are the account and display name that it may not contain."""

    password = PasswordField(
        _("新密码"),
        [InputRequired(_("请设置新密码"))],
        description=_("至少 8 个字符，不要用生日和常见组合"),
    )
    repeat = PasswordField(
        _("再输一次新密码"), [EqualTo("password", message=_("两次输入的密码不一致"))]
    )

    def __init__(self, names: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.names = names

    def validate_password(self, field: PasswordField) -> None:
        self.check_new_password(field.data or "", self.names)
