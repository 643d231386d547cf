"""Small forms of the blueprints' pages; the editor itself is rows, see `documents`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.bank import labels
from app.core.names import clean_name
from app.core.web import BaseForm

NEEDED = [InputRequired(_("请填写"))]


class NewBlueprintForm(BaseForm):
    """A blueprint that is not there yet: its id, its title, and what it begins with."""

    blueprint_id = StringField(
        _("蓝图编号"),
        [*NEEDED, Length(max=40, message=_("最多 40 个字符"))],
        filters=[clean_name],
        description=_("小写字母、数字和短横线，定了不再改，例如 junior-food-theory"),
    )
    title = StringField(_("名称"), [*NEEDED, Length(max=60)], filters=[clean_name])
    like = SelectField(_("以哪份蓝图起草"), description=_("级别和题库部分随它，不再改"))

    def __init__(self, blueprints: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the published blueprints, as id and title, to begin with."""
        super().__init__(**kwargs)
        self.like.choices = [SelectChoice(code, words) for code, words in blueprints]


class CalibrationForm(BaseForm):
    """A file of calibrated figures, for which level, and where it comes from."""

    level = SelectField(_("级别"))
    file = FileField(_("QTI 使用数据（XML）"), [FileRequired(_("请选择文件"))])
    note = StringField(
        _("数据来源"),
        [*NEEDED, Length(min=4, max=200, message=_("4 到 200 个字"))],
        filters=[clean_name],
        description=_("哪次分析、多少考生；所有题的参数要在同一个量尺上"),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.level.choices = [SelectChoice(code, words) for code, words in labels.LEVEL.items()]
