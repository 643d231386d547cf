"""Writing DER, the encoding of certificates and signatures (ITU-T X.690): only what a CMS needs."""

INTEGER, OCTET_STRING, NULL, OID, SEQUENCE, SET = 0x02, 0x04, 0x05, 0x06, 0x30, 0x31
CONTEXT = 0xA0
"""Constructed, context-specific tag 0; add the number of another."""


def element(tag: int, *parts: bytes) -> bytes:
    """Return one element: tag, length in its shortest form, the parts one after another."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def integer(value: int) -> bytes:
    """Return a whole number >= 0."""
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """Return an object identifier such as `1.2.840.113549.1.7.2`."""
    first, second, *rest = map(int, dotted.split("."))
    out = bytearray()
    for arc in (40 * first + second, *rest):
        group = [arc & 0x7F]
        while arc := arc >> 7:
            group.append(0x80 | arc & 0x7F)
        out += bytes(reversed(group))
    return element(OID, bytes(out))


def set_of(*elements: bytes) -> bytes:
    """Return a SET OF, whose elements DER sorts."""
    return element(SET, *sorted(elements))
