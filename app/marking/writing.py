"""The page on which a candidate writes the 复盘 of a room and sees how both texts were marked."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts.roles import Role
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.web import access
from app.marking import forms, labels, queries, room_texts
from app.rooms.queries import room_of

bp = Blueprint("texts", __name__, url_prefix="/rooms")


@bp.get("/<public_id>")
@access(Role.CANDIDATE, answers="200 page; 404 unless the person's own room asks for texts")
def texts(public_id: str) -> ResponseReturnValue:
    """Show what was written about a room, and the form of the review while it is open."""
    return _page(public_id, forms.ReviewForm(formdata=None))


@bp.post("/<public_id>")
@access(
    Role.CANDIDATE,
    fields={"body": "the review, as long as its rubric says"},
    answers="303 to the page; 404; 409 page review_closed, review_written; 422 page",
)
def submit(public_id: str) -> ResponseReturnValue:
    """Hand in the review; it cannot be changed afterwards."""
    form = forms.ReviewForm()
    if not form.validate_on_submit():
        return _page(public_id, form), 422
    person_id, actor = current_user.id, current_user.actor
    try:
        with transaction() as db_session:
            room_texts.submit_review(
                db_session,
                room_of(db_session, public_id, person_id, lock=True),
                form.body.data or "",
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError:
        form.body.errors = [gettext("字数不在要求的范围内")]
        return _page(public_id, form), 422
    except ConflictError as error:
        return _page(public_id, form, message_of(error.code)), 409
    flash(gettext("复盘已提交，由两位评阅员独立评分"))
    return redirect(url_for("marking.texts.texts", public_id=public_id), code=303)


def _page(public_id: str, form: forms.ReviewForm, refusal: str = "") -> str:
    db_session, now = db.session(), clock.now()
    room = room_of(db_session, public_id, current_user.id)
    asked = room_texts.written_part(db_session, room)
    if asked is None:
        raise NotFoundError(f"texts of {room!r}")
    texts = room_texts.texts_of(db_session, room)
    review = next((one for one in texts if one.part == room_texts.REVIEW), None)
    item, rubric = queries.rubric_of(
        db_session, room_texts.rubric_ref_of(db_session, room_texts.REVIEW)
    )
    until = None if room.closed_at is None else room.closed_at + room_texts.REVIEW_WITHIN
    return render_template(
        "marking/texts.html",
        room=room,
        texts=texts,
        part_labels=labels.PART,
        item=item,
        rubric=rubric,
        may_write=review is not None and review.task is None and bool(until and now <= until),
        until=until,
        cut=asked.cut_fraction,
        form=form,
        refusal=refusal,
    )
