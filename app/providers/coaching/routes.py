"""Pages of a team's training: the matrix and tasks for the manager, the own tasks for operators."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import BEIJING
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.errors import InvalidInputError
from app.core.web import SIGNED_IN, BaseForm, access
from app.providers.coaching import labels, queries, services
from app.providers.models import Provider
from app.providers.queries import provider_of_manager
from app.providers.roster.next_tier import next_tier
from app.studio.queries import public_drills
from app.training.courses.queries import open_cohorts
from app.training.skill_map import shipped_skill_map
from question_bank.study_paths import GOAL

bp = Blueprint("coaching", __name__)


@bp.get("/provider/training")
@access(
    "provider_manager",
    fields={"level": "junior, intermediate or senior: whose questions measure the skills"},
    answers="200 page; 404 for who manages no provider",
)
def index() -> ResponseReturnValue:
    """Show the team's skills, its gaps, and what was assigned."""
    return _page()


@bp.post("/provider/training")
@access(
    "provider_manager",
    fields={
        "person": "public ids of employments; repeated",
        "what": "kind:subject",
        "due_on": "a day",
    },
    answers="303 to the page; 422 page with what is wrong; 404, also for another provider's people",
)
def assign() -> ResponseReturnValue:
    """Assign training."""
    actor, manager_id = current_user.actor, current_user.id
    kind, _, subject = request.form.get("what", "").partition(":")
    try:
        due_on = date.fromisoformat(request.form.get("due_on", ""))
    except ValueError:
        return _page(gettext("请选一个截止日期")), 422
    try:
        with transaction() as db_session:
            provider = provider_of_manager(db_session, manager_id)
            _check_offered(db_session, provider, f"{kind}:{subject}")
            added = services.assign(
                db_session,
                provider,
                request.form.getlist("person"),
                kind=kind,
                subject=subject,
                due_on=due_on,
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError:
        words = gettext("请选人、选内容，截止日期在今天到半年以内")
        return _page(words), 422
    flash(gettext("已安排给 %(n)s 人", n=added))
    return redirect(url_for("providers.coaching.index", _anchor="tasks"), code=303)


@bp.post("/provider/training/<public_id>/withdraw")
@access("provider_manager", answers="303 to the page; 404, also for another provider's")
def withdraw(public_id: str) -> ResponseReturnValue:
    """Take a task back."""
    actor, manager_id = current_user.actor, current_user.id
    with transaction() as db_session:
        provider = provider_of_manager(db_session, manager_id)
        task = queries.task_of_provider(db_session, public_id, provider.id)
        services.withdraw(db_session, task, actor=actor, now=clock.now())
    return redirect(url_for("providers.coaching.index", _anchor="tasks"), code=303)


@bp.get("/training-tasks")
@access(SIGNED_IN, answers="200 page")
def mine() -> ResponseReturnValue:
    """Show the reader what they were assigned."""
    db_session = db.session()
    return render_template(
        "providers/own_tasks.html",
        lines=queries.tasks_of_person(db_session, current_user.id, now=clock.now()),
        names=_names(db_session),
        kinds=labels.KIND,
        answers=queries.ANSWERS_FOR_SKILL,
    )


def _page(problem: str = "") -> str:
    db_session, now = db.session(), clock.now()
    settings: Settings = current_app.config["SETTINGS"]
    provider = provider_of_manager(db_session, current_user.id)
    level = request.args.get("level", "junior")
    level = level if level in labels.LEVEL else "junior"
    return render_template(
        "providers/coaching.html",
        provider=provider,
        team=queries.team_of(db_session, provider.id, level=level, now=now),
        skills=shipped_skill_map().skills,
        goal=GOAL,
        level=level,
        levels=labels.LEVEL,
        tier=next_tier(db_session, provider, include_demo=settings.is_demo, now=now),
        lines=queries.tasks_of_provider(db_session, provider.id, now=now),
        names=_names(db_session),
        kinds=labels.KIND,
        offers=_offers(db_session, provider),
        today=now.astimezone(BEIJING).date(),
        form=BaseForm(formdata=None),
        problem=problem,
    )


def _offers(db_session: Session, provider: Provider) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what can be assigned: kind, and (kind:subject, words) of each."""
    outline: dict[int, str] = current_app.extensions["handbook_outline"]
    return [
        ("chapter", [(f"chapter:{one}", f"{one} {title}") for one, title in outline.items()]),
        ("drill", [(f"drill:{one.id}", one.title) for one in public_drills(db_session)]),
        ("skill", [(f"skill:{one.id}", one.title) for one in shipped_skill_map().skills]),
        (
            "cohort",
            [
                (f"cohort:{cohort.public_id}", f"{course.title} {cohort.title}")
                for cohort, course, *_ in open_cohorts(db_session, (provider.code,))
            ],
        ),
    ]


def _check_offered(db_session: Session, provider: Provider, what: str) -> None:
    """Refuse what the page does not offer.

    Raises:
        InvalidInputError: If there is no such thing, or not for this provider.
    """
    if what not in {key for _, rows in _offers(db_session, provider) for key, _words in rows}:
        raise InvalidInputError("task", [{"field": "what", "code": "unknown"}])


def _names(db_session: Session) -> dict[str, tuple[str, str]]:
    """Return words and address of everything that can be assigned, by `kind:subject`."""
    outline: dict[int, str] = current_app.extensions["handbook_outline"]
    names = {
        f"chapter:{one}": (f"{one} {title}", url_for("handbook.chapter", number=one))
        for one, title in outline.items()
    }
    for drill in public_drills(db_session):
        names[f"drill:{drill.id}"] = (
            drill.title,
            url_for("rooms.drills.drill", scenario_id=drill.id),
        )
    for skill in shipped_skill_map().skills:
        names[f"skill:{skill.id}"] = (
            skill.title,
            url_for("training.practice", mode="skill", skill=skill.id),
        )
    return names
