import zlib
from hashlib import md5

import pytest
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFDocument

from certificates.pdf.objects import ObjectTable, array, dictionary, stream, text_string


class TestStream:
    def test_ends_its_data_with_an_end_of_line(self):
        # ISO 19005-1, 6.1.7: ReportLab's own streams do not.
        packed = stream(b"data" * 50, {"Length1": b"200"})

        assert packed.endswith(b"\nendstream\n")
        data = packed.split(b"\nstream\n")[1].removesuffix(b"\nendstream\n")
        assert zlib.decompress(data) == b"data" * 50
        assert b"/Length %d " % len(data) in packed


class TestTextString:
    def test_keeps_code_points_beyond_the_bmp(self):
        written = text_string("𠮷(")
        assert written == b"(\\376\\377\\330B\\337\\267\\000\\()"

    def test_plain_text_stays_plain(self):
        assert text_string("CPS1") == b"(CPS1)"


class TestObjectTable:
    def test_numbers_objects_and_lays_them_out(self):
        table = ObjectTable((1, 7), "x")
        catalog = table.reserve()
        pages = table.add(dictionary({"Type": b"/Pages", "Kids": array(), "Count": b"0"}))
        catalog.fill(dictionary({"Type": b"/Catalog", "Pages": pages}))

        data = table.finish(catalog, {"Title": text_string("t")})

        assert data.startswith(b"%PDF-1.7\n")
        assert b"/Root " + catalog.text in data
        assert data.rstrip().endswith(b"%%EOF")

    def test_the_identifier_alone_makes_the_file_identifier(self):
        def file_of(identifier):
            table = ObjectTable((1, 7), identifier)
            catalog = table.reserve()
            catalog.fill(b"<< /Type /Catalog >>")
            return table.finish(catalog, {})

        assert file_of("a") == file_of("a")
        assert file_of("a") != file_of("b")

    def test_writes_what_reportlab_writes_of_the_same_objects(self):
        """Files of before are drawn again and must have the bytes that its writer gave them."""
        catalog = b"<< /Type /Catalog /Pages 3 0 R >>"
        bodies = [catalog, b"<< /Count 0 >>", stream(b"x" * 999, {}), b"[ 1 2 ]"]
        info = {name: text_string(name * 9) for name in "HACGBEFD"}
        theirs = PDFDocument(dummyoutline=1, compression=0, invariant=1, pdfVersion=(1, 7))
        theirs.signature = md5(b"CPS1", usedforsecurity=False)
        names = [f"object{index}" for index in range(len(bodies))]
        references = [theirs.Reference(b"null", name) for name in names]
        theirs.idToObject.update(zip(names, bodies, strict=True))
        theirs.Catalog, theirs.info = references[0], PDFDictionary(info)

        table = ObjectTable((1, 7), "CPS1")
        root = table.reserve()
        root.fill(catalog)
        for body in bodies[1:]:
            table.add(body)

        assert table.finish(root, info) == theirs.format()

    def test_an_object_that_was_never_filled_is_no_file(self):
        table = ObjectTable((1, 7), "x")
        catalog = table.reserve()
        with pytest.raises(ValueError, match="object 2 was reserved"):
            table.finish(catalog, {})
