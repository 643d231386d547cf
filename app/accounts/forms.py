"""What a person types about an account becomes a value, or is refused with how to mend it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, PasswordField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, EqualTo, InputRequired, Length

from app.accounts.passwords import MAX_CHARS, password_flaws
from app.accounts.queries import normalize_account
from app.core.names import clean_name
from app.core.web import BaseForm

PHONE = re.compile(r"1[3-9]\d{9}")
"""A mainland mobile number."""

ACCOUNT_LENGTH = Length(max=254, message=_("邮箱最多 254 个字符"))
CODE_LENGTH = Length(max=8, message=_("验证码是 6 位数字"))

FLAW_TEXT = {
    "password_short": _("密码至少 8 个字符"),
    "password_long": _("密码最多 128 个字符"),
    "password_common": _("这个密码太常见，换一个别人猜不到的"),
    "password_has_name": _("密码里不要包含账号或姓名"),
}

TAKEN = _("这个账号已经注册过，请直接登录")
WRONG_CODE = _("验证码不对，请用验证器里的最新 6 位数字")
WRONG_PASSWORD = _("现在的密码不对")
SIGN_IN_FAILED = _("账号或密码不正确")
CODE_FAILED = _("验证码不对或已经用过，请等验证器换出下一个")
CODE_WANTED = _("密码正确。请再输一次密码，并填写验证器里的 6 位数字")


LANGUAGES = [SelectChoice("zh_CN", "简体中文"), SelectChoice("en", "English")]


def wait_words(seconds: int) -> str:
    """Return how long somebody who guessed too often has to wait, in words."""
    if seconds <= 60:
        return str(gettext("登录失败次数太多，请等 %(n)s 秒再试", n=seconds))
    return str(gettext("登录失败次数太多，请等 %(n)s 分钟再试", n=-(-seconds // 60)))


def line_words(place: int, seconds: int) -> str:
    """Return where somebody stands in the line before the sign-in, in words."""
    return str(
        gettext("登录的人太多，前面还有约 %(n)s 人，请约 %(s)s 秒后再点登录", n=place, s=seconds)
    )


def clean_account(text: str | None) -> str:
    """Return an account as typed, but in half width and without what cannot be seen."""
    return unicodedata.normalize("NFKC", clean_name(text)).strip()


class SignInForm(BaseForm):
    account = StringField(
        _("邮箱或手机号"),
        [DataRequired(_("请填写邮箱或手机号")), ACCOUNT_LENGTH],
        filters=[clean_account],
    )
    password = PasswordField(
        _("密码"),
        [InputRequired(_("请填写密码")), Length(max=MAX_CHARS, message=_("密码最多 128 个字符"))],
    )
    code = StringField(_("动态验证码"), [CODE_LENGTH])


class NewPasswordMixin:
    def check_new_password(self, password: str, names: tuple[str, ...]) -> None:
        flaws = password_flaws(password, names=names)
        if flaws:
            raise ValidationError(FLAW_TEXT[flaws[0]])


class RegisterForm(NewPasswordMixin, BaseForm):
    account = StringField(
        _("邮箱或手机号"),
        [DataRequired(_("请填写邮箱或手机号")), ACCOUNT_LENGTH],
        description=_("用来登录和接收通知"),
        filters=[clean_account],
    )
    display_name = StringField(
        _("称呼"),
        [DataRequired(_("请填写称呼")), Length(max=40, message=_("称呼最多 40 个字"))],
        filters=[clean_name],
    )
    password = PasswordField(
        _("密码"),
        [InputRequired(_("请设置密码"))],
        description=_("至少 8 个字符，不要用生日和常见组合"),
    )
    repeat = PasswordField(
        _("再输一次密码"), [EqualTo("password", message=_("两次输入的密码不一致"))]
    )

    def validate_account(self, field: StringField) -> None:
        name = normalize_account(field.data or "")
        if "@" in name:
            Email(message=_("邮箱格式不对，例如 lin@example.cn"))(self, field)
        elif not PHONE.fullmatch(name):
            raise ValidationError(_("手机号应为 11 位数字，或填写邮箱"))

    def validate_password(self, field: PasswordField) -> None:
        names = (self.account.data or "", self.display_name.data or "")
        self.check_new_password(field.data or "", names)


class ProfileForm(BaseForm):
    display_name = StringField(
        _("称呼"),
        [DataRequired(_("请填写称呼")), Length(max=40, message=_("称呼最多 40 个字"))],
        filters=[clean_name],
    )
    locale = SelectField(_("语言"), choices=LANGUAGES)


class ChangePasswordForm(NewPasswordMixin, BaseForm):
    """A new password; `names` are the account and display name that it may not contain."""

    current = PasswordField(
        _("现在的密码"),
        [
            InputRequired(_("请填写现在的密码")),
            Length(max=MAX_CHARS, message=_("密码最多 128 个字符")),
        ],
    )
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


class SecondFactorForm(BaseForm):
    """The code that shows the app works, and the password: a stolen session must not enrol."""

    code = StringField(_("验证器里的 6 位数字"), [InputRequired(_("请填写 6 位数字")), CODE_LENGTH])
    current = PasswordField(
        _("现在的密码"),
        [
            InputRequired(_("请填写现在的密码")),
            Length(max=MAX_CHARS, message=_("密码最多 128 个字符")),
        ],
    )


ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"


def is_id_number(text: str) -> bool:
    """Say whether the text is a mainland identity number (GB 11643: ISO 7064 MOD 11-2)."""
    if not re.fullmatch(r"\d{17}[\dX]", text):
        return False
    total = sum(int(d) * w for d, w in zip(text[:17], ID_WEIGHTS, strict=True))
    return ID_CHECKS[total % 11] == text[17]


class IdentityForm(BaseForm):
    """Legal name and identity number, asked once, at the first enrolment."""

    legal_name = StringField(
        _("证件姓名"),
        [DataRequired(_("请按证件填写姓名")), Length(max=60, message=_("姓名最多 60 个字"))],
        filters=[clean_name],
        description=_("会印在证书上，请与身份证一致"),
    )
    number = StringField(
        _("身份证号"),
        [InputRequired(_("请填写身份证号")), Length(max=24)],
        filters=[lambda text: (text or "").replace(" ", "").upper()],
        description=_("加密保存，只用来保证一人一证"),
    )
    consent = BooleanField(
        _("我同意为认证目的处理上述身份信息"), [InputRequired(_("没有同意就不能报名"))]
    )

    def validate_number(self, field: StringField) -> None:
        if not is_id_number(field.data or ""):
            raise ValidationError(_("身份证号应为 18 位，末位可为 X；请核对是否输错"))
