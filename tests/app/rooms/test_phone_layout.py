"""Where the cockpit becomes the phone's is said once in the styles and once in the script."""

from __future__ import annotations

import re

from app.core.config import ROOT

STATIC = ROOT / "app" / "static"

BOUNDS = "(max-width: 1023px), (max-height: 479px)"
"""Narrow, or a phone that lies on its side."""


def test_styles_and_script_turn_at_the_same_bounds():
    styles = [STATIC / "css" / f"{name}.css" for name in ("cockpit", "cockpit_tools", "tutorial")]
    script = STATIC / "js" / "rooms" / "panels" / "phone.js"

    for path in styles:
        assert f"@media {BOUNDS} {{" in path.read_text(encoding="utf-8"), path
    assert f'matchMedia("{BOUNDS}")' in script.read_text(encoding="utf-8")


def test_the_log_folds_only_where_the_layout_is_not_the_phones():
    script = (STATIC / "js" / "rooms" / "panels" / "log.js").read_text(encoding="utf-8")

    folds = re.findall(r'matchMedia\("([^"]+)"\)', script)
    assert len(folds) == 2
    for bounds in folds:
        assert "(min-height: 480px)" in bounds
        assert "(min-width: 1024px)" in bounds
