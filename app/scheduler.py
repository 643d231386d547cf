"""When background work is due. A process of its own runs this, never a web worker."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import FrameType

import click
from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.recovery import services as recovery
from app.accounts.signing_in import forget_old_failures
from app.api import calls, delivering, feeds, webhooks
from app.bank import queries as bank_queries
from app.certification import room_items, sealing
from app.checks import services as checks
from app.contests import jobs as contests
from app.contests.board import publishing
from app.contests.rechecking import services as rechecking
from app.contests.telling import sending as contest_mail
from app.core import clock
from app.core.audit.seals import seal_audit
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.jobs.services import claim_slot, finish_slot, forget_old_claims, slot_of
from app.core.rate_limits import forget_old_counts
from app.exams import drawing, running
from app.exams import queries as exam_queries
from app.exams import services as exams
from app.handbook import printing as handbook
from app.library.playing import weighing as playtests
from app.marking import dealing as marking
from app.providers.league import seasons as league
from app.providers.months import last_complete_month
from app.providers.rules import snapshots
from app.providers.sessions import estimating
from app.providers.team import checking as staff_checks
from app.providers.telling import sending as provider_mail
from app.recordings import services as recordings
from app.reminders import services as reminders
from app.results import services as results
from app.rooms import services as rooms
from app.sittings import preparing, seats
from app.sittings.models import Seat
from app.studio.drafts import calibrating
from app.training import averages
from app.training.courses import clearing as films
from app.training.decisions import content as decisions
from app.training.periods import services as periods
from question_bank.mocks import MOCK_PREFIX

logger = logging.getLogger(__name__)

Work = Callable[[Session, datetime], object]


@dataclass(frozen=True)
class Job:
    """A named piece of work and its period in seconds; each slot runs once, somewhere.

    Attributes:
        name: Names its slots.
        period_s: Seconds between two slots.
        work: What is done.
        in_transaction: Whether it runs in one transaction; if not, it opens its own ones, because
            it computes in between.
    """

    name: str
    period_s: int
    work: Work
    in_transaction: bool = True


def close_overdue_attempts(db_session: Session, now: datetime) -> object:
    running.end_spent_breaks(db_session, now=now)
    return exams.close_overdue_attempts(db_session, now=now)


def close_finished_rooms(db_session: Session, now: datetime) -> object:
    return rooms.close_finished_rooms(db_session, now=now)


def settle_rooms(db_session: Session, now: datetime) -> object:
    return room_items.settle_played_rooms(db_session, now=now)


def prepare_forms(db_session: Session, now: datetime) -> object:
    """Draw forms ahead, one for each blueprint and slot, and one for a seat that needs its own.

    A draw takes about a second: nobody waits for the write lock meanwhile.
    """
    settings: Settings = current_app.config["SETTINGS"]
    ahead = drawing.FORMS_AHEAD_DEMO if settings.is_demo else drawing.FORMS_AHEAD
    drawn = 0
    seated = preparing.wanted_forms(db_session, now=now)
    refs = [
        one.ref
        for one in bank_queries.blueprints(db_session)
        if not one.id.startswith(MOCK_PREFIX)  # drawn for the one who asks
    ]
    for ref in refs:
        wanted = ahead + seated[ref]
        if exam_queries.unused_form_count(db.session(), ref) < wanted:
            form = drawing.draw_form(db.session(), ref, include_public=settings.is_demo)
            with transaction() as writing:
                drawing.store_form(writing, form, now=now)
            drawn += 1
    seat = preparing.seat_to_draw_for(db.session(), now=now)
    if seat is None:
        return drawn
    seat_id = seat.id
    own = preparing.draw_for_seat(db.session(), seat, include_public=settings.is_demo)
    with transaction() as writing:
        seat = writing.get_one(Seat, seat_id, with_for_update=True)
        return drawn + preparing.give_form(writing, seat, own, now=now)


def assign_forms(db_session: Session, now: datetime) -> object:
    return preparing.assign_forms(db_session, now=now)


def mark_absences(db_session: Session, now: datetime) -> object:
    return seats.mark_absences(db_session, now=now)


def end_expired_sheets(db_session: Session, now: datetime) -> object:
    return marking.end_expired_sheets(db_session, now=now)


def publish_results(db_session: Session, now: datetime) -> object:
    return results.publish_results(db_session, now=now)


def tidy(db_session: Session, now: datetime) -> object:
    """Drop what has no evidence in it: ended sign-ins, old counters, finished claims."""
    settings: Settings = current_app.config["SETTINGS"]
    before = now - timedelta(hours=settings.session_absolute_h)
    accounts.forget_ended_sessions(db_session, before=before)
    forget_old_failures(db_session, now=now)
    recovery.forget_old_resets(db_session, now=now)
    forget_old_counts(db_session, now=now)
    checks.forget_old_lists(db_session, now=now)
    calls.forget_old_calls(db_session, now=now)
    webhooks.forget_old_messages(db_session, now=now)
    return forget_old_claims(db_session, now=now)


def seal_log(db_session: Session, now: datetime) -> object:
    """Sign the audit log's head; the copy for export follows with the next `flask audit seal`."""
    settings: Settings = current_app.config["SETTINGS"]
    seal = seal_audit(db_session, settings.instance_dir, now=now)
    return None if seal is None else seal.last_entry_id


