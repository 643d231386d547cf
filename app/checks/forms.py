"""The file that a provider uploads."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired

from app.checks.reading import MAX_BYTES
from app.core.names import clean_name
from app.core.web import BaseForm

FILE_NAME_CHARS = 120
"""How much of an uploaded file's name is kept."""


class CheckListForm(BaseForm):
    """A spreadsheet or CSV file with the columns 证书编号 and 姓名."""

    file = FileField(
        _("名单文件"),
        [FileRequired(_("请选择 xlsx 或 CSV 文件"))],
        description=_("xlsx，或 UTF-8、GBK 编码的 CSV；两列：证书编号、姓名；最大 5 MB、5,000 行"),
    )

    def read(self) -> bytes:
        """Return the file's bytes, one more than allowed at most."""
        data: bytes = self.file.data.read(MAX_BYTES + 1)
        return data

    @property
    def file_name(self) -> str:
        return clean_name(self.file.data.filename)[:FILE_NAME_CHARS]
