import json
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from certificates import fonts
from certificates.errors import FontSourceError
from certificates.fonts import (
    DEFAULT_FONTS_DIR,
    FACES,
    MANIFEST_NAME,
    cut_fonts,
    fallback_paths,
    fonts_dir_from,
    small_face_characters,
)


@pytest.fixture
def source(tmp_path, draw_font):
    """Return a node_modules folder with both packages and fonts of five characters."""
    for package in (fonts.SERIF, fonts.SANS):
        folder = tmp_path / "node_modules" / package.name
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(json.dumps({"version": package.version}))
        (folder / "LICENSE_FONT").write_text(f"licence of {package.name}")
    for face in FACES:
        path = tmp_path / "node_modules" / face.package.name / face.source
        if not path.exists():
            draw_font(path, " A张喆㛃\U0002b5ef")
    return tmp_path / "node_modules"


def characters_of(path):
    with TTFont(path) as font:
        return {chr(code_point) for code_point in font.getBestCmap()}


class TestFontsDirFrom:
    def test_is_named_by_the_environment(self):
        assert fonts_dir_from({"CAOPAN_FONTS": "/srv/fonts"}) == Path("/srv/fonts")

    @pytest.mark.parametrize("environ", [{}, {"CAOPAN_FONTS": " "}])
    def test_is_the_checkouts_own_otherwise(self, environ):
        assert fonts_dir_from(environ) == DEFAULT_FONTS_DIR


class TestSmallFaceCharacters:
    def test_has_what_nearly_every_name_needs(self):
        small = small_face_characters(frozenset(range(0x30000)))

        for character in "张伟欧阳娜古丽米热·A1é〇（）—\U0002b5ef":
            assert ord(character) in small

    def test_leaves_the_rest_to_the_wide_face(self):
        small = small_face_characters(frozenset(range(0x30000)))

        for character in "喆堃㛃가":
            assert ord(character) not in small


class TestCutFonts:
    def test_no_character_of_the_font_is_lost(self, source, tmp_path):
        report = cut_fonts(source, tmp_path / "fonts")

        names = [face.file_name for face in FACES]
        assert list(report.cut) == names
        assert characters_of(tmp_path / "fonts" / names[1]) == set(" A张\U0002b5ef")
        assert characters_of(tmp_path / "fonts" / names[3]) == set("喆㛃")

    def test_keeps_the_licences(self, source, tmp_path):
        cut_fonts(source, tmp_path / "fonts")

        licence = tmp_path / "fonts" / "OFL-NotoSerifSC.txt"
        assert licence.read_text() == "licence of @expo-google-fonts/noto-serif-sc"

    def test_a_second_run_does_nothing_and_needs_no_packages(self, source, tmp_path):
        cut_fonts(source, tmp_path / "fonts")
        before = {path: path.read_bytes() for path in (tmp_path / "fonts").iterdir()}

        report = cut_fonts(tmp_path / "gone", tmp_path / "fonts")

        assert report.cut == ()
        assert len(report.kept) == len(FACES)
        assert {path: path.read_bytes() for path in (tmp_path / "fonts").iterdir()} == before

    def test_cuts_again_what_is_damaged(self, source, tmp_path):
        cut_fonts(source, tmp_path / "fonts")
        face = tmp_path / "fonts" / FACES[2].file_name
        whole = face.read_bytes()
        face.write_bytes(whole[:100])
        (tmp_path / "fonts" / FACES[0].file_name).unlink()

        report = cut_fonts(source, tmp_path / "fonts")

        assert report.cut == (FACES[0].file_name, FACES[2].file_name)
        assert face.read_bytes() == whole

    @pytest.mark.parametrize("manifest", ["", "[]", "{", '{"NotoSerifSC-Bold.ttf": 1}'])
    def test_cuts_again_without_a_usable_manifest(self, source, tmp_path, manifest):
        cut_fonts(source, tmp_path / "fonts")
        (tmp_path / "fonts" / MANIFEST_NAME).write_text(manifest)

        assert len(cut_fonts(source, tmp_path / "fonts").cut) == len(FACES)

    def test_leaves_no_half_files(self, source, tmp_path, monkeypatch):
        def fail(self, target):
            raise OSError("disk full")

        monkeypatch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="disk full"):
            cut_fonts(source, tmp_path / "fonts")
        assert list((tmp_path / "fonts").iterdir()) == []

    def test_tells_how_far_it_is(self, source, tmp_path):
        told = []

        cut_fonts(source, tmp_path / "fonts", progress=lambda *step: told.append(step))

        assert told[0] == (0, len(FACES), FACES[0].file_name)
        assert told[-1] == (len(FACES), len(FACES), "")

    def test_refuses_another_version(self, source, tmp_path):
        package = source / fonts.SANS.name / "package.json"
        package.write_text(json.dumps({"version": "9.9.9"}))
        with pytest.raises(FontSourceError, match=r"9\.9\.9"):
            cut_fonts(source, tmp_path / "fonts")

    def test_names_a_missing_package(self, tmp_path):
        with pytest.raises(FontSourceError, match="noto-serif-sc"):
            cut_fonts(tmp_path, tmp_path / "fonts")

    def test_names_a_missing_font(self, source, tmp_path):
        (source / FACES[0].package.name / FACES[0].source).unlink()
        with pytest.raises(FontSourceError, match="400Regular"):
            cut_fonts(source, tmp_path / "fonts")


class TestFallbackPaths:
    def test_are_looked_for_beside_the_faces_and_then_in_the_system(self, tmp_path, monkeypatch):
        system = tmp_path / "system"
        system.mkdir()
        for file_name in ("HanaMinA.ttf", "HanaMinB.ttf"):
            (system / file_name).touch()
        (tmp_path / "HanaMinB.ttf").touch()
        monkeypatch.setattr(fonts, "SYSTEM_FALLBACK_DIRS", (system,))

        found = list(fallback_paths(tmp_path))

        assert found == [system / "HanaMinA.ttf", tmp_path / "HanaMinB.ttf"]

    def test_may_be_absent(self, tmp_path, monkeypatch):
        monkeypatch.setattr(fonts, "SYSTEM_FALLBACK_DIRS", ())
        assert list(fallback_paths(tmp_path)) == []
