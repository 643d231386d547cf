"""What the editor's form holds becomes a blueprint's document, and back.

What is typed is kept as it is where it is no number: the check says so, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from app.bank import labels
from question_bank.blueprints import SELECTORS

Document = dict[str, Any]
Sent = MultiDict[str, str]

MOST_QUOTAS, MOST_SECTIONS, MOST_IDS = 80, 12, 200
TEXT_CHARS = 200

FLAGS = ("in_case", "law", "computes", "parametric")
"""Selectors that are asked as yes, no or either."""


def document_of(sent: Sent, base: Mapping[str, Any]) -> Document:
    """Return the whole document: what the form holds, and what stays as it is in `base`.

    Args:
        sent: Fields of the form: `title`, `item_count`, …, and rows of `q_…` and `s_…`.
        base: The draft's body.
    """
    out: Document = {name: base[name] for name in ("id", "version", "level", "pool")}
    out["pilot_count"] = base.get("pilot_count", 0)
    out["title"] = _text(sent.get("title"))
    out["item_count"] = _number(sent.get("item_count"))
    out["avoid_sittings"] = _number(sent.get("avoid_sittings"))
    out["max_exposure"] = _percent(sent.get("max_exposure"))
    out["quotas"] = _quotas(sent)
    out["sections"] = _sections(sent)
    out["must_include"] = _ids(sent.get("must_include"))
    lines = str(sent.get("enemies") or "").splitlines()[:MOST_QUOTAS]
    out["enemies"] = [ids for ids in (_ids(line) for line in lines) if ids]
    out["match"] = _match(sent)
    return out


def _match(sent: Sent) -> Document | None:
    expected = _percent(sent.get("expected"))
    if expected is None:
        return None
    out: Document = {"expected_fraction": expected}
    for name, value in (
        ("slack_marks", _number(sent.get("slack_marks"))),
        ("information", _number(sent.get("information"))),
        ("information_slack", _percent(sent.get("information_slack"))),
    ):
        if value is not None:
            out[name] = value
    return out


def _quotas(sent: Sent) -> list[Document]:
    dropped = set(sent.getlist("q_drop"))
    columns = {name: sent.getlist(f"q_{name}") for name in (*SELECTORS, "least", "most")}
    count = min(MOST_QUOTAS, *(len(column) for column in columns.values()))
    out = []
    for place in range(count):
        typed = {name: column[place] for name, column in columns.items()}
        if str(place) in dropped or not any(value.strip() for value in typed.values()):
            continue
        quota: Document = {
            name: _flag(typed[name]) if name in FLAGS else _text(typed[name]) or None
            for name in SELECTORS
        }
        least = _number(typed["least"])
        quota |= {"least": 0 if least is None else least, "most": _number(typed["most"])}
        out.append(quota)
    return out


def _sections(sent: Sent) -> list[Document]:
    dropped = set(sent.getlist("s_drop"))
    titles = sent.getlist("s_title")[: MOST_SECTIONS + 1]
    counts, minutes = sent.getlist("s_item_count"), sent.getlist("s_minutes")
    out = []
    for place, title in enumerate(titles[: min(len(counts), len(minutes))]):
        topics = [one for one in sent.getlist(f"s_topics_{place}") if one in labels.TOPIC]
        kinds = [one for one in sent.getlist(f"s_kinds_{place}") if one in labels.KIND]
        figures = _number(counts[place]), _number(minutes[place])
        is_blank = not (_text(title) or topics or kinds) and figures == (None, None)
        if str(place) in dropped or is_blank:
            continue
        out.append(
            {
                "title": _text(title),
                "topics": topics,
                "kinds": kinds,
                "item_count": figures[0],
                "minutes": figures[1],
            }
        )
    return out


def _text(value: str | None) -> str:
    return "".join(filter(str.isprintable, value or "")).strip()[:TEXT_CHARS]


def _number(value: str | None) -> int | float | str | None:
    """Return what was typed as a number, as it is if it is none, and nothing for nothing."""
    text = _text(value)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    is_plain = text.isascii() and abs(number) < 1e9  # neither NaN nor endless
    if not is_plain:
        return text
    return int(number) if number == int(number) else number


def _percent(value: str | None) -> float | str | None:
    number = _number(value)
    return round(number / 100, 6) if isinstance(number, int | float) else number


def _flag(value: str) -> bool | None:
    return {"yes": True, "no": False}.get(value)


def _ids(value: str | None) -> list[str]:
    """Return ids that stand apart by blanks, commas or lines, each once."""
    text = str(value or "")[: MOST_IDS * 60]
    for sign in ",，、;；":
        text = text.replace(sign, " ")
    return list(dict.fromkeys(_text(one) for one in text.split()))[:MOST_IDS]


def percent_text(fraction: object) -> str:
    """Return a fraction of the document as the form shows it; what is none, as it was typed."""
    if isinstance(fraction, bool) or not isinstance(fraction, int | float):
        return str(fraction or "")
    return f"{fraction * 100:g}"


def lines_of(groups: Sequence[Sequence[str]] | None) -> str:
    """Return groups of ids, one on a line."""
    return "\n".join(" ".join(group) for group in groups or ())
