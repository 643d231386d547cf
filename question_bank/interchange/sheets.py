"""Spreadsheets in the conventions of Chinese question banks: xlsx, and CSV in UTF-8 or GB18030."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence

from question_bank.interchange.entries import Entry, Fields, Reading, number_text
from question_bank.interchange.workbooks import WorkbookError, sheets_of
from question_bank.items import Item, ItemKind

KIND_NAMES = {
    ItemKind.SINGLE_CHOICE: "单选题",
    ItemKind.MULTIPLE_CHOICE: "多选题",
    ItemKind.TRUE_FALSE: "判断题",
    ItemKind.NUMERIC: "计算题",
    ItemKind.ORDERING: "排序题",
    ItemKind.MATCHING: "匹配题",
    ItemKind.FILL_IN: "填空题",
    ItemKind.SHORT_ANSWER: "简答题",
}
KINDS = {
    **{name: kind for kind, name in KIND_NAMES.items()},
    **{name.removesuffix("题"): kind for kind, name in KIND_NAMES.items()},
    "问答题": ItemKind.SHORT_ANSWER,
    "数值题": ItemKind.NUMERIC,
    "0": ItemKind.SINGLE_CHOICE,
    "1": ItemKind.TRUE_FALSE,
    "2": ItemKind.MULTIPLE_CHOICE,
}
"""Names of kinds seen in question banks; some number them 0, 1, 2."""

LETTERS = "abcdefgh"
HEADINGS = {
    "ref": ("编号", "题号", "id"),
    "kind": ("题型", "题目类型", "试题类型", "类型"),
    "stem": ("题干", "题目", "问题", "试题", "题目内容"),
    **{f"choice_{one}": (f"选项{one.upper()}", one.upper()) for one in LETTERS},
    "key": ("答案", "正确答案", "正确选项", "参考答案"),
    "rationale": ("解析", "答案解析", "题目解析"),
    "topic": ("主题", "知识点", "知识点名称", "题目分类", "分类"),
    "level": ("等级", "层级"),
    "cognitive": ("认知层次",),
    "pool": ("用途",),
    "skeleton": ("决策骨架",),
    "situation": ("有情境",),
    "computes": ("要计算",),
    "law": ("涉法规",),
    "source": ("来源", "依据"),
    "handbook": ("手册章节",),
    "distractors": ("错因",),
    "tolerance": ("允许误差",),
    "unit": ("单位",),
    "decimals": ("小数位",),
    "enemies": ("互斥题",),
    "checks": ("校验式",),
    "case_id": ("案例组",),
    "expected_at_cut": ("合格者得分率",),
}
"""Our columns with every heading they are known by, the first one being ours."""

TOPICS = {
    "引流": "traffic",
    "流量": "traffic",
    "直播运营": "live_ops",
    "主播": "anchor",
    "供应链": "supply",
    "货品": "supply",
    "服务": "service",
    "合规": "compliance",
    "数据复盘": "data_review",
}
LEVELS = {"初级": "junior", "中级": "intermediate", "高级": "senior"}
POOLS = {"练习": "practice", "考试": "exam"}
YES, NO = frozenset({"是", "y", "true", "1", "√"}), frozenset({"否", "n", "false", "0", ""})
TRUE, FALSE = (
    frozenset({"正确", "对", "√", "true", "t", "是", "y", "a"}),
    frozenset({"错误", "错", "×", "false", "f", "否", "n", "b"}),
)
MOST_ROWS = 20_000
MOST_CELL = 4_000
RISKY = ("=", "+", "-", "@", "\t", "\r", "\0")
"""A cell that begins so would be a formula where the file is opened (OWASP ASVS 1.2.10)."""

GIVEN = frozenset({ItemKind.ORDERING, ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE})


def can_write(item: Item) -> bool:
    """Say whether the format has room for an item's question at all."""
    if item.kind is ItemKind.FILL_IN:
        return all(blank.number is None for blank in item.blanks.values())
    written = {*GIVEN, ItemKind.TRUE_FALSE, ItemKind.NUMERIC}
    return item.kind in written and item.parametric is None


