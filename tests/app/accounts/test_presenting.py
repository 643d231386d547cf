"""A browser in few words."""

from __future__ import annotations

import pytest

from app.accounts.presenting import browser_of

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)"
ANDROID = "Mozilla/5.0 (Linux; Android 14)"
HARMONY = "Mozilla/5.0 (Phone; OpenHarmony 5.0)"
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0)"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"{WINDOWS} Chrome/140.0 Safari/537.36", "Chrome · Windows"),
        (f"{WINDOWS} Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        (f"{MAC} AppleWebKit/605.1 Version/17.5 Safari/605.1", "Safari · macOS"),
        (f"{IPHONE} AppleWebKit/605.1 CriOS/140 Mobile", "Chrome · iPhone"),
        (f"{ANDROID} Chrome/120 MicroMessenger/8.0.49", "微信 · Android"),
        (f"{HARMONY} Chrome/114 Safari/537.36", "Chrome · HarmonyOS"),
        (f"{LINUX} Gecko/20100101 Firefox/130.0", "Firefox · Linux"),
    ],
)
def test_names_browser_and_system(user_agent, words):
    assert browser_of(user_agent) == words


def test_shows_nothing_of_what_it_does_not_know(app):
    shown = {browser_of(user_agent) for user_agent in ("", "curl/8.4", "\x00\u202e<script>")}

    assert shown == {"其他设备"}
