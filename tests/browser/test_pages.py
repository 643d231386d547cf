"""Every page, for every role, on a desktop and on a phone: form, policy, and access.

`make pictures` takes a picture of each, too, for somebody to look at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from app.accounts.roles import Role
from app.core.config import ROOT
from app.core.web import ANYONE, SIGNED_IN
from app.demo import DEMO_PASSWORD, PEOPLE
from tests import cast
from tests.browser.axe import grave_faults
from tests.browser.exam_desk import ExamDesk
from tests.browser.layout import findings
from tests.browser.product import Product, Records
from tests.browser.signing_in import sign_in
from tests.browser.stage import HOLDER, NEWCOMER, set_stage
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

PICTURES = ROOT / "test-results" / "pages"
QUIET = """
() => document.fonts.ready.then(() => new Promise((resolve) => {
  const began = performance.now();
  let last = began;
  const watch = new MutationObserver(() => { last = performance.now(); });
  watch.observe(document, {subtree: true, childList: true, attributes: true});
  const look = setInterval(() => {
    const now = performance.now();
    if (now - last < 120 && now - began < 1000) return;
    clearInterval(look);
    watch.disconnect();
    resolve();
  }, 50);
}))
"""
"""Waits until fonts are there and nothing has changed for a moment: then charts stand."""

STRANGER = "stranger"

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class PageSeen:
    """A page that somebody looks at.

    Attributes:
        who: A role of the demonstration, or one of the further visitors below.
        name: Of the picture.
        path: Address; `{…}` is filled in from the stage.
        status: Of the answer.
        act: What is done on the page before the picture.
    """

    who: str
    name: str
    path: str
    status: int = 200
    act: Callable[[Page], None] | None = None


def to_the_first_exhibit(page: Page) -> None:
    desk = ExamDesk(page)
    desk.wait_until_ready()
    items = desk.data["items"]
    for _ in range(1, next(item["position"] for item in items if item["exhibit"] is not None)):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#exhibit")).to_be_visible()


def to_the_live_room(page: Page) -> None:
    expect(page.locator("#countdown")).to_be_hidden()
    page.wait_for_timeout(1300)  # a tick of a room at four times the speed takes 1.25 s


SITTING_STAFF = (Role.INVIGILATOR, Role.EXAMINER, Role.COMMITTEE_MEMBER)
INTEGRITY_STAFF = (Role.INVIGILATOR, Role.COMMITTEE_MEMBER)
BANK_STAFF = (Role.COMMITTEE_MEMBER, Role.REVIEWER)
OFFICE = (Role.COMMITTEE_MEMBER, Role.REVIEWER, Role.APPEAL_HANDLER)
CONTEST_STAFF = (Role.EXAMINER, Role.COMMITTEE_MEMBER, Role.APPEAL_HANDLER)
STAFF_FIRST_PAGE = (Role.EXAMINER, Role.LECTURER, Role.INVIGILATOR)

PAGES = (
    PageSeen(STRANGER, "landing", "/"),
    PageSeen(STRANGER, "sign-in", "/sign-in"),
    PageSeen(STRANGER, "register", "/register"),
    PageSeen(STRANGER, "forgot", "/password/forgot"),
    PageSeen(STRANGER, "reset", "/password/reset/{password_link}"),
    PageSeen(STRANGER, "verify", "/verify"),
    PageSeen(STRANGER, "credential", "/v/{number}"),
    PageSeen(STRANGER, "credential-unknown", "/v/CPS1-26-3333333333-3", 404),
    PageSeen(STRANGER, "handbook", "/handbook"),
    PageSeen(STRANGER, "handbook-search", "/handbook?q=返场"),
    PageSeen(STRANGER, "handbook-chapter", "/handbook/3"),
    PageSeen(STRANGER, "handbook-lists", "/handbook/checklists"),
    PageSeen(STRANGER, "not-found", "/no-such-page", 404),
    PageSeen(STRANGER, "contests", "/contests"),
    PageSeen(STRANGER, "contest", "/contests/{contest_over}"),
    PageSeen(STRANGER, "contest-seals", "/contests/{contest_over}/seals"),
    PageSeen(Role.CANDIDATE, "contest", "/contests/{contest_open}"),
    *(PageSeen(role, "contest-desk", "/contests/desk") for role in CONTEST_STAFF),
    *(PageSeen(role, "contest-manage", "/contests/desk/{contest_over}") for role in CONTEST_STAFF),
    PageSeen(Role.JUROR, "contest-jury", "/contests/jury"),
    *(
        PageSeen(role, "contest-notices", "/contests/notices")
        for role in (Role.JUROR, Role.CANDIDATE)
    ),
    PageSeen(Role.JUROR, "contest-jury-task", "/contests/jury/{jury_task}"),
    PageSeen(STRANGER, "live", "/live"),
    PageSeen(STRANGER, "live-contest", "/live/{contest_over}"),
    PageSeen(STRANGER, "live-round", "/live/rounds/{round_over}"),
    PageSeen(STRANGER, "live-screen", "/live/rounds/{round_over}/screen"),
    PageSeen(STRANGER, "live-replay", "/live/rounds/{round_over}/lanes/1"),
    PageSeen(STRANGER, "season", "/season"),
    PageSeen(STRANGER, "diplomas", "/diplomas"),
    PageSeen(STRANGER, "diploma", "/diplomas/{diploma}"),
    PageSeen(Role.EXAMINER, "live-jury", "/live/rounds/{round_over}/jury"),
    PageSeen(Role.COMMITTEE_MEMBER, "live-jury", "/live/rounds/{round_over}/jury"),
    PageSeen(Role.JUROR, "live-jury", "/live/rounds/{round_over}/jury"),
    PageSeen(Role.CANDIDATE, "home", "/"),
    PageSeen(Role.CANDIDATE, "exams", "/exams"),
    PageSeen(Role.CANDIDATE, "exam", "/exams/attempts/{running}", act=to_the_first_exhibit),
    PageSeen(Role.CANDIDATE, "exam-result", "/exams/attempts/{done}/result"),
    PageSeen(Role.CANDIDATE, "rooms", "/rooms"),
    PageSeen(Role.CANDIDATE, "cockpit-exam", "/rooms/{exam_room}", act=to_the_live_room),
    PageSeen(Role.CANDIDATE, "cockpit-practice", "/rooms/{practice_room}", act=to_the_live_room),
    PageSeen(Role.CANDIDATE, "plan", "/rooms/{planned_room}/plan"),
    PageSeen(Role.CANDIDATE, "room-result", "/rooms/{played_room}/result"),
    PageSeen(Role.CANDIDATE, "training", "/training"),
    PageSeen(Role.CANDIDATE, "practice-rooms", "/training/rooms"),
    PageSeen(Role.CANDIDATE, "practice", "/training/practice?mode=weak"),
    PageSeen(Role.CANDIDATE, "mistakes", "/training/mistakes"),
    PageSeen(Role.CANDIDATE, "profile", "/training/profile"),
    PageSeen(Role.CANDIDATE, "pace", "/training/pace"),
    PageSeen(Role.CANDIDATE, "placement", "/training/placement"),
    PageSeen(Role.CANDIDATE, "placement-take", "/training/placement/{placement}"),
    PageSeen(Role.CANDIDATE, "placement-result", "/training/placement/{placed}/result"),
    PageSeen(Role.CANDIDATE, "mocks", "/training/mocks"),
    PageSeen(Role.CANDIDATE, "decisions", "/training/decisions"),
    PageSeen(Role.CANDIDATE, "decision", "/training/decisions/{decision}"),
    PageSeen(Role.COMMITTEE_MEMBER, "decision-desk", "/training/decisions/desk"),
    PageSeen(
        Role.COMMITTEE_MEMBER,
        "decision-new",
        "/training/decisions/desk/new?scenario=f1@1&operator=house&seed=3&minute=25",
    ),
    PageSeen(Role.CANDIDATE, "courses", "/training/courses"),
    PageSeen(Role.CANDIDATE, "cohort", "/training/courses/cohorts/{cohort}"),
    PageSeen(Role.CANDIDATE, "lecturers", "/training/courses/lecturers"),
    PageSeen(Role.LECTURER, "teach", "/training/courses/teach"),
    PageSeen(Role.LECTURER, "course", "/training/courses/teach/{course}"),
    PageSeen(Role.LECTURER, "taught", "/training/courses/teach/cohorts/{cohort}"),
    PageSeen(Role.CANDIDATE, "own-tasks", "/training-tasks"),
    PageSeen(Role.PROVIDER_MANAGER, "coaching", "/provider/training"),
    PageSeen(Role.CANDIDATE, "drills", "/rooms/drills"),
    PageSeen(Role.CANDIDATE, "drill", "/rooms/drills/drill-stock-out"),
    PageSeen(Role.CANDIDATE, "drill-result", "/rooms/{played_drill}/result"),
    PageSeen(Role.CANDIDATE, "replay", "/rooms/{played_room}/replay?t=1800"),
    PageSeen(Role.CANDIDATE, "certificates-none", "/certificates"),
    PageSeen(Role.CANDIDATE, "invitations", "/invitations"),
    PageSeen(Role.CANDIDATE, "account", "/account"),
    PageSeen(Role.CANDIDATE, "second-factor", "/account/second-factor"),
    PageSeen(HOLDER, "home", "/"),
    PageSeen(HOLDER, "certificates", "/certificates"),
    PageSeen(HOLDER, "invitations", "/invitations"),
    PageSeen(NEWCOMER, "home", "/"),
    PageSeen(NEWCOMER, "exams", "/exams"),
    PageSeen(NEWCOMER, "enrol", "/programmes/junior-demo/enrol"),
    PageSeen(NEWCOMER, "rooms", "/rooms"),
    PageSeen(NEWCOMER, "drills", "/rooms/drills"),
    PageSeen(NEWCOMER, "drill", "/rooms/drills/drill-tutorial"),
    PageSeen(NEWCOMER, "invitations", "/invitations"),
    PageSeen(Role.PROVIDER_MANAGER, "scorecard", "/provider"),
    PageSeen(Role.PROVIDER_MANAGER, "staff", "/provider/staff"),
    PageSeen(Role.PROVIDER_MANAGER, "board", "/provider/board"),
    PageSeen(Role.PROVIDER_MANAGER, "uplift", "/provider/uplift"),
    PageSeen(Role.PROVIDER_MANAGER, "listing", "/provider/listing"),
    PageSeen(STRANGER, "match", "/match?gmv=80&category=fashion&region=浙江"),
    PageSeen(Role.COMMITTEE_MEMBER, "sessions", "/provider/sessions"),
    PageSeen(Role.COMMITTEE_MEMBER, "alerts", "/provider/alerts"),
    PageSeen(Role.SYSTEM_ADMIN, "sessions", "/provider/sessions"),
    PageSeen(Role.SYSTEM_ADMIN, "alerts", "/provider/alerts"),
    PageSeen(Role.SYSTEM_ADMIN, "feeds", "/provider/feeds"),
    PageSeen(Role.PROVIDER_MANAGER, "plan-tiers", "/provider/plan?intermediate=2"),
    PageSeen(Role.PROVIDER_MANAGER, "league", "/league"),
    PageSeen(Role.CANDIDATE, "league", "/league"),
    PageSeen(Role.CANDIDATE, "shifts", "/shifts"),
    PageSeen(Role.CANDIDATE, "apply", "/provider/apply"),
    PageSeen(HOLDER, "shifts", "/shifts"),
    PageSeen(Role.PROVIDER_MANAGER, "scorecard-settled", "/provider?month={settled_month}"),
    PageSeen(Role.PROVIDER_MANAGER, "objections", "/provider/objections"),
    PageSeen(
        Role.PROVIDER_MANAGER, "objection-new", "/provider/objections/new?month={settled_month}"
    ),
    PageSeen(Role.PROVIDER_MANAGER, "objection", "/provider/objections/{objection}"),
    PageSeen(Role.COMMITTEE_MEMBER, "rules-edit", "/office/five-force/edit"),
    *(PageSeen(role, "objections", "/office/five-force/objections") for role in BANK_STAFF),
    *(
        PageSeen(role, "objection", "/office/five-force/objections/{objection}")
        for role in BANK_STAFF
    ),
    *(PageSeen(role, "admissions", "/office/admissions") for role in BANK_STAFF),
    *(PageSeen(role, "admission", "/office/admissions/{application}") for role in BANK_STAFF),
    PageSeen(Role.PROVIDER_MANAGER, "windmakers", "/windmakers"),
    PageSeen(Role.COMMITTEE_MEMBER, "windmakers", "/windmakers"),
    *(PageSeen(role, "rules", "/office/five-force") for role in BANK_STAFF),
    *(
        PageSeen(role, "rules-proposal", "/office/five-force/proposals/{rule_proposal}")
        for role in BANK_STAFF
    ),
    *(PageSeen(role, "rules-providers", "/office/five-force/providers") for role in BANK_STAFF),
    *(
        PageSeen(role, "rules-provider", "/office/five-force/providers/{rule_provider}")
        for role in BANK_STAFF
    ),
    PageSeen(Role.PROVIDER_MANAGER, "account", "/account"),
    PageSeen(Role.COMMITTEE_MEMBER, "bank", "/bank"),
    PageSeen(Role.COMMITTEE_MEMBER, "item", "/bank/items/{item}"),
    PageSeen(Role.COMMITTEE_MEMBER, "analysis", "/analysis"),
    PageSeen(Role.COMMITTEE_MEMBER, "analysis-form", "/analysis/junior-demo@1"),
    PageSeen(Role.COMMITTEE_MEMBER, "analysis-item", "/analysis/junior-demo@1/items/{done_item}"),
    *(
        PageSeen(role, name, f"/analysis/junior-demo@1/{path}")
        for role in BANK_STAFF
        for name, path in (("analysis-theory", "theory"), ("analysis-groups", "groups"))
    ),
    PageSeen(Role.REVIEWER, "analysis", "/analysis"),
    PageSeen(Role.REVIEWER, "analysis-form", "/analysis/junior-demo@1"),
    PageSeen(Role.REVIEWER, "analysis-item", "/analysis/junior-demo@1/items/{done_item}"),
    PageSeen(Role.COMMITTEE_MEMBER, "indicators", "/provider/indicators"),
    PageSeen(Role.COMMITTEE_MEMBER, "library", "/library"),
    PageSeen(Role.COMMITTEE_MEMBER, "library-room", "/library/f1@1"),
    PageSeen(Role.COMMITTEE_MEMBER, "library-ballot", "/library/f1-demo@1/vote"),
    PageSeen(Role.COMMITTEE_MEMBER, "library-changes", "/library/f1@1/changes"),
    PageSeen(Role.COMMITTEE_MEMBER, "recordings", "/recordings"),
    PageSeen(Role.COMMITTEE_MEMBER, "recording", "/recordings/{expert_recording}"),
    PageSeen(Role.COMMITTEE_MEMBER, "recording-columns", "/recordings/{expert_recording}/columns"),
    PageSeen(Role.REVIEWER, "library", "/library"),
    PageSeen(Role.REVIEWER, "library-room", "/library/f1@1"),
    PageSeen(Role.REVIEWER, "library-changes", "/library/f1@1/changes"),
    PageSeen(Role.PROVIDER_MANAGER, "recordings", "/recordings"),
    PageSeen(Role.PROVIDER_MANAGER, "recording", "/recordings/{recording}"),
    PageSeen(Role.PROVIDER_MANAGER, "recording-columns", "/recordings/{recording}/columns"),
    PageSeen(Role.REVIEWER, "bank", "/bank"),
    PageSeen(Role.REVIEWER, "item", "/bank/items/{item}"),
    *(PageSeen(role, "studio", "/studio") for role in BANK_STAFF),
    *(PageSeen(role, "studio-editor", "/studio/drafts/{scenario_draft}") for role in BANK_STAFF),
    PageSeen(Role.COMMITTEE_MEMBER, "studio-yaml", "/studio/drafts/{scenario_draft}/yaml"),
    PageSeen(Role.COMMITTEE_MEMBER, "studio-checks", "/studio/drafts/{scenario_draft}/checks"),
    PageSeen(Role.COMMITTEE_MEMBER, "studio-texts", "/studio/drafts/{scenario_draft}/texts"),
    PageSeen(Role.COMMITTEE_MEMBER, "studio-changes", "/studio/drafts/{scenario_draft}/changes"),
    *(PageSeen(role, "workshop", "/bank/workshop") for role in BANK_STAFF),
    *(PageSeen(role, "interests", "/bank/workshop/interests") for role in BANK_STAFF),
    *(PageSeen(role, "versions", "/bank/workshop/items/{item_id}/versions") for role in BANK_STAFF),
    *(PageSeen(role, "pilots", "/analysis/pilots") for role in BANK_STAFF),
    PageSeen(Role.COMMITTEE_MEMBER, "item-new", "/bank/workshop/new"),
    PageSeen(Role.COMMITTEE_MEMBER, "item-editor", "/bank/workshop/drafts/{draft}"),
    PageSeen(Role.COMMITTEE_MEMBER, "case-editor", "/bank/workshop/cases/{begun_case}"),
    PageSeen(Role.REVIEWER, "case", "/bank/workshop/cases/{read_case}"),
    PageSeen(Role.COMMITTEE_MEMBER, "item-yaml", "/bank/workshop/drafts/{draft}/yaml"),
    PageSeen(Role.REVIEWER, "item-draft", "/bank/workshop/drafts/{tried_draft}"),
    PageSeen(Role.COMMITTEE_MEMBER, "sights", "/bank/workshop/sights"),
    PageSeen(Role.COMMITTEE_MEMBER, "retirements", "/bank/workshop/retirements"),
    PageSeen(Role.COMMITTEE_MEMBER, "item-exports", "/bank/workshop/exports"),
    PageSeen(Role.COMMITTEE_MEMBER, "item-imports", "/bank/workshop/imports"),
    PageSeen(Role.SYSTEM_ADMIN, "health", "/admin"),
    PageSeen(Role.SYSTEM_ADMIN, "indicators", "/provider/indicators"),
    PageSeen(Role.SECURITY_ADMIN, "people", "/admin/people"),
    PageSeen(Role.SECURITY_ADMIN, "person", "/admin/people/{person}"),
    PageSeen(Role.AUDIT_ADMIN, "audit", "/admin/audit"),
    *(PageSeen(role, "home", "/") for role in STAFF_FIRST_PAGE),
    PageSeen(STRANGER, "shared-certificate", "/s/{certificate_link}"),
    PageSeen(STRANGER, "operators", "/operators?region=浙江"),
    PageSeen(STRANGER, "operator", "/operators/{operator}"),
    PageSeen(HOLDER, "certificate-code", "/certificates/{number}/code"),
    PageSeen(HOLDER, "renew", "/certificates/{number}/renew"),
    PageSeen(STRANGER, "ticket-door", "/sittings/ticket"),
    PageSeen(HOLDER, "register-entry", "/certificates/register"),
    PageSeen(Role.PROVIDER_MANAGER, "checks", "/provider/checks"),
    PageSeen(Role.PROVIDER_MANAGER, "check-overview", "/provider/checks/overview"),
    PageSeen(Role.PROVIDER_MANAGER, "practice", "/provider/practice"),
    PageSeen(Role.PROVIDER_MANAGER, "check-list", "/provider/checks/{check_list}"),
    PageSeen(Role.PROVIDER_MANAGER, "api", "/provider/api"),
    PageSeen(STRANGER, "shared-debrief", "/rooms/shared/{room_link}"),
    PageSeen(STRANGER, "shared-replay", "/rooms/shared/{room_link}/replay"),
    PageSeen(Role.CANDIDATE, "sittings", "/sittings"),
    PageSeen(HOLDER, "seat", "/sittings/seats/{seat}"),
    *(PageSeen(role, "sittings", "/sittings/manage") for role in SITTING_STAFF),
    *(PageSeen(role, "console", "/sittings/manage/{sitting}") for role in SITTING_STAFF),
    *(PageSeen(role, "plan", "/sittings/manage/new") for role in SITTING_STAFF[1:]),
    *(
        PageSeen(role, "accommodations", "/sittings/manage/accommodations")
        for role in SITTING_STAFF[1:]
    ),
    *(PageSeen(role, "results", "/results") for role in SITTING_STAFF[1:]),
    *(PageSeen(role, "late", "/results/late") for role in SITTING_STAFF[1:]),
    *(PageSeen(role, "regrade", "/results/regrades/{regrade}") for role in SITTING_STAFF[1:]),
    *(PageSeen(role, "integrity", "/integrity") for role in INTEGRITY_STAFF),
    *(PageSeen(role, "integrity-exam", "/integrity/exams/{exam_code}") for role in INTEGRITY_STAFF),
    *(PageSeen(role, "integrity-case", "/integrity/cases/{case}") for role in INTEGRITY_STAFF),
    PageSeen(Role.CANDIDATE, "integrity-statements", "/integrity/statements"),
    PageSeen(Role.CANDIDATE, "appeal", "/results/attempts/{done}/appeal"),
    PageSeen(Role.APPEAL_HANDLER, "appeal", "/results/appeals/{appeal}"),
    PageSeen(Role.APPEAL_HANDLER, "appeals", "/results/appeals"),
    *(PageSeen(role, "marking", "/marking") for role in (Role.MARKER, Role.EXAMINER)),
    PageSeen(Role.MARKER, "sheet", "/marking/sheets/{sheet}"),
    *(PageSeen(role, "marking-work", "/marking/desk") for role in SITTING_STAFF[1:]),
    *(PageSeen(role, "marking-task", "/marking/desk/tasks/{task}") for role in SITTING_STAFF[1:]),
    *(
        PageSeen(role, "agreement", "/marking/desk/agreement?item=junior-short-answer-004@1")
        for role in SITTING_STAFF[1:]
    ),
    *(
        PageSeen(role, "controls", "/marking/desk/controls?item=junior-short-answer-004@1")
        for role in SITTING_STAFF[1:]
    ),
    PageSeen(Role.COMMITTEE_MEMBER, "committee", "/committee"),
    PageSeen(Role.COMMITTEE_MEMBER, "laws", "/committee/laws"),
    PageSeen(Role.COMMITTEE_MEMBER, "standards-new", "/standards/new"),
    PageSeen(Role.COMMITTEE_MEMBER, "standards-meeting", "/standards/{open_meeting}"),
    PageSeen(Role.COMMITTEE_MEMBER, "standards-rate", "/standards/{open_meeting}/rate/1"),
    PageSeen(Role.COMMITTEE_MEMBER, "standards-round", "/standards/{open_meeting}/rounds/0"),
    *(
        PageSeen(role, name, path)
        for role in OFFICE[:2]
        for name, path in (
            ("standards", "/standards"),
            ("minutes", "/standards/{done_meeting}/minutes"),
        )
    ),
    *(
        PageSeen(role, name, path)
        for role in OFFICE[:2]
        for name, path in (
            ("programmes", "/office/programmes"),
            ("programme-versions", "/office/programmes/intermediate/versions"),
            ("programme-draft", "/office/programmes/drafts/{programme_draft}"),
            ("programme-effects", "/office/programmes/drafts/{programme_draft}/effects"),
            ("blueprints", "/office/blueprints"),
            ("blueprint-draft", "/office/blueprints/drafts/{blueprint_draft}"),
            ("blueprint-versions", "/office/blueprints/junior-theory/versions"),
            ("calibrations", "/office/blueprints/calibrations"),
        )
    ),
    *(
        PageSeen(role, "evidence", "/office/evidence")
        for role in (*OFFICE[:2], Role.LECTURER, Role.EXAMINER)
    ),
    PageSeen(Role.COMMITTEE_MEMBER, "programme-new", "/office/programmes/new"),
    PageSeen(Role.COMMITTEE_MEMBER, "blueprint-new", "/office/blueprints/new"),
    PageSeen(STRANGER, "schemes", "/schemes"),
    PageSeen(STRANGER, "scheme", "/schemes/senior"),
    *(PageSeen(role, "office", "/office/credentials") for role in OFFICE),
    *(PageSeen(role, "office-one", "/office/credentials/{number}") for role in OFFICE),
)

NO_PAGES = {
    "handbook.book_file": "a PDF file",
    "static": "files",
    "accounts.set_language": "a redirect, seen by the tests of languages below",
    "admin.healthz": "JSON",
    "api.openapi_json": "JSON",
    "api.feeds.changes": "JSON, for programs",
    "api.feeds.schema": "JSON",
    "api.feeds.snapshot": "JSON, for programs",
    "api.feeds.snapshot_csv": "a spreadsheet, for programs",
    "providers.sessions.template": "a spreadsheet",
    "api.filings.applications": "JSON, for programs",
    "api.filings.objections": "JSON, for programs",
    "api.staff": "JSON, for programs",
    "checks.result": "a spreadsheet",
    "checks.template": "a spreadsheet",
    "certification.credential_json": "JSON",
    "certification.download": "the certificate's file, seen by the journey",
    "recordings.scenario": "a scenario file",
    "programmes.scheme_file": "the scheme document's file",
    "certification.achievement": "JSON",
    "certification.download_credential": "the credential's file",
    "analysis.data": "JSON",
    "analysis.theory_data": "JSON",
    "analysis.usage": "QTI usage data, read by tests/app/analysis",
    "studio.drafts.runs_state": "JSON",
    "playtests.cockpit": "an author's own; seen by tests/browser/test_studio",
    "playtests.hidden": "JSON",
    "playtests.index": "an author's own; seen by tests/browser/test_studio",
    "playtests.plan": "an author's own; the rooms' plan page, seen as rooms.plan",
    "playtests.plan_state": "JSON",
    "playtests.poll": "JSON",
    "playtests.result": "an author's own; seen by tests/browser/test_studio",
    "bank.workshop.draws": "needs a draft with drawn figures; read by tests/app/bank/workshop",
    "bank.workshop.import_template": "a spreadsheet",
    "certification.issuer": "JSON",
    "certification.jwks": "JSON",
    "certification.root": "a certificate in PEM",
    "certification.status_list": "a signed list",
    "exams.pack": "JSON",
    "exams.state": "JSON",
    "training.more": "JSON",
    "training.courses.films.media": "a film; played by tests/browser/test_courses",
    "contests.data": "JSON",
    "contests.hall": "JSON",
    "contests.seal_file": "JSON",
    "contests.result": "a contestant's own; read by tests/app/contests",
    "contests.review": "a contestant's own; read by tests/app/contests",
    "contests.trace": "needs a credential by contest; read by tests/app/contests",
    "contest_board.board_json": "JSON",
    "contest_board.curves_json": "JSON",
    "contest_board.jury_json": "JSON",
    "contest_board.results_json": "JSON",
    "contest_board.frames": "JSON, read by the replay",
    "contest_season.table_json": "JSON",
    "contest_diplomas.sheet": "the diploma's file, read by tests/app/contests/season",
    "marking.texts.texts": "needs an exam room of the senior level; read by tests/app/marking",
    "marking.work.agreement_figures": "JSON",
    "marking.work.figures": "JSON",
    "standards.judging.figures": "JSON",
    "standards.minutes.download": "a file, read by tests/app/standards",
    "providers.indicators_template": "a spreadsheet",
    "providers.office.scheme_yaml": "a file",
    "providers.plan.as_json": "JSON",
    "providers.scorecard_csv": "a spreadsheet",
    "providers.scorecard_json": "JSON",
    "results.pack": "JSON",
    "rooms.debrief_json": "JSON",
    "rooms.frames": "JSON",
    "rooms.plan_state": "JSON",
    "rooms.poll": "JSON",
    "rooms.shared_debrief_json": "JSON",
    "rooms.shared_frames": "JSON",
    "rooms.sheet": "a file",
    "sittings.desk.rows": "a part of the console",
    "sittings.seat_state": "JSON",
}
"""Addresses that answer GET with something else than a page."""

SAME_FOR = {
    *(
        (str(role), f"training.decisions.{page}")
        for role in (Role.LECTURER, Role.COMMITTEE_MEMBER, Role.REVIEWER)
        for page in ("index", "case")
    ),
    (str(Role.REVIEWER), "training.decisions.desk"),
    (str(Role.REVIEWER), "training.decisions.new"),
    (str(Role.EXAMINER), "marking.sheet"),
    (str(Role.REVIEWER), "studio.drafts.yaml_view"),
    (str(Role.REVIEWER), "studio.drafts.differences"),
    (str(Role.REVIEWER), "studio.drafts.checks"),
    (str(Role.REVIEWER), "studio.drafts.texts"),
}
"""A sheet is its holder's own: an examiner's looks as a marker's. A draft is one for all its readers,
and so are a decision and its desk."""

VISITORS = list(dict.fromkeys(str(page.who) for page in PAGES))
FIRST = {page.name: str(page.who) for page in reversed(PAGES)}
"""Who looks at a page of this name whole; for others of the same name the frame is enough."""

ON_PHONES = {STRANGER, str(Role.CANDIDATE), HOLDER, NEWCOMER, str(Role.PROVIDER_MANAGER)}
"""Whose pages are opened on a phone in every run; all pages are opened on a desk."""

AXE_ON_PHONES = {STRANGER, str(Role.CANDIDATE)}
"""Whose pages axe looks at on a phone too; it has looked at all of them on a desk."""

ROLE_OF = {HOLDER: str(Role.CANDIDATE), NEWCOMER: str(Role.CANDIDATE)}
ACCOUNT_OF = {str(one.role): one.account for one in reversed(PEOPLE)}


@pytest.fixture(scope="module")
def stage(records: Records, password_hash: str) -> dict[str, str]:
    return set_stage(records, password_hash)


@pytest.fixture(scope="module")
def cookies_of(server: Product, browser: Browser) -> Callable[[str], StorageState | None]:
    """Signs each visitor in once, through the page."""
    held: dict[str, StorageState | None] = {STRANGER: None}

    def find(who: str) -> StorageState | None:
        if who not in held:
            password = cast.PASSWORD if who == NEWCOMER else DEMO_PASSWORD
            context = browser.new_context(base_url=server.address, locale="zh-CN")
            sign_in(context.new_page(), ACCOUNT_OF.get(who, who), password)
            held[who] = context.storage_state()
            context.close()
        return held[who]

    return find


@pytest.mark.parametrize(
    ("who", "phone"),
    [
        pytest.param(
            who,
            phone,
            id=f"{who}-{390 if phone else 1440}",
            marks=[pytest.mark.long] if phone and who not in ON_PHONES else [],
        )
        for who in VISITORS
        for phone in (False, True)
    ],
)
def test_every_page_is_well_formed(
    who: str,
    phone: bool,
    server: Product,
    stage: dict[str, str],
    visits: Visits,
    cookies_of: Callable[[str], StorageState | None],
):
    """One h1, the right language, labels, nothing wider than the screen; see also `Visits`."""
    page = visits.open(server.address, phone=phone, state=cookies_of(who))

    faults = [
        f"{seen.name}: {fault}"
        for seen in PAGES
        if seen.who == who
        for fault in faults_of(page, visits, seen, stage, 390 if phone else 1440)
    ]

    assert not faults, "\n".join(faults)


def faults_of(
    page: Page, visits: Visits, seen: PageSeen, stage: dict[str, str], width: int
) -> Iterator[str]:
    """Open a page and tell what is wrong with it; take its picture if that was asked for."""
    path = seen.path.format(**stage)
    with visits.expecting(*(["status of 404"] if seen.status == 404 else [])):
        answer = page.goto(path)
    assert answer is not None
    if answer.status != seen.status:
        yield f"answered {answer.status}"
    if seen.act is not None:
        seen.act(page)
    is_first = FIRST[seen.name] == seen.who
    if is_first:
        page.evaluate(QUIET)
    if is_first and "PICTURES" in os.environ:
        PICTURES.mkdir(parents=True, exist_ok=True)
        picture_of(page, PICTURES / f"{seen.who.partition('@')[0]}-{seen.name}-{width}.png")
    found = findings(page)
    if found["h1"] != 1:
        yield f"{found['h1']} h1"
    if found["lang"] != "zh-CN":
        yield f"lang {found['lang']!r}"
    if not found["title"]:
        yield "no title"
    yield from (f"no label: {control}" for control in found["unlabelled"])
    yield from (f"id twice: {name}" for name in found["twice"])
    yield from (f"wider than {width}: {part}" for part in found["overflow"])
    if not is_first or (width == 390 and seen.who not in AXE_ON_PHONES):
        return
    # Colours are the same on a phone, and looking at them is most of the work.
    without = ("color-contrast",) if width == 390 else ()
    yield from (f"axe: {fault}" for fault in grave_faults(page, without=without))


def picture_of(page: Page, path: Path) -> None:
    """Take the whole page; its window grows for it, so that bars at the foot stand there."""
    assert page.viewport_size is not None
    held = page.viewport_size
    height = page.evaluate(
        "document.body.classList.contains('bare') ? 0 : document.documentElement.scrollHeight"
    )
    if height > held["height"]:
        page.set_viewport_size({"width": held["width"], "height": height})
    page.screenshot(path=path, caret="initial")
    page.set_viewport_size(held)


class TestPages:
    def test_every_page_is_looked_at_by_every_role_that_may(
        self, records: Records, stage: dict[str, str]
    ):
        adapter = records.app.url_map.bind("")
        seen = {
            (
                ROLE_OF.get(page.who, str(page.who)),
                adapter.match(page.path.format(**stage).partition("?")[0])[0],
            )
            for page in PAGES
            if page.status == 200
        }
        wanted = {
            (role, rule.endpoint)
            for rule in records.app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES
            for role in records.app.view_functions[rule.endpoint].access  # type: ignore[attr-defined]
        }

        visitors = {ANYONE: STRANGER, SIGNED_IN: str(Role.CANDIDATE)}
        due = {(visitors.get(role, role), endpoint) for role, endpoint in wanted - SAME_FOR}
        assert sorted(due - seen) == []

    def test_what_is_no_page_is_still_there(self, records: Records):
        assert set(NO_PAGES) <= set(records.app.view_functions)


class TestLanguages:
    @pytest.mark.parametrize("who", [STRANGER, str(Role.CANDIDATE), str(Role.PROVIDER_MANAGER)])
    def test_the_switch_leads_back_to_the_same_page(
        self, who: str, server: Product, visits: Visits, cookies_of: Callable[[str], StorageState]
    ):
        page = visits.open(server.address, state=cookies_of(who))
        page.goto("/verify")

        page.get_by_role("link", name="English").first.click()
        page.wait_for_function("document.documentElement.lang === 'en'")
        assert page.url.endswith("/verify")
        page.get_by_role("link", name="中文").first.click()
        page.wait_for_function("document.documentElement.lang === 'zh-CN'")
        assert page.url.endswith("/verify")

    @pytest.mark.parametrize("who", [who for who in VISITORS if who != NEWCOMER])
    def test_english_leaves_no_chinese_in_the_frame(
        self, who: str, server: Product, visits: Visits, cookies_of: Callable[[str], StorageState]
    ):
        if not (ROOT / "app" / "translations" / "en").is_dir():
            if os.environ.get("CI") == "true":
                pytest.fail("app/translations/en is missing")
            pytest.skip("app/translations/en is not there yet")
        page = visits.open(server.address, state=cookies_of(who))
        page.goto("/language/en?next=/verify")

        words = page.locator("nav, footer").all_inner_texts()

        assert [line for line in words if CHINESE.search(line)] == []
