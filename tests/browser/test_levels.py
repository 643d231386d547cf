"""One person from 初级 through 中级 to 高级, by examination and by contest, with all that has to be confirmed.

The browser enrols, begins, enters, confirms and reads; where it would only wait (sixty answers,
half an hour of a room, two markers) the services do the same with the moments they are given.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from app.accounts.queries import person_of_account_or_none
from app.accounts.roles import Role
from app.accounts.services import register_person
from app.bank.queries import items_of
from app.certification import queries, services, written
from app.certification.publishing import publish_programmes
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.errors import ConflictError, RateLimitedError
from app.exams.drawing import store_form
from app.exams.queries import attempts_of
from app.exams.saving import Change, save_response
from app.exams.services import open_page, submit_attempt
from app.rooms.acting import SentAction, perform_action
from app.rooms.queries import room_of, rooms_of
from app.rooms.services import close_finished_rooms
from app.studio.services import publish_scenarios, store_finding
from certificates.decisions import Part
from question_bank.assembly import assemble_form
from simulations.policies import log_of, parse_reference
from simulations.scenarios import TICK_S
from tests import cast
from tests.browser.hall import Hall
from tests.browser.product import Product, records_of
from tests.browser.signing_in import sign_in
from tests.browser.stage import _value
from tests.browser.visits import Visits
from tests.factories.bank import LITTLE_BLUEPRINT, little_bank
from tests.factories.certification import little_programme
from tests.factories.rooms import REFERENCE_THETA, little_scenario
from tests.faults.ground import account_of

pytestmark = pytest.mark.browser

CLIMBER = account_of(0)
LECTURER, COMMITTEE = "lecturer@example.cn", "committee@example.cn"
LEGAL_NAME, IDENTITY = "江晓宁", "11010519491231002X"
EARLIER = timedelta(minutes=20)
SECOND_ROOM = "little-b"
LONG_AGO = date(2026, 1, 5)
"""When there was practice; results of contests last six months only."""

ROOM = {"speed": 4.0, "cut_score": 25.0, "room_weight": 1.0, "forecast_weight": 0.0}
LEVELS = (
    little_programme(),
    little_programme(
        id="middle",
        level="intermediate",
        title="直播电商操盘手认证（中级）",
        second_room=ROOM | {"scenario_ref": f"{SECOND_ROOM}@1"},
        prerequisites=[
            {"kind": "credential", "level": "junior"},
            {"kind": "sessions", "count": 10},
        ],
    ),
    little_programme(
        id="top",
        level="senior",
        title="直播电商操盘手认证（高级）",
        written={"texts": ["diagnosis", "review"], "cut_fraction": 0.6},
        contest={"cut_score": 55.0},
        prerequisites=[
            {"kind": "credential", "level": "intermediate"},
            {"kind": "training", "hours": 12},
        ],
    ),
)


@pytest.fixture
def hall(new_instance: Callable[..., Settings], password_hash: str) -> Iterator[Hall]:
    """A server with three levels on little content, a lecturer and a committee member."""
    settings = new_instance(workers=1)
    product = Product(settings)
    try:
        product.start()
        with records_of(settings) as records:
            with records.app.app_context(), transaction() as db_session:
                now = clock.now()
                other = little_scenario(id=SECOND_ROOM)
                publish_scenarios(db_session, [other], is_public=True, actor="cli:test", now=now)
                body = reference_body(other.ref, other.content_hash())
                store_finding(
                    db_session,
                    other.content_hash(),
                    "reference",
                    body,
                    engine_version="1",
                    now=now,
                )
                publish_programmes(db_session, LEVELS, actor="cli:test", now=now)
                for number in range(len(LEVELS)):
                    seed = bytes([90 + number]) * 16
                    form = assemble_form(little_bank(), LITTLE_BLUEPRINT, seed=seed)
                    store_form(db_session, form, now=now)
                for account, role in (
                    (LECTURER, Role.LECTURER),
                    (COMMITTEE, Role.COMMITTEE_MEMBER),
                ):
                    register_person(
                        db_session,
                        account=account,
                        display_name=role.value,
                        password_hash=password_hash,
                        now=now,
                        roles=(role,),
                    )
            yield Hall(product, records)
    finally:
        product.stop()


def reference_body(ref: str, content_hash: str) -> dict[str, object]:
    return {
        "scenario_ref": ref,
        "scenario_hash": content_hash,
        "theta": REFERENCE_THETA,
        "span_floor_log": 0.2,
    }


@pytest.mark.long
@pytest.mark.parametrize("route", ["examination", "contest"])
def test_from_junior_to_senior(route: str, hall: Hall, visits: Visits):
    address = hall.product.address
    climber = visits.open(address)
    sign_in(climber, CLIMBER, cast.PASSWORD, target="/exams")
    staff = visits.open(address)
    sign_in(staff, LECTURER, cast.PASSWORD, target="/office/evidence")
    second = visits.open(address)
    sign_in(second, COMMITTEE, cast.PASSWORD, target="/office/evidence")

    enrol(climber, "little", first=True)
    pass_theory(hall, climber, "little")
    play_room(hall, "little", Part.ROOM)
    assert held_levels(hall) == ["junior"]

    enrol(climber, "top")
    expect(climber.locator("#top")).to_contain_text("要先持有下一级别的有效证书")

    enrol(climber, "middle")
    pass_theory(hall, climber, "middle")
    play_room(hall, "middle", Part.ROOM)
    play_room(hall, "middle", Part.ROOM_2)
    climber.goto("/exams")
    expect(climber.locator("#middle")).to_contain_text("操盘场次 0/10 场")
    enter_practice(staff, "操盘场次", "10")
    confirm_practice(second)
    assert held_levels(hall) == ["intermediate", "junior"]

    pass_theory(hall, climber, "top")
    enter_practice(staff, "培训学时", "12.5")
    confirm_practice(second)
    if route == "examination":
        room_id = play_room(hall, "top", Part.ROOM)
        climber.goto("/exams")
        expect(climber.locator("#top")).to_contain_text("待写或待评阅")
        mark_texts(hall, room_id)
    else:
        today = clock.now().date()
        enter_practice(staff, "大赛成绩", "54.9", on=today - timedelta(days=3))
        confirm_practice(second)
        assert held_levels(hall) == ["intermediate", "junior"]
        enter_practice(staff, "大赛成绩", "61", on=today - timedelta(days=2))
        confirm_practice(second)
    assert held_levels(hall) == ["intermediate", "junior", "senior"]

    climber.goto("/certificates")
    expect(climber.locator("article.ccert")).to_have_count(3)
    expect(climber.locator("article.ccert").first).to_contain_text("高级")
    climber.goto("/")
    expect(climber.get_by_text("已开放的级别都已获证").first).to_be_visible()


def enrol(page: Page, programme_id: str, *, first: bool = False) -> None:
    page.goto(f"/programmes/{programme_id}/enrol")
    if first:
        page.locator("#legal_name").fill(LEGAL_NAME)
        page.locator("#number").fill(IDENTITY)
        page.locator("#consent").check()
    page.get_by_role("button", name="确认报名").click()
    page.wait_for_url(f"**/exams#{programme_id}")


def pass_theory(hall: Hall, page: Page, programme_id: str) -> None:
    """Begin the exam in the browser; its answers come by the service that saves each of them."""
    page.goto("/exams")
    page.locator(f"#{programme_id}").get_by_role("button", name="开始理论考试").click()
    page.wait_for_url("**/exams/attempts/**")
    # The page opens the attempt once more; it is left, so that there is one writer.
    page.goto("/certificates")
    with hall.records.app.app_context():
        person_id = climber_id()
        with transaction() as db_session:
            attempt = attempts_of(db_session, person_id)[0]
            public_id = attempt.public_id
            epoch = open_page(db_session, attempt, now=clock.now())
            items = items_of(db_session, attempt.item_refs)
        for position, item in enumerate(items, 1):
            change = Change(
                key=secrets.token_hex(8),
                position=position,
                value=_value(item, right=True),
                flagged=False,
                client_sequence=position,
                writer_epoch=epoch,
            )
            save_response(public_id, person_id, change, now=clock.now())
        with transaction() as db_session:
            attempt = attempts_of(db_session, person_id)[0]
            submit_attempt(db_session, attempt, key=secrets.token_hex(8), now=clock.now())
        db.session.remove()


def play_room(hall: Hall, programme_id: str, part: Part) -> int:
    """Operate one of the programme's rooms as the reference would, begun some minutes ago."""
    begun = clock.now() - EARLIER
    with hall.records.app.app_context():
        person_id = climber_id()
        with transaction() as db_session:
            enrolment = queries.active_enrolment(db_session, person_id, programme_id, lock=True)
            public_id = services.start_room(
                db_session,
                enrolment,
                part,
                settings=hall.records.settings,
                now=begun,
            )
        room = room_of(db.session(), public_id, person_id)
        room_id, keys, starts_at = room.id, room.keys, room.starts_at
        is_second = part is Part.ROOM_2
        scenario = little_scenario(id=SECOND_ROOM) if is_second else little_scenario()
        body = reference_body(scenario.ref, scenario.content_hash())
        log = log_of(scenario, parse_reference(scenario, body).policy, keys)
        moment = starts_at
        for entry in log:
            due = starts_at + timedelta(seconds=entry.tick * TICK_S / scenario.speed.exam)
            moment = max(due, moment + timedelta(seconds=0.6))
            sent = SentAction(
                key=secrets.token_hex(8),
                action=entry.action,
                writer_epoch=0,
                queued=timedelta(),
            )
            with contextlib.suppress(ConflictError, RateLimitedError):
                perform_action(db.session(), public_id, person_id, sent, now=moment)
        with transaction() as db_session:
            close_finished_rooms(db_session, now=clock.now())
            played = rooms_of(db_session, person_id)[0]
            assert played.score is not None
            assert played.score > ROOM["cut_score"]
        db.session.remove()
    return room_id


