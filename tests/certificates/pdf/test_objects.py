import zlib

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
