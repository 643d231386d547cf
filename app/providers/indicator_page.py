"""Data of the page that imports monthly indicators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.providers import labels, presenting, queries, wording
from app.providers.anomalies import OddFigure, Oddity
from app.providers.errors import NoSchemeError
from app.providers.importing import CheckedFile
from app.providers.indicators import CellError
from app.providers.months import last_complete_month
from app.providers.schemes import from_e4, scheme_for_month

IMPORTS_SHOWN = 20
"""Imports in the page's list."""


def page_data(
    db_session: Session,
    cells: tuple[CellError, ...],
    checked: CheckedFile | None,
    *,
    now: datetime,
) -> dict[str, Any]:
    """Return what the page shows beside its form.

    Args:
        db_session: A session to read with.
        cells: What was wrong with the file just sent.
        checked: The file just sent, if nothing was wrong with it.
        now: The moment (aware).
    """
    imports = queries.recent_imports(db_session, IMPORTS_SHOWN)
    month = last_complete_month(now)
    try:
        module_count = len(scheme_for_month(queries.schemes(db_session), month).modules)
    except NoSchemeError:
        module_count = 0
    return {
        "imports": imports,
        "names": accounts.display_names(
            db_session, [row.actor.removeprefix("person:") for row in imports]
        ),
        "month": wording.month_text(month),
        "has_scheme": module_count > 0,
        "lacking": queries.providers_lacking(db_session, month, module_count),
        "odd": odd_lines(db_session, checked, presenting.ERRORS_SHOWN),
        "error_count": len(cells),
        "errors": [
            (cell, presenting.cell_error_text(cell)) for cell in cells[: presenting.ERRORS_SHOWN]
        ],
    }


def odd_lines(
    db_session: Session, checked: CheckedFile | None, at_most: int
) -> list[tuple[OddFigure, str]]:
    """Return what looks wrong in a checked file, each with its words.

    Args:
        db_session: A session to read with.
        checked: The file; None without one.
        at_most: How many are returned.
    """
    if checked is None:
        return []
    scheme = next(one for one in queries.schemes(db_session) if one.ref == checked.scheme_ref)
    modules = {module.id: module for module in scheme.modules}
    found = []
    for one in checked.odd[:at_most]:
        words = str(labels.ODDITY[one.kind])
        if one.kind is Oddity.FAR:
            module = modules[one.module_id]
            words %= {
                "module": wording.indicator_of(module),
                "value": wording.value_text(module, from_e4(one.value_e4)),
                "usual": wording.value_text(module, from_e4(one.usual_e4)),
            }
        found.append((one, words))
    return found
