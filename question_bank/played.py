"""What an attempt's record says about a room that was an item of its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from question_bank.answers import RoomTask
from question_bank.items import Item
from question_bank.schema import Strict


class PlayedRoom(Strict):
    """The outcome of a room item, as it stands in the attempt's chain.

    Attributes:
        position: Place in the form, 1-based.
        item_ref: The item version.
        room: Public id of the room session; empty if none was opened.
        score: The room's points; `None` if none was opened. They can be worked out anew from the
            room's own record.
        credit: In [0, 1], from the item's `full_score`.
    """

    position: int = Field(ge=1)
    item_ref: str
    room: str = Field(default="", max_length=40)
    score: float | None = None
    credit: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def score_comes_from_a_room(self) -> Self:
        if (self.score is None) != (not self.room):
            raise ValueError("score: of a room, and every room has one")
        return self


def played_room(
    position: int, item_ref: str, task: RoomTask, *, room: str = "", score: float | None = None
) -> PlayedRoom:
    """Return the record of a room's outcome; without room and score it was never opened."""
    return PlayedRoom(
        position=position, item_ref=item_ref, room=room, score=score, credit=task.credit(score)
    )


def wrong_records(played: Mapping[int, PlayedRoom], items: Mapping[int, Item]) -> list[int]:
    """Return the positions whose record is not what the item makes of its score."""
    return [
        position
        for position, record in played.items()
        if (task := items[position].room) is None
        or played_room(position, record.item_ref, task, room=record.room, score=record.score)
        != record
    ]
