"""The three levels of certification."""

from enum import StrEnum


class Level(StrEnum):
    """初级, 中级, 高级; the value is what content files and the database store."""

    JUNIOR = "junior"
    INTERMEDIATE = "intermediate"
    SENIOR = "senior"

    @property
    def number(self) -> int:
        """1 for junior to 3 for senior: the digit in a certificate number."""
        return tuple(Level).index(self) + 1

    @classmethod
    def of_number(cls, number: int) -> "Level":
        """Return the level of a digit.

        Raises:
            ValueError: If `number` is not 1, 2 or 3.
        """
        if not 1 <= number <= len(cls):
            raise ValueError(f"no level {number}")
        return tuple(cls)[number - 1]