def seal_certificates(db_session: Session, now: datetime) -> object:
    """Draw and sign the files of fresh certificates, so that a download need not wait."""
    del db_session  # each file is a transaction of its own
    settings: Settings = current_app.config["SETTINGS"]
    return sealing.seal_waiting(settings, current_app.extensions["field_keys"], now=now)


def judge_check_lists(db_session: Session, now: datetime) -> object:
    """Judge uploaded lists; each piece is a transaction of its own."""
    del db_session
    return checks.judge_waiting(now=now)


def fit_recordings(db_session: Session, now: datetime) -> object:
    """Fit rooms to uploaded sessions; seconds of computing each, in no transaction."""
    del db_session
    return recordings.fit_waiting(now=now)


def tell_expiring(db_session: Session, now: datetime) -> object:
    settings: Settings = current_app.config["SETTINGS"]
    return webhooks.tell_expiring(db_session, include_demo=settings.is_demo, now=now)


def deliver_webhooks(db_session: Session, now: datetime) -> object:
    """Send what waits for providers' programs; nobody waits for the write lock meanwhile."""
    del db_session
    settings: Settings = current_app.config["SETTINGS"]
    return delivering.deliver_waiting(settings, current_app.extensions["field_keys"], now=now)


def check_staff(db_session: Session, now: datetime) -> object:
    """End the employments that nobody confirmed in time, then draw who confirms next."""
    ended = staff_checks.end_unconfirmed(db_session, now=now)
    return ended + staff_checks.draw_monthly(db_session, now=now)


def estimate_uplift(db_session: Session, now: datetime) -> object:
    """Estimate the last month's uplift anew when session results came in."""
    if not estimating.is_due(db_session, now=now):
        return 0
    month = last_complete_month(now)
    found = estimating.estimate_month(db_session, month)
    with transaction() as writing:
        return estimating.record_estimates(
            writing, month, found, actor="system:estimate-uplift", now=now
        )


def note_expiries(db_session: Session, now: datetime) -> object:
    return feeds.note_expiries(db_session, now=now)


def publish_feed(db_session: Session, now: datetime) -> object:
    """Make the night's signed snapshot of every provider's counts and score."""
    settings: Settings = current_app.config["SETTINGS"]
    if not feeds.is_due(db_session, now=now):
        return 0
    body = feeds.feed_body(db_session, settings=settings, now=now)
    with transaction() as writing:
        return feeds.publish_snapshot(
            writing,
            body,
            settings=settings,
            field_keys=current_app.extensions["field_keys"],
            actor="system:publish-feed",
            now=now,
        ).id


def send_password_links(db_session: Session, now: datetime) -> object:
    """Mail what waits; nobody waits for the write lock meanwhile."""
    del db_session
    settings: Settings = current_app.config["SETTINGS"]
    return recovery.send_waiting(settings, now=now)


def queue_reminders(db_session: Session, now: datetime) -> object:
    settings: Settings = current_app.config["SETTINGS"]
    return reminders.queue_reminders(db_session, include_demo=settings.is_demo, now=now)


