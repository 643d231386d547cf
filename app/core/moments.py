"""Moments in forms: typed and shown in Beijing time, kept in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import DateTimeLocalField
from wtforms.validators import InputRequired

from app.core.clock import BEIJING

FORMATS = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")
"""As browsers send it, with and without seconds, and as programs write it."""


class BeijingMomentField(DateTimeLocalField):
    """A date and a time of day that must be there; `data` is Beijing's wall clock."""

    def __init__(
        self, label: object, missing: object = _("请填写日期和时间"), **kwargs: Any
    ) -> None:
        """Make the field; `missing` is said when nothing was typed."""
        super().__init__(label, [InputRequired(missing)], format=list(FORMATS), **kwargs)

    @property
    def utc(self) -> datetime:
        """Return the moment (aware) of a field that was found valid."""
        wall: datetime = self.data
        return wall.replace(tzinfo=BEIJING).astimezone(UTC)