def enter_practice(page: Page, kind: str, amount: str, *, on: date = LONG_AGO) -> None:
    page.goto("/office/evidence")
    page.get_by_label("考生账号").fill(CLIMBER)
    page.get_by_label(kind).check()
    page.get_by_label("数量").fill(amount)
    page.get_by_label("日期").fill(on.isoformat())
    page.get_by_label("事项").fill(f"{kind} · 小六家女装")
    page.get_by_label("依据").fill("台账第 3 页")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("小六家女装")).to_be_visible()
    expect(page.get_by_role("button", name="确认", exact=True)).to_have_count(0)


def confirm_practice(page: Page) -> None:
    page.goto("/office/evidence")
    page.get_by_role("button", name="确认", exact=True).click()
    expect(page.get_by_text("没有等待确认的记录")).to_be_visible()


def mark_texts(hall: Hall, room_id: int) -> None:
    with hall.records.app.app_context(), transaction() as db_session:
        for part in ("diagnosis", "review"):
            written.on_text_marked(
                db_session, room_session_id=room_id, part=part, credit=0.75, now=clock.now()
            )


def held_levels(hall: Hall) -> list[str]:
    with hall.records.reading() as db_session:
        now = clock.now()
        held = queries.held_levels(db_session, climber_id(), at=now, include_demo=True)
        return sorted(level.value for level in held)


def climber_id() -> int:
    person = person_of_account_or_none(db.session(), CLIMBER)
    assert person is not None
    return person.id
