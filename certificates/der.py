"""DER, the encoding of certificates and signatures (ITU-T X.690): only what signatures need.

What is read here comes from strangers. So the reader knows nothing but elements one after another,
with definite lengths in their shortest form, and copies what it finds; it recurses into nothing and
takes time in proportion to what it is given.
"""

from collections import deque
from dataclasses import dataclass

from certificates.errors import DerError

BOOLEAN, INTEGER, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x04, 0x05, 0x06
GENERALIZED_TIME, SEQUENCE, SET = 0x18, 0x30, 0x31
CONTEXT = 0xA0
"""Constructed, context-specific tag 0; add the number of another."""

MAX_LENGTH_BYTES = 4
"""Of a length beyond 127; nothing that is read is longer than some 64 kB."""


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


@dataclass(frozen=True, slots=True)
class Element:
    """One element as it stands in what was read.

    Attributes:
        tag: Its first byte.
        body: What it holds.
        whole: Tag, length and body.
    """

    tag: int
    body: bytes
    whole: bytes


def first(data: bytes, at: int = 0) -> Element:
    """Return the first element from a place on, whatever follows it.

    Raises:
        DerError: If there is none, its tag or length is not written as DER demands, or it is cut.
    """
    if len(data) < at + 2 or data[at] & 0x1F == 0x1F:
        raise DerError("no element")
    size, start = data[at + 1], at + 2
    if size >= 0x80:
        count = size & 0x7F
        start += count
        size = int.from_bytes(data[at + 2 : start], "big")
        shortest = max(1, (size.bit_length() + 7) // 8)
        if size < 0x80 or count != shortest or count > MAX_LENGTH_BYTES:
            raise DerError("a length that is not in its shortest form")
    end = start + size
    if end > len(data):
        raise DerError("an element that is cut")
    return Element(data[at], data[start:end], data[at:end])


def elements(data: bytes) -> list[Element]:
    """Return the elements that stand one after another.

    Raises:
        DerError: As `first` does.
    """
    out, at = [], 0
    while at < len(data):
        out.append(first(data, at))
        at += len(out[-1].whole)
    return out


def only(data: bytes, tag: int) -> bytes:
    """Return what the one element of a tag holds; nothing else may stand there.

    Raises:
        DerError: If something else does.
    """
    members = Members(data)
    body = members.take(tag).body
    members.end()
    return body


def whole_number(body: bytes) -> int:
    """Return the value of an INTEGER's body.

    Raises:
        DerError: If it is empty.
    """
    if not body:
        raise DerError("a number without digits")
    return int.from_bytes(body, "big", signed=True)


class Members:
    """The members of a SEQUENCE, taken in the order in which its standard lists them."""

    def __init__(self, body: bytes) -> None:
        """Take a SEQUENCE apart.

        Raises:
            DerError: If its body is not elements one after another.
        """
        self._left = deque(elements(body))

    def take(self, tag: int) -> Element:
        """Return the next member.

        Raises:
            DerError: If it has another tag, or there is none.
        """
        found = self.take_if(tag)
        if found is None:
            raise DerError(f"no element with the tag {tag:#04x}")
        return found

    def take_if(self, tag: int) -> Element | None:
        """Return the next member if it has a tag; else leave it."""
        if not self._left or self._left[0].tag != tag:
            return None
        return self._left.popleft()

    def end(self) -> None:
        """Refuse more members.

        Raises:
            DerError: If there is one.
        """
        if self._left:
            raise DerError("more than there should be")
