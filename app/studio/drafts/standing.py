"""The life of a scenario draft as a sequence of facts: where it stands, and who may do what next.

`draft → review → accepted → published`; a reviewer who sends it back, or an author who takes it
back, leads to `draft` again, and the next hand-in begins a new round. Whoever changed anything in
a draft is one of its authors, and no author reviews or publishes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.core.errors import ConflictError, SecondPersonRequiredError

REVIEWERS = 2
"""How many others must accept in a round."""


class Stage(StrEnum):
    DRAFT = "draft"
    REVIEW = "review"
    ACCEPTED = "accepted"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class ScenarioStageError(ConflictError):
    """Raised when the draft stands where the act makes no sense."""

    code = "scenario_stage"


class OwnScenarioError(SecondPersonRequiredError):
    """Raised when somebody who wrote in a draft would review or publish it."""

    code = "own_scenario"


class ReviewedBeforeError(ConflictError):
    """Raised when a reviewer would accept twice in one round."""

    code = "scenario_reviewed"


@dataclass(frozen=True)
class Fact:
    """One thing that happened; `payload` is what belongs to its kind."""

    kind: str
    person_id: int
    at: datetime
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass
class Standing:
    """Where a draft stands after its facts.

    Attributes:
        stage: Its place in the life cycle.
        authors: Everybody who wrote in it, whoever began it first.
        round: Hand-ins so far.
        accepted: Who accepted in this round, in order.
        returned: The last return: who, with which remark; None before one.
    """

    stage: Stage
    authors: set[int]
    round: int = 0
    accepted: tuple[int, ...] = ()
    returned: Fact | None = None

    def take(self, fact: Fact) -> None:
        """Move on by one fact."""
        if fact.kind == "joined":
            self.authors.add(fact.person_id)
        elif fact.kind == "submitted":
            self.stage, self.round, self.accepted = Stage.REVIEW, self.round + 1, ()
        elif fact.kind == "accepted":
            self.accepted = (*self.accepted, fact.person_id)
            if len(self.accepted) == REVIEWERS:
                self.stage = Stage.ACCEPTED
        elif fact.kind in ("sent_back", "withdrawn"):
            self.stage = Stage.DRAFT
            self.returned = fact if fact.kind == "sent_back" else self.returned
        else:
            self.stage = AFTER[fact.kind]

    def check_stage(self, *stages: Stage) -> None:
        """Refuse any other stage.

        Raises:
            ScenarioStageError: If it stands elsewhere.
        """
        if self.stage not in stages:
            raise ScenarioStageError(f"{self.stage}, wanted {', '.join(stages)}")

    def check_other(self, person_id: int) -> None:
        """Refuse whoever wrote in it.

        Raises:
            OwnScenarioError: If they did.
        """
        if person_id in self.authors:
            raise OwnScenarioError(f"person {person_id} wrote in it")

    def check_may_review(self, person_id: int, *, accepts: bool) -> None:
        """Refuse whoever cannot decide about it now.

        Raises:
            OwnScenarioError: If they wrote in it.
            ScenarioStageError: If it is not in review.
            ReviewedBeforeError: If they would accept twice.
        """
        self.check_other(person_id)
        self.check_stage(Stage.REVIEW)
        if accepts and person_id in self.accepted:
            raise ReviewedBeforeError(f"person {person_id} accepted in round {self.round}")


AFTER = {"published": Stage.PUBLISHED, "discarded": Stage.DISCARDED}
"""Where the facts lead that need no more than their name."""


def standing_of(facts: Iterable[Fact]) -> Standing:
    """Return where the facts of one draft lead; the first is its creation.

    Raises:
        ValueError: If there is no fact, or the first one is another.
    """
    every = list(facts)
    if not every or every[0].kind != "created":
        raise ValueError("a draft begins with its creation")
    out = Standing(Stage.DRAFT, {every[0].person_id})
    for fact in every[1:]:
        out.take(fact)
    return out
