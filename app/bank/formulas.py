r"""Formulas in authors' texts: `$\frac{a}{b}$` becomes MathML, which browsers draw themselves.

What cannot be read stays as it was typed, so that a stray sign of money never eats a stem.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

FORMULA = re.compile(r"(?<![\\$\w])\$(?=[^\s$])([^$\n]{1,300}?)(?<=[^\s\\])\$(?![$\w])")
"""One line between two dollar signs that touch it; one with a backslash is a sign of money."""

COMMAND = re.compile(
    r"[dt]?frac|sqrt|text|mathrm|times|div|cdot|pm|leq?|geq?|neq?|approx|sim|lt|gt|left|right"
    r"|sum|prod|min|max|log|ln|bar|hat|overline|underline|l?dots|infty|to|quad|[lr](?:floor|ceil)"
    r"|alpha|beta|gamma|delta|epsilon|theta|lambda|mu|pi|rho|sigma|tau|phi|omega"
    r"|Delta|Sigma|Omega"
)
"""Commands of LaTeX that an author may use: nothing that names colours, links or macros."""

MOST_DEPTH = 12
"""Braces within braces: more is no formula of ours, and would hold the parser up."""

PARTS = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3}
"""Children that an element must have; a fraction without a denominator is none."""

TAGS = frozenset(PARTS) | {"math", "mrow", "msqrt", "mi", "mn", "mo", "mtext", "mspace"}
TAGS |= {"munderover"}
"""Elements of MathML Core that formulas become."""


def with_formulas(markdown: MarkdownIt) -> MarkdownIt:
    """Teach a Markdown parser formulas; signs of Markdown inside them mean nothing."""
    markdown.inline.ruler.before("escape", "formula", _take_formula)
    markdown.inline.add_terminator_char("$")
    markdown.add_render_rule("formula", _rendered)
    return markdown


def _take_formula(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    found = FORMULA.match(state.src, state.pos, state.posMax)
    written = None if found is None else formula_or_none(found[1])
    if found is None or written is None:
        return False
    if not silent:
        state.push("formula", "", 0).content = written
    state.pos = found.end()
    return True


def _rendered(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    return tokens[index].content


def formula_or_none(source: str) -> str | None:
    """Return a formula as MathML without attributes; None if it cannot be read.

    Args:
        source: LaTeX between the dollar signs.
    """
    commands = re.findall(r"\\([A-Za-z]+)", source)
    if not all(map(COMMAND.fullmatch, commands)) or not _is_balanced(source):
        return None
    root = _converted(source)
    if root is None:
        return None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib.clear()
        children = len(element)
        if element.tag not in TAGS or children != PARTS.get(element.tag, children):
            return None
    return ET.tostring(root, "unicode")


def _is_balanced(source: str) -> bool:
    depth = 0
    for sign in re.sub(r"\\.", "", source):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if not 0 <= depth <= MOST_DEPTH:
            return False
    return depth == 0


def _converted(source: str) -> ET.Element | None:
    # A tenth of a second to import, and most processes never meet a formula.
    from latex2mathml import converter, exceptions

    own = (one for one in vars(exceptions).values() if isinstance(one, type))
    unreadable: tuple[type[Exception], ...] = (
        *(one for one in own if issubclass(one, Exception)),
        LookupError,
        ValueError,
        RecursionError,
        ET.ParseError,
    )
    try:
        return ET.fromstring(converter.convert(source))  # noqa: S314 - our own converter's
    except unreadable:
        return None
