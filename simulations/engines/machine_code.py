"""The compiled engine as a small object file: built once with Numba, loaded in milliseconds.

Numba takes more than a second to come up, imports SciPy on the way and keeps hundreds of megabytes,
only to read code from its cache. So what it compiles is kept as plain machine code behind a single
door, a function of addresses and numbers, and a warm process needs no more than LLVM's loader.

The file is named by the processor and its features, and lies in a folder that is named by a hash of
all engine sources (`simulations.engines.binding`): a changed engine, or another machine on the same
disk, finds nothing and compiles anew. Whether the code is right is not taken on trust: the golden
hash is checked at each start (`simulations.engines.golden`).
"""

import ctypes
import hashlib
import os
import tempfile
from collections.abc import Callable
from enum import IntEnum
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from simulations.engines.binding import COMPILER_OPTIONS, compiled_cache_dir, compiled_copies
from simulations.errors import EngineError

ROW_LENGTH = 5
"""Numbers of a log row: tick, verb, target, amount, extra."""

SYMBOL = "caopan_engine_door"
CHECKSUM_BYTES = 32
FROM_THE_PROCESSOR = ("sqrt",)
"""Functions that IEEE 754 defines to the last bit; where there is no instruction, libm has them."""


class Verb(IntEnum):
    """What the door is asked to do."""

    BEGIN = 0
    FORK = 1
    ADVANCE = 2
    SUMMARISE = 3
    PLAY = 4


_SUPPORT = """
define double @numba_frexp(double %x, ptr %exponent) {
  %bits = bitcast double %x to i64
  %shifted = lshr i64 %bits, 52
  %biased = and i64 %shifted, 2047
  %is_special = icmp eq i64 %biased, 2047
  %is_small = icmp eq i64 %biased, 0
  br i1 %is_special, label %as_it_is, label %finite
finite:
  br i1 %is_small, label %small, label %normal
small:
  %is_zero = fcmp oeq double %x, 0.0
  br i1 %is_zero, label %as_it_is, label %subnormal
subnormal:
  %scaled = fmul double %x, 0x4350000000000000
  %scaled_bits = bitcast double %scaled to i64
  %scaled_shifted = lshr i64 %scaled_bits, 52
  %scaled_biased = and i64 %scaled_shifted, 2047
  %scaled_down = sub i64 %scaled_biased, 54
  br label %normal
normal:
  %b = phi i64 [ %bits, %finite ], [ %scaled_bits, %subnormal ]
  %e = phi i64 [ %biased, %finite ], [ %scaled_down, %subnormal ]
  %power = sub i64 %e, 1022
  %power_32 = trunc i64 %power to i32
  store i32 %power_32, ptr %exponent
  %cleared = and i64 %b, -9218868437227405313
  %half = or i64 %cleared, 4602678819172646912
  %mantissa = bitcast i64 %half to double
  ret double %mantissa
as_it_is:
  store i32 0, ptr %exponent
  ret double %x
}

define void @NRT_MemInfo_call_dtor(ptr %unused) {
  ret void
}
"""
"""What Numba's code calls of its runtime: `frexp`, exactly, and the end of an array of its own.

Arrays here belong to the caller, so the latter is never reached; with both inside, the object file
needs nothing from the process that loads it.
"""

_ADDRESS = ctypes.c_void_p
_PROTOTYPE = ctypes.CFUNCTYPE(
    ctypes.c_int32,
    ctypes.POINTER(ctypes.c_int64),  # what the function returns
    ctypes.POINTER(ctypes.c_void_p),  # an exception, of which the engine has none
    ctypes.c_int64,  # verb
    _ADDRESS,  # room
    _ADDRESS,  # setting
    _ADDRESS,  # memory
    _ADDRESS,  # numbers
    ctypes.c_int64,  # how many
    _ADDRESS,  # log
    ctypes.c_int64,  # rows
    ctypes.c_uint64,  # macro
    ctypes.c_uint64,  # micro
    ctypes.c_uint64,  # whims
    ctypes.c_int64,  # until
)

Door = Callable[..., int]


def _llvm() -> Any:
    """Return LLVM's binding; it has no types, and is imported only where it is needed."""
    return import_module("llvmlite.binding")


def _numba() -> Any:
    return import_module("numba")


@cache
def _target() -> str:
    llvm = _llvm()
    return "|".join(
        (
            ".".join(map(str, llvm.llvm_version_info)),
            llvm.get_process_triple(),
            llvm.get_host_cpu_name(),
            llvm.get_host_cpu_features().flatten(),
        )
    )


def machine_code_path(package: str) -> Path:
    """Return where the machine code of an engine for this processor is kept.

    Raises:
        ImportError: If llvmlite is not installed.
    """
    version = package.rpartition(".")[2]
    return (
        compiled_cache_dir() / f"{version}-{hashlib.sha256(_target().encode()).hexdigest()[:16]}.o"
    )


