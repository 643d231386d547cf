"""The placement test as facts: started once, answered in order, ended with a result."""

from __future__ import annotations

import pytest

from app.core.errors import IdempotencyKeyReusedError, InvalidInputError, NotFoundError
from app.training import placing, queries
from app.training.pool import practice_pool
from question_bank.adaptive import next_step, standing_of
from tests import cast
from tests.conftest import NOON
from tests.factories.training import publish_practice


@pytest.fixture
def test(db_session, person_of):
    publish_practice(db_session, now=NOON)
    pool = practice_pool(db_session)
    return placing.start_placement(db_session, person_of(cast.ALICE).id, pool, now=NOON)


def answer(db_session, test, position, choice="", **changes):
    item = placing.waiting_item(db_session, test)
    wanted = choice or ("true" if item.id.startswith("q-") else "a")
    return placing.answer_placement(
        db_session,
        test,
        **{
            "position": position,
            "key": f"place-{position:04}",
            "value": {"selected": [wanted]},
            "now": NOON,
            **changes,
        },
    )


def answer_all(db_session, test):
    position = 1
    while test.next_ref is not None:
        answer(db_session, test, position)
        position += 1
    return queries.placement_answers(db_session, test.id)


class TestStart:
    def test_a_second_start_goes_on_with_the_first(self, db_session, test):
        pool = practice_pool(db_session)

        assert placing.start_placement(db_session, test.person_id, pool, now=NOON) is test

    def test_a_pool_that_is_too_small_is_said(self, db_session, person_of):
        pool = practice_pool(db_session)

        with pytest.raises(placing.NoPlacementPoolError):
            placing.start_placement(db_session, person_of(cast.BOB).id, pool, now=NOON)

    def test_never_asks_a_live_item(self, test):
        assert not [row for row in test.pool if row[0].startswith("live")]


class TestAnswer:
    def test_leads_to_a_result_that_follows_from_the_answers(self, db_session, test):
        answers = answer_all(db_session, test)

        assert len(answers) >= 16
        assert test.ending in {"precise", "longest", "exhausted"}
        assert test.theta > 0
        curves = {one.id: one.curve for one in placing.pinned_pool(test)}
        whole = standing_of(
            [curves[one.item_id] for one in answers], [one.credit for one in answers]
        )
        assert (test.theta, test.error) == (whole.theta, whole.error)
        assert sum(count for *_, count in test.standings.values()) == len(answers)

    def test_every_step_can_be_worked_out_again(self, db_session, test):
        answers = answer_all(db_session, test)
        given = placing.given_answers(db_session, test)
        pool = placing.pinned_pool(test)

        for n, one in enumerate(answers):
            step = next_step(pool, placing.SHARES, given[:n], bytes.fromhex(test.seed))
            assert step.item_id == one.item_id

    def test_a_repeat_changes_nothing(self, db_session, test):
        first = answer(db_session, test, 1)
        waiting = test.next_ref

        assert answer(db_session, test, 1).id == first.id
        assert test.next_ref == waiting

    def test_a_key_stands_for_one_position(self, db_session, test):
        answer(db_session, test, 1)

        with pytest.raises(IdempotencyKeyReusedError):
            answer(db_session, test, 2, key="place-0001")

    def test_only_the_waiting_question_takes_an_answer(self, db_session, test):
        for position in (0, 2, 99):
            with pytest.raises(placing.PlacementOverError):
                answer(db_session, test, position, key="another-key")
        assert queries.placement_answers(db_session, test.id) == []

    def test_a_value_that_does_not_fit_is_refused(self, db_session, test):
        for value in ({"selected": ["z"]}, {"selected": []}, "a"):
            with pytest.raises(InvalidInputError):
                answer(db_session, test, 1, value=value)

    def test_somebody_elses_test_is_not_found(self, db_session, test, person_of):
        with pytest.raises(NotFoundError):
            queries.placement_of(db_session, person_of(cast.BOB).id, test.public_id)


class TestStop:
    def test_too_few_answers_leave_no_result(self, db_session, test):
        answer(db_session, test, 1)
        placing.stop_placement(db_session, test, now=NOON)

        assert (test.ending, test.theta, test.standings) == ("stopped", None, None)
        assert queries.ended_placements(db_session, test.person_id) == []
        with pytest.raises(placing.PlacementOverError):
            placing.stop_placement(db_session, test, now=NOON)

    def test_exposure_is_counted_apart(self, db_session, test):
        answer_all(db_session, test)
        uses, tests = queries.placement_uses(db_session)

        assert tests == 1
        assert sum(uses.values()) == len(queries.placement_answers(db_session, test.id))
        assert queries.newest_answers(db_session, test.person_id) == []


def test_the_next_test_shows_other_items(db_session, test):
    first = {one.item_id for one in answer_all(db_session, test)}
    again = placing.start_placement(db_session, test.person_id, practice_pool(db_session), now=NOON)
    second = {one.item_id for one in answer_all(db_session, again)}

    assert len(first & second) < len(second) / 2
