"""What is typed as Beijing's time is that moment, and nothing typed is said so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.core.moments import BeijingMomentField


class PlanForm(Form):
    at = BeijingMomentField("开始", "请填写开始时间")


@pytest.mark.parametrize("typed", ["2026-12-01T00:30", "2026-12-01T00:30:00", "2026-12-01 00:30"])
def test_is_eight_hours_ahead(app, typed):
    with app.test_request_context("/"):
        form = PlanForm(MultiDict({"at": typed}))

        assert form.validate()
        assert form.at.utc == datetime(2026, 11, 30, 16, 30, tzinfo=UTC)


def test_is_shown_as_browsers_want_it(app):
    wall = datetime.fromisoformat("2026-12-01T00:30")

    with app.test_request_context("/"):
        assert 'value="2026-12-01T00:30"' in PlanForm(data={"at": wall}).at()


@pytest.mark.parametrize("typed", ["", "tomorrow", "2026-02-30T10:00"])
def test_no_moment_is_refused(app, typed):
    with app.test_request_context("/"):
        form = PlanForm(MultiDict({"at": typed}))

        assert not form.validate()
        assert ("请填写开始时间" in form.at.errors) == (typed == "")
