"""From a finished draft to a scenario in use: hand in, review by two others, publish."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.errors import ConflictError, InvalidInputError
from app.studio import services as studio
from app.studio.drafts import queries, runs
from app.studio.drafts.bodies import faults_of, parsed
from app.studio.drafts.drafting import ScenarioChangedElsewhereError, add_fact
from app.studio.drafts.models import ScenarioDraft, ScenarioRun
from app.studio.drafts.standing import Stage
from app.studio.models import ScenarioVersion
from app.studio.queries import version_of
from simulations.scenarios import Scenario

REMARK_CHARS = (4, 600)


class ScenarioFaultyError(InvalidInputError):
    """Raised when a draft that contradicts itself would be handed in."""

    code = "scenario_faulty"


class UncalibratedError(ConflictError):
    """Raised when a scenario would be published whose checks have not been made, or not passed."""

    code = "scenario_checks"


def submit(
    db_session: Session,
    draft: ScenarioDraft,
    *,
    revision: int,
    person_id: int,
    actor: str,
    now: datetime,
) -> ScenarioRun:
    """Hand a draft in: its text stands from here on, and everything is measured anew.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        revision: Of the page that hands it in.
        person_id: One of its authors, or who becomes one by it.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Returns:
        The run that searches its reference and makes the publishing checks.

    Raises:
        ScenarioStageError: If it is no draft any more.
        ScenarioChangedElsewhereError: If somebody else saved since.
        ScenarioFaultyError: If it contradicts itself.
    """
    standing = queries.standing(db_session, draft)
    standing.check_stage(Stage.DRAFT)
    if revision != draft.revision:
        raise ScenarioChangedElsewhereError(f"{draft!r}: revision {revision}")
    found = faults_of(draft.body, draft.scenario_id, draft.version)
    if found:
        raise ScenarioFaultyError(
            f"{len(found)} faults", [{"field": path, "code": "fault"} for path, _ in found]
        )
    if person_id not in standing.authors:
        add_fact(db_session, draft, "joined", person_id, actor=actor, now=now)
    payload = {"revision": draft.revision, "body": draft.body}
    add_fact(db_session, draft, "submitted", person_id, payload, actor=actor, now=now)
    return runs.queue_run(db_session, draft, "release", now=now)


def withdraw(
    db_session: Session, draft: ScenarioDraft, *, person_id: int, actor: str, now: datetime
) -> None:
    """Take a draft back out of review.

    Raises:
        NotFoundError, ScenarioStageError: If it is not theirs, or not handed in.
    """
    standing = queries.standing(db_session, draft)
    standing.check_stage(Stage.REVIEW, Stage.ACCEPTED)
    if person_id not in standing.authors:
        raise ConflictError(f"person {person_id} did not write {draft!r}")
    runs.cancel_runs(db_session, draft, now=now)
    add_fact(db_session, draft, "withdrawn", person_id, actor=actor, now=now)


def review(
    db_session: Session,
    draft: ScenarioDraft,
    *,
    accepts: bool,
    remark: str,
    person_id: int,
    actor: str,
    now: datetime,
) -> None:
    """Accept a handed-in draft, or send it back with a remark.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        accepts: Whether it may be published as it stands.
        remark: What the reviewer says, 4 to 600 characters; may be empty if it accepts.
        person_id: The reviewer, who wrote nothing in it.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        OwnScenarioError, ScenarioStageError, ReviewedBeforeError: See `standing`.
        UncalibratedError: If it is accepted before its checks are made and passed.
        InvalidInputError: If the remark is missing or a story.
    """
    queries.standing(db_session, draft).check_may_review(person_id, accepts=accepts)
    if (remark or not accepts) and not REMARK_CHARS[0] <= len(remark) <= REMARK_CHARS[1]:
        raise InvalidInputError("remark", [{"field": "remark", "code": "length"}])
    if accepts:
        release_of(db_session, draft)
    kind = "accepted" if accepts else "sent_back"
    if not accepts:
        runs.cancel_runs(db_session, draft, now=now)
    add_fact(db_session, draft, kind, person_id, {"remark": remark}, actor=actor, now=now)


def publish(
    db_session: Session, draft: ScenarioDraft, *, person_id: int, actor: str, now: datetime
) -> ScenarioVersion:
    """Put an accepted draft into use, with the reference and calibration that it was accepted on.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        person_id: Who coordinates; never one of its authors.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        OwnScenarioError, ScenarioStageError: See `standing`.
        UncalibratedError: If its checks are not made or not passed.
    """
    standing = queries.standing(db_session, draft)
    standing.check_other(person_id)
    standing.check_stage(Stage.ACCEPTED)
    result = release_of(db_session, draft)
    scenario = submitted_scenario(draft)
    studio.publish_scenarios(
        db_session, [scenario], is_public=scenario.exposure == "public", actor=actor, now=now
    )
    for kind in ("reference", "calibration", "past_sessions"):
        if result.get(kind) is not None:
            studio.store_finding(
                db_session,
                scenario.content_hash(),
                kind,
                result[kind],
                engine_version=scenario.engine,
                now=now,
            )
    draft.published_ref = scenario.ref
    payload = {"ref": scenario.ref, "hash": scenario.content_hash()}
    add_fact(db_session, draft, "published", person_id, payload, actor=actor, now=now)
    return version_of(db_session, scenario.ref)


def submitted_scenario(draft: ScenarioDraft) -> Scenario:
    """Return the scenario as it would be published; a draft in review changes no more."""
    return parsed(draft.body, draft.scenario_id, draft.version)


def release_of(db_session: Session, draft: ScenarioDraft) -> dict[str, Any]:
    """Return what the draft may be released on.

    Raises:
        UncalibratedError: If there is nothing for exactly these numbers, or a check failed.
    """
    run = queries.newest_run_or_none(db_session, draft, "release", "done")
    wanted = submitted_scenario(draft).content_hash()
    if run is None or run.result is None or run.content_hash != wanted:
        raise UncalibratedError(f"{draft!r} is not calibrated")
    if run.result["calibration"]["problems"]:
        raise UncalibratedError(f"{draft!r}: {run.result['calibration']['problems']}")
    return run.result
