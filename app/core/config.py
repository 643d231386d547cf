"""Settings: one frozen object, built once from the environment; odd values are refused."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.x509 import load_pem_x509_certificates

from app.core.errors import SettingsError

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: content, migrations and static files stand below it."""

MIN_SECRET_CHARS = 32
"""Shortest secret key that production accepts (256 bits as URL-safe text is 43)."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that differs between deployments; each field is an environment variable.

    Attributes:
        deployment: `demo` (sign-ins shown, certificates marked 演示), `production` or `test`.
        secret_key: Signs the cookie that holds the CSRF token; >= 32 characters in production.
        database_url: `sqlite:///PATH` or `postgresql+psycopg://…`.
        instance_dir: Writable folder for keys, logs and the embedded database.
        host, port: Where the server listens.
        public_base_url: Canonical address, printed into QR codes and mails; never from a request.
        trusted_hosts: Host names that requests may name; empty accepts any (demo only).
        proxy_hops: Number of trusted reverse proxies in front.
        web_workers, web_threads: 0 lets the entry point choose by the database.
        fonts_dir: Folder of the certificate's font subsets.
        session_idle_min, session_absolute_h: When a sign-in ends (minutes idle, hours in all).
        log_level: `DEBUG`, `INFO`, `WARNING` or `ERROR`.
        webhook_hosts: Hosts of the own network that webhooks may go to; others must be public.
        tsa_url: Authority that stamps the time on certificates' signatures; empty asks none.
        tsa_roots: PEM file of the roots by which time stamps are judged.
        smtp_url: `smtp://` or `smtps://[USER:PASSWORD@]HOST[:PORT]`; empty sends no mail.
        mail_from: Sender's address of mails.
        film_most_mb: Largest film of a course that a lecturer may upload.
    """

    deployment: str = "demo"
    secret_key: str = ""
    database_url: str = ""
    instance_dir: Path = field(default_factory=lambda: ROOT / "instance")
    host: str = "127.0.0.1"
    port: int = 8000
    public_base_url: str = ""
    trusted_hosts: tuple[str, ...] = ()
    proxy_hops: int = 0
    web_workers: int = 0
    web_threads: int = 0
    fonts_dir: Path = field(default_factory=lambda: ROOT / "var" / "fonts")
    session_idle_min: int = 30
    session_absolute_h: int = 12
    log_level: str = "INFO"
    webhook_hosts: tuple[str, ...] = ()
    tsa_url: str = ""
    tsa_roots: Path | None = None
    smtp_url: str = ""
    mail_from: str = ""
    film_most_mb: int = 200

    @property
    def is_demo(self) -> bool:
        return self.deployment != "production"

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def is_https(self) -> bool:
        return self.public_base_url.startswith("https://")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Build the settings of this process.

        Args:
            environ: Usually `os.environ`; the README's table names each variable.

        Returns:
            Complete settings: a demonstration gets its own secret key and an embedded
            database below `instance_dir`.

        Raises:
            SettingsError: If a value is odd, or production lacks one it must have.
        """
        deployment = environ.get("DEPLOYMENT", "demo")
        if deployment not in {"demo", "production", "test"}:
            raise SettingsError(f"DEPLOYMENT={deployment!r}: use demo, production or test")
        instance_dir = Path(environ.get("INSTANCE_DIR") or ROOT / "instance").resolve()
        try:
            instance_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"INSTANCE_DIR={instance_dir}: {error.strerror}") from error
        host = environ.get("HOST", "127.0.0.1")
        port = _whole(environ, "PORT", 8000, 1, 65535)
        settings = cls(
            deployment=deployment,
            secret_key=environ.get("SECRET_KEY") or _own_secret(deployment, instance_dir),
            database_url=_database_url(environ.get("DATABASE_URL", ""), instance_dir),
            instance_dir=instance_dir,
            host=host,
            port=port,
            public_base_url=environ.get("PUBLIC_BASE_URL", f"http://{host}:{port}").rstrip("/"),
            trusted_hosts=tuple(h for h in environ.get("TRUSTED_HOSTS", "").split(",") if h),
            proxy_hops=_whole(environ, "PROXY_HOPS", 0, 0, 5),
            web_workers=_whole(environ, "WEB_WORKERS", 0, 0, 64),
            web_threads=_whole(environ, "WEB_THREADS", 0, 0, 64),
            fonts_dir=Path(environ.get("CAOPAN_FONTS") or ROOT / "var" / "fonts"),
            session_idle_min=_whole(environ, "SESSION_IDLE_MIN", 30, 1, 24 * 60),
            session_absolute_h=_whole(environ, "SESSION_ABSOLUTE_H", 12, 1, 24 * 7),
            log_level=environ.get("LOG_LEVEL", "INFO").upper(),
            webhook_hosts=tuple(h for h in environ.get("WEBHOOK_HOSTS", "").split(",") if h),
            tsa_url=environ.get("TSA_URL", ""),
            tsa_roots=Path(roots) if (roots := environ.get("TSA_ROOTS", "")) else None,
            smtp_url=environ.get("SMTP_URL", ""),
            mail_from=environ.get("MAIL_FROM", ""),
            film_most_mb=_whole(environ, "FILM_MOST_MB", 200, 1, 2000),
        )
        settings.check()
        return settings

    def check(self) -> None:
        """Refuse what cannot work or must not be in production.

        Raises:
            SettingsError: Naming the variable and the mend.
        """
        if not self.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise SettingsError(
                "DATABASE_URL: use sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"
            )
        base = urlsplit(self.public_base_url)
        if base.scheme not in {"http", "https"} or not base.netloc or base.path or base.query:
            raise SettingsError(
                f"PUBLIC_BASE_URL={self.public_base_url!r}: use https://HOST without a path"
            )
        if self.log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise SettingsError(f"LOG_LEVEL={self.log_level!r}: use DEBUG, INFO, WARNING or ERROR")
        self._check_mail()
        self._check_time_stamps()
        if self.deployment != "production":
            return
        if len(self.secret_key) < MIN_SECRET_CHARS:
            raise SettingsError(f"SECRET_KEY: production needs {MIN_SECRET_CHARS} characters")
        if not self.is_https:
            raise SettingsError("PUBLIC_BASE_URL: production needs https://")
        if not self.trusted_hosts:
            raise SettingsError("TRUSTED_HOSTS: production names its hosts, comma separated")

    def _check_mail(self) -> None:
        if not self.smtp_url:
            return
        if not _host_and_port(self.smtp_url):
            raise SettingsError("SMTP_URL: use smtp://HOST:PORT or smtps://USER:PASSWORD@HOST")
        if "@" not in self.mail_from:
            raise SettingsError("MAIL_FROM: with SMTP_URL, name the sender's address")

    def _check_time_stamps(self) -> None:
        if self.tsa_url and not _host_and_port(self.tsa_url, ("http", "https")):
            raise SettingsError("TSA_URL: use http://HOST/PATH or https://USER:PASSWORD@HOST/PATH")
        if self.tsa_roots is None:
            return
        try:
            text = self.tsa_roots.read_bytes()
            load_pem_x509_certificates(text)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"TSA_ROOTS={str(self.tsa_roots)!r}: name a PEM file with the roots of the "
                f"time-stamping authority ({error})"
            ) from error


def _host_and_port(url: str, schemes: Collection[str] = ("smtp", "smtps")) -> bool:
    """Say whether a server's address names a host and, if any, a port."""
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _whole(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SettingsError(f"{name}={text!r}: use a whole number from {low} to {high}")
    return int(text)


def _database_url(url: str, instance_dir: Path) -> str:
    if not url:
        return f"sqlite:///{instance_dir / 'caopan.sqlite'}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _own_secret(deployment: str, instance_dir: Path) -> str:
    """Return the demonstration's own secret, made once and kept beside its database."""
    if deployment == "production":
        return ""
    path = instance_dir / "secret_key"
    if not path.exists():
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(fresh)  # of two processes that start at once, one wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()
