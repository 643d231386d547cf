"""Items go out and come back equal; what a format cannot carry is named."""

from __future__ import annotations

import pytest

from question_bank.interchange.exchange import FORMATS, export_items, import_items
from question_bank.interchange.item_files import write
from question_bank.loading import CONTENT, load_bank


@pytest.fixture(scope="module")
def bank():
    return list(load_bank(CONTENT / "items"))


CARRIED = {
    "yaml": 1.0,
    "qti21": 0.97,
    "qti22": 0.97,
    "qti30": 0.97,
    "moodle": 0.9,
    "xlsx": 0.85,
    "csv": 0.85,
    "gift": 0.85,
    "aiken": 0.0,
}
"""Least share of the shipped items with fixed figures that comes back equal in every field."""


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_what_comes_back_is_equal_or_named_as_lost(name, bank):
    export = export_items(bank, name)

    back = import_items(export.data, name)

    assert back.faults == ()
    equal = {item.ref for item in back.items if item in bank}
    told = set(export.left_out) | set(export.lost)
    assert equal | told == {item.ref for item in bank}
    assert not equal & told
    fixed = [item for item in bank if item.parametric is None]
    assert sum(item.ref in equal for item in fixed) / len(fixed) >= CARRIED[name]


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"xlsx"}))  # a workbook bears its time
def test_equal_items_make_equal_bytes(name, bank):
    few = bank[:20]
    assert export_items(few, name).data == export_items(few, name).data


def test_only_these_kinds_are_left_out_of_qti(bank):
    left = export_items(bank, "qti30").left_out
    kinds = {item.kind.value for item in bank if item.ref in left and item.parametric is None}
    assert kinds == {"hot_spot", "room"}


def test_an_id_twice_is_refused_with_both_places(bank):
    found = import_items(write([bank[0], bank[0]]), "yaml")

    assert found.items == ()
    assert "stands at line 3 already" in found.faults[0].message


def test_one_fault_keeps_everything_out():
    data = b"First question here?\nA. one\nB. two\nANSWER: A\n\nSecond?\nA. one\nANSWER: D\n"
    found = import_items(data, "aiken")

    assert (found.items, found.drafts) == ((), ())
    assert str(found.faults[0]) == "line 6: ANSWER: D is none of the choices"


def test_what_an_item_lacks_is_told_by_place_and_field():
    data = "快手小店的关注页属于哪一域？\nA. 私域\nB. 公域\nC. 商域\nD. 他域\nANSWER: A\n".encode()
    found = import_items(data, "aiken", {"topic": "traffic", "level": "junior"})

    assert len(found.drafts) == 1
    lacking = {remark.message.split(":")[0] for remark in found.incomplete}
    assert {"id", "rationale", "skeleton", "source"} <= lacking
    assert {remark.place for remark in found.incomplete} == {"line 1"}
    assert found.drafts[0].fields["topic"] == "traffic"


def test_an_empty_file_is_a_fault():
    assert import_items(b"", "gift").faults[0].message == "no items"


def test_a_huge_file_is_refused_unread():
    assert "larger than" in import_items(b"x" * (21 * 1024 * 1024), "gift").faults[0].message
