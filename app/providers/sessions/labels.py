"""Chinese for session results and their estimates."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.providers.sessions.reading import SessionErrorCode
from app.providers.sessions.uplift import Failure

ROW_ERROR = {
    SessionErrorCode.FILE_TOO_LARGE: _("文件太大，最多 8 MB；请分几个文件导入"),
    SessionErrorCode.NOT_TEXT: _("读不出文字，请把文件存为 UTF-8 编码的 CSV 或 xlsx"),
    SessionErrorCode.OLD_WORKBOOK: _("这是旧格式的 .xls，请另存为 .xlsx 或 CSV"),
    SessionErrorCode.BAD_WORKBOOK: _("工作簿打不开或已损坏，请重新保存"),
    SessionErrorCode.BAD_QUOTES: _("从这一行起引号不成对，后面的内容读不出来"),
    SessionErrorCode.FORMULA: _("这一行有公式，请粘贴为数值"),
    SessionErrorCode.NO_ROWS: _("文件里没有数据行"),
    SessionErrorCode.TOO_MANY_ROWS: _("行数超过 %(detail)s，请分几个文件导入"),
    SessionErrorCode.UNKNOWN_COLUMN: _("第 %(detail)s 列的表头不认识，请对照模板"),
    SessionErrorCode.DUPLICATE_COLUMN: _("这一列出现了两次"),
    SessionErrorCode.MISSING_COLUMN: _("缺少这一列，请对照模板"),
    SessionErrorCode.CELL_COUNT: _("这一行有 %(given)s 格，应为 %(detail)s 格"),
    SessionErrorCode.BAD_REF: _("编号应为字母、数字、短横线或下划线，最多 40 个字符"),
    SessionErrorCode.DUPLICATE_ROW: _("与第 %(detail)s 行是同一场次"),
    SessionErrorCode.UNKNOWN_CATEGORY: _("没有这个类目，请对照模板"),
    SessionErrorCode.BAD_MOMENT: _("时间写成 2026-10-31 19:30（北京时间）"),
    SessionErrorCode.FUTURE: _("这一场还没有开播，没有结果"),
    SessionErrorCode.BAD_LENGTH: _("时长应为 1 到 1440 分钟的整数"),
    SessionErrorCode.BAD_AMOUNT: _("净成交额应为以元计的数，最多两位小数"),
    SessionErrorCode.UNKNOWN_PROVIDER: _("没有这个编号的服务商"),
    SessionErrorCode.PROVIDER_NEEDED: _("填了操盘证书编号，就要填服务商编号"),
    SessionErrorCode.UNKNOWN_CERTIFICATE: _("没有这个证书编号"),
    SessionErrorCode.NOT_EMPLOYED: _("开播时，持证人没有在这家服务商任职"),
}
"""What is wrong with a row and how to mend it."""

FAILURE = {
    Failure.FEW_MERCHANTS: _("可比的操盘商家不足 5 家"),
    Failure.FEW_SESSIONS: _("操盘场次不足 20 场"),
    Failure.FEW_COMPARISONS: _("对照商家不足 8 家"),
    Failure.TREND: _("操盘开始之前，两组的走势已经不同"),
    Failure.PLACEBO: _("假设操盘提前 28 天开始，也会“测出”效果"),
    Failure.WIDE: _("区间太宽：半宽达到 0.30 以上"),
}

MESSAGES = {"bad_session_file": _("文件有误，没有导入任何数据")}
