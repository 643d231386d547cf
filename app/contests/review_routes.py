"""The page on which a contestant writes the 复盘 of a round."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.contests import forms, queries, review_queries, reviewing
from app.contests.blueprint import bp
from app.contests.models import Contest, ContestEntry, ContestRound, RoundPlace
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.web import access


@bp.get("/<public_id>/rounds/<round_id>/review")
@access("candidate", answers="200 page; 404 unless the person's own round asks for it")
def review(public_id: str, round_id: str) -> ResponseReturnValue:
    """Show the form, or what was handed in."""
    return _page(public_id, round_id, forms.ReviewForm(formdata=None))


@bp.post("/<public_id>/rounds/<round_id>/review")
@access(
    "candidate",
    fields={"body": "as long as the rules say"},
    answers="303 to the page; 404; 409 page contest_review_closed, contest_review_written; "
    "422 page",
)
def write_review(public_id: str, round_id: str) -> ResponseReturnValue:
    """Hand the 复盘 in; it stands."""
    form = forms.ReviewForm()
    if not form.validate_on_submit():
        return _page(public_id, round_id, form), 422
    try:
        with transaction() as db_session:
            contest = queries.contest_of(db_session, public_id, lock=True)
            round_, place, entry = _own(contest, round_id)
            reviewing.write_review(
                db_session,
                contest,
                round_,
                place,
                entry,
                form.body.data or "",
                actor=current_user.actor,
                now=clock.now(),
            )
    except InvalidInputError as error:
        words = gettext("字数不在要求的范围内")
        if error.errors and error.errors[0]["code"] == "names_itself":
            words = gettext("文中出现了你的姓名或公司，评委只能看代号，请删去")
        form.body.errors = [words]
        return _page(public_id, round_id, form), 422
    except ConflictError as error:
        return _page(public_id, round_id, form, message_of(error.code)), 409
    flash(gettext("复盘已提交，由评委匿名评分"))
    address = url_for("contests.review", public_id=public_id, round_id=round_id)
    return redirect(address, code=303)


def _own(contest: Contest, round_id: str) -> tuple[ContestRound, RoundPlace, ContestEntry]:
    """Return the person's own place in a round of a contest.

    Raises:
        NotFoundError: If they have none, or the round asks for no review.
    """
    db_session = db.session()
    round_ = queries.round_of(db_session, round_id)
    rules = queries.rules_of(db_session, contest).review
    if round_.contest_id == contest.id and rules is not None and round_.stage in rules.stages:
        for place, entry in queries.places_of(db_session, round_.id):
            if entry.person_id == current_user.id and entry.withdrawn_at is None:
                return round_, place, entry
    raise NotFoundError(f"review of round {round_id} by person {current_user.id}")


def _page(public_id: str, round_id: str, form: forms.ReviewForm, refusal: str = "") -> str:
    db_session, now = db.session(), clock.now()
    contest = queries.public_contest(db_session, public_id)
    round_, place, _ = _own(contest, round_id)
    until = review_queries.review_until(db_session, contest, round_)
    return render_template(
        "contests/review.html",
        contest=contest,
        round=round_,
        rules=queries.rules_of(db_session, contest),
        held=review_queries.review_or_none(db_session, place.id, round_.run_no),
        until=until,
        may_write=until is not None
        and round_.ends_at is not None
        and round_.ends_at <= now <= until,
        is_early=round_.ends_at is None or now < round_.ends_at,
        form=form,
        refusal=refusal,
    )