def opened_door(package: str, sources: list[ModuleType], layout: ModuleType) -> Door:
    """Return the compiled engine's door; it is built first if this machine has none.

    Args:
        package: The engine's package, which names its file.
        sources: The engine's modules, each after those that it imports.
        layout: The module that declares its tables.

    Raises:
        ImportError: If llvmlite is missing, or Numba is and there is something to build.
        EngineError: If the code that Numba makes needs more than this module knows of.
    """
    path = machine_code_path(package)
    code = _read(path)
    if code is None:
        code = _built(sources, layout)
        _write(path, code)
    return _loaded(code)


def _read(path: Path) -> bytes | None:
    """Return the machine code of a file; None if there is none, or not all of it.

    LLVM ends the process when it is given half an object file, so a checksum stands in front.
    """
    try:
        data = path.read_bytes()
    except OSError:
        return None
    checksum, code = data[:CHECKSUM_BYTES], data[CHECKSUM_BYTES:]
    return code if hashlib.sha256(code).digest() == checksum else None


def _write(path: Path, code: bytes) -> None:
    """Put a file in place at once: another process sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(code).digest())
            file.write(code)
        Path(name).chmod(0o644)  # what root has compiled at set-up, the service may read
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _machine() -> Any:
    llvm = _llvm()
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        codemodel="jitdefault",
        jit=True,
    )


def _built(sources: list[ModuleType], layout: ModuleType) -> bytes:
    """Compile the engine, about a minute of one core, and return its object file."""
    llvm, numba = _llvm(), _numba()
    by_name = {
        module.__name__.split(".")[-1]: copy
        for module, copy in zip(sources, compiled_copies(sources), strict=True)
    }
    begin, fork = by_name["room"].begin, by_name["room"].branch
    advance, summarise = by_name["room"].advance, by_name["board"].summarise
    play, carray = by_name["operators"].play, numba.carray
    to_fork, to_advance, to_play = int(Verb.FORK), int(Verb.ADVANCE), int(Verb.PLAY)
    to_begin = int(Verb.BEGIN)

    def door(
        verb: int,
        rooms: Any,
        settings: Any,
        memories: Any,
        numbers: Any,
        length: int,
        log: Any,
        rows: int,
        macro: int,
        micro: int,
        whims: int,
        until: int,
    ) -> int:
        room, setting = carray(rooms, 1), carray(settings, 1)
        if verb == to_begin:
            begin(room, setting, macro)
            return 0
        if verb == to_fork:
            fork(room, setting, macro)
            return 0
        table = carray(log, (rows, ROW_LENGTH))
        if verb == to_advance:
            advance(room, setting, macro, micro, table, rows, until)
            return 0
        vector = carray(numbers, length)
        if verb == to_play:
            memory = carray(memories, 1)
            written: int = play(room, setting, memory, vector, macro, micro, whims, table, until)
            return written
        summarise(room, vector)
        return 0

    types, pointer = numba.types, numba.types.CPointer
    room, setting, memory = (
        pointer(numba.from_dtype(layout.dtype_of(table)))
        for table in (layout.State, layout.Setting, layout.Memory)
    )
    reals, whole, word = pointer(types.float64), types.int64, types.uint64
    signature = whole(
        *(whole, room, setting, memory, reals, whole, reals, whole, word, word, word, whole)
    )
    compiled: Any = numba.njit(signature, **COMPILER_OPTIONS)(door)
    (result,) = compiled.overloads.values()
    module = llvm.parse_assembly(result.library.get_llvm_str())
    module.link_in(llvm.parse_assembly(_SUPPORT))
    module.get_function(result.fndesc.llvm_func_name).name = SYMBOL
    if missing := [one.name for one in module.functions if _is_foreign(one)]:
        raise EngineError(f"compiled code needs {missing} from outside")
    return bytes(_machine().emit_object(module))


def _is_foreign(function: Any) -> bool:
    return (
        bool(function.is_declaration)
        and not function.name.startswith("llvm.")
        and function.name not in FROM_THE_PROCESSOR
    )


_kept: list[Any] = []
"""Loaders of machine code: it is unmapped when its loader goes."""


def _loaded(code: bytes) -> Door:
    llvm = _llvm()
    loader = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    loader.add_object_file(llvm.ObjectFileRef.from_data(code))
    loader.finalize_object()
    _kept.append(loader)
    enter = _PROTOTYPE(loader.get_function_address(SYMBOL))

    def door(*arguments: Any) -> int:
        result, fault = ctypes.c_int64(), ctypes.c_void_p()
        status = enter(result, fault, *arguments)
        if status != 0:
            raise EngineError(f"compiled code ended with status {status}")
        return result.value

    return door
