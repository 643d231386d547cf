"""Files as other programs write them."""

from __future__ import annotations

import io
import zipfile

import pytest
from openpyxl import Workbook, load_workbook

from question_bank.interchange import aiken, gift, item_files, moodle_xml, qti, sheets
from question_bank.interchange.entries import Reading


def only(reading: Reading) -> dict:
    assert reading.faults == []
    (entry,) = reading.entries
    return entry.fields


class TestGift:
    def test_single_choice_with_feedback_and_escapes(self):
        fields = only(
            gift.read(
                b"// a comment\n::Q1:: What is 2 \\= 1 + 1 \\{sum\\}? {\n"
                b"=two # yes\n~three # counted one twice\n~four\n####Add them.}\n"
            )
        )
        assert fields["stem"] == "What is 2 = 1 + 1 {sum}?"
        assert fields["choices"] == {"a": "two", "b": "three", "c": "four"}
        assert fields["key"] == ["a"]
        assert fields["distractors"] == {"b": "counted one twice"}
        assert fields["rationale"] == "Add them."

    def test_several_right_answers_by_weight(self):
        fields = only(gift.read(b"Which? {~%50%one ~%-100%two ~%50%three}"))
        assert (fields["kind"], fields["key"]) == ("multiple_choice", ["a", "c"])

    @pytest.mark.parametrize(("word", "key"), [("T", True), ("TRUE", True), ("F", False)])
    def test_true_or_false(self, word, key):
        fields = only(gift.read(f"The sun rises in the east.{{{word}#no#yes}}".encode()))
        assert (fields["kind"], fields["key"]) == ("true_false", key)

    @pytest.mark.parametrize(
        ("body", "value", "tolerance"),
        [("#3.14:0.01", 3.14, 0.01), ("#1..5", 3.0, 2.0), ("#=100:2 =%0%50:0#half", 100.0, 2.0)],
    )
    def test_numbers(self, body, value, tolerance):
        fields = only(gift.read(f"How much? {{{body}}}".encode()))
        assert fields["numeric"]["value"] == value
        assert fields["numeric"]["tolerance"] == pytest.approx(tolerance)

    def test_matching_with_an_extra_choice(self):
        fields = only(
            gift.read(b"Match. {=Canada -> Ottawa\n=Italy -> Rome\n=Japan -> Tokyo\n= -> Delhi}")
        )
        assert fields["prompts"] == {"1": "Canada", "2": "Italy", "3": "Japan"}
        assert fields["matches"] == {"1": "a", "2": "b", "3": "c"}
        assert fields["choices"]["d"] == "Delhi"

    def test_a_missing_word_becomes_a_blank(self):
        fields = only(gift.read("宪法日是 {=12月4日 =十二月四日} 这一天。".encode()))
        assert fields["stem"] == "宪法日是[[1]]这一天。"
        assert fields["blanks"] == {"1": {"accept": ["12月4日", "十二月四日"]}}

    def test_lines_are_named(self):
        reading = gift.read(b"// first\nFine?{T}\n\nNo braces here.\n\nOpen {=a ~b\n")
        assert [str(one) for one in reading.faults] == [
            "line 4: no answers in braces: a description is no item",
            "line 6: the brace is not closed",
        ]

    def test_html_is_read_as_text_and_what_is_lost_is_told(self):
        reading = gift.read(b'[html]<p>Which <b>one</b>?</p><img src\\="x.png">{=a ~b}')
        assert only(reading)["stem"] == "Which **one**?"
        assert [one.message for one in reading.dropped] == ["<img>"]

    def test_categories_are_passed_over(self):
        assert only(gift.read(b"$CATEGORY: tom/dick\n\nFine?{T}"))["key"] is True


class TestAiken:
    def test_both_ways_to_mark_a_choice(self):
        reading = aiken.read(b"One?\nA. x\nB. y\nANSWER: B\n\nTwo?\nA) x\nB) y\nANSWER: A\n")
        assert [one.fields["key"] for one in reading.entries] == [["b"], ["a"]]

    def test_a_question_without_an_answer(self):
        assert str(aiken.read(b"One?\nA. x\nB. y\n").faults[0]).startswith("line 1: the question")


