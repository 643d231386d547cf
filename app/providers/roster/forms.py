"""A session as a manager plans it."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.core.moments import BeijingMomentField
from app.core.names import clean_name
from app.core.web import BaseForm
from app.providers.labels import LEVEL
from app.providers.trade import CATEGORY, Category
from certificates.levels import Level

TITLE_MAX = 40


class DeclineShiftForm(BaseForm):
    """Why somebody cannot come."""

    reason = StringField(
        _("原因"),
        [
            InputRequired(_("请写明原因")),
            Length(2, 200, message=_("原因为 2 到 200 个字")),
        ],
        filters=[clean_name],
    )


class PlanSessionForm(BaseForm):
    """Whose room, what it sells, when, and what it takes to operate it."""

    title = StringField(
        _("直播间"),
        [
            DataRequired(_("请填写直播间或商家的名称")),
            Length(max=TITLE_MAX, message=_("名称最多 40 个字")),
        ],
        filters=[clean_name],
    )
    category = SelectField(
        _("类目"),
        [InputRequired(_("请选择类目"))],
        choices=[SelectChoice(one.value, word) for one, word in CATEGORY.items()],
    )
    level = SelectField(
        _("最低等级"),
        [InputRequired(_("请选择等级"))],
        choices=[SelectChoice(one.value, word) for one, word in LEVEL.items()],
    )
    starts_at = BeijingMomentField(_("开播时间（北京时间）"), _("请填写开播时间"))
    minutes = IntegerField(
        _("时长"),
        [
            InputRequired(_("请填写时长")),
            NumberRange(30, 960, message=_("时长为 30 到 960 分钟")),
        ],
        default=120,
    )

    @property
    def wanted(self) -> tuple[Category, Level, datetime]:
        """Return category, level and beginning (aware)."""
        return Category(self.category.data), Level(self.level.data), self.starts_at.utc
