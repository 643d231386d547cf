"""Which engine runs a room: by version, and plain or compiled as circumstances allow.

A room names its engine version for ever, and a version is a package of its own that is never edited
once rooms have run on it (`VERSIONS`): its golden hash would tell. A change of the arithmetic is a
copy of the package under the next number; the old one stays beside it and goes on serving the rooms
that name it. Plain and compiled engines give equal bits, so which of them runs is a question of
speed only. `CAOPAN_ENGINE` decides:
`python` never compiles; `numba` compiles at the first use; `auto` (the default) uses compiled code
once it is warm, that is, when `warm_up` was run by this program version on this machine, and plain
Python until then.
"""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulations.engines.engine import NEWEST, CompiledEngine, Engine, PlainEngine
from simulations.engines.golden import GOLDEN_HASH, check_golden_hash
from simulations.engines.machine_code import machine_code_path
from simulations.errors import UnknownEngineError

ENGINE_VERSION: Final = "1"
"""The version that new rooms pin."""


@dataclass(frozen=True, slots=True)
class Version:
    """An engine version: the package that its sources stand in, and what its golden rooms give."""

    package: str
    golden_hash: str


VERSIONS: Final[dict[str, Version]] = {ENGINE_VERSION: Version(NEWEST, GOLDEN_HASH)}
"""Every version that a room may name."""

ENGINE_VARIABLE: Final = "CAOPAN_ENGINE"
"""Environment variable: `python`, `numba` or `auto`."""

_LOCK: Final = threading.Lock()
_plain: dict[str, Engine] = {}
_loaded: dict[str, Engine] = {}


def engine_for(version: str) -> Engine:
    """Return the engine that runs rooms of a version.

    Raises:
        UnknownEngineError: If this program has no such version.
        ImportError: If `CAOPAN_ENGINE=numba` and Numba is not installed.
        GoldenMismatchError: If compiled code does not reproduce the golden hash.
    """
    if version in _loaded:
        return _loaded[version]
    if version not in VERSIONS:
        raise UnknownEngineError(f"engine version {version!r}; known: {', '.join(VERSIONS)}")
    mode = os.environ.get(ENGINE_VARIABLE, "auto")
    if mode == "numba" or (mode == "auto" and _warm_mark_exists(version)):
        return warm_up(version)
    return _plain_engine(version)


def engine_is_compiled() -> bool:
    """Tell whether rooms run compiled code in this process now."""
    return engine_for(ENGINE_VERSION).is_compiled


def warm_up(version: str = ENGINE_VERSION) -> Engine:
    """Compile an engine, or load it from the cache, and check its golden hash.

    Takes about a minute of one core the first time on a machine and some hundredths of a second
    later; set-up calls it, so that the web process need not. With `CAOPAN_ENGINE=python` it does
    nothing.

    Returns:
        The engine that is used from now on in this process.

    Raises:
        ImportError: If Numba is not installed and `CAOPAN_ENGINE=numba`.
        GoldenMismatchError: If compiled code does not reproduce the golden hash.
    """
    mode = os.environ.get(ENGINE_VARIABLE, "auto")
    if mode == "python":
        return _plain_engine(version)
    with _LOCK:
        if version not in _loaded:
            package, golden_hash = VERSIONS[version].package, VERSIONS[version].golden_hash
            try:
                engine: Engine = CompiledEngine(package)
            except ImportError:
                if mode == "numba":
                    raise
                engine = _plain_engine(version)
            check_golden_hash(engine, golden_hash)
            if engine.is_compiled:
                _warm_mark(version).touch()
            _loaded[version] = engine
    return _loaded[version]


def check_golden() -> None:
    """Check, at start-up, that each engine in use reproduces its golden hash.

    Raises:
        GoldenMismatchError: If it does not: no room may be run or scored.
    """
    for version, known in VERSIONS.items():
        check_golden_hash(engine_for(version), known.golden_hash)


def _plain_engine(version: str) -> Engine:
    if version not in _plain:
        _plain[version] = PlainEngine(VERSIONS[version].package)
    return _plain[version]


def _warm_mark(version: str) -> Path:
    """Return the file that says: this machine code has reproduced the golden hash here."""
    return machine_code_path(VERSIONS[version].package).with_suffix(".warm")


def _warm_mark_exists(version: str) -> bool:
    try:
        return _warm_mark(version).exists()
    except ImportError:
        return False
