"""People and records of the demonstration deployment; production refuses to start with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.models import Person
from app.accounts.passwords import hash_password
from app.accounts.roles import Role
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db
from app.core.errors import SettingsError

DEMO_PASSWORD = "yanshi-2026"  # noqa: S105 - printed at every start of the demonstration


@dataclass(frozen=True)
class DemoPerson:
    """A demonstration sign-in: account, what others see, role, legal name and number."""

    account: str
    name: str
    role: Role
    legal_name: str
    number: str


# Identity numbers of a region code that was never given out, with right check characters.
PEOPLE = (
    DemoPerson("candidate@demo.example", "林晓岚", Role.CANDIDATE, "林晓岚", "990001199603120025"),
    DemoPerson("operator@demo.example", "秦朗", Role.CANDIDATE, "秦朗", "99000119920815003X"),
    DemoPerson("committee@demo.example", "苏眉", Role.COMMITTEE_MEMBER, "苏眉", ""),
    DemoPerson("reviewer@demo.example", "何清越", Role.REVIEWER, "何清越", ""),
    DemoPerson("reviewer2@demo.example", "叶知秋", Role.REVIEWER, "叶知秋", ""),
    DemoPerson("examiner@demo.example", "顾明远", Role.EXAMINER, "顾明远", ""),
    DemoPerson("marker@demo.example", "许若溪", Role.MARKER, "许若溪", ""),
    DemoPerson("marker2@demo.example", "陆子昂", Role.MARKER, "陆子昂", ""),
    DemoPerson("marker3@demo.example", "沈听澜", Role.MARKER, "沈听澜", ""),
    DemoPerson("lecturer@demo.example", "方知行", Role.LECTURER, "方知行", ""),
    DemoPerson("juror@demo.example", "郑观澜", Role.JUROR, "郑观澜", ""),
    DemoPerson("juror2@demo.example", "白予明", Role.JUROR, "白予明", ""),
    DemoPerson("juror3@demo.example", "孟怀瑾", Role.JUROR, "孟怀瑾", ""),
    DemoPerson("invigilator@demo.example", "梁予安", Role.INVIGILATOR, "梁予安", ""),
    DemoPerson("appeals@demo.example", "程思齐", Role.APPEAL_HANDLER, "程思齐", ""),
    DemoPerson("provider@demo.example", "云帆互动", Role.PROVIDER_MANAGER, "周帆", ""),
    DemoPerson("merchant@demo.example", "禾田家居", Role.MERCHANT, "", ""),
    DemoPerson("system@demo.example", "系统管理员", Role.SYSTEM_ADMIN, "", ""),
    DemoPerson("security@demo.example", "安全管理员", Role.SECURITY_ADMIN, "", ""),
    DemoPerson("audit@demo.example", "审计管理员", Role.AUDIT_ADMIN, "", ""),
)


def add_demo_people(db_session: Session, keys: FieldKeys, *, now: datetime) -> int:
    """Open the demonstration accounts that are not there yet; returns how many."""
    held = set(db_session.scalars(select(Person.email).where(Person.is_demo)))
    hashed = hash_password(DEMO_PASSWORD)
    added = 0
    for one in PEOPLE:
        if one.account in held:
            continue
        person = accounts.register_person(
            db_session,
            account=one.account,
            display_name=one.name,
            password_hash=hashed,
            now=now,
            roles=(one.role,),
            actor="cli:demo",
            is_demo=True,
        )
        if one.number:
            accounts.collect_identity(
                db_session,
                person.id,
                person.public_id,
                legal_name=one.legal_name,
                number=one.number,
                keys=keys,
                now=now,
            )
        added += 1
    return added


def refuse_demo_people(settings: Settings) -> None:
    """Refuse to serve production with a demonstration sign-in in the database.

    Raises:
        SettingsError: Naming how many there are.
    """
    if settings.is_demo:
        return
    count = db.session().scalar(
        select(func.count()).select_from(Person).where(Person.is_demo, Person.disabled_at.is_(None))
    )
    if count:
        raise SettingsError(
            f"{count} demonstration sign-ins are in this database: production refuses to start"
        )


def announcement(settings: Settings) -> str:
    """Return what `make run` ends with: the address and a sign-in for each role."""
    lines = ["", f"  操盘手认证  {settings.public_base_url}", ""]
    if settings.is_demo:
        lines += [f"  演示登录（密码都是 {DEMO_PASSWORD}）:"]
        lines += [f"    {one.account:28} {one.role.value}" for one in PEOPLE]
    return "\n".join([*lines, "", "  Ctrl-C 停止", ""])
