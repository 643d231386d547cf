"""The demonstration's providers take the product's own ways, and loading twice changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.db import db, transaction
from app.demo import add_demo_people
from app.providers import demo, queries, standings
from app.providers.models import Employment, MonthlyIndicator, Provider, StaffInvitation
from app.providers.months import last_complete_month
from tests.conftest import NOON
from tests.factories.providers import publish_little_scheme
from tests.factories.schemes import LITTLE_SCHEME


@pytest.fixture
def people(app):
    """The demonstration's people, and a scheme."""
    with transaction() as db_session:
        add_demo_people(db_session, app.extensions["field_keys"], now=NOON)
        publish_little_scheme(db_session, now=NOON)


def load(now=NOON):
    with transaction() as db_session:
        demo.add_providers(db_session, now=now)
    demo.add_figures(now=now)
    with transaction() as db_session:
        demo.add_staff(db_session, now=now)


def sizes():
    db.session.remove()
    models = (Provider, MonthlyIndicator, StaffInvitation, Employment)
    return [db.session().scalar(select(func.count()).select_from(one)) for one in models]


def test_fills_every_month_of_the_history(people):
    load()

    session = db.session()
    own = queries.provider_by_code(session, demo.OWN.code)
    found = standings.standing_of(
        session, own, last_complete_month(NOON), now=NOON, include_demo=True
    )
    ranks = [place.rank for _, place in found.history]
    assert len(ranks) == demo.MONTHS
    assert ranks[-1] < ranks[0], "the demonstration shows somebody who gets better"
    assert found.place.count == len(demo.PROVIDERS)
    assert found.peers_are_alike
    assert not found.scorecard.is_provisional


def test_twice_changes_nothing(people):
    load()
    before = sizes()

    load()

    assert sizes() == before


def test_a_month_later_adds_that_month_alone(people):
    load()
    providers, figures, invitations, employments = sizes()

    load(NOON + timedelta(days=30))

    per_month = len(demo.PROVIDERS) * len(LITTLE_SCHEME.modules)
    assert sizes() == [providers, figures + per_month, invitations, employments]


def test_the_candidate_has_an_invitation_and_the_operator_a_job(people):
    load()

    session = db.session()
    own = queries.provider_by_code(session, demo.OWN.code)
    waiting = [row.account for row in queries.listed_invitations(session, own.id, now=NOON)]
    staff = queries.staff_of(session, own.id, NOON, today=NOON.date(), include_demo=True)
    assert waiting == [demo.INVITED_ACCOUNT]
    assert demo.OPERATOR_ACCOUNT in [member.account for member in staff]


def test_without_a_scheme_there_are_no_figures(app):
    with transaction() as db_session:
        demo.add_providers(db_session, now=NOON)

    assert demo.add_figures(now=NOON) == 0
