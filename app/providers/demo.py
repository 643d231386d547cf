"""A demonstration's providers: indicators of some months, staff, and an invitation that waits.

Everything takes the ways that the product has: files of indicators through the import, employments
through invitation and answer, certificates through the demonstration's own.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import click
from flask import current_app
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.accounts.models import Person
from app.accounts.passwords import hash_password
from app.certification.demo import add_demo_credential
from app.core import clock
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db, transaction
from app.core.ids import new_secret
from app.providers import importing, queries, services, staffing, standings
from app.providers.errors import NoSchemeError
from app.providers.indicators import MONTH_COLUMN, PROVIDER_COLUMN
from app.providers.league import seasons
from app.providers.league.rules import shipped_rules
from app.providers.models import Provider, ProviderField, ProviderTier
from app.providers.months import last_complete_month, month_before
from app.providers.objections import services as objecting
from app.providers.objections.queries import objections_of
from app.providers.people_demo import add_application, add_operators
from app.providers.rules import deciding, snapshots
from app.providers.schemes import Scheme, Unit, scheme_for_month
from app.providers.what_if import value_for_score

ACTOR = "cli:demo"

MONTHS = 8
"""Months of indicators: what the history on the page shows."""

MANAGER_ACCOUNT = "provider@demo.example"
OPERATOR_ACCOUNT = "operator@demo.example"
INVITED_ACCOUNT = "candidate@demo.example"
COMMITTEE_ACCOUNT = "committee@demo.example"

NOISE = 3
"""Points by which a module's score strays from its course, to either side."""

SCORES = (84, 79, 86, 91, 74, 72, 77, 81, 69, 88, 85)
"""Where 云帆互动 stands in the last month, module by module, before noise."""


@dataclass(frozen=True)
class DemoProvider:
    """An invented provider.

    Attributes:
        offset: Points above or below `SCORES`.
        slope: Points that it gains in a month.
        tilt: Modules (by place) that lie off its course, and by how much.
        merchants: How many it serves in the last month.
        joined_months_ago: Since when it is admitted.
    """

    code: str
    name: str
    city: str
    field: ProviderField
    tier: ProviderTier
    offset: int
    slope: float
    joined_months_ago: int
    tilt: Mapping[int, int]
    merchants: int


_CORE, _QUALITY, _STRATEGIC = ProviderTier.CORE, ProviderTier.QUALITY, ProviderTier.STRATEGIC
_MCN, _BELT, _BRAND = ProviderField.MCN, ProviderField.BELT, ProviderField.BRAND

OWN = DemoProvider("YF-0571", "云帆互动", "杭州", _MCN, _CORE, 0, 2.1, 28, {}, 42)

PROVIDERS = (
    OWN,
    DemoProvider("LX-0024", "岚星文化", "南京", _MCN, _CORE, 6, 0.3, 41, {5: -9, 8: 7}, 88),
    DemoProvider(
        "QH-0539", "青禾汇播", "临沂", _BELT, _CORE, 1, -0.4, 36, {7: 8, 8: 12, 0: -11}, 65
    ),
    DemoProvider("BD-0024", "北渡直播", "沈阳", _MCN, _CORE, -3, 0.2, 30, {3: -8, 9: -6}, 31),
    DemoProvider("SM-0028", "三木星选", "成都", _MCN, _CORE, -8, 0.5, 19, {1: 6, 6: -10}, 24),
    DemoProvider(
        "HY-0579", "禾屿供应链", "义乌", _BELT, _QUALITY, -11, 0.6, 14, {7: 12, 8: 15}, 18
    ),
    DemoProvider(
        "JC-0027", "锦程品牌服务", "武汉", _BRAND, _STRATEGIC, 4, -0.9, 44, {2: 5, 4: -7}, 140
    ),
    DemoProvider("ZL-0311", "众澜传媒", "石家庄", _MCN, _CORE, -14, 1.0, 9, {10: -9}, 12),
    DemoProvider("WT-0020", "微屿互动", "广州", _MCN, _QUALITY, -6, -0.5, 23, {0: 9, 9: -12}, 9),
)
"""Names, codes and figures are invented."""


