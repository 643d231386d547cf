"""The home's learning: the card of skills beside others, and what to study next."""

from __future__ import annotations

from app.core.db import db, transaction
from app.home import learning
from app.training.averages import LevelMean
from app.training.practising import record_answer
from app.training.profiles import SkillEstimate, SkillProfile
from question_bank.mastery import masteries
from question_bank.practising import Mode
from tests import cast
from tests.conftest import NOON, sign_in
from tests.factories.training import publish_practice

SKILLS = ("traffic", "stock", "pacing")


def profile(*values: float | None) -> SkillProfile:
    blank = masteries((), list(SKILLS), level="junior", now=NOON)
    entries = [
        SkillEstimate(skill, skill, value, None, 9, one)
        for skill, value, one in zip(SKILLS, values, blank, strict=True)
    ]
    return SkillProfile(1, "junior", tuple(entries), ())


def practise(db_session, person_id, ref):
    """Answer an item wrongly: the tests' right answer is always `a`."""
    record_answer(
        db_session,
        person_id,
        key=f"home-{ref}",
        item_ref=ref,
        value={"selected": ["b"]},
        mode=Mode.MIXED,
        confidence=None,
        seconds=30,
        ago_s=0,
        now=NOON,
    )


class TestSkillCard:
    def test_tells_who_is_ahead_and_what_nobody_knows(self):
        means = {"traffic": LevelMean(0.6, 7), "stock": LevelMean(0.6, 9)}

        card = learning.skill_card(profile(0.42, 0.595, None), means)

        traffic, stock, pacing = card.rows
        assert (traffic.own_percent, traffic.mean_percent, traffic.is_behind) == (42, 60, True)
        assert not stock.is_behind  # a point is rounding
        assert (pacing.own_percent, pacing.own_x, pacing.mean_x) == (None, None, None)
        low, high = learning.AXIS
        assert low < traffic.own_x < traffic.mean_x < high
        assert card.people_count == 9


class TestHome:
    def test_a_newcomer_is_led_to_the_placement_and_a_learner_to_the_weakest_skill(
        self, app, person_of
    ):
        client = sign_in(app, cast.ALICE)
        assert 'href="/training/placement"' in client.get("/").text
        alice = person_of(cast.ALICE).id
        with transaction() as db_session:
            publish_practice(db_session, now=NOON)
            for name in ("p-traffic-0", "p-traffic-1", "p-supply-0"):
                practise(db_session, alice, f"{name}@1")

        page = client.get("/").text

        with app.test_request_context("/"):
            found = learning.learning_of(db.session(), alice, now=NOON)
        assert found.card is not None
        assert found.card.next_row is not None
        skill = found.card.next_row.skill
        assert f'href="/training/practice?mode=skill&amp;skill={skill}"' in page
        assert found.entries[0].section in page
        assert "错题重练" in page
