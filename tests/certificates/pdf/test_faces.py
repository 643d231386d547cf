import io
import re

import pytest
from fontTools.ttLib import TTFont

from certificates.errors import FontsMissingError, MissingGlyphError
from certificates.pdf.faces import EmbeddedFont, Face, FaceSet, Style, to_unicode_map


@pytest.fixture
def rare_fonts_dir(fonts_dir, tmp_path, draw_font):
    """Return a folder with the real faces and a fallback that has 𠮷."""
    for path in fonts_dir.glob("*.ttf"):
        (tmp_path / path.name).symlink_to(path)
    draw_font(tmp_path / "HanaMinB.ttf", "𠮷𠮶", units=1024)
    return tmp_path


class TestToUnicodeMap:
    def test_writes_surrogate_pairs(self):
        # ReportLab writes five digits, and 𠮷 is copied as another character.
        text = to_unicode_map("张𠮷").decode()
        assert "<01> <5F20>" in text
        assert "<02> <D842DFB7>" in text

    def test_has_at_most_a_hundred_entries_a_block(self):
        text = to_unicode_map(map(chr, range(0x4E00, 0x4E00 + 250))).decode()
        assert re.findall(r"(\d+) beginbfchar", text) == ["100", "100", "50"]


class TestFace:
    def test_a_missing_file_says_what_to_do(self, tmp_path):
        with pytest.raises(FontsMissingError, match="make setup"):
            Face(tmp_path / "none.ttf")

    @pytest.mark.parametrize("units", [1000, 1024, 2048])
    def test_a_subset_has_the_widths_that_the_file_states(self, tmp_path, draw_font, units):
        # ReportLab scales repeated advance widths twice unless the em has 1000 units.
        draw_font(tmp_path / "font.ttf", "一二三", units=units)
        face = Face(tmp_path / "font.ttf")

        embedded = TTFont(io.BytesIO(face.subset("二三")))

        advances = {advance for advance, _ in embedded["hmtx"].metrics.values()}
        assert advances == {units}
        assert face.widths("二三") == b"[ 1000 1000 1000 ]"


class TestFaceSet:
    def test_takes_the_first_face_that_has_the_character(self, rare_fonts_dir):
        faces = FaceSet(rare_fonts_dir)

        assert faces.for_character(Style.BOLD, "张") is faces.of_style(Style.BOLD)
        assert faces.for_character(Style.BOLD, "喆").name == "NotoSerifSC-SemiBold"
        assert faces.for_character(Style.BOLD, "𠮷").is_fallback

    def test_never_falls_back_to_an_empty_box(self, rare_fonts_dir):
        faces = FaceSet(rare_fonts_dir)

        with pytest.raises(MissingGlyphError, match=r"U\+1F984 🦄") as caught:
            faces.for_character(Style.SEMIBOLD, "🦄")
        assert caught.value.character == "🦄"
        assert faces.missing_characters("张🦄𠮷🦀🦄") == ("🦄", "🦀")

    def test_needs_the_wide_face_only_for_rare_characters(self, fonts_dir, tmp_path):
        for style in Style:
            (tmp_path / f"{style}.ttf").symlink_to(fonts_dir / f"{style}.ttf")
        faces = FaceSet(tmp_path)

        assert faces.missing_characters("张伟") == ()
        with pytest.raises(FontsMissingError, match="Wide"):
            faces.for_character(Style.SEMIBOLD, "喆")


class TestEmbeddedFont:
    def test_a_simple_font_has_room_for_255_characters(self, fonts_dir):
        face = FaceSet(fonts_dir).of_style(Style.REGULAR)
        many = [chr(code) for code in range(0x4E00, 0x9FFF) if chr(code) in face][:256]

        assert EmbeddedFont(face, many[:255], "F").has_all("".join(many[:255]))
        with pytest.raises(ValueError, match="256"):
            EmbeddedFont(face, many, "F")
