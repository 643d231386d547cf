"""The handbook's pages, and the ways that lead to them."""

from __future__ import annotations

import pytest

from app.core import clock
from app.core.db import transaction
from app.handbook.routes import link_of_section, link_of_skill
from app.studio.services import publish_scenarios
from simulations.drill_loading import shipped_drills
from simulations.skills import SKILLS


@pytest.fixture
def stranger(app):
    return app.test_client()


class TestIndex:
    def test_anybody_reads_the_contents(self, stranger):
        page = stranger.get("/handbook")

        assert page.status_code == 200
        assert "6.4" in page.text
        assert "返场和收尾" in page.text

    def test_a_search_shows_where_the_word_stands(self, stranger):
        page = stranger.get("/handbook?q=返场")

        assert "<mark>返场</mark>" in page.text
        assert "/handbook/6#s6-4" in page.text

    @pytest.mark.parametrize("query", ["%3Cscript%3Ealert(1)%3C/script%3E", "x" * 500, "%00"])
    def test_odd_questions_are_answered_plainly(self, stranger, query):
        page = stranger.get(f"/handbook?q={query}")

        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "没有找到" in page.text


class TestChapter:
    def test_shows_sections_sources_and_neighbours(self, stranger):
        page = stranger.get("/handbook/6")

        assert 'id="s6-4"' in page.text
        assert "法规与论文" in page.text
        assert "/handbook/5" in page.text
        assert "/handbook/7" in page.text

    def test_its_text_stays_chinese_in_an_english_frame_and_says_so(self, stranger):
        stranger.get("/language/en?next=/handbook")

        page = stranger.get("/handbook/6")

        assert '<html lang="en"' in page.text
        assert '<article class="card handbook-text" lang="zh-Hans">' in page.text

    @pytest.mark.parametrize("number", ["0", "99", "-1", "six"])
    def test_there_are_no_others(self, stranger, number):
        assert stranger.get(f"/handbook/{number}").status_code == 404


class TestLinks:
    def test_every_skill_leads_to_a_section_that_is_on_its_page(self, app, stranger):
        for skill in SKILLS:
            with app.test_request_context("/"):
                address = link_of_skill(skill)
            path, _, anchor = address.partition("#")

            assert f'id="{anchor}"' in stranger.get(path).text

    def test_a_number_that_an_author_made_up_leads_nowhere(self, app):
        with app.test_request_context("/"):
            assert link_of_section("77.7") == ""
            assert link_of_section("") == ""

    def test_a_drill_leads_to_the_section_of_its_skill(self, as_alice, app):
        drill = shipped_drills()["drill-encore"]
        with transaction() as db_session:
            publish_scenarios(
                db_session, [drill], is_public=True, actor="cli:test", now=clock.now()
            )

        page = as_alice.get("/rooms/drills/drill-encore")

        assert "/handbook/3#s3-2" in page.text
        assert "/rooms/drills/drill-encore" in as_alice.get("/handbook/6").text
