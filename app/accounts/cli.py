"""`flask people`: the first administrator, roles, passwords."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.accounts import queries, services
from app.accounts.passwords import hash_password, password_flaws
from app.accounts.roles import Role
from app.core import clock
from app.core.db import transaction

people_cli = AppGroup("people", help="Accounts and roles.")

ROLE = click.Choice([role.value for role in Role])


@people_cli.command("add")
@click.argument("account")
@click.option("--name", required=True, help="Display name.")
@click.option("--role", "roles", type=ROLE, multiple=True, default=("candidate",))
@click.password_option(help="Asked for when it is not given.")
def add(account: str, name: str, roles: tuple[str, ...], password: str) -> None:
    """Open an account; this is how the first administrator comes to be."""
    if flaws := password_flaws(password, names=(account, name)):
        raise click.BadParameter(", ".join(flaws), param_hint="--password")
    hashed = hash_password(password)
    with transaction() as db_session:
        person = services.register_person(
            db_session,
            account=account,
            display_name=name,
            password_hash=hashed,
            now=clock.now(),
            roles=tuple(Role(role) for role in roles),
            actor="cli:people add",
        )
        click.echo(f"{person.public_id} {account}: {', '.join(roles)}")


@people_cli.command("grant")
@click.argument("account")
@click.argument("role", type=ROLE)
def grant(account: str, role: str) -> None:
    """Give somebody a role."""
    with transaction() as db_session:
        person = queries.person_of_account_or_none(db_session, account)
        if person is None:
            raise click.ClickException(f"no account {account}")
        services.grant_role(
            db_session, person, Role(role), actor="cli:people grant", now=clock.now()
        )


@people_cli.command("set-password")
@click.argument("account")
@click.password_option()
def set_password(account: str, password: str) -> None:
    """Recover an account: a new password, and every sign-in ends."""
    if flaws := password_flaws(password, names=(account,)):
        raise click.BadParameter(", ".join(flaws), param_hint="--password")
    hashed = hash_password(password)
    with transaction() as db_session:
        person = queries.person_of_account_or_none(db_session, account)
        if person is None:
            raise click.ClickException(f"no account {account}")
        services.change_password(
            db_session, person, hashed, actor="cli:people set-password", now=clock.now()
        )
