"""`make bench`: the product's figures beside their floors, measured in this run."""

from __future__ import annotations

import logging
import platform
import sys
import tempfile
from pathlib import Path

from app.accounts.passwords import hash_password
from app.core.db import sqlite
from app.factory import create_app
from tests import cast
from tests.bench.analysis import print_analysis
from tests.bench.certificates import certificate_rows
from tests.bench.harness import table
from tests.bench.rooms import print_rooms
from tests.bench.saves import save_rows
from tests.conftest import close, fill, make_settings


def main() -> int:
    """Print the tables; 1 if a figure misses what it must hold."""
    logging.disable(logging.INFO)
    print(f"Python {platform.python_version()}, SQLite {sqlite.sqlite_version}")
    print("medians of 5 interleaved rounds, processor time for one unit\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = create_app(make_settings(folder))
        with app.app_context():
            fill(app, hash_password(cast.PASSWORD))
            print(table(save_rows(app, folder)))
            close(app)
    print()
    print(table(certificate_rows()))
    print()
    missed = print_analysis()
    print()
    return 1 if print_rooms() + missed else 0


if __name__ == "__main__":
    sys.exit(main())
