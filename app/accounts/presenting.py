"""What the account page says about a browser, in few words."""

from __future__ import annotations

from flask_babel import gettext

BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Kwai", "快手"),
    ("DingTalk", "钉钉"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
"""Token of the user agent and its name; the first that fits wins, the widest come last."""

SYSTEMS = (
    ("OpenHarmony", "HarmonyOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_of(user_agent: str) -> str:
    """Return browser and system of a user agent, for example `Chrome · Windows`."""
    browser = next((name for token, name in BROWSERS if token in user_agent), "")
    system = next((name for token, name in SYSTEMS if token in user_agent), "")
    return " · ".join(part for part in (browser, system) if part) or gettext("其他设备")
