"""How far others of the same aim have come: only of enough people, and once a day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.db import db, transaction
from app.training import averages
from app.training.pool import practice_pool
from app.training.practising import record_answer
from app.training.profiles import SkillEstimate, SkillProfile
from question_bank.mastery import masteries
from question_bank.practising import Mode
from tests import cast
from tests.conftest import NOON
from tests.factories.training import publish_practice

UNKNOWN = masteries((), ["traffic"], level="junior", now=NOON)[0]


def profile(**known: float | None) -> SkillProfile:
    entries = [SkillEstimate(one, one, value, None, 9, UNKNOWN) for one, value in known.items()]
    return SkillProfile(1, "junior", tuple(entries), ())


def answer(person_id, *, now):
    with transaction() as db_session:
        item = next(iter(practice_pool(db_session).items.values()))
        record_answer(
            db_session,
            person_id,
            key=f"mean-{person_id:08}",
            item_ref=item.ref,
            value={"selected": ["a"]},
            mode=Mode.MIXED,
            confidence=None,
            seconds=30,
            ago_s=0,
            now=now,
        )


class TestLevelMeans:
    def test_fewer_than_five_people_have_no_mean(self):
        few = [profile(traffic=0.2 * number, stock=None) for number in (1, 2, 3, 4)]

        assert averages.level_means(few) == {}
        found = averages.level_means([*few, profile(traffic=1.0, stock=0.5)])
        assert set(found) == {"traffic"}  # of stock only one is known
        assert found["traffic"].value_fraction == pytest.approx(0.6)
        assert found["traffic"].people_count == 5


class TestRefreshMeans:
    def test_counts_who_practised_lately_once_a_day(self, app, db_session, person_of):
        publish_practice(db_session, now=NOON)
        people = [person_of(one).id for one in cast.CAST[:6]]
        db_session.commit()
        answer(people[0], now=NOON - averages.LOOKS_BACK - timedelta(days=1))
        for person_id in people[1:]:
            answer(person_id, now=NOON)

        assert averages.refresh_means(now=NOON) == 1

        held = averages.means_of(db.session(), "junior")
        assert [one.people_count for one in held.values()] == [5]
        db.session().rollback()
        assert averages.refresh_means(now=NOON + timedelta(hours=1)) == 0
        later = NOON + averages.LOOKS_BACK + timedelta(days=1)
        assert averages.refresh_means(now=later) == 0  # nobody practised since: no mean stands
        assert averages.means_of(db.session(), "junior") == {}
