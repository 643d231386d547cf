"""What an uploaded film, its captions and its picture must be: told by content, never by name.

A film is MP4 or WebM with a track that browsers play. Its boxes are walked to the end, so that a
file that was cut off is refused here and not in front of a class. Pure: no file is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import SEEK_END
from typing import IO

MP4_CODECS = frozenset({b"avc1", b"avc3", b"av01", b"vp09"})
"""Sample entries that current browsers play: H.264, AV1, VP9. HEVC plays in few of them."""

WEBM_CODECS = (b"V_VP8", b"V_VP9", b"V_AV1")

MOST_INDEX_BYTES = 32 * 1024 * 1024
"""Largest index of an MP4 that is read: some hours of film have a few megabytes."""

WEBM_HEAD_BYTES = 512 * 1024
"""Of a WebM, tracks stand in its first half megabyte."""

MOST_CAPTIONS_BYTES = 1024 * 1024
MOST_POSTER_BYTES = 2 * 1024 * 1024
MOST_CUES = 10_000

_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
_TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_CUE = re.compile(rf"{_TIME} +--> +{_TIME}(?:[ \t].*)?")
_POSTERS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class FilmError(ValueError):
    """Raised when a file cannot be used; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class _Box:
    kind: bytes
    start: int  # of its content
    end: int


def film_type(file: IO[bytes]) -> str:
    """Return a film's media type.

    Args:
        file: Open for reading at any place.

    Raises:
        FilmError: `film_type` if it is neither MP4 nor WebM, `film_codec` if browsers do not play
            what is in it, `film_broken` if it was cut off or is damaged.
    """
    size = file.seek(0, SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[4:8] == b"ftyp":
        _check_mp4(file, size)
        return "video/mp4"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        _check_webm(file, size)
        return "video/webm"
    raise FilmError("film_type")


def _check_mp4(file: IO[bytes], size: int) -> None:
    found = {box.kind: box for box in _file_boxes(file, size)}
    index = found.get(b"moov")
    if index is None or not found.keys() & {b"mdat", b"moof"}:
        raise FilmError("film_broken")
    if index.end - index.start > MOST_INDEX_BYTES:
        raise FilmError("film_broken")
    file.seek(index.start)
    codecs = list(_video_codecs(file.read(index.end - index.start)))
    if not codecs:
        raise FilmError("film_type")  # sound alone, or nothing
    if not set(codecs) <= MP4_CODECS:
        raise FilmError("film_codec")


def _file_boxes(file: IO[bytes], size: int) -> Iterator[_Box]:
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(16)
        box = _box_of(head, at, size)
        yield box
        at = box.end


def _box_of(head: bytes, at: int, end: int) -> _Box:
    if len(head) < 8:
        raise FilmError("film_broken")
    length, start = int.from_bytes(head[:4], "big"), 8
    if length == 1 and len(head) >= 16:
        length, start = int.from_bytes(head[8:16], "big"), 16
    elif length == 0:
        length = end - at  # the last box may reach to the end
    if length < start or at + length > end:
        raise FilmError("film_broken")
    return _Box(head[4:8], at + start, at + length)


def _video_codecs(index: bytes) -> Iterator[bytes]:
    """Yield the codec of each video track of an index."""
    for track in _boxes(index, 0, len(index)):
        if track.kind == b"trak":
            parts = dict(_parts(index, track))
            handler, samples = parts.get(b"hdlr", b""), parts.get(b"stsd", b"")
            if handler[8:12] == b"vide":
                yield samples[12:16]


def _parts(data: bytes, within: _Box) -> Iterator[tuple[bytes, bytes]]:
    for box in _boxes(data, within.start, within.end):
        if box.kind in _CONTAINERS:
            yield from _parts(data, box)
        else:
            yield box.kind, data[box.start : min(box.end, box.start + 64)]


def _boxes(data: bytes, start: int, end: int) -> Iterator[_Box]:
    at = start
    while at < end:
        box = _box_of(data[at : at + 16], at, end)
        yield box
        at = box.end


def _check_webm(file: IO[bytes], size: int) -> None:
    file.seek(0)
    head = file.read(WEBM_HEAD_BYTES)
    length, at = _vint(head, 4)
    if b"\x42\x82\x84webm" not in head[at : at + length]:
        raise FilmError("film_type")
    segment = at + length
    if head[segment : segment + 4] != b"\x18\x53\x80\x67":
        raise FilmError("film_broken")
    length, at = _vint(head, segment + 4)
    is_unknown = length == (1 << (7 * (at - segment - 4))) - 1  # as a recorder writes it
    if not is_unknown and at + length > size:
        raise FilmError("film_broken")
    if not any(codec in head for codec in WEBM_CODECS):
        raise FilmError("film_codec")


def _vint(data: bytes, at: int) -> tuple[int, int]:
    """Return an EBML number and where what follows it begins."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length()
    if width > 8 or at + width > len(data):
        raise FilmError("film_broken")
    value = first & ((1 << (8 - width)) - 1)
    for byte in data[at + 1 : at + width]:
        value = value << 8 | byte
    return value, at + width


def check_captions(data: bytes) -> int:
    """Check WebVTT captions and return how many cues they have.

    Raises:
        FilmError: `film_captions` if it is no WebVTT, has no cue, or a cue ends before it begins.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FilmError("film_captions") from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(data) > MOST_CAPTIONS_BYTES or not re.fullmatch(r"WEBVTT([ \t].*)?", lines[0]):
        raise FilmError("film_captions")
    cues = 0
    for line in lines[1:]:
        if "-->" not in line:
            continue
        found = _CUE.fullmatch(line.strip())
        if found is None or _ms(found.groups()[:4]) >= _ms(found.groups()[4:]):
            raise FilmError("film_captions")
        cues += 1
    if not 1 <= cues <= MOST_CUES:
        raise FilmError("film_captions")
    return cues


def _ms(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, ms = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms


def poster_type(data: bytes) -> str:
    """Return the media type of a still picture.

    Raises:
        FilmError: `film_poster` if it is neither PNG nor JPEG, or too large.
    """
    for start, kind in _POSTERS.items():
        if data.startswith(start) and len(data) <= MOST_POSTER_BYTES:
            return kind
    raise FilmError("film_poster")
