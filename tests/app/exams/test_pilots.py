"""Items in the pilot in a real exam: answered, counted for nothing, told to the committee."""

from __future__ import annotations

import pytest

from app.analysis.pilots import pilot_results, result_of
from app.analysis.queries import sample_of
from app.bank.services import publish_bank, publish_version
from app.core import clock
from app.core.db import db, transaction
from app.exams import drawing, queries, reviewing, services
from app.exams.exposing import item_exposure
from app.exams.models import Attempt
from app.exams.packing import attempt_pack
from app.exams.saving import Change, save_response
from question_bank.items import Item
from question_bank.packs import audit_pack
from tests import cast
from tests.factories.bank import LITTLE_BLUEPRINT, little_bank, single_item
from tests.factories.exams import TERMS

TRIED = single_item("tried-01", version=3, pool="pilot", key="b")
BLUEPRINT = LITTLE_BLUEPRINT.model_copy(update={"pilot_count": 1})


@pytest.fixture
def sat(app, db_session, person_of):
    """Alice's attempt on a form with one item in the pilot: single and pilot answered right."""
    now, person_id = clock.now(), person_of(cast.ALICE).id
    publish_bank(db_session, little_bank(), [BLUEPRINT], is_public=False, actor="cli:test", now=now)
    publish_version(db_session, TRIED, actor="cli:test", now=now)
    form = drawing.draw_form(db_session, BLUEPRINT.ref, include_public=False)
    drawing.store_form(db_session, form, now=now)
    attempt = services.start_attempt(db_session, person_id, TERMS, now=now)
    services.open_page(db_session, attempt, now=now)
    public_id, refs = attempt.public_id, attempt.item_refs
    db_session.commit()
    for n, (kind, choice) in enumerate((("single-", "a"), ("tried-", "b"))):
        place = next(p for p, ref in enumerate(refs, 1) if ref.startswith(kind))
        change = Change(f"key-{n:08}", place, {"selected": [choice]}, False, n + 1, 1)
        save_response(public_id, person_id, change, now=clock.now())
    with transaction() as writing:
        held = queries.attempt_of(writing, public_id, person_id, lock=True)
        services.submit_attempt(writing, held, key="submit-key", now=clock.now())
    db.session.remove()
    return queries.attempt_of(db.session(), public_id, person_id)


@pytest.mark.both_databases
def test_it_is_answered_and_counts_for_nothing(sat: Attempt):
    place = [ref.partition("@")[0] for ref in sat.item_refs].index("tried-01")
    score = queries.score_of(db.session(), sat.id)

    assert len(sat.form) == 7
    assert score.credits[place] == 1.0
    assert score.fraction == pytest.approx(1 / 6)
    assert sum(count for _, _, count in score.topics) == 6
    shown = reviewing.review_groups(db.session(), sat, score.credits)
    assert "tried-01" not in {one.item.id for group in shown for one in group.reviews}
    assert "tried-01@3" not in sample_of(db.session(), BLUEPRINT.ref).matrix.item_refs
    assert item_exposure(db.session(), "tried-01").attempts == 1
    assert item_exposure(db.session(), "tried-0").attempts == 0


def test_the_pack_scores_to_the_same(sat: Attempt):
    audit = audit_pack(attempt_pack(db.session(), sat))

    assert audit.agrees, audit.verdicts


def test_the_committee_sees_what_it_came_to(sat: Attempt):
    found = pilot_results(db.session())

    assert [(one.item.ref, one.count, one.facility) for one in found] == [("tried-01@3", 1, 1.0)]
    assert found[0].flags == ("too_few",)


def test_the_discrimination_is_the_correlation_with_the_score(app):
    item: Item = TRIED
    fractions = [n / 40 for n in range(40)]

    good = result_of(item, [float(n >= 20) for n in range(40)], fractions, [False] * 40, [30.0])
    bad = result_of(item, [float(n < 20) for n in range(40)], fractions, [False] * 40, [])

    assert good.discrimination == pytest.approx(0.866, abs=0.001)  # sqrt(3)/2 for a median split
    assert good.flags == ()
    assert (bad.flags, bad.median_s) == (("negative_discrimination",), None)
