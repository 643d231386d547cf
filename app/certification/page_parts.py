"""The public page of a certificate, put together from prepared parts.

What the page says follows from a certificate's shape (level, status, what each check found …); what
differs within a shape are a few marks: number, name, days, the moment. So the template is rendered
once for each shape and language, with stand-ins for the marks, and cut at them; a look-up puts its
own marks between the pieces. The template stays the only place where the page is written; a test
compares both ways for every status.

Stand-ins are letters for private use and days of far years, which no page has otherwise.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from markupsafe import escape

from app.certification.likeness import Likeness, chinese_day, likeness_of, qr_path
from app.certification.verification import PublicRecord
from app.core.i18n import local_date, local_time

NUMBER = "CPS0-00-0000000000-\ue001"
"""As long as a number; its last character also stands alone on the page."""

HOLDER, SUCCESSOR, RENEWED_BY = "\ue002", "CPS0-00-1111111111-\ue003", "CPS0-00-2222222222-\ue004"
TOKEN, CODE = "\ue005", "\ue006"
NO_SESSION = "0000"
"""Stands for the value in a reader's cookie."""

ISSUED, FROM, UNTIL = date(5111, 1, 11), date(5122, 2, 22), date(7177, 7, 17)
ENDED_BEFORE, ENDED_AFTER = date(6166, 6, 16), date(8188, 8, 18)
RUNNING_AT = datetime(5155, 5, 15, 5, 15, 15, tzinfo=UTC)
LAST_DAY_AT = datetime(7177, 7, 17, 1, 17, 17, tzinfo=UTC)
EXPIRED_AT = datetime(9199, 9, 19, 9, 19, 19, tzinfo=UTC)
SUSPENDED_UNTIL = datetime(6133, 3, 13, 3, 13, 13, tzinfo=UTC)

SHAPES_KEPT = 1000
"""Cut pages that a process keeps; one is some 25 kB."""

Shape = tuple[Any, ...]
Render = Callable[[PublicRecord, Likeness], str]
"""Writes the whole page by the template."""


@dataclass(frozen=True, slots=True)
class CutPage:
    """A page cut at its marks: pieces, and the name of the mark behind each but the last."""

    pieces: tuple[bytes, ...]
    names: tuple[str, ...]

    def filled(self, marks: Mapping[str, bytes]) -> bytes:
        """Return the page with these marks."""
        out = [self.pieces[0]]
        for name, piece in zip(self.names, self.pieces[1:], strict=True):
            out += (marks[name], piece)
        return b"".join(out)


class CutPages:
    """The cut pages of a process, by shape and language."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, Shape], CutPage] = OrderedDict()

    def page(self, record: PublicRecord, locale: str, token: str, render: Render) -> bytes:
        """Return the page of a record that says nothing but public facts.

        Args:
            record: What is told.
            locale: The reader's language.
            token: The reader's CSRF token.
            render: Writes a page by the template, in that language and with the token `TOKEN`.
        """
        key = locale, shape_of(record)
        cut = self._kept.get(key)
        code, modules = qr_path(record.verify_url)
        if cut is None:
            model = stand_in(record)
            drawn = replace(likeness_of(model), qr=CODE, qr_modules=modules)
            cut = cut_at(render(model, drawn), {**marks_of(model), "token": TOKEN, "code": CODE})
            self._kept[key] = cut
            while len(self._kept) > SHAPES_KEPT:
                self._kept.popitem(last=False)
        marks = {**marks_of(record), "token": token, "code": code}
        return cut.filled({name: text.encode() for name, text in marks.items()})


def shape_of(record: PublicRecord) -> Shape:
    """Return everything on which the page depends besides its marks."""
    ended, until = record.ended_on, record.valid_until
    return (
        record.level,
        record.title,
        record.issuer,
        record.status,
        record.is_demo,
        tuple(record.answers.items()),
        record.verify_url.removesuffix(record.number),
        None if ended is None else (ended > until) - (ended < until),
        (record.days_left > 0) - (record.days_left < 0),
        record.suspended_until is None,
        record.successor is None,
        record.renewed_by is None,
        record.status_list,
    )


def stand_in(record: PublicRecord) -> PublicRecord:
    """Return a record of the same shape whose marks are the stand-ins."""
    ended = None
    if record.ended_on is not None:
        later = record.ended_on > record.valid_until
        ended = ENDED_AFTER if later else ENDED_BEFORE
        if record.ended_on == record.valid_until:
            ended = UNTIL
    at = LAST_DAY_AT
    if record.days_left:
        at = RUNNING_AT if record.days_left > 0 else EXPIRED_AT
    return replace(
        record,
        number=NUMBER,
        holder_masked=HOLDER,
        issued_on=ISSUED,
        valid_from=FROM,
        valid_until=UNTIL,
        ended_on=ended,
        suspended_until=None if record.suspended_until is None else SUSPENDED_UNTIL,
        successor=None if record.successor is None else SUCCESSOR,
        renewed_by=None if record.renewed_by is None else RENEWED_BY,
        verify_url=record.verify_url.removesuffix(record.number) + NUMBER,
        checked_at=at,
    )


def marks_of(record: PublicRecord) -> dict[str, str]:
    """Return a record's marks as the page writes them, by name."""
    successor, renewed_by = record.successor or "", record.renewed_by or ""
    return {
        **number_marks(record.number),
        "check": record.number[-1],
        "holder": str(escape(record.holder_masked)),
        "issued": local_date(record.issued_on),
        "issued_chinese": chinese_day(record.issued_on),
        "from": local_date(record.valid_from),
        "until": local_date(record.valid_until),
        "until_chinese": chinese_day(record.valid_until),
        "ended": local_date(record.ended_on),
        "suspended_until": local_time(record.suspended_until),
        "successor": successor,
        "successor_address": quote(successor),
        "renewed_by": renewed_by,
        "renewed_by_address": quote(renewed_by),
        "checked_at": local_time(record.checked_at, seconds=True),
        "days": str(abs(record.days_left)),
    }


def number_marks(number: str) -> dict[str, str]:
    """Return a number as text and as part of an address."""
    return {"number": number, "address": quote(number)}


def cut_at(page: str, stand_ins: Mapping[str, str]) -> CutPage:
    """Cut a page wherever a stand-in is; the longest is found first."""
    absent = {"", "—", "0"}
    names: dict[str, str] = {}
    for name, text in stand_ins.items():
        if text not in absent:
            names.setdefault(text, name)
    found = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    pieces, order, at = [], [], 0
    for match in found.finditer(page):
        pieces.append(page[at : match.start()].encode())
        order.append(names[match[0]])
        at = match.end()
    return CutPage((*pieces, page[at:].encode()), tuple(order))
