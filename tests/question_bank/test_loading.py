"""Content files are read strictly; every fault is told with file, id and field."""

from __future__ import annotations

import pytest

from question_bank.errors import ContentError
from question_bank.loading import load_bank, parse_item_file, read_yaml
from tests.factories.bank import single_item


def as_file(**changes):
    raw = single_item("one").model_dump(
        mode="json", exclude={"case_id", "numeric", "mistakes", "exhibit"}
    )
    raw.update(changes)
    return {"lang": "zh-Hans", "items": [raw]}


class TestParseItemFile:
    def test_reads_a_sound_file(self):
        items, cases = parse_item_file(as_file(), "x.yaml")

        assert [item.ref for item in items] == ["one@1"]
        assert cases == []

    def test_tells_every_fault_at_once(self):
        data = as_file(key=["z"], surprise=1)
        data["items"].append({"id": "two"})

        with pytest.raises(ContentError) as caught:
            parse_item_file(data, "x.yaml")

        text = "\n".join(caught.value.faults)
        assert "x.yaml: one: surprise" in text
        assert "x.yaml: two: stem" in text

    def test_refuses_a_key_that_is_no_choice(self):
        with pytest.raises(ContentError, match=r"x\.yaml: one: key\."):
            parse_item_file(as_file(key=["z"]), "x.yaml")


class TestReadYaml:
    @pytest.mark.parametrize(
        "text",
        [
            "a: &x [1]\nb: *x\n",
            "!!python/object/apply:os.system ['true']\n",
            "- 1\n",
            "a: [",
            "\x00",
            pytest.param("[" * 9000, id="deep"),
        ],
    )
    def test_refuses_aliases_tags_and_nonsense(self, tmp_path, text):
        path = tmp_path / "bad.yaml"
        path.write_text(text)

        with pytest.raises(ContentError, match=r"bad\.yaml"):
            read_yaml(path)


class TestLoadBank:
    def test_refuses_an_id_twice(self, tmp_path):
        import yaml

        for name in ("a.yaml", "b.yaml"):
            (tmp_path / name).write_text(yaml.safe_dump(as_file(), allow_unicode=True))

        with pytest.raises(ContentError, match=r"one@1: two items"):
            load_bank(tmp_path)
