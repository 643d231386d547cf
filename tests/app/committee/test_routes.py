"""The committee's first page: what waits for whom, the bank's health, laws that changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.bank.models import ItemVersion
from app.bank.services import publish_bank
from app.committee import laws, presenting
from app.committee.models import LawCheck, LawEntry
from app.core import clock
from app.core.db import db
from question_bank.banks import ItemBank
from question_bank.laws import Law
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.bank import single_item
from tests.factories.standards import COMMITTEE, Meeting, add_committee, publish_panel_bank

LAW = {
    "id": "advertising-law",
    "title": "中华人民共和国广告法",
    "short": ["广告法"],
    "versions": [{"in_force_from": "2015-09-01", "change": "全面修订"}],
}
AMENDED = {
    **LAW,
    "versions": [
        *LAW["versions"],
        {"in_force_from": "2021-04-29", "change": "修正发布登记"},
    ],
}


@pytest.fixture
def citing(db_session):
    item = single_item("ad-0", source="《广告法》（2015-09-01 施行）")
    publish_bank(db_session, ItemBank([item]), [], is_public=False, actor="cli:test", now=NOON)
    laws.publish_laws(db_session, [Law.model_validate(LAW)], actor="cli:test", now=NOON)
    db_session.commit()


class TestLaws:
    @pytest.mark.both_databases
    def test_a_new_version_flags_the_items_that_cite_the_old_one(self, db_session, citing):
        assert laws.stale_items(db_session, now=NOON) == []

        changed = [Law.model_validate(AMENDED)]
        assert laws.publish_laws(db_session, changed, actor="cli:test", now=NOON) == 1
        assert laws.publish_laws(db_session, changed, actor="cli:test", now=NOON) == 0

        (found,) = laws.by_law(laws.stale_items(db_session, now=NOON))
        assert (found.title, found.why, found.refs) == ("广告法", "changed", ["ad-0@1"])
        assert db_session.scalar(select(func.count()).select_from(LawEntry)) == 2

    def test_a_check_counts_for_half_a_year_and_for_that_entry(self, app, citing, as_carol):
        token = csrf_token(as_carol)
        page = as_carol.post("/committee/laws/advertising-law/check", data={"csrf_token": token})
        assert page.status_code == 303
        unknown = as_carol.post("/committee/laws/no-law/check", data={"csrf_token": token})
        assert unknown.status_code == 404

        now, session = clock.now(), db.session()
        assert session.scalar(select(func.count()).select_from(LawCheck)) == 1
        assert [row.is_due for row in laws.law_rows(session, now=now)] == [False]
        later = now + laws.CHECK_EVERY + timedelta(days=1)
        assert [row.is_due for row in laws.law_rows(session, now=later)] == [True]


class TestHome:
    def test_is_the_committees_alone(self, as_alice, as_dave, stranger, as_carol):
        for path in ("/committee", "/committee/laws"):
            assert as_alice.get(path).status_code == 403
            assert as_dave.get(path).status_code == 403
            assert stranger.get(path).status_code == 302
            assert as_carol.get(path).status_code == 200

    @pytest.mark.both_databases
    def test_a_judgement_that_is_due_waits_for_its_judge(self, app, db_session, password_hash):
        publish_panel_bank(db_session, now=NOON)
        meeting = Meeting(db_session, add_committee(db_session, password_hash, now=NOON), now=NOON)
        meeting.prepare()
        for ref in meeting.row.refs_now:
            meeting.rate(0, ref, 0.5)
        db_session.commit()

        judged, due = (sign_in(app, COMMITTEE[place]).get("/committee") for place in (1, 2))
        assert "这一轮还没有评完" not in judged.text
        assert "这一轮还没有评完" in due.text
        assert "16 套" in due.text or "蓝图没有定上限" in due.text

    def test_old_items_are_listed_after_a_year(self, db_session, citing):
        soon = presenting.ageing(db_session, now=NOON + timedelta(days=300))
        late = presenting.ageing(db_session, now=NOON + timedelta(days=400))

        assert (soon.count, late.count) == (0, 1)
        assert late.rows[0][0] == "ad-0@1"
        db_session.scalars(select(ItemVersion)).one().retired_at = NOON
        db_session.flush()
        assert presenting.ageing(db_session, now=NOON + timedelta(days=400)).count == 0
