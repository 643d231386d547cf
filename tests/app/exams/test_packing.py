"""The attempt pack: complete, re-scored offline to the same result, and any change is found."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import ConflictError
from app.exams import packing, queries, services
from app.exams.models import Attempt
from app.exams.saving import Change, save_response
from question_bank.__main__ import main
from question_bank.errors import PackError
from question_bank.packs import AttemptPack, audit_pack, read_pack
from tests import cast
from tests.factories.kinds import start_kinds_attempt

ANSWERS: dict[str, dict[str, Any]] = {
    "single": {"selected": ["a"]},
    "multiple": {"selected": ["a"]},
    "numeric": {"number": "2.5"},
    "ordering": {"order": ["b", "d", "a", "c"]},
    "matching": {"pairs": {"1": "b", "2": "a"}},
    "fill-in": {"blanks": {"1": "「憋单」", "2": "三十"}},
    "hot-spot-0": {"selected": ["c"]},
    "short": {"text": "先换讲另一款，再看点击率。"},
    "parametric-1": {"number": "1"},
}
"""By the beginning of the item's id; the rest stays blank."""


@pytest.fixture
def pack(app, db_session, person_of) -> AttemptPack:
    """Alice's attempt on every kind, left and opened again, answered, changed, handed in."""
    attempt = start_kinds_attempt(db_session, person_of(cast.ALICE).id, now=clock.now())
    services.open_page(db_session, attempt, now=clock.now())
    services.open_page(db_session, attempt, now=clock.now())
    public_id, person_id, refs = attempt.public_id, attempt.person_id, list(attempt.item_refs)
    db_session.commit()
    db.session.remove()
    sequence = 0
    for position, ref in enumerate(refs, 1):
        found = [value for start, value in ANSWERS.items() if ref.startswith(start)]
        for value in found:
            sequence += 1
            change = Change(f"key-{sequence:08}", position, value, False, sequence, 2)
            save_response(public_id, person_id, change, now=clock.now())
    with transaction() as db_session:
        attempt = queries.attempt_of(db_session, public_id, person_id, lock=True)
        services.submit_attempt(db_session, attempt, key="submit-key", now=clock.now())
    db.session.remove()
    attempt = queries.attempt_of(db.session(), public_id, person_id)
    return packing.attempt_pack(db.session(), attempt)


def changed(pack: AttemptPack, change) -> AttemptPack:
    """The pack after somebody has changed its JSON."""
    content = json.loads(pack.model_dump_json())
    change(content)
    return AttemptPack.model_validate(content)


def differing(pack: AttemptPack) -> set[str]:
    return {verdict.name for verdict in audit_pack(pack).verdicts if not verdict.agrees}


class TestAttemptPack:
    def test_holds_what_was_shown_with_figures_and_orders(self, pack):
        refs = [place.ref for place in pack.form]

        assert sum("#count=" in ref for ref in refs) == 2
        assert [place.position for place in pack.form] == list(range(1, 13))
        assert {len(place.order) for place in pack.form} == {0, 4}
        assert [event.kind for event in pack.events[:3]] == ["started", "opened", "opened"]
        assert [gap.kind for gap in pack.gaps] == ["reopened"]

    def test_names_nobody(self, pack):
        assert cast.ALICE.account not in pack.model_dump_json()

    def test_agrees_with_itself(self, pack):
        audit = audit_pack(pack)

        assert differing(pack) == set()
        assert audit.fraction == pack.scores[-1].fraction
        assert 0 < audit.fraction < 1

    def test_is_refused_while_the_attempt_goes_on(self, app, db_session, person_of):
        attempt = start_kinds_attempt(db_session, person_of(cast.ALICE).id, now=clock.now())

        with pytest.raises(ConflictError):
            packing.attempt_pack(db_session, attempt)


