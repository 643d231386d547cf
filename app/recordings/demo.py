"""A session for the demonstration: lived in a shipped room, as a tool would have exported it."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.queries import person_of_account_or_none
from app.accounts.roles import Role
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFoundError
from app.demo import PEOPLE
from app.providers.queries import provider_of_manager
from app.recordings import services
from app.recordings.models import SessionRecording
from app.studio.queries import public_scenario_of
from simulations.scenarios import TICKS_PER_MINUTE, Scenario
from simulations.series import minute_series
from simulations.session_exports import FIELDS, Table
from simulations.states import LoggedAction, keys_of_seed
from simulations.verbs import Pin

ROOM = "f1-demo"
SEED = 20_211_230
PITCH_MIN = 5
OWNERS = (
    (Role.PROVIDER_MANAGER, "周三晚场（演示）"),
    (Role.COMMITTEE_MEMBER, "委员自己的一场（演示）"),
)


def load_demo_recordings() -> None:
    """Give the provider and the committee member of the demonstration a session to look at."""
    with transaction() as db_session:
        if db_session.scalar(select(SessionRecording.id).limit(1)) is not None:
            return
        room = public_scenario_of(db_session, ROOM)
        table = _table(room)
        mapping = {one.name: one.headings[0] for one in FIELDS}
        for role, title in OWNERS:
            member = next(one for one in PEOPLE if one.role is role)
            person = person_of_account_or_none(db_session, member.account)
            if person is None:
                continue
            made = services.take_recording(
                db_session,
                table,
                title=title,
                base_ref=room.ref,
                person_id=person.id,
                provider_id=_provider_id(person),
                actor="cli:demo load",
                now=clock.now(),
            )
            services.read_minutes(
                db_session, made, mapping, skipped=[], actor="cli:demo load", now=clock.now()
            )


def _provider_id(person: Person) -> int | None:
    try:
        return provider_of_manager(db.session(), person.id).id
    except NotFoundError:
        return None


def _table(room: Scenario) -> Table:
    """Return the minutes of a session in which the host takes the tray in turn."""
    turns = range(0, room.duration_min, PITCH_MIN)
    shown = [room.products[turn // PITCH_MIN % len(room.products)] for turn in turns]
    log = [
        LoggedAction(turn * TICKS_PER_MINUTE, Pin(product=product.code))
        for turn, product in zip(turns, shown, strict=True)
    ]
    series = minute_series(room, keys_of_seed(SEED), log, room.duration_ticks)
    rows = []
    for at in range(room.duration_min):
        product = shown[at // PITCH_MIN]
        figures = [
            f"20:{at:02}",
            series["online"][at],
            *(round(series["arrivals"][name][at]) for name in ("fans", "public", "paid")),
            series["gmv_fen"][at] / 100,
            product.name,
            product.list_price_fen / 100,
            round(series["spend_fen"][at] / 100, 2),
            "",
        ]
        cells = (f"{one:.2f}" if isinstance(one, float) else str(one) for one in figures)
        rows.append((at + 2, tuple(cells)))
    return Table(tuple(one.headings[0] for one in FIELDS), tuple(rows))
