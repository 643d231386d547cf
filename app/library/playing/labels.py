"""Chinese words of playtests."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from app.library.playing.services import OWN

MESSAGES = {
    "playtest_no_author": _(
        "只有写过这个场景的人能试玩：试玩会看到还没发生的事，看过的人就不能再盲玩表态"
    ),
    "playtest_faulty": _("场景里有互相矛盾的地方，改好后才能试玩"),
}

PLAYER: Mapping[str, object] = {
    "house": _("主播自播"),
    "novice": _("新手"),
    "competent": _("熟手"),
    "reference": _("参考"),
    OWN: _("我自己"),
}
