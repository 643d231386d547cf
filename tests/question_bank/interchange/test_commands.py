"""`python -m question_bank export` and `import`."""

from __future__ import annotations

from question_bank.__main__ import main


def test_out_and_in_again(tmp_path, capsys):
    file, back = tmp_path / "out.zip", tmp_path / "back.yaml"

    assert main(["export", str(file), "--format", "qti30", "--only", "junior-traffic"]) == 0
    assert main(["import", str(file), "--format", "qti30", "--out", str(back)]) == 0
    assert main(["import", str(back), "--format", "yaml"]) == 0

    assert "items complete, 0 incomplete" in capsys.readouterr().out


def test_incomplete_items_are_not_written(tmp_path, capsys):
    file, back = tmp_path / "in.txt", tmp_path / "back.yaml"
    file.write_text("Which one is it?\nA. x\nB. y\nANSWER: A\n")

    found = main(["import", str(file), "--format", "aiken", "--out", str(back)])

    assert found == 1
    assert not back.exists()
    assert "incomplete: line 1: " in capsys.readouterr().err


def test_a_broken_file_is_refused(tmp_path, capsys):
    file = tmp_path / "in.xml"
    file.write_text("<quiz>")

    assert main(["import", str(file), "--format", "moodle"]) == 2
    assert "fault: file: line 1: not well-formed XML" in capsys.readouterr().err


def test_a_setting_without_a_value(tmp_path, capsys):
    assert main(["import", str(tmp_path / "x"), "--format", "gift", "--set", "topic"]) == 2
    assert "FIELD=VALUE" in capsys.readouterr().err
