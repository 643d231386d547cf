"""The author's own plan of a playtest, before minute 0."""

from __future__ import annotations

from datetime import datetime

from app.core.errors import SupersededSessionError
from app.library.playing import services
from app.library.playing.models import Playtest
from app.rooms.clocks import START_COUNTDOWN, RoomClock
from app.rooms.planning import PlanClosedError, SentPlan, allowed_scenario
from simulations.plans import parse_plan, plan_data


def save_plan(playtest: Playtest, sent: SentPlan, *, now: datetime, is_final: bool) -> None:
    """Keep a draft of the author's plan in a locked playtest; the final one starts the countdown.

    Raises:
        PlanClosedError: If the plan is fixed, or the playtest is over; a final one that was fixed
            before, by a repeat of this request, too: the page goes on then.
        SupersededSessionError: Another page plans it.
        PlanNotAllowedError: The scenario does not allow the plan; nothing was saved.
    """
    if not playtest.is_planning or not playtest.is_open:
        raise PlanClosedError(f"{playtest!r}")
    if sent.writer_epoch != playtest.writer_epoch:
        raise SupersededSessionError(f"{playtest!r}: {sent.writer_epoch}")
    if sent.plan is not None:
        allowed_scenario(services.scenario_of(playtest), sent.plan)
        playtest.plan_draft = plan_data(sent.plan)
    if sent.diagnosis is not None:
        playtest.diagnosis = sent.diagnosis
    if is_final:
        plan = parse_plan(playtest.plan_draft or {})
        playtest.plan, playtest.is_planning = plan_data(plan), False
        clock = RoomClock.starting(
            now + START_COUNTDOWN, playtest.clock_speed, playtest.duration_ticks
        )
        playtest.starts_at = clock.starts_at
        services.set_clock(playtest, clock)
