"""Sudden growth of a provider's certified operators: a pure rule, open to everybody."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_GAIN = 3
"""Fewer certified operators more in a window are no sudden growth, whatever the share."""

LEAST_SHARE = 0.5
"""From half more than before the window on, growth is sudden."""

WINDOW_DAYS = 30


@dataclass(frozen=True, slots=True)
class Growth:
    """Certified operators at the two ends of the window, and where the new ones come from.

    Attributes:
        before: Certified operators `WINDOW_DAYS` ago.
        after: Certified operators now.
        joined: Of those now, how many began to work here within the window.
        certified: Of those now, how many worked here before and were certified within it.
    """

    before: int
    after: int
    joined: int
    certified: int

    @property
    def gain(self) -> int:
        return self.after - self.before

    @property
    def is_sudden(self) -> bool:
        """Whether somebody should look: at least three more, and at least half more."""
        return self.gain >= LEAST_GAIN and self.gain >= LEAST_SHARE * self.before
