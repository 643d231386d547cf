"""What the board's pages are given: the published bytes as data, and words around them."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contests.board.models import BoardSnapshot
from app.core.i18n import is_english

Json = dict[str, Any]

WAN_FEN, THOUSAND_FEN = 1_000_000, 100_000

CURVES_EVERY_MS = 5000
"""How often a page asks for the curves: they change once in a minute of the room."""


def snapshot_or_none(db_session: Session, round_id: int) -> BoardSnapshot | None:
    """Return what was published of a round."""
    return db_session.scalar(select(BoardSnapshot).where(BoardSnapshot.round_id == round_id))


def board_context(body: bytes | None, **addresses: str | None) -> Json:
    """Return the context of a page with a board.

    Args:
        body: A board's JSON, the public's or the jury's as the page is for; none before there is.
        addresses: `board_url`, `curves_url`: where the page's script asks.
    """
    board = None if body is None else json.loads(body)
    rows = [] if board is None else board["rows"]
    return {
        "board": board,
        "unit": money_unit(),
        "scale": max([0.05, *(row["uplift_ratio"] or 0.0 for row in rows)]),
        "uplift_text": uplift_text,
        "money_parts": money_parts,
        "set": {**addresses, "unit": money_unit(), "curves_every_ms": CURVES_EVERY_MS},
    }


def money_unit() -> Json:
    """Return the unit of a board's money: 万, in English thousands."""
    if is_english():
        return {"fen": THOUSAND_FEN, "word": "k"}
    return {"fen": WAN_FEN, "word": gettext("万")}


def money_parts(fen: int, unit: Json) -> tuple[str, str]:
    """Write money as (number, unit), in whole yuan below one unit: 0.5 万 tells nobody apart.

    Two decimals stand below ten units, one above. `moneyParts` of the page's script is its twin.
    """
    sign, amount = "−" if fen < 0 else "", abs(fen)
    if amount < unit["fen"]:
        return f"{sign}¥{amount / 100:,.0f}", ""
    decimals = 2 if amount < 10 * unit["fen"] else 1
    return f"{sign}{amount / unit['fen']:.{decimals}f}", f" {unit['word']}"


def uplift_text(ratio: float | None) -> str:
    """Write a growth as `+38.6%`; a missing one as `—`."""
    if ratio is None:
        return "—"
    return f"{'−' if ratio < 0 else '+'}{abs(ratio) * 100:.1f}%"
