"""What a manager types and a committee member uploads becomes a value, or is refused."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, StringField, ValidationError
from wtforms.validators import Email, InputRequired, Length

from app.accounts.forms import ACCOUNT_LENGTH, PHONE
from app.accounts.queries import normalize_account
from app.core.names import clean_name
from app.core.web import BaseForm
from app.providers.indicators import MAX_BYTES

NOTE_MAX = 200
REASON_MIN, REASON_MAX = 4, 200
FILE_NAME_CHARS = 120
"""How much of an uploaded file's name is kept."""


class InviteForm(BaseForm):
    """The account of somebody who works for the provider, and a line for them."""

    account = StringField(
        _("对方的邮箱或手机号"),
        [InputRequired(_("请填写对方登录用的邮箱或手机号")), ACCOUNT_LENGTH],
        description=_("对方登录后会看到邀请；为保护隐私，这里不提示账号是否存在"),
    )
    note = StringField(
        _("附言"),
        [Length(max=NOTE_MAX, message=_("附言最多 200 个字"))],
        filters=[clean_name],
    )

    def validate_account(self, field: StringField) -> None:
        name = normalize_account(field.data or "")
        if "@" in name:
            # The address as it will be kept, so that full-width characters are understood.
            field.data = name
            Email(message=_("邮箱格式不对，例如 lin@example.cn"))(self, field)
        elif not PHONE.fullmatch(name):
            raise ValidationError(_("手机号应为 11 位数字，或填写邮箱"))


class EndEmploymentForm(BaseForm):
    """Why a provider ends an employment; the operator can read it."""

    reason = StringField(
        _("结束原因"),
        [
            InputRequired(_("请写明原因，本人能看到")),
            Length(REASON_MIN, REASON_MAX, message=_("原因为 4 到 200 个字")),
        ],
        filters=[clean_name],
    )


class IndicatorFileForm(BaseForm):
    """A file of monthly indicators, checked only or taken in."""

    file = FileField(
        _("指标文件"),
        [FileRequired(_("请选择填好的 CSV 或 xlsx 文件"))],
        description=_("CSV（UTF-8 或 GBK）或 xlsx，最大 4 MB、20,000 行"),
    )
    dry_run = BooleanField(_("只检查，不导入"))
    is_checked = BooleanField(_("看起来不对的数已核对"))

    def read(self) -> bytes | None:
        """Return the file's bytes; None if it is larger than a file of indicators may be."""
        data: bytes = self.file.data.read(MAX_BYTES + 1)
        return data if len(data) <= MAX_BYTES else None

    @property
    def file_name(self) -> str:
        return clean_name(self.file.data.filename)[:FILE_NAME_CHARS]
