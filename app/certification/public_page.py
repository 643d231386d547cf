"""A certificate's public page, and how often one address may ask for it.

Both for Flask's routes and for `front`, which answers most before Flask.
"""

from __future__ import annotations

import logging
from datetime import datetime

from flask import Flask, render_template

from app.certification import forms, labels, likeness, telling, verification
from app.core.db import transaction
from app.core.errors import RateLimitedError, StorageUnavailableError
from app.core.rate_limits import SharedTally

logger = logging.getLogger(__name__)

LOOKUP_LIMIT, LOOKUP_WINDOW_S = 30, 60
"""Verifications that one address may make in a minute (reliability T11)."""


def written(
    record: verification.PublicRecord,
    drawn: likeness.Likeness,
    name_form: forms.CheckNameForm | None = None,
) -> str:
    """Return the page by its template, in the request's language."""
    return render_template(
        "certification/credential.html",
        record=record,
        likeness=drawn,
        headline=telling.headline(record),
        status_word=labels.STATUS[record.status],
        status_tone=labels.STATUS_TONE[record.status],
        revocation_word=telling.revocation_word(record),
        validity_note=telling.validity_note(record),
        main_checks=telling.main_checks(record),
        further_checks=telling.further_checks(record),
        examination_lines=[]
        if record.examination is None
        else telling.examination_lines(record.examination),
        name_form=name_form or forms.CheckNameForm(),
        file_form=forms.CheckFileForm(),
    )


def tally_of(app: Flask) -> SharedTally:
    """Return the process's share of the count of look-ups."""
    tally: SharedTally = app.extensions.setdefault(
        "lookup_tally", SharedTally(window_s=LOOKUP_WINDOW_S)
    )
    return tally


def count_lookup(app: Flask, address: str, *, now: datetime) -> int:
    """Count one verification from an address.

    Args:
        app: Whose tally counts.
        address: Who asks.
        now: The moment (aware).

    Returns:
        How many hits are to be given to `store_lookups`, mostly 0.

    Raises:
        RateLimitedError: When the minute's are used up.
    """
    wait, parcel = tally_of(app).hit(_key(address), limit=LOOKUP_LIMIT, now=now)
    if wait:
        raise RateLimitedError("verify", wait)
    return parcel


def store_lookups(app: Flask, address: str, parcel: int, *, now: datetime) -> None:
    """Write down what an address did since the last parcel, within a context of `app`.

    A database that takes no write now still answers readers: a stranger at the counter waits
    for a certificate's status, not for our statistics.
    """
    try:
        with transaction() as db_session:
            tally_of(app).store(db_session, _key(address), parcel, now=now)
    except StorageUnavailableError as error:
        logger.warning("verification was not counted: %s", error)


def _key(address: str) -> str:
    return f"verify:{address}"
