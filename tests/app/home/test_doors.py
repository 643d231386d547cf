"""The landing page's doors: every role of the demonstration, one click away."""

from __future__ import annotations

import re

from app.accounts.roles import Role
from app.core import clock
from app.core.db import db, transaction
from app.demo import PEOPLE, add_demo_people
from app.home import doors
from tests.conftest import csrf_token


def test_every_account_of_the_demonstration_stands_behind_a_door(app):
    found = [account for door in doors.doors() for account in (door.account, *door.others)]

    assert sorted(found) == sorted(one.account for one in PEOPLE)
    assert {one.role for one in PEOPLE} == set(Role)


def test_a_door_opens_by_itself(app, stranger):
    with transaction() as db_session:
        add_demo_people(db_session, app.extensions["field_keys"], now=clock.now())
    page = stranger.get("/").text
    door = re.search(r'name="account" value="(provider@[^"]+)".+?value="([^"]+)"', page, re.S)

    fields = {"csrf_token": csrf_token(stranger), "account": door[1], "password": door[2]}
    signed_in = stranger.post("/sign-in", data=fields)

    assert (signed_in.status_code, signed_in.location) == (303, "/")


def test_without_a_certificate_there_is_none_to_check(app):
    assert doors.sample_number_or_none(db.session(), now=clock.now()) is None
