"""Forms drawn from the stored bank: exposure caps bind, and what is missing is named."""

from __future__ import annotations

import pytest

from app.bank.services import publish_bank
from app.exams import drawing
from app.exams.models import PreparedForm
from question_bank.errors import InfeasibleBlueprintError
from question_bank.exposure import RATE_WINDOW
from tests.conftest import NOON
from tests.factories.bank import LITTLE_BLUEPRINT, little_bank

pytestmark = pytest.mark.both_databases

CAPPED = LITTLE_BLUEPRINT.model_copy(update={"id": "capped", "max_exposure": 0.5})


@pytest.fixture
def bank(app, db_session):
    publish_bank(
        db_session,
        little_bank(),
        [LITTLE_BLUEPRINT, CAPPED],
        is_public=False,
        actor="cli:test",
        now=NOON,
    )


def add_forms(db_session, item_id, count, *, blueprint_ref=CAPPED.ref):
    for _ in range(count):
        db_session.add(
            PreparedForm(
                blueprint_ref=blueprint_ref,
                form=[[f"{item_id}@1", []]],
                drawn_at=NOON,
                used_at=NOON,
            )
        )
    db_session.flush()


class TestDrawForm:
    def test_leaves_out_what_is_above_its_cap(self, bank, db_session):
        add_forms(db_session, "multiple-0", RATE_WINDOW // 2)

        for _ in range(4):
            form = drawing.draw_form(db_session, CAPPED.ref, include_public=False)
            assert "multiple-0@1" not in form.items

    def test_counts_the_forms_of_its_own_blueprint(self, bank, db_session):
        add_forms(db_session, "multiple-0", RATE_WINDOW, blueprint_ref=LITTLE_BLUEPRINT.ref)

        drawn = {
            ref
            for _ in range(12)
            for ref in drawing.draw_form(db_session, CAPPED.ref, include_public=False).items
        }

        assert "multiple-0@1" in drawn

    def test_names_the_cell_that_is_spent(self, bank, db_session):
        for item_id in ("multiple-0", "multiple-1"):
            add_forms(db_session, item_id, RATE_WINDOW // 2)

        with pytest.raises(InfeasibleBlueprintError) as caught:
            drawing.draw_form(db_session, CAPPED.ref, include_public=False)

        assert any(
            cell.startswith("kind=multiple_choice: 1 too few") for cell in caught.value.missing
        )

    def test_avoids_what_it_is_told(self, bank, db_session):
        form = drawing.draw_form(
            db_session, LITTLE_BLUEPRINT.ref, include_public=False, avoid={"numeric-0"}
        )

        assert "numeric-0@1" not in form.items
        assert "numeric-1@1" in form.items
