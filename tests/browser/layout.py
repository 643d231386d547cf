"""What holds for every page, asked of the page itself."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

FINDINGS = """
() => {
  const root = document.documentElement;
  const width = root.clientWidth;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const told = (element) => element.outerHTML.slice(0, 120);

  const textOf = (id) => document.getElementById(id)?.textContent.trim();
  const isNamed = (control) =>
    control.labels?.length > 0 ||
    control.getAttribute('aria-label')?.trim() ||
    control.getAttribute('aria-labelledby')?.split(/\\s+/).some(textOf) ||
    (control.tagName === 'BUTTON' && control.textContent.trim());
  const controls = all('input:not([type=hidden]), select, textarea, button');

  const isHeld = (element) => {
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== 'visible') return true;
    }
    return false;
  };
  const isBeyond = (element) => {
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.right <= width + 1) return false;
    return getComputedStyle(element).position !== 'fixed' && !isHeld(element);
  };
  const widest = Math.max(root.scrollWidth, document.body.scrollWidth);

  const ids = all('[id]:not(input[type=hidden])').map((element) => element.id);
  return {
    h1: all('h1').length,
    lang: root.lang,
    title: document.title,
    unlabelled: controls.filter((one) => one.checkVisibility() && !isNamed(one)).map(told),
    twice: [...new Set(ids.filter((id, place) => ids.indexOf(id) !== place))],
    overflow:
      widest > width ? [`${widest} > ${width}`, ...all('body *').filter(isBeyond).map(told)] : [],
  };
}
"""


def findings(page: Page) -> dict[str, Any]:
    """Return what a machine can see of a page's form.

    Returns:
        `h1` (how many), `lang`, `title`; `unlabelled`, visible controls without a name; `twice`,
        ids that stand twice where a label or link may point to them; `overflow`, the widest and
        what sticks out, if the page is wider than the screen.
    """
    return page.evaluate(FINDINGS)
