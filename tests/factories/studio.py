"""The studio's background work in seconds: every part of it, with few keys."""

from __future__ import annotations

from app.studio.drafts.calibrating import Thoroughness
from simulations.calibration import Depth
from simulations.search import Effort

_FEW = Depth(keys=20, persons=4, worlds=4, repeat_keys=2, hunt=None, sensitivity_keys=0)

QUICK = Thoroughness(
    fine=_FEW,
    release=_FEW,
    search=Effort(rounds=2, population=6, elite=2, seeds_per_round=2),
)
