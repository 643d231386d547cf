"""What a room's page sends that is not a form field: read strictly, or refused with the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import RadioField

from app.core.errors import InvalidInputError
from app.core.web import BaseForm, idempotency_key
from app.rooms.acting import SentAction, read_action
from app.rooms.forecasts import QUANTILE_FIELDS, SentForecast
from simulations.errors import ForecastError
from simulations.forecasting import Forecast
from simulations.scenarios import Scenario

CHANGES = {"pause": "paused", "resume": "resumed", "step": "stepped", "speed": "speed"}
"""What a practice page asks of the clock, and the event that follows."""

MOST_FORECAST_FEN = 10**13
"""No session sells for a hundred thousand million yuan."""


class StartRoomForm(BaseForm):
    """A button that starts a room, or starts it anew: the scenario stands in the address."""


class StartDrillForm(BaseForm):
    """A drill's start; the speeds are those of the drill that stands in the address."""

    speed = RadioField(_("速度"), coerce=float)

    def offer(self, scenario: Scenario) -> None:
        """Offer the drill's practice speeds; its usual one is chosen until somebody chooses."""
        self.speed.choices = [(speed, f"{speed:g}×") for speed in scenario.speed.practice]
        if self.speed.data is None:
            self.speed.data = scenario.speed.exam

    @property
    def chosen_speed(self) -> float:
        """Room seconds in a second of the wall."""
        return float(self.speed.data)


def read_sent_action(body: Mapping[str, Any]) -> SentAction:
    """Return the action of a JSON body.

    Raises:
        IncompleteRequestError: Without a usable idempotency key.
        InvalidInputError: If a field is missing or out of range, with its code.
    """
    return SentAction(
        key=idempotency_key(body),
        action=read_action(body.get("action")),
        writer_epoch=_whole(body, "writer_epoch"),
        queued=timedelta(milliseconds=_whole(body, "queued_ms")),
    )


def read_forecast(body: Mapping[str, Any]) -> SentForecast:
    """Return the forecast of a JSON body.

    Raises:
        IncompleteRequestError: Without a usable idempotency key.
        InvalidInputError: If an amount is missing, no whole fen, or the three do not rise.
    """
    amounts = [_fen(body, field) for field in QUANTILE_FIELDS]
    try:
        forecast = Forecast(*amounts)
    except ForecastError as error:
        raise InvalidInputError(
            str(error), [{"field": "p50_fen", "code": "forecast_not_rising"}]
        ) from error
    return SentForecast(idempotency_key(body), forecast, _whole(body, "writer_epoch"))


def read_clock_change(body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the clock event that a JSON body asks for, and its payload.

    Raises:
        InvalidInputError: If there is no such change.
    """
    change = body.get("change")
    kind = CHANGES.get(change) if isinstance(change, str) else None
    if kind is None:
        raise InvalidInputError(f"change {change!r}", [{"field": "change", "code": "unknown_verb"}])
    wanted = {"stepped": "ticks", "speed": "speed"}.get(kind)
    return kind, {wanted: body.get(wanted)} if wanted else {}


def _whole(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name, 0)
    if type(value) is not int or not 0 <= value < 2**31:
        raise InvalidInputError(f"{name}: {value!r}", [{"field": name, "code": "out_of_range"}])
    return value


def _fen(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if type(value) is not int or not 0 <= value <= MOST_FORECAST_FEN:
        code = "missing_field" if value is None else "out_of_range"
        raise InvalidInputError(f"{name}: {value!r}", [{"field": name, "code": code}])
    return value
