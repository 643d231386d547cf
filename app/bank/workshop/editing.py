"""What the editor shows: sections, single fields and rows of each kind, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.bank import labels as bank_labels
from app.bank.workshop.sheets import LETTERS, Sheet, most_rows

Options = Sequence[tuple[str, object]]


@dataclass(frozen=True)
class Field:
    """One control.

    Attributes:
        name: Of the sheet's field, or of a row's part.
        label: In words.
        shape: `line`, `area`, `table`, `pick`, `flag` or `hidden`.
        options: Codes and words of a `pick`.
        help: One sentence below it.
        rows: Height of an area.
        size: `short` or `wide`.
    """

    name: str
    label: object
    shape: str = "line"
    options: Options = ()
    help: object = ""
    rows: int = 2
    size: str = "wide"


@dataclass(frozen=True)
class RowSet:
    """Rows that can be added, removed and moved."""

    name: str
    legend: object
    one: object  # what a row is called: 选项
    columns: tuple[Field, ...]
    most: int
    is_lettered: bool = False


@dataclass(frozen=True)
class Section:
    """One part of the page; findings name it by `part`."""

    part: str
    title: object
    fields: tuple[Field, ...] = ()
    row_sets: tuple[RowSet, ...] = ()


def sections_of(sheet: Sheet) -> list[Section]:
    """Return the editor's sections for a sheet."""
    answer = _parametric(sheet) if sheet.is_parametric else ANSWERS[sheet.kind](sheet)
    hidden = (Field("kind", "", "hidden"), Field("case_id", "", "hidden"))
    material = () if sheet["case_id"] else (_exhibit(),)
    return [
        Section(
            "stem", _("题干"), (Field("stem", _("题干"), "area", help=STEM_HELP, rows=5), *hidden)
        ),
        answer,
        Section("rationale", _("解析"), (Field("rationale", _("解析"), "area", help=WHY, rows=4),)),
        _properties(sheet),
        *material,
    ]


def sections_of_case() -> list[Section]:
    """Return the editor's sections for the material of a case group."""
    title = Field("title", _("标题"), help=_("4 到 40 字，考生看得到：说是什么情况，不说结论。"))
    return [Section("title", _("标题"), (title,)), _exhibit(_("材料"))]


STEM_HELP = _("先写情境和数字，再问一件事。可以用 **加粗**、列表和表格。")
WHY = _("为什么是这个答案，每个错误项错在哪，下次先看什么；50 到 260 字。")


def _rows(
    name: str, legend: object, one: object, *columns: Field, is_lettered: bool = False
) -> RowSet:
    return RowSet(name, legend, one, columns, most_rows(name), is_lettered)


def _letters(sheet: Sheet) -> Options:
    rows = sheet.rows.get("choices", [])
    return [("", "—"), *((one, one.upper()) for one in LETTERS[: len(rows)])]


def _numbers(sheet: Sheet, name: str) -> Options:
    count = len(sheet.rows.get(name, []))
    return [("", "—"), *((str(one), str(one)) for one in range(1, count + 1))]


KEY = Field("is_key", _("正确项"), "flag", size="short")
MISTAKE = Field("mistake", _("错因（正确项不填）"))
NAMED = Field("name", _("这说明犯了什么错"))
UNIT = Field("unit", _("单位"), size="short")
DECIMALS = Field("decimals", _("小数位"), size="short")
TOLERANCE = Field("tolerance", _("允许误差"), size="short")


def _answer(fields: tuple[Field, ...] = (), *row_sets: RowSet) -> Section:
    return Section("answer", _("选项与答案"), fields, row_sets)


def _selection(sheet: Sheet) -> Section:
    text = Field("text", _("选项"), "area", rows=2)
    return _answer((), _rows("choices", _("选项"), _("选项"), KEY, text, MISTAKE, is_lettered=True))


def _true_false(sheet: Sheet) -> Section:
    options = [("", "—"), ("true", _("正确")), ("false", _("错误"))]
    truth = Field("truth", _("这句话"), "pick", options, size="short")
    return _answer((truth, Field("mistake", _("判断错的人犯了什么错"))))


def _numeric(sheet: Sheet) -> Section:
    value = Field("value", _("正确值"), size="short")
    result = Field("result", _("错误结果"), size="short")
    return _answer(
        (value, TOLERANCE, UNIT, DECIMALS),
        _rows("mistakes", _("常见的错误结果"), _("结果"), result, NAMED),
    )