def _row(item: Item) -> list[str]:
    """Return an item as texts under the headings."""
    choices = {f"choice_{one}": text for one, text in item.choices.items()}
    values = {
        "ref": item.ref,
        "kind": KIND_NAMES[item.kind],
        "stem": item.stem,
        **choices,
        "key": _key(item),
        "rationale": item.rationale,
        "topic": item.topic.value,
        "level": item.level,
        "cognitive": item.cognitive.value,
        "pool": item.pool.value,
        "skeleton": item.skeleton,
        "situation": "是" if item.situation else "否",
        "computes": "是" if item.computes else "否",
        "law": "是" if item.law else "否",
        "source": item.source,
        "handbook": item.handbook,
        "distractors": _lines({**item.distractors, **item.mistakes}),
        "enemies": "\n".join(item.enemies),
        "checks": "\n".join(item.checks),
        "case_id": item.case_id or "",
        "expected_at_cut": ""
        if item.expected_at_cut is None
        else number_text(item.expected_at_cut),
    }
    if item.numeric is not None:
        values["tolerance"] = number_text(item.numeric.tolerance)
        values["unit"] = item.numeric.unit
        values["decimals"] = str(item.numeric.decimals)
    return [values.get(name, "") for name in HEADINGS]


def _lines(entries: dict[str, str]) -> str:
    return "\n".join(f"{one.upper()}：{text}" for one, text in entries.items())


def _key(item: Item) -> str:
    if item.kind is ItemKind.TRUE_FALSE:
        return "正确" if item.key else "错误"
    if item.numeric is not None:
        return number_text(item.numeric.value)
    if item.kind is ItemKind.FILL_IN:
        return "；".join("/".join(blank.accept) for blank in item.blanks.values())
    ids = item.right_order if item.kind is ItemKind.ORDERING else sorted(item.key_ids)
    return ",".join(ids).upper()


