import hashlib
import io
import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pypdf
import pypdfium2
import pytest
import zxingcpp
from fontTools.ttLib import TTFont

from certificates.errors import CredentialError, MissingGlyphError, TemplateError
from certificates.levels import Level
from certificates.pdf import ArchiveProfile, missing_characters

NAMES = [
    "张伟",
    "欧阳娜娜",
    "古丽米热·买买提",
    "阿卜杜热合曼·艾力·买买提江·吐尔逊",
    "喆堃翀赟",
    "㛃䶮㐱䴋䲟",
    "\U0002b5af\U0002c029\U0002bb5f",
    "María-José O'Neill Ñandú",
    "Maximilian Alexander von und zu Hohenlohe-Langenburg",
    "<b>Robert'); DROP</b> & Co",
    '<img src="file:///etc/passwd"/>',
    "张" * 60,
    "(\\)%/<>[]{}",
]

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
}


def text_of(data):
    """Return what two readers copy; pdfium is the one in most browsers."""
    page = pypdfium2.PdfDocument(data)[0]
    return (
        pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text(),
        page.get_textpage().get_text_range().replace("\r\n", "\n"),
    )


def fonts_of(data):
    page = pypdf.PdfReader(io.BytesIO(data)).pages[0]
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]


class TestText:
    @pytest.mark.parametrize("name", NAMES)
    def test_a_name_is_copied_as_it_is(self, make_credential, render, name):
        data = render(make_credential(name))

        for text in text_of(data):
            assert name in text.replace("\n", "")

    @pytest.mark.parametrize("name", ["张\u202e伟\u200f", "张\u0000伟", "张\u200d伟"])
    def test_bidi_and_control_characters_are_gone(self, make_credential, render, name):
        for text in text_of(render(make_credential(name))):
            assert "张伟" in text
            assert not set(text) & set("\u202e\u200f\u0000\u200d")

    @pytest.mark.parametrize("level", Level)
    def test_every_fact_is_on_the_page(self, make_credential, render, level):
        credential = make_credential("张伟", "Zhang Wei", level=level)

        for text in text_of(render(credential)):
            for fact in (
                credential.title,
                credential.issuer,
                credential.number,
                credential.fingerprint,
                "ZHANG WEI",
                "理论 83.3 分 · 实操 41.2 分",
                "合格线 60 · 25",
                "2026 年 11 月 21 日",
                "2027 年 11 月 20 日",
                "21 November 2026",
                "verify.example.cn",
                "非国家职业资格",
            ):
                assert fact in text, fact

    @pytest.mark.parametrize("is_demo", [False, True])
    def test_claims_nothing_that_is_reserved_or_not_true(self, make_credential, render, is_demo):
        for text in text_of(render(make_credential(is_demo=is_demo))):
            assert text.count("职业资格") == text.count("非国家职业资格") == 1
            assert "职业技能" not in text
            assert "签名" not in text
            assert "igned" not in text

    def test_without_a_latin_name_there_is_no_line_for_it(self, make_credential, render):
        for text in text_of(render(make_credential("张伟"))):
            assert "ZHANG" not in text


class TestDemonstration:
    def test_is_marked_in_the_text_and_in_the_metadata(self, make_credential, render):
        data = render(make_credential(is_demo=True))

        for text in text_of(data):
            for mark in ("演示证书", "DEMONSTRATION", "演示 DEMO", "演示", "certifies nothing"):
                assert mark in text
        info = pypdf.PdfReader(io.BytesIO(data)).metadata
        assert info.title.startswith("演示证书 DEMONSTRATION")
        assert "演示证书" in info["/Keywords"]

    def test_is_seen_at_a_glance(self, make_credential, render):
        """A twelfth of the inner page is tinted, and the corner with the ribbon is red."""

        def reddish(data, box):
            picture = pypdfium2.PdfDocument(data)[0].render(scale=0.5).to_pil().convert("RGB")
            width, height = picture.size
            left, top, right, bottom = box
            area = picture.crop(
                (int(left * width), int(top * height), int(right * width), int(bottom * height))
            )
            pixels = list(area.get_flattened_data())
            return sum(red > green + 18 for red, green, _ in pixels) / len(pixels)

        real, demo = (render(make_credential(is_demo=is_demo)) for is_demo in (False, True))

        assert reddish(demo, (0.2, 0.2, 0.8, 0.8)) > reddish(real, (0.2, 0.2, 0.8, 0.8)) + 1 / 12
        assert reddish(demo, (0.84, 0.09, 0.93, 0.2)) > 0.25
        assert reddish(real, (0.84, 0.09, 0.93, 0.2)) < 0.05

    def test_another_certificate_has_no_mark(self, make_credential, render):
        data = render(make_credential())

        assert all("演示" not in text and "DEMO" not in text for text in text_of(data))
        assert "演示" not in pypdf.PdfReader(io.BytesIO(data)).metadata.title


