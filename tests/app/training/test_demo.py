"""The demonstration's two weeks of practice: alive, repeatable, added once."""

from __future__ import annotations

import pytest

from app.training import queries
from app.training.demo import add_demo_training
from app.training.practising import rebuild_cards
from app.training.profiles import profile_of
from tests import cast
from tests.conftest import NOON
from tests.factories.training import publish_practice


@pytest.mark.both_databases
def test_two_weeks_of_practice(db_session, person_of):
    publish_practice(db_session, now=NOON)
    alice = person_of(cast.ALICE).id

    added = add_demo_training(db_session, alice, now=NOON)

    assert added > 50
    assert add_demo_training(db_session, alice, now=NOON) == 0
    cards = {
        one.item_id: (one.due_at, one.right_run) for one in queries.cards_of(db_session, alice)
    }
    rebuild_cards(db_session, alice)
    assert cards == {
        one.item_id: (one.due_at, one.right_run) for one in queries.cards_of(db_session, alice)
    }
    first, last = queries.ended_placements(db_session, alice)
    assert last.theta > first.theta
    assert any(queries.is_mistake(one) for one in queries.cards_of(db_session, alice))
    assert not profile_of(db_session, alice, now=NOON).is_empty
