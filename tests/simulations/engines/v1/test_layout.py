import struct

import pytest

from simulations.engines.v1.layout import FORMATS, Memory, Setting, State, dtype_of, pack, unpack


@pytest.mark.parametrize("table", [Setting, State, Memory])
class TestTables:
    def test_have_one_size_in_every_form(self, table):
        assert dtype_of(table).itemsize == FORMATS[table].size == len(pack(table()))

    def test_come_back_from_their_bytes(self, table):
        words = FORMATS[table].size // 8
        data = b"".join(struct.pack("<q", number + 1) for number in range(words))

        assert pack(unpack(table, data)) == data

    def test_are_zero_at_first(self, table):
        assert pack(table()) == bytes(FORMATS[table].size)
