"""`flask keys`: make, rotate, import, export and retire the issuer's keys."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from flask import current_app
from flask.cli import AppGroup

from app.certification import keys, scan_codes
from app.core import clock
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db, transaction
from app.core.errors import DomainError
from certificates.badges import issuer_address
from certificates.keys import IssuerKey, KeyUse
from certificates.scan_keys import SCAN_USE, ScanKey

keys_cli = AppGroup("keys", help="The keys that certificates are signed with.")

TOKEN_USES = [use.value for use in KeyUse if use is not KeyUse.FILE] + [SCAN_USE]


def make_first_keys(redraft: bool) -> None:
    """Make the issuer's keys if there are none: a step of `flask content load`."""
    del redraft  # keys are never replaced by a set-up
    _make_first_scan_key()
    if keys.has_keys(db.session()):
        return
    db.session().rollback()
    now = clock.now()
    fresh = keys.make_keys(now=now)
    with transaction() as db_session:
        if keys.has_keys(db_session):  # another process was first
            return
        keys.add_keys(db_session, fresh, field_keys=_field_keys(), actor="cli:keys init", now=now)
    click.echo("certificate keys: made a root and one key for each use")


def _make_first_scan_key() -> None:
    """Make the key for codes if there is none: instances of before had none."""
    if scan_codes.has_scan_key(db.session()):
        return
    with transaction() as db_session:
        if scan_codes.has_scan_key(db_session):  # another process was first
            return
        scan_codes.add_scan_key(
            db_session, field_keys=_field_keys(), actor="cli:keys init", now=clock.now()
        )
    click.echo("certificate keys: made a key for codes")


@keys_cli.command("init")
def init() -> None:
    """Make a root and one key for each use, unless there are keys."""
    if keys.has_keys(db.session()) and scan_codes.has_scan_key(db.session()):
        click.echo("there are keys for every use; `flask keys list` shows them")
        return
    make_first_keys(redraft=False)
    click.echo("take the root's key off this machine now: flask keys export-root FILE")


@keys_cli.command("list")
def list_keys() -> None:
    """Print every key: id, use, service, state."""
    known = keys.key_set(db.session(), "")
    rows: list[tuple[str, IssuerKey | ScanKey]] = [(one.use.value, one) for one in known.keys]
    rows += [(SCAN_USE, one) for one in known.scan_keys]
    for use, key in rows:
        state = "active"
        if key.compromised_at is not None:
            state = f"compromised since {key.compromised_at:%Y-%m-%d}"
        elif key.retired_at is not None:
            state = f"retired {key.retired_at:%Y-%m-%d}"
        click.echo(f"{key.kid}  {use:10}  until {key.not_after:%Y-%m-%d}  {state}")


@keys_cli.command("jwks")
def print_jwks() -> None:
    """Print the published key set, for checking certificates offline."""
    settings: Settings = current_app.config["SETTINGS"]
    found = keys.key_set(db.session(), issuer_address(settings.public_base_url))
    click.echo(json.dumps(found.to_jwks(), indent=1))


@keys_cli.command("rotate")
@click.argument("use", type=click.Choice(TOKEN_USES))
def rotate(use: str) -> None:
    """Put a new key into service; the old one goes on verifying what it signed."""
    now = clock.now()
    if use == SCAN_USE:
        with transaction() as db_session:
            row = scan_codes.add_scan_key(
                db_session, field_keys=_field_keys(), actor="cli:keys rotate", now=now
            )
            kid, until = row.kid, row.not_after
        click.echo(f"{kid}: {use} key in service until {until:%Y-%m-%d}")
        return
    fresh = keys.make_token_key(KeyUse(use), now=now)
    _add(fresh, now=now, command="rotate")


