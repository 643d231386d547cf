"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import LazyString, get_locale, gettext
from flask_babel import lazy_gettext as _

from app.certification.reasons import (
    ReinstatementReason,
    RevocationReason,
    SupersessionReason,
    SuspensionReason,
)
from app.core.i18n import local_time
from certificates.decisions import Part, PartState
from certificates.labels import Label
from certificates.levels import Level
from certificates.retakes import Retake, RetakeRule
from certificates.validity import CredentialStatus

LEVEL = {
    Level.JUNIOR: _("初级"),
    Level.INTERMEDIATE: _("中级"),
    Level.SENIOR: _("高级"),
}

PART = {
    Part.THEORY: _("理论考试"),
    Part.ROOM: _("实操考试"),
    Part.ROOM_2: _("实操考试（二）"),
    Part.WRITTEN: _("诊断与复盘"),
}

TEXT = {"diagnosis": _("账号诊断"), "review": _("复盘")}

CLAIM_KIND = {"sessions": _("操盘场次"), "training": _("培训学时"), "contest": _("大赛成绩")}

CLAIM_UNIT = {"sessions": _("场"), "training": _("学时"), "contest": _("分")}

CLAIM_PROBLEM = {
    "unknown": _("没有这种记录"),
    "out_of_range": _("数量不对：场次 1–400 的整数，学时最多 200，大赛成绩最多 200 分"),
    "in_future": _("日期还没有到"),
    "length": _("事项最多 80 字、依据最多 200 字，都不能空"),
    "unknown_account": _("没有这个账号"),
    "own_account": _("不能登记自己"),
    "encoding": _("文件编码不是 UTF-8 或 GB18030"),
    "not_csv": _("不是 CSV 文件"),
    "heading": _("表头应为：账号,类型,数量,日期,事项,依据"),
    "too_many": _("一个文件最多 2000 行"),
    "cell_count": _("这一行不是 6 列"),
    "number_or_day": _("数量应为数字，日期应为 2026-01-31 这样的格式"),
}

PART_STATE = {
    PartState.MET: _("已通过"),
    PartState.NOT_MET: _("未达标"),
    PartState.LAPSED: _("成绩已失效"),
    PartState.MISSING: _("未参加"),
}

PART_TONE = {
    PartState.MET: "good",
    PartState.NOT_MET: "bad",
    PartState.LAPSED: "warn",
    PartState.MISSING: "",
}

STATUS = {
    CredentialStatus.NOT_YET_VALID: _("尚未生效"),
    CredentialStatus.VALID: _("有效"),
    CredentialStatus.EXPIRED: _("已过期"),
    CredentialStatus.SUSPENDED: _("已暂停"),
    CredentialStatus.REVOKED: _("已撤销"),
    CredentialStatus.SUPERSEDED: _("已被替代"),
}

STATUS_TITLE = {
    CredentialStatus.NOT_YET_VALID: _("证书尚未生效"),
    CredentialStatus.VALID: _("证书有效"),
    CredentialStatus.EXPIRED: _("证书已过期"),
    CredentialStatus.SUSPENDED: _("证书已暂停"),
    CredentialStatus.REVOKED: _("证书已撤销"),
    CredentialStatus.SUPERSEDED: _("证书已被替代"),
}

STATUS_TONE = {
    CredentialStatus.NOT_YET_VALID: "warn",
    CredentialStatus.VALID: "good",
    CredentialStatus.EXPIRED: "warn",
    CredentialStatus.SUSPENDED: "warn",
    CredentialStatus.REVOKED: "bad",
    CredentialStatus.SUPERSEDED: "warn",
}

STATUS_ICON = {
    CredentialStatus.NOT_YET_VALID: "clock",
    CredentialStatus.VALID: "check",
    CredentialStatus.EXPIRED: "clock",
    CredentialStatus.SUSPENDED: "pause",
    CredentialStatus.REVOKED: "x",
    CredentialStatus.SUPERSEDED: "refresh",
}

REVOCATION = {
    RevocationReason.CHEATING: _("考试违规"),
    RevocationReason.ISSUED_IN_ERROR: _("签发有误"),
    RevocationReason.HOLDER_REQUEST: _("持证人申请"),
    RevocationReason.SERIOUS_BREACH: _("严重违反职业规范"),
}