def send_reminders(db_session: Session, now: datetime) -> object:
    """Mail what waits; nobody waits for the write lock meanwhile."""
    del db_session
    settings: Settings = current_app.config["SETTINGS"]
    return reminders.send_waiting(settings, now=now)


def queue_provider_mail(db_session: Session, now: datetime) -> object:
    return provider_mail.queue_last_calls(db_session, now=now)


def send_provider_mail(db_session: Session, now: datetime) -> object:
    """Mail what waits; nobody waits for the write lock meanwhile."""
    del db_session
    settings: Settings = current_app.config["SETTINGS"]
    return provider_mail.send_waiting(settings, now=now)


def settle_months(db_session: Session, now: datetime) -> object:
    """Write down settled months' scores; each month is a transaction of its own."""
    settings: Settings = current_app.config["SETTINGS"]
    added = 0
    for month in snapshots.months_to_settle(db_session, now=now):
        with transaction() as writing:
            added += snapshots.settle_month(writing, month, now=now, include_demo=settings.is_demo)
    return added


def reveal_seasons(db_session: Session, now: datetime) -> object:
    settings: Settings = current_app.config["SETTINGS"]
    return league.reveal_due_seasons(db_session, now=now, include_demo=settings.is_demo)


def calibrate_drafts(db_session: Session, now: datetime) -> object:
    """Calibrate scenario drafts; nobody waits for the write lock meanwhile."""
    del db_session
    return calibrating.calibrate_waiting(now=now)


def weigh_playtests(db_session: Session, now: datetime) -> object:
    """Work out what authors' actions were worth; nobody waits for the write lock meanwhile."""
    del db_session
    return playtests.weigh_playtests(now=now)


def run_contests(db_session: Session, now: datetime) -> object:
    return contests.run_contests(db_session, now)


def recheck_contests(db_session: Session, now: datetime) -> object:
    """Compute contests again that somebody asked for; nobody waits for the write lock meanwhile."""
    return rechecking.run_waiting(db_session, now=now)


def send_contest_mail(db_session: Session, now: datetime) -> object:
    """Mail what waits; nobody waits for the write lock meanwhile."""
    del db_session
    settings: Settings = current_app.config["SETTINGS"]
    return contest_mail.send_waiting(settings, now=now)


def publish_boards(db_session: Session, now: datetime) -> object:
    """Publish the boards of running contests once a second until the slot ends."""
    del db_session  # each publication is a transaction of its own
    return publishing.publish_for_a_slot(now=now)


def weigh_decisions(db_session: Session, now: datetime) -> object:
    """Weigh what a decision's answers are worth; nobody waits for the write lock meanwhile."""
    del db_session
    return decisions.weigh_waiting(now=now)


def judge_periods(db_session: Session, now: datetime) -> object:
    """Judge the 营期 whose last session is over; four whole periods are replayed for each."""
    del db_session
    return periods.judge_waiting(now=now)


def clear_films(db_session: Session, now: datetime) -> object:
    """Take uploaded films off the disk that no course's row names."""
    del db_session
    return films.clear_shelf(current_app.config["SETTINGS"], now=now)


def average_skills(db_session: Session, now: datetime) -> object:
    """Work out once a day how far those who aim at a level have come, skill by skill."""
    del db_session
    return averages.refresh_means(now=now)


def print_handbook(db_session: Session, now: datetime) -> object:
    """Draw the handbook's file ahead, once for each edition and language."""
    del db_session, now
    return handbook.draw_missing(current_app.config["SETTINGS"])


