"""Pages of the library: families and coverage, a room's trial, blind play, votes, retirement."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts.roles import Role
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages
from app.core.errors import DomainError, ForbiddenError, InvalidInputError
from app.core.web import BaseForm, access
from app.library import labels, presenting, services
from app.studio import realism
from app.studio.queries import scenario_of, version_of

bp = Blueprint("library", __name__, template_folder="templates", url_prefix="/library")
add_messages(labels.MESSAGES)

READERS = (Role.COMMITTEE_MEMBER, Role.REVIEWER)
TEN = 10


class NotACandidateError(ForbiddenError):
    """Raised when a member without the candidate's role would play: the cockpit is candidates'."""

    code = "realism_no_candidate"


class PlainForm(BaseForm):
    """A button with its token."""


@bp.get("")
@access(*READERS, answers="200 page")
def index() -> ResponseReturnValue:
    """Show the rooms by family, and which skill is covered at which level."""
    return render_template(
        "library/index.html", labels=labels, **presenting.library_page(db.session())
    )


@bp.get("/<ref>")
@access(*READERS, answers="200 page; 404")
def room(ref: str) -> ResponseReturnValue:
    """Show a room's trial, how often it was played, its twins, people beside policies."""
    return _room_page(ref)


@bp.get("/<ref>/changes")
@access(
    *READERS,
    fields={"with": "version number of the same scenario; the one before if left out"},
    answers="200 page; 404",
)
def changes(ref: str) -> ResponseReturnValue:
    """Show what differs between two published versions of a scenario."""
    asked = request.args.get("with", "")
    found = presenting.changes_page(db.session(), ref, _whole(asked))
    return render_template("library/changes.html", labels=labels, **found)


@bp.post("/<ref>/blind")
@access(
    Role.COMMITTEE_MEMBER,
    answers="303 to the cockpit, of the open room if there is one; 403 realism_no_candidate; 404; "
    "409 room_not_ready",
)
def blind(ref: str) -> ResponseReturnValue:
    """Start the room, to be played blind; nothing of what will happen was shown before."""
    settings: Settings = current_app.config["SETTINGS"]
    person_id = current_user.id
    if Role.CANDIDATE not in current_user.roles:
        raise NotACandidateError(f"{current_user!r} plays no rooms")
    with transaction() as db_session:
        started = services.start_blind(
            db_session, ref, person_id, is_demo=settings.is_demo, now=clock.now()
        )
        public_id = started.public_id
    return redirect(url_for("rooms.cockpit", public_id=public_id), code=303)


@bp.get("/<ref>/vote")
@access(Role.COMMITTEE_MEMBER, answers="200 page; 404")
def ballot(ref: str) -> ResponseReturnValue:
    """Show the ballot: a judgement for each ten minutes, and single minutes that differ."""
    return _ballot_page(ref)


@bp.post("/<ref>/vote")
@access(
    Role.COMMITTEE_MEMBER,
    fields={
        "part_<n>": "r, d or u for the n-th ten minutes, from 0",
        "unreal": "minutes (from 1) that were not real, whatever their ten are",
        "sessions_run": "real sessions that the member has run",
        "confirms": "yes or no: whether the room may count",
        "remark": "what was real and what was not; needed for no",
    },
    answers="303 to the room; 404; 422 page with what is missing, nothing recorded",
)
def vote(ref: str) -> ResponseReturnValue:
    """Record the member's judgement, minute by minute; it is never changed."""
    actor, person_id = current_user.actor, current_user.id
    try:
        with transaction() as db_session:
            count = scenario_of(db_session, ref).duration_min
            services.vote(
                db_session,
                ref,
                person_id=person_id,
                sessions_run=_whole(request.form.get("sessions_run", "")),
                minutes=_minutes(count),
                remark=request.form.get("remark", ""),
                confirms=_answer(),
                actor=actor,
                now=clock.now(),
            )
    except DomainError as error:
        if error.code == "not_found":
            raise
        words = labels.MESSAGES.get(error.code) or gettext(
            "还有没填的：每十分钟选一项，写明操盘过的场次和结论；不通过要写理由"
        )
        return _ballot_page(ref, str(words)), 422
    flash(gettext("表态已记录，不能再改"))
    return redirect(url_for("library.room", ref=ref), code=303)


@bp.post("/<ref>/retire")
@access(
    Role.COMMITTEE_MEMBER,
    fields={"reason": "why; kept in the audit log"},
    answers="303 to the library; 404; 409 conflict; 422 page without a reason",
)
def retire(ref: str) -> ResponseReturnValue:
    """Take a version out of use; rooms that pinned it go on."""
    actor = current_user.actor
    try:
        with transaction() as db_session:
            realism.retire(
                db_session,
                ref,
                reason=request.form.get("reason", ""),
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError:
        return _room_page(ref, gettext("请写明停用的理由")), 422
    flash(gettext("这一版已停用：不再开新房间，已经钉住它的照常"))
    return redirect(url_for("library.index"), code=303)


def _room_page(ref: str, refusal: str = "") -> str:
    db_session, person_id = db.session(), current_user.id
    version = version_of(db_session, ref)
    return render_template(
        "library/room.html",
        labels=labels,
        form=PlainForm(formdata=None),
        refusal=refusal,
        own_vote=services.own_vote_or_none(db_session, ref, person_id),
        played=services.blind_room_or_none(db_session, ref, person_id),
        has_worked=services.has_worked_on(db_session, version.scenario_id, person_id),
        may_vote=Role.COMMITTEE_MEMBER in current_user.roles,
        may_play=Role.CANDIDATE in current_user.roles,
        **presenting.room_page(db_session, version),
    )


def _ballot_page(ref: str, refusal: str = "") -> str:
    db_session = db.session()
    version = version_of(db_session, ref)
    count = int(version.body["duration_min"])
    return render_template(
        "library/ballot.html",
        labels=labels,
        form=PlainForm(formdata=None),
        refusal=refusal,
        version=version,
        played=services.blind_room_or_none(db_session, ref, current_user.id),
        parts=[
            (place, at + 1, min(at + TEN, count)) for place, at in enumerate(range(0, count, TEN))
        ],
        chosen=request.form,
        unreal=set(request.form.getlist("unreal")),
        least_sessions=realism.LEAST_SESSIONS_RUN,
    )


def _minutes(count: int) -> str:
    """Return a letter for each minute; a part without a choice leaves its minutes blank."""
    letters = [request.form.get(f"part_{at // TEN}", " ")[:1] or " " for at in range(count)]
    for text in request.form.getlist("unreal"):
        at = _whole(text) - 1
        if 0 <= at < count:
            letters[at] = realism.UNREAL
    return "".join(letters)


def _answer() -> bool:
    answer = request.form.get("confirms", "")
    if answer not in {"yes", "no"}:
        raise InvalidInputError("the vote has no answer")
    return answer == "yes"


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
