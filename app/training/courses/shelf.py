"""Where uploaded files lie: one file for each content, named by its SHA-256.

The same film uploaded twice is one file. A file is complete before it has its name, so that nobody
ever reads half of one; a transaction that fails afterwards leaves a file that no row names.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.training.courses.films import FilmError

PIECE_BYTES = 256 * 1024


@dataclass
class Received:
    """A file that came in and has no name yet.

    Attributes:
        file: Open for reading.
        content_hash: SHA-256 of its content, in hex.
        size_bytes: Its length.
    """

    file: IO[bytes]
    content_hash: str
    size_bytes: int


@dataclass(frozen=True)
class Shelf:
    """The folder of uploaded files."""

    folder: Path

    def path_of(self, content_hash: str) -> Path:
        """Return where a content lies."""
        return self.folder / content_hash[:2] / content_hash

    @contextmanager
    def receiving(self, stream: IO[bytes], *, most_bytes: int) -> Iterator[Received]:
        """Take a file in; it is dropped at the end unless `keep` gave it its name.

        Args:
            stream: What is uploaded.
            most_bytes: The largest file that is taken.

        Raises:
            FilmError: `film_too_large`.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix="coming-", delete=False) as file:
            try:
                yield _copied(stream, file, most_bytes)
            finally:
                Path(file.name).unlink(missing_ok=True)

    def keep(self, received: Received) -> None:
        """Give a received file its name; the same content may be there already."""
        received.file.flush()
        os.fsync(received.file.fileno())
        path = self.path_of(received.content_hash)
        path.parent.mkdir(exist_ok=True)
        Path(received.file.name).replace(path)

    def keep_bytes(self, data: bytes) -> str:
        """Keep a small file; return its hash."""
        name = hashlib.sha256(data).hexdigest()
        path = self.path_of(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix="coming-", delete=False) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)  # also over an equal one: what is kept is young again
        return name

    def contents(self) -> list[Path]:
        """Return the files that have their name; what is still coming in has none."""
        return sorted(one for one in self.folder.glob("??/*") if one.is_file())


def _copied(stream: IO[bytes], file: IO[bytes], most_bytes: int) -> Received:
    found, size = hashlib.sha256(), 0
    while piece := stream.read(PIECE_BYTES):
        size += len(piece)
        if size > most_bytes:
            raise FilmError("film_too_large")
        found.update(piece)
        file.write(piece)
    return Received(file, found.hexdigest(), size)
