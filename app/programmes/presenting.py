"""What the committee's pages of programmes are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.certification import queries as certification
from app.certification.models import Enrolment, ProgrammeVersion
from app.core.i18n import is_english
from app.programmes import cuts, drafts, labels, seasons
from app.programmes.models import ApprovedCut, DraftEvent, ProgrammeDraft
from certificates.decisions import Verdict
from certificates.diffs import Change, compare
from certificates.effects import Effect, GroupEffect, Outcome, effect_of
from certificates.lint import Problem
from certificates.programmes import CertificationProgramme

Act = Callable[[Session, ProgrammeDraft, str, datetime, str], object]

ACTS: Mapping[str, Act] = {
    "propose": lambda db_session, draft, actor, now, comment: drafts.propose(
        db_session, draft, actor=actor, now=now, comment=comment
    ),
    "return": lambda db_session, draft, actor, now, comment: drafts.give_back(
        db_session, draft, actor=actor, now=now, comment=comment
    ),
    "discard": lambda db_session, draft, actor, now, comment: drafts.discard(
        db_session, draft, actor=actor, now=now, comment=comment
    ),
    "approve": lambda db_session, draft, actor, now, comment: drafts.approve(
        db_session, draft, actor=actor, now=now
    ),
}
"""What may be done to a draft as a whole."""

DONE = {
    "propose": _("已提交，等待第二人批准"),
    "return": _("已退回"),
    "discard": _("草稿已放弃"),
    "approve": _("已发布：从现在起报名的考生按新版"),
}


@dataclass(frozen=True)
class ProgrammeRow:
    """One programme on the committee's page.

    Attributes:
        programme: The newest published version.
        published_at: When that was.
        version_count: Published versions.
        enrolled: Candidates who are enrolled now, by version.
        draft: The open draft, if any.
        cuts: Approved cuts of its blueprint that the newest version does not have.
    """

    programme: CertificationProgramme
    published_at: datetime
    version_count: int
    enrolled: list[tuple[int, int]]
    draft: ProgrammeDraft | None
    cuts: list[ApprovedCut]


@dataclass(frozen=True)
class ShownChange:
    """One field of two versions, in words."""

    name: str
    before: str
    after: str
    state: str


@dataclass(frozen=True)
class VersionPage:
    """Two published versions side by side."""

    programme: CertificationProgramme
    versions: list[tuple[int, datetime]]
    before: int
    after: int
    changes: list[ShownChange]


@dataclass(frozen=True)
class ShownProblem:
    """One problem of a draft, in words; `anchor` is the id of the form's field."""

    field: str
    text: str
    is_error: bool
    anchor: str


@dataclass(frozen=True)
class ShownEvent:
    """Something that was done to a draft, in words."""

    event: DraftEvent
    who: str
    what: str
    changes: list[ShownChange]


@dataclass(frozen=True)
class DraftPage:
    """Everything about one draft.

    Attributes:
        draft: The draft.
        base: The newest published version; None before the first.
        title: Title of the programme, as it stands in force or, before that, in the draft.
        problems: What is wrong, errors first.
        changes: Fields that differ from `base`.
        same_count: How many do not.
        events: What was done to it, newest first.
        cuts: Approved cuts that could be taken over.
        may_approve: Whether the reader may be the second person.
        has_errors: Whether it cannot be proposed.
    """

    draft: ProgrammeDraft
    base: CertificationProgramme | None
    title: str
    problems: list[ShownProblem]
    changes: list[ShownChange]
    same_count: int
    events: list[ShownEvent]
    cuts: list[ApprovedCut]
    may_approve: bool
    has_errors: bool


@dataclass(frozen=True)
class EffectPage:
    """What a draft would have meant in a season.

    Attributes:
        draft: The draft.
        title: Title of the programme.
        effect: The figures; None if the draft is not fit to be applied.
        rates: Everybody, then by size of provider.
        moves: (decided as, would be, how many), greatest first.
        chart: Pass rates before and after, for the chart.
        others: (title, decided, passed) of every published programme in that season.
    """

    draft: ProgrammeDraft
    title: str
    effect: Effect | None
    rates: list[tuple[str, GroupEffect]]
    moves: list[tuple[str, str, int, str]]
    chart: dict[str, Any] | None
    others: list[tuple[str, int, int]]


