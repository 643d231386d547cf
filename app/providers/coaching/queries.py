"""The team's skills as far as people let the provider see them, and how assigned tasks stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.core.errors import NotFoundError
from app.providers.coaching.models import TrainingTask
from app.providers.models import Employment, Provider
from app.providers.queries import running_at
from app.providers.team.models import ProgressConsent
from app.rooms.drills import records_of
from app.training.courses.models import Cohort, CohortMember
from app.training.models import PracticeAnswer
from app.training.profiles import SkillProfile, profiles_of
from app.training.reading.queries import finished_chapters
from question_bank.study_paths import GOAL

ANSWERS_FOR_SKILL = 10
"""A skill is practised once so many answers were given since it was assigned."""


@dataclass(frozen=True)
class TeamMember:
    """Somebody who works for the provider now.

    Attributes:
        person_id: Whose.
        employment_id: Public id.
        name: As others see it.
        profile: Their skills; None where they do not let the provider see them.
    """

    person_id: int
    employment_id: str
    name: str
    profile: SkillProfile | None

    @property
    def reached(self) -> int:
        """Return how many skills have reached the goal of the level."""
        if self.profile is None:
            return 0
        return sum((one.value_fraction or 0.0) >= GOAL for one in self.profile.entries)


@dataclass(frozen=True)
class TaskLine:
    """A task with whose it is and how far it is.

    Attributes:
        task: The row.
        name: Whose.
        provider_name: Who assigned it.
        is_done: Whether it is done; None where the person does not let the provider see it.
        is_late: Whether its day has passed and it is not done.
    """

    task: TrainingTask
    name: str
    provider_name: str
    is_done: bool | None
    is_late: bool


def team_of(
    db_session: Session, provider_id: int, *, level: str, now: datetime
) -> list[TeamMember]:
    """Return who works for a provider now, with their skills where they consented.

    Args:
        db_session: A session to read with.
        provider_id: Whose people.
        level: Whose questions the skills are measured by.
        now: The moment (aware).
    """
    rows = db_session.execute(
        select(
            Employment.id, Employment.public_id, Person.id.label("person_id"), Person.display_name
        )
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.provider_id == provider_id, running_at(now))
        .order_by(Person.display_name, Employment.id)
    ).all()
    sharing = _sharing(db_session, [row.id for row in rows])
    seen = [row.person_id for row in rows if row.id in sharing]
    profiles = profiles_of(db_session, seen, now=now, level=level) if seen else {}
    return [
        TeamMember(row.person_id, row.public_id, row.display_name, profiles.get(row.person_id))
        for row in rows
    ]


def tasks_of_provider(db_session: Session, provider_id: int, *, now: datetime) -> list[TaskLine]:
    """Return what a provider assigned and has not taken back; done only where people share."""
    rows = _task_rows(db_session, Employment.provider_id == provider_id, running_at(now))
    sharing = _sharing(db_session, {employment.id for _, employment, *_ in rows})
    return _lines(db_session, rows, sharing, now=now)


def tasks_of_person(db_session: Session, person_id: int, *, now: datetime) -> list[TaskLine]:
    """Return what a person was assigned by the provider that they work for."""
    rows = _task_rows(db_session, Employment.person_id == person_id, running_at(now))
    return _lines(db_session, rows, {employment.id for _, employment, *_ in rows}, now=now)


def task_of_provider(db_session: Session, public_id: str, provider_id: int) -> TrainingTask:
    """Return a provider's own task, locked.

    Raises:
        NotFoundError: If there is none, or it is another provider's.
    """
    found = db_session.scalar(
        select(TrainingTask)
        .join(Employment, Employment.id == TrainingTask.employment_id)
        .where(TrainingTask.public_id == public_id, Employment.provider_id == provider_id)
        .with_for_update(of=TrainingTask)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFoundError(f"task {public_id} of provider {provider_id}")
    return found


Row = tuple[TrainingTask, Employment, str, str]


def _task_rows(db_session: Session, *conditions: object) -> list[Row]:
    rows = db_session.execute(
        select(TrainingTask, Employment, Person.display_name, Provider.name)
        .join(Employment, Employment.id == TrainingTask.employment_id)
        .join(Person, Person.id == Employment.person_id)
        .join(Provider, Provider.id == Employment.provider_id)
        .where(TrainingTask.withdrawn_at.is_(None), *conditions)  # type: ignore[arg-type]
        .order_by(TrainingTask.due_on, TrainingTask.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _sharing(db_session: Session, employment_ids: Iterable[int]) -> set[int]:
    """Return the employments whose people let the provider see their progress."""
    return set(
        db_session.scalars(
            select(ProgressConsent.employment_id).where(
                ProgressConsent.employment_id.in_(list(employment_ids)),
                ProgressConsent.ended_at.is_(None),
            )
        )
    )


def _lines(
    db_session: Session, rows: Sequence[Row], sharing: set[int], *, now: datetime
) -> list[TaskLine]:
    done = _done(db_session, [row for row in rows if row[1].id in sharing])
    out = []
    for task, employment, name, provider_name in rows:
        is_done = task.id in done if employment.id in sharing else None
        out.append(
            TaskLine(
                task, name, provider_name, is_done, is_done is False and now.date() > task.due_on
            )
        )
    return out


def _done(db_session: Session, rows: Sequence[Row]) -> set[int]:
    """Return the tasks that are done, read from the training itself."""
    people = sorted({employment.person_id for _, employment, *_ in rows})
    chapters = finished_chapters(db_session, people)
    stars: dict[int, set[str]] = {}
    found = set()
    for task, employment, *_ in rows:
        person_id = employment.person_id
        if task.kind == "chapter":
            is_done = int(task.subject) in chapters[person_id]
        elif task.kind == "drill":
            if person_id not in stars:
                records = records_of(db_session, person_id)
                stars[person_id] = {name for name, one in records.items() if one.stars > 0}
            is_done = task.subject in stars[person_id]
        elif task.kind == "skill":
            is_done = _answers_since(db_session, person_id, task) >= ANSWERS_FOR_SKILL
        else:
            is_done = _is_member(db_session, person_id, task.subject)
        if is_done:
            found.add(task.id)
    return found


def _answers_since(db_session: Session, person_id: int, task: TrainingTask) -> int:
    query = select(func.count()).where(
        PracticeAnswer.person_id == person_id,
        PracticeAnswer.skill == task.subject,
        PracticeAnswer.at >= task.assigned_at,
    )
    return db_session.scalar(query) or 0


def _is_member(db_session: Session, person_id: int, cohort_id: str) -> bool:
    query = (
        select(CohortMember.id)
        .join(Cohort, Cohort.id == CohortMember.cohort_id)
        .where(CohortMember.person_id == person_id, Cohort.public_id == cohort_id)
    )
    return db_session.scalar(query) is not None
