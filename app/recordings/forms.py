"""Forms of recordings."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from app.core.names import clean_name
from app.core.web import BaseForm
from app.recordings.reading import MAX_BYTES

TITLE_MOST = 40
SKIPPED_MOST = 400


class UploadForm(BaseForm):
    """A session's export, what it is called, and which room lends the rest."""

    title = StringField(
        _("这一场叫什么"),
        [InputRequired(_("请写一个名字")), Length(max=TITLE_MOST)],
        filters=[lambda text: clean_name(text) if text else text],
        description=_("只有你和本机构的管理员看得见"),
    )
    base = SelectField(
        _("借用哪间样板房"),
        validate_choice=True,
        description=_("导出里没有的成本、退货、权益和平台规则先借它的，之后由作者改"),
    )
    file = FileField(
        _("分钟数据"),
        [FileRequired(_("请选择 xlsx 或 CSV 文件"))],
        description=_("一分钟一行，30 到 480 分钟；xlsx，或 UTF-8、GBK 编码的 CSV，最大 2 MB"),
    )

    def read(self) -> bytes:
        """Return the file's bytes, one more than allowed at most."""
        data: bytes = self.file.data.read(MAX_BYTES + 1)
        return data


class PlainForm(BaseForm):
    """A button with its token."""
