"""Pages of contestants: the list, entry, the hall, results with their explanation, protests."""

from __future__ import annotations

from flask import current_app, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.contests import (
    day_routes,
    desk_routes,
    entering,
    forms,
    jury_queries,
    jury_routes,
    labels,
    notice_routes,
    presenting,
    protest_queries,
    protesting,
    qualifying,
    queries,
    review_queries,
    review_routes,
    tracing,
)
from app.contests.blueprint import bp
from app.contests.models import Contest, ContestEntry
from app.contests.organising import news_of
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.web import ANYONE, SIGNED_IN, BaseForm, access
from app.sittings import queries as sittings

add_messages(labels.MESSAGES)
PARTS = (day_routes, desk_routes, jury_routes, notice_routes, review_routes)
"""The other modules whose routes are this blueprint's."""


@bp.get("")
@access(ANYONE, answers="200 page")
def index() -> ResponseReturnValue:
    """Show the contests that are announced, and where the reader takes part."""
    db_session = db.session()
    contests = queries.public_contests(db_session)
    own: dict[int, ContestEntry] = {}
    if current_user.is_authenticated:
        for contest in contests:
            entry = queries.entry_or_none(db_session, contest.id, current_user.id)
            if entry is not None and entry.withdrawn_at is None:
                own[contest.id] = entry
    return render_template(
        "contests/index.html",
        contests=contests,
        own=own,
        news=news_of(clock.now()),
        labels=labels,
        now=clock.now(),
    )


@bp.get("/<public_id>")
@access(ANYONE, answers="200 page; 404")
def show(public_id: str) -> ResponseReturnValue:
    """Show a contest: terms, rounds, commitments, entry, and the contestant's hall."""
    contest = queries.public_contest(db.session(), public_id)
    return _page(contest, forms.EntryForm(formdata=None))


@bp.get("/<public_id>/data.json")
@access(ANYONE, answers="200 JSON: terms, rounds, commitments, final results; 404")
def data(public_id: str) -> ResponseReturnValue:
    """Give what everybody may know of a contest."""
    db_session = db.session()
    contest = queries.public_contest(db_session, public_id)
    rules = queries.rules_of(db_session, contest)
    return jsonify(presenting.contest_body(db_session, contest, rules))


@bp.get("/<public_id>/hall.json")
@access(
    SIGNED_IN,
    answers="200 `{server_now, state, rounds: [{starts_at, clock_starts_at, room_url, …}]}`; 404",
)
def hall(public_id: str) -> ResponseReturnValue:
    """Tell a contestant's hall what the server's clock says and where the own rooms are."""
    db_session = db.session()
    contest = queries.public_contest(db_session, public_id)
    return jsonify(presenting.hall_body(db_session, contest, current_user.id, now=clock.now()))


@bp.get("/<public_id>/seals")
@access(ANYONE, answers="200 page; 404")
def seals(public_id: str) -> ResponseReturnValue:
    """Show every commitment, and what it was to once it is opened, hashed anew."""
    contest = queries.public_contest(db.session(), public_id)
    lines = presenting.seal_lines(db.session(), contest)
    return render_template("contests/seals.html", contest=contest, lines=lines, labels=labels)


@bp.get("/<public_id>/seals/<round_id>/<slot>.json")
@access(
    ANYONE,
    answers="200 `{commitment, document}` for `python -m simulations commitment`; 404 also while "
    "it is closed",
)
def seal_file(public_id: str, round_id: str, slot: str) -> ResponseReturnValue:
    """Give an opened seal as a file."""
    contest = queries.public_contest(db.session(), public_id)
    for line in presenting.seal_lines(db.session(), contest):
        if (line.round_.public_id, line.seal.slot) == (round_id, slot) and line.seal.opened:
            return jsonify(commitment=line.seal.commitment, document=line.seal.opened)
    raise NotFoundError(f"opened seal {slot} of round {round_id}")


