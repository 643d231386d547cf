"""Estimate every provider's uplift of a month, and let what counts become the indicator.

What the platform's files say about 实时操盘 is an assertion; what is estimated here takes its place
wherever there are sessions to estimate from.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.clock import BEIJING
from app.core.hashing import canonical_json
from app.providers.errors import NoSchemeError
from app.providers.importing import ESTIMATE_FILE_NAME
from app.providers.importing import ESTIMATED_MODULE_ID as MODULE_ID
from app.providers.models import IndicatorImport, MonthlyIndicator, Provider, SchemeVersion
from app.providers.months import last_complete_month, month_before
from app.providers.queries import schemes
from app.providers.schemes import Scheme, from_e4, scheme_for_month
from app.providers.sessions import queries
from app.providers.sessions.models import SessionImport, SessionResult, UpliftEstimate
from app.providers.sessions.uplift import (
    BEFORE,
    LONGEST,
    RULE,
    SessionFact,
    Uplift,
    estimate_uplift,
)

logger = logging.getLogger(__name__)

WINDOW_MONTHS = 3


@dataclass(frozen=True)
class Estimated:
    """One provider's estimate before it is written."""

    provider_id: int
    inputs_hash: str
    uplift: Uplift


def estimate_month(db_session: Session, month: date) -> list[Estimated]:
    """Estimate every provider with operated sessions in a month's window; nothing is written.

    Args:
        db_session: A session to read with; the estimation takes seconds on a large platform.
        month: First day of the month.
    """
    first_day = datetime.combine(
        month_before(month, WINDOW_MONTHS - 1), datetime.min.time(), BEIJING
    )
    end = datetime.combine(month_before(month, -1), datetime.min.time(), BEIJING)
    results = queries.results_between(db_session, end - LONGEST - BEFORE, end)
    operated = {
        one.provider_id
        for one in results
        if one.provider_id is not None and one.started_at >= first_day
    }
    found = []
    for provider_id in sorted(operated):
        inputs_hash = _inputs_hash(results, provider_id, first_day, end)
        uplift = estimate_uplift(
            (_fact(one, provider_id) for one in results),
            first_day=first_day,
            end=end,
            seed=int(inputs_hash[:12], 16),
        )
        found.append(Estimated(provider_id, inputs_hash, uplift))
    return found


def record_estimates(
    db_session: Session,
    month: date,
    estimates: Sequence[Estimated],
    *,
    actor: str,
    now: datetime,
) -> int:
    """Keep estimates, and add the figures that follow from them; return how many were new.

    An estimate of the same sessions by the same rule is known already and adds nothing. One that
    does not count takes a figure that an earlier one gave back to 0.

    Args:
        db_session: The session of the caller's transaction.
        month: First day of the month.
        estimates: As `estimate_month` returned them.
        actor: Who asks for it.
        now: The moment (aware).
    """
    try:
        scheme = scheme_for_month(schemes(db_session), month)
    except NoSchemeError:
        return 0
    scheme_id, _, version = scheme.ref.rpartition("@")
    # The scheme's row is the lock of every import of figures.
    db_session.execute(
        select(SchemeVersion.id)
        .where(SchemeVersion.scheme_id == scheme_id, SchemeVersion.version == int(version))
        .with_for_update()
    )
    has_module = any(module.id == MODULE_ID for module in scheme.modules)
    fresh = [
        (one, last)
        for one in estimates
        for last in [queries.estimate_or_none(db_session, one.provider_id, month)]
        if last is None or last.inputs_hash != one.inputs_hash or last.rule != RULE
    ]
    figures = {}
    for one, last in fresh if has_module else ():
        counted = one.uplift.counted_ratio
        if counted is not None or (last is not None and last.counted_ratio is not None):
            figures[one.provider_id] = _value_e4(scheme, counted or 0.0)
    held = _held_figures(db_session, month, figures)
    figures = {one: value for one, value in figures.items() if held.get(one) != value}
    made = _import_figures(db_session, scheme, month, figures, held, fresh, actor=actor, now=now)
    for one, _ in fresh:
        uplift = one.uplift
        estimate = UpliftEstimate(
            provider_id=one.provider_id,
            month=month,
            inputs_hash=one.inputs_hash,
            rule=RULE,
            estimated_at=now,
            uplift_ratio=uplift.uplift_ratio,
            low_ratio=uplift.low_ratio,
            high_ratio=uplift.high_ratio,
            weight=uplift.weight,
            counted_ratio=uplift.counted_ratio,
            details=uplift.to_json(),
            import_id=made.id if made is not None and one.provider_id in figures else None,
        )
        db_session.add(estimate)
        db_session.flush()
        provider = db_session.get_one(Provider, one.provider_id)
        record_act(
            db_session,
            subject=f"provider:{provider.public_id}",
            action="uplift.estimated",
            actor=actor,
            now=now,
            details={"month": f"{month:%Y-%m}", "rule": RULE, "inputs": one.inputs_hash},
        )
    logger.info("uplift of %s: %d new estimates, %d figures", month, len(fresh), len(figures))
    return len(fresh)


