"""What axe-core finds on a page: faults that shut people out, by the rules of WCAG 2.2 A and AA."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from playwright.sync_api import Page

from app.core.config import ROOT

SOURCE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
"""Installed by set-up; the version is pinned in package.json."""

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

GRAVE = ("serious", "critical")
"""Impacts that fail a test; `minor` and `moderate` are matters of taste on some pages."""

RUN = """
(options) => axe.run(document, options).then((found) => found.violations.map((one) => ({
  rule: one.id,
  impact: one.impact,
  help: one.help,
  nodes: one.nodes.map((node) => ({
    where: node.target.flat().join(' '),
    html: node.html.slice(0, 160),
    why: [...node.any, ...node.all, ...node.none].map((check) => check.message).join('; '),
  })),
})))
"""

SHOWN_NODES = 3
"""Of one rule; the others are the same fault elsewhere."""


def violations(page: Page, *, without: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return everything that axe-core objects to on a page.

    The script is evaluated by the browser's debugger: a tag of its own would be refused by the
    pages' policy, as it should be.

    Args:
        page: The page, as it stands now.
        without: Rules that are left out.

    Returns:
        `rule`, `impact`, `help` and `nodes` (`where`, `html`, `why`), as axe-core names them.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_source())
    options = {
        "runOnly": {"type": "tag", "values": list(RULES)},
        "resultTypes": ["violations"],
        "rules": {rule: {"enabled": False} for rule in without},
    }
    found: list[dict[str, Any]] = page.evaluate(RUN, options)
    return found


def grave_faults(page: Page, *, without: tuple[str, ...] = ()) -> list[str]:
    """Return the serious and critical ones, a line each: rule, help, and where it stands."""
    faults = []
    for one in violations(page, without=without):
        if one["impact"] not in GRAVE:
            continue
        shown = [
            f"{node['where']} {json.dumps(node['html'], ensure_ascii=False)} ({node['why']})"
            for node in one["nodes"][:SHOWN_NODES]
        ]
        more = len(one["nodes"]) - len(shown)
        rest = [f"and {more} more"] if more > 0 else []
        faults.append(f"{one['rule']}: {one['help']}: " + " | ".join([*shown, *rest]))
    return faults


@cache
def _source() -> str:
    # The value of the last expression would be sent back: the whole library.
    return SOURCE.read_text() + "\n;undefined"
