"""Static files under an address that names their edition.

A page's scripts import each other by relative addresses, so the edition is a part of the path: what
a browser has kept is of one edition, also after the product was renewed. A file of the present
edition is kept for a year; a page of an earlier one gets what there is now, unkept.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

from flask import Flask, Response, send_from_directory

KEPT_S = int(timedelta(days=365).total_seconds())

EDITION_CHARS = 10


def edition_of(folder: Path) -> str:
    """Return what tells these files from any others: a hash of their names and bytes."""
    sums = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            sums.update(f"{path.relative_to(folder).as_posix()} {len(data)}\n".encode())
            sums.update(data)
    return sums.hexdigest()[:EDITION_CHARS]


class EditionedFlask(Flask):
    """A Flask application whose static files stand below `/static/<edition>/`."""

    def __init__(self, name: str, *, root_path: str, instance_path: str) -> None:
        """Make it; the files are read once for their edition."""
        edition = edition_of(Path(root_path) / "static")
        super().__init__(
            name,
            root_path=root_path,
            instance_path=instance_path,
            static_url_path=f"/static/{edition}",
        )
        # The rule above is the narrower one and goes first; addresses are built from it.
        self.add_url_rule("/static/<edition>/<path:filename>", endpoint="static")

    def send_static_file(self, filename: str, edition: str = "") -> Response:
        """Serve a file.

        Args:
            filename: Below the folder of static files.
            edition: As the address names it, if that is not the present one.
        """
        assert self.static_folder is not None
        if edition:
            return send_from_directory(self.static_folder, filename, max_age=0)
        answer = send_from_directory(self.static_folder, filename, max_age=KEPT_S)
        answer.cache_control.immutable = True
        return answer
