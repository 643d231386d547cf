"""Calibration, link and differences between groups of a blueprint's candidates."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from app.analysis import theory_presenting
from app.analysis.groups import Grouping, differences_of
from app.analysis.queries import Sample
from app.analysis.theory import theory_of
from app.exams.models import Attempt
from app.providers.models import Employment, Provider, StaffInvitation
from question_bank.calibrations import ItemParameters
from question_bank.interchange.qti.usage import ItemUsage, read_usage, usage_data
from question_bank.psychometrics.irt import chances
from question_bank.psychometrics.matrices import ResponseMatrix
from tests import cast
from tests.conftest import NOON

PERSONS, ITEMS = 600, 12


def responses(seed: int = 3) -> tuple[ResponseMatrix, np.ndarray, np.ndarray]:
    """Return right-or-wrong responses with the slopes and difficulties they come from."""
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0.8, 1.8, ITEMS), np.linspace(-1.5, 1.5, ITEMS)
    right = rng.random((PERSONS, ITEMS)) < chances(a, b, np.zeros(ITEMS), rng.normal(size=PERSONS))
    rows, columns = np.indices(right.shape)
    matrix = ResponseMatrix.from_columns(
        [f"p{row:04}" for row in rows.ravel()],
        [f"item-{column:02}@1" for column in columns.ravel()],
        right.ravel().astype(float),
        [""] * right.size,
        [None] * right.size,
    )
    return matrix, a, b


@pytest.fixture(scope="module")
def sat():
    return responses()


class TestTheoryOf:
    def test_items_and_persons_are_put_on_the_scale_in_use(self, sat):
        matrix, a, b = sat
        # In use: the same items on a scale whose unit is half as large, shifted by one.
        held = {
            f"item-{place:02}": ItemParameters(2 * a[place], b[place] / 2 + 1) for place in range(8)
        }
        held["item-07"] = ItemParameters(2 * a[7], b[7] / 2 - 1)  # became harder since

        found = theory_of(matrix, 0.5, model="2pl", method="map", held=held)

        assert found.linked.link.common == 8
        rows = {row.ref: row for row in theory_presenting.theory_rows(found)}
        assert rows["item-11@1"].held_b == pytest.approx(b[11] / 2 + 1, abs=0.4)
        assert rows["item-11@1"].move is None
        assert "moved" in rows["item-07@1"].flags
        assert "moved" not in rows["item-02@1"].flags
        assert found.fits  # everybody had every item
        assert 0.5 < found.reliability < 0.9
        assert found.cut_theta == pytest.approx(0, abs=0.2)

    def test_models_are_told_apart_by_their_parameters(self, sat):
        matrix, _, _ = sat

        one, two = (
            theory_of(matrix, 0.5, model=model, method="eap", held={}) for model in ("1pl", "2pl")
        )

        assert (one.parameter_count, two.parameter_count) == (ITEMS + 1, 2 * ITEMS)
        assert one.calibration.log_likelihood < two.calibration.log_likelihood
        assert two.aic == pytest.approx(4 * ITEMS - 2 * two.calibration.log_likelihood)
        assert two.linked is None

    def test_the_parameters_come_back_from_the_file(self, sat):
        matrix, _, _ = sat
        held = {f"item-{place:02}": ItemParameters(1.0, 0.1 * place) for place in range(5)}
        found = theory_of(matrix, 0.5, model="2pl", method="eap", held=held)

        figures = theory_presenting.theory_figures(found, on_held_scale=True)
        usages = [ItemUsage(ref, PERSONS, {}) for ref in matrix.item_refs]
        data = usage_data(
            theory_presenting.with_figures(usages, figures),
            context="https://example.org/a",
            glossary="https://example.org/b",
            day=NOON.date(),
        )

        back = {one.ref: one.figures for one in read_usage(data)}
        assert back["item-09@1"]["irt_b"].value == pytest.approx(found.linked.curves.b[9], abs=1e-6)
        assert back["item-09@1"]["irt_b"].standard_error == pytest.approx(
            found.calibration.b_se[9] * found.linked.link.slope, abs=1e-6
        )

    def test_too_few_persons_give_none(self, sat):
        matrix, _, _ = sat
        few = matrix.resampled(np.arange(199))

        assert theory_of(few, 0.5, model="1pl", method="eap", held={}) is None


class TestDifferencesOf:
    """Half of the attempts are by somebody who works for a provider; one item favours them."""

    @pytest.fixture
    def sample(self, db_session, person_of):
        matrix, _, _ = responses()
        free, staff = person_of(cast.ALICE), person_of(cast.BOB)
        _employ(db_session, staff.id)
        for number, public_id in enumerate(matrix.person_ids):
            db_session.add(_attempt(public_id, (free, staff)[number % 2].id, number))
        db_session.flush()
        credits = matrix.credits.copy()
        favoured = np.arange(PERSONS) % 2 == 1
        credits[favoured, 5] = np.maximum(
            credits[favoured, 5], np.random.default_rng(1).random(PERSONS // 2) < 0.6
        )
        changed = ResponseMatrix(
            matrix.person_ids,
            matrix.item_refs,
            credits,
            matrix.options,
            matrix.option_names,
            matrix.seconds,
        )
        return Sample(changed, (NOON,) * PERSONS, 0.6)

    def test_the_item_that_favours_a_group_comes_first(self, db_session, sample):
        found = differences_of(db_session, sample, "little@1", Grouping.INDEPENDENT)

        assert (found.focal, found.reference) == (300, 300)
        first, *others = found.items
        assert (first.ref, first.letter) == ("item-05@1", "C")
        assert first.figures.delta < 0  # harder for who is no staff
        assert all(one.letter != "C" for one in others)

    def test_first_and_later_sittings_and_longer_time(self, db_session, sample):
        again = differences_of(db_session, sample, "little@1", Grouping.AGAIN)
        longer = differences_of(db_session, sample, "little@1", Grouping.EXTRA_TIME)

        assert (again.focal, again.reference) == (PERSONS - 2, 2)
        assert not again.is_enough
        assert {one.figures for one in again.items} == {None}
        assert longer.focal == 60


def _attempt(public_id: str, person_id: int, number: int) -> Attempt:
    at = NOON + timedelta(hours=number)
    return Attempt(
        public_id=public_id,
        person_id=person_id,
        exam_code="little",
        ordinal=number + 1,
        programme_ref="little@1",
        title="little",
        blueprint_ref="little@1",
        form=[],
        cut_fraction=0.6,
        limit_s=600,
        is_demo=False,
        started_at=at,
        due_at=at + timedelta(minutes=10),
        head_hash="",
        closed_at=at,
        closing="submitted",
        score_fraction=0.5,
        passed=False,
        time_percent=125 if number % 10 == 0 else 100,
    )


def _employ(db_session, person_id: int) -> None:
    provider = Provider(
        code="P1",
        name="P",
        city="杭州",
        field="mcn",
        tier="quality",
        joined_on=NOON.date(),
    )
    db_session.add(provider)
    db_session.flush()
    invitation = StaffInvitation(
        provider_id=provider.id,
        account=cast.BOB.account,
        note="",
        invited_by="person:x",
        invited_at=NOON,
    )
    db_session.add(invitation)
    db_session.flush()
    db_session.add(
        Employment(
            provider_id=provider.id,
            person_id=person_id,
            invitation_id=invitation.id,
            started_at=NOON - timedelta(days=1),
        )
    )
    db_session.flush()