@dataclass(frozen=True)
class Colleague:
    """Somebody on 云帆互动's staff list; nobody can sign in as them.

    Attributes:
        issued_earlier: Days by which the certificate is older than the demonstration's usual one;
            None if there is none.
    """

    account: str
    name: str
    number: str
    issued_earlier: int | None


# Identity numbers of a region code that was never given out, with right check characters.
COLLEAGUES = (
    Colleague("staff-1@demo.example", "叶知秋", "990001199405060017", 40),
    Colleague("staff-2@demo.example", "沈牧", "990001199109170019", 175),
    Colleague("staff-3@demo.example", "陆晚晴", "990001199802280021", 0),
    Colleague("staff-4@demo.example", "贺川", "990001199612040019", None),
)


def load_demo_providers() -> None:
    """Fill the demonstration's providers: a step of `flask demo load`."""
    settings: Settings = current_app.config["SETTINGS"]
    keys: FieldKeys = current_app.extensions["field_keys"]
    now = clock.now()
    # Nobody knows the secret behind it: these accounts are rows of a list, not sign-ins.
    locked = hash_password(new_secret())
    with transaction() as db_session:
        added = add_providers(db_session, now=now)
    figures = add_figures(now=now)
    with transaction() as db_session:
        add_colleagues(db_session, locked, settings=settings, keys=keys, now=now)
        add_staff(db_session, now=now)
        add_operators(db_session, locked, settings=settings, keys=keys, now=now)
        add_application(db_session, locked, now=now)
    with transaction() as db_session:
        add_seasons(db_session, now=now)
        add_proposal(db_session, now=now)
    settle_and_object(now=now)
    click.echo(f"demonstration providers: {added} new, {figures} figures")


def add_providers(db_session: Session, *, now: datetime) -> int:
    """Admit the providers that are not there yet, and appoint the manager; returns how many."""
    held = queries.provider_ids_by_code(db_session)
    missing = [one for one in PROVIDERS if one.code not in held]
    for one in missing:
        services.admit_provider(
            db_session,
            code=one.code,
            name=one.name,
            city=one.city,
            field=one.field,
            tier=one.tier,
            joined_on=month_before(last_complete_month(now), one.joined_months_ago - 1),
            actor=ACTOR,
            now=now,
            is_demo=True,
        )
    manager = accounts.person_of_account_or_none(db_session, MANAGER_ACCOUNT)
    if manager is not None:
        provider = queries.provider_by_code(db_session, OWN.code)
        services.appoint_manager(db_session, provider, manager, actor=ACTOR, now=now)
    return len(missing)


def add_figures(*, now: datetime) -> int:
    """Import the last months' indicators that are not there yet; returns how many figures."""
    db_session = db.session()
    own = queries.provider_by_code(db_session, OWN.code)
    reported = set(standings.reported_months(db_session, own.id))
    last_month = last_complete_month(now)
    window = [month_before(last_month, back) for back in reversed(range(MONTHS))]
    try:
        scheme = scheme_for_month(queries.schemes(db_session), last_month)
    except NoSchemeError:
        return 0
    wanted = [month for month in window if month not in reported and month >= scheme.effective_on]
    if not wanted:
        return 0
    # Courses lead to where the first load put their ends; later months go on from there.
    anchor = max(reported, default=last_month)
    data = figures_csv(scheme, wanted, anchor)
    checked = importing.check_indicator_file(db_session, data, _file_name(wanted), now=now)
    with transaction() as write_session:
        done, _ = importing.import_indicators(write_session, checked, actor=ACTOR, now=now)
        return done.changed_count


