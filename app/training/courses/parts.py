"""Parts of a course: strict shapes, told apart by `kind`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

MOST_PARTS = 40
VIDEO_HOSTS = ("kuaishou.com", "bilibili.com", "youku.com", "qq.com")
"""Where a lecturer's video may stand; a link elsewhere is refused."""

_VIDEO = re.compile(r"https://([a-z0-9-]+\.)*([a-z0-9-]+\.[a-z]+)(/[!-~]*)?")

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)]


class PartError(ValueError):
    """Raised when a part cannot be used; `field` is the one that is wrong."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{4,16}$")]
    title: Title


class ChapterPart(_Part):
    """A chapter of the handbook, by its number."""

    kind: Literal["chapter"] = "chapter"
    chapter: int = Field(ge=1, le=99)


class TextPart(_Part):
    """The lecturer's own text, Markdown."""

    kind: Literal["text"] = "text"
    text: str = Field(min_length=10, max_length=20_000)


class VideoPart(_Part):
    """A video at one of the known hosts."""

    kind: Literal["video"] = "video"
    url: str = Field(max_length=300)


MediaId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{12}$")]


class FilmPart(_Part):
    """An uploaded film, by the public ids of its files."""

    kind: Literal["film"] = "film"
    film: MediaId
    captions: MediaId | None = None
    poster: MediaId | None = None


class DrillPart(_Part):
    """A drill, by its scenario's id."""

    kind: Literal["drill"] = "drill"
    drill: Annotated[str, StringConstraints(pattern=r"^drill-[a-z0-9-]{2,40}$")]


class AssignmentPart(_Part):
    """A text to hand in, marked by its rubric."""

    kind: Literal["assignment"] = "assignment"
    task: str = Field(min_length=10, max_length=2000)
    rubric: str = Field(min_length=10, max_length=2000)


Part = ChapterPart | TextPart | VideoPart | FilmPart | DrillPart | AssignmentPart
_ADAPTER: TypeAdapter[Part] = TypeAdapter(Annotated[Part, Field(discriminator="kind")])


def parse_part(data: Mapping[str, Any]) -> Part:
    """Read a part.

    Raises:
        PartError: Naming the field that is wrong.
    """
    try:
        part = _ADAPTER.validate_python(dict(data))
    except ValidationError as error:
        place = error.errors(include_url=False)[0]["loc"]
        raise PartError(str(place[-1]) if place else "kind") from error
    if isinstance(part, VideoPart):
        found = _VIDEO.fullmatch(part.url)
        if found is None or found[2] not in VIDEO_HOSTS:
            raise PartError("url")
    return part


def parts_of(data: Sequence[Mapping[str, Any]]) -> tuple[Part, ...]:
    """Return the parts of a course, in their order."""
    return tuple(parse_part(one) for one in data)
