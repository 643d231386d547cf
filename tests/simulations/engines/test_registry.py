import shutil
import sys
from pathlib import Path

import pytest

from simulations.engines import binding, registry, v1
from simulations.engines.golden import GOLDEN_HASH, golden_hash
from simulations.engines.registry import (
    ENGINE_VERSION,
    VERSIONS,
    Version,
    check_golden,
    engine_for,
    warm_up,
)
from simulations.errors import GoldenMismatchError, UnknownEngineError
from simulations.outcomes import outcome_of
from simulations.states import keys_of_seed


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """Return the registry as in a new process on a new machine."""
    monkeypatch.setattr(registry, "_loaded", {})
    monkeypatch.setattr(registry, "_plain", {})
    monkeypatch.setenv("CAOPAN_CACHE_DIR", str(tmp_path))
    return registry


@pytest.fixture
def two(fresh, monkeypatch, tmp_path):
    """Return version "2" beside "1": a copy of its package in which goods grow stale slower."""
    package = tmp_path / "later_engine"
    shutil.copytree(Path(v1.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    for path in package.glob("*.py"):
        text = path.read_text(encoding="utf-8").replace("simulations.engines.v1", "later_engine")
        path.write_text(text.replace("stale = c.dt / 10.0", "stale = c.dt / 20.0"), "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(VERSIONS, "2", Version("later_engine", "0" * 64))
    monkeypatch.setenv("CAOPAN_ENGINE", "python")
    yield "2"
    for name in [one for one in sys.modules if one.split(".")[0] == "later_engine"]:
        del sys.modules[name]


class TestVersions:
    def test_an_old_version_runs_beside_a_new_one(self, two):
        old, new = engine_for("1"), engine_for(two)

        assert golden_hash(old) == GOLDEN_HASH
        assert golden_hash(new) != GOLDEN_HASH

    def test_a_room_is_run_by_the_version_that_it_names(self, two, tiny):
        keys = keys_of_seed(3)
        later_room = tiny.model_copy(update={"engine": two})

        before, later = (outcome_of(room, keys, []) for room in (tiny, later_room))

        assert later.gmv_fen > before.gmv_fen
        assert outcome_of(tiny, keys, []) == before

    def test_each_version_answers_for_its_own_golden_hash(self, two):
        with pytest.raises(GoldenMismatchError, match="0000"):
            check_golden()


class TestEngineFor:
    def test_refuses_a_version_that_does_not_exist(self):
        with pytest.raises(UnknownEngineError, match="'0'"):
            engine_for("0")

    def test_is_plain_until_code_is_warm(self, fresh, monkeypatch):
        monkeypatch.setenv("CAOPAN_ENGINE", "auto")

        assert not engine_for(ENGINE_VERSION).is_compiled
        assert not fresh.engine_is_compiled()

    def test_stays_plain_when_told_so(self, fresh, monkeypatch):
        monkeypatch.setenv("CAOPAN_ENGINE", "python")

        assert not warm_up().is_compiled
        check_golden()

    def test_works_without_numba(self, fresh, monkeypatch):
        monkeypatch.setenv("CAOPAN_ENGINE", "auto")
        monkeypatch.setitem(sys.modules, "numba", None)

        assert not warm_up().is_compiled

    def test_says_so_when_numba_is_asked_for_and_missing(self, fresh, monkeypatch):
        monkeypatch.setenv("CAOPAN_ENGINE", "numba")
        monkeypatch.setitem(sys.modules, "numba", None)

        with pytest.raises(ImportError):
            engine_for(ENGINE_VERSION)

    def test_uses_compiled_code_once_it_is_warm(self, compiled, monkeypatch):
        monkeypatch.setenv("CAOPAN_ENGINE", "auto")
        monkeypatch.setattr(registry, "_loaded", {})
        monkeypatch.setattr(registry, "CompiledEngine", lambda package: compiled)

        assert engine_for(ENGINE_VERSION) is compiled


class TestCacheDir:
    def test_is_named_by_the_engine_sources(self, monkeypatch, tmp_path):
        monkeypatch.setenv("CAOPAN_CACHE_DIR", str(tmp_path))
        before = binding.compiled_cache_dir()
        monkeypatch.setattr(binding, "engine_source_hash", lambda: "f" * 64)

        assert before.parent == tmp_path
        assert binding.compiled_cache_dir() != before

    def test_defaults_to_the_users_cache(self, monkeypatch, tmp_path):
        monkeypatch.delenv("CAOPAN_CACHE_DIR", raising=False)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setattr(sys, "platform", "linux")

        assert binding.cache_base_dir() == tmp_path / "caopan"

    def test_has_its_place_on_a_mac(self, monkeypatch):
        monkeypatch.delenv("CAOPAN_CACHE_DIR", raising=False)
        monkeypatch.setattr(sys, "platform", "darwin")

        assert binding.cache_base_dir().parts[-3:] == ("Library", "Caches", "caopan")
