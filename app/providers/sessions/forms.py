"""A file of session results, checked only or taken in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField

from app.core.names import clean_name
from app.core.web import BaseForm
from app.providers.sessions.reading import MAX_BYTES

FILE_NAME_CHARS = 120


class SessionFileForm(BaseForm):
    """CSV or xlsx."""

    file = FileField(
        _("场次结果文件"),
        [FileRequired(_("请选择填好的 CSV 或 xlsx 文件"))],
        description=_("CSV（UTF-8 或 GBK）或 xlsx，最大 8 MB、50,000 行"),
    )
    dry_run = BooleanField(_("只检查，不导入"))

    def read(self) -> bytes | None:
        """Return the file's bytes; None if it is larger than it may be."""
        data: bytes = self.file.data.read(MAX_BYTES + 1)
        return data if len(data) <= MAX_BYTES else None

    @property
    def file_name(self) -> str:
        return clean_name(self.file.data.filename)[:FILE_NAME_CHARS]
