"""Providers on the little scheme: their figures, their managers, their people."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.providers import importing, services, staffing
from app.providers.models import Employment, Provider, ProviderField, ProviderTier
from app.providers.schemes import Unit
from tests.factories.schemes import LITTLE_SCHEME

OCTOBER, SEPTEMBER, AUGUST = date(2026, 10, 1), date(2026, 9, 1), date(2026, 8, 1)
"""The last complete month of the tests' usual moment, and those before."""

MODULES = tuple(module.id for module in LITTLE_SCHEME.modules)

MIDDLING = ("17.5", "2.5", "1200", "2.75", "4")
"""A value for each module of the little scheme, somewhere between floor and full."""

_SIGNS = {Unit.PERCENT: "%", Unit.PERMILLE: "‰"}

Row = tuple[str, date, tuple[str, ...]]


def publish_little_scheme(db_session: Session, *, now: datetime) -> None:
    services.publish_schemes(db_session, [LITTLE_SCHEME], actor="cli:test", now=now)


def little_provider(
    db_session: Session, code: str = "YF-1", *, now: datetime, **changes: object
) -> Provider:
    values: dict[str, object] = {
        "name": f"服务商{code}",
        "city": "杭州",
        "field": ProviderField.MCN,
        "tier": ProviderTier.CORE,
        "joined_on": date(2024, 7, 3),
        **changes,
    }
    return services.admit_provider(db_session, code=code, actor="cli:test", now=now, **values)  # type: ignore[arg-type]


def appoint(db_session: Session, provider: Provider, person: Person, *, now: datetime) -> None:
    services.appoint_manager(db_session, provider, person, actor="cli:test", now=now)


def indicator_csv(*rows: Row) -> bytes:
    """A file as a platform would send it: provider code, month, a value for each module."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(
        ["服务商编号", "月份", *(module.csv_column for module in LITTLE_SCHEME.modules)]
    )
    for code, month, values in rows:
        cells = [
            f"{value}{_SIGNS.get(module.unit, '')}" if value else ""
            for module, value in zip(LITTLE_SCHEME.modules, values, strict=True)
        ]
        writer.writerow([code, f"{month:%Y-%m}", *cells])
    return out.getvalue().encode()


def report(db_session: Session, *rows: Row, now: datetime, name: str = "indicators.csv") -> None:
    """Import figures through the services."""
    checked = importing.check_indicator_file(db_session, indicator_csv(*rows), name, now=now)
    importing.import_indicators(db_session, checked, actor="cli:test", now=now)


def employ(db_session: Session, provider: Provider, person: Person, *, now: datetime) -> Employment:
    """Invite somebody and let them accept."""
    invitation = staffing.invite_staff(
        db_session, provider, person.email or "", "", actor="cli:test", now=now
    )
    return staffing.accept_invitation(db_session, person.id, invitation.public_id, now=now)
