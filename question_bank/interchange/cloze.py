"""Moodle's Cloze: answers in braces inside the text, one field for each blank."""

from __future__ import annotations

import re

from question_bank.interchange.entries import Fields, number_text
from question_bank.items import GAP_MARK, Item

CLOZE_SPECIAL = re.compile(r"([\\}#~/\"])")


def cloze_text(item: Item) -> str:
    """Return the stem of a fill-in item with each blank as a Cloze field."""

    def field_of(found: re.Match[str]) -> str:
        blank = item.blanks[found[1]]
        wrong = [
            f"~{_escaped(text[2:])}#{_escaped(mistake)}"
            for text, mistake in item.mistakes.items()
            if text[0] == found[1]
        ]
        if blank.number is not None:
            value, slack = number_text(blank.number.value), number_text(blank.number.tolerance)
            return "{1:NUMERICAL:=" + f"{value}:{slack}" + "".join(wrong) + "}"
        right = "~".join(f"={_escaped(one)}" for one in blank.accept)
        return "{1:SHORTANSWER:" + right + "".join(wrong) + "}"

    return GAP_MARK.sub(field_of, item.stem)


def _escaped(text: str) -> str:
    return CLOZE_SPECIAL.sub(r"\\\1", text)


CLOZE = re.compile(r"\{\d*:([A-Z_]+):((?:\\.|[^}\\])*)\}")


def take_cloze(fields: Fields) -> str:
    """Turn a Cloze text in `fields["stem"]` into blanks; return what is wrong, or nothing."""
    blanks: Fields = {}
    problems: list[str] = []

    def gap(found: re.Match[str]) -> str:
        number = str(len(blanks) + 1)
        if found[1] in {"SHORTANSWER", "SA", "MW", "SHORTANSWER_C", "SAC", "MWC"}:
            blanks[number] = {"accept": []}
        elif found[1] in {"NUMERICAL", "NM"}:
            blanks[number] = {}
        else:
            problems.append(f"a Cloze field {found[1]} has no counterpart here")
        for answer in re.findall(r"(?:\\.|[^~\\])+", found[2]):
            _cloze_answer(answer, number, blanks, fields, problems)
        return f"[[{number}]]"

    fields["kind"] = "fill_in"
    fields["stem"] = CLOZE.sub(gap, fields["stem"])
    fields["blanks"] = blanks
    return "; ".join(problems) if problems else "" if blanks else "no field in the text"


def _cloze_answer(
    answer: str, number: str, blanks: Fields, fields: Fields, problems: list[str]
) -> None:
    parts = re.findall(r"(?:\\.|[^#\\])+", answer)
    plain, feedback = (re.sub(r"\\(.)", r"\1", one) for one in [*parts, "", ""][:2])
    right = plain.startswith(("=", "%100%"))
    text = re.sub(r"^(=|%\d+%)", "", plain)
    if not right:
        fields.setdefault("mistakes", {})[f"{number}={text}"] = feedback
    elif "accept" in blanks.get(number, {}):
        blanks[number]["accept"].append(text)
    else:
        value, _, slack = text.partition(":")
        try:
            blanks[number] = {
                "number": {
                    "value": float(value),
                    "tolerance": float(slack or 0),
                    "decimals": min(4, len(number_text(float(value)).partition(".")[2])),
                }
            }
        except ValueError:
            problems.append(f"{value!r} is no number")