ANCHORS = {
    "theory.blueprint_ref": "theory_blueprint",
    "theory.practice_blueprint_ref": "theory_practice",
    "theory.minutes": "theory_minutes",
    "theory.cut_fraction": "theory_cut",
    "room.scenario_ref": "room_scenario",
    "room.speed": "room_speed",
    "room.cut_score": "room_cut",
    "room.forecast_weight": "room_forecast",
    "second_room.scenario_ref": "room_2_scenario",
    "second_room.speed": "room_2_speed",
    "second_room.cut_score": "room_2_cut",
    "second_room.forecast_weight": "room_2_forecast",
    "written.texts": "text_diagnosis",
    "written.cut_fraction": "written_cut",
    "contest.cut_score": "contest_cut",
    "prerequisites": "prerequisite_level",
    "renewal.window_days": "renewal_days",
    "renewal.refresher.blueprint_ref": "refresher_blueprint",
    "renewal.refresher.minutes": "refresher_minutes",
    "renewal.refresher.cut_fraction": "refresher_cut",
}
"""The form's field of a document's field, where the names differ."""


def programme_rows(db_session: Session) -> list[ProgrammeRow]:
    """Return a row for each published programme, by level, demonstrations last."""
    published = {
        (row.programme_id, row.version): row.published_at
        for row in db_session.execute(
            select(
                ProgrammeVersion.programme_id,
                ProgrammeVersion.version,
                ProgrammeVersion.published_at,
            )
        )
    }
    enrolled = _enrolled(db_session)
    open_drafts = {one.programme_id: one for one in drafts.drafts(db_session)}
    out = []
    for programme in certification.programmes(db_session):
        own = [version for programme_id, version in published if programme_id == programme.id]
        out.append(
            ProgrammeRow(
                programme=programme,
                published_at=published[programme.id, programme.version],
                version_count=len(own),
                enrolled=enrolled.get(programme.id, []),
                draft=open_drafts.get(programme.id),
                cuts=_cuts_to_take(db_session, programme, programme.theory.cut_fraction),
            )
        )
    return out


def first_drafts(db_session: Session) -> list[ProgrammeDraft]:
    """Return the open drafts of programmes that no version is published of."""
    known = {one.id for one in certification.programmes(db_session)}
    return [one for one in drafts.drafts(db_session) if one.programme_id not in known]


def _enrolled(db_session: Session) -> dict[str, list[tuple[int, int]]]:
    rows = db_session.execute(
        select(Enrolment.programme_ref, func.count().label("people"))
        .where(Enrolment.withdrawn_at.is_(None), Enrolment.certified_at.is_(None))
        .group_by(Enrolment.programme_ref)
        .order_by(Enrolment.programme_ref)
    )
    out: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        programme_id, version = certification.split_ref(row.programme_ref)
        out.setdefault(programme_id, []).append((version, row.people))
    return out


def _cuts_to_take(
    db_session: Session, programme: CertificationProgramme, held: float | None
) -> list[ApprovedCut]:
    """Return the newest approved cut of the blueprint, unless it is the one that is held."""
    newest = next(iter(cuts.cuts_for(db_session, programme)), None)
    if newest is None or held is None or abs(round(newest.cut_fraction, 4) - held) < 1e-6:
        return []
    return [newest]


def version_page(
    db_session: Session, programme_id: str, before: str | None, after: str | None
) -> VersionPage:
    """Return two published versions side by side; the newest two if none is named.

    Raises:
        NotFoundError: If there is no such programme or version.
    """
    newest = certification.newest_programme(db_session, programme_id)
    rows = [
        (row.version, row.published_at)
        for row in db_session.execute(
            select(ProgrammeVersion.version, ProgrammeVersion.published_at)
            .where(ProgrammeVersion.programme_id == programme_id)
            .order_by(ProgrammeVersion.version.desc())
        )
    ]
    after_ref = f"{programme_id}@{after or newest.version}"
    new = certification.programme_of(db_session, after_ref)
    earlier = next((version for version, _at in rows if version < new.version), new.version)
    old = certification.programme_of(db_session, f"{programme_id}@{before or earlier}")
    changes = compare(old.model_dump(mode="json"), new.model_dump(mode="json"))
    return VersionPage(
        programme=newest,
        versions=rows,
        before=old.version,
        after=new.version,
        changes=[shown_change(one) for one in changes if one.field not in {"id", "version"}],
    )


def shown_change(change: Change) -> ShownChange:
    """Return a change in words."""
    return ShownChange(
        name=labels.field_words(change.field),
        before=labels.value_words(change.field, change.before),
        after=labels.value_words(change.field, change.after),
        state=change.state,
    )


def shown_problem(problem: Problem) -> ShownProblem:
    """Return a problem in words, with the form's field that mends it."""
    name = problem.field
    while name and name not in ANCHORS and name not in labels.FIELD:
        name = name.rpartition(".")[0]
    return ShownProblem(
        field=labels.field_words(name or problem.field),
        text=labels.problem_words(problem),
        is_error=problem.is_error,
        anchor=ANCHORS.get(name, name.replace(".", "_")),
    )


