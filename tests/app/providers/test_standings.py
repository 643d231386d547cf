"""Scores, places and history: what the page shows is what the pure functions say."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from app.providers import queries, standings
from app.providers.errors import NoSchemeError
from app.providers.five_force import Reading, Reported, score
from app.providers.models import ProviderField
from app.providers.months import month_before, settled_at
from app.providers.standings import Place
from app.providers.what_if import what_if
from certificates.levels import Level
from tests import cast
from tests.conftest import NOON
from tests.factories.certification import certify, little_programme, publish_little_programme
from tests.factories.providers import (
    AUGUST,
    MIDDLING,
    MODULES,
    OCTOBER,
    SEPTEMBER,
    employ,
    little_provider,
    report,
)
from tests.factories.schemes import LITTLE_SCHEME

BETTER = ("25", "3.5", "1800", "1.25", "6")
WORSE = ("7", "1.2", "500", "4.5", "1")


def standing(db_session, provider, month=OCTOBER, now=NOON):
    return standings.standing_of(db_session, provider, month, now=now, include_demo=True)


def scorecard(db_session, provider, month=OCTOBER, at=NOON):
    return standings.scorecard_of(db_session, provider.id, month, at=at, include_demo=True)


@pytest.mark.both_databases
class TestScorecardOf:
    def test_equals_the_pure_score_of_the_same_facts(self, db_session, provider):
        report(db_session, ("YF-1", OCTOBER, MIDDLING), now=NOON)

        readings = {
            module_id: Reading(Decimal(value))
            for module_id, value in zip(MODULES, MIDDLING, strict=True)
        }
        assert scorecard(db_session, provider) == score(LITTLE_SCHEME, readings, {})

    def test_changes_when_a_credential_is_issued(self, app, db_session, provider, person_of):
        programme = publish_little_programme(
            db_session, little_programme(), now=NOON - timedelta(days=9)
        )
        report(db_session, ("YF-1", OCTOBER, MIDDLING), now=NOON)
        employ(db_session, provider, person_of(cast.ALICE), now=NOON - timedelta(days=9))
        before = scorecard(db_session, provider)

        certify(app, db_session, person_of(cast.ALICE).id, programme, at=NOON)

        after = scorecard(db_session, provider)
        assert after == what_if(LITTLE_SCHEME, before, operators={Level.JUNIOR: 1})
        assert after.total - before.total == Decimal("0.05")

    def test_needs_a_scheme_in_effect(self, db_session, provider):
        with pytest.raises(NoSchemeError):
            scorecard(db_session, provider, month_before(LITTLE_SCHEME.effective_on))


class TestReadingsOf:
    def test_takes_a_late_figure_from_the_month_before(self, db_session, provider):
        report(
            db_session,
            ("YF-1", SEPTEMBER, MIDDLING),
            ("YF-1", OCTOBER, ("20", "", "", "", "")),
            now=NOON,
        )

        readings = standings.readings_of(db_session, provider.id, LITTLE_SCHEME, OCTOBER)

        assert readings["share"].reading == Reading(Decimal(20))
        assert readings["roi"].reading == Reading(Decimal("2.5"), is_carried=True)
        assert readings["roi"].provenance.month == SEPTEMBER
        assert scorecard(db_session, provider).is_provisional

    def test_never_from_further_back(self, db_session, provider):
        report(db_session, ("YF-1", AUGUST, MIDDLING), now=NOON)

        assert standings.readings_of(db_session, provider.id, LITTLE_SCHEME, OCTOBER) == {}

    def test_lets_the_real_figure_replace_the_carried_one(self, db_session, provider):
        report(db_session, ("YF-1", SEPTEMBER, MIDDLING), now=NOON)
        report(db_session, ("YF-1", OCTOBER, BETTER), now=NOON)
        # A late correction of the month before must not win over the month itself.
        report(db_session, ("YF-1", SEPTEMBER, WORSE), now=NOON)

        readings = standings.readings_of(db_session, provider.id, LITTLE_SCHEME, OCTOBER)

        assert readings["share"].reading == Reading(Decimal(25))


class TestMonthTables:
    def test_equal_the_single_scorecards_row_by_row(self, db_session, provider, rival):
        report(
            db_session,
            ("YF-1", SEPTEMBER, BETTER),
            ("YF-1", OCTOBER, ("20", "", "1000", "", "")),
            ("LX-2", OCTOBER, WORSE),
            now=NOON,
        )

        table = standings.month_tables(db_session, [OCTOBER], now=NOON, include_demo=True)[OCTOBER]

        for row, provider_id in enumerate(table.provider_ids):
            single = standings.scorecard_of(
                db_session, provider_id, OCTOBER, at=NOON, include_demo=True
            )
            assert table.scores.totals_e2[row] == int(single.total * 100)
            assert bool(table.scores.is_provisional[row]) == single.is_provisional
            assert table.scores.force_scores_e2[row].tolist() == [
                int(force.score * 100) for force in single.forces
            ]

    def test_leave_out_months_before_the_first_scheme(self, db_session, provider):
        first = LITTLE_SCHEME.effective_on

        tables = standings.month_tables(
            db_session, [month_before(first), first], now=NOON, include_demo=True
        )

        assert list(tables) == [first]


class TestStandingOf:
    def test_ranks_by_total_and_gives_equals_the_same_place(self, db_session, provider, rival):
        third = little_provider(db_session, "AA-3", now=NOON)
        report(
            db_session,
            ("YF-1", OCTOBER, MIDDLING),
            ("LX-2", OCTOBER, BETTER),
            ("AA-3", OCTOBER, MIDDLING),
            now=NOON,
        )

        assert standing(db_session, rival).place == Place(1, 3)
        assert standing(db_session, provider).place == Place(2, 3)
        assert standing(db_session, third).place == Place(2, 3)
        assert standing(db_session, rival).module_places["share"] == Place(1, 3)

    def test_has_no_place_without_figures(self, db_session, provider, rival):
        report(db_session, ("LX-2", OCTOBER, BETTER), now=NOON)

        found = standing(db_session, provider)

        assert (found.place, found.peer_place, found.previous) == (None, None, None)
        assert {line.reported for line in found.scorecard.modules} == {Reported.MISSING}

    def test_compares_with_the_same_tier_and_field_if_they_are_enough(
        self, db_session, provider, rival
    ):
        others = [little_provider(db_session, f"P-{n}", now=NOON) for n in range(3)]
        alien = little_provider(db_session, "B-1", now=NOON, field=ProviderField.BRAND)
        rows = [("YF-1", OCTOBER, MIDDLING), ("LX-2", OCTOBER, BETTER), ("B-1", OCTOBER, BETTER)]
        report(db_session, *rows, *((one.code, OCTOBER, WORSE) for one in others), now=NOON)

        found = standing(db_session, provider)
        demand = next(one for one in standing(db_session, others[0]).scorecard.forces)

        assert found.place == Place(3, 6)
        assert found.peer_place == Place(2, 5)
        assert found.peers_are_alike
        assert found.peers[demand.force_id].median == demand.score
        assert not standing(db_session, alien).peers_are_alike

    def test_takes_the_tenth_from_the_top(self, db_session, provider, rival):
        report(db_session, ("YF-1", OCTOBER, MIDDLING), ("LX-2", OCTOBER, BETTER), now=NOON)

        found = standing(db_session, provider)

        best = {
            force.force_id: force.score for force in standing(db_session, rival).scorecard.forces
        }
        assert {key: one.top_tenth for key, one in found.peers.items()} == best

    def test_tells_the_month_before_and_the_history(self, db_session, provider, rival):
        report(
            db_session,
            ("YF-1", SEPTEMBER, WORSE),
            ("LX-2", SEPTEMBER, MIDDLING),
            ("YF-1", OCTOBER, BETTER),
            ("LX-2", OCTOBER, MIDDLING),
            now=NOON,
        )

        found = standing(db_session, provider)

        assert (found.place, found.previous_place) == (Place(1, 2), Place(2, 2))
        assert found.previous == scorecard(
            db_session, provider, SEPTEMBER, at=settled_at(SEPTEMBER)
        )
        assert [place and place.rank for _, place in found.history] == [
            *[None] * (standings.HISTORY_MONTHS - 2),
            2,
            1,
        ]

    def test_counts_operators_of_a_settled_month_as_of_its_settlement(
        self, app, db_session, provider, person_of
    ):
        alice = person_of(cast.ALICE)
        programme = publish_little_programme(
            db_session, little_programme(), now=NOON - timedelta(days=9)
        )
        report(db_session, ("YF-1", SEPTEMBER, MIDDLING), ("YF-1", OCTOBER, MIDDLING), now=NOON)
        employ(db_session, provider, alice, now=NOON)
        certify(app, db_session, alice.id, programme, at=NOON)

        settled, present = (standing(db_session, provider, month) for month in (SEPTEMBER, OCTOBER))

        assert (settled.is_settled, settled.scorecard.certified.points) == (True, 0)
        assert (present.is_settled, present.scorecard.certified.points) == (False, Decimal("0.05"))
        assert queries.certified_counts(db_session, NOON, include_demo=True) != {}
