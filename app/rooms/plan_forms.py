"""What the plan page sends: read strictly, or refused with the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.errors import InvalidInputError
from app.core.web import idempotency_key
from app.rooms.planning import SentPlan
from simulations.errors import PlanError
from simulations.planning import Plan
from simulations.plans import parse_plan

MOST_DIAGNOSIS = 2000
"""Characters of the written diagnosis: a page of Chinese."""


def read_sent_plan(body: Mapping[str, Any]) -> SentPlan:
    """Return what a JSON body wants to keep: a plan, the words of the diagnosis, or both.

    Raises:
        IncompleteRequestError: Without a usable idempotency key.
        InvalidInputError: If a field is missing or no value of its kind, with its code.
    """
    epoch = body.get("writer_epoch")
    if type(epoch) is not int or not 0 <= epoch < 2**31:
        raise InvalidInputError(
            f"writer_epoch: {epoch!r}", [{"field": "writer_epoch", "code": "out_of_range"}]
        )
    return SentPlan(
        key=idempotency_key(body),
        writer_epoch=epoch,
        plan=_plan(body.get("plan")),
        diagnosis=_diagnosis(body.get("diagnosis")),
    )


def _plan(data: Any) -> Plan | None:
    if data is None:
        return None
    if not isinstance(data, dict):
        raise InvalidInputError("plan: an object", [{"field": "plan", "code": "wrong_type"}])
    try:
        return parse_plan(data)
    except PlanError as error:
        raise InvalidInputError(
            str(error),
            [{"field": f"plan.{field}".rstrip("."), "code": kind} for field, kind in error.faults],
        ) from error


def _diagnosis(text: Any) -> str | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise InvalidInputError("diagnosis: text", [{"field": "diagnosis", "code": "wrong_type"}])
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(ch for ch in lines if ch == "\n" or ch >= " ").strip()
    if len(plain) > MOST_DIAGNOSIS:
        raise InvalidInputError(
            f"diagnosis: {len(plain)} characters",
            [{"field": "diagnosis", "code": "diagnosis_too_long"}],
        )
    return plain
