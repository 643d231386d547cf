import ctypes
import math
import subprocess
import sys

import llvmlite.binding as llvm
import pytest

from simulations.engines import machine_code
from simulations.engines.engine import NEWEST, Sources
from simulations.engines.golden import GOLDEN_HASH, golden_hash
from simulations.engines.machine_code import machine_code_path, opened_door


@pytest.fixture
def code(compiled):
    """Return this machine's machine code as it lies in the cache."""
    return machine_code_path(NEWEST).read_bytes()


@pytest.fixture
def elsewhere(monkeypatch, tmp_path, code):
    """Return the path of the machine code in an empty cache; building gives what is known."""
    built = []

    def build(sources, layout):
        built.append(layout)
        return code[machine_code.CHECKSUM_BYTES :]

    monkeypatch.setenv("CAOPAN_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(machine_code, "_built", build)
    path = machine_code_path(NEWEST)
    assert path.is_relative_to(tmp_path)
    return path, built


def opened():
    sources = Sources(NEWEST)
    return opened_door(NEWEST, sources.modules, sources.layout)


class TestOpenedDoor:
    def test_builds_once_and_reads_afterwards(self, elsewhere, code):
        path, built = elsewhere

        opened()
        opened()

        assert len(built) == 1
        assert path.read_bytes() == code

    @pytest.mark.parametrize("kept", [0, 10, 5_000, -1])
    def test_a_damaged_file_is_made_anew(self, elsewhere, code, kept):
        path, built = elsewhere
        path.parent.mkdir(parents=True)
        path.write_bytes(code[:kept])

        opened()

        assert len(built) == 1
        assert path.read_bytes() == code

    def test_leaves_no_half_file_behind(self, elsewhere, monkeypatch):
        path, _ = elsewhere
        monkeypatch.setattr(machine_code.Path, "chmod", lambda *_: (_ for _ in ()).throw(OSError))

        with pytest.raises(OSError):
            opened()

        assert list(path.parent.iterdir()) == []


class TestWarmStart:
    def test_needs_neither_numba_nor_numpy(self, compiled):
        script = (
            "import sys; from simulations.engines.registry import warm_up; "
            "from simulations.engines.golden import golden_hash; engine = warm_up(); "
            "print(engine.is_compiled, golden_hash(engine), "
            "[name for name in ('numba', 'numpy', 'scipy') if name in sys.modules])"
        )

        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )

        assert done.stdout.split(maxsplit=2) == ["True", GOLDEN_HASH, "[]\n"]

    def test_gives_the_golden_bits(self, compiled):
        assert golden_hash(compiled) == GOLDEN_HASH


@pytest.fixture(scope="module")
def frexp():
    """Return the `frexp` that goes into the machine code, compiled by itself."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(machine_code._SUPPORT), machine)
    engine.finalize_object()
    prototype = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.POINTER(ctypes.c_int32))
    call = prototype(engine.get_function_address("numba_frexp"))

    def split(value):
        exponent = ctypes.c_int32(-99)
        return call(value, exponent), exponent.value

    yield split
    engine.close()


class TestSupport:
    """What Numba's code calls from outside must have equal bits, or logarithms would differ."""

    @pytest.mark.parametrize(
        "value",
        [1.0, 0.5, 3.75, -2.5, 1e-300, 1e300, 5e-324, -3e-310, 0.1, 123456789.0, 0.0, -0.0],
    )
    def test_splits_as_python_does(self, frexp, value):
        mantissa, exponent = frexp(value)

        assert (mantissa, exponent) == math.frexp(value)
        assert math.copysign(1.0, mantissa) == math.copysign(1.0, value)

    @pytest.mark.parametrize("value", [math.inf, -math.inf])
    def test_leaves_the_infinite_alone(self, frexp, value):
        assert frexp(value) == (value, 0)
