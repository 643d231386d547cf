"""Points by rule, corrected by difference; diplomas that follow the results."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from app.certification import keys
from app.contests.diplomas import services as diplomas
from app.contests.diplomas.labels import VERDICT
from app.contests.diplomas.models import Diploma, DiplomaFile
from app.contests.diplomas.numbers import new_number, normal_number_or_none
from app.contests.events import ContestResultFinal
from app.contests.models import Contest, ContestEntry, ContestResult
from app.contests.season import queries
from app.contests.season import services as season
from app.contests.season.models import SeasonPoints
from app.contests.season.rules import shipped_rules
from app.core import clock
from app.core.audit.models import AuditEntry
from certificates.cms import read_cms
from certificates.errors import StampError
from certificates.keys import KeyUse
from certificates.signed_files import read_signed_file
from certificates.stamps import read_answer, read_stamp, stamp_request
from tests import cast
from tests.certificates.tsa import make_authority
from tests.conftest import csrf_token
from tests.factories.contest_boards import begin_round

NOON = datetime(2026, 9, 1, 4, tzinfo=UTC)


class TestSeasonRules:
    def test_equal_ranks_get_equal_points_and_the_standard_adds(self):
        rules = shipped_rules()

        assert rules.points(1, meets_standard=True) == rules.places[0] + rules.standard
        assert rules.points(len(rules.places) + 1, meets_standard=False) == rules.taking_part
        assert rules.points(None, meets_standard=False) == 0

    def test_only_the_first_bring_points_to_the_league(self):
        rules = shipped_rules()

        assert rules.league_points(1) == 10
        assert rules.league_points(len(rules.league_places) + 1) == 0
        assert rules.league_points(None) == 0


class TestNumbers:
    def test_a_number_is_forgiven_its_dashes_and_case_but_not_a_slip(self):
        number = new_number(2026, Random(7).randrange)

        assert normal_number_or_none(number.lower().replace("-", "")) == number
        assert normal_number_or_none(number[:-1] + ("4" if number[-1] != "4" else "6")) is None
        assert normal_number_or_none("CPD-26-0000000000-0") is None


@pytest.fixture
def contest(db_session, person_of) -> Contest:
    people = [person_of(one) for one in (cast.ALICE, cast.BOB, cast.CAROL)]
    raced = begin_round(db_session, people, now=NOON, state="final")
    return db_session.query(Contest).filter_by(public_id=raced.contest).one()


def finalise(db_session, contest, ranks, version=1):
    entries = db_session.query(ContestEntry).order_by(ContestEntry.id).all()
    for entry, rank in zip(entries, ranks, strict=True):
        db_session.add(
            ContestResult(
                contest_id=contest.id,
                entry_id=entry.id,
                version=version,
                is_final=True,
                at=NOON,
                rank=rank,
                total_points=90.0 - (rank or 50),
                certified_points=80.0,
                low_points=70.0,
                high_points=95.0,
                meets_standard=rank == 1,
                detail={"parts": []},
                claim_public_id=None,
            )
        )
    contest.result_version = version
    db_session.flush()
    event = ContestResultFinal(contest.id, contest.public_id, version, NOON)
    season.on_result_final(db_session, event)
    diplomas.on_result_final(db_session, event)
    return event


class TestOnResultFinal:
    def test_places_become_points(self, db_session, contest):
        finalise(db_session, contest, [1, 2, None])

        table = queries.season_table(db_session, "2026", include_demo=True)

        assert [(one.name, one.rank, one.points) for one in table] == [
            ("Alice", 1, 120),
            ("Bob", 2, 80),
        ]
        assert queries.season_table(db_session, "2026", include_demo=False) == []

    def test_the_same_fact_again_changes_nothing(self, db_session, contest):
        event = finalise(db_session, contest, [1, 2, 3])
        count = db_session.query(SeasonPoints).count(), db_session.query(Diploma).count()

        season.on_result_final(db_session, event)
        diplomas.on_result_final(db_session, event)

        now = db_session.query(SeasonPoints).count(), db_session.query(Diploma).count()
        assert now == count

    def test_a_corrected_result_adds_the_difference(self, db_session, contest):
        finalise(db_session, contest, [1, 2, 3])

        finalise(db_session, contest, [2, 1, 3], version=2)

        table = queries.season_table(db_session, "2026", include_demo=True)
        assert [(one.name, one.points) for one in table] == [
            ("Bob", 120),
            ("Alice", 80),
            ("Carol", 65),
        ]
        assert db_session.query(SeasonPoints).count() == 5  # Carol's stood as it was

    def test_while_results_are_looked_at_anew_they_count_for_nothing(self, db_session, contest):
        finalise(db_session, contest, [1, 2, 3])
        contest.state = "protest"
        db_session.flush()

        assert queries.season_table(db_session, "2026", include_demo=True) == []


class TestShownDiploma:
    def numbers(self, db_session, contest) -> list[str]:
        return [one.number for one in db_session.query(Diploma).order_by(Diploma.id)]

    def test_it_holds_until_a_later_result_says_otherwise(self, db_session, contest):
        finalise(db_session, contest, [1, 2, 3])
        first, second, third = self.numbers(db_session, contest)

        finalise(db_session, contest, [2, 1, 3], version=2)

        shown = diplomas.shown_diploma(db_session, first, include_demo=True)
        assert shown.status == diplomas.CORRECTED
        assert shown.successor in self.numbers(db_session, contest)[3:]
        held = diplomas.shown_diploma(db_session, third, include_demo=True)
        assert held.status == diplomas.VALID
        assert second != shown.successor

    def test_of_who_was_disqualified_it_is_void(self, db_session, contest):
        finalise(db_session, contest, [1, 2, 3])
        entry = db_session.query(ContestEntry).order_by(ContestEntry.id).first()
        entry.withdrawn_at, entry.withdrawn_reason = NOON, "disqualified"
        db_session.flush()

        number = self.numbers(db_session, contest)[0]

        shown = diplomas.shown_diploma(db_session, number, include_demo=True)
        assert shown.status == diplomas.VOID


class TestPages:
    def test_anybody_sees_season_results_and_diploma(self, db_session, contest, stranger):
        finalise(db_session, contest, [1, 2, 3])
        public_id = contest.public_id
        db_session.commit()
        number = db_session.query(Diploma).order_by(Diploma.id).first().number
        db_session.rollback()

        assert "Alice" in stranger.get("/season").text
        assert stranger.get("/season/table.json").json["table"][0]["points"] == 120
        assert stranger.get("/season?season=1999").status_code == 404
        page = stranger.get(f"/live/{public_id}").text
        assert number in page
        results = stranger.get(f"/live/{public_id}/results.json").json["results"]
        assert [one["rank"] for one in results] == [1, 2, 3]
        assert "有效" in stranger.get(f"/diplomas/{number.lower()}").text
        assert stranger.get("/diplomas/CPD-26-3333333333-3").status_code == 404
        assert stranger.get("/diplomas?number=abc").status_code == 422


class TestSheet:
    def test_is_signed_once_and_any_other_byte_is_told(self, app, db_session, contest, stranger):
        fresh_keys = keys.make_keys(now=NOON - timedelta(days=30))
        finalise(db_session, contest, [1, 2, 3])
        number = db_session.query(Diploma).order_by(Diploma.id).first().number
        keys.add_keys(
            db_session,
            fresh_keys,
            field_keys=app.extensions["field_keys"],
            actor="cli:test",
            now=NOON,
        )
        db_session.commit()
        path = f"/diplomas/{number}/diploma.pdf"

        first, again = stranger.get(path).data, stranger.get(path, headers=IN_ENGLISH).data

        assert first == again
        root = next(key.chain[0] for key in fresh_keys if key.use == keys.ROOT)
        logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
        trust = ValidationContext(
            trust_roots=[Certificate.load(root)], allow_fetching=False, moment=NOON
        )
        signature = PdfFileReader(io.BytesIO(first)).embedded_signatures[0]
        usage = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"})
        status = asyncio.run(
            async_validate_pdf_signature(signature, trust, key_usage_settings=usage)
        )
        assert status.bottom_line, status.pretty_print_details()
        assert (status.coverage.name, status.docmdp_ok) == ("ENTIRE_FILE", True)
        assert verdict(stranger, first) == "genuine"
        assert "SHA-256" in stranger.get(f"/diplomas/{number}").text
        middle = first.index(b"/MediaBox")
        assert verdict(stranger, first[:middle] + b"/MediaBux" + first[middle + 9 :]) == "altered"
        assert verdict(stranger, first + b"\n%more") == "extended"
        assert verdict(stranger, b"GIF89a") == "not_a_pdf"

    def test_waits_an_hour_for_an_authority_that_is_away(
        self, app, db_session, contest, stranger, monkeypatch
    ):
        class Away:
            def check_not_away(self):
                raise StampError("timeout", "away")

        monkeypatch.setattr(diplomas.time_stamps, "authority_of", lambda settings: Away())
        finalise(db_session, contest, [1, 2, 3])
        diploma = db_session.query(Diploma).order_by(Diploma.id).first()
        keys.add_keys(
            db_session,
            keys.make_keys(now=NOON - timedelta(days=30)),
            field_keys=app.extensions["field_keys"],
            actor="cli:test",
            now=NOON,
        )
        number, issued_at = diploma.number, diploma.issued_at
        db_session.commit()
        path = f"/diplomas/{number}/diploma.pdf"
        monkeypatch.setattr(clock, "now", lambda: issued_at + timedelta(minutes=59))
        assert stranger.get(path).status_code == 503

        monkeypatch.setattr(clock, "now", lambda: issued_at + timedelta(minutes=61))
        answer = stranger.get(path)

        assert answer.status_code == 200
        assert verdict(stranger, answer.data) == "genuine"
        signed = db_session.query(AuditEntry).filter_by(action="diploma.signed").one()
        assert json.loads(signed.details)["unstamped"] == "timeout"

    def test_has_the_authoritys_time_stamp(
        self, app, db_session, contest, stranger, monkeypatch, tmp_path
    ):
        authority = make_authority(tmp_path)

        class There:
            def check_not_away(self):
                pass

            def stamp(self, value):
                answer = authority.answer(stamp_request(value, 7))
                return read_answer(answer, value, 7, now=clock.now())

        monkeypatch.setattr(diplomas.time_stamps, "authority_of", lambda settings: There())
        finalise(db_session, contest, [1, 2, 3])
        number = db_session.query(Diploma).order_by(Diploma.id).first().number
        begun = clock.now() - timedelta(days=30)  # openssl stamps the machine's own time
        fresh_keys = keys.make_keys(now=begun)
        keys.add_keys(
            db_session,
            fresh_keys,
            field_keys=app.extensions["field_keys"],
            actor="cli:test",
            now=begun,
        )
        db_session.commit()

        data = stranger.get(f"/diplomas/{number}/diploma.pdf").data

        file = read_signed_file(data)
        chain = next(key.chain for key in fresh_keys if key.use == KeyUse.FILE.value)
        token = read_cms(file.cms, file.digest, chain).token
        stamp = read_stamp(token)
        held = db_session.query(DiplomaFile).one()
        assert (held.stamped_at, held.stamped_by) == (stamp.at, stamp.authority)
        assert verdict(stranger, data) == "genuine"
        assert "带时间戳" in stranger.get(f"/diplomas/{number}").text

    def test_waits_for_the_issuers_keys(self, db_session, contest, stranger):
        finalise(db_session, contest, [1, 2, 3])
        number = db_session.query(Diploma).order_by(Diploma.id).first().number
        db_session.commit()

        assert stranger.get(f"/diplomas/{number}/diploma.pdf").status_code == 503
        assert stranger.get(f"/diplomas/{number}").status_code == 200


IN_ENGLISH = {"Accept-Language": "en"}


def verdict(client, data: bytes) -> str:
    """Return what the page says of a file."""
    given = {"csrf_token": csrf_token(client), "file": (io.BytesIO(data), "diploma.pdf")}
    page = client.post("/diplomas/check", data=given, content_type="multipart/form-data")
    assert page.status_code == 200
    return next(code for code, (words, _) in VERDICT.items() if str(words) in page.text)
