"""Zip archives from strangers: opened within limits, names never used as paths."""

from __future__ import annotations

import io
import zipfile

MOST_MEMBERS = 1_000
MOST_BYTES = 20 * 1024 * 1024
MOST_RATIO = 100
CHUNK = 64 * 1024


class ArchiveError(ValueError):
    """Raised when an archive is none, is encrypted, or would unpack to too much."""


def members(data: bytes) -> dict[str, bytes]:
    """Return the files of an archive by name.

    Raises:
        ArchiveError: With more than 1,000 members, more than 20 MB, a member that unpacks to more
            than 100 times its size, or an encrypted one. Sizes are counted while reading: what the
            directory says is not believed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [one for one in archive.infolist() if not one.is_dir()]
            if len(infos) > MOST_MEMBERS:
                raise ArchiveError(f"{len(infos)} files, {MOST_MEMBERS} at most")
            if sum(one.file_size for one in infos) > MOST_BYTES:
                raise ArchiveError(f"unpacks to more than {MOST_BYTES} bytes")
            out: dict[str, bytes] = {}
            left = MOST_BYTES
            for info in infos:
                if info.flag_bits & 1:
                    raise ArchiveError(f"{info.filename}: encrypted")
                out[info.filename] = content = _unpacked(archive, info, left)
                left -= len(content)
            return out
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise ArchiveError(f"no usable zip archive: {error}") from error


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    most = min(left, max(CHUNK, MOST_RATIO * info.compress_size))
    parts, size = [], 0
    with archive.open(info) as stream:
        while part := stream.read(CHUNK):
            size += len(part)
            if size > most:
                raise ArchiveError(f"{info.filename}: unpacks to too much")
            parts.append(part)
    return b"".join(parts)
