"""The watch over pages is shown to notice what it is there for."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route

from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

ADDRESS = "http://product.test"
STRICT = {"Content-Security-Policy": "default-src 'none'; script-src 'self'"}


@pytest.fixture
def open_page(visits: Visits):
    """Opens a page whose answers the test makes up; no server is asked."""

    def show(html: str, *, status: int = 200, headers: dict[str, str] | None = None) -> Page:
        page = visits.open(ADDRESS)

        def answer(route: Route) -> None:
            route.fulfill(
                status=status,
                headers={"Content-Type": "text/html; charset=utf-8", **(headers or {})},
                body=f"<!doctype html><html lang=zh-CN><link rel=icon href=data:,>{html}</html>",
            )

        page.route("**/*", answer)
        page.goto("/")
        return page

    return show


def taken(visits: Visits) -> str:
    """Return the problems found so far, and take them off the test's own account."""
    found = "\n".join(visits.problems)
    visits.problems.clear()
    return found


class TestCheck:
    def test_an_orderly_page_is_no_problem(self, visits: Visits, open_page):
        open_page(
            "<title>好</title><h1>好</h1>", headers={"Content-Security-Policy": "img-src data:"}
        )

        visits.check()

    @pytest.mark.parametrize("inline", ["<p style='color:red'>x", "<script>1</script>"])
    def test_a_broken_policy_is_noticed(self, visits: Visits, open_page, inline: str):
        page = open_page(inline, headers=STRICT)
        page.wait_for_timeout(50)

        with pytest.raises(AssertionError):
            visits.check()
        assert "blocked inline" in taken(visits)

    def test_an_error_of_a_script_is_noticed(self, visits: Visits, open_page):
        page = open_page("<script>undefined.x</script>")
        page.wait_for_timeout(50)

        assert "error on" in taken(visits)

    def test_a_5xx_is_noticed(self, visits: Visits, open_page):
        open_page("<h1>x</h1>", status=503)

        assert "503 for GET" in taken(visits)

    def test_what_a_test_expects_is_no_problem(self, visits: Visits, open_page):
        with visits.expecting("status of 404"):
            open_page("<h1>x</h1>", status=404)
        visits.check()

        open_page("<h1>x</h1>", status=404)
        assert "status of 404" in taken(visits)
