"""What the editor's scripts send, and how a refusal is told to them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.core.error_pages import message_of
from app.core.errors import InvalidInputError
from app.studio.drafts import drafting, fields, labels
from app.studio.drafts.previewing import AskedStep


def sent_changes(body: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the changes that a script sends, in the units that are stored.

    Raises:
        InvalidInputError: If they have another form.
    """
    given = body.get("changes")
    if not isinstance(given, list) or not all(
        isinstance(one, list) and len(one) == 2 and isinstance(one[0], str) for one in given
    ):
        raise InvalidInputError("changes", [{"field": "changes", "code": "faulty"}])
    return [(path, fields.stored(path, value)) for path, value in given[: drafting.MOST_CHANGES]]


def sent_step(body: Mapping[str, Any]) -> AskedStep:
    """Return which step of a preview a script asks for, with the points that it has.

    Raises:
        InvalidInputError: If the points are no lists of numbers, or the round is no number.
    """
    number = body.get("round", 0)
    if type(number) is not int:
        raise InvalidInputError("round", [{"field": "round", "code": "faulty"}])
    return AskedStep(number, _points(body), str(body.get("fingerprint", "")))


def _points(body: Mapping[str, Any]) -> dict[str, list[float]] | None:
    given = body.get("points")
    if given is None:
        return None
    if not isinstance(given, dict) or not all(
        isinstance(values, list) and all(_is_number(one) for one in values)
        for values in given.values()
    ):
        raise InvalidInputError("points", [{"field": "points", "code": "faulty"}])
    return {str(name): [float(one) for one in values] for name, values in given.items()}


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]


def refused_json(error: InvalidInputError) -> ResponseReturnValue:
    """Answer refused values with a line of words for each."""
    lines = labels.refusal_words([in_yuan(one) for one in error.errors])
    answer = {
        "type": error.code,
        "message": message_of(error.code),
        "saved": False,
        "errors": error.errors,
        "lines": lines,
    }
    return jsonify(answer), 422


def in_yuan(error: Mapping[str, object]) -> dict[str, object]:
    """Return a refusal with its bounds in the unit that people write."""
    out = dict(error)
    if fields.is_money(str(out.get("field", ""))):
        for name in ("least", "most", "above"):
            bound = out.get(name)
            if isinstance(bound, int | float):
                out[name] = bound / fields.FEN
    return out
