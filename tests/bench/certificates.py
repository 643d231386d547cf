"""Issuing a certificate: credential, page and both signatures; the floor is what cannot be saved.

The floor has two RSA-2048 signatures, the SHA-256 of a file, the packing of a page and one font
subset: everything else is formatting.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from datetime import UTC, datetime
from decimal import Decimal

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
from certificates.pdf.faces import Style, open_faces
from certificates.validity import validity
from certificates.verdicts import Answer, Aspect
from certificates.verification import examine
from tests.bench.harness import Row, compare

UNITS = 60
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
