"""What certification makes of a contest, and the way back from a credential to the scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification import claims
from app.certification import queries as certification
from app.certification.models import CredentialEvidence, EvidenceClaim
from app.contests import protest_queries, queries
from app.contests.models import (
    Contest,
    ContestEntry,
    ContestProtest,
    ContestResult,
    PlaceScore,
)
from app.contests.rules import ContestRules
from app.core.errors import NotFoundError
from certificates.decisions import Part
from certificates.programmes import CertificationProgramme


def credentials_at_stake(db_session: Session, contest: Contest) -> dict[int, str]:
    """Return the numbers of credentials that rest on this contest, by entry."""
    out = {}
    rows = db_session.scalars(
        select(ContestResult).where(
            ContestResult.contest_id == contest.id, ContestResult.claim_public_id.is_not(None)
        )
    )
    for row in rows:
        claim = claims.claim_of(db_session, str(row.claim_public_id))
        number = credential_on(db_session, claim)
        if number is not None:
            out[row.entry_id] = number
    return out


@dataclass(frozen=True)
class Trace:
    """What a credential that came by a contest rests on, from its evidence to the room's log."""

    contest: Contest
    entry: ContestEntry
    claim: EvidenceClaim
    result: ContestResult
    scores: Sequence[PlaceScore]
    protests: Sequence[ContestProtest]


def trace_of(db_session: Session, number: str) -> Trace:
    """Return what a credential by contest rests on.

    Raises:
        NotFoundError: If there is no such credential, or it rests on no contest.
    """
    record = certification.credential(db_session, number)
    for evidence in db_session.scalars(
        select(CredentialEvidence).where(CredentialEvidence.credential_id == record.id)
    ):
        claim_id = evidence.evidence_id.partition(":")[2]
        result = db_session.scalar(
            select(ContestResult)
            .where(ContestResult.claim_public_id == claim_id)
            .order_by(ContestResult.id.desc())
            .limit(1)
        )
        if result is None:
            continue
        places = [
            place.id
            for round_ in queries.rounds_of(db_session, result.contest_id)
            for place, entry in queries.places_of(db_session, round_.id)
            if entry.id == result.entry_id
        ]
        return Trace(
            contest=db_session.get_one(Contest, result.contest_id),
            entry=db_session.get_one(ContestEntry, result.entry_id),
            claim=claims.claim_of(db_session, claim_id),
            result=result,
            scores=[one for place in places for one in queries.scores_of_place(db_session, place)],
            protests=[
                one[0]
                for one in protest_queries.protests_of(db_session, result.contest_id)
                if one[2].id == result.entry_id
            ],
        )
    raise NotFoundError(f"credential {number} rests on no contest")


def standard_of(db_session: Session, rules: ContestRules) -> float | None:
    """Return the certified points that the programme wants of a contest's result, if it has it."""
    try:
        programme: CertificationProgramme = certification.newest_programme(
            db_session, rules.programme_id
        )
    except NotFoundError:
        return None
    return None if programme.contest is None else programme.contest.cut_score


def credential_on(db_session: Session, claim: EvidenceClaim) -> str | None:
    """Return the number of the credential that rests on a claim, if there is one."""
    key = certification.evidence_key(Part.ROOM, claim.public_id)
    credential_id = db_session.scalar(
        select(CredentialEvidence.credential_id).where(CredentialEvidence.evidence_id == key)
    )
    if credential_id is None:
        return None
    return certification.credential_by_id(db_session, credential_id).number
