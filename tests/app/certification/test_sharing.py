"""Share links: the holder makes and ends them, and sees how often somebody looked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.certification import sharing
from app.certification.models import ShareLink
from app.core import clock
from app.core.errors import InvalidInputError, NotFoundError
from tests.app.certification.test_acts import revoke
from tests.conftest import NOON, csrf_token

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def moment(monkeypatch):
    held = {"now": NOON + DAY}
    monkeypatch.setattr(clock, "now", lambda: held["now"])
    return held


def post(client, url, **data):
    return client.post(url, data={"csrf_token": csrf_token(client), **data})


def make(client, record, **data):
    page = post(client, f"/certificates/{record.number}/links", **{"days": "30", **data})
    found = re.search(r"http://localhost(/s/[\w-]+)", page.text)
    return page, found and found[1]


def link_id(db_session):
    public_id = db_session.scalar(select(ShareLink.public_id))
    db_session.rollback()  # requests must get the write lock
    return public_id


class TestMakeLink:
    @pytest.mark.both_databases
    def test_only_the_hash_is_kept(self, db_session, certified):
        token = sharing.make_link(db_session, certified, label=" HR ", days=1, now=NOON)

        link = db_session.scalar(select(ShareLink))
        assert len(token) >= 32
        assert token not in link.token_hash
        assert link.label == "HR"

    @pytest.mark.parametrize("days", [0, 181, -1])
    def test_lives_from_1_to_180_days(self, db_session, certified, days):
        with pytest.raises(InvalidInputError):
            sharing.make_link(db_session, certified, label="", days=days, now=NOON)

    def test_there_is_a_limit_of_open_ones(self, db_session, certified):
        for _ in range(sharing.MAX_OPEN_LINKS):
            sharing.make_link(db_session, certified, label="", days=1, now=NOON)
        with pytest.raises(sharing.TooManyLinksError):
            sharing.make_link(db_session, certified, label="", days=1, now=NOON)
        sharing.make_link(db_session, certified, label="", days=1, now=NOON + 2 * DAY)


class TestPages:
    def test_a_link_shows_the_full_result_to_a_stranger(self, as_alice, stranger, certified):
        page, path = make(as_alice, certified, label="面试")

        shown = stranger.get(path)

        assert page.status_code == 200
        assert "只显示这一次" in page.text
        assert shown.status_code == 200
        assert "Alice" in shown.text
        assert "理论 88.3 分" in shown.text
        assert "noindex" in shown.headers["X-Robots-Tag"]
        assert shown.headers["Cache-Control"] == "no-store"

    def test_the_holder_sees_that_somebody_looked(self, as_alice, stranger, certified):
        _, path = make(as_alice, certified, label="面试")
        stranger.get(path)
        stranger.get(path)

        page = as_alice.get("/certificates")

        assert "面试" in page.text
        assert "打开过 2 次" in page.text
        assert path not in page.text

    def test_it_ends_when_the_holder_ends_it(self, as_alice, stranger, db_session, certified):
        _, path = make(as_alice, certified)
        url = f"/certificates/{certified.number}/links/{link_id(db_session)}/close"

        assert post(as_alice, url).status_code == 303
        assert post(as_alice, url).status_code == 303

        ended = stranger.get(path)
        assert ended.status_code == 404
        assert "已经失效" in ended.text
        assert "Alice" not in ended.text

    def test_it_ends_at_its_time(self, as_alice, stranger, certified, moment):
        _, path = make(as_alice, certified, days="2")
        moment["now"] = NOON + 3 * DAY - timedelta(seconds=1)
        before = stranger.get(path).status_code
        moment["now"] = NOON + 3 * DAY

        assert before == 200
        assert stranger.get(path).status_code == 404

    def test_what_never_was_looks_like_what_has_ended(self, as_alice, stranger, certified, moment):
        _, path = make(as_alice, certified, days="1")
        moment["now"] += 5 * DAY

        ended, never = stranger.get(path), stranger.get("/s/nonsense")

        assert ended.status_code == never.status_code == 404
        assert "已经失效" in ended.text
        assert "已经失效" in never.text

    def test_of_a_revoked_certificate_shows_no_result(
        self, as_alice, stranger, db_session, certified
    ):
        _, path = make(as_alice, certified)
        revoke(db_session, certified, NOON + DAY)
        db_session.commit()

        page = stranger.get(path)

        assert "证书已撤销" in page.text
        assert "88.3" not in page.text

    def test_odd_days_ask_again(self, as_alice, certified):
        for days in ("0", "181", "x", ""):
            page, path = make(as_alice, certified, days=days)
            assert page.status_code == 422
            assert path is None
            assert "天数" in page.text

    def test_belong_to_the_holder(self, as_alice, as_bob, stranger, db_session, certified):
        make(as_alice, certified)
        public_id = link_id(db_session)
        url = f"/certificates/{certified.number}/links"

        assert post(as_bob, url, days="3").status_code == 404
        assert post(as_bob, f"{url}/{public_id}/close").status_code == 404
        assert post(stranger, url, days="3").status_code in {302, 401}
        assert as_alice.post(url, data={"days": "3"}).status_code == 400

    def test_of_another_certificate_cannot_be_closed_here(self, db_session, certified):
        sharing.make_link(db_session, certified, label="", days=1, now=NOON)
        with pytest.raises(NotFoundError):
            sharing.close_link(db_session, certified, "other", now=NOON)