class TestQr:
    @pytest.mark.parametrize("dpi", [100, 120, 150, 200])
    @pytest.mark.parametrize("level", Level)
    def test_a_scanner_reads_the_address(self, make_credential, render, level, dpi):
        credential = make_credential(level=level, is_demo=level is Level.JUNIOR)
        page = pypdfium2.PdfDocument(render(credential))[0]

        codes = zxingcpp.read_barcodes(page.render(scale=dpi / 72).to_pil())

        assert [code.text for code in codes] == [f"https://verify.example.cn/v/{credential.number}"]


class TestFonts:
    @pytest.mark.parametrize("name", ["张伟", "喆\U0002b5af", "María"])
    def test_are_embedded_subsets_that_can_be_copied(self, make_credential, render, name):
        fonts = fonts_of(render(make_credential(name, "Zoë")))

        assert len(fonts) >= 4
        names = [font["/BaseFont"] for font in fonts]
        assert len(set(names)) == len(names)
        for font in fonts:
            assert re.fullmatch(r"/[A-Z]{6}\+NotoSerifSC-\w+", font["/BaseFont"])
            assert "/FontFile2" in font["/FontDescriptor"]
            assert "/ToUnicode" in font

    def test_widths_agree_with_the_embedded_files(self, make_credential, render):
        for font in fonts_of(render(make_credential("欧阳娜娜"))):
            embedded = TTFont(io.BytesIO(font["/FontDescriptor"]["/FontFile2"].get_data()))
            codes = embedded["cmap"].getcmap(1, 0).cmap
            advances = embedded["hmtx"].metrics
            for code, width in enumerate(font["/Widths"]):
                assert advances[codes.get(code, ".notdef")][0] == pytest.approx(
                    float(width), abs=0.01
                )

    def test_no_text_is_drawn_with_the_missing_glyph(self, make_credential, render):
        page = pypdf.PdfReader(io.BytesIO(render(make_credential("喆 María")))).pages[0]
        shown = re.findall(r"<([0-9a-f]+)> Tj", page.get_contents().get_data().decode())

        assert shown
        assert not any(0 in bytes.fromhex(text) for text in shown)

    def test_an_ordinary_name_needs_one_font_of_its_own(self, make_credential, render):
        page = pypdf.PdfReader(io.BytesIO(render(make_credential("张伟", "Zhang Wei")))).pages[0]
        assert sorted(page["/Resources"]["/Font"]) == ["/F0", "/F1", "/F2", "/N0"]

    def test_a_character_that_no_font_has_is_refused(self, make_credential, render, fonts_dir):
        with pytest.raises(MissingGlyphError, match="🦄"):
            render(make_credential("张🦄"))
        assert missing_characters("张🦄", fonts_dir) == ("🦄",)

    def test_a_fallback_face_is_thickened_and_its_text_is_copied_right(
        self, make_credential, render, fonts_dir, tmp_path, draw_font
    ):
        for path in fonts_dir.glob("*.ttf"):
            (tmp_path / path.name).symlink_to(path)
        draw_font(tmp_path / "HanaMinA.ttf", "𠮷", units=1024)

        data = render(make_credential("𠮷田"), fonts_dir=tmp_path)

        assert all("𠮷田" in text for text in text_of(data))
        content = pypdf.PdfReader(io.BytesIO(data)).pages[0].get_contents().get_data()
        assert b"2 Tr" in content


class TestBytes:
    def test_are_the_same_for_the_same_arguments(self, make_credential, render):
        credential = make_credential()

        first = render(credential)
        render(make_credential("李娜", "Li Na"))

        assert render(credential) == first

    def test_are_the_same_in_other_processes(self, fonts_dir, tmp_path):
        hashes = set()
        for index, environment in enumerate(
            ({"TZ": "UTC", "PYTHONHASHSEED": "1"}, {"TZ": "Asia/Shanghai", "LC_ALL": "C"})
        ):
            out = tmp_path / f"{index}.pdf"
            command = [sys.executable, "-m", "certificates", "sample", "--json", "-o", str(out)]
            done = subprocess.run(
                [*command, "--name", "喆伟", "--fonts", str(fonts_dir)],
                env={**os.environ, **environment},
                cwd=Path(__file__).parents[3],
                check=True,
                capture_output=True,
            )
            hashes.add(json.loads(done.stdout)["sha256"])
            hashes.add(hashlib.sha256(out.read_bytes()).hexdigest())
        assert len(hashes) == 1

    def test_the_creation_date_is_the_argument(self, make_credential, render):
        credential = make_credential()
        later = credential.issued_at + timedelta(days=1)

        info = pypdf.PdfReader(io.BytesIO(render(credential, now=later))).metadata

        assert info["/CreationDate"] == "D:20261122040000+00'00'"
        assert info.creation_date == later

    def test_a_certificate_is_small(self, make_credential, render):
        assert len(render(make_credential("喆堃翀赟", is_demo=True))) < 90_000


