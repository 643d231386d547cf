"""Reading schemes from content files, strictly: every problem of a file is reported at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from app.providers.errors import SchemeContentError
from app.providers.schemes import Scheme

SCHEMES_DIR = Path(__file__).parent / "content"
"""The schemes that come with the product."""

MAX_FILE_CHARS = 1_000_000
"""A scheme has some ten thousand characters; far more is no scheme."""


class _SchemeFile(BaseModel):
    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    lang: Literal["zh-Hans"]
    scheme: Scheme


class _ExactLoader(yaml.SafeLoader):
    """Safe YAML that keeps `0.39` exact, and refuses aliases and the second of two equal keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.constructor.ConstructorError(None, None, "aliases are not allowed", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key: Hashable = self.construct_object(key_node, deep=True)
            if key in seen:
                problem = f"key {key!r} occurs twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)

    def construct_decimal(self, node: yaml.ScalarNode) -> Decimal:
        text = str(self.construct_scalar(node))
        try:
            return Decimal(text)
        except InvalidOperation:
            problem = f"{text!r} is no plain decimal number"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from None


_ExactLoader.add_constructor("tag:yaml.org,2002:float", _ExactLoader.construct_decimal)


def load_scheme(path: Path) -> Scheme:
    """Read one scheme; the file is named after its id, or after `id@version`.

    Raises:
        SchemeContentError: If the file cannot be read, is no YAML, or has a bad or unknown field.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemeContentError(path, [f"not readable: {error}"]) from error
    return parse_scheme(text, path)


def parse_scheme(text: str, path: Path) -> Scheme:
    """Read one scheme from the text of a file.

    Args:
        text: YAML.
        path: Where the text comes from, for messages; its stem is the scheme's id or `id@version`.

    Raises:
        SchemeContentError: If the text is no YAML, or has a bad or unknown field.
    """
    scheme = read_scheme(text, path)
    if path.stem not in {scheme.id, scheme.ref}:
        problem = f"scheme {scheme.id}: id: the file must be named {scheme.id}.yaml"
        raise SchemeContentError(path, [problem])
    return scheme


def read_scheme(text: str, path: Path) -> Scheme:
    """Read one scheme from a text that need not be a file.

    Args:
        text: YAML.
        path: What messages call it.

    Raises:
        SchemeContentError: If the text is no YAML, or has a bad or unknown field.
    """
    if len(text) > MAX_FILE_CHARS:
        raise SchemeContentError(path, [f"longer than {MAX_FILE_CHARS} characters"])
    try:
        document = yaml.load(text, Loader=_ExactLoader)  # noqa: S506 - derived from SafeLoader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise SchemeContentError(path, [f"not readable as YAML: {error}"]) from error
    try:
        return _SchemeFile.model_validate(document).scheme
    except ValidationError as error:
        raise SchemeContentError(path, _problems(document, error)) from error


def load_schemes(directory: Path = SCHEMES_DIR) -> tuple[Scheme, ...]:
    """Read every `*.yaml` of a folder, in order of file name.

    Raises:
        SchemeContentError: With every fault of the first unusable file, or if the folder has none.
    """
    paths = sorted(directory.glob("*.yaml"))
    if not paths:
        raise SchemeContentError(directory, ["no scheme (*.yaml) in this folder"])
    return tuple(load_scheme(path) for path in paths)


def problems_of(body: object, error: ValidationError) -> tuple[str, ...]:
    """Return what is wrong with a scheme's body, each with its place."""
    document = {"scheme": body}
    return tuple(
        f"{_place(document, ('scheme', *one['loc']))}: {one['msg']}"
        for one in error.errors(include_url=False)
    )


def _problems(document: object, error: ValidationError) -> Iterable[str]:
    for problem in error.errors(include_url=False):
        where = _place(document, problem["loc"])
        given = "" if problem["type"] == "missing" else f" (given: {problem['input']!r:.80})"
        yield f"{where}: {problem['msg']}{given}"


def _place(document: object, location: tuple[int | str, ...]) -> str:
    """Write a location with the ids on the way: `scheme s: forces traffic.modules ads.weight`."""
    scheme_id = "?"
    if isinstance(document, dict) and isinstance(document.get("scheme"), dict):
        scheme_id = str(document["scheme"].get("id", "?"))
    at: Any = document
    fields: list[str] = []
    for step in location:
        if isinstance(step, int):
            at = at[step] if isinstance(at, list) and step < len(at) else None
            fields[-1] += f" {at['id']}" if isinstance(at, dict) and "id" in at else f" {step + 1}"
        else:
            at = at.get(step) if isinstance(at, dict) else None
            fields.append(step)
    if fields[:1] != ["scheme"]:
        return ".".join(fields) or "file"
    return f"scheme {scheme_id}: {'.'.join(fields[1:]) or 'whole'}"