def add_seasons(db_session: Session, *, now: datetime) -> None:
    """Open a season that is over and one that is played, two months of it; reveal the first."""
    if seasons.seasons(db_session):
        return
    rules = shipped_rules()
    last = last_complete_month(now)
    played = rules.month_count - rules.hidden_months
    for back in (played + rules.month_count - 1, played - 1):
        seasons.open_season(db_session, month_before(last, back), rules, actor=ACTOR, now=now)
    seasons.reveal_due_seasons(db_session, now=now, include_demo=True)


def settle_and_object(*, now: datetime) -> None:
    """Settle the months that are over, and object to a figure of the newest of them, once."""
    with transaction() as db_session:
        for month in snapshots.months_to_settle(db_session, now=now):
            snapshots.settle_month(db_session, month, now=now, include_demo=True)
        own = queries.provider_by_code(db_session, OWN.code)
        manager = accounts.person_of_account_or_none(db_session, MANAGER_ACCOUNT)
        months = snapshots.months_to_settle(db_session, now=now)
        if manager is None or not months or objections_of(db_session, own.id):
            return
        settled = objecting.revisions_of(db_session, own.id, months[-1])[-1]
        scheme = objecting.settled_scheme(db_session, settled)
        readings, _ = snapshots.unpacked_inputs(scheme, settled.inputs)
        module = scheme.modules[0]
        claimed = readings[module.id].value + (module.full - module.floor) / 20
        objecting.file_objection(
            db_session,
            own,
            months[-1],
            module.id,
            claimed=claimed.quantize(Decimal(1).scaleb(-module.decimals)),
            reason="月末两场大促的投流退款在次月才入账，平台口径按下单日已剔除，附后台对账单",
            files=[objecting.fact_of("投流对账单.pdf", b"%PDF demonstration")],
            actor=f"person:{manager.public_id}",
            now=now,
        )


def add_proposal(db_session: Session, *, now: datetime) -> None:
    """Lay a next version of the rules before a second person, once."""
    member = accounts.person_of_account_or_none(db_session, COMMITTEE_ACCOUNT)
    if member is None or deciding.proposals(db_session):
        return
    newest = max(queries.schemes(db_session), key=lambda one: (one.effective_on, one.version))
    body = newest.model_dump(mode="json")
    body["version"] += 1
    body["effective_on"] = deciding.earliest_effect(now).isoformat()
    for force, weight in ((body["forces"][1], "8.00"), (body["forces"][3], "10.50")):
        for module in force["modules"]:
            module["weight"] = weight
        force["weight"] = str(sum(Decimal(module["weight"]) for module in force["modules"]))
    deciding.propose_scheme(
        db_session,
        Scheme.model_validate(body),
        "供应链每个模块由 7.5 提到 10.5，直播运营每个模块由 10 降到 8",
        actor=f"person:{member.public_id}",
        now=now,
    )


def figures_csv(scheme: Scheme, months: Sequence[date], anchor: date) -> bytes:
    """Return the invented figures as a file such as a platform would import.

    Args:
        scheme: The version whose modules are the columns.
        months: First days.
        anchor: The month in which each provider stands at its offset.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    modules = scheme.modules
    headers = (column.csv_column for column in scheme.columns)
    writer.writerow([PROVIDER_COLUMN, MONTH_COLUMN, *headers])
    signs = {Unit.PERCENT: "%", Unit.PERMILLE: "‰"}
    for month in months:
        for one in PROVIDERS:
            cells = []
            for place, module in enumerate(modules):
                value = value_for_score(module, _score(one, place, month, anchor))
                cells.append(f"{value:f}{signs.get(module.unit, '')}")
            sizes = _sizes(one, month, anchor)
            cells += [str(sizes.get(figure.id, "")) for figure in scheme.figures]
            writer.writerow([one.code, f"{month:%Y-%m}", *cells])
    return out.getvalue().encode()


def add_colleagues(
    db_session: Session,
    password_hash: str,
    *,
    settings: Settings,
    keys: FieldKeys,
    now: datetime,
) -> None:
    """Open the colleagues' accounts and certify those who are."""
    for one in COLLEAGUES:
        person = accounts.person_of_account_or_none(db_session, one.account)
        if person is None:
            person = _open_account(db_session, one, password_hash, keys=keys, now=now)
        if one.issued_earlier is not None:
            earlier = now - timedelta(days=one.issued_earlier)
            add_demo_credential(db_session, person, settings=settings, now=earlier)