MOODLE = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
 <question type="category"><category><text>$course$/Live</text></category></question>
 <question type="multichoice">
  <name><text>Q</text></name>
  <questiontext format="html"><text><![CDATA[<p>Which <em>two</em>?</p>]]></text></questiontext>
  <generalfeedback format="html"><text>Because.</text></generalfeedback>
  <single>false</single>
  <answer fraction="50" format="html"><text>&lt;p&gt;one&lt;/p&gt;</text></answer>
  <answer fraction="-50" format="html"><text>two</text>
   <feedback format="html"><text>not this</text></feedback></answer>
  <answer fraction="50" format="html"><text>three</text></answer>
 </question>
 <question type="numerical">
  <questiontext format="moodle_auto_format"><text>ROI?</text></questiontext>
  <answer fraction="100"><text>2.5</text><tolerance>0.05</tolerance></answer>
 </question>
 <question type="multianswer">
  <questiontext format="html"><text>Say {1:SHORTANSWER:=hold~%100%wait~stop#no} or
   {1:NUMERICAL:=12:0.5}.</text></questiontext>
 </question>
 <question type="shortanswer">
  <questiontext format="html"><text>The capital of France?</text></questiontext>
  <answer fraction="100"><text>Paris</text></answer>
 </question>
 <question type="gapselect"><questiontext><text>x</text></questiontext></question>
</quiz>
"""


class TestMoodleXml:
    def test_a_file_of_moodle(self):
        reading = moodle_xml.read(MOODLE.encode())

        several, number, cloze, short = (one.fields for one in reading.entries)
        assert several["stem"] == "Which *two*?"
        assert several["choices"] == {"a": "one", "b": "two", "c": "three"}
        assert several["key"] == ["a", "c"]
        assert several["distractors"] == {"b": "not this"}
        assert number["numeric"] == {"value": 2.5, "tolerance": 0.05, "decimals": 1}
        assert cloze["blanks"]["1"] == {"accept": ["hold", "wait"]}
        assert cloze["blanks"]["2"]["number"]["value"] == 12.0
        assert cloze["mistakes"] == {"1=stop": "no"}
        assert short["blanks"] == {"1": {"accept": ["Paris"]}}
        assert str(reading.faults[0]) == "question 6: type 'gapselect' has no counterpart here"

    @pytest.mark.parametrize(
        "text",
        [
            '<!DOCTYPE q [<!ENTITY a "b">]><quiz>&a;</quiz>',
            '<!DOCTYPE q SYSTEM "file:///etc/passwd"><quiz/>',
            "<quiz><question></quiz>",
            "<quiz>" + "<a>" * 70 + "</a>" * 70 + "</quiz>",
            "<html/>",
            "",
        ],
        ids=["entity", "external", "open", "deep", "other", "empty"],
    )
    def test_hostile_and_broken_xml(self, text):
        reading = moodle_xml.read(text.encode())
        assert len(reading.faults) == 1
        assert reading.entries == []


QTI = """<?xml version="1.0" encoding="UTF-8"?>
<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="x" title="t"
  adaptive="false" timeDependent="false">
 <responseDeclaration identifier="R1" cardinality="single" baseType="identifier">
  <correctResponse><value>ChoiceB</value></correctResponse>
 </responseDeclaration>
 <itemBody>
  <p>Look at the text.</p>
  <p><strong>NEVER</strong> leave luggage.</p>
  <choiceInteraction responseIdentifier="R1" shuffle="false" maxChoices="1">
   <prompt>What does it say?</prompt>
   <simpleChoice identifier="ChoiceA">Stay <em>here</em>.</simpleChoice>
   <simpleChoice identifier="ChoiceB">Do not leave it.</simpleChoice>
   <simpleChoice identifier="ChoiceC">Someone looks after it.</simpleChoice>
  </choiceInteraction>
 </itemBody>
</assessmentItem>
"""
QTI3 = """<?xml version="1.0" encoding="UTF-8"?>
<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="n" title="n"
  adaptive="false" time-dependent="false" xml:lang="en">
 <qti-response-declaration identifier="RESPONSE" cardinality="ordered" base-type="identifier">
  <qti-correct-response><qti-value>C</qti-value><qti-value>A</qti-value><qti-value>B</qti-value>
  </qti-correct-response>
 </qti-response-declaration>
 <qti-item-body>
  <qti-order-interaction response-identifier="RESPONSE" shuffle="true">
   <qti-prompt>Put the steps in order.</qti-prompt>
   <qti-simple-choice identifier="A">middle</qti-simple-choice>
   <qti-simple-choice identifier="B">last</qti-simple-choice>
   <qti-simple-choice identifier="C">first</qti-simple-choice>
  </qti-order-interaction>
 </qti-item-body>
</qti-assessment-item>
"""


def package(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/") + ".xml", text)
    return buffer.getvalue()


class TestQti:
    def test_an_item_of_version_2(self):
        fields = only(qti.read(QTI.encode()))
        assert fields["stem"] == ("Look at the text.\n**NEVER** leave luggage.\nWhat does it say?")
        assert fields["choices"]["a"] == "Stay *here*."
        assert fields["key"] == ["b"]

    def test_an_item_of_version_3_in_a_package(self):
        fields = only(qti.read(package(items__one=QTI3)))
        assert fields["kind"] == "ordering"
        assert fields["key"] == ["c", "a", "b"]

    def test_an_interaction_without_counterpart_is_named(self):
        text = QTI.replace("choiceInteraction", "sliderInteraction")
        assert "sliderInteraction: no counterpart" in str(qti.read(text.encode()).faults[0])

    def test_a_key_that_is_no_choice(self):
        text = QTI.replace("<value>ChoiceB</value>", "<value>ChoiceZ</value>")
        assert "'ChoiceZ' is none of the choices" in str(qti.read(text.encode()).faults[0])

    def test_a_bomb_is_refused(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("items/one.xml", b" " * (15 * 1024 * 1024))
        assert "unpacks to too much" in str(qti.read(buffer.getvalue()).faults[0])

    def test_too_many_files_are_refused(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for number in range(1001):
                archive.writestr(f"{number}.xml", "<a/>")
        assert "1001 files" in str(qti.read(buffer.getvalue()).faults[0])

    def test_names_of_members_are_never_paths(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        qti.read(package(**{"..__..__evil": QTI}))
        assert list(tmp_path.iterdir()) == []

    def test_a_broken_archive(self):
        assert "no usable zip" in str(qti.read(b"PK\x03\x04 nonsense").faults[0])


HEAD = "题型,题干,选项A,选项B,选项C,选项D,正确答案,解析,难度\n"


class TestSheets:
    def test_a_chinese_csv(self):
        text = HEAD + "单选题,关注页属于哪一域？,私域,公域,商域,他域,A,因为已经关注。,简单\n"
        text += '多选题,哪些是公域？,关注页,发现页,同城页,粉丝群,"B,C",推荐分发。,中等\n'
        text += "判断题,憋单要说明时间。,,,,,对,规则如此。,简单\n"
        reading = sheets.read_csv(text.encode("gb18030"))

        single, several, truth = (one.fields for one in reading.entries)
        assert (single["key"], single["choices"]["d"]) == (["a"], "他域")
        assert several["key"] == ["b", "c"]
        assert truth["key"] is True
        assert [str(one) for one in reading.dropped] == ["row 1: column 难度"]

    def test_every_wrong_row_is_named(self):
        text = HEAD + "单选题,题一,甲,乙,,,D,,\n连线题,题二,,,,,A,,\n判断题,题三,,,,,也许,,\n"
        faults = [str(one) for one in sheets.read_csv(text.encode()).faults]
        assert faults[0] == "row 2: 答案 D: there is no choice D"
        assert faults[1].startswith("row 3: 题型 连线题: one of 单选题")
        assert faults[2] == "row 4: 答案 也许: 正确 or 错误"

    def test_headings_are_needed(self):
        assert "题干 and 答案" in str(sheets.read_csv("甲,乙\n1,2\n".encode()).faults[0])

    def test_blanks_may_stand_as_lines(self):
        text = "题型,题干,答案\n填空题,开播先 ____ 再（ ）。,引流/拉人；承接\n"
        fields = only(sheets.read_csv(text.encode()))
        assert fields["stem"] == "开播先 [[1]] 再[[2]]。"
        assert fields["blanks"] == {"1": {"accept": ["引流", "拉人"]}, "2": {"accept": ["承接"]}}

    def test_a_workbook(self):
        book = Workbook()
        book.active.append(["题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案"])
        book.active.append(["单选题", "价格是多少？", 19.9, 29.9, 39.9, 49.9, "B"])
        fields = only(sheets.read_xlsx(saved(book)))
        assert fields["choices"]["a"] == "19.9"

    def test_a_formula_is_refused_by_its_row(self):
        book = Workbook()
        book.active.append(["题干", "答案"])
        book.active.append(["=1+1", "对"])
        assert str(sheets.read_xlsx(saved(book)).faults[0]) == (
            "Sheet row 2: a formula: put the value there"
        )

    def test_texts_that_look_like_formulas_stay_texts(self, single_item_like_a_formula):
        data = sheets.write_xlsx([single_item_like_a_formula])
        cells = [cell for row in load_workbook(io.BytesIO(data)).active for cell in row]
        assert "f" not in {cell.data_type for cell in cells}
        line = sheets.write_csv([single_item_like_a_formula]).decode("utf-8-sig")
        assert "'=SUM(A1:A9)" in line
        assert only(sheets.read_csv(line.encode()))["choices"]["a"] == "=SUM(A1:A9)"

    def test_no_workbook_at_all(self):
        assert "no usable workbook" in str(sheets.read_xlsx(b"PK nonsense").faults[0])

    def test_the_template_has_every_heading(self):
        sheet = load_workbook(io.BytesIO(sheets.write_xlsx([]))).active
        assert [cell.value for cell in sheet[1]] == [one[0] for one in sheets.HEADINGS.values()]


@pytest.fixture
def single_item_like_a_formula():
    from tests.factories.bank import single_item

    item = single_item("one", key="b")
    return item.model_copy(update={"choices": {**item.choices, "a": "=SUM(A1:A9)"}})


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


class TestItemFiles:
    def test_lines_of_faults(self):
        text = "lang: zh-Hans\nitems:\n- id: a\n  x: 1\n- nothing\nmore: 1\n"
        faults = [str(one) for one in item_files.read(text.encode()).faults]
        assert faults == [
            "line 5: an item is a mapping",
            "line 6: more: not a part of an item file",
        ]

    def test_an_alias_bomb_is_refused(self):
        text = "lang: zh-Hans\na: &a [x]\nitems: [*a]\n"
        assert item_files.read(text.encode()).faults

    def test_tags_are_refused(self):
        text = "lang: zh-Hans\nitems:\n- !!python/object/apply:os.system [ls]\n"
        assert item_files.read(text.encode()).faults