@bp.post("/<public_id>/entry")
@access(
    "candidate",
    fields={"public_name": "what the public sees", "consent": "to be shown in public"},
    answers="303 to the contest; 404; 409 page: contest_entry_closed, contest_not_eligible, "
    "contest_organised; 422",
)
def enter(public_id: str) -> ResponseReturnValue:
    """Enter the contest, or wait for a seat."""
    form = forms.EntryForm()
    if not form.validate_on_submit():
        return _page(queries.public_contest(db.session(), public_id), form), 422
    try:
        with transaction() as db_session:
            queries.public_contest(db_session, public_id)
            entry = entering.enter(
                db_session,
                queries.contest_of(db_session, public_id, lock=True),
                current_user.id,
                public_name=form.public_name.data or "",
                settings=_settings(),
                now=clock.now(),
            )
            waits = entry.is_waiting
    except ConflictError as error:
        page = _page(queries.public_contest(db.session(), public_id), form, error.code)
        return page, 409
    flash(gettext("席位已满，你在候补名单上") if waits else gettext("报名成功"))
    return redirect(url_for("contests.show", public_id=public_id), code=303)


@bp.post("/<public_id>/withdraw")
@access("candidate", answers="303 to the contest; 404; 409 contest_stage")
def withdraw(public_id: str) -> ResponseReturnValue:
    """Withdraw the own entry; who waits longest takes the seat."""
    with transaction() as db_session:
        contest = queries.contest_of(db_session, public_id, lock=True)
        entry = _own_entry(contest)
        entering.withdraw(
            db_session,
            contest,
            entry,
            reason="own",
            actor=current_user.actor,
            now=clock.now(),
        )
    flash(gettext("已退赛"))
    return redirect(url_for("contests.show", public_id=public_id), code=303)


@bp.post("/<public_id>/votes/<entry_id>")
@access(
    "candidate",
    answers="303 to the contest; 403 contest_may_not_vote; 404; 409 contest_stage, "
    "contest_vote_given",
)
def vote(public_id: str, entry_id: str) -> ResponseReturnValue:
    """Give the own vote to a contestant."""
    with transaction() as db_session:
        contest = queries.contest_of(db_session, public_id, lock=True)
        entry = queries.entry_of(db_session, entry_id)
        if entry.contest_id != contest.id:
            raise NotFoundError(f"entry {entry_id} of {contest!r}")
        protesting.vote(
            db_session, contest, entry, current_user.id, settings=_settings(), now=clock.now()
        )
    flash(gettext("投票已记下，与成绩无关，单独公布"))
    return redirect(url_for("contests.show", public_id=public_id), code=303)


@bp.get("/<public_id>/result")
@access("candidate", answers="200 page; 404, also before results are told")
def result(public_id: str) -> ResponseReturnValue:
    """Show the own result, how it was made, and where it may be contested."""
    contest = queries.public_contest(db.session(), public_id)
    return _result_page(contest, forms.ProtestForm(formdata=None))


@bp.post("/<public_id>/rounds/<round_id>/protests")
@access(
    "candidate",
    fields={"about": "room, forecast, jury or technical", "body": "what happened, and when"},
    answers="303 to the result; 404; 409 page: contest_no_protest; 422 page",
)
def protest(public_id: str, round_id: str) -> ResponseReturnValue:
    """Contest the own result in a round."""
    form = forms.ProtestForm()
    contest = queries.public_contest(db.session(), public_id)
    if not form.validate_on_submit():
        return _result_page(contest, form), 422
    try:
        with transaction() as db_session:
            contest = queries.contest_of(db_session, public_id, lock=True)
            entry = _own_entry(contest)
            round_ = queries.round_of(db_session, round_id)
            places = {other.id: place for place, other in queries.places_of(db_session, round_.id)}
            if round_.contest_id != contest.id or entry.id not in places:
                raise NotFoundError(f"place of {entry!r} in {round_!r}")
            protesting.file_protest(
                db_session,
                contest,
                places[entry.id],
                about=form.about.data,
                body=form.body.data or "",
                actor=current_user.actor,
                now=clock.now(),
            )
    except ConflictError as error:
        contest = queries.public_contest(db.session(), public_id)
        return _result_page(contest, form, message_of(error.code)), 409
    except InvalidInputError:
        contest = queries.public_contest(db.session(), public_id)
        least = queries.rules_of(db.session(), contest).protests.least_chars
        return _result_page(contest, form, gettext("申诉内容至少 %(n)s 个字", n=least)), 422
    flash(gettext("申诉已提交，答复会显示在这一页"))
    return redirect(url_for("contests.result", public_id=public_id), code=303)