def draft_page(db_session: Session, draft: ProgrammeDraft, *, me: str) -> DraftPage:
    """Return everything about a draft.

    Args:
        db_session: A session to read with.
        draft: The draft.
        me: The reader, `person:<public id>`.
    """
    base = drafts.base_or_none(db_session, draft)
    problems, programme = drafts.problems_of(db_session, draft) if draft.is_open else ([], None)
    every = [] if base is None else compare(base.model_dump(mode="json"), draft.body)
    changed = [one for one in every if one.state != "same" and one.field != "version"]
    events = drafts.events_of(db_session, draft)
    cut = (draft.body.get("theory") or {}).get("cut_fraction")
    like = base or programme  # whose blueprint's cuts may be taken over
    return DraftPage(
        draft=draft,
        base=base,
        title=labels.title_of(base) if base else _first_title(draft),
        problems=[shown_problem(one) for one in problems],
        changes=[shown_change(one) for one in changed],
        same_count=len(every) - len(changed),
        events=_shown_events(db_session, events),
        cuts=_cuts_to_take(db_session, like, cut) if like and draft.state == "draft" else [],
        may_approve=me not in drafts.writers_of(db_session, draft),
        has_errors=any(one.is_error for one in problems),
    )


def _first_title(draft: ProgrammeDraft) -> str:
    """Return how a programme is called that has no published version yet."""
    name = "title_en" if is_english() else "title"
    return str(draft.body.get(name) or draft.body.get("title") or draft.programme_id)


def _shown_events(db_session: Session, events: Sequence[DraftEvent]) -> list[ShownEvent]:
    people = {one.actor.partition(":")[2] for one in events if one.actor.startswith("person:")}
    names = accounts.display_names(db_session, people)
    return [
        ShownEvent(
            event=one,
            who=names.get(one.actor.partition(":")[2], one.actor),
            what=str(labels.EVENT[one.kind]),
            changes=[shown_change(Change(**change)) for change in one.changes],
        )
        for one in events
    ]


def effect_page(db_session: Session, draft: ProgrammeDraft, season: seasons.Season) -> EffectPage:
    """Return what a draft would have meant in a season."""
    base = certification.newest_programme(db_session, draft.programme_id)
    _problems, programme = drafts.problems_of(db_session, draft)
    published = [one for one in certification.programmes(db_session) if not one.is_demo]
    counts = seasons.pass_counts(db_session, [one.id for one in published], season)
    others = [(labels.title_of(one), *counts[one.id]) for one in published]
    if programme is None:
        return EffectPage(draft, labels.title_of(base), None, [], [], None, others)
    effect = effect_of(
        seasons.decided_cases(db_session, draft.programme_id, season),
        programme,
        demanded=seasons.demanded_parts(base),
        groups=seasons.GROUPS,
    )
    rates = [
        (gettext("全部考生"), effect.everybody),
        *((str(labels.GROUP[one.group]), one) for one in effect.groups),
    ]
    moves = sorted(effect.moves.items(), key=lambda one: -one[1])
    verdicts = {
        Verdict.PASSED: Outcome.PASSED,
        Verdict.FAILED: Outcome.FAILED,
        Verdict.INCOMPLETE: Outcome.INCOMPLETE,
    }
    return EffectPage(
        draft=draft,
        title=labels.title_of(base),
        effect=effect,
        rates=rates,
        moves=[
            (
                str(labels.OUTCOME[verdicts[verdict]]),
                str(labels.OUTCOME[outcome]),
                count,
                "" if verdicts[verdict] is outcome else "info",
            )
            for (verdict, outcome), count in moves
        ],
        chart=_chart(rates),
        others=others,
    )


def _chart(rates: Sequence[tuple[str, GroupEffect]]) -> dict[str, Any] | None:
    """Return pass rates before and after as bars; None if no group is large enough."""
    shown = [(name, one) for name, one in rates if one.is_shown]
    if not shown:
        return None
    return {
        "kind": "bar",
        "title": gettext("通过率"),
        "unit": "%",
        "x": [f"{labels.GROUP_SHORT[one.group]} n={one.n}" for _, one in shown],
        "series": [
            {
                "name": gettext("现行规则"),
                "role": "baseline",
                "values": [_percent(one.before_fraction) for _, one in shown],
            },
            {
                "name": gettext("草稿"),
                "role": "candidate",
                "values": [_percent(one.after_fraction) for _, one in shown],
            },
        ],
    }


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else round(fraction * 100, 1)
