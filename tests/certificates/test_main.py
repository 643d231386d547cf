import json

import pypdf
import pytest

from certificates import __main__ as command
from certificates.fonts import CutReport
from certificates.numbers import normalize_number

NUMBER = "CPS3-26-7QX4M3KD94-6"


class TestSample:
    def test_writes_a_certificate(self, fonts_dir, tmp_path, capsys):
        out = tmp_path / "x.pdf"

        status = command.main(
            [
                *("sample", "--level", "senior", "--name", "欧阳娜娜", "--json"),
                *("-o", str(out), "--fonts", str(fonts_dir)),
            ]
        )

        facts = json.loads(capsys.readouterr().out)
        text = pypdf.PdfReader(out).pages[0].extract_text()
        assert status == 0
        assert normalize_number(facts["number"]) == facts["number"]
        assert facts["bytes"] == out.stat().st_size
        assert "欧阳娜娜" in text
        assert "（高级）" in text
        assert "演示" not in text

    def test_marks_a_demonstration(self, fonts_dir, tmp_path, capsys):
        out = tmp_path / "x.pdf"

        status = command.main(["sample", "--demo", "-o", str(out), "--fonts", str(fonts_dir)])

        assert status == 0
        assert str(out) in capsys.readouterr().out
        assert "演示证书" in pypdf.PdfReader(out).pages[0].extract_text()

    def test_says_what_to_do_without_fonts(self, tmp_path, capsys, monkeypatch):
        monkeypatch.setenv("CAOPAN_FONTS", str(tmp_path))

        status = command.main(["sample", "-o", str(tmp_path / "x.pdf")])

        assert status == 2
        assert "make setup" in capsys.readouterr().err
        assert not (tmp_path / "x.pdf").exists()

    def test_reports_an_unusable_name_as_json(self, fonts_dir, tmp_path, capsys):
        status = command.main(
            [
                *("sample", "--json", "--name", "🦄"),
                *("-o", str(tmp_path / "x.pdf"), "--fonts", str(fonts_dir)),
            ]
        )

        assert status == 2
        assert json.loads(capsys.readouterr().out)["error"] == "MissingGlyphError"

    def test_an_unwritable_file_is_unusable(self, fonts_dir, tmp_path, capsys):
        out = tmp_path / "none" / "x.pdf"

        status = command.main(["sample", "-o", str(out), "--fonts", str(fonts_dir)])

        assert status == 2
        assert "x.pdf" in capsys.readouterr().err


class TestNumber:
    def test_prints_the_canonical_form(self, capsys):
        assert command.main(["number", "check", NUMBER.lower().replace("-", " ")]) == 0
        assert capsys.readouterr().out.strip() == NUMBER

    def test_json_has_the_level(self, capsys):
        assert command.main(["number", "check", NUMBER, "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {
            "valid": True,
            "number": NUMBER,
            "level": "senior",
        }

    def test_a_wrong_number_is_status_1(self, capsys):
        assert command.main(["number", "check", NUMBER[:-1] + "7"]) == 1
        assert "校验位" in capsys.readouterr().err
        assert command.main(["number", "check", "x", "--json"]) == 1
        assert json.loads(capsys.readouterr().out) == {"valid": False, "problem": "shape"}


class TestProgrammes:
    def test_lists_the_shipped_ones(self, capsys):
        assert command.main(["programmes"]) == 0
        assert "junior@1" in capsys.readouterr().out
        assert command.main(["programmes", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["programmes"][0]["id"] == "junior-demo"

    def test_a_bad_file_is_status_1(self, tmp_path, capsys):
        (tmp_path / "bad.yaml").write_text("lang: zh-Hans\nprogramme: {id: bad}\n")
        assert command.main(["programmes", str(tmp_path)]) == 1
        assert "programme bad: version" in capsys.readouterr().err
        assert command.main(["programmes", str(tmp_path), "--json"]) == 1
        assert "version" in " ".join(json.loads(capsys.readouterr().out)["problems"])


class TestFonts:
    def test_says_which_package_is_missing(self, tmp_path, capsys):
        status = command.main(
            ["fonts", "--source", str(tmp_path), "--dest", str(tmp_path / "fonts")]
        )

        assert status == 2
        assert "noto-serif-sc" in capsys.readouterr().err

    def test_reports_what_was_cut_and_kept(self, tmp_path, capsys, monkeypatch):
        def cut(source, dest, *, progress):
            progress(0, 2, "a.ttf")
            progress(2, 2, "")
            return CutReport(cut=("a.ttf",), kept=("b.ttf",))

        monkeypatch.setattr(command, "cut_fonts", cut)
        monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
        folders = ["--source", str(tmp_path), "--dest", str(tmp_path)]

        assert command.main(["fonts", *folders]) == 0
        shown = capsys.readouterr()
        assert "1 faces cut, 1 kept" in shown.out
        assert "2/2" in shown.err
        assert command.main(["fonts", *folders, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["kept"] == ["b.ttf"]
        monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
        assert command.main(["fonts", *folders]) == 0
        assert capsys.readouterr().err == ""


class TestUsage:
    @pytest.mark.parametrize("arguments", [[], ["nothing"], ["sample"], ["number", "check"]])
    def test_a_wrong_command_line_is_status_2(self, arguments, capsys):
        with pytest.raises(SystemExit) as caught:
            command.main(arguments)
        assert caught.value.code == 2
        assert "usage:" in capsys.readouterr().err
