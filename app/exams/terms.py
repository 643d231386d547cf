"""What an exam demands, pinned into an attempt when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class ExamTerms:
    """The terms of one sitting, as the programme of that moment states them.

    Attributes:
        exam_code: Name of the exam within its programme, for example `junior@1:theory`.
        programme_ref: `id@version` of the programme it counts for.
        title: What the page shows.
        blueprint_ref: `id@version` of the blueprint.
        limit_s: Time limit in seconds.
        cut_fraction: Least score that passes, in [0, 1]; equality passes.
        is_demo: Whether its results count for a demonstration only.
    """

    exam_code: str
    programme_ref: str
    title: str
    blueprint_ref: str
    limit_s: int
    cut_fraction: float
    is_demo: bool


@dataclass(frozen=True)
class Arrangement:
    """What a seat in a sitting adds to the terms; without one, an exam is sat alone.

    Attributes:
        form: The form that was assigned before, `[[item_ref, [choice ids]], …]`; None draws
            one of the prepared forms.
        time_percent: Working time in percent of the limit, 100 to 300.
        break_s: Time of breaks that stops the clock, in seconds.
        ends_at: End of the sitting for a candidate with the standard time.
        is_held: Whether the result waits for its release.
        shows_items: Whether the result page shows the items with their keys.
        safe_browser: Keys of Safe Exam Browser that every request must prove; None for any browser.
        is_seated: Whether it is a seat's at all; who begins alone may hold a seat elsewhere.
    """

    form: list[list[Any]] | None = None
    time_percent: int = 100
    break_s: int = 0
    ends_at: datetime | None = None
    is_held: bool = False
    shows_items: bool = True
    safe_browser: dict[str, list[str]] | None = None
    is_seated: bool = False


ALONE = Arrangement()
"""An exam that is sat outside any sitting."""
