"""Chinese words of diplomas."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

VERDICT = {
    "genuine": (_("文件与登记的一致，电子签名有效。"), "good"),
    "other": (_("电子签名是本站的，但这不是登记的奖状；证书请到证书核验。"), "warn"),
    "altered": (_("文件被改过，或不是本站签发的：不要采信。"), "bad"),
    "extended": (_("签名之后文件又被添加了内容：不要采信。"), "bad"),
    "unsigned": (_("文件没有电子签名：不是本站签发的奖状。"), "bad"),
    "not_a_pdf": (_("这不是 PDF 文件，请选择下载的奖状原件。"), "bad"),
}
"""What a file that somebody gave as a diploma is, with a tone."""
