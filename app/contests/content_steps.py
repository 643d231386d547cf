"""Put the shipped rules of contests into the database: a step of `flask content load`."""

from __future__ import annotations

import click

from app.contests import planning
from app.contests.errors import ContestRulesError
from app.contests.rules import load_rules
from app.core import clock
from app.core.db import transaction


def publish_shipped_rules(redraft: bool) -> None:
    """Publish the rules of `app/contests/content`; a version that is there stays as it is.

    Args:
        redraft: Passed over: a contest pins its rules, so a changed text is another version.

    Raises:
        click.ClickException: Naming file and field of every fault, or a version with two texts.
    """
    try:
        rules = load_rules()
    except ContestRulesError as error:
        raise click.ClickException(str(error)) from error
    for one in rules:
        try:
            with transaction() as db_session:
                planning.publish_rules(db_session, one, now=clock.now())
        except planning.RulesTakenError as error:
            raise click.ClickException(f"{error}: a changed text is another version") from error