class TestArchive:
    @pytest.mark.parametrize(
        ("profile", "part", "version"),
        [(ArchiveProfile.A3B, "3", "%PDF-1.7"), (ArchiveProfile.A1B, "1", "%PDF-1.4")],
    )
    def test_xmp_agrees_with_the_information_dictionary(
        self, make_credential, render, profile, part, version
    ):
        data = render(make_credential(is_demo=True), profile=profile)
        reader = pypdf.PdfReader(io.BytesIO(data))
        packet = reader.trailer["/Root"]["/Metadata"].get_data()
        xmp = ElementTree.fromstring(packet)

        def value(path):
            return xmp.find(f".//{path}", NAMESPACES).text

        info = reader.metadata
        assert reader.pdf_header == version
        assert (value("pdfaid:part"), value("pdfaid:conformance")) == (part, "B")
        assert value("dc:title//rdf:li") == info.title
        assert value("dc:creator//rdf:li") == info.author
        assert value("dc:description//rdf:li") == info.subject
        assert value("pdf:Keywords") == info["/Keywords"]
        assert value("pdf:Producer") == info.producer
        assert value("xmp:CreatorTool") == info.creator
        assert value("xmp:CreateDate") == "2026-11-21T04:00:00+00:00"

    def test_colours_have_a_profile_of_version_2(self, make_credential, render):
        root = pypdf.PdfReader(io.BytesIO(render(make_credential()))).trailer["/Root"]
        intent = root["/OutputIntents"][0]
        profile = intent["/DestOutputProfile"].get_data()

        assert intent["/S"] == "/GTS_PDFA1"
        assert profile[8] == 2
        assert profile[36:40] == b"acsp"
        assert int.from_bytes(profile[:4], "big") == len(profile)

    def test_structure_covers_everything_in_reading_order(self, make_credential, render):
        credential = make_credential()
        reader = pypdf.PdfReader(io.BytesIO(render(credential)))
        root = reader.trailer["/Root"]
        kids = root["/StructTreeRoot"]["/K"][0]["/K"]
        tags = [kid.get_object()["/S"] for kid in kids]

        assert root["/Lang"] == "zh-CN"
        assert root["/MarkInfo"]["/Marked"]
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert tags.count("/H1") == tags.count("/H2") == tags.count("/Figure") == 1
        assert tags.index("/H1") < tags.index("/H2")
        assert credential.number in kids[-1].get_object()["/Alt"]
        assert [kid.get_object()["/K"] for kid in kids] == list(range(len(kids)))
        parents = root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
        assert len(parents[1]) == len(kids)
        content = reader.pages[0].get_contents().get_data().decode()
        marked = re.findall(r"/(\w+) <</MCID (\d+)>> BDC", content)
        assert [f"/{tag}" for tag, _ in marked] == tags
        assert content.count("BDC") + content.count("BMC") == content.count("EMC")

    def test_there_is_an_outline(self, make_credential, render):
        credential = make_credential()
        reader = pypdf.PdfReader(io.BytesIO(render(credential)))
        assert [entry.title for entry in reader.outline] == [
            f"{credential.title} {credential.number}"
        ]

    def test_nothing_on_the_page_is_active(self, make_credential, render):
        data = render(make_credential('<a href="javascript:alert(1)">x</a>'))
        for word in (b"/JavaScript", b"/JS", b"/Launch", b"/URI", b"/AA", b"/OpenAction"):
            assert word not in data


class TestArguments:
    @pytest.mark.parametrize(
        "address",
        ["", "example.cn/v/{number}", "javascript:alert('{number}')", "https:///v/{number}"],
    )
    def test_refuses_what_is_no_web_address(self, make_credential, render, address):
        credential = make_credential()
        with pytest.raises(CredentialError, match="verify_url"):
            render(credential, verify_url=address.format(number=credential.number))

    def test_refuses_the_address_of_another_certificate(self, make_credential, render):
        other = make_credential(level=Level.SENIOR)
        with pytest.raises(CredentialError, match="verify_url"):
            render(make_credential(), verify_url=f"https://example.cn/v/{other.number}")

    def test_refuses_a_page_that_it_cannot_draw(self, make_credential, render):
        with pytest.raises(TemplateError, match="99"):
            render(make_credential(template_version=99))

    def test_a_port_is_part_of_the_printed_host(self, make_credential, render):
        credential = make_credential()
        data = render(credential, verify_url=f"http://127.0.0.1:8000/v/{credential.number}")
        assert all("127.0.0.1:8000" in text for text in text_of(data))

    def test_prepared_pages_do_not_pile_up(self, make_credential, render):
        credential = make_credential()
        first = render(credential)
        for index in range(40):
            host = f"https://h{index}.example.cn/v/{credential.number}"
            assert len(render(credential, verify_url=host)) > 0
        assert render(credential) == first
