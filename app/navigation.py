"""What stands in every page's frame: links by role, the demonstration's banner."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, current_app, request, url_for
from flask_babel import lazy_gettext as _
from flask_login import current_user

from app.accounts.roles import Role
from app.core.config import Settings
from app.core.i18n import language_of_now

ENTRIES = (
    (_("首页"), "home.index", "home", {Role.CANDIDATE}),
    (_("考试"), "certification.exams", "calendar", {Role.CANDIDATE}),
    (_("考试场次"), "sittings.index", "list", {Role.CANDIDATE}),
    (_("操盘台"), "rooms.index", "bolt", {Role.CANDIDATE}),
    (_("训练"), "training.index", "target", {Role.CANDIDATE}),
    (_("大赛"), "contests.index", "target", {Role.CANDIDATE}),
    (_("大赛"), "contest_board.index", "target", {"stranger"}),
    (_("证书"), "certification.mine", "cert", {Role.CANDIDATE}),
    (_("手册"), "handbook.index", "book", {"stranger", Role.CANDIDATE, Role.LECTURER}),
    (_("课程"), "training.courses.index", "users", {Role.CANDIDATE, Role.LECTURER}),
    (_("五力评分"), "providers.scorecard", "chart", {Role.PROVIDER_MANAGER}),
    (_("持证操盘手"), "providers.staff", "users", {Role.PROVIDER_MANAGER}),
    (_("排班"), "providers.roster.index", "calendar", {Role.PROVIDER_MANAGER}),
    (_("操盘提升"), "providers.sessions.own", "up", {Role.PROVIDER_MANAGER}),
    (_("商家匹配"), "directory.matching.own", "target", {Role.PROVIDER_MANAGER}),
    (_("排位赛"), "providers.league.index", "chart", {Role.PROVIDER_MANAGER}),
    (_("造风者计划"), "providers.windmaker.index", "bolt", {Role.PROVIDER_MANAGER}),
    (_("批量核验"), "checks.index", "list", {Role.PROVIDER_MANAGER}),
    (_("接口与通知"), "api.index", "key", {Role.PROVIDER_MANAGER}),
    (_("任职"), "providers.invitations", "building", {Role.CANDIDATE}),
    (_("委员会"), "committee.index", "target", {Role.COMMITTEE_MEMBER}),
    (_("定标"), "standards.index", "target", {Role.REVIEWER}),
    (_("数据推送"), "api.feeds.index", "cloud", {Role.SYSTEM_ADMIN}),
    (
        _("考务"),
        "sittings.desk.manage",
        "calendar",
        {Role.INVIGILATOR, Role.EXAMINER, Role.COMMITTEE_MEMBER},
    ),
    (_("评阅"), "marking.index", "pen", {Role.MARKER, Role.EXAMINER}),
    (_("评阅进度"), "marking.work.overview", "list", {Role.COMMITTEE_MEMBER}),
    (_("成绩"), "results.index", "chart", {Role.EXAMINER, Role.COMMITTEE_MEMBER}),
    (_("申诉"), "results.appeals", "flag", {Role.APPEAL_HANDLER}),
    (
        _("考试诚信"),
        "integrity.index",
        "shield",
        {Role.INVIGILATOR, Role.COMMITTEE_MEMBER},
    ),
    (_("题库"), "bank.index", "book", {Role.COMMITTEE_MEMBER, Role.REVIEWER}),
    (_("场景"), "studio.drafts.index", "bolt", {Role.COMMITTEE_MEMBER, Role.REVIEWER}),
    (_("场景库"), "library.index", "box", {Role.COMMITTEE_MEMBER, Role.REVIEWER}),
    (
        _("真实场次"),
        "recordings.index",
        "mic",
        {Role.PROVIDER_MANAGER, Role.COMMITTEE_MEMBER},
    ),
    (
        _("证书管理"),
        "certification.office",
        "cert",
        {Role.COMMITTEE_MEMBER, Role.REVIEWER, Role.APPEAL_HANDLER},
    ),
    (
        _("认证项目"),
        "programmes.index",
        "target",
        {Role.COMMITTEE_MEMBER, Role.REVIEWER},
    ),
    (
        _("实践记录"),
        "certification.evidence",
        "check",
        {Role.LECTURER, Role.EXAMINER, Role.COMMITTEE_MEMBER, Role.REVIEWER},
    ),
    (
        _("评分规则"),
        "providers.office.index",
        "chart",
        {Role.COMMITTEE_MEMBER, Role.REVIEWER},
    ),
    (
        _("指标导入"),
        "providers.indicators",
        "upload",
        {Role.COMMITTEE_MEMBER, Role.SYSTEM_ADMIN},
    ),
    (
        _("场次结果"),
        "providers.sessions.index",
        "upload",
        {Role.COMMITTEE_MEMBER, Role.SYSTEM_ADMIN},
    ),
    (
        _("人数突增"),
        "providers.team.alerts",
        "flag",
        {Role.COMMITTEE_MEMBER, Role.SYSTEM_ADMIN},
    ),
    (
        _("换你来操盘"),
        "training.decisions.index",
        "bolt",
        {Role.CANDIDATE, Role.COMMITTEE_MEMBER, Role.REVIEWER},
    ),
    (_("团队训练"), "providers.coaching.index", "users", {Role.PROVIDER_MANAGER}),
    (_("讲师认证"), "training.courses.lecturers.index", "users", {Role.COMMITTEE_MEMBER}),
    (_("认证方案"), "programmes.scheme_list", "file", {Role.CANDIDATE, "stranger"}),
    (_("运行状况"), "admin.index", "gear", {Role.SYSTEM_ADMIN}),
    (_("审计"), "admin.audit", "shield", {Role.AUDIT_ADMIN}),
    (_("人员与角色"), "admin.people", "users", {Role.SECURITY_ADMIN}),
    (
        _("操盘手名录"),
        "directory.index",
        "users",
        {"stranger", Role.PROVIDER_MANAGER, Role.MERCHANT},
    ),
    (_("找服务商"), "directory.matching.index", "building", {"stranger", Role.MERCHANT}),
    (
        _("大赛组织"),
        "contests.desk",
        "target",
        {Role.EXAMINER, Role.COMMITTEE_MEMBER, Role.APPEAL_HANDLER},
    ),
    (_("大赛评审"), "contests.jury", "pen", {Role.JUROR}),
    (_("证书核验"), "certification.verify", "search", set(Role) | {"stranger"}),
)
"""Words, endpoint, icon, and who sees it."""


BAR_PX = 720
LINK_PADDING_PX, WIDE_PX, NARROW_PX = 28, 15, 7.5
FIRST_WIDE = 0x2E80
"""From here on letters are as wide as high: CJK."""


Links = tuple[tuple[str, str, bool, str], ...]

LINKS_KEPT = 4000
"""Lists of links that a process keeps: roles, page and language decide them."""


def nav_links() -> Links:
    """Return (words, address, whether it is here, icon) for the reader's roles."""
    if current_user.limit:  # signed in for one exam: no other page is open
        return ()
    roles = current_user.roles if current_user.is_authenticated else STRANGER
    language = language_of_now()
    return _links_of(
        current_app.extensions["navigation"],
        frozenset(roles),
        request.endpoint or "",
        language.language if language else "",
        request.script_root,
    )


