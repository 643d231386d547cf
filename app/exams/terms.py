"""What an exam demands, pinned into an attempt when it starts."""

from __future__ import annotations

from dataclasses import dataclass


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
