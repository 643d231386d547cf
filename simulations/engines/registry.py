"""Which engine runs a room: by version, and plain or compiled as circumstances allow.

A room names its engine version for ever; old versions stay runnable here. Plain and compiled
engines give equal bits, so which of them runs is a question of speed only. `CAOPAN_ENGINE` decides:
`python` never compiles; `numba` compiles at the first use; `auto` (the default) uses compiled code
once it is warm, that is, when `warm_up` was run by this program version on this machine, and plain
Python until then.
"""

import os
import threading
from typing import Final

from simulations.engines.binding import compiled_cache_dir
from simulations.engines.engine import CompiledEngine, Engine, PlainEngine
from simulations.engines.golden import check_golden_hash
from simulations.errors import UnknownEngineError

ENGINE_VERSION: Final = "1"
"""The version that new rooms pin."""

ENGINE_VARIABLE: Final = "CAOPAN_ENGINE"
"""Environment variable: `python`, `numba` or `auto`."""

_PLAIN: Final = PlainEngine()
_LOCK: Final = threading.Lock()
_loaded: dict[str, Engine] = {}


def engine_for(version: str) -> Engine:
    """Return the engine that runs rooms of a version.

    Raises:
        UnknownEngineError: If this program has no such version.
        ImportError: If `CAOPAN_ENGINE=numba` and Numba is not installed.
        GoldenMismatchError: If compiled code does not reproduce the golden hash.
    """
    if version != ENGINE_VERSION:
        raise UnknownEngineError(f"engine version {version!r}; known: {ENGINE_VERSION}")
    if version in _loaded:
        return _loaded[version]
    mode = os.environ.get(ENGINE_VARIABLE, "auto")
    if mode == "numba" or (mode == "auto" and _warm_mark_exists()):
        return warm_up()
    return _PLAIN


def engine_is_compiled() -> bool:
    """Tell whether rooms run compiled code in this process now."""
    return engine_for(ENGINE_VERSION).is_compiled


def warm_up() -> Engine:
    """Compile the engine, or load it from the cache, and check its golden hash.

    Takes some 20 seconds the first time on a machine and half a second later; set-up calls it, so
    that the web process need not. With `CAOPAN_ENGINE=python` it does nothing.

    Returns:
        The engine that is used from now on in this process.

    Raises:
        ImportError: If Numba is not installed and `CAOPAN_ENGINE=numba`.
        GoldenMismatchError: If compiled code does not reproduce the golden hash.
    """
    mode = os.environ.get(ENGINE_VARIABLE, "auto")
    if mode == "python":
        return _PLAIN
    with _LOCK:
        if ENGINE_VERSION not in _loaded:
            try:
                engine: Engine = CompiledEngine()
            except ImportError:
                if mode == "numba":
                    raise
                engine = _PLAIN
            check_golden_hash(engine)
            if engine.is_compiled:
                (compiled_cache_dir() / "warm").touch()
            _loaded[ENGINE_VERSION] = engine
    return _loaded[ENGINE_VERSION]


def check_golden() -> None:
    """Check, at start-up, that the engine in use reproduces its golden hash.

    Raises:
        GoldenMismatchError: If it does not: no room may be run or scored.
    """
    check_golden_hash(engine_for(ENGINE_VERSION))


def _warm_mark_exists() -> bool:
    return (compiled_cache_dir() / "warm").exists()
