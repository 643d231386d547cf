"""Signing in through the page, as a person does."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def sign_in(page: Page, account: str, password: str, *, target: str = "/") -> None:
    """Sign in and go to `target`."""
    page.goto(f"/sign-in?next={target}")
    page.get_by_label("邮箱或手机号").fill(account)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="登录", exact=True).click()
    expect(page).not_to_have_url("**/sign-in*")
