"""From one source, two engines: the modules as they are, and a compiled copy of them.

The copy executes the very same files under other module names and hands every function to Numba:
no fast-math, no parallel reductions, division as in IEEE 754. Module-level lists become arrays,
`word` becomes a cast to uint64, nothing else changes; so both give equal bits, which
`simulations.engines.golden` checks at start-up and the tests check over full states.

What comes of it is kept (`simulations.engines.machine_code`). Numba's own cache on disk looks at
one file's date and would go on running yesterday's engine after a change in a module that this file
imports. Therefore it is not used, and the folder of ours is named by a hash of all engine sources.
"""

import hashlib
import importlib.util
import os
import sys
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

CACHE_DIR_VARIABLE = "CAOPAN_CACHE_DIR"
"""Environment variable: the folder for compiled engines (default: the user's cache folder)."""

COMPILER_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
"""How every function is compiled; the last two leave out doors to Python that nobody uses."""


def cache_base_dir() -> Path:
    """Return the folder under which compiled engines are kept."""
    if configured := os.environ.get(CACHE_DIR_VARIABLE):
        return Path(configured)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "caopan"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "caopan"


@cache
def engine_source_hash() -> str:
    """Return a hash of every engine source; a changed engine is another engine."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def compiled_cache_dir() -> Path:
    """Return the folder of this very engine's compiled code."""
    return cache_base_dir() / f"engine-{engine_source_hash()[:16]}"


def compiled_copies(modules: list[ModuleType]) -> list[ModuleType]:
    """Return compiled copies of engine modules, each after those that it imports.

    Compilation itself happens at the first call of each function, for its own use only: nothing is
    kept on disk, and there are no doors to Python.

    Raises:
        ImportError: If Numba is not installed.
    """
    import numba
    import numpy as np

    compile_function: Any = numba.njit(**COMPILER_OPTIONS)
    compiled: dict[Any, Any] = {}
    copies = []
    for module in modules:
        copy = _executed_copy(module)
        for name, value in list(vars(copy).items()):
            if name == "word" and isinstance(value, FunctionType):
                compiled[getattr(module, name)] = np.uint64
                setattr(copy, name, np.uint64)
            elif isinstance(value, FunctionType) and value.__module__ == copy.__name__:
                dispatcher = compile_function(value)
                compiled[getattr(module, name)] = dispatcher
                setattr(copy, name, dispatcher)
            elif isinstance(value, FunctionType) and value in compiled:
                setattr(copy, name, compiled[value])
            elif isinstance(value, list):
                is_word = isinstance(value[0], int)
                setattr(copy, name, np.array(value, np.uint64 if is_word else np.float64))
        copies.append(copy)
    return copies


def _executed_copy(module: ModuleType) -> ModuleType:
    assert module.__file__ is not None
    name = f"{module.__name__}__compiled"
    spec = importlib.util.spec_from_file_location(name, module.__file__)
    assert spec is not None
    assert spec.loader is not None
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy
