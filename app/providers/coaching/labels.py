"""Chinese for the codes of assigned training."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

KIND = {
    "chapter": _("读手册"),
    "drill": _("专项练习"),
    "skill": _("练习题"),
    "cohort": _("上课"),
}

LEVEL = {"junior": _("初级"), "intermediate": _("中级"), "senior": _("高级")}
