"""What a verifier types or uploads becomes a value, or is refused with how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    DateField,
    FloatField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)

from app.certification import labels
from app.certification.claims import MOST_AMOUNT, NewClaim
from app.certification.sharing import MAX_DAYS, MAX_LABEL_LENGTH
from app.core import clock
from app.core.names import clean_name
from app.core.web import BaseForm
from certificates.names import MAX_NAME_LENGTH
from certificates.numbers import MAX_TYPED_LENGTH
from certificates.validity import issue_day


class CheckNameForm(BaseForm):
    """The name as it stands on the certificate in hand."""

    name = StringField(
        _("证书上的姓名"),
        [
            DataRequired(_("请填写证书上的姓名")),
            Length(max=MAX_NAME_LENGTH, message=_("姓名最多 60 个字")),
        ],
        filters=[clean_name],
        description=_("填写完整姓名；一致时显示成绩与登记指纹，每个编号每小时可核对 5 次"),
    )


class CheckFileForm(BaseForm):
    """A certificate's PDF file, or its credential."""

    file = FileField(
        _("证书 PDF 或凭证文件"),
        [FileRequired(_("请选择从本站下载的证书 PDF 或凭证文件"))],
        description=_("不超过 5 MB；比对登记的指纹并验证电子签名，不保存文件"),
    )
    number = StringField(_("证书编号"), [Length(max=MAX_TYPED_LENGTH)])


class ShareLinkForm(BaseForm):
    """A link that the holder makes: what for, and for how long."""

    label = StringField(
        _("给谁看"),
        [Length(max=MAX_LABEL_LENGTH, message=_("最多 40 个字"))],
        filters=[clean_name],
        description=_("只有你自己看得到，方便以后辨认"),
    )
    days = IntegerField(
        _("有效天数"),
        [
            InputRequired(_("请填写天数")),
            NumberRange(1, MAX_DAYS, message=_("请填写 1 到 180 之间的天数")),
        ],
        default=30,
    )

    def __init__(self, number: str, **kwargs: Any) -> None:
        """Build the form of one certificate; a page has several, so its ids carry the number.

        Args:
            number: The certificate's number.
            kwargs: As of any form.
        """
        super().__init__(**kwargs)
        self.label.id, self.days.id = f"label-{number}", f"days-{number}"


class ClaimForm(BaseForm):
    """Evidence of practice that somebody states of a candidate."""

    account = StringField(
        _("考生账号"),
        [DataRequired(_("请填写考生登录用的邮箱或手机号")), Length(max=120)],
        filters=[clean_name],
        description=_("考生登录用的邮箱或手机号"),
    )
    kind = RadioField(
        _("类型"),
        [InputRequired(_("请选择类型"))],
        choices=[SelectChoice(kind, words) for kind, words in labels.CLAIM_KIND.items()],
    )
    amount = FloatField(
        _("数量"),
        [InputRequired(_("请填写数量"))],
        description=_("场次填整数；学时可以填半小时；大赛填认定得分"),
    )
    happened_on = DateField(
        _("日期"),
        [InputRequired(_("请填写日期"))],
        description=_("当天，或一系列场次的最后一天"),
    )
    title = StringField(
        _("事项"),
        [DataRequired(_("请写明是哪家商家的场次、哪门课程、哪场大赛")), Length(max=80)],
        filters=[clean_name],
    )
    source = StringField(
        _("依据"),
        [DataRequired(_("请写明在哪里可以查到，第二人凭它确认")), Length(max=200)],
        filters=[clean_name],
    )

    def validate_amount(self, field: FloatField) -> None:
        """Refuse what can only be a slip."""
        if field.data is None:  # said by the field already
            return
        most = MOST_AMOUNT.get(self.kind.data, 0)
        is_whole = self.kind.data != "sessions" or float(field.data).is_integer()
        if self.kind.data and not (0 < field.data <= most and is_whole):
            raise ValidationError(str(labels.CLAIM_PROBLEM["out_of_range"]))

    def validate_happened_on(self, field: DateField) -> None:
        """Refuse a day that has not come."""
        if field.data is not None and field.data > issue_day(clock.now()):
            raise ValidationError(str(labels.CLAIM_PROBLEM["in_future"]))

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


class ClaimFileForm(BaseForm):
    """A file of evidence of practice."""

    file = FileField(
        _("CSV 文件"),
        [FileRequired(_("请选择 CSV 文件"))],
        description=_("UTF-8 或 GB18030；有一行不对，就一行都不登记"),
    )


class ProposalForm(BaseForm):
    """An act on a credential, proposed for a second person to confirm."""

    act = RadioField(
        _("处理"),
        [InputRequired(_("请选择处理方式"))],
        choices=[SelectChoice(act, words) for act, words in labels.ACT.items()],
    )
    reason = SelectField(_("原因"), [InputRequired(_("请选择原因"))], validate_choice=False)
    comment = TextAreaField(
        _("说明"),
        [
            DataRequired(_("请写明依据，第二人凭它确认")),
            Length(max=1000, message=_("最多 1000 个字")),
        ],
        description=_("只有处理人和审计能看到"),
    )
    until_on = DateField(
        _("暂停到"),
        [Optional()],
        description=_("只用于暂停：到这一天（含）为止；不填则直到恢复"),
    )
    corrected_name = StringField(
        _("更正后的姓名"),
        [Length(max=MAX_NAME_LENGTH, message=_("姓名最多 60 个字"))],
        filters=[clean_name],
        description=_("只用于更正姓名：换发新编号的证书，原证书注明已被替代"),
    )

    def __init__(self, acts: Sequence[str], **kwargs: Any) -> None:
        """Offer the acts that the credential's status allows.

        Args:
            acts: Codes of acts.
            kwargs: As of any form.
        """
        super().__init__(**kwargs)
        self.act.choices = [SelectChoice(act, labels.ACT[act]) for act in acts]
        self.reason.choices = [
            SelectChoice(f"{act}:{code}", words, optgroup=str(labels.ACT[act]))
            for act in acts
            for code, words in labels.REASONS_OF_ACT[act].items()
        ]

    def validate_reason(self, field: SelectField) -> None:
        """Refuse a reason that is of another act."""
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(gettext("请选择列表里的原因"))
        if not str(field.data).startswith(f"{self.act.data}:"):
            raise ValidationError(gettext("这个原因不适用于所选的处理"))

    def validate_until_on(self, field: DateField) -> None:
        """Refuse an end of what has none."""
        if field.data is not None and self.act.data != "suspend":
            raise ValidationError(gettext("只有暂停可以填写结束日期"))

    def validate_corrected_name(self, field: StringField) -> None:
        """Want the name where it is corrected, and nowhere else."""
        if self.act.data == "correct" and not field.data:
            raise ValidationError(gettext("请填写更正后的姓名"))
        if self.act.data != "correct" and field.data:
            raise ValidationError(gettext("只有更正姓名时才填写"))

    @property
    def reason_code(self) -> str:
        """The chosen reason, without its act."""
        return str(self.reason.data).partition(":")[2]
