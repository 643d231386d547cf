"""Words for a source's grade."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.handbook.chapters import Grade

GRADE = {
    Grade.PRESS: _("公开报道"),
    Grade.OFFICIAL: _("法规与论文"),
    Grade.TRADE: _("行业资料"),
    Grade.WEB: _("网络口径"),
    Grade.ASSUMED: _("教学设定"),
}