class TestTampering:
    @pytest.mark.parametrize(
        ("change", "found"),
        [
            (lambda pack: pack["events"].pop(), "chain"),
            (lambda pack: pack["events"].pop(3), "chain"),
            (lambda pack: pack["events"][2].update(at="2026-01-01T00:00:00Z"), "chain"),
            (lambda pack: pack["attempt"].update(head_hash="sha256:0"), "chain"),
            (lambda pack: pack["attempt"].update(public_id="somebodyelse"), "chain"),
            (lambda pack: pack["responses"].pop(), "responses"),
            (
                lambda pack: pack["versions"][0]["body"].update(source="改过的出处"),
                "versions",
            ),
            (lambda pack: pack["scores"][-1].update(fraction=0.99), "score"),
            (lambda pack: pack["scores"][-1]["credits"].__setitem__(0, 0.123), "score"),
            (lambda pack: pack["scores"].clear(), "score"),
            (lambda pack: pack["gaps"].clear(), "gaps"),
        ],
    )
    def test_is_found(self, pack, change, found):
        assert found in differing(changed(pack, change))

    def test_another_key_changes_version_and_score(self, pack):
        def rekey(content):
            single = next(v for v in content["versions"] if v["body"]["id"] == "single-0")
            single["body"]["key"] = ["b"]

        assert differing(changed(pack, rekey)) == {"versions", "score"}

    def test_other_figures_change_the_score_only_by_recomputing(self, pack):
        def refigure(content):
            for place in content["form"]:
                if place["ref"].startswith("parametric-1"):
                    place["scored_ref"] = "parametric-1@1#count=105,price=10"

        with pytest.raises(PackError, match="never 105"):
            audit_pack(changed(pack, refigure))

    def test_a_regrade_counts_as_it_says(self, pack):
        def drop_and_credit(content):
            for place in content["form"]:
                if place["ref"].startswith("single"):
                    place["treatment"] = "drop"
                if place["ref"].startswith("truth"):
                    place["treatment"] = "credit_all"

        before, after = audit_pack(pack), audit_pack(changed(pack, drop_and_credit))

        assert after.fraction == pytest.approx((before.fraction * 12 - 1 + 1) / 11)


class TestCommand:
    """F17: an attempt is rebuilt from its export alone."""

    def test_rescores_a_file(self, pack, tmp_path, capsys):
        file = tmp_path / "pack.json"
        file.write_text(pack.model_dump_json(indent=1), encoding="utf-8")

        assert main(["rescore", str(file), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["fraction"] == pack.scores[-1].fraction

    def test_needs_neither_web_nor_database(self, pack, tmp_path):
        file = tmp_path / "pack.json"
        file.write_text(pack.model_dump_json(), encoding="utf-8")
        program = (
            "import sys; sys.modules['flask'] = sys.modules['sqlalchemy'] = None\n"
            f"from question_bank.__main__ import main; sys.exit(main(['rescore', {str(file)!r}]))"
        )

        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("agrees") == 7

    def test_says_what_differs(self, pack, tmp_path, capsys):
        file = tmp_path / "pack.json"
        wrong = changed(pack, lambda content: content["scores"][-1].update(passed=True))
        file.write_text(wrong.model_dump_json(), encoding="utf-8")

        assert main(["rescore", str(file)]) == 1
        assert "DIFFERS score" in capsys.readouterr().out

    @pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": "attempt-pack@2"}', "\udcff"])
    def test_an_unusable_file_is_told(self, text, tmp_path, capsys):
        file = tmp_path / "pack.json"
        file.write_bytes(text.encode(errors="surrogateescape"))

        assert main(["rescore", str(file)]) == 2
        assert "pack.json" in capsys.readouterr().err

    def test_a_missing_file_is_told(self, tmp_path):
        with pytest.raises(PackError, match="No such file"):
            read_pack(tmp_path / "none.json")


class TestDownload:
    def url(self, pack):
        return f"/exams/attempts/{pack.attempt.public_id}/pack"

    def test_the_candidate_gets_the_file_and_it_agrees(self, pack, as_alice, tmp_path):
        page = as_alice.get(self.url(pack))
        file = tmp_path / "pack.json"
        file.write_bytes(page.data)

        assert page.status_code == 200
        assert "attachment" in page.headers["Content-Disposition"]
        assert audit_pack(read_pack(file)).agrees

    def test_the_result_page_leads_to_it(self, pack, as_alice):
        text = as_alice.get(f"/exams/attempts/{pack.attempt.public_id}/result").text

        assert self.url(pack) in text

    def test_nobody_else_finds_it(self, pack, as_bob, stranger):
        assert as_bob.get(self.url(pack)).status_code == 404
        assert stranger.get(self.url(pack)).status_code == 302

    @pytest.mark.parametrize("change", [{"is_held": True}, {"shows_items": False}])
    def test_keys_stay_secret_where_the_result_does_not_show_them(self, pack, as_alice, change):
        with transaction() as db_session:
            attempt = db_session.scalars(select(Attempt)).one()
            for name, value in change.items():
                setattr(attempt, name, value)
        db.session.remove()

        assert as_alice.get(self.url(pack)).status_code == 404
