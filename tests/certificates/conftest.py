"""A programme, results and credentials to build on, and the folder of faces."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from certificates.credentials import Credential, Holder, new_credential
from certificates.decisions import decide
from certificates.fonts import FACES, fonts_dir_from
from certificates.levels import Level
from certificates.numbers import new_number
from certificates.outcomes import RoomOutcome, TheoryOutcome
from certificates.pdf import ArchiveProfile, Seal, render_certificate
from certificates.programmes import CertificationProgramme
from tests.certificates.issuer import TheIssuer

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)  # noon in Beijing
HOST = "verify.example.cn"
SALT = "5a" * 32

MakeCredential = Callable[..., Credential]
Render = Callable[..., bytes]


@pytest.fixture
def now() -> datetime:
    return NOON


@pytest.fixture
def programme_fields() -> dict[str, Any]:
    return {
        "id": "junior",
        "version": 1,
        "level": "junior",
        "title": "直播电商操盘手认证（初级）",
        "title_en": "Junior",
        "is_demo": False,
        "theory": {"blueprint_ref": "theory@1", "minutes": 60, "cut_fraction": 0.6},
        "room": {
            "scenario_ref": "room@1",
            "speed": 4.0,
            "cut_score": 25.0,
            "room_weight": 1.0,
            "forecast_weight": 0.0,
        },
        "validity_years": 1,
        "part_valid_months": 6,
        "retake_days": 3,
        "max_per_quarter": 3,
        "prerequisites": [],
    }


@pytest.fixture
def programme(programme_fields: dict[str, Any]) -> CertificationProgramme:
    return CertificationProgramme.model_validate(programme_fields)


@pytest.fixture
def make_credential(programme: CertificationProgramme) -> MakeCredential:
    """Return a function that issues a credential at noon to whoever is named."""

    def make(
        name: str = "张伟",
        name_latin: str | None = None,
        *,
        level: Level = Level.JUNIOR,
        is_demo: bool = False,
        **changes: Any,
    ) -> Credential:
        of_level = programme.model_copy(update={"level": level})
        outcomes = (
            TheoryOutcome(
                evidence_id="t1", blueprint_ref="theory@1", score_fraction=5 / 6, finished_at=NOON
            ),
            RoomOutcome(evidence_id="r1", scenario_ref="room@1", score=41.27, finished_at=NOON),
        )
        steps = iter(range(1, 10_000, 7))
        credential = new_credential(
            of_level,
            decide(of_level, outcomes, on=NOON),
            Holder(name=name, name_latin=name_latin),
            number=new_number(level, 2026, lambda bound: next(steps) % bound),
            issued_at=NOON,
            is_demo=is_demo,
            salt=SALT,
        )
        return replace(credential, **changes)

    return make


@pytest.fixture(scope="session")
def fonts_dir() -> Path:
    """Return the folder of faces; without it the test is skipped, but never in CI."""
    directory = fonts_dir_from(os.environ)
    missing = [face.file_name for face in FACES if not (directory / face.file_name).is_file()]
    if missing:
        message = f"{directory} has no {', '.join(missing)}: run `make setup`"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return directory


@pytest.fixture
def render(fonts_dir: Path) -> Render:
    """Return a function that draws a credential's certificate as it was issued."""

    def draw(credential: Credential, **changes: Any) -> bytes:
        arguments: dict[str, Any] = {
            "verify_url": f"https://{HOST}/v/{credential.number}",
            "fonts_dir": fonts_dir,
            "now": credential.issued_at,
        }
        return render_certificate(credential, **(arguments | changes))

    return draw


@pytest.fixture(scope="session")
def issuer() -> TheIssuer:
    return TheIssuer(NOON - timedelta(days=30))


@pytest.fixture(scope="session")
def stranger_issuer() -> TheIssuer:
    """Somebody whose certificates carry the same names, with other keys."""
    return TheIssuer(NOON - timedelta(days=30), "theirs")


@pytest.fixture
def sealed(render: Render, issuer: TheIssuer) -> Render:
    """Return a function that draws a signed certificate with its credential attached."""

    def draw(credential: Credential, by: TheIssuer = issuer, **changes: Any) -> bytes:
        profile = changes.get("profile", ArchiveProfile.A3B)
        token = None if profile is ArchiveProfile.A1B else by.token(credential)
        return render(credential, seal=Seal(by.signer, token), **changes)

    return draw


@pytest.fixture(scope="session")
def draw_font() -> Callable[..., None]:
    """Return a function that writes a TrueType font in which every character is a triangle.

    All advance widths are one em, so the file leaves the repeated ones out, as HanaMin's does.
    """

    def draw(path: Path, characters: str, *, units: int = 1000) -> None:
        pen = TTGlyphPen(None)
        pen.moveTo((100, 0))
        pen.lineTo((100, 700))
        pen.lineTo((900, 700))
        pen.closePath()
        names = {ord(character): f"u{ord(character):X}" for character in characters}
        order = [".notdef", *names.values()]
        builder = FontBuilder(units, isTTF=True)
        builder.setupGlyphOrder(order)
        builder.setupCharacterMap(names)
        builder.setupGlyf(dict.fromkeys(order, pen.glyph()))
        builder.setupHorizontalMetrics(dict.fromkeys(order, (units, 100)))
        builder.setupHorizontalHeader(ascent=880, descent=-120)
        builder.setupNameTable({"familyName": "Wedge", "styleName": "Regular", "psName": "Wedge"})
        builder.setupOS2()
        builder.setupPost()
        path.parent.mkdir(parents=True, exist_ok=True)
        builder.save(path)

    return draw
