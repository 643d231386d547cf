"""What leaves a scored room: the sheet, the share link, a practice from a moment."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from pypdf import PdfReader

from app.core import clock
from app.core.db import db, transaction
from app.rooms import services
from app.rooms.explaining import explained
from app.rooms.findings import worth_of
from app.rooms.sheet import Decision, best_decisions, costly_decisions
from tests import cast
from tests.app.rooms.test_routes import SINCE, Desk
from tests.conftest import sign_in
from tests.factories.rooms import start_little_exam

LINK = re.compile(r"/rooms/shared/[A-Za-z0-9_-]{32}")


@pytest.fixture
def scored(app, db_session, person_of):
    """Alice's room, ended early after one action, weighed."""
    room = start_little_exam(db_session, person_of(cast.ALICE).id, now=clock.now() - SINCE)
    public_id = room.public_id
    db_session.commit()
    db.session.remove()
    desk = Desk(sign_in(app, cast.ALICE), public_id)
    desk.open()
    desk.act({"verb": "set_price", "product": "socks", "price_fen": 600})
    desk.post("finish", {"key": "finish-key-1"})
    desk.client.get(f"{desk.url}/result")
    with transaction() as db_session:
        services.close_finished_rooms(db_session, now=clock.now() + timedelta(seconds=1))
    return desk


def acted(index, words, worth_fen):
    return {
        "index": index,
        "clock": f"0:0{index}:00",
        "words": words,
        "worth_fen": worth_fen,
        "is_clear": True,
        "is_handing_back": False,
    }


class TestSheet:
    def test_is_one_page_with_the_figures(self, scored, tmp_path):
        answer = scored.client.get(f"{scored.url}/sheet.pdf")

        path = tmp_path / "sheet.pdf"
        path.write_bytes(answer.data)
        reader = PdfReader(path)
        words = reader.pages[0].extract_text()
        assert answer.mimetype == "application/pdf"
        assert len(reader.pages) == 1
        for expected in ("复盘单", "小考房间", "实操得分", "代价最大的决定", scored.public_id):
            assert expected in words
        links = [one.get_object()["/A"]["/URI"] for one in reader.pages[0].get("/Annots", [])]
        page = scored.client.get(f"{scored.url}/result").text
        assert links
        for link in links:  # to the very row that can be practised from
            address, _, anchor = link.partition("#")
            assert address.endswith(f"{scored.url}/result")
            assert f'id="{anchor}"' in page

    def test_without_its_fonts_it_says_so(self, scored, monkeypatch, tmp_path):
        monkeypatch.setenv("CAOPAN_FONTS", str(tmp_path))

        answer = scored.client.get(
            f"{scored.url}/sheet.pdf", headers={"Accept": "application/json"}
        )

        assert (answer.status_code, answer.get_json()["type"]) == (503, "fonts_missing")

    def test_the_picture_is_a_png(self, scored):
        answer = scored.client.get(f"{scored.url}/sheet.png")

        assert answer.mimetype == "image/png"
        assert answer.data.startswith(b"\x89PNG")

    def test_is_the_owners_alone(self, scored, as_bob):
        assert as_bob.get(f"{scored.url}/sheet.pdf").status_code == 404

    def test_there_is_none_before_the_score(self, app, db_session, person_of):
        room = start_little_exam(db_session, person_of(cast.ALICE).id, now=clock.now())
        url = f"/rooms/{room.public_id}/sheet.pdf"
        db_session.commit()
        db.session.remove()

        assert sign_in(app, cast.ALICE).get(url).status_code == 409

    def test_tells_the_dearest_decisions_first(self):
        actions = [
            acted(n, str(n), worth) for n, worth in enumerate([-100, 50, None, -900, -300, -200])
        ]

        told = costly_decisions(actions)

        assert [one.worth_fen for one in told] == [-900, -300, -200]
        assert told[0] == Decision("a3", "0:03:00", "3", -900)
        assert [one.anchor for one in best_decisions(actions)] == ["a1"]

    def test_what_was_not_done_is_a_decision_too(self, app):
        actions = [acted(0, "降价", -300)]
        missed = [
            {"clock": "0:02:00", "words": "补货", "worth_fen": 500, "mark": "A", "tone": ""},
            {"clock": "0:03:00", "words": "福袋", "worth_fen": 100, "mark": "B", "tone": "good"},
        ]

        with app.test_request_context():
            told = costly_decisions(actions, missed)

        assert [(one.anchor, one.worth_fen) for one in told] == [
            ("mA", -500),
            ("a0", -300),
            ("mB", -100),
        ]
        assert told[0].words == "没做：补货"
        assert [one.is_clear for one in told] == [False, True, True]

    def test_handing_back_is_no_decision(self):
        """Whoever ends early hands every lever back: that is not the best they did."""
        actions = [acted(0, "讲解", 50), {**acted(1, "交还", 900), "is_handing_back": True}]

        assert [one.anchor for one in best_decisions(actions)] == ["a0"]

    def test_what_luck_hides_is_not_told_as_clear(self):
        effect = {"net_worth_fen": 500, "lived_noise_fen": 400}

        assert worth_of(effect) == {"worth_fen": 500, "is_clear": False}
        assert worth_of({**effect, "lived_noise_fen": None})["is_clear"]


class TestShare:
    def link_of(self, desk):
        page = desk.form("share")
        assert page.status_code == 200
        return LINK.search(page.text)[0]

    def test_whoever_has_the_link_reads_and_can_do_nothing(self, scored, stranger):
        page = stranger.get(self.link_of(scored))

        assert page.status_code == 200
        assert "这一分是怎么来的" in page.text
        assert 'content="noindex"' in page.text
        assert "<form" not in page.text.split("<main", 1)[1]

    def test_is_shown_once(self, scored):
        link = self.link_of(scored)

        assert link not in scored.client.get(f"{scored.url}/result").text

    def test_a_new_link_ends_the_old_one(self, scored, stranger):
        old, new = self.link_of(scored), self.link_of(scored)

        assert stranger.get(old).status_code == 404
        assert stranger.get(new).status_code == 200

    def test_the_owner_ends_it(self, scored, stranger):
        link = self.link_of(scored)

        assert scored.form("share/end").status_code == 303
        assert stranger.get(link).status_code == 404

    def test_somebody_else_cannot_make_one(self, scored, app):
        other = Desk(sign_in(app, cast.BOB), scored.public_id)

        assert other.form("share").status_code == 404

    def test_a_guess_finds_nothing(self, scored, stranger):
        self.link_of(scored)

        assert stranger.get(f"/rooms/shared/{'A' * 32}").status_code == 404


class TestMoment:
    def test_leads_into_a_practice_room(self, scored):
        answer = scored.form("moments/40")
        page = scored.client.get(answer.location)

        assert answer.status_code == 303
        assert page.status_code == 200
        assert answer.location != scored.url

    def test_a_moment_beyond_the_end_is_refused(self, scored):
        assert scored.form("moments/359").status_code == 422

    def test_somebody_else_finds_nothing(self, scored, app):
        other = Desk(sign_in(app, cast.BOB), scored.public_id)

        assert other.form("moments/40").status_code == 404


def test_a_declared_aim_is_explained(app):
    step = {
        "code": "aim",
        "aim": "new_customers",
        "value": 0.46,
        "house_value": 0.3,
        "target": 0.45,
        "change": 6.0,
        "points": 62.0,
    }

    with app.test_request_context():
        told = explained(step, {})

    assert "46.0%" in told["words"]
    assert told["change"] == 6.0
