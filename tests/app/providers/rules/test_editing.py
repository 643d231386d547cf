"""A scheme as fields: what is left alone stays, what is changed is all that changes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.core import clock
from app.core.db import db
from app.providers.loading import load_schemes
from app.providers.months import last_complete_month
from app.providers.rules import deciding, editing, module_editing
from app.providers.rules.deciding import BadSchemeError
from certificates.levels import Level
from tests import cast
from tests.conftest import csrf_token, sign_in
from tests.factories.providers import MIDDLING, MODULES, report
from tests.factories.schemes import LITTLE_SCHEME

SCHEME = max(load_schemes(), key=lambda one: (one.effective_on, one.version))
JANUARY = date(2027, 1, 1)


@pytest.fixture
def fields(app):
    """Every field as the page would send it back."""
    with app.test_request_context():
        return {
            field.name: field.text
            for group in editing.groups_of(SCHEME)
            for _, row in group.rows
            for field in row
        }


def edited(app, typed, scheme=SCHEME):
    with app.test_request_context():
        return editing.edited(scheme, typed, version=9, effective_on=JANUARY)


def test_fields_that_were_left_alone_change_nothing_but_the_version(app, fields):
    again = edited(app, fields)

    assert again == SCHEME.model_copy(update={"version": 9, "effective_on": JANUARY})
    assert len(fields) > 3 * len(SCHEME.modules) + len(SCHEME.matrix)


def test_a_changed_number_is_the_only_change(app, fields):
    first, second = SCHEME.forces[1].modules[:2]
    moved = edited(
        app,
        fields
        | {
            f"module--{first.id}--weight": f"{first.weight + 1}",
            f"module--{second.id}--weight": f"{second.weight - 1}",
            "cell--core-mcn--operators--senior": "",
            "cell--core-mcn--operators--intermediate": "5",
            "certified--cap": "6.50",
        },
    )

    assert moved.module(first.id).weight == first.weight + 1
    assert moved.forces[1].weight == SCHEME.forces[1].weight
    cell = next(one for one in moved.matrix if one.id == "core-mcn")
    assert [(one.level, one.at_least) for one in cell.operators] == [(Level.INTERMEDIATE, 5)]
    assert moved.certified.cap == Decimal("6.50")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (f"module--{SCHEME.modules[0].id}--weight", "三", "不是数"),
        (f"module--{SCHEME.modules[0].id}--weight", "1e1", "不是数"),
        (f"module--{SCHEME.modules[0].id}--weight", "99", "weights add up"),
        ("cell--core-mcn--operators--senior", "一", "应为整数"),
        ("level--junior--equivalents", "1.5", "应为整数"),
        ("rating--0--at_least", "10", "ratings must fall"),
        (f"module--{SCHEME.modules[0].id}--floor", "99999999", SCHEME.modules[0].id),
    ],
    ids=["word", "power", "sum", "people", "half", "rating", "floor"],
)
def test_a_fault_is_said_with_its_place(app, fields, name, text, said):
    with pytest.raises(BadSchemeError) as caught:
        edited(app, fields | {name: text})

    assert any(said in problem for problem in caught.value.problems), caught.value.problems


NEW = {
    "id": "replies",
    "name": "客服回复",
    "name_en": "Replies",
    "indicator": "首次回复时长",
    "indicator_en": "Time to the first reply",
    "formula": "首次回复用时的中位数，秒",
    "formula_en": "Median seconds to the first reply",
    "csv_column": "首次回复秒数",
    "source": "平台客服报表",
    "unit": "count",
    "direction": "down",
    "weight": "3",
    "floor": "60",
    "full": "10",
    "least": "0",
    "most": "3600",
    "decimals": "0",
    "window_months": "1",
}


def test_a_module_goes_and_another_takes_its_weight(app, fields):
    force = next(one for one in SCHEME.forces if len(one.modules) > 1)
    gone = next(one for one in force.modules if module_editing.may_drop(one.id))
    row = {f"new--{force.id}--{key}": text for key, text in NEW.items()}

    moved = edited(
        app,
        fields
        | row
        | {
            module_editing.drop_name(gone.id): "1",
            f"new--{force.id}--weight": f"{gone.weight}",
        },
    )

    assert gone.id not in {one.id for one in moved.modules}
    assert moved.module("replies").full == 10
    assert len(moved.modules) == len(SCHEME.modules)
    with app.test_request_context():
        _, total = editing.sums_of(SCHEME, row | {module_editing.drop_name(gone.id): "1"})
    assert total == 100 - gone.weight + 3


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({f"new--{SCHEME.forces[0].id}--id": "x"}, "没有填"),
        ({module_editing.drop_name("live-decisions"): "1"}, "不能去掉"),
        (
            {module_editing.drop_name(one.id): "1" for one in SCHEME.forces[0].modules},
            "至少要有一个模块",
        ),
        (
            {
                f"new--{SCHEME.forces[0].id}--{key}": text
                for key, text in (NEW | {"decimals": "1.5"}).items()
            },
            "应为整数",
        ),
    ],
    ids=["half", "estimated", "empty", "decimals"],
)
def test_a_wrong_row_is_said_and_adds_nothing(app, fields, changed, said):
    with pytest.raises(BadSchemeError) as caught:
        edited(app, fields | changed)

    assert any(said in problem for problem in caught.value.problems), caught.value.problems


def test_the_page_previews_without_storing_and_proposes_once(app, db_session, provider, rival):
    now = clock.now()
    month = last_complete_month(now)
    report(db_session, ("YF-1", month, MIDDLING), ("LX-2", month, MIDDLING), now=now)
    db_session.commit()
    db.session.remove()
    as_carol = sign_in(app, cast.CAROL)
    page = as_carol.get("/office/five-force/edit")
    earliest = deciding.earliest_effect(now)
    data = {
        "csrf_token": csrf_token(as_carol),
        "ref": "little@1",
        "effective_month": f"{earliest:%Y-%m}",
        "comment": "满分线提高",
        f"module--{MODULES[0]}--full": "40",
    }

    preview = as_carol.post("/office/five-force/edit", data=data, headers={"HX-Request": "true"})
    first = LITTLE_SCHEME.forces[0]
    kept = f"{first.modules[0].weight - 3}"
    grown = {f"new--{first.id}--{key}": text for key, text in NEW.items()}
    grown |= {f"module--{first.modules[0].id}--weight": kept}
    added = as_carol.post("/office/five-force/edit", data=data | grown)
    wrong = as_carol.post(
        "/office/five-force/edit", data=data | {f"module--{MODULES[0]}--full": "x"}
    )
    unsaid = as_carol.post("/office/five-force/edit", data=data | {"comment": "", "act": "propose"})
    assert deciding.proposals(db.session()) == []
    done = as_carol.post("/office/five-force/edit", data=data | {"act": "propose"})
    again = as_carol.post("/office/five-force/edit", data=data | {"act": "propose"})

    assert page.status_code == 200
    assert preview.get_data(as_text=True).lstrip().startswith('<div id="effect"')
    assert "2 家降" in preview.text
    assert "规则完整，可以提交" in added.text
    assert "不是数" in wrong.text
    assert unsaid.status_code == 422
    assert (done.status_code, again.status_code) == (303, 409)
    assert sign_in(app, cast.DAVE).get("/office/five-force/edit").status_code == 403
