"""Public look-ups of certificates in registers of growing size: row 11 of the performance budget.

Each request goes through the whole application without a socket; the floor is the one indexed
read that a look-up cannot do without.
"""

from __future__ import annotations

import gc
import logging
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, cast

from flask import Flask
from sqlalchemy import Table, text

from app.accounts.passwords import hash_password
from app.accounts.queries import person_of_account_or_none
from app.certification.models import CredentialEvent, CredentialRecord, DecisionRecord, Enrolment
from app.core.db import db, transaction
from app.factory import create_app
from certificates.credentials import TEMPLATE_VERSION, Credential
from certificates.levels import Level
from certificates.numbers import new_number
from certificates.validity import validity
from tests import cast as people
from tests.bench.calls import Caller
from tests.conftest import close, fill, make_settings

SIZES = (10_000, 100_000)
LARGE_SIZES = (*SIZES, 1_000_000)
LOOKS = 300
PIECE = 5_000
MOST_GROWTH = 2.0
"""Row 11: from the smallest to the largest register a look-up grows by less than this."""

MOST_MS = {"HTML": 0.6, "JSON": 0.3}
"""Row 11: milliseconds of processor time."""


@dataclass(frozen=True)
class Looked:
    """Milliseconds of processor time of one look-up, by kind, in a register of a size."""

    size: int
    ms: dict[str, float]


def print_lookups(sizes: tuple[int, ...] = SIZES) -> int:
    """Print the table; return how many figures miss what they must hold."""
    print(f"{'certificates':>12} {'HTML ms':>9} {'JSON ms':>9} {'unknown ms':>11} {'SQL ms':>8}")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = create_app(make_settings(folder))
        with app.app_context():
            fill(app, hash_password(people.PASSWORD))
            numbers: list[str] = []
            for size in sizes:
                _grow(size - len(numbers), numbers)
                rows.append(_looked(app, numbers))
                ms = rows[-1].ms
                print(
                    f"{size:12,} {ms['HTML']:9.3f} {ms['JSON']:9.3f} {ms['unknown']:11.3f}"
                    f" {ms['SQL']:8.4f}"
                )
            close(app)
    missed = 0
    for kind, most in MOST_MS.items():
        growth = rows[-1].ms[kind] / rows[0].ms[kind]
        worst = max(row.ms[kind] for row in rows)
        missed += (growth > MOST_GROWTH) + (worst > most)
        print(f"{kind}: x{growth:.2f} (must: x{MOST_GROWTH:.0f}), {worst:.3f} ms (must: {most} ms)")
    return missed


def _looked(app: Flask, numbers: list[str]) -> Looked:
    # What filling the register left behind is not collected while a look-up is measured.
    gc.collect()
    gc.freeze()
    chance = random.Random(7)
    some = [chance.choice(numbers) for _ in range(LOOKS)]
    unknown = [new_number(Level.SENIOR, 2099, secrets.randbelow) for _ in range(LOOKS)]

    def ask(paths: list[str], status: int) -> float:
        # Strangers from everywhere: each looks once, at another certificate.
        strangers = [Caller(app, address=f"10.{n >> 8}.{n & 255}.7") for n in range(len(paths))]
        for path in paths[:20]:
            Caller(app).ask("GET", path)
        start = time.process_time()
        for stranger, path in zip(strangers, paths, strict=True):
            assert stranger.ask("GET", path).status == status
        return (time.process_time() - start) / len(paths) * 1e3

    ms = {
        "HTML": ask([f"/v/{number}" for number in some], 200),
        "JSON": ask([f"/api/v1/credentials/{number}" for number in some], 200),
        "unknown": ask([f"/v/{number}" for number in unknown], 404),
        "SQL": _sql_ms(some),
    }
    return Looked(len(numbers), ms)


def _sql_ms(numbers: list[str]) -> float:
    query = text("SELECT * FROM credential_record WHERE number = :number")
    with db.engine.connect() as connection:
        start = time.process_time()
        for number in numbers:
            connection.execute(query, {"number": number}).one()
        return (time.process_time() - start) / len(numbers) * 1e3


def _grow(count: int, numbers: list[str]) -> None:
    """Add certificates of one person and one enrolment: what a look-up reads is the same."""
    with transaction() as db_session:
        person = person_of_account_or_none(db_session, people.ALICE.account)
        assert person is not None
        enrolment = db_session.query(Enrolment).first()
        if enrolment is None:
            enrolment = Enrolment(
                person_id=person.id, programme_id="bench", programme_ref="bench@1", enrolled_at=AT
            )
            db_session.add(enrolment)
            db_session.flush()
            decision = DecisionRecord(
                enrolment_id=enrolment.id,
                programme_ref="bench@1",
                at=AT,
                verdict="passed",
                reasons=[],
                evidence_ids=[],
            )
            db_session.add(decision)
            db_session.flush()
        keys = {"person_id": person.id, "enrolment_id": enrolment.id, "decision_id": 1}
    first = len(numbers)
    rows = _records(first, count, keys)
    tables = [cast("Table", one.__table__) for one in (CredentialRecord, CredentialEvent)]
    for start in range(0, count, PIECE):
        piece = list(islice(rows, min(PIECE, count - start)))
        events = [_issue_of(row) for row in piece]
        with transaction() as db_session:
            connection = db_session.connection()
            connection.execute(tables[0].insert(), piece)
            connection.execute(tables[1].insert(), events)
        numbers += [row["number"] for row in piece]


AT = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


def _records(first: int, count: int, keys: dict[str, int]) -> Iterator[dict[str, Any]]:
    valid = validity(AT, 1)
    for index in range(first, first + count):
        credential = Credential(
            number=new_number(Level.JUNIOR, 2026, secrets.randbelow),
            level=Level.JUNIOR,
            programme_ref="bench@1",
            title="直播电商操盘手认证证书（初级）",
            title_en="Livestream Commerce Operator Certificate",
            holder_name="张伟",
            holder_name_latin=None,
            issuer="操盘手认证专家委员会",
            issuer_en="Operator Certification Expert Committee",
            theory_points=Decimal("88.3"),
            theory_cut_points=Decimal("60.0"),
            room_points=Decimal("47.6"),
            room_cut_points=Decimal("25.0"),
            issued_at=AT,
            valid_from=valid.valid_from,
            valid_until=valid.valid_until,
            is_demo=False,
            template_version=TEMPLATE_VERSION,
            salt=f"{index:064x}",
        )
        yield {
            "id": index + 1,
            "number": credential.number,
            **keys,
            "correction": index,
            "programme_ref": "bench@1",
            "level": credential.level.value,
            "is_demo": False,
            "snapshot": credential.to_json(),
            "content_hash": credential.content_hash(),
            "template_version": TEMPLATE_VERSION,
            "verify_base_url": "https://verify.example.cn",
            "issued_at": AT,
            "valid_from": valid.valid_from,
            "valid_until": valid.valid_until,
            "expires_at": AT + timedelta(days=365),
        }


def _issue_of(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "credential_id": row["id"],
        "kind": "issued",
        "reason": "decision",
        "actor": "system:certification",
        "at": AT,
    }


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    sys.exit(1 if print_lookups(LARGE_SIZES if "--large" in sys.argv else SIZES) else 0)
