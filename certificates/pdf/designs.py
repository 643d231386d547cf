"""Colours and ornaments of the three levels."""

from dataclasses import dataclass

from certificates.levels import Level

PAGE_WIDTH = 841.89
PAGE_HEIGHT = 595.28
"""A4 landscape, in points."""

PAPER = 0xFDFBF6
TEXT = 0x2A2A2E
MUTED = 0x766F63
WHITE = 0xFFFFFF
QR_INK = 0x14141A
VERMILION = 0xB8352A
"""The seal, and everything that says 演示."""
DEMO_TINT = 0xF6DAD3
"""The large 演示证书 behind the text: seen at once, and the text over it stays easy to read."""


@dataclass(frozen=True, slots=True)
class Rose:
    """A rosette of the ground: see `guilloche.rosette_sector`."""

    radius: float
    amplitude: float
    petals: int
    strands: int
    twist: float = 0.0


@dataclass(frozen=True, slots=True)
class Design:
    """How a level looks.

    Attributes:
        level: The level.
        ink: Frame, title and other strong text.
        accent: The metal: bronze, silver or gold.
        pale: The fine lines of the ground rosettes.
        paler: The fine lines of the ground waves.
        roses: The rosettes behind the text, from large to small.
        corner_petals: Petals of the corner rosettes.
        band_strands: Strands of the frame's two woven bands.
        leaf_pairs: Pairs of laurel leaves around the medallion.
    """

    level: Level
    ink: int
    accent: int
    pale: int
    paler: int
    roses: tuple[Rose, ...]
    corner_petals: int
    band_strands: tuple[int, int]
    leaf_pairs: int


DESIGNS = {
    Level.JUNIOR: Design(
        level=Level.JUNIOR,
        ink=0x12525A,
        accent=0xA6754D,
        pale=0xD6E7E4,
        paler=0xF0E8DE,
        roses=(Rose(206, 13, 48, 4), Rose(150, 46, 12, 10), Rose(92, 30, 18, 6, 0.4)),
        corner_petals=12,
        band_strands=(6, 4),
        leaf_pairs=0,
    ),
    Level.INTERMEDIATE: Design(
        level=Level.INTERMEDIATE,
        ink=0x1B3868,
        accent=0x7F8FA6,
        pale=0xD5DEEE,
        paler=0xE2E6EC,
        roses=(Rose(206, 14, 40, 5), Rose(148, 50, 16, 10), Rose(88, 32, 24, 6, 0.4)),
        corner_petals=16,
        band_strands=(6, 5),
        leaf_pairs=5,
    ),
    Level.SENIOR: Design(
        level=Level.SENIOR,
        ink=0x5E1A27,
        accent=0xAF8A3C,
        pale=0xEFE2C3,
        paler=0xF0E3DC,
        roses=(
            Rose(208, 12, 60, 5),
            Rose(148, 52, 18, 10),
            Rose(94, 30, 24, 6, 0.4),
            Rose(44, 16, 12, 6),
        ),
        corner_petals=18,
        band_strands=(7, 5),
        leaf_pairs=8,
    ),
}


def colour(value: int, operator: str = "rg") -> str:
    """Return the operator that sets a colour: `rg` for filling, `RG` for lines."""
    channels = (value >> 16, value >> 8 & 255, value & 255)
    return " ".join(f"{channel / 255:.3f}" for channel in channels) + f" {operator}"
