import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.credentials import Credential, Holder, new_credential, printed_points
from certificates.decisions import decide
from certificates.errors import CredentialError, HolderNameError
from certificates.levels import Level
from certificates.outcomes import RoomOutcome, TheoryOutcome


class TestNewCredential:
    def test_holds_everything_that_is_printed(self, make_credential, now):
        credential = make_credential("欧阳娜娜", "Ouyang Nana")

        assert credential.title == "直播电商操盘手认证证书（初级）"
        assert credential.issuer == "操盘手认证专家委员会"
        assert credential.holder_name == "欧阳娜娜"
        assert (credential.theory_points, credential.theory_cut_points) == (
            Decimal("83.3"),
            Decimal("60.0"),
        )
        assert (credential.room_points, credential.room_cut_points) == (
            Decimal("41.2"),
            Decimal("25.0"),
        )
        assert (credential.valid_from, credential.valid_until) == (
            date(2026, 11, 21),
            date(2027, 11, 20),
        )
        assert credential.expires_at == datetime(2027, 11, 20, 16, 0, tzinfo=UTC)
        assert credential.issued_at == now

    def test_cleans_the_names(self, make_credential):
        assert make_credential(" 张\u200b伟 ").holder_name == "张伟"
        assert make_credential("张伟", "").holder_name_latin is None

    def test_refuses_a_name_that_shows_nothing(self, make_credential):
        with pytest.raises(HolderNameError):
            make_credential("\u200b")

    def test_a_demonstration_programme_is_marked_even_outside_a_demonstration(
        self, programme, make_credential, now
    ):
        demo = programme.model_copy(update={"is_demo": True})
        outcomes = (
            TheoryOutcome(
                evidence_id="t", blueprint_ref="theory@1", score_fraction=1, finished_at=now
            ),
            RoomOutcome(evidence_id="r", scenario_ref="room@1", score=100, finished_at=now),
        )

        credential = new_credential(
            demo,
            decide(demo, outcomes, on=now),
            Holder(name="张伟"),
            number=make_credential().number,
            issued_at=now + timedelta(microseconds=5),
            is_demo=False,
            salt="0a" * 32,
        )

        assert credential.is_demo
        assert credential.issued_at == now

    def test_needs_a_passed_decision_of_the_programme(self, programme, make_credential, now):
        failed = decide(programme, [], on=now)
        with pytest.raises(CredentialError):
            new_credential(
                programme,
                failed,
                Holder(name="张伟"),
                number=make_credential().number,
                issued_at=now,
                is_demo=False,
                salt="0a" * 32,
            )


