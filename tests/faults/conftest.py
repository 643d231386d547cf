"""Ground for runs on real servers: laid once, copied for each instance."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.config import Settings
from tests.faults.ground import lay_ground, settings_at
from tests.once import made_once
from tests.postgres import free_port

MOST_CANDIDATES = 52
"""Fifty at the exam, two in rooms."""


@pytest.fixture(scope="session")
def laid_ground(tmp_path_factory: pytest.TempPathFactory, password_hash: str) -> Path:
    """An instance on SQLite with the little bank and every candidate's account."""
    return made_once(
        tmp_path_factory,
        "ground",
        lambda folder: lay_ground(settings_at(folder, free_port()), MOST_CANDIDATES, password_hash),
    )


@pytest.fixture(scope="session")
def new_instance(
    laid_ground: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Settings]:
    """Copies that instance; each copy has a folder and a port of its own.

    Given a number, its server has so many workers, else those of the product.
    """

    def copy(workers: int = 0) -> Settings:
        folder = tmp_path_factory.mktemp("instance")
        shutil.copytree(laid_ground, folder, dirs_exist_ok=True)
        return settings_at(folder, free_port(), workers=workers)

    return copy


@pytest.fixture
def sqlite_instance(new_instance: Callable[[], Settings]) -> Settings:
    """Settings of a copy of that instance."""
    return new_instance()


@pytest.fixture
def postgres_instance(tmp_path: Path, password_hash: str) -> Callable[[str], Settings]:
    """Lay the ground on a PostgreSQL database, given its address."""

    def lay(database_url: str) -> Settings:
        settings = settings_at(tmp_path, free_port(), database_url)
        lay_ground(settings, MOST_CANDIDATES, password_hash)
        return settings

    return lay
