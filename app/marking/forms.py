"""What is typed in marking: a mark, a skip, an act on a marker, a control answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.errors import InvalidInputError
from app.core.names import clean_name
from app.core.web import BaseForm
from app.marking import labels

POINTS = "points-"
"""Before the name of each criterion's field."""


def points_typed(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return points by criterion from a posted form; what is no whole number stays text."""
    return {
        name.removeprefix(POINTS): int(value) if value.isascii() and value.isdigit() else value
        for name, value in fields.items()
        if name.startswith(POINTS) and value and len(value) <= 4
    }


def points_sent(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return points by criterion from a JSON body.

    Raises:
        InvalidInputError: If it holds none.
    """
    points = body.get("points")
    if not isinstance(points, dict) or len(points) > 20:
        raise InvalidInputError("points", [{"field": "points", "code": "missing"}])
    return points


def comment_sent(body: Mapping[str, Any]) -> str:
    """Return the comment of a JSON body.

    Raises:
        InvalidInputError: If it is no text.
    """
    comment = body.get("comment", "")
    if not isinstance(comment, str):
        raise InvalidInputError("comment", [{"field": "comment", "code": "missing"}])
    return comment.strip()


class SkipForm(BaseForm):
    """Why a response is given back."""

    reason = RadioField(
        _("原因"),
        [InputRequired(_("请选择原因"))],
        choices=[SelectChoice(code, words) for code, words in labels.SKIP.items()],
    )


class ReviewForm(BaseForm):
    """The 复盘 of a room."""

    body = TextAreaField(_("复盘"), [DataRequired(_("请写下复盘"))])


class MarkerActForm(BaseForm):
    """Why a marker is stopped or let on."""

    reason = StringField(
        _("事由"),
        [DataRequired(_("请写明事由")), Length(2, 200, message=_("2 到 200 字"))],
        filters=[clean_name],
    )


class ControlForm(BaseForm):
    """An answer with agreed points; the criteria's fields come from the item."""

    body = TextAreaField(
        _("作答"),
        [DataRequired(_("请填写作答")), Length(10, 2000, message=_("10 到 2000 字"))],
        description=_("抄录一份真实作答，隐去身份"),
    )
    reason = TextAreaField(
        _("给分依据"),
        [DataRequired(_("请写明依据")), Length(4, 400, message=_("4 到 400 字"))],
        description=_("与偏离的评阅员谈的时候用"),
    )
