"""Signing in through the page, as a person does."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def sign_in(
    page: Page, account: str, password: str, *, target: str = "/", address: str = ""
) -> None:
    """Open the sign-in page, sign in, and go to `target`.

    Args:
        page: In a context that knows the product's address, else `address` tells it.
        account: E-mail or phone.
        password: Its password.
        target: Path of the page that follows.
        address: Where the product answers.
    """
    page.goto(f"{address}/sign-in?next={target}")
    fill_in(page, account, password)


def fill_in(page: Page, account: str, password: str) -> None:
    """Sign in on the sign-in page that is open."""
    page.get_by_label("邮箱或手机号").fill(account)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="登录", exact=True).click()
    expect(page).not_to_have_url(re.compile("/sign-in"))