def _ordering(sheet: Sheet) -> Section:
    place = Field("place", _("正确名次"), size="short")
    first = Field("first", _("被错放在前"), "pick", _letters(sheet), size="short")
    second = Field("second", _("被错放在后"), "pick", _letters(sheet), size="short")
    text = Field("text", _("步骤"), "area", rows=1)
    return _answer(
        (),
        _rows("choices", _("各项（不要按正确顺序排）"), _("项"), text, place, is_lettered=True),
        _rows("mistakes", _("常见的顺序错误"), _("错法"), first, second, NAMED),
    )


def _matching(sheet: Sheet) -> Section:
    match = Field("match", _("答案"), "pick", _letters(sheet), size="short")
    prompt = Field("prompt", _("左边"), "pick", _numbers(sheet, "prompts"), size="short")
    choice = Field("choice", _("错配"), "pick", _letters(sheet), size="short")
    text = Field("text", _("文字"))
    return _answer(
        (),
        _rows("prompts", _("左边（3 到 6 项）"), _("项"), text, match),
        _rows("choices", _("右边（比左边至少多一项）"), _("项"), text, is_lettered=True),
        _rows("mistakes", _("常见的错配"), _("错法"), prompt, choice, NAMED),
    )


def _fill_in(sheet: Sheet) -> Section:
    blank = Field("blank", _("第几空"), "pick", _numbers(sheet, "blanks"), size="short")
    return _answer(
        (),
        _rows(
            "blanks",
            _("空（题干里写成 [[1]]、[[2]]）"),
            _("空"),
            Field("accept", _("可接受的词，用分号隔开")),
            Field("number", _("或数值"), size="short"),
            TOLERANCE,
            UNIT,
            DECIMALS,
            Field("width", _("显示宽度"), size="short"),
        ),
        _rows("mistakes", _("常见的错填"), _("错法"), blank, Field("text", _("错填")), NAMED),
    )


def _hot_spot(sheet: Sheet) -> Section:
    is_chart = sheet["picture_is"] == "chart"
    options = [("console", _("数据面板")), ("chart", _("折线或柱状图"))]
    fields = [
        Field("picture_is", _("图的样子"), "pick", options, size="short"),
        Field("picture_title", _("图的标题")),
    ]
    text = Field("text", _("区域叫什么"))
    if not is_chart:
        tiles = _rows(
            "tiles",
            _("面板，一行两格"),
            _("格"),
            Field("title", _("指标")),
            Field("value", _("数字或文字")),
            Field("note", _("注")),
            Field("region", _("是哪个区域"), "pick", _letters(sheet), size="short"),
            Field("wide", _("占两格"), "flag", size="short"),
        )
        regions = _rows(
            "choices", _("可以点的区域"), _("区域"), KEY, text, MISTAKE, is_lettered=True
        )
        return _answer(tuple(fields), tiles, regions)
    fields += [
        Field("picture_kind", _("图形"), "pick", CHART_KINDS, size="short"),
        Field("picture_unit", _("单位"), size="short"),
        Field("picture_table", _("图的数据"), "table", help=CHART_HELP, rows=6),
    ]
    first = Field("first", _("从第几点"), size="short")
    last = Field("last", _("到第几点"), size="short")
    regions = _rows(
        "choices", _("可以点的区域"), _("区域"), KEY, text, first, last, MISTAKE, is_lettered=True
    )
    return _answer(tuple(fields), regions)


CHART_KINDS = [("line", _("折线")), ("bar", _("柱状"))]
CHART_HELP = _("从表格软件粘贴：第一列横轴，其余每列一条线；没有值的格写 —。")


def _short_answer(sheet: Sheet) -> Section:
    criteria = _rows(
        "criteria",
        _("评分要点（2 到 6 条）"),
        _("要点"),
        Field("id", "", "hidden"),
        Field("text", _("看什么")),
        Field("levels", _("分档，每行“分数=表现”，从高到低，最后 0 分"), "area", rows=3),
    )
    return _answer(
        (
            Field("model_answer", _("得满分的答案"), "area", rows=4),
            Field("least_chars", _("建议最少字数"), size="short"),
            Field("most_chars", _("最多字数"), size="short"),
        ),
        criteria,
    )


