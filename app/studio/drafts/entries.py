"""Entries of lists, and parts that a scenario may leave out: put in and taken out."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from sqlalchemy.orm import Session

from app.core.errors import InvalidInputError
from app.studio.drafts import queries
from app.studio.drafts.bodies import MOST_ROWS, Body, value_at, with_value
from app.studio.drafts.shapes import shape_at


def added(db_session: Session, body: Body, path: str, kind: str) -> Body:
    """Return the body with a new entry in a list, or with a part that it had not.

    Raises:
        KeyError: If nothing can be added there.
        InvalidInputError: If the list is full.
    """
    if kind == "part":
        sample = queries.sample_or_none(db_session, path)
        if sample is None or value_at(body, path) is not None:
            raise KeyError(path)
        return with_value(body, path, deepcopy(sample))
    if kind != "rows":
        raise KeyError(path)
    entries = list(value_at(body, path) or [])
    shape = shape_at(path)
    if len(entries) >= (shape.most or MOST_ROWS):
        raise InvalidInputError(path, [{"field": path, "code": "count", "most": shape.most}])
    fresh = deepcopy(
        entries[-1] if entries else (queries.sample_or_none(db_session, path) or [{}])[0]
    )
    for name in ("id", "code"):
        if isinstance(fresh.get(name), str):
            fresh[name] = _other_id(fresh[name], {one.get(name) for one in entries})
    return with_value(body, path, [*entries, fresh])


def dropped(body: Body, path: str, kind: str) -> Body:
    """Return the body without an entry of a list, or without a part.

    Raises:
        KeyError: If nothing can be taken out there.
        InvalidInputError: If the list needs every entry that it has.
    """
    parent_path, _, last = path.rpartition(".")
    parent = value_at(body, parent_path)
    if isinstance(parent, list) and last.isdecimal() and int(last) < len(parent):
        shape = shape_at(parent_path)
        if len(parent) <= (shape.least or 0):
            raise InvalidInputError(path, [{"field": path, "code": "count", "least": shape.least}])
        return with_value(body, parent_path, parent[: int(last)] + parent[int(last) + 1 :])
    if kind == "part" and shape_at(path).is_optional:
        return with_value(body, path, shape_at(path).default)
    raise KeyError(path)


def _other_id(known: str, taken: set[Any]) -> str:
    stem = re.sub(r"-\d+$", "", known)[:34]
    number = 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"
