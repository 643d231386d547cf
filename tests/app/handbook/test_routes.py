"""The handbook's pages, and the ways that lead to them."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader

from app.bank.services import publish_bank
from app.core import clock
from app.core.db import transaction
from app.handbook.checklists import shipped_checklists
from app.handbook.loading import shipped_handbook
from app.handbook.paper import draw_handbook
from app.handbook.routes import link_of_section, link_of_skill
from app.studio.services import publish_scenarios
from certificates.fonts import fonts_dir_from
from question_bank.banks import ItemBank
from question_bank.loading import load_bank
from simulations.drill_loading import shipped_drills
from simulations.skills import SKILLS
from tests.conftest import csrf_token


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


class TestExample:
    def test_is_worked_out_with_the_readers_figures(self, stranger):
        assert "2.72" in stranger.get("/handbook/4").text

        page = stranger.get("/handbook/4?price=159&cost=66&refund=30&freight=8")

        assert "2.54" in page.text
        assert 'value="159"' in page.text

    def test_a_wrong_figure_is_told_beside_it(self, stranger):
        page = stranger.get("/handbook/4?price=%3Cb%3E")

        assert page.status_code == 200
        assert 'aria-errormessage="in-price-error"' in page.text
        assert "&lt;b&gt;" in page.text
        assert "2.72" in page.text


class TestExercises:
    def test_five_practice_items_with_key_and_reason(self, app, stranger):
        wanted = shipped_handbook().chapters[3].front.items
        items = ItemBank(one for one in load_bank() if one.id in wanted)
        with transaction() as db_session:
            publish_bank(db_session, items, [], is_public=True, actor="cli:test", now=clock.now())

        page = stranger.get("/handbook/4")

        assert page.text.count("的答案</summary>") == 5


class TestPosition:
    def send(self, client, body):
        token = csrf_token(client)
        return client.post("/handbook/position", json=body, headers={"X-CSRFToken": token})

    def test_the_contents_lead_back_and_count_what_is_read(self, as_alice, as_bob):
        last = shipped_handbook().chapters[5].sections[-1].anchor

        assert self.send(as_alice, {"chapter": 6, "anchor": last}).json == {"finished": True}
        assert self.send(as_alice, {"chapter": 6, "anchor": "s6-4"}).json == {"finished": True}

        page = as_alice.get("/handbook")
        assert "/handbook/6#s6-4" in page.text.split("handbook-resume")[1].split("</p>")[0]
        assert "读完 1 / 16 章" in page.text
        assert "handbook-resume" not in as_bob.get("/handbook").text

    @pytest.mark.parametrize(
        "body",
        [{"chapter": 99, "anchor": "s1-1"}, {"chapter": 6, "anchor": "s1-1"}, {"chapter": "6"}, {}],
        ids=["chapter", "anchor", "text", "empty"],
    )
    def test_refuses_a_place_that_is_not_there(self, as_alice, body):
        assert self.send(as_alice, body).status_code == 422

    def test_strangers_keep_nothing(self, stranger):
        assert self.send(stranger, {"chapter": 6, "anchor": "s6-4"}).status_code == 401


class TestPaper:
    def test_lists_can_be_ticked_and_lead_to_their_sections(self, stranger):
        page = stranger.get("/handbook/checklists")

        assert page.text.count("data-tick>") == 30
        assert "/handbook/5#s5-3" in page.text

    def test_the_whole_book_is_one_file_with_every_character(self, app):
        fonts = fonts_dir_from({})
        if not (fonts / "NotoSansSC-Regular.ttf").exists():
            pytest.skip("the fonts are put in place by make setup")
        book = shipped_handbook()
        with app.test_request_context("/"):
            data = draw_handbook(book, shipped_checklists(), fonts)
            again = draw_handbook(book, shipped_checklists(), fonts)

        pages = [page.extract_text() for page in PdfReader(BytesIO(data)).pages]
        text = "\n".join(pages)
        assert data == again
        assert all(chapter.title in text for chapter in book.chapters)
        assert "□" not in text
        first = next(
            n for n, page in enumerate(pages, 1) if page.startswith("16  ") or "\n16  停滞" in page
        )
        assert str(first) in pages[0]