JOBS = (
    Job("close-overdue-attempts", 5, close_overdue_attempts),
    Job("close-finished-rooms", 5, close_finished_rooms),
    Job("settle-played-rooms", 5, settle_rooms),
    Job("prepare-forms", 10, prepare_forms, in_transaction=False),
    Job("assign-forms", 10, assign_forms),
    Job("mark-absences", 30, mark_absences),
    Job("publish-results", 5, publish_results),
    Job("end-expired-sheets", 60, end_expired_sheets),
    Job("seal-certificates", 10, seal_certificates, in_transaction=False),
    Job("judge-check-lists", 5, judge_check_lists, in_transaction=False),
    Job("fit-recordings", 5, fit_recordings, in_transaction=False),
    Job("tell-expiring", 3600, tell_expiring),
    Job("deliver-webhooks", 5, deliver_webhooks, in_transaction=False),
    Job("check-staff", 3600, check_staff),
    Job("estimate-uplift", 3600, estimate_uplift, in_transaction=False),
    Job("note-expiries", 600, note_expiries),
    Job("publish-feed", 1800, publish_feed, in_transaction=False),
    Job("send-password-links", 10, send_password_links, in_transaction=False),
    Job("queue-reminders", 3600, queue_reminders),
    Job("send-reminders", 60, send_reminders, in_transaction=False),
    Job("queue-provider-mail", 3600, queue_provider_mail),
    Job("send-provider-mail", 60, send_provider_mail, in_transaction=False),
    Job("settle-months", 86400, settle_months, in_transaction=False),
    Job("reveal-seasons", 600, reveal_seasons),
    Job("calibrate-drafts", 2, calibrate_drafts, in_transaction=False),
    Job("weigh-playtests", 3, weigh_playtests, in_transaction=False),
    Job("run-contests", 5, run_contests, in_transaction=False),
    Job("recheck-contests", 10, recheck_contests, in_transaction=False),
    Job("send-contest-mail", 60, send_contest_mail, in_transaction=False),
    Job("publish-boards", publishing.SLOT_S, publish_boards, in_transaction=False),
    Job("weigh-decisions", 5, weigh_decisions, in_transaction=False),
    Job("judge-periods", 5, judge_periods, in_transaction=False),
    Job("clear-films", 3600, clear_films, in_transaction=False),
    Job("average-skills", 3600, average_skills, in_transaction=False),
    Job("print-handbook", 30, print_handbook, in_transaction=False),
    Job("tidy", 600, tidy),
    Job("seal-audit", 3600, seal_log),
)


def run_due(job: Job, holder: str, *, now: datetime) -> bool:
    """Run a job's present slot unless somebody has it; say whether it ran here."""
    slot = slot_of(now, job.period_s)
    with transaction() as db_session:
        if not claim_slot(db_session, job.name, slot, holder, now=now):
            return False
    result = None if job.in_transaction else job.work(db.session(), now)
    with transaction() as db_session:
        if job.in_transaction:
            result = job.work(db_session, now)
        finish_slot(db_session, job.name, slot, holder, now=clock.now())
    if result:
        logger.info("%s: %s", job.name, result)
    return True


def run_scheduler(app: Flask) -> None:
    """Run every job at its times until SIGTERM or SIGINT."""
    holder = f"{socket.gethostname()}:{os.getpid()}"
    # On a busy machine a thread comes late to a slot; then it runs late, and is not left out.
    scheduler = BlockingScheduler(
        timezone="Asia/Shanghai", job_defaults={"coalesce": True, "misfire_grace_time": None}
    )

    def tick(job: Job) -> None:
        with app.app_context():
            try:
                run_due(job, holder, now=clock.now())
            except Exception:  # the outermost loop: one failed slot must not end the others
                logger.exception("%s failed", job.name)
            finally:
                db.session.remove()

    def stop(signum: int, frame: FrameType | None) -> None:
        scheduler.shutdown(wait=False)

    for job in JOBS:
        scheduler.add_job(tick, "interval", args=[job], seconds=job.period_s, max_instances=1)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    logger.info("scheduler %s: %d jobs", holder, len(JOBS))
    scheduler.start()


jobs_cli = AppGroup("jobs", help="Scheduled work.")


@jobs_cli.command("run")
@with_appcontext
def jobs_run() -> None:
    """Run the scheduler in this process until it is stopped."""
    run_scheduler(current_app._get_current_object())  # type: ignore[attr-defined]


@jobs_cli.command("once")
@click.argument("name", type=click.Choice([job.name for job in JOBS]))
@with_appcontext
def jobs_once(name: str) -> None:
    """Run one job now, whatever its time."""
    job = next(job for job in JOBS if job.name == name)
    if not job.in_transaction:
        click.echo(job.work(db.session(), clock.now()))
        return
    with transaction() as db_session:
        click.echo(job.work(db_session, clock.now()))
