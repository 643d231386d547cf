import json
from datetime import timedelta

import pypdf
import pytest

from certificates import __main__ as command
from certificates.fonts import CutReport
from certificates.numbers import normalize_number
from certificates.status_lists import StatusPurpose

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
        assert "junior@2" in capsys.readouterr().out
        assert command.main(["programmes", "--json"]) == 0
        listed = [one["id"] for one in json.loads(capsys.readouterr().out)["programmes"]]
        assert listed == ["intermediate", "junior-demo", "junior", "senior"]

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


class TestVerify:
    @pytest.fixture
    def files(self, issuer, sealed, make_credential, now, tmp_path):
        """The file, the keys and both lists on disk, as a verifier has them."""
        credential = make_credential("张伟")
        (tmp_path / "c.pdf").write_bytes(sealed(credential))
        (tmp_path / "c.jwt").write_text(issuer.token(credential) + "\n")
        (tmp_path / "jwks.json").write_text(json.dumps(issuer.keys.to_jwks()))
        for purpose in StatusPurpose:
            text = issuer.status_list(purpose, now=now + timedelta(days=1))
            (tmp_path / f"{purpose}.jwt").write_text(text)
        return tmp_path

    def arguments(self, files, name, *more):
        lists = [str(files / f"{purpose}.jwt") for purpose in StatusPurpose]
        at = "2026-11-22T12:00:00+08:00"
        keys = str(files / "jwks.json")
        return ["verify", str(files / name), "--keys", keys, "--at", at, "--status", *lists, *more]

    @pytest.mark.parametrize("name", ["c.pdf", "c.jwt"])
    def test_what_is_good_is_0(self, files, capsys, name):
        assert command.main(self.arguments(files, name, "--name", "张伟")) == 0

        told = capsys.readouterr().out
        assert "✗" not in told
        assert "CPS1-26-" in told
        assert "姓名一致：是" in told

    def test_what_is_wrong_is_1_with_the_reason(self, files, capsys):
        data = (files / "c.pdf").read_bytes()
        (files / "c.pdf").write_bytes(data + b" ")

        assert command.main(self.arguments(files, "c.pdf")) == 1

        assert "签名之后又加了内容" in capsys.readouterr().out

    def test_what_nobody_can_tell_is_3(self, files, capsys):
        keys = str(files / "jwks.json")
        at = "2026-11-22T12:00:00+08:00"

        assert command.main(["verify", str(files / "c.pdf"), "--keys", keys, "--at", at]) == 3

        told = capsys.readouterr().out
        assert "? 未被撤销：无法判断" in told
        assert "cannot tell" in told

    def test_json_says_the_same(self, files, capsys):
        command.main(self.arguments(files, "c.pdf", "--json"))

        told = json.loads(capsys.readouterr().out)
        assert told["answer"] == "yes"
        assert told["findings"]["file_intact"] == {"answer": "yes", "reason": "covers_whole_file"}
        assert told["credential"]["valid_until"] == "2027-11-20"

    def test_odd_keys_or_files_are_2(self, files, capsys):
        for text in ("", "{}", "[" * 100_000, '{"issuer": "x", "keys": [{}]}'):
            (files / "jwks.json").write_text(text)
            assert command.main(self.arguments(files, "c.pdf")) == 2
        assert command.main(["verify", "/nowhere", "--keys", "/nowhere"]) == 2
        (files / "big.pdf").write_bytes(bytes(6 * 1024 * 1024))
        assert (
            command.main(["verify", str(files / "big.pdf"), "--keys", str(files / "jwks.json")])
            == 2
        )
        capsys.readouterr()

    def test_a_moment_without_a_zone_is_refused(self, files, capsys):
        with pytest.raises(SystemExit):
            command.main(["verify", "x", "--keys", "y", "--at", "2026-11-22T12:00:00"])
        assert "zone" in capsys.readouterr().err