@keys_cli.command("renew-signer")
@click.option("--root-key", type=click.File("rb"), help="the root's key, if it was exported")
@click.option("--password", envvar="ROOT_KEY_PASSWORD", help="of the root's key file")
def renew_signer(root_key: BinaryIO | None, password: str | None) -> None:
    """Put a new file signer into service, certified by the root."""
    now = clock.now()
    try:
        exported = None if root_key is None else _read_root(root_key.read(), password)
        opened, certificate = keys.open_root(db.session(), _field_keys(), exported)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    db.session().rollback()
    _add(keys.make_signer(opened, certificate, now=now), now=now, command="renew-signer")


@keys_cli.command("import-signer")
@click.option("--key", "key_file", type=click.File("rb"), required=True, help="PEM, RSA")
@click.option("--chain", type=click.File("rb"), required=True, help="PEM: own, others, root")
@click.option("--password", envvar="SIGNER_KEY_PASSWORD", help="of the key's file")
def import_signer(key_file: BinaryIO, chain: BinaryIO, password: str | None) -> None:
    """Put a file signer into service that a licensed authority certified."""
    now = clock.now()
    secret = None if password is None else password.encode()
    try:
        fresh = keys.read_signer(key_file.read(), chain.read(), secret)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    if fresh.not_after <= now:
        raise click.ClickException("the signer's certificate has expired")
    _add(fresh, now=now, command="import-signer")


@keys_cli.command("export-root")
@click.argument("path", type=click.Path(path_type=Path))
@click.password_option(envvar="ROOT_KEY_PASSWORD", help="protects the file")
def export_root(path: Path, password: str) -> None:
    """Write the root's key to a file with a password, and remove it from this machine."""
    if path.exists():
        raise click.ClickException(f"{path} exists")
    path.touch(mode=0o600)
    try:
        with transaction() as db_session:
            pem = keys.export_root(
                db_session,
                _field_keys(),
                password,
                actor="cli:keys export-root",
                now=clock.now(),
            )
            path.write_bytes(pem)  # before the commit: a full disk must not lose the key
    except DomainError as error:
        path.unlink()
        raise click.ClickException(str(error)) from error
    click.echo(f"{path}: keep it offline; `flask keys renew-signer --root-key` asks for it")


# A key's id is a hash in base64: one in 64 begins with a dash and is no option.
@keys_cli.command("compromised", context_settings={"ignore_unknown_options": True})
@click.argument("kid")
@click.option("--since", help="ISO 8601 with a zone; default is now")
def compromised(kid: str, since: str | None) -> None:
    """Say that somebody else may have a key; `rotate` or `renew-signer` replaces it."""
    now = clock.now()
    moment = now if since is None else datetime.fromisoformat(since)
    if moment.tzinfo is None or moment > now:
        raise click.ClickException("--since: a moment with a zone, not in the future")
    try:
        with transaction() as db_session:
            codes = {one.kid for one in scan_codes.scan_keys(db_session)}
            act = scan_codes.compromise_scan_key if kid in codes else keys.compromise_key
            act(db_session, kid, since=moment.astimezone(UTC), actor="cli:keys", now=now)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{kid}: compromised since {moment.isoformat()}")


def _add(fresh: keys.NewKey, *, now: datetime, command: str) -> None:
    with transaction() as db_session:
        rows = keys.add_keys(
            db_session, [fresh], field_keys=_field_keys(), actor=f"cli:keys {command}", now=now
        )
        kid = rows[0].kid
    click.echo(f"{kid}: {fresh.use} key in service until {fresh.not_after:%Y-%m-%d}")


def _read_root(pem: bytes, password: str | None) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem, None if password is None else password.encode())
    except (ValueError, TypeError) as error:
        raise keys.RootAbsentError(f"the root's key file cannot be opened: {error}") from error
    if not isinstance(key, RSAPrivateKey):
        raise keys.RootAbsentError("this is no RSA key")
    return key


def _field_keys() -> FieldKeys:
    found: FieldKeys = current_app.extensions["field_keys"]
    return found
