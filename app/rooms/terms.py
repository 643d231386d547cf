"""What a room demands, pinned into a session when it starts."""

from __future__ import annotations

from dataclasses import dataclass

PLAN_MIN = 15
"""Minutes for the plan of a room that counts, where the programme states nothing else."""


@dataclass(frozen=True)
class RoomTerms:
    """The terms of one session, as the programme of that moment states them.

    Attributes:
        exam_code: Name of the room within its programme, for example `junior@1:room`.
        programme_ref: `id@version` of the programme it counts for; empty for practice.
        title: What the page shows.
        scenario_ref: `id@version` of the scenario.
        speed: Room seconds in a second of the wall (4 at 初级, at most 2 at 高级).
        cut_score: Least score that passes, equality passes; none where nothing is cut.
        is_demo: Whether its results count for a demonstration only.
        is_held: Whether the result waits for its release.
        mode: `exam` (fixed speed, no pause, no hints) or `practice`.
        plan_min: Wall minutes for the planning phase of a scenario that has one; practice has
            days.
    """

    exam_code: str
    programme_ref: str
    title: str
    scenario_ref: str
    speed: float
    cut_score: float | None
    is_demo: bool
    mode: str = "exam"
    is_held: bool = False
    plan_min: int = PLAN_MIN