STRANGER = frozenset({"stranger"})


@lru_cache(maxsize=LINKS_KEPT)
def _links_of(
    known: frozenset[str], roles: frozenset[str], at: str, language: str, mount: str
) -> Links:
    """Return the links as `nav_links` does; nothing else decides them.

    Args:
        known: Endpoints that there are.
        roles: Of the reader.
        at: Endpoint of the page.
        language: That of now.
        mount: Where the application is mounted.
    """
    folder = f"{at.rpartition('.')[0]}."
    is_listed = any(at == entry[1] for entry in ENTRIES)
    out = []
    for words, endpoint, icon, wanted in ENTRIES:
        if roles & wanted and endpoint in known:
            here = at == endpoint or (
                not is_listed
                and endpoint.endswith(".index")
                and folder.startswith(endpoint.removesuffix("index"))
            )
            out.append((str(words), url_for(endpoint), here, icon))
    return tuple(out)


@lru_cache(maxsize=LINKS_KEPT)
def bar_count(links: Links) -> int:
    """Return how many links stand in the bar; the others stand in its menu.

    By the words' estimated width, so that in each language the bar fits a screen 1280 pixels wide.
    """
    used = 0.0
    for count, (words, *_rest) in enumerate(links):
        used += LINK_PADDING_PX + sum(
            WIDE_PX if ord(letter) >= FIRST_WIDE else NARROW_PX for letter in words
        )
        if used > BAR_PX:
            return count
    return len(links)


def register_navigation(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    app.extensions["navigation"] = frozenset(app.view_functions)
    app.context_processor(
        lambda: {
            "nav_links": nav_links,
            "bar_count": bar_count,
            "is_demo": settings.is_demo,
            "public_base_url": settings.public_base_url,
        }
    )
