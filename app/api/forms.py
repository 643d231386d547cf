"""What a manager types about tokens and webhooks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import IntegerField, SelectMultipleField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from app.api import labels
from app.api.platform import PlatformScope
from app.api.tokens import MAX_DAYS, MAX_LABEL_LENGTH, Scope
from app.api.webhooks import MAX_URL_LENGTH, check_url
from app.core.errors import InvalidInputError
from app.core.names import clean_name
from app.core.web import BaseForm


class MultiCheckboxField(SelectMultipleField):
    """Several of a few choices, as boxes; the page's macro knows it by this name."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class TokenForm(BaseForm):
    """A token for one of the provider's programs."""

    label = StringField(
        _("用途"),
        [
            DataRequired(_("请写明给哪个系统用")),
            Length(max=MAX_LABEL_LENGTH, message=_("用途最多 40 个字")),
        ],
        filters=[clean_name],
    )
    scopes = MultiCheckboxField(
        _("权限"),
        [DataRequired(_("请至少选择一项权限"))],
        choices=[SelectChoice(*one) for one in labels.SCOPE.items()],
    )
    days = IntegerField(
        _("有效天数"),
        [
            InputRequired(_("请填写天数")),
            NumberRange(1, MAX_DAYS, message=_("有效期为 1 到 365 天")),
        ],
        default=180,
    )

    @property
    def wanted(self) -> list[Scope]:
        return [Scope(one) for one in self.scopes.data or ()]


class PlatformTokenForm(BaseForm):
    """A token for one of the platform's own systems."""

    label = StringField(
        _("用途"),
        [
            DataRequired(_("请写明给哪个系统用")),
            Length(max=MAX_LABEL_LENGTH, message=_("用途最多 40 个字")),
        ],
        filters=[clean_name],
    )
    days = IntegerField(
        _("有效天数"),
        [
            InputRequired(_("请填写天数")),
            NumberRange(1, MAX_DAYS, message=_("有效期为 1 到 365 天")),
        ],
        default=180,
    )

    scopes = MultiCheckboxField(
        _("允许"),
        [InputRequired(_("请至少选择一项"))],
        choices=[SelectChoice(*one) for one in labels.PLATFORM_SCOPE.items()],
        default=[PlatformScope.FEEDS.value],
    )

    @property
    def wanted(self) -> list[PlatformScope]:
        return [PlatformScope(one) for one in self.scopes.data or ()]


class WebhookForm(BaseForm):
    """Where the provider wants to be told."""

    url = StringField(
        _("通知地址"),
        [
            DataRequired(_("请填写接收通知的网址")),
            Length(max=MAX_URL_LENGTH, message=_("网址最多 400 个字符")),
        ],
        description=_("https 网址；证书被暂停、恢复、撤销、替代或 30 天内到期时，向它发送签名消息"),
    )

    def validate_url(self, field: StringField) -> None:
        field.data = (field.data or "").strip()
        try:
            check_url(field.data)
        except InvalidInputError as error:
            raise ValidationError(_("网址不对，例如 https://erp.example.cn/hooks")) from error
