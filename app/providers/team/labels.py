"""Chinese for re-verification and consent."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

CAUSE = {"monthly": _("每月随机抽查"), "growth": _("人数突增复核")}

MESSAGES = {
    "staff_check_answered": _("这次抽查已经结束：已回应、已过期，或任职已结束"),
    "wrong_identity": _("身份证号与登记的不一致，请核对后再填"),
    "identity_tries": _("填错的次数太多，请一小时后再试"),
}
