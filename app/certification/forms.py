"""What a verifier types or uploads becomes a value, or is refused with how to mend it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.core.names import clean_name
from app.core.web import BaseForm
from certificates.names import MAX_NAME_LENGTH
from certificates.numbers import MAX_TYPED_LENGTH


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
    """A certificate's PDF file."""

    file = FileField(
        _("证书 PDF 文件"),
        [FileRequired(_("请选择从本站下载的 PDF 文件"))],
        description=_("不超过 5 MB；只计算指纹来比对，不保存文件"),
    )
    number = StringField(_("证书编号"), [Length(max=MAX_TYPED_LENGTH)])
