"""What holds for every page, asked of the page itself."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

FINDINGS = """
() => {
  const named = (control) =>
    control.labels?.length || control.getAttribute('aria-label')?.trim() ||
    control.getAttribute('aria-labelledby')?.split(/\\s+/).some((id) => document.getElementById(id)?.textContent.trim()) ||
    (control.tagName === 'BUTTON' && control.textContent.trim());
  const told = (element) => element.outerHTML.slice(0, 120);
  const width = document.documentElement.clientWidth;
  const held = (element) => {
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== 'visible') return true;
    }
    return false;
  };
  const beyond = [...document.body.querySelectorAll('*')].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.right > width + 1 && getComputedStyle(element).position !== 'fixed' && !held(element);
  });
  const ids = [...document.querySelectorAll('[id]:not(input[type=hidden])')].map((element) => element.id);
  const isWider = document.documentElement.scrollWidth > width || document.body.scrollWidth > width;
  return {
    h1: [...document.querySelectorAll('h1')].length,
    lang: document.documentElement.lang,
    unlabelled: [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button')].filter((control) => control.checkVisibility() && !named(control)).map(told),
    overflow: isWider ? [`${document.documentElement.scrollWidth} > ${width}`, ...beyond.slice(0, 5).map(told)] : [],
    title: document.title,
    twice: [...new Set(ids.filter((id, place) => ids.indexOf(id) !== place))],
  };
}
"""


def findings(page: Page) -> dict[str, Any]:
    """Return what a machine can see of a page's form: headings, language, labels, overflow."""
    return page.evaluate(FINDINGS)
