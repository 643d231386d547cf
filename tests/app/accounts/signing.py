"""How the tests of the accounts' pages sign in, and what they put there before."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import update

from app.accounts import queries, second_factors
from app.accounts.models import WebSession
from app.core import clock
from app.core.db import transaction
from app.exams import outages
from app.factory import create_app
from tests import cast
from tests.conftest import IsolatedClient, close, csrf_token

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HTTPS = {"base_url": "https://localhost", "headers": {"Referer": "https://localhost/"}}
NEW = {"password": "a-better-word-9", "repeat": "a-better-word-9"}


def post_sign_in(client, account=cast.ALICE.account, password=cast.PASSWORD, **extra):
    query = extra.pop("query", "")
    data = {
        "csrf_token": csrf_token(client),
        "account": account,
        "password": password,
        **extra,
    }
    return client.post(f"/sign-in{query}", data=data)


def post(client, path, **fields):
    return client.post(path, data={"csrf_token": csrf_token(client), **fields})


def enrol(member, app):
    """Give somebody a second factor; returns the secret."""
    before = clock.now() - timedelta(hours=1)
    with transaction() as db_session:
        person = queries.person_of_account_or_none(db_session, member.account)
        second_factors.enrol_second_factor(
            db_session,
            person,
            secret=SECRET,
            code=pyotp.TOTP(SECRET).at(before),
            keys=app.extensions["field_keys"],
            now=before,
        )
    return SECRET


def shift_sessions(**columns):
    """Move the sign-ins of the test into the past."""
    with transaction() as db_session:
        db_session.execute(update(WebSession).values(**columns))


@contextmanager
def another_app(settings):
    """Another deployment on the test's database."""
    other = create_app(settings)
    other.test_client_class = IsolatedClient
    with pytest.MonkeyPatch.context() as patched, other.app_context():
        # A deployment beats for as long as its process runs: here, into the tests that follow.
        patched.setattr(outages, "_beat_on", lambda app: None)
        yield other
        close(other)
