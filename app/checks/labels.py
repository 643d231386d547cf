"""Chinese words of lists that are checked."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.checks.reading import MAX_ROWS, ListErrorCode
from app.checks.verdicts import Verdict

VERDICT = {
    Verdict.VALID: _("有效"),
    Verdict.EXPIRING: _("即将到期"),
    Verdict.EXPIRED: _("已过期"),
    Verdict.NOT_YET_VALID: _("尚未生效"),
    Verdict.SUSPENDED: _("已暂停"),
    Verdict.REVOKED: _("已撤销"),
    Verdict.SUPERSEDED: _("已被替代"),
    Verdict.OTHER_NAME: _("姓名不符"),
    Verdict.NO_NAME: _("没有填姓名"),
    Verdict.MALFORMED: _("编号格式错误"),
    Verdict.UNKNOWN: _("查无此证"),
    Verdict.REPEATED: _("编号重复"),
    Verdict.TOO_MANY_NAMES: _("核对次数过多，请一小时后再试"),
    Verdict.DAMAGED: _("登记异常，请联系管理员"),
}

TONE = {
    Verdict.VALID: "good",
    Verdict.EXPIRING: "warn",
    Verdict.SUSPENDED: "warn",
    Verdict.NOT_YET_VALID: "warn",
    Verdict.REPEATED: "",
    Verdict.TOO_MANY_NAMES: "",
}
"""Every other one is bad."""

LEVEL = {"junior": _("初级"), "intermediate": _("中级"), "senior": _("高级")}

LIST_ERROR = {
    ListErrorCode.TOO_LARGE: _("文件太大，最多 5 MB；请分成几个文件"),
    ListErrorCode.EMPTY: _("文件是空的"),
    ListErrorCode.NOT_TEXT: _("读不出文字：请另存为 xlsx，或 UTF-8、GBK 编码的 CSV"),
    ListErrorCode.OLD_WORKBOOK: _("这是旧的 xls 格式，请另存为 xlsx 或 CSV"),
    ListErrorCode.BAD_WORKBOOK: _("打不开这个工作簿：它损坏、加密或解开后太大，请另存一份再传"),
    ListErrorCode.BAD_QUOTES: _("第 %(row)s 行的引号不成对，请修正后再传"),
    ListErrorCode.NO_HEADINGS: _("第 %(row)s 行应是表头，要有“证书编号”和“姓名”两列"),
    ListErrorCode.DOUBLE_HEADING: _("第 %(row)s 行的表头有两列同名，请只留一列"),
    ListErrorCode.NO_ROWS: _("表头下面没有数据"),
    ListErrorCode.TOO_MANY_ROWS: _("超过 %(most)s 行，从第 %(row)s 行起请放到另一个文件"),
    ListErrorCode.FORMULA: _("第 %(row)s 行有公式，请改成数值或文字再传"),
}

MESSAGES = {
    "check_quota": _("今天的核验数量已用完，明天零点恢复"),
    "check_list_unfinished": _("名单还没有核验完，请稍后再下载"),
}


def list_error_words(code: ListErrorCode, row: int) -> str:
    """Return what is wrong with a file, where, and how to mend it."""
    return str(LIST_ERROR[code] % {"row": row, "most": MAX_ROWS})