MESSAGES = {
    "unknown_content": _("认证项目引用的试卷蓝图或场景还没有发布"),
    "already_certified": _("你已持有这个项目的证书，到期前不用重新报名"),
    "not_renewable": _(
        "这张证书现在不能用复训考试续证：要在有效期内、到期前的续证期里，而且没有续过"
    ),
    "part_passed": _("这一部分已经通过，成绩还在有效期内，不用再考"),
    "scenario_on_trial": _("这间房还在试行，不计入认证；请等委员会确认后再考"),
    "theory_first": _("先通过理论考试，才能开始实操考试"),
    "level_first": _("要先持有下一级别的有效证书，才能开始考试"),
    "claim_taken": _("这一条已经登记过，不用再登记"),
    "claim_decided": _("这一条已经有人确认或退回"),
    "claim_own_provider": _("这一条由你任职或管理的服务商登记，要由别人确认"),
    "claim_file": _("文件里有问题，一行都没有登记"),
    "room_item_used": _("这一题的房间已经用过，不能再开；得分在交卷后计入"),
    "retake_too_early": _("还没到可以再考的时间"),
    "room_being_scored": _("上一场实操的成绩还没有出来：正在计分，或等待发布"),
    "keys_missing": _("证书签名密钥还没有建立，暂时不能生成文件；证书本身不受影响"),
    "time_stamp_awaited": _(
        "证书文件正在等时间戳机构盖时间戳，请稍后再下载；证书已经生效，可以凭编号核验"
    ),
    "root_absent": _("根证书的密钥不在这台机器上"),
    "too_many_links": _("这张证书的分享链接已有 20 个，请先结束几个"),
    "proposal_open": _("这张证书已有一项待确认的处理，请先确认或退回"),
    "proposal_decided": _("这项处理已经有人确认或退回"),
    "unprintable_name": _("姓名里有证书印不出来的字，请核对"),
    "identity_missing": _("请先填写身份信息"),
    "credential_ended": _("这张证书已经失效，不能再做这个操作"),
    "not_suspended": _("这张证书没有被暂停"),
    "pdf_changed": _(
        "证书文件与登记的指纹不一致，为避免误用没有提供下载；证书本身不受影响，请联系管理员"
    ),
    "fonts_missing": _("证书文件暂时生成不了，证书本身不受影响，请稍后再试"),
    "record_damaged": _("这张证书的登记内容读不出来，暂时无法核验；请联系管理员"),
}


ACT = {
    "suspend": _("暂停"),
    "reinstate": _("恢复"),
    "revoke": _("撤销"),
    "correct": _("更正姓名并换发"),
}

SUSPENSION = {
    SuspensionReason.INVESTIGATION: _("调查期间"),
    SuspensionReason.HOLDER_REQUEST: _("持证人申请"),
}

REINSTATEMENT = {
    ReinstatementReason.CLEARED: _("调查后无问题"),
    ReinstatementReason.HOLDER_REQUEST: _("持证人申请"),
}

SUPERSESSION = {
    SupersessionReason.NAME_CORRECTION: _("姓名更正"),
    SupersessionReason.CONTENT_CORRECTION: _("内容更正"),
}

REASONS_OF_ACT: dict[str, dict[str, LazyString]] = {
    "suspend": {reason.value: words for reason, words in SUSPENSION.items()},
    "reinstate": {reason.value: words for reason, words in REINSTATEMENT.items()},
    "revoke": {reason.value: words for reason, words in REVOCATION.items()},
    "correct": {
        SupersessionReason.NAME_CORRECTION.value: SUPERSESSION[SupersessionReason.NAME_CORRECTION]
    },
}

OUTCOME = {"confirmed": _("已确认"), "declined": _("已退回")}


def in_language(label: Label) -> str:
    """Return the word of the reader's language."""
    locale = get_locale()
    return label.en if locale is not None and locale.language == "en" else label.zh


def retake_words(retake: Retake) -> str:
    """Say when the next sitting is possible, and which rule says so."""
    at = local_time(retake.earliest_at)
    if retake.rule is RetakeRule.QUARTER:
        return str(gettext("本季度的次数已用完，%(at)s 起可以再考", at=at))
    return str(gettext("两次考试要隔开，%(at)s 起可以再考", at=at))