def write_xlsx(items: Iterable[Item]) -> bytes:
    """Return items that `can_write` accepts as a workbook; without items it is the template."""
    # The library of workbooks takes a fifth of a second to import; no page of candidates needs it.
    from openpyxl import Workbook
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "题目"
    sheet.append([names[0] for names in HEADINGS.values()])
    for number, item in enumerate(items, 2):
        for column, text in enumerate(_row(item), 1):
            cell = sheet.cell(number, column, text)
            cell.data_type = "s"  # a text that begins with = stays a text
    sheet.freeze_panes = "A2"
    for column, name in enumerate(HEADINGS, 1):
        head = sheet.cell(1, column)
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", fgColor="EDEFF3")
        width = 48 if name in {"stem", "rationale", "distractors"} else 16
        sheet.column_dimensions[get_column_letter(column)].width = width
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def write_csv(items: Iterable[Item]) -> bytes:
    """Return items that `can_write` accepts as CSV, UTF-8 with a mark, as spreadsheets want it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([names[0] for names in HEADINGS.values()])
    for item in items:
        writer.writerow([f"'{text}" if text.startswith(RISKY) else text for text in _row(item)])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def read_xlsx(data: bytes) -> Reading:
    """Read every sheet of a workbook; places are sheet and row."""
    reading = Reading()
    try:
        sheets = sheets_of(data, only_first=False, most_rows=MOST_ROWS + 1)
    except WorkbookError as error:
        reading.refuse("file", f"no usable workbook: {error}")
        return reading
    for sheet in sheets:
        rows: list[tuple[str, list[str]]] = []
        for number, cells in enumerate(sheet.rows, 1):
            if number > MOST_ROWS:
                reading.refuse(f"{sheet.title} row {number}", f"{MOST_ROWS} rows at most")
                break
            place = f"{sheet.title} row {number}"
            if any(cell.is_formula for cell in cells):
                reading.refuse(place, "a formula: put the value there")
            rows.append((place, [_cell_text(cell.value) for cell in cells]))
        _read_rows(rows, reading)
    return reading


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "正确" if value else "错误"
    if isinstance(value, int | float):
        return number_text(float(value))
    return str(value).strip()


def read_csv(data: bytes) -> Reading:
    """Read CSV in UTF-8 or GB18030; places are rows as a spreadsheet numbers them."""
    reading = Reading()
    text = _decoded(data)
    if text is None:
        reading.refuse("file", "neither UTF-8 nor GB18030")
        return reading
    rows = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text), strict=True), 1):
            if number > MOST_ROWS:
                reading.refuse(f"row {number}", f"{MOST_ROWS} rows at most")
                break
            plain = [cell[1:] if re.match(r"'[=+\-@\t\r]", cell) else cell for cell in cells]
            rows.append((f"row {number}", [cell.strip() for cell in plain]))
    except csv.Error as error:
        reading.refuse(f"row {len(rows) + 1}", str(error))
    _read_rows(rows, reading)
    return reading


def _decoded(data: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _read_rows(rows: Sequence[tuple[str, list[str]]], reading: Reading) -> None:
    filled = [(place, cells) for place, cells in rows if any(cells)]
    if not filled:
        return
    (head_place, head), *body = filled
    known = {name: column for column, names in HEADINGS.items() for name in names}
    columns: dict[int, str] = {}
    for position, raw in enumerate(head):
        name = re.sub(r"[（(].*?[)）]|\s|\*", "", raw)
        column = known.get(name) or known.get(name.upper())
        if column in columns.values():
            reading.refuse(head_place, f"{raw}: two columns of the same meaning")
        elif column:
            columns[position] = column
        elif raw:
            reading.drop(head_place, f"column {raw}")
    if not {"stem", "key"} <= set(columns.values()):
        reading.refuse(head_place, "headings 题干 and 答案 are needed in the first row")
        return
    for place, cells in body:
        values = {
            columns[position]: text
            for position, text in enumerate(cells)
            if position in columns and text
        }
        if any(len(text) > MOST_CELL for text in values.values()):
            reading.refuse(place, f"a cell of more than {MOST_CELL} characters")
        elif values:
            _read_row(values, place, reading)


def _read_row(values: dict[str, str], place: str, reading: Reading) -> None:
    kind = KINDS.get(values.get("kind", "").removesuffix("（必填）"))
    if kind is None and "kind" in values:
        reading.refuse(place, f"题型 {values['kind']}: one of {'、'.join(KIND_NAMES.values())}")
        return
    kind = kind or _guessed(values)
    fields: Fields = {"kind": kind.value, "stem": values.get("stem", "")}
    if "ref" in values:
        item_id, _, version = values["ref"].partition("@")
        fields.update(id=item_id, version=int(version) if version.isdecimal() else 1)
    choices = {one: values[f"choice_{one}"] for one in LETTERS if f"choice_{one}" in values}
    if choices and kind in GIVEN:
        fields["choices"] = choices
    elif choices and kind is not ItemKind.TRUE_FALSE:
        reading.drop(place, "choices of a question that has none")
    problems = [_take_key(kind, values.get("key", ""), fields), *_take_rest(values, fields, kind)]
    for problem in filter(None, problems):
        reading.refuse(place, problem)
    if not any(problems):
        reading.entries.append(Entry(place, fields))


def _guessed(values: dict[str, str]) -> ItemKind:
    """Return the kind where no column tells it."""
    key = values.get("key", "").lower()
    if not any(name.startswith("choice_") for name in values):
        return ItemKind.TRUE_FALSE if key in TRUE | FALSE else ItemKind.SHORT_ANSWER
    many = len(_letters(key)) > 1
    return ItemKind.MULTIPLE_CHOICE if many else ItemKind.SINGLE_CHOICE


def _letters(key: str) -> list[str]:
    """Return the letters of `A,B`, `AB`, `A、B`."""
    return re.findall(r"[a-h]", key.lower()) if re.fullmatch(r"[a-hA-H,，、;；\s]+", key) else []


def _take_key(kind: ItemKind, key: str, fields: Fields) -> str:
    if kind is ItemKind.TRUE_FALSE:
        word = key.lower()
        if word not in TRUE | FALSE:
            return f"答案 {key}: 正确 or 错误"
        fields["key"] = word in TRUE
        return ""
    if kind in GIVEN:
        letters = _letters(key)
        if not letters:
            return f"答案 {key}: letters of the choices, such as A or A,B"
        if unknown := [one.upper() for one in letters if one not in fields.get("choices", {})]:
            return f"答案 {key}: there is no choice {', '.join(unknown)}"
        fields["key"] = letters
        return ""
    if kind is ItemKind.NUMERIC:
        try:
            value = float(key.replace(",", ""))
        except ValueError:
            return f"答案 {key}: a number"
        fields["numeric"] = {"value": value, "tolerance": 0.0}
        fields["numeric"]["decimals"] = min(4, len(number_text(value).partition(".")[2]))
        return ""
    if kind is ItemKind.FILL_IN:
        parts = [one for one in re.split(r"[;；]", key) if one.strip()]
        fields["blanks"] = {
            str(number): {"accept": [one.strip() for one in part.split("/")]}
            for number, part in enumerate(parts, 1)
        }
        _number_gaps(fields, len(parts))
        return "" if parts else "答案: the words, blanks parted by ；"
    return ""


def _number_gaps(fields: Fields, count: int) -> None:
    """Turn `____` and `（）` of a stem into numbered blanks where it has none."""
    if "[[" in fields["stem"]:
        return
    numbers = iter(range(1, count + 1))

    def numbered(found: re.Match[str]) -> str:
        number = next(numbers, None)
        return found[0] if number is None else f"[[{number}]]"

    fields["stem"] = re.sub(r"_{2,}|（\s*）|\(\s*\)", numbered, fields["stem"])


def _coded(codes: dict[str, str]) -> Callable[[str], str]:
    return lambda text: codes.get(text, text)


CODED: dict[str, Callable[[str], str]] = {
    "topic": _coded(TOPICS),
    "level": _coded(LEVELS),
    "pool": _coded(POOLS),
}
PLAIN = ("cognitive", "skeleton", "source", "handbook", "rationale", "case_id")


def _take_rest(values: dict[str, str], fields: Fields, kind: ItemKind) -> list[str]:
    """Take what stands beside stem and key; return what is wrong."""
    problems = []
    for name, code in CODED.items():
        if name in values:
            fields[name] = code(values[name])
    fields.update({name: values[name] for name in PLAIN if name in values})
    for name in ("situation", "computes", "law"):
        if name in values:
            word = values[name].lower()
            if word not in YES | NO:
                problems.append(f"{HEADINGS[name][0]} {values[name]}: 是 or 否")
            fields[name] = word in YES
    for name in ("enemies", "checks"):
        if name in values:
            fields[name] = [one.strip() for one in values[name].split("\n") if one.strip()]
    if "distractors" in values:
        problems.append(_take_mistakes(values["distractors"], fields, kind))
    for name in ("tolerance", "unit", "decimals"):
        if name in values and "numeric" in fields:
            fields["numeric"][name] = values[name]
    if "expected_at_cut" in values:
        fields["expected_at_cut"] = values["expected_at_cut"]
    return problems


def _take_mistakes(text: str, fields: Fields, kind: ItemKind) -> str:
    field = "distractors" if kind.is_selection else "mistakes"
    for line in filter(None, (one.strip() for one in text.split("\n"))):
        mark, colon, mistake = line.partition("：")
        if not colon:
            return f"错因 {line}: a choice, a colon ：, the mistake; one to a line"
        key = mark.strip().lower() if field == "distractors" or kind in GIVEN else mark.strip()
        fields.setdefault(field, {})[key] = mistake.strip()
    return ""
