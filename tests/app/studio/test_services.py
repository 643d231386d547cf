"""Publishing scenarios; what a process keeps of them."""

from __future__ import annotations

import pytest

from app.core.errors import NotFoundError
from app.studio import queries
from app.studio.services import ScenarioChangedError, publish_scenarios, store_finding
from tests.conftest import NOON
from tests.factories.rooms import little_scenario, publish_little_room


def publish(db_session, *scenarios, **options):
    options = {"is_public": True, "actor": "cli:test", "now": NOON, **options}
    return publish_scenarios(db_session, scenarios, **options)


class TestPublishScenarios:
    def test_stores_what_the_room_reads_back(self, db_session):
        scenario = little_scenario()

        assert publish(db_session, scenario) == 1
        assert queries.scenario_of(db_session, "little@1") == scenario

    def test_the_same_content_again_changes_nothing(self, db_session):
        publish(db_session, little_scenario())

        assert publish(db_session, little_scenario()) == 0

    def test_a_published_version_refuses_other_content(self, db_session):
        publish(db_session, little_scenario())

        with pytest.raises(ScenarioChangedError, match="little@1"):
            publish(db_session, little_scenario(target_gmv_fen=1))

    def test_a_demonstration_may_redraft(self, db_session):
        publish(db_session, little_scenario())
        queries.scenario_of(db_session, "little@1")

        assert publish(db_session, little_scenario(target_gmv_fen=1), redraft=True) == 1
        assert queries.scenario_of(db_session, "little@1").target_gmv_fen == 1

    def test_a_newer_version_retires_the_older_which_stays_readable(self, db_session):
        publish(db_session, little_scenario())
        publish(db_session, little_scenario(version=2))

        assert [one.ref for one in queries.public_scenarios(db_session)] == ["little@2"]
        assert queries.scenario_of(db_session, "little@1").version == 1

    def test_a_secure_scenario_is_nobodys_practice(self, db_session):
        publish(db_session, little_scenario(), is_public=False)

        assert queries.public_scenarios(db_session) == []
        with pytest.raises(NotFoundError):
            queries.public_scenario_of(db_session, "little")


class TestScenarioOf:
    @pytest.mark.parametrize("ref", ["little@2", "little", "little@x", "@1", "little@1@1", ""])
    def test_does_not_find_what_is_no_ref_of_a_version(self, db_session, ref):
        publish(db_session, little_scenario())

        with pytest.raises(NotFoundError):
            queries.scenario_of(db_session, ref)


class TestStoreFinding:
    def test_the_newest_counts_and_the_same_adds_nothing(self, db_session):
        options = {"engine_version": "1", "now": NOON}

        assert store_finding(db_session, "h", "calibration", {"a": 1}, **options)
        assert not store_finding(db_session, "h", "calibration", {"a": 1}, **options)
        assert store_finding(db_session, "h", "calibration", {"a": 2}, **options)
        assert queries.finding_or_none(db_session, "h", "calibration") == {"a": 2}
        assert queries.finding_or_none(db_session, "h", "reference") is None

    def test_knows_two_kinds_only(self, db_session):
        with pytest.raises(ValueError, match="opinion"):
            store_finding(db_session, "h", "opinion", {}, engine_version="1", now=NOON)

    def test_a_scenario_without_reference_has_none(self, db_session):
        scenario = little_scenario()
        publish(db_session, scenario)

        with pytest.raises(NotFoundError):
            queries.reference_of(db_session, scenario)
        publish_little_room(db_session, now=NOON)
        assert not queries.reference_of(db_session, scenario).is_stale
