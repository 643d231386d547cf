"""Issuing a certificate: credential, page and both signatures; the floor is what cannot be saved.

The floor has two RSA-2048 signatures, the SHA-256 of a file, the packing of a page and one font
subset: everything else is formatting. `python -m tests.bench.certificates` shows it beside other
libraries that draw the same page in the same run, and on two processes.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import sys
import tempfile
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from app.certification import keys
from app.certification.files import DrawnFile, Printout, draw_first
from certificates.badges import StatusPlace
from certificates.cms import FileSigner
from certificates.credentials import TEMPLATE_VERSION, Credential
from certificates.fonts import fonts_dir_from
from certificates.keys import IssuerKey, KeySet, KeyUse, thumbprint
from certificates.levels import Level
from certificates.numbers import new_number
from certificates.pdf import render_certificate
from certificates.pdf.faces import Style, open_faces
from certificates.validity import validity
from certificates.verdicts import Answer, Aspect
from certificates.verification import examine
from tests.bench.harness import Row, compare
from tests.bench.peers import Peer, missing_words, peers

UNITS = 60

MUST_PER_SECOND = 130
"""Certificates with signature and credential that a core makes in a second (credentials.md)."""

PEER_ROUNDS = 2
ISSUED_AT = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
FAMILY, GIVEN = "张王李赵陈杨黄周吴徐", "伟芳娜敏静强磊洋艳勇军杰娟涛明超霞平刚桂"


def certificate_rows() -> list[Row]:
    """Return the rows of issuing and of checking a certificate."""
    signing = _signing_keys()
    fonts_dir = fonts_dir_from(os.environ)
    face = open_faces(fonts_dir).of_style(Style.SEMIBOLD)
    page = os.urandom(7_000).hex().encode()
    made: list[DrawnFile] = []

    def issue(number: int) -> None:
        made.clear()
        made.extend(
            draw_first(_printout(number * UNITS + n), fonts_dir, signing) for n in range(UNITS)
        )

    def issue_floor(number: int) -> None:
        for n in range(UNITS):
            digest = hashlib.sha256(page * 6 + bytes((number, n))).digest()
            signing.file.cms(digest)
            signing.credential.sign(digest, PKCS1v15(), SHA256())
            zlib.compress(page, 6)
            face.subset(FAMILY[n % 10] + GIVEN[n % 20])

    issuing = compare(
        "issue a certificate (credential, signed PDF)",
        issue,
        "2 RSA signatures, hash, packing, subset",
        issue_floor,
        units=UNITS,
    )
    public = KeySet("https://verify.example.cn/issuer", _public(signing))

    def check(_number: int) -> None:
        for one in made:
            found = examine(one.data, public, at=ISSUED_AT)
            assert found.finding(Aspect.FILE).answer is Answer.YES

    def check_floor(_number: int) -> None:
        for one in made:
            hashlib.sha256(one.data).digest()

    checking = compare(
        "check an uploaded certificate", check, "SHA-256 of the file", check_floor, units=UNITS
    )
    return [issuing, checking]


def _signing_keys() -> keys.SigningKeys:
    made = {one.use: one for one in keys.make_keys(now=ISSUED_AT)}
    file, credential = made["file"], made["credential"]
    return keys.SigningKeys(
        file=FileSigner(file.private, file.chain),
        file_kid=thumbprint(file.private.public_key()),
        credential=credential.private,
        credential_kid=thumbprint(credential.private.public_key()),
    )


def _public(signing: keys.SigningKeys) -> tuple[IssuerKey, ...]:
    end = datetime(2028, 1, 1, tzinfo=UTC)
    return tuple(
        IssuerKey(kid=kid, use=use, public=public, not_before=ISSUED_AT, not_after=end, chain=chain)
        for kid, use, public, chain in (
            (signing.file_kid, KeyUse.FILE, signing.file.public, signing.file.chain),
            (
                signing.credential_kid,
                KeyUse.CREDENTIAL,
                signing.credential.public_key(),
                (),
            ),
        )
    )


def _printout(index: int) -> Printout:
    level = list(Level)[index % 3]
    steps = iter(range(index, index + 1000))
    valid = validity(ISSUED_AT, level.number)
    name = f"{FAMILY[index % 10]}{GIVEN[index % 20]}{GIVEN[index // 20 % 20]}"
    credential = Credential(
        number=new_number(level, 2026, lambda bound: next(steps) * 7 % bound),
        level=level,
        programme_ref="bench@1",
        title=f"直播电商操盘手认证证书（{'初中高'[index % 3]}级）",
        title_en="Livestream Commerce Operator Certificate",
        holder_name=name,
        holder_name_latin=None,
        issuer="操盘手认证专家委员会",
        issuer_en="Operator Certification Expert Committee",
        theory_points=Decimal("88.3"),
        theory_cut_points=Decimal("60.0"),
        room_points=Decimal("47.6"),
        room_cut_points=Decimal("25.0"),
        issued_at=ISSUED_AT,
        valid_from=valid.valid_from,
        valid_until=valid.valid_until,
        is_demo=False,
        template_version=TEMPLATE_VERSION,
        salt=hashlib.sha256(str(index).encode()).hexdigest(),
    )
    return Printout(credential, "https://verify.example.cn", StatusPlace(1, index), "x.pdf")


@dataclass(frozen=True)
class Drawn:
    """How one way of making the page fared.

    Attributes:
        name: Of the way.
        cpu_ms: Processor time of one page, median of the rounds.
        size_kb: Of its file.
    """

    name: str
    cpu_ms: float
    size_kb: float

    @property
    def per_second(self) -> float:
        return 1000 / self.cpu_ms


def drawn_rows() -> list[Drawn]:
    """Draw the same page by each library in turn, A B C A B C …, and keep the medians."""
    fonts_dir = fonts_dir_from(os.environ)
    signing = _signing_keys()

    def sealed(printout: Printout) -> bytes:
        return draw_first(printout, fonts_dir, signing).data

    def unsigned(printout: Printout) -> bytes:
        credential = printout.credential
        return render_certificate(
            credential,
            verify_url=printout.verify_url,
            fonts_dir=fonts_dir,
            now=credential.issued_at,
        )

    with tempfile.TemporaryDirectory() as name:
        example = _printout(0)
        ways = [
            Peer("ours, signed, with credential", sealed, units=UNITS),
            Peer("ours, unsigned", unsigned, units=UNITS),
            *peers(Path(name), fonts_dir, example),
        ]
        taken: dict[str, list[float]] = {way.name: [] for way in ways}
        sizes: dict[str, float] = {}
        for number in range(PEER_ROUNDS + 1):
            for way in ways:
                # One level: the peers keep the drawing of one.
                work = [_printout(3 * (number * UNITS + n)) for n in range(way.units)]
                start = time.process_time()
                made = [way.draw(one) for one in work]
                spent = (time.process_time() - start) / way.units
                if number:
                    taken[way.name].append(spent)
                else:  # the first round warms up, and shows that it is the same page
                    lacking = missing_words(made[0], work[0])
                    assert not lacking, f"{way.name} does not print {lacking}"
                    sizes[way.name] = len(made[0]) / 1000
    return [
        Drawn(way.name, statistics.median(taken[way.name]) * 1000, sizes[way.name]) for way in ways
    ]


@lru_cache(maxsize=1)
def _kept_keys() -> keys.SigningKeys:
    return _signing_keys()


def _issue_many(first: int) -> float:
    """Issue `UNITS` certificates in this process; returns its processor time, seconds."""
    fonts_dir, signing = fonts_dir_from(os.environ), _kept_keys()
    draw_first(_printout(first), fonts_dir, signing)  # faces and keys are read once a process
    start = time.process_time()
    for n in range(UNITS):
        draw_first(_printout(first + n), fonts_dir, signing)
    return time.process_time() - start


def two_processes() -> tuple[float, float]:
    """Return certificates a second by the clock on the wall, and by processor time of each core."""
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_issue_many, (0, 1000)))
        start = time.perf_counter()
        spent = list(pool.map(_issue_many, (2000, 3000, 4000, 5000)))
        wall = time.perf_counter() - start
    return 4 * UNITS / wall, 4 * UNITS / sum(spent)


def main() -> int:
    """Print the table; 1 if a core makes fewer certificates than it must."""
    rows = drawn_rows()
    ours = rows[0]
    print(f"{'the same page':34} {'ms CPU':>9} {'pages/s/core':>13} {'kB':>6} {'ours is':>9}")
    for row in rows:
        times = f"{row.cpu_ms / ours.cpu_ms:8.1f}x"
        print(f"{row.name:34} {row.cpu_ms:9.2f} {row.per_second:13.1f} {row.size_kb:6.0f} {times}")
    wall, per_core = two_processes()
    print(f"two processes: {wall:.0f}/s by the wall, {per_core:.0f}/s for each core's time")
    is_good = ours.per_second >= MUST_PER_SECOND
    print(f"must {MUST_PER_SECOND}/s/core: {'met' if is_good else 'MISSED'}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
