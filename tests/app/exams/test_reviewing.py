"""What the result page is given, and shows, of every item."""

from __future__ import annotations

import re

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.exams import queries, reviewing, services
from app.exams.saving import Change, save_response
from tests import cast
from tests.factories.exams import start_little_attempt


class Sitting:
    """Alice's attempt; `answer` gives a response to the first item of a kind."""

    def __init__(self, attempt):
        self.public_id, self.person_id = attempt.public_id, attempt.person_id
        self.refs, self.form = list(attempt.item_refs), attempt.form
        self.sequence = 0

    def position(self, kind, nth=0):
        return [n for n, ref in enumerate(self.refs, 1) if ref.startswith(kind)][nth]

    def answer(self, kind, nth=0, **value):
        self.sequence += 1
        change = Change(
            key=f"key-{self.sequence:08}",
            position=self.position(kind, nth),
            value=value,
            flagged=False,
            client_sequence=self.sequence,
            writer_epoch=1,
        )
        save_response(self.public_id, self.person_id, change, now=clock.now())

    def hand_in(self):
        with transaction() as db_session:
            attempt = queries.attempt_of(db_session, self.public_id, self.person_id, lock=True)
            services.submit_attempt(db_session, attempt, key="submit-key", now=clock.now())
        db.session.remove()

    def groups(self):
        self.hand_in()
        attempt = queries.attempt_of(db.session(), self.public_id, self.person_id)
        score = queries.score_of(db.session(), attempt.id)
        return reviewing.review_groups(db.session(), attempt, score.credits)

    def review(self, kind, nth=0):
        reviews = [review for group in self.groups() for review in group.reviews]
        return reviews[self.position(kind, nth) - 1]


@pytest.fixture
def sitting(app, db_session, person_of):
    attempt = start_little_attempt(db_session, person_of(cast.ALICE).id, now=clock.now())
    services.open_page(db_session, attempt, now=clock.now())
    sitting = Sitting(attempt)
    db_session.commit()
    db.session.remove()
    return sitting


class TestReviewGroups:
    def test_the_items_of_a_case_stand_together_under_its_material_once(self, sitting):
        groups = sitting.groups()

        with_material = [group for group in groups if group.exhibit]
        assert len(with_material) == 1
        assert len(with_material[0].reviews) == 3
        assert with_material[0].exhibit["title"] == "材料"
        positions = [review.position for group in groups for review in group.reviews]
        assert positions == [1, 2, 3, 4, 5, 6]

    def test_choices_stand_in_the_order_the_candidate_saw(self, sitting):
        order = sitting.form[sitting.position("single") - 1][1]

        review = sitting.review("single")

        words = {"a": "甲", "b": "乙", "c": "丙", "d": "丁"}
        assert [choice.html for choice in review.choices] == [words[one] for one in order]
        assert [choice.letter for choice in review.choices] == ["A", "B", "C", "D"]

    def test_a_right_answer(self, sitting):
        sitting.answer("single", selected=["a"])

        review = sitting.review("single")

        assert (review.outcome, review.credit) == ("right", 1.0)
        chosen = [choice for choice in review.choices if choice.is_chosen]
        assert [choice.is_key for choice in chosen] == [True]

    def test_a_wrong_answer_names_its_mistake(self, sitting):
        sitting.answer("single", selected=["c"])

        review = sitting.review("single")

        assert review.outcome == "wrong"
        assert [c.mistake for c in review.choices if c.is_chosen] == ["错因c"]

    def test_half_of_the_keys_is_partial(self, sitting):
        sitting.answer("multiple", selected=["a"])

        review = sitting.review("multiple")

        assert (review.outcome, review.credit) == ("partial", 0.5)

    @pytest.mark.parametrize("value", [None, {"selected": []}])
    def test_nothing_chosen_is_blank(self, sitting, value):
        if value is not None:
            sitting.answer("single", **value)

        assert sitting.review("single").outcome == "blank"

    @pytest.mark.parametrize(
        ("typed", "mistake"),
        [
            ("1.71", "忘记退货"),
            ("1.714", "忘记退货"),
            ("１．７１", "忘记退货"),
            ("1.72", ""),
            ("17.1", ""),
            ("很多", ""),
            ("1e999999", ""),
            ("2.5", ""),
        ],
    )
    def test_a_number_somebody_foresaw_has_its_mistake(self, sitting, typed, mistake):
        sitting.answer("numeric", number=typed)

        review = sitting.review("numeric")

        assert review.given == typed
        assert review.mistakes == ((f"{typed}：{mistake}",) if mistake else ())


class TestOutcomeCounts:
    def test_every_item_is_counted_once(self, sitting):
        sitting.answer("single", selected=["a"])
        sitting.answer("multiple", selected=["b"])
        sitting.answer("numeric", number="9")

        counts = reviewing.outcome_counts(sitting.groups())

        assert counts == {"right": 1, "partial": 1, "wrong": 1, "blank": 3, "pending": 0}


class TestResultPage:
    @pytest.fixture
    def page(self, sitting, as_alice):
        sitting.answer("single", selected=["a"])
        sitting.answer("multiple", selected=["a"])
        sitting.answer("case-one", 1, selected=["b"])
        sitting.answer("numeric", number="<b>9</b>")
        sitting.hand_in()
        return as_alice.get(f"/exams/attempts/{sitting.public_id}/result")

    def test_begins_with_the_verdict_and_its_distance_from_the_cut(self, page):
        assert "未通过" in page.text
        assert "25.0%" in page.text
        assert "离合格线还差 35.0 个百分点" in page.text
        assert "演示考试的成绩" in page.text

    def test_shows_every_item_with_its_outcome(self, page):
        outcomes = re.findall(r'data-outcome="(\w+)"', page.text)

        assert sorted(outcomes) == ["blank", "blank", "partial", "right", "wrong", "wrong"]

    def test_shows_the_receipt_of_this_very_log(self, page, sitting):
        attempt = queries.attempt_of(db.session(), sitting.public_id, sitting.person_id)

        assert attempt.head_hash in page.text
        assert f"{attempt.event_count} 条" in page.text

    def test_what_the_candidate_typed_stays_text(self, page):
        assert "<b>9</b>" not in page.text
        assert "&lt;b&gt;9&lt;/b&gt;" in page.text

    def test_nobody_else_finds_it(self, page, as_bob, sitting):
        assert as_bob.get(f"/exams/attempts/{sitting.public_id}/result").status_code == 404

    def test_before_handing_in_it_leads_back_to_the_exam(self, sitting, as_alice):
        page = as_alice.get(f"/exams/attempts/{sitting.public_id}/result")

        assert page.status_code == 303
        assert page.headers["Location"] == f"/exams/attempts/{sitting.public_id}"