class TestCredential:
    @pytest.mark.parametrize(
        "changes",
        [
            {"number": "cps1-26-xxxx"},
            {"level": Level.SENIOR},
            {"issued_at": datetime(2026, 11, 21, 4)},  # noqa: DTZ001
            {"issued_at": datetime(2026, 11, 21, 4, 0, 0, 1, tzinfo=UTC)},
            {"issued_at": datetime(2026, 11, 22, 4, tzinfo=UTC)},
            {"valid_until": date(2026, 11, 20)},
            {"holder_name": ""},
            {"holder_name": "张\u202e伟"},
            {"holder_name_latin": " x"},
            {"issuer": "x" * 121},
            {"title": "\n"},
            {"theory_points": Decimal("83.33")},
            {"room_points": Decimal("41")},
        ],
    )
    def test_refuses_what_contradicts_itself(self, make_credential, changes):
        with pytest.raises(Exception, match=r".") as caught:
            replace(make_credential(), **changes)
        assert type(caught.value).__name__ in {"CredentialError", "CertificateNumberError"}

    def test_refuses_a_number_that_is_not_canonical(self, make_credential):
        credential = make_credential()
        with pytest.raises(CredentialError, match="canonical"):
            replace(credential, number=credential.number.lower())

    def test_comes_back_from_json(self, make_credential):
        credential = make_credential("古丽米热·买买提", "Gülmire Memet", is_demo=True)
        stored = json.loads(json.dumps(credential.to_json()))
        assert Credential.from_json(stored) == credential

    @pytest.mark.parametrize(
        "changes",
        [
            {"format": "caopan-credential-0"},
            {"surprise": 1},
            {"level": "expert"},
            {"valid_from": "soon"},
            {"theory_points": "many"},
            {"issued_at": None},
        ],
    )
    def test_refuses_an_odd_snapshot(self, make_credential, changes):
        with pytest.raises(CredentialError):
            Credential.from_json(make_credential().to_json() | changes)

    def test_refuses_a_snapshot_with_a_field_missing(self, make_credential):
        document = make_credential().to_json()
        del document["issuer"]
        with pytest.raises(CredentialError, match="issuer"):
            Credential.from_json(document)

    def test_the_canonical_json_is_that_of_rfc_8785_for_any_name(self, make_credential):
        credential = make_credential('O\'Neill "\\" / <𠮷>\u00e9 &\u2028'.strip())
        canonical = json.dumps(
            credential.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )

        assert credential.content_hash() == hashlib.sha256(canonical.encode()).hexdigest()

    def test_the_hash_is_over_the_canonical_json(self, make_credential):
        # Changes only together with SNAPSHOT_FORMAT: printed fingerprints must stay checkable.
        assert make_credential().content_hash() == (
            "f8c67983ad87c118a382a4e18e405ad6546f422dbafce96ef23557950852d272"
        )

    @pytest.mark.parametrize(
        "changes",
        [
            {"holder_name": "李伟"},
            {"theory_points": Decimal("83.4")},
            {"valid_until": date(2028, 11, 20)},
            {"is_demo": True},
            {"template_version": 1},
            {"salt": "00" * 32},
            {"programme_ref": "junior@2"},
        ],
    )
    def test_every_change_changes_the_hash(self, make_credential, changes):
        credential = make_credential()
        assert replace(credential, **changes).content_hash() != credential.content_hash()

    def test_without_a_salt_it_keeps_the_hash_of_before_there_was_one(self, make_credential):
        old = make_credential(salt=None, template_version=1)

        assert old.content_hash() == (
            "b3f6cb1f79730b146de0f550fc412c1a21182c503c70b572093d10e1f61a3247"
        )
        assert Credential.from_json(old.to_json()) == old

    @pytest.mark.parametrize("salt", ["", "00", "0G" * 32, "AA" * 32, 7])
    def test_an_odd_salt_is_refused(self, make_credential, salt):
        document = make_credential().to_json() | {"salt": salt}
        with pytest.raises(CredentialError):
            Credential.from_json(document)

    def test_a_salt_cannot_be_left_out(self, make_credential):
        document = make_credential().to_json() | {"salt": None}
        with pytest.raises(CredentialError, match="salt"):
            Credential.from_json(document)

    def test_the_fingerprint_cannot_be_guessed_from_what_is_printed(self, make_credential):
        one, other = make_credential(), make_credential(salt="77" * 32)
        assert one.fingerprint != other.fingerprint

    def test_the_fingerprint_is_the_beginning_of_the_hash(self, make_credential):
        credential = make_credential()
        shown = credential.fingerprint.replace(" ", "").lower()
        assert credential.content_hash().startswith(shown)
        assert len(shown) == 16


class TestPrintedPoints:
    @pytest.mark.parametrize(
        ("score", "scale", "points"),
        [
            (0.6, 100, "60.0"),
            (0.58, 100, "58.0"),
            (0.29, 100, "29.0"),
            (0.5999, 100, "59.9"),
            (2 / 3, 100, "66.6"),
            (1, 100, "100.0"),
            (0, 100, "0.0"),
            (24.99, 1, "24.9"),
            (130.07, 1, "130.0"),
            (-0.05, 1, "-0.1"),
        ],
    )
    def test_rounds_down(self, score, scale, points):
        assert printed_points(score, scale=scale) == Decimal(points)

    @given(st.integers(0, 1000))
    def test_shows_whole_tenths_as_they_are(self, tenths):
        assert printed_points(tenths / 1000, scale=100) == Decimal(tenths) / 10

    def test_needs_a_score(self):
        with pytest.raises(CredentialError):
            printed_points(None)
