"""A team's training: skills only with consent, tasks that the training itself finishes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.accounts.models import Person
from app.core.errors import InvalidInputError, NotFoundError
from app.providers.coaching import queries, services
from app.providers.queries import running_employment_or_none
from app.providers.team.consents import share_progress
from app.training.reading.services import note_position
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.providers import employ

TODAY = NOON.date()


@pytest.fixture
def alice(db_session, provider, person_of) -> Person:
    person = person_of(cast.ALICE)
    employ(db_session, provider, person, now=NOON)
    return person


def employment(db_session, alice):
    return running_employment_or_none(db_session, alice.id)


def given(db_session, provider, alice, *, days=7, subject="6", kind="chapter"):
    return services.assign(
        db_session,
        provider,
        [employment(db_session, alice).public_id],
        kind=kind,
        subject=subject,
        due_on=TODAY + timedelta(days=days),
        actor="person:dave",
        now=NOON,
    )


def share(db_session, alice, is_shared=True):
    share_progress(
        db_session,
        employment(db_session, alice),
        is_shared=is_shared,
        actor="person:alice",
        now=NOON,
    )


class TestConsent:
    def test_skills_and_progress_are_seen_while_it_runs_and_no_longer(
        self, db_session, provider, alice
    ):
        given(db_session, provider, alice)

        def seen():
            (member,) = queries.team_of(db_session, provider.id, level="junior", now=NOON)
            (line,) = queries.tasks_of_provider(db_session, provider.id, now=NOON)
            return member.profile is not None, line.is_done

        assert seen() == (False, None)
        share(db_session, alice)
        assert seen() == (True, False)
        share(db_session, alice, is_shared=False)
        assert seen() == (False, None)

    def test_the_operator_always_sees_their_own(self, db_session, provider, alice):
        given(db_session, provider, alice)

        (line,) = queries.tasks_of_person(db_session, alice.id, now=NOON)

        assert (line.is_done, line.provider_name) == (False, provider.name)


class TestTasks:
    def test_a_chapter_is_done_when_it_was_read_to_its_end(self, db_session, provider, alice):
        given(db_session, provider, alice)
        share(db_session, alice)

        for is_end in (False, True):
            note_position(db_session, alice.id, chapter=6, anchor="s6-1", is_end=is_end, now=NOON)
            (line,) = queries.tasks_of_provider(db_session, provider.id, now=NOON)
            assert line.is_done is is_end

    def test_late_is_told_the_day_after(self, db_session, provider, alice):
        given(db_session, provider, alice, days=1)
        share(db_session, alice)

        late = [
            queries.tasks_of_provider(db_session, provider.id, now=NOON + timedelta(days=n))[
                0
            ].is_late
            for n in (1, 2)
        ]

        assert late == [False, True]

    def test_twice_is_once_and_after_withdrawal_again(self, db_session, provider, alice):
        assert [given(db_session, provider, alice) for _ in range(2)] == [1, 0]
        (line,) = queries.tasks_of_provider(db_session, provider.id, now=NOON)
        services.withdraw(db_session, line.task, actor="person:dave", now=NOON)

        assert queries.tasks_of_provider(db_session, provider.id, now=NOON) == []
        assert given(db_session, provider, alice) == 1

    @pytest.mark.parametrize("days", [-1, 181])
    def test_a_day_that_passed_or_lies_far_ahead_is_refused(
        self, db_session, provider, alice, days
    ):
        with pytest.raises(InvalidInputError):
            given(db_session, provider, alice, days=days)

    def test_another_providers_people_are_not_found(self, db_session, provider, rival, alice):
        with pytest.raises(NotFoundError):
            given(db_session, rival, alice)
        given(db_session, provider, alice)
        (line,) = queries.tasks_of_provider(db_session, provider.id, now=NOON)
        with pytest.raises(NotFoundError):
            queries.task_of_provider(db_session, line.task.public_id, rival.id)


class TestPages:
    def test_the_manager_assigns_and_the_operator_finds_it(self, app, db_session, alice):
        public_id = employment(db_session, alice).public_id
        db_session.commit()
        as_dave = sign_in(app, cast.DAVE)
        send = {"csrf_token": csrf_token(as_dave), "person": public_id, "due_on": "2999-01-01"}
        path = "/provider/training"

        refused = as_dave.post(path, data={**send, "what": "chapter:6"})
        assert refused.status_code == 422
        assert (
            as_dave.post(path, data={**send, "due_on": "", "what": "chapter:6"}).status_code == 422
        )
        day = as_dave.get(path).text.split('min="')[1][:10]
        odd = as_dave.post(path, data={**send, "due_on": day, "what": "chapter:77"})
        assert odd.status_code == 422
        kept = as_dave.post(path, data={**send, "due_on": day, "what": "chapter:6"})
        assert kept.status_code == 303

        assert "未共享" in as_dave.get(path).text
        assert "/handbook/6" in sign_in(app, cast.ALICE).get("/training-tasks").text

    def test_only_managers_see_a_team(self, app, db_session, provider):
        db_session.commit()

        assert sign_in(app, cast.ALICE).get("/provider/training").status_code == 403
