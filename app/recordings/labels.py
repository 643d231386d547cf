"""Chinese words of recordings."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.recordings.models import Stage
from simulations.recordings import (
    LEAST_MINUTES,
    MOST_MINUTES,
    MOST_PRODUCTS,
    RowFault,
)

FIELD = {
    "minute": _("时间"),
    "online": _("在线人数"),
    "fans": _("粉丝进房"),
    "public": _("推荐进房"),
    "paid": _("付费进房"),
    "gmv": _("成交金额（元）"),
    "product": _("讲解商品"),
    "price": _("价格（元）"),
    "spend": _("投流花费（元）"),
    "event": _("事件"),
}

STAGE = {
    Stage.COLUMNS: _("待对列名"),
    Stage.WAITING: _("拟合中"),
    Stage.FITTED: _("已拟合"),
    Stage.FAILED: _("没有拟合出来"),
}
STAGE_TONE = {
    Stage.COLUMNS: "warn",
    Stage.WAITING: "info",
    Stage.FITTED: "good",
    Stage.FAILED: "bad",
}

ESTIMATE = {
    "leave": _("离开速度"),
    "leave_fans": _("粉丝相对新客的离开速度"),
    "appeal": _("货盘整体吸引力"),
    "elasticity": _("价格弹性"),
}

FAULT = {
    "too_large": _("文件太大，最多 2 MB"),
    "empty": _("文件是空的"),
    "old_workbook": _("这是旧的 xls 格式，请另存为 xlsx 或 CSV"),
    "bad_workbook": _("打不开这个工作簿：它损坏、加密或解开后太大，请另存一份再传"),
    "not_text": _("读不出文字：请另存为 xlsx，或 UTF-8、GBK 编码的 CSV"),
    "bad_quotes": _("引号不成对，请修正后再传"),
    "no_headings": _("前十行里没有表头：至少要有四个列名"),
    "heading_twice": _("表头有两列同名（%(found)s），请改掉一个"),
    "no_rows": _("表头下面没有数据"),
    "formula": _("单元格里有公式，请改成数值再传"),
    "column_missing": _("没有选这一列；它必须有"),
    "column_twice": _("同一列被选给了两个项目"),
    "no_time": _("“%(found)s”不是时间；写成 20:05 或第几分钟"),
    "minute_twice": _("这一分钟（%(found)s）前面已经有了"),
    "minute_missing": _("到 %(found)s 之前缺了分钟，或顺序不对；请按一分钟一行补齐"),
    "no_number": _("“%(found)s”不是数；写成 1234、1,234 或 1.2万"),
    "no_price": _("这一分钟有成交，却没有价格"),
    "no_product": _("没有讲解商品；第一行起就要写正在讲哪一款"),
    "no_entries": _("全场没有一个人进房；请检查进房的几列是否选对"),
    "no_gmv": _("全场没有成交；请检查成交金额的列是否选对"),
    "online_from_nowhere": _("在线 %(found)s 人，比上一分钟在线加本分钟进房还多；请检查列是否选对"),
    "too_few_minutes": _("只有 %(found)s 分钟，至少要 %(least)s 分钟"),
    "too_many_minutes": _("超过 %(most)s 分钟；请截取其中一段"),
    "too_many_products": _("有 %(found)s 个商品，最多 %(products)s 个；请把讲得最少的并成一个"),
}

MESSAGES = {
    "recording_not_fitted": _("还没有拟合出房间，请稍后再来"),
    "recording_quota": _("今天上传的场次够多了，明天再来"),
}


def fault_words(fault: RowFault) -> str:
    """Return what is wrong, where, and how to mend it."""
    words = str(
        FAULT[fault.code]
        % {
            "found": fault.found,
            "least": LEAST_MINUTES,
            "most": MOST_MINUTES,
            "products": MOST_PRODUCTS,
        }
    )
    if fault.row and fault.field:
        place = str(
            _("第 %(row)s 行“%(field)s”：") % {"row": fault.row, "field": FIELD[fault.field]}
        )
    elif fault.row:
        place = str(_("第 %(row)s 行：") % {"row": fault.row})
    elif fault.field:
        place = str(_("“%(field)s”：") % {"field": FIELD[fault.field]})
    else:
        place = ""
    return place + words