def is_due(db_session: Session, *, now: datetime) -> bool:
    """Say whether results came in, or a month ended, since the last month was estimated."""
    month = last_complete_month(now)
    last_import = db_session.scalar(
        select(SessionImport.at).order_by(SessionImport.at.desc()).limit(1)
    )
    if last_import is None:
        return False
    last = db_session.scalar(
        select(UpliftEstimate.estimated_at)
        .where(UpliftEstimate.month == month)
        .order_by(UpliftEstimate.estimated_at.desc())
        .limit(1)
    )
    return last is None or last <= last_import


def _fact(one: SessionResult, provider_id: int) -> SessionFact:
    return SessionFact(
        merchant=one.merchant_ref,
        category=one.category,
        started_at=one.started_at,
        minutes=one.minutes,
        net_gmv_fen=one.net_gmv_fen,
        is_operated=one.provider_id == provider_id,
        is_helped=one.provider_id is not None,
    )


def _inputs_hash(
    results: Sequence[SessionResult], provider_id: int, first_day: datetime, end: datetime
) -> str:
    """Return the hash of everything that an estimate rests on: sessions, window and rule."""
    digest = hashlib.sha256(
        canonical_json([RULE, provider_id, first_day.isoformat(), end.isoformat()]).encode()
    )
    for one in results:
        digest.update(
            f"{one.session_ref}|{one.merchant_ref}|{one.category}|{one.started_at.isoformat()}|"
            f"{one.minutes}|{one.net_gmv_fen}|{one.provider_id or 0}\n".encode()
        )
    return digest.hexdigest()


def _value_e4(scheme: Scheme, ratio: float) -> int:
    """Return a ratio as the module reports it: percent, within its limits and decimals."""
    module = next(one for one in scheme.modules if one.id == MODULE_ID)
    percent_e4 = round(ratio * 1_000_000)
    step = module.step_e4
    value_e4 = percent_e4 // step * step
    least, most = int(module.least * 10_000), int(module.most * 10_000)
    return min(max(value_e4, least), most)


def _held_figures(db_session: Session, month: date, providers: dict[int, int]) -> dict[int, int]:
    rows = db_session.execute(
        select(MonthlyIndicator.provider_id, MonthlyIndicator.value_e4)
        .where(
            MonthlyIndicator.month == month,
            MonthlyIndicator.module_id == MODULE_ID,
            MonthlyIndicator.provider_id.in_(providers),
        )
        .order_by(MonthlyIndicator.import_id)
    )
    return {row.provider_id: row.value_e4 for row in rows}


def _import_figures(
    db_session: Session,
    scheme: Scheme,
    month: date,
    figures: dict[int, int],
    held: dict[int, int],
    fresh: Sequence[tuple[Estimated, UpliftEstimate | None]],
    *,
    actor: str,
    now: datetime,
) -> IndicatorImport | None:
    if not figures:
        return None
    inputs = {
        str(one.provider_id): one.inputs_hash for one, _ in fresh if one.provider_id in figures
    }
    # An estimate may come back to what it was two corrections ago: the moment tells them apart.
    key = canonical_json([RULE, f"{month:%Y-%m}", inputs, now.isoformat()])
    corrected = sum(one in held for one in figures)
    made = IndicatorImport(
        at=now,
        actor=actor,
        file_name=ESTIMATE_FILE_NAME,
        sha256=hashlib.sha256(key.encode()).hexdigest(),
        scheme_ref=scheme.ref,
        row_count=len(figures),
        new_count=len(figures) - corrected,
        corrected_count=corrected,
        unchanged_count=0,
    )
    db_session.add(made)
    db_session.flush()
    db_session.add_all(
        MonthlyIndicator(
            provider_id=provider_id,
            month=month,
            module_id=MODULE_ID,
            value_e4=value_e4,
            import_id=made.id,
        )
        for provider_id, value_e4 in sorted(figures.items())
    )
    db_session.flush()
    record_act(
        db_session,
        subject="provider_indicators:all",
        action="indicators.estimated",
        actor=actor,
        now=now,
        details={
            "month": f"{month:%Y-%m}",
            "values": {str(one): str(from_e4(value)) for one, value in figures.items()},
        },
    )
    return made


def window_words(month: date) -> tuple[date, date]:
    """Return the first and the last day of a month's window."""
    last = month_before(month, -1) - timedelta(days=1)
    return month_before(month, WINDOW_MONTHS - 1), last
