"""Ground for runs on real servers: laid once, copied for each run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.config import Settings
from tests.faults.ground import lay_ground, settings_at
from tests.postgres import free_port

MOST_CANDIDATES = 52
"""Fifty at the exam, two in rooms."""


@pytest.fixture(scope="session")
def laid_ground(tmp_path_factory: pytest.TempPathFactory, password_hash: str) -> Path:
    """An instance on SQLite with the little bank and every candidate's account."""
    folder = tmp_path_factory.mktemp("ground")
    lay_ground(settings_at(folder, free_port()), MOST_CANDIDATES, password_hash)
    return folder


@pytest.fixture
def sqlite_instance(laid_ground: Path, tmp_path: Path) -> Settings:
    """Settings of a copy of that instance, on a port of its own."""
    shutil.copytree(laid_ground, tmp_path, dirs_exist_ok=True)
    return settings_at(tmp_path, free_port())


@pytest.fixture
def postgres_instance(tmp_path: Path, password_hash: str) -> Callable[[str], Settings]:
    """Lay the ground on a PostgreSQL database, given its address."""

    def lay(database_url: str) -> Settings:
        settings = settings_at(tmp_path, free_port(), database_url)
        lay_ground(settings, MOST_CANDIDATES, password_hash)
        return settings

    return lay
