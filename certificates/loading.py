"""Reading programmes from content files, strictly: every problem of a file is reported at once."""

from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from certificates.errors import ContentError
from certificates.programmes import CertificationProgramme

PROGRAMMES_DIR = Path(__file__).parent / "content" / "programmes"
"""The programmes that come with the product."""


NAMELESS_STEPS = frozenset({"programme", "credential", "sessions", "training"})
"""Steps of a problem's place that are no field: the file's frame, and kinds of prerequisites."""


class _ProgrammeFile(BaseModel):
    model_config = ConfigDict(defer_build=True, extra="forbid", strict=True, frozen=True)

    lang: Literal["zh-Hans"]
    programme: CertificationProgramme


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML lets the last of two equal keys win; here the second is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key: Hashable = self.construct_object(key_node, deep=True)
            if key in seen:
                problem = f"key {key!r} occurs twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def load_programme(path: Path) -> CertificationProgramme:
    """Read one programme; the file is named after its id.

    Raises:
        ContentError: If the file cannot be read, is no YAML, or has a bad or unknown field.
    """
    return parse_programme(_text_of(path), path)


def parse_programme(text: str, path: Path) -> CertificationProgramme:
    """Read one programme from the text of a file.

    Args:
        text: YAML.
        path: Where the text comes from, for messages; its stem is the programme's id.

    Raises:
        ContentError: If the text is no YAML, or has a bad or unknown field.
    """
    try:
        document = yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 - derived from SafeLoader
    except (yaml.YAMLError, RecursionError) as error:
        raise ContentError(path, [f"not readable as YAML: {error}"]) from error
    try:
        programme = _ProgrammeFile.model_validate(document).programme
    except ValidationError as error:
        raise ContentError(path, _problems(document, error)) from error
    if programme.id != path.stem:
        problem = f"programme {programme.id}: id: the file must be named {programme.id}.yaml"
        raise ContentError(path, [problem])
    return programme


def load_programmes(directory: Path = PROGRAMMES_DIR) -> tuple[CertificationProgramme, ...]:
    """Read every `*.yaml` of a folder, in order of file name.

    Raises:
        ContentError: For the first unusable file, or if the folder has none.
    """
    paths = sorted(directory.glob("*.yaml"))
    if not paths:
        raise ContentError(directory, ["no programme (*.yaml) in this folder"])
    return tuple(load_programme(path) for path in paths)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(path, [f"not readable: {error}"]) from error


def _problems(document: object, error: ValidationError) -> Iterable[str]:
    programme_id = "?"
    if isinstance(document, dict) and isinstance(document.get("programme"), dict):
        programme_id = str(document["programme"].get("id", "?"))
    for problem in error.errors(include_url=False):
        location = [str(step) for step in problem["loc"] if step not in NAMELESS_STEPS]
        field = ".".join(location) or "file"
        given = "" if problem["type"] == "missing" else f" (given: {problem['input']!r:.80})"
        yield f"programme {programme_id}: {field}: {problem['msg']}{given}"
