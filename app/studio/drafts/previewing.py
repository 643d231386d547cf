"""Answer an author's change at once: the coarse calibration, step by step, one at a time.

A step computes for about `STEP_S`, and there is one on the whole machine at any moment
(`preview_turn`): who comes second is told so at once and asks again. It computes in a process of
its own, which stands back (`simulations.preview_process`), and meanwhile other requests of the
server's process go on (`app.core.turns.turn_given_back`): nobody's save stands behind a preview.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.core.errors import ConflictError
from app.studio.drafts.bodies import Body, parsed
from app.studio.drafts.calibrating import yardstick_of
from app.studio.drafts.models import ScenarioDraft
from simulations.engines.registry import engine_is_compiled
from simulations.errors import EngineError
from simulations.preview import PREVIEW_KEYS, Preview, looks_at
from simulations.preview_process import PreviewProcess

PLAIN_KEYS = 12
"""Keys of a preview without the compiled engine, which is a hundred times slower."""

KEPT_PREVIEWS = 64
"""Rooms whose points a process remembers: undo, and a slider that comes back, ask for them anew."""

STEP_S = 0.18
"""A step of a preview answers after about so long: what a change asks for next waits no longer."""

Points = dict[str, list[float]]
"""Of the keys so far, by policy."""

Corrections = Mapping[str, Mapping[str, float]]
"""Points to add by look and policy, see `simulations.preview.corrections`."""

_KNOWN: OrderedDict[str, Points] = OrderedDict()


class EngineColdError(ConflictError):
    """Raised when a preview would have to compile the engine first, which takes a minute."""

    code = "engine_cold"


@dataclass(frozen=True)
class AskedStep:
    """Which step of a preview a page asks for.

    Attributes:
        round: 0 is the quick look, 1 the close one behind it.
        points: What the page has of this round from earlier steps, maybe of another process.
        fingerprint: Of the preview that they are of; those of another one count for nothing.
    """

    round: int = 0
    points: Points | None = None
    fingerprint: str = ""


@contextmanager
def preview_turn(folder: Path) -> Iterator[bool]:
    """Hold the machine's one turn at computing a preview, if it is free; nobody waits here.

    Args:
        folder: The instance's, where its processes find the lock.

    Yields:
        Whether the turn is had. Another step lasts a fraction of a second: ask again then.
    """
    file = os.open(folder / "preview.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_had = True
        except BlockingIOError:
            is_had = False
        yield is_had
    finally:
        os.close(file)  # closing the descriptor gives the lock back


def coarse_preview(
    draft: ScenarioDraft, body: Body, asked: AskedStep, corrections: Corrections
) -> dict[str, Any]:
    """Return the coarse calibration of a body as far as a step of it comes.

    Args:
        draft: Whose reference measures it.
        body: As it is being edited.
        asked: The step; a round that the room has not is its last.
        corrections: Of the draft's newest thorough calibration.

    Returns:
        See `Preview.to_dict`; `points` are to be sent with the request for the next step of this
        `round`, of `rounds`.

    Raises:
        ScenarioError: If the body contradicts itself.
        EngineColdError: If the compiled engine is installed but not warm, or cannot be run.
        ValueError: If the points are none.
    """
    scenario = parsed(body, draft.scenario_id, draft.version)
    yardstick = yardstick_of(scenario, draft.yardstick)
    is_compiled = engine_is_compiled()
    if not is_compiled and os.environ.get("CAOPAN_ENGINE") != "python":
        raise EngineColdError("the engine is not compiled yet")
    looks = looks_at(scenario)
    number = min(max(asked.round, 0), len(looks) - 1)
    look = looks[number]
    growing = Preview(scenario, yardstick, PREVIEW_KEYS if is_compiled else PLAIN_KEYS, look)
    kept = _KNOWN.get(growing.fingerprint)
    if kept is not None:
        growing.take(kept)
    if asked.points is not None and asked.fingerprint == growing.fingerprint:
        growing.take(asked.points)
    if is_compiled and not growing.is_complete:
        try:
            grown = _process().grown(
                scenario, yardstick, growing.count, look, growing.points, STEP_S
            )
        except EngineError as error:
            raise EngineColdError(str(error)) from error
        growing.take(grown)
    elif not is_compiled:
        until = time.monotonic() + STEP_S
        growing.grow(None, 1, lambda: time.monotonic() >= until, step=1)
    _KNOWN[growing.fingerprint] = growing.points
    _KNOWN.move_to_end(growing.fingerprint)
    while len(_KNOWN) > KEPT_PREVIEWS:
        _KNOWN.popitem(last=False)
    return {
        **growing.to_dict(corrections.get(look.name)),
        "points": growing.points,
        "round": number,
        "rounds": len(looks),
    }


@cache
def _process() -> PreviewProcess:
    """Return the process that computes previews for this one; it starts when it is first needed."""
    return PreviewProcess()
