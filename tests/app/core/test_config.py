"""Settings: an odd value is refused, and the refusal names the variable and the mend."""

from __future__ import annotations

import stat

import pytest

from app.core.config import Settings
from app.core.errors import SettingsError
from app.demo import refuse_demo_people
from app.serve import server_numbers
from tests.conftest import SECRET

PRODUCTION = {
    "DEPLOYMENT": "production",
    "SECRET_KEY": SECRET,
    "PUBLIC_BASE_URL": "https://cert.example.cn",
    "TRUSTED_HOSTS": "cert.example.cn",
}


def settings(tmp_path, **environ: str) -> Settings:
    return Settings.from_environ({"INSTANCE_DIR": str(tmp_path), **environ})


class TestFromEnviron:
    def test_a_demonstration_needs_nothing(self, tmp_path):
        made = settings(tmp_path)

        assert made.is_demo
        assert made.database_url == f"sqlite:///{tmp_path / 'caopan.sqlite'}"
        assert made.public_base_url == "http://127.0.0.1:8000"

    def test_its_secret_is_made_once_and_only_its_owner_reads_it(self, tmp_path):
        first, second = settings(tmp_path), settings(tmp_path)

        assert first.secret_key == second.secret_key
        assert len(first.secret_key) >= 43
        assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600

    def test_a_plain_postgresql_address_gets_its_driver(self, tmp_path):
        made = settings(tmp_path, DATABASE_URL="postgresql://u:p@db/caopan")

        assert made.database_url == "postgresql+psycopg://u:p@db/caopan"
        assert not made.is_sqlite

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DEPLOYMENT", "staging"),
            ("PORT", "http"),
            ("PORT", "0"),
            ("PORT", "70000"),
            ("DATABASE_URL", "mysql://x"),
            ("PUBLIC_BASE_URL", "cert.example.cn"),
            ("PUBLIC_BASE_URL", "https://cert.example.cn/path"),
            ("PROXY_HOPS", "-1"),
            ("TSA_URL", "tsa.example.cn"),
            ("TSA_URL", "ftp://tsa.example.cn/"),
            ("TSA_ROOTS", "/nowhere/roots.pem"),
            ("TSA_ROOTS", __file__),  # no PEM file
            ("WEB_WORKERS", "many"),
            ("SESSION_IDLE_MIN", "0"),
            ("LOG_LEVEL", "chatty"),
        ],
    )
    def test_an_odd_value_is_refused_by_name(self, tmp_path, name, value):
        with pytest.raises(SettingsError, match=name):
            settings(tmp_path, **{name: value})

    def test_production_starts_with_what_it_needs(self, tmp_path):
        assert not settings(tmp_path, **PRODUCTION).is_demo

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SECRET_KEY", "short"),
            ("SECRET_KEY", ""),
            ("PUBLIC_BASE_URL", "http://cert.example.cn"),
            ("TRUSTED_HOSTS", ""),
        ],
    )
    def test_production_is_refused_without_it(self, tmp_path, name, value):
        with pytest.raises(SettingsError, match=name):
            settings(tmp_path, **{**PRODUCTION, name: value})


def test_production_refuses_demonstration_people(app, tmp_path):
    from app.core.db import transaction
    from app.demo import add_demo_people
    from tests.conftest import NOON

    refuse_demo_people(settings(tmp_path, **PRODUCTION))
    with transaction() as db_session:
        add_demo_people(db_session, app.extensions["field_keys"], now=NOON)

    with pytest.raises(SettingsError, match="demonstration sign-ins"):
        refuse_demo_people(settings(tmp_path, **PRODUCTION))


def test_sqlite_gets_two_workers_of_one_thread(tmp_path):
    assert server_numbers(settings(tmp_path)) == (2, 1)
    assert server_numbers(settings(tmp_path, WEB_WORKERS="1", WEB_THREADS="2")) == (1, 2)
