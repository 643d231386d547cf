"""The committee's analysis, from attempts that were really taken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.analysis import presenting, queries
from app.analysis.studying import study_of
from app.core.errors import NotFoundError
from app.exams.saving import Change, save_response
from app.exams.services import start_attempt, submit_attempt
from question_bank.psychometrics.classical import OptionCurve
from tests import cast
from tests.conftest import NOON, sign_in
from tests.factories.bank import multiple_item, single_item
from tests.factories.exams import TERMS, publish_little_bank

pytestmark = pytest.mark.both_databases


@pytest.fixture
def taken(app, db_session, person_of):
    """Forty attempts: whoever is able answers everything right, the others only what is single.

    The able leave the numbers blank in the later half, so that those items stand out.
    """
    publish_little_bank(db_session, now=NOON, forms=40)
    db_session.commit()
    person = person_of(cast.ALICE)
    items = {}
    for number in range(40):
        begun = NOON + timedelta(hours=number)
        attempt = start_attempt(db_session, person.id, TERMS, now=begun)
        db_session.commit()
        items = queries.items_by_ref(db_session, attempt.item_refs) | items
        sequence = 0
        for position, ref in enumerate(attempt.item_refs, 1):
            value = _answer(items[ref], able=number % 2 == 0, late=number >= 20)
            if value is None:
                continue
            sequence += 1
            change = Change(f"key-{number:04}-{sequence:04}", position, value, False, sequence, 0)
            at = begun + timedelta(seconds=20 * sequence)
            db_session.rollback()
            save_response(attempt.public_id, person.id, change, now=at)
        db_session.expire_all()
        submit_attempt(
            db_session, attempt, key=f"submit-{number:08}", now=begun + timedelta(0, 300)
        )
        db_session.commit()
    return items


def _answer(item, *, able, late):
    if item.kind.value == "numeric":
        return None if late else {"number": "2.5" if able else "1.71"}
    if item.kind.value == "multiple_choice":
        return {"selected": ["a", "b"] if able else ["a", "c"]}
    return {"selected": ["a" if able else "b"]}


def test_a_blueprint_nobody_sat_is_not_found(db_session):
    with pytest.raises(NotFoundError):
        queries.sample_of(db_session, "little@1")


def test_figures_of_what_was_taken(db_session, taken):
    (supply,) = queries.supplies(db_session)
    assert (supply.blueprint_ref, supply.attempts) == ("little@1", 40)

    sample = queries.sample_of(db_session, "little@1")
    study = study_of(sample, queries.items_by_ref(db_session, sample.matrix.item_refs))

    by_kind = {}
    for one in study.items:
        by_kind.setdefault(one.item.kind.value, []).append(one)
    assert sum(one.exposure for one in study.items) == pytest.approx(6)
    case = next(one for one in study.items if one.item.case_id)
    assert case.statistics.count == 40
    assert case.statistics.facility == 0.5
    assert case.statistics.discrimination > 0.9
    assert case.low <= case.statistics.discrimination <= case.high + 1e-9
    assert case.statistics.median_s == 20.0
    assert "unused_distractor" in case.flags
    blanks = [one.statistics.omitted_fraction for one in by_kind["numeric"]]
    counts = [one.statistics.count for one in by_kind["numeric"]]
    assert sum(x * n for x, n in zip(blanks, counts, strict=True)) == pytest.approx(20)
    assert study.form.count == 40
    assert study.form.alpha > 0.8
    assert 0 < study.sem_at_cut < 0.5
    assert 0.8 < study.consistency.agreement <= 1
    assert study.calibration is None  # 200 attempts are needed


@pytest.mark.parametrize("item", [single_item("one-a"), multiple_item("one-b")])
def test_no_two_options_of_a_chart_look_alike(app, item):
    curves = [OptionCurve(option, 0.2, (0.1, 0.3), 0.1) for option in ("a", "b", "c", "d", "")]

    with app.test_request_context():
        chart = presenting.curve_chart(curves, item)

    looks = [line["role"] for line in chart["series"]]
    assert len(set(looks)) == len(looks)


def test_pages_and_data(app, db_session, taken):
    carol = sign_in(app, cast.CAROL)

    assert "little@1" in carol.get("/analysis").text
    page = carol.get("/analysis/little@1?sort=discrimination").text
    assert "case-one-0@1" in page
    data = carol.get("/analysis/little@1/data").get_json()
    assert data["attempts"] == 40
    assert {one["ref"] for one in data["items"]} >= {"case-one-0@1"}
    usage = carol.get("/analysis/little@1/usage.xml").text
    (facility,) = (one["facility"] for one in data["items"] if one["ref"] == "case-one-0@1")
    assert '<targetObject identifier="case-one-0.1"' in usage
    assert f"<value>{round(facility, 6):g}</value>" in usage
    item = carol.get("/analysis/little@1/items/case-one-0@1")
    assert item.status_code == 200
    assert "有选项没人选" in item.text


def test_only_the_committee_sees_them_and_each_view_of_an_item_is_on_record(app, db_session, taken):
    alice, carol = sign_in(app, cast.ALICE), sign_in(app, cast.CAROL)
    assert alice.get("/analysis").status_code == 403
    assert carol.get("/analysis/none@1").status_code == 404
    assert carol.get("/analysis/little@1/items/other@1").status_code == 404

    carol.get("/analysis/little@1/items/case-one-0@1")

    from sqlalchemy import select

    from app.core.audit.models import AuditEntry

    acts = db_session.scalars(select(AuditEntry.action)).all()
    assert acts.count("item.viewed") == 1
