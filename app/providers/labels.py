"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p

from app.providers.anomalies import Oddity
from app.providers.indicators import CellErrorCode
from app.providers.schemes import Direction, Unit
from certificates.levels import Level

FIELD = {
    "mcn": "MCN",
    "belt": _("产业带"),
    "merchant": _p("provider field", "商家"),
    "brand": _("品牌"),
}

TIER = {"quality": _("优质"), "core": _("核心"), "strategic": _("战略")}

TIER_BADGE = {
    "quality": _("优质服务商"),
    "core": _("核心服务商"),
    "strategic": _("战略服务商"),
}

LEVEL = {
    Level.JUNIOR: _("初级"),
    Level.INTERMEDIATE: _("中级"),
    Level.SENIOR: _("高级"),
}

UNIT = {
    Unit.PERCENT: "%",
    Unit.PERMILLE: "‰",
    Unit.RATIO: _("比值"),
    Unit.YUAN: _("元"),
    Unit.COUNT: _("个"),
}

DIRECTION = {Direction.UP: _("越高越好"), Direction.DOWN: _("越低越好")}

INVITATION = {None: _("等待确认"), "declined": _("已谢绝")}

CELL_ERROR = {
    CellErrorCode.FILE_TOO_LARGE: _("文件太大，最多 4 MB；请分几个文件导入"),
    CellErrorCode.OLD_WORKBOOK: _("这是旧格式的 .xls，请另存为 .xlsx 或 CSV"),
    CellErrorCode.BAD_WORKBOOK: _("工作簿打不开或已损坏，请重新保存"),
    CellErrorCode.FORMULA: _("这一行有公式，请粘贴为数值"),
    CellErrorCode.NOT_TEXT: _("读不出文字，请把文件存为 UTF-8 编码的 CSV"),
    CellErrorCode.NO_ROWS: _("文件里没有数据行"),
    CellErrorCode.TOO_MANY_ROWS: _("行数超过 %(detail)s，请分几个文件导入"),
    CellErrorCode.BAD_QUOTES: _("从这一行起引号不成对，后面的内容读不出来"),
    CellErrorCode.NOT_COMMAS: _("表头只有一列：列之间要用英文逗号分隔"),
    CellErrorCode.UNKNOWN_COLUMN: _("第 %(detail)s 列的表头不认识，请对照模板"),
    CellErrorCode.DUPLICATE_COLUMN: _("这一列出现了两次"),
    CellErrorCode.MISSING_COLUMN: _("缺少这一列，请对照模板"),
    CellErrorCode.CELL_COUNT: _(
        "这一行有 %(given)s 格，应为 %(detail)s 格；带千分位逗号的数要加引号"
    ),
    CellErrorCode.BAD_PROVIDER: _("服务商编号应为字母、数字和短横线"),
    CellErrorCode.UNKNOWN_PROVIDER: _("没有这个编号的服务商"),
    CellErrorCode.BAD_MONTH: _("月份写成 2026年10月 或 2026-10"),
    CellErrorCode.FUTURE_MONTH: _("最晚可以填 %(detail)s，当月还没有结束"),
    CellErrorCode.DUPLICATE_ROW: _("与第 %(detail)s 行是同一个服务商的同一个月"),
    CellErrorCode.NO_VALUE: _("这一行没有一个指标值"),
    CellErrorCode.NOT_A_NUMBER: _("不是数，请填数字；没有数据就留空"),
    CellErrorCode.UNIT_NEEDED: _("比率要写上 %% 或 ‰，例如 31.4%%"),
    CellErrorCode.WRONG_UNIT: _("单位和这个指标不符"),
    CellErrorCode.TOO_PRECISE: _("小数最多 %(detail)s 位"),
    CellErrorCode.OUT_OF_RANGE: _("超出可能的范围 %(detail)s"),
    CellErrorCode.ESTIMATED: _("这个月的这一项由真实场次估计，不能填报；请留空"),
}
"""What is wrong with a cell and how to mend it; `given` and `detail` are those of `CellError`."""

ODDITY = {
    Oddity.FAR: _("%(module)s为 %(value)s，前几个月在 %(usual)s 上下"),
    Oddity.REPEATED: _("所有指标都和上个月一模一样"),
}

MESSAGES = {
    "already_invited": _("已经邀请过这个账号，正在等对方确认"),
    "already_staff": _("这个账号的主人已经在这家服务商任职"),
    "too_many_invitations": _("等待确认的邀请已达 200 份，请先撤回一些"),
    "invitation_answered": _("这份邀请已经回应过或被撤回"),
    "employed_elsewhere": _("你正在另一家服务商任职，请先结束那段任职，再接受这份邀请"),
    "employment_ended": _("这段任职已经结束"),
    "provider_taken": _("这个服务商编号已被使用"),
    "no_scheme": _("还没有生效的评分规则，不能导入指标"),
    "bad_indicator_file": _("文件有误，没有导入任何数据"),
}