def _room(sheet: Sheet) -> Section:
    return _answer(
        (
            Field("scenario_ref", _("场景（编号@版本）")),
            Field("speed", _("倍速"), size="short"),
            Field("minutes", _("时长（分钟）"), size="short"),
            Field("full_score", _("满分线（房间得分）"), size="short"),
        )
    )


ANSWERS = {
    "single_choice": _selection,
    "multiple_choice": _selection,
    "true_false": _true_false,
    "numeric": _numeric,
    "ordering": _ordering,
    "matching": _matching,
    "fill_in": _fill_in,
    "hot_spot": _hot_spot,
    "short_answer": _short_answer,
    "room": _room,
}


def _parametric(sheet: Sheet) -> Section:
    rounding = [("half_up", _("四舍五入")), ("up", _("进一")), ("down", _("舍去"))]
    name = Field("name", _("名称"), size="short")
    formula = Field("formula", _("算式"))
    fields = (
        Field("formula", _("正确答案的算式")),
        UNIT,
        DECIMALS,
        Field("rounding", _("取整"), "pick", rounding, size="short"),
        *((TOLERANCE,) if sheet.kind == "numeric" else ()),
        Field("sensible_least", _("答案合理下限"), size="short"),
        Field("sensible_most", _("答案合理上限"), size="short"),
        Field("apart_fraction", _("错误结果至少差（0.05 即 5%）"), size="short"),
    )
    return _answer(
        fields,
        _rows(
            "variables",
            _("抽取的数（填从、到、步长，或列出几个值）"),
            _("变量"),
            name,
            Field("least", _("从"), size="short"),
            Field("most", _("到"), size="short"),
            Field("step", _("步长"), size="short"),
            Field("one_of", _("或其中之一")),
        ),
        _rows("derived", _("推算出来的数"), _("推算"), name, formula),
        _rows("constraints", _("抽数要满足的条件"), _("条件"), Field("text", _("条件"))),
        _rows("mistakes", _("错误结果的算式"), _("错法"), Field("result", _("算式")), NAMED),
    )


def _properties(sheet: Sheet) -> Section:
    def pick(name: str, label: object, words: dict[str, object]) -> Field:
        return Field(name, label, "pick", [("", "—"), *words.items()], size="short")

    pools = {code: words for code, words in bank_labels.POOL.items() if code != "pilot"}
    figures = Field("parametric", _("每份试卷抽不同的数"), "flag", size="short")
    return Section(
        "properties",
        _("属性"),
        (
            pick("topic", _("主题"), bank_labels.TOPIC),
            pick("level", _("级别"), bank_labels.LEVEL),
            pick("cognitive", _("层次"), bank_labels.COGNITIVE),
            pick("pool", _("题池"), pools),
            Field("skeleton", _("考点骨架（4 到 40 字，题库里唯一）")),
            Field("situation", _("有情境"), "flag", size="short"),
            Field("computes", _("要计算"), "flag", size="short"),
            Field("law", _("考法规"), "flag", size="short"),
            *((figures,) if sheet.kind in ("single_choice", "numeric") else ()),
            Field("source", _("出处（法规写名称；假设写“命题假设”）")),
            Field("handbook", _("手册章节"), size="short"),
            Field("expected_at_cut", _("合格者得分率（0 到 1）"), size="short"),
            Field("enemies", _("互斥题（题号，空格隔开）")),
            Field("checks", _("机器复算，每行一个等式"), "area", rows=2),
        ),
    )


def _exhibit(title: object = _("材料（可不填）")) -> Section:
    return Section(
        "exhibit",
        title,
        (
            Field("exhibit_text", _("文字"), "area", rows=3),
            Field("exhibit_caption", _("表格标题")),
            Field("exhibit_table", _("表格，从表格软件粘贴，首行是表头"), "table", rows=5),
            Field("chart_title", _("图表标题")),
            Field("chart_kind", _("图形"), "pick", CHART_KINDS, size="short"),
            Field("chart_unit", _("单位"), size="short"),
            Field("chart_table", _("图表数据"), "table", help=CHART_HELP, rows=5),
        ),
    )


def row_name(row_set: RowSet, place: int) -> str:
    """Return what a row is called: 选项 B, 变量 2."""
    name = LETTERS[place].upper() if row_set.is_lettered else str(place + 1)
    return str(gettext("%(what)s %(name)s", what=row_set.one, name=name))
