import sys

import pytest

from simulations.engines import binding, registry
from simulations.engines.registry import ENGINE_VERSION, check_golden, engine_for, warm_up
from simulations.errors import UnknownEngineError


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """Return the registry as in a new process on a new machine."""
    monkeypatch.setattr(registry, "_loaded", {})
    monkeypatch.setenv("CAOPAN_CACHE_DIR", str(tmp_path))
    return registry


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
        monkeypatch.setattr(registry, "CompiledEngine", lambda: compiled)

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
