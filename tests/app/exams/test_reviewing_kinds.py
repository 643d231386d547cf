"""What the review says of the kinds whose answer has parts, regions or words of one's own."""

from __future__ import annotations

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.exams import queries, reviewing, services
from app.exams.saving import Change, save_response
from tests import cast
from tests.factories.kinds import start_kinds_attempt


class Sitting:
    """Alice's attempt on every kind; `reviewed` answers items, hands in and reviews one."""

    def __init__(self, attempt):
        self.public_id, self.person_id = attempt.public_id, attempt.person_id
        self.refs = list(attempt.item_refs)

    def position(self, start):
        return next(n for n, ref in enumerate(self.refs, 1) if ref.startswith(start))

    def reviewed(self, start, value):
        change = Change("key-00000001", self.position(start), value, False, 1, 1)
        save_response(self.public_id, self.person_id, change, now=clock.now())
        with transaction() as db_session:
            attempt = queries.attempt_of(db_session, self.public_id, self.person_id, lock=True)
            services.submit_attempt(db_session, attempt, key="submit-key", now=clock.now())
        db.session.remove()
        attempt = queries.attempt_of(db.session(), self.public_id, self.person_id)
        score = queries.score_of(db.session(), attempt.id)
        groups = reviewing.review_groups(db.session(), attempt, score.credits)
        reviews = [review for group in groups for review in group.reviews]
        return reviews[self.position(start) - 1]


@pytest.fixture
def sitting(app, db_session, person_of):
    attempt = start_kinds_attempt(db_session, person_of(cast.ALICE).id, now=clock.now())
    services.open_page(db_session, attempt, now=clock.now())
    sitting = Sitting(attempt)
    db_session.commit()
    db.session.remove()
    return sitting


class TestReview:
    def test_an_order_is_shown_place_by_place_with_its_mistake(self, sitting):
        review = sitting.reviewed("ordering", {"order": ["b", "d", "a", "c"]})

        assert [(part.given, part.key, part.is_right) for part in review.parts] == [
            ("第二步", "第一步", False),
            ("第一步", "第二步", False),
            ("第三步", "第三步", True),
            ("第四步", "第四步", True),
        ]
        assert review.outcome == "partial"
        assert review.mistakes == ("把第二步排在第一步之前",)

    def test_a_match_is_shown_prompt_by_prompt(self, sitting):
        review = sitting.reviewed("matching", {"pairs": {"1": "c", "2": "c"}})

        assert [(part.label, part.given, part.is_right) for part in review.parts] == [
            ("进房率", "曝光数", False),
            ("点击率", "曝光数", True),
            ("退货率", "", False),
        ]
        assert review.mistakes == ("进房率：把商品曝光当成直播间展示",)

    def test_blanks_show_what_was_typed_as_text(self, sitting):
        review = sitting.reviewed("fill-in", {"blanks": {"1": "<b>返场</b>", "2": "20"}})

        assert "<u>&lt;b&gt;返场&lt;/b&gt;</u>" in review.stem
        assert review.outcome == "wrong"
        assert review.mistakes == ("（2）20：把天数当成件数",)

    def test_a_picture_shows_key_and_choice(self, sitting):
        review = sitting.reviewed("hot-spot-0", {"selected": ["d"]})

        assert 'class="region key" data-region="c"' in review.picture
        assert 'class="region chosen" data-region="d"' in review.picture
        assert [choice.mistake for choice in review.choices if choice.is_chosen] == ["已经是后果"]

    def test_a_short_answer_waits_for_its_marks(self, sitting):
        review = sitting.reviewed("short", {"text": "先换讲另一款。"})

        assert (review.outcome, review.given) == ("pending", "先换讲另一款。")

    def test_a_drawn_number_knows_its_mistakes(self, sitting):
        ref = sitting.refs[sitting.position("parametric-1") - 1]
        count, price = (int(part.split("=")[1]) for part in ref.split("#")[1].split(","))

        review = sitting.reviewed("parametric-1", {"number": str(count + price)})

        assert review.key == f"{count * price}元"
        assert review.mistakes == (f"{count + price}：相加",)

    def test_the_page_says_that_marks_are_missing(self, sitting, as_alice):
        sitting.reviewed("short", {"text": "先换讲 <i>另一款</i>。"})

        page = as_alice.get(f"/exams/attempts/{sitting.public_id}/result")

        assert "有 1 题由人评阅" in page.text
        assert "先换讲 &lt;i&gt;另一款&lt;/i&gt;。" in page.text
        assert page.text.count('data-outcome="pending"') == 1
