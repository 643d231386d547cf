"""The life of a draft: saving, undo, two authors, calibration, review by two, publication."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.errors import InvalidInputError, NotFoundError
from app.studio import queries as versions
from app.studio.drafts import calibrating, deciding, drafting, queries, runs
from app.studio.drafts.bodies import own_body, value_at
from app.studio.drafts.differing import shown_differences
from app.studio.drafts.models import ScenarioRun
from app.studio.drafts.standing import OwnScenarioError, ReviewedBeforeError, ScenarioStageError
from tests import cast
from tests.conftest import NOON
from tests.factories.rooms import little_scenario, publish_little_room
from tests.factories.studio import QUICK

POOL = "market.pool"


@pytest.fixture
def draft(db_session, person_of):
    publish_little_room(db_session, now=NOON)
    carol = person_of(cast.CAROL)
    row = versions.version_of(db_session, "little@1")
    return drafting.begin_from(
        db_session,
        row,
        as_version=False,
        title="夜场清仓",
        author_id=carol.id,
        actor="person:carol",
        now=NOON,
    )


@pytest.fixture
def people(person_of):
    return [person_of(one).id for one in (cast.CAROL, cast.ALICE, cast.BOB, cast.DAVE)]


def save(db_session, draft, person_id, *changes, revision=None):
    return drafting.change(
        db_session,
        draft,
        changes,
        revision=draft.revision if revision is None else revision,
        person_id=person_id,
        actor="person:x",
        now=NOON,
    )


def passed_release(db_session, draft):
    """Put a finished run of exactly this draft there, as if every check had passed."""
    run = queries.newest_run_or_none(db_session, draft, "release")
    runs.take_run(db_session, "test", now=NOON)
    reference = {**draft.yardstick, "scenario_hash": run.content_hash}
    result = {"calibration": {"problems": []}, "reference": reference, "past_sessions": None}
    runs.finish_run(db_session, run.id, "test", result, now=NOON)
    db_session.refresh(run)


class TestChange:
    def test_two_authors_at_once_do_not_overwrite_each_other(self, db_session, draft, people):
        seen = draft.revision
        save(db_session, draft, people[0], (POOL, "2000"), revision=seen)

        with pytest.raises(drafting.ScenarioChangedElsewhereError):
            save(db_session, draft, people[1], (POOL, "3000"), revision=seen)

        assert value_at(draft.body, POOL) == 2000

    def test_one_bad_value_saves_nothing_and_all_are_named(self, db_session, draft, people):
        before = draft.body

        with pytest.raises(InvalidInputError) as refused:
            save(db_session, draft, people[0], (POOL, "2000"), (POOL, "1"), ("level", "x"))

        assert [one["field"] for one in refused.value.errors] == [POOL, "level"]
        assert draft.body == before

    def test_undo_takes_saves_back_one_by_one(self, db_session, draft, people):
        first = draft.body
        save(db_session, draft, people[0], (POOL, "2000"))
        save(db_session, draft, people[0], (POOL, "3000"), ("title", "别的"))
        undo = {"person_id": people[0], "actor": "person:x", "now": NOON}

        drafting.undo(db_session, draft, revision=draft.revision, **undo)
        assert value_at(draft.body, POOL) == 2000
        drafting.undo(db_session, draft, revision=draft.revision, **undo)
        assert draft.body == first
        with pytest.raises(drafting.NothingToUndoError):
            drafting.undo(db_session, draft, revision=draft.revision, **undo)

    def test_what_was_undone_comes_back_in_order_until_something_else_is_saved(
        self, db_session, draft, people
    ):
        def step(act, minute):
            act(
                db_session, draft, revision=draft.revision, person_id=people[0],
                actor="person:x", now=NOON + timedelta(minutes=minute),
            )  # fmt: skip
            return value_at(draft.body, POOL)

        first = value_at(draft.body, POOL)
        save(db_session, draft, people[0], (POOL, "2000"))
        save(db_session, draft, people[0], (POOL, "3000"))

        assert [step(drafting.undo, 1), step(drafting.undo, 2)] == [2000, first]
        assert [step(drafting.redo, 3), step(drafting.redo, 4)] == [2000, 3000]
        with pytest.raises(drafting.NothingToUndoError):
            step(drafting.redo, 5)
        assert step(drafting.undo, 6) == 2000
        save(db_session, draft, people[0], (POOL, "4000"))
        assert step(drafting.undo, 7) == 2000
        assert step(drafting.redo, 8) == 4000  # never the 3000 that was dropped before it
        with pytest.raises(drafting.NothingToUndoError):
            step(drafting.redo, 9)

    def test_an_added_product_has_a_code_of_its_own(self, db_session, draft, people):
        count = len(draft.body["products"])
        drafting.rearrange(
            db_session, draft, "add", "products", revision=draft.revision,
            person_id=people[0], actor="person:x", now=NOON,
        )  # fmt: skip

        codes = [one["code"] for one in draft.body["products"]]
        assert len(codes) == count + 1
        assert len(set(codes)) == len(codes)

    def test_an_organisations_draft_is_its_authors_alone(self, db_session, draft, people):
        own = drafting.create_draft(
            db_session, author_id=people[0], body=own_body(little_scenario()), origin="recording:x",
            actor="person:x", now=NOON, organisation="acme",
        )  # fmt: skip

        assert queries.draft_of(db_session, own.public_id, people[0]) is own
        with pytest.raises(NotFoundError):
            queries.draft_of(db_session, own.public_id, people[1])
        assert own not in queries.drafts(db_session, people[1])

    def test_the_next_version_is_written_once(self, db_session, draft, people):
        row = versions.version_of(db_session, "little@1")
        how = {"as_version": True, "author_id": people[0], "actor": "person:x", "now": NOON}
        assert drafting.begin_from(db_session, row, **how).version == 2

        with pytest.raises(drafting.ScenarioDraftOpenError):
            drafting.begin_from(db_session, row, **how)


class TestReview:
    def submit(self, db_session, draft, person_id):
        return deciding.submit(
            db_session, draft, revision=draft.revision, person_id=person_id, actor="person:x",
            now=NOON,
        )  # fmt: skip

    def accept(self, db_session, draft, person_id, *, accepts=True, remark=""):
        deciding.review(
            db_session, draft, accepts=accepts, remark=remark, person_id=person_id,
            actor="person:x", now=NOON,
        )  # fmt: skip

    def publish(self, db_session, draft, person_id):
        return deciding.publish(db_session, draft, person_id=person_id, actor="person:x", now=NOON)

    def test_two_others_accept_and_a_third_hand_publishes(self, db_session, draft, people):
        save(db_session, draft, people[0], (POOL, "2000"))
        self.submit(db_session, draft, people[0])
        passed_release(db_session, draft)
        self.accept(db_session, draft, people[1])
        with pytest.raises(ReviewedBeforeError):
            self.accept(db_session, draft, people[1])
        with pytest.raises(ScenarioStageError):
            self.publish(db_session, draft, people[3])
        self.accept(db_session, draft, people[2])

        row = self.publish(db_session, draft, people[3])

        scenario = versions.scenario_of(db_session, row.ref)
        assert (scenario.title, scenario.market.pool) == ("夜场清仓", 2000)
        assert not versions.reference_of(db_session, scenario).is_stale
        assert draft.published_ref == row.ref

    def test_nobody_who_wrote_in_it_reviews_it(self, db_session, draft, people):
        save(db_session, draft, people[1], (POOL, "2000"))  # a second author
        self.submit(db_session, draft, people[0])
        passed_release(db_session, draft)

        for author in people[:2]:
            with pytest.raises(OwnScenarioError):
                self.accept(db_session, draft, author)

    def test_nothing_is_accepted_before_its_checks_have_passed(self, db_session, draft, people):
        run = self.submit(db_session, draft, people[0])
        with pytest.raises(deciding.UncalibratedError):
            self.accept(db_session, draft, people[1])
        runs.take_run(db_session, "test", now=NOON)
        failed = {"calibration": {"problems": ["reliability: …"]}}
        runs.finish_run(db_session, run.id, "test", failed, now=NOON)
        db_session.refresh(run)

        with pytest.raises(deciding.UncalibratedError, match="reliability"):
            self.accept(db_session, draft, people[1])

    def test_a_return_needs_a_remark_and_a_new_round_forgets_who_accepted(
        self, db_session, draft, people
    ):
        self.submit(db_session, draft, people[0])
        passed_release(db_session, draft)
        self.accept(db_session, draft, people[1])
        with pytest.raises(InvalidInputError):
            self.accept(db_session, draft, people[2], accepts=False)

        self.accept(db_session, draft, people[2], accepts=False, remark="新手太容易过线")
        self.submit(db_session, draft, people[0])

        standing = queries.standing(db_session, draft)
        assert (standing.round, standing.accepted) == (2, ())

    def test_a_contradiction_cannot_be_handed_in(self, db_session, draft, people):
        save(db_session, draft, people[0], ("products.0.cost_fen", "9000000"))

        with pytest.raises(deciding.ScenarioFaultyError):
            self.submit(db_session, draft, people[0])


class TestRuns:
    def test_a_run_whose_process_died_is_taken_up_again(self, db_session, draft):
        run = runs.queue_run(db_session, draft, "fine", now=NOON)
        assert runs.take_run(db_session, "first", now=NOON) is run
        assert runs.take_run(db_session, "second", now=NOON + timedelta(seconds=20)) is None

        late = NOON + runs.SILENCE + timedelta(seconds=1)
        assert runs.take_run(db_session, "second", now=late) is run
        with pytest.raises(runs.RunLostError):
            runs.finish_run(db_session, run.id, "first", {}, now=late)

    def test_a_change_cancels_the_run_of_the_older_state(self, db_session, draft, people):
        older = runs.queue_run(db_session, draft, "fine", now=NOON)
        runs.take_run(db_session, "first", now=NOON)
        save(db_session, draft, people[0], (POOL, "2000"))

        newer = runs.queue_run(db_session, draft, "fine", now=NOON)

        db_session.refresh(older)
        assert (older.status, newer.status) == ("cancelled", "queued")
        with pytest.raises(runs.RunLostError):
            runs.beat(db_session, older.id, "first", 1, 2, now=NOON)

    def test_the_background_job_measures_what_was_asked(self, app, db_session, draft):
        run_id = runs.queue_run(db_session, draft, "release", now=NOON).id
        draft_id, incidents = draft.id, len(draft.body["incidents"])
        db_session.commit()

        assert "done" in (calibrating.calibrate_waiting(now=NOON, how=QUICK) or "")

        run = db_session.scalar(select(ScenarioRun).where(ScenarioRun.id == run_id))
        assert run.draft_id == draft_id
        assert run.result["reference"]["scenario_hash"] == run.content_hash
        assert run.result["calibration"]["checks"]
        assert set(run.result["bands"]["policies"]) == {
            "house", "novice", "competent", "reference"
        }  # fmt: skip
        assert len(run.result["incidents"]) == incidents
        assert calibrating.calibrate_waiting(now=NOON, how=QUICK) is None


class TestDifferences:
    def test_an_added_entry_is_one_row_and_the_others_tell_what_changed_inside(self, app, draft):
        old = draft.body
        new = deepcopy(old)
        first = new["products"][0]
        new["products"] = [
            {**first, "code": "fresh", "name": "新来的"},
            {**first, "stock": first["stock"] + 5},
            *new["products"][2:],
        ]
        gone = old["products"][1]

        rows, left_out = shown_differences(old, new)

        assert left_out == 0
        places = {place: (was, now) for place, was, now in rows}
        assert places["货盘 1 · 新来的"][0] == "—"
        assert (
            f"标价：{first['list_price_fen'] / 100:g}" in places["货盘 1 · 新来的"][1].splitlines()
        )
        assert places["货盘 2 › 库存"] == (str(first["stock"]), str(first["stock"] + 5))
        assert places[f"货盘 2 · {gone['name']}"][1] == "—"

    def test_texts_of_another_count_stand_one_a_line(self, app, draft):
        new = deepcopy(draft.body)
        new["comments"]["names"] = ["甲", "乙"]

        ((_place, _was, now),) = shown_differences(draft.body, new)[0]

        assert now == "甲\n乙"