def add_staff(db_session: Session, *, now: datetime) -> None:
    """Employ the operator and the colleagues, and ask the candidate; each once, ever."""
    provider = queries.provider_by_code(db_session, OWN.code)
    manager = accounts.person_of_account_or_none(db_session, MANAGER_ACCOUNT)
    actor = ACTOR if manager is None else f"person:{manager.public_id}"
    asked = {row.account for row in queries.invitations_of(db_session, provider.id)}
    employed = [OPERATOR_ACCOUNT, *(one.account for one in COLLEAGUES)]
    for place, account in enumerate(employed):
        person = accounts.person_of_account_or_none(db_session, account)
        if person is None or account in asked:
            continue
        began = now - timedelta(days=140 - 9 * place)
        invitation = _invite(db_session, provider, account, "", actor=actor, now=began)
        staffing.accept_invitation(
            db_session, person.id, invitation, now=began + timedelta(hours=5)
        )
    if INVITED_ACCOUNT not in asked:
        note = "欢迎加入云帆互动，拿到证书后请确认任职"
        _invite(db_session, provider, INVITED_ACCOUNT, note, actor=actor, now=now)


def _invite(
    db_session: Session, provider: Provider, account: str, note: str, *, actor: str, now: datetime
) -> str:
    return staffing.invite_staff(
        db_session, provider, account, note, actor=actor, now=now
    ).public_id


def _open_account(
    db_session: Session,
    one: Colleague,
    password_hash: str,
    *,
    keys: FieldKeys,
    now: datetime,
) -> Person:
    person = account_services.register_person(
        db_session,
        account=one.account,
        display_name=one.name,
        password_hash=password_hash,
        now=now,
        actor=ACTOR,
        is_demo=True,
    )
    account_services.collect_identity(
        db_session,
        person.id,
        person.public_id,
        legal_name=one.name,
        number=one.number,
        keys=keys,
        now=now,
    )
    return person


def _score(one: DemoProvider, place: int, month: date, anchor: date) -> Decimal:
    """Return where a provider's module stands: on its course, with noise of its own."""
    ago = (anchor.year - month.year) * 12 + anchor.month - month.month
    digest = hashlib.sha256(f"{one.code}:{place}:{month:%Y-%m}".encode()).digest()
    noise = (digest[0] / 255 * 2 - 1) * NOISE
    # Courses bend: nobody gains two points a month for ever.
    course = one.slope * ago / (1 + abs(ago) / 12)
    score = SCORES[place % len(SCORES)] + one.offset + one.tilt.get(place, 0) - course + noise
    return Decimal(round(min(max(score, 35.0), 98.0) * 100)).scaleb(-2)


def _sizes(one: DemoProvider, month: date, anchor: date) -> dict[str, int]:
    """Return how large a provider is: whom it serves, what they sell, how far they have grown."""
    ago = (anchor.year - month.year) * 12 + anchor.month - month.month
    digest = hashlib.sha256(f"{one.code}:size:{month:%Y-%m}".encode()).digest()
    merchants = max(3, one.merchants - ago + digest[0] % 3)
    above_50 = merchants * (30 + digest[1] % 10) // 100
    above_200 = above_50 * (35 + digest[2] % 10) // 100
    return {
        "served-merchants": merchants,
        "monthly-gmv": merchants * (320_000 + 1_000 * digest[3]),
        "merchants-50": above_50,
        "merchants-200": above_200,
        "merchants-500": above_200 * (20 + digest[4] % 20) // 100,
    }


def _file_name(months: Sequence[date]) -> str:
    return f"平台月度指标-{months[0]:%Y-%m}至{months[-1]:%Y-%m}.csv"
