import pypdfium2
import pytest
import zxingcpp

from certificates.pdf.objects import ObjectTable, array, dictionary, stream
from certificates.pdf.qr import qr_operators


def picture_of(operators, side):
    table = ObjectTable((1, 7), "x")
    catalog, pages = table.reserve(), table.reserve()
    page = table.add(
        dictionary(
            {
                "Type": b"/Page",
                "Parent": pages.text,
                "MediaBox": array(b"0", b"0", b"%d" % side, b"%d" % side),
                "Resources": dictionary({}),
                "Contents": table.add(stream(operators.encode(), {})),
            }
        )
    )
    pages.fill(dictionary({"Type": b"/Pages", "Kids": array(page), "Count": b"1"}))
    catalog.fill(dictionary({"Type": b"/Catalog", "Pages": pages.text}))
    document = pypdfium2.PdfDocument(table.finish(catalog, {}))
    return document[0].render(scale=2).to_pil()


class TestQrOperators:
    @pytest.mark.parametrize(
        "text",
        [
            "https://a.cn/v/CPS1-26-7QX4M3KD94-6",
            "https://verify.example.com.cn:8443/certificates/v/CPS3-26-7QX4M3KD94-6",
            "https://a.cn/v/CPS3-26-7QX4M3KD94-6#" + "x" * 104,
        ],
    )
    def test_a_scanner_reads_the_text(self, text):
        picture = picture_of(qr_operators(text, 20, 20, 160), 200)

        assert [code.text for code in zxingcpp.read_barcodes(picture)] == [text]
