"""What the pages of standard setting show: the panel, an item to judge, a discussion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.bank import presenting as bank_presenting
from app.bank import queries as bank
from app.bank.pictures import picture_svg
from app.standards import queries
from app.standards.figures import RoundFigures, facilities_of, round_figures
from app.standards.models import (
    StandardComment,
    StandardMeeting,
    StandardMember,
    StandardRating,
)
from question_bank.items import Item
from question_bank.psychometrics.panels import (
    CELLS,
    ItemSpread,
    is_outlying,
    item_spreads,
    modal_share,
)

STEPS = tuple(range(0, 101, 5))
"""What can be chosen for a share, in percent."""


@dataclass(frozen=True)
class JudgeRow:
    """A judge in the coordinator's list; how somebody judged is not in it.

    Attributes:
        member: The place.
        name: Of the person.
        public_id: Of the person.
        has_agreed: To the wording that stands.
        done, wanted: Judgements of the present round.
        has_bounds: Whether Hofstee's questions are answered.
    """

    member: StandardMember
    name: str
    public_id: str
    has_agreed: bool
    done: int
    wanted: int
    has_bounds: bool


def judge_rows(db_session: Session, meeting: StandardMeeting) -> list[JudgeRow]:
    """Return everybody who was invited, with how far they are."""
    members = queries.members_of(db_session, meeting.id)
    people = queries.people_of(db_session, [one.person_id for one in members])
    definition = queries.definition_or_none(db_session, meeting.id)
    agreed = set()
    if definition is not None:
        agreed = queries.agreed_member_ids(db_session, definition.id)
    given = queries.judgements_in(db_session, meeting, meeting.round)
    bounds = queries.bounds_by_member(db_session, meeting.id)
    wanted = queries.subjects_in(meeting, meeting.round)
    return [
        JudgeRow(
            member=one,
            name=people[one.person_id].display_name,
            public_id=people[one.person_id].public_id,
            has_agreed=one.id in agreed,
            done=len(set(wanted) & set(given.get(one.id, {}))),
            wanted=len(wanted),
            has_bounds=one.id in bounds,
        )
        for one in members
    ]


@dataclass(frozen=True)
class ShownItem:
    """An item as the panel sees it: with its key, since nobody judges what they cannot solve.

    Attributes:
        item: Its content, values filled in.
        stem, picture: As safe HTML; the picture is empty without one.
        choices, parts, key: As on the bank's page of an item.
        exhibit: Material, or None.
    """

    item: Item
    stem: str
    picture: str
    choices: list[dict[str, Any]]
    parts: list[dict[str, str]]
    key: str
    exhibit: dict[str, Any] | None


def shown_item(db_session: Session, ref: str) -> ShownItem:
    """Return an item of the form for the page."""
    (item,) = bank.items_of(db_session, [ref])
    case = bank.case_of(db_session, item) if item.case_id else None
    exhibit = case.exhibit if case else item.exhibit
    has_parts = bool(item.prompts or item.blanks) or item.kind.value == "ordering"
    stem = (
        bank_presenting.stem_with(item, {}) if item.blanks else bank_presenting.rich_text(item.stem)
    )
    return ShownItem(
        item=item,
        stem=stem,
        picture=str(picture_svg(item, dict.fromkeys(item.key_ids, "key")) or ""),
        choices=bank_presenting.keyed_choices(item),
        parts=bank_presenting.keyed_parts(item) if has_parts else [],
        key=_key_text(item),
        exhibit=bank_presenting.shown_exhibit(case.title if case else "", exhibit)
        if exhibit
        else None,
    )


def _key_text(item: Item) -> str:
    if item.rubric is not None:
        return item.rubric.model_answer
    return bank_presenting.key_text(item) if item.numeric is not None else ""


@dataclass(frozen=True)
class Place:
    """A page of a round: an item, or Ebel's grid at the end.

    Attributes:
        position: 1-based.
        is_done: Whether everything on it is judged.
    """

    position: int
    is_done: bool


def places_of(
    meeting: StandardMeeting, given: dict[str, StandardRating], round_number: int
) -> list[Place]:
    """Return the pages of a round for the judge whose judgements are given."""
    out = [
        Place(position, ref in given)
        for position, ref in enumerate(meeting.refs_in(round_number), 1)
    ]
    if meeting.method == "ebel":
        out.append(Place(len(out) + 1, set(queries.CELL_SUBJECTS) <= set(given)))
    return out


def next_place(places: list[Place], after: int) -> int:
    """Return the next page that is not done, from `after` on and then from the start; 0 if none."""
    open_places = [one.position for one in places if not one.is_done]
    return next((one for one in open_places if one > after), open_places[0] if open_places else 0)


@dataclass(frozen=True)
class Earlier:
    """What a judge may know of an item from the round before.

    Attributes:
        own: The judge's own judgement then.
        spread: The panel's; None in the first counted round, and of Ebel's grid.
        facility, persons: Real share correct and how many answered; None where too few did.
        comments: What was said.
    """

    own: StandardRating | None
    spread: ItemSpread | None
    facility: float | None
    persons: int
    comments: list[StandardComment]


def earlier_of(
    db_session: Session, meeting: StandardMeeting, member: StandardMember, ref: str
) -> Earlier | None:
    """Return what the round before left behind; None in the training and the first round."""
    before = meeting.round - 1
    if before < 1:
        return None
    own = queries.judgements_in(db_session, meeting, before, member_id=member.id)
    found = round_figures(db_session, meeting, before)
    spreads = item_spreads(found.rows, [ref]) if found is not None else []
    facility, persons = facilities_of(meeting).get(ref, (None, 0))
    return Earlier(
        own=own.get(member.id, {}).get(ref),
        spread=spreads[0] if spreads else None,
        facility=facility,
        persons=persons,
        comments=queries.comments_in(db_session, meeting.id, before).get(ref, []),
    )


@dataclass(frozen=True)
class DiscussionRow:
    """One item of a finished round.

    Attributes:
        position: In the form, 1-based.
        ref: The item.
        skeleton: What it asks, in short.
        spread: The panel's ratings, without names.
        dots: (percent, how many judges) of the ratings, ascending.
        own: The reader's rating; None for who did not judge.
        is_outlying: Whether it lies four steps or more from the others; told to its judge alone.
        persons: How many real answers the facility rests on.
        place, place_share: Ebel's most frequent cell, and the share of judges who chose it.
        comments: What was said.
        excluded: Why it is left out; empty if it counts.
    """

    position: int
    ref: str
    skeleton: str
    spread: ItemSpread
    dots: list[tuple[int, int]]
    own: float | None
    is_outlying: bool
    persons: int
    place: tuple[str, str] | None
    place_share: float
    comments: list[StandardComment]
    excluded: str


def discussion_rows(
    db_session: Session, meeting: StandardMeeting, found: RoundFigures, seat: str
) -> list[DiscussionRow]:
    """Return a round's items, the widest spread first.

    Args:
        db_session: A session to read with.
        meeting: The meeting.
        found: The round's figures, over every item.
        seat: The reader's; empty for the coordinator.
    """
    refs = meeting.refs_in(found.number)
    known = facilities_of(meeting)
    comments = queries.comments_in(db_session, meeting.id, found.number)
    excluded = queries.exclusions_of(db_session, meeting.id)
    titles = {
        ref: item.skeleton for ref, item in zip(refs, bank.items_of(db_session, refs), strict=True)
    }
    rows = []
    spreads = item_spreads(found.rows, refs, {ref: share for ref, (share, _) in known.items()})
    for spread in spreads:
        place, share = modal_share(found.places, spread.ref)
        percents = [round(100 * value) for value in spread.values]
        rows.append(
            DiscussionRow(
                position=refs.index(spread.ref) + 1,
                ref=spread.ref,
                skeleton=titles[spread.ref],
                spread=spread,
                dots=[(one, percents.count(one)) for one in sorted(set(percents))],
                own=found.rows.get(seat, {}).get(spread.ref),
                is_outlying=is_outlying(found.rows, seat, spread.ref),
                persons=known.get(spread.ref, (0.0, 0))[1],
                place=place,
                place_share=share,
                comments=comments.get(spread.ref, []),
                excluded=excluded[spread.ref].reason if spread.ref in excluded else "",
            )
        )
    return rows


def figures_json(found: RoundFigures, own_seat: str) -> dict[str, Any]:
    """Return a round's figures as data; of the judges only the reader's own is named."""
    own = found.result.judges.get(own_seat)
    return {
        "round": found.number,
        "cut": found.result.cut_score,
        "standard_error": found.result.standard_error,
        "reliability": found.result.reliability,
        "agreement": found.agreement,
        "item_means": found.result.item_means,
        "item_sds": found.result.item_sds,
        "own": own and {"cut": own.cut_score, "severity": own.severity, "agreement": own.agreement},
    }


def cell_rows() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return Ebel's grid for a table: (difficulty, [(importance, subject), …])."""
    rows: dict[str, list[tuple[str, str]]] = {}
    for difficulty, importance in CELLS:
        rows.setdefault(difficulty, []).append((importance, f"cell:{difficulty}/{importance}"))
    return list(rows.items())
