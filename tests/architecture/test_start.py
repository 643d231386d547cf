"""What a web process loads at its start: nothing that only batches or few requests need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SELDOM = {"alembic", "distributed", "numba", "openpyxl", "scipy"}
LOADED = "import sys, wsgi; print('\\n'.join(sys.modules), file=sys.stderr)"


def test_a_web_process_leaves_out_what_is_seldom_needed(tmp_path: Path):
    environ = os.environ | {"DEPLOYMENT": "test", "INSTANCE_DIR": str(tmp_path)}
    found = subprocess.run(
        [sys.executable, "-c", LOADED], env=environ, capture_output=True, text=True, check=True
    )

    loaded = set(found.stderr.split())
    assert "app.factory" in loaded
    assert loaded & SELDOM == set()
