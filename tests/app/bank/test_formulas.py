"""Formulas in authors' texts: what becomes MathML, and what stays as it was typed."""

from __future__ import annotations

import pytest

from app.bank.presenting import inline_text, rich_text


def test_a_formula_is_drawn_and_its_signs_are_no_markdown():
    shown = rich_text(r"每件留下 $p_1 \times (1-r_1)$，至少 $\frac{a}{b} \ge 2$，*强调*")

    assert "<msub><mi>p</mi><mn>1</mn></msub>" in shown
    assert "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>" in shown
    assert "<em>强调</em>" in shown
    assert "$" not in shown
    assert inline_text(r"$\sqrt[3]{x}$").startswith("<math><mrow><mroot>")


@pytest.mark.parametrize(
    "text",
    [
        "价 $5 和 $6 两档",
        "US$5 到 US$6",
        r"$\frac{a$ 没有写完",
        r"$\frac{a}$ 没有分母",
        r"$\href{javascript:alert(1)}{x}$",
        r"$\color{red}{x}$",
        "$" + "{" * 200 + "}" * 200 + "$",
        "$x^2^3$",
    ],
)
def test_what_is_no_formula_stays_as_it_was_typed(text):
    assert "<math" not in rich_text(text)
    assert "$" in rich_text(text)


def test_nothing_of_a_page_comes_in_through_a_formula():
    shown = rich_text(r"$\text{<img src=x onerror=alert(1)>}$ $<script>$")

    assert "<img" not in shown
    assert "<script" not in shown
