"""Nothing is lost: servers are killed while candidates answer, and the checker finds nothing.

F1 on SQLite, F2 on PostgreSQL.
"""

from __future__ import annotations

import time

import pytest

from tests.faults.cluster import Cluster, own_cluster
from tests.faults.history import FaultKind
from tests.faults.runs import Exam, Plan, Run, new_seed, operate_rooms, sit_exam, until
from tests.faults.server import Server, running
from tests.faults.stored import sqlite_faults

pytestmark = pytest.mark.faults

KILLS = 5
BETWEEN_KILLS_S = 3.0


def assert_nothing_is_lost(server: Server, run: Run) -> None:
    """The checker, the server's answers and the audit log's own command agree."""
    assert run.faults == [], run.report
    assert set(run.tally.statuses) <= {200, 409, 429, 503, None}, run.report
    verified = server.command("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.long
def test_fifty_candidates_two_rooms_and_five_kills_on_sqlite(sqlite_instance):
    plan = Plan(candidates=50, short=9, short_s=9, think_s=(0.2, 1.0), seed=new_seed())
    print(plan)

    def kill_five_times(crowd: Exam) -> None:
        for _ in range(KILLS):
            time.sleep(BETWEEN_KILLS_S)
            server.kill()
            server.start()
        until(0, least_s=1.0)(crowd)

    exam: list[Run] = []
    with running(sqlite_instance) as server:
        rooms = operate_rooms(
            server, (50, 51), lambda _: exam.append(sit_exam(server, plan, kill_five_times))
        )
        run = exam[0]
        print(run.tally, rooms.tally, server.starts_s)

        assert_nothing_is_lost(server, rooms)
        assert_nothing_is_lost(server, run)
    assert sqlite_faults(sqlite_instance) == []
    assert (
        max(server.starts_s) < 90.0
    )  # it came back each time; how fast is for an idle machine to say
    assert run.tally.acknowledged > 300
    assert min(run.tally.retried, run.tally.duplicate_acks, run.tally.refused) > KILLS
    assert rooms.tally.acknowledged > 15


class TestPostgresql:
    """The server is killed, then the database under it."""

    @pytest.fixture
    def cluster(self):
        with own_cluster() as cluster:
            cluster.server.create_database("faults")
            yield cluster

    def sit(self, server: Server, cluster: Cluster, *, kill_server: bool) -> Run:
        plan = Plan(candidates=12, short=3, short_s=2, think_s=(0.05, 0.3), seed=new_seed())
        print(plan)

        def kill_both(crowd: Exam) -> None:
            until(60)(crowd)
            if kill_server:
                server.kill()
                server.start()
                until(120)(crowd)
            cluster.kill()
            time.sleep(0.5)
            cluster.start()
            until(180, least_s=1.0)(crowd)

        run = sit_exam(server, plan, kill_both)
        print(run.report)
        return run

    def test_nothing_is_lost(self, cluster, postgres_instance):
        with running(postgres_instance(cluster.server.url("faults"))) as server:
            run = self.sit(server, cluster, kill_server=True)

            assert_nothing_is_lost(server, run)
        assert run.tally.statuses[503] > 0
        assert run.tally.acknowledged > 120

    def test_a_cluster_that_does_not_wait_for_its_disk_is_found(self, cluster, postgres_instance):
        settings = postgres_instance(cluster.server.url("faults"))
        cluster.forget_to_wait_for_the_disk("faults")
        with running(settings) as server:
            run = self.sit(server, cluster, kill_server=False)

        assert FaultKind.LOST in {fault.kind for fault in run.faults}