def _page(contest: Contest, form: forms.EntryForm, refusal: str = "") -> str:
    db_session, now = db.session(), clock.now()
    rules = queries.rules_of(db_session, contest)
    entry, own_rooms, qualification, voted, extra = None, [], None, None, None
    if current_user.is_authenticated:
        person_id = current_user.id
        entry = queries.entry_or_none(db_session, contest.id, person_id)
        own_rooms = queries.rooms_of_person(db_session, contest.id, person_id)
        qualification = qualifying.qualification_of(
            db_session, contest, person_id, settings=_settings(), now=now
        )
        extra = sittings.accommodation_in_force(db_session, person_id)
        voted = protest_queries.vote_or_none(db_session, contest.id, person_id)
        if not form.is_submitted() and not form.public_name.data:
            form.public_name.data = current_user.display_name
    entries = queries.entries_of(db_session, contest.id)
    results = queries.final_results(db_session, contest)
    return render_template(
        "contests/show.html",
        contest=contest,
        rules=rules,
        rounds=queries.rounds_of(db_session, contest.id),
        seals=presenting.seal_lines(db_session, contest),
        entry=entry,
        own_rooms=own_rooms,
        room_links={
            round_.id: presenting.room_link(round_, room, now) for round_, _, room in own_rooms
        },
        entries=entries,
        seated_count=sum(not one.is_waiting for one in entries),
        results=results,
        votes=protest_queries.vote_counts(db_session, contest.id),
        voted=voted,
        qualification=qualification,
        extra=extra,
        ways=[(one, presenting.way_words(rules, one)) for one in presenting.way_kinds(rules)],
        reviews={
            round_.id: review_queries.review_until(db_session, contest, round_)
            for round_, _, _ in own_rooms
        },
        may_enter=contest.state == "published"
        and contest.entry_opens_at <= now <= contest.entry_closes_at,
        form=form,
        bare_form=BaseForm(),
        refusal=message_of(refusal) if refusal else "",
        formula=presenting.formula_words(rules),
        ties=presenting.tie_words(rules),
        standard=tracing.standard_of(db_session, rules),
        round_state=presenting.round_state,
        slot_name=presenting.slot_name,
        labels=labels,
        now=now,
    )


def _result_page(contest: Contest, form: forms.ProtestForm, refusal: str = "") -> str:
    db_session, now = db.session(), clock.now()
    entry = _own_entry(contest)
    found = queries.result_of_entry_or_none(db_session, contest, entry.id)
    if found is None or contest.state not in {"protest", "final"}:
        raise NotFoundError(f"result of {entry!r}")
    rules = queries.rules_of(db_session, contest)
    rows = presenting.result_rows(db_session, contest, entry)
    own_rooms = {
        round_.id: room
        for round_, _, room in queries.rooms_of_person(db_session, contest.id, current_user.id)
    }
    return render_template(
        "contests/result.html",
        contest=contest,
        rules=rules,
        entry=entry,
        result=found,
        rows=rows,
        rooms=own_rooms,
        marks={
            place.id: [
                mark for _, _, mark in jury_queries.tasks_of_place(db_session, place.id) if mark
            ]
            for _, place, _, _ in rows
        },
        protests=[
            one
            for one in protest_queries.protests_of(db_session, contest.id)
            if one[2].id == entry.id
        ],
        votes=protest_queries.vote_counts(db_session, contest.id).get(entry.id, 0),
        jury_columns={
            stage: [
                (gettext("评委"),),
                *((one.title, "r") for one in rules.jury.criteria_of(stage)),
            ]
            for stage in rules.jury.stages
        },
        reviews={
            place.id: review_queries.review_or_none(db_session, place.id, round_.run_no)
            for round_, place, _, _ in rows
        },
        may_protest=contest.state == "protest"
        and contest.protest_until is not None
        and now <= contest.protest_until,
        form=form,
        refusal=refusal,
        formula=presenting.formula_words(rules),
        ties=presenting.tie_words(rules),
        standard=tracing.standard_of(db_session, rules),
        labels=labels,
    )


def _own_entry(contest: Contest) -> ContestEntry:
    entry = queries.entry_or_none(db.session(), contest.id, current_user.id)
    if entry is None or entry.withdrawn_at is not None:
        raise NotFoundError(f"entry of person {current_user.id} in {contest!r}")
    return entry


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
