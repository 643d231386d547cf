"""换你来操盘: ninety seconds, one answer, the worths, the committee's desk."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from app.accounts import queries as accounts
from app.accounts.roles import Role
from app.accounts.services import grant_role
from app.bank.workshop.models import ItemDraft
from app.core import clock
from app.core.db import db, transaction
from app.studio.services import publish_scenarios
from app.training.decisions import content, queries, services
from app.training.decisions.errors import TimeOverError
from simulations.decision_loading import shipped_decisions
from simulations.loading import shipped_scenarios
from tests import cast
from tests.conftest import csrf_token

CODE = "size-comments"


@pytest.fixture
def case(app):
    """The shipped decisions; one of them."""
    with transaction() as db_session:
        publish_scenarios(
            db_session,
            [one for one in shipped_scenarios().values() if one.id != "f7"],
            is_public=True,
            actor="cli:test",
            now=clock.now(),
        )
    content.publish_shipped_decisions(False)
    return next(one for one in queries.published_cases(db.session()) if one.code == CODE)


def fresh():
    """Return a session that sees what requests wrote since."""
    db.session().rollback()
    return db.session()


def post(client, path, **data):
    return client.post(path, data={"csrf_token": csrf_token(client), **data})


class TestLearner:
    def test_the_minute_and_its_answers_are_seen_only_after_the_start(self, case, as_alice):
        path = f"/training/decisions/{case.public_id}"
        moment = queries.moment_of(case)

        before = as_alice.get(path).text
        assert moment.choices[0].text not in before

        assert post(as_alice, f"{path}/start").status_code == 303
        during = as_alice.get(path).text
        assert moment.choices[0].text in during
        assert moment.choices[0].why not in during
        assert "decision-tray" in during

    def test_after_the_answer_the_worths_and_the_shares_of_others(self, case, as_alice, as_bob):
        path = f"/training/decisions/{case.public_id}"
        for client, choice in ((as_bob, "2"), (as_alice, "3")):
            post(client, f"{path}/start")
            assert post(client, f"{path}/answer", choice=choice).status_code == 303

        page = as_alice.get(path).text

        assert "2 人按时作答" in page
        assert "50% 的人选了它" in page
        assert "违规" in page
        first = page.split("decision-line")[1]
        assert queries.moment_of(case).choices[2].text in first
        assert "最值" in first

    def test_the_first_answer_counts(self, case, as_alice):
        path, case_id = f"/training/decisions/{case.public_id}", case.id
        post(as_alice, f"{path}/start")
        post(as_alice, f"{path}/answer", choice="0")

        page = post(as_alice, f"{path}/answer", choice="1")

        assert page.status_code == 303
        assert queries.answer_counts(fresh(), case_id, 4) == [1, 0, 0, 0]
        assert "第一次的答案算数" in as_alice.get(path).text

    def test_without_a_start_without_a_choice_or_with_an_odd_one_nothing_is_kept(
        self, case, as_alice
    ):
        path, case_id = f"/training/decisions/{case.public_id}", case.id

        assert post(as_alice, f"{path}/answer", choice="0").status_code == 409
        post(as_alice, f"{path}/start")
        assert post(as_alice, f"{path}/answer").status_code == 422
        assert post(as_alice, f"{path}/answer", choice="9").status_code == 422
        assert queries.answer_counts(fresh(), case_id, 4) == [0, 0, 0, 0]

    def test_after_the_time_the_answer_is_shown_and_none_is_kept(self, case, person_of, app):
        alice, now = person_of(cast.ALICE).id, clock.now()
        with transaction() as db_session:
            services.start(db_session, case, alice, now=now - timedelta(seconds=96))
        with pytest.raises(TimeOverError), transaction() as db_session:
            services.answer(
                db_session,
                queries.published_case(db_session, case.public_id),
                alice,
                1,
                day=now.date(),
                now=now,
            )

    def test_the_days_case_is_the_same_for_all_and_changes_with_the_day(self, case):
        cases = queries.published_cases(db.session())
        day = clock.now().date() + timedelta(days=3)

        seen = [queries.case_of_day(cases, day + timedelta(days=n)).code for n in range(len(cases))]

        assert sorted(seen) == sorted(shipped_decisions())
        assert queries.case_of_day([], day) is None

    def test_strangers_and_providers_see_none(self, case, stranger, as_dave):
        assert stranger.get("/training/decisions").status_code == 302
        assert as_dave.get("/training/decisions").status_code == 403


class TestDesk:
    def written(self, **changes):
        restock = {"verb": "restock", "product": "jeans", "units": 40}
        data = {
            "code": "jeans-run",
            "title": "牛仔裤还剩四十条",
            "question": "牛仔裤近五分钟卖得最快，补货要半小时，现在做什么？",
            "lesson": "先算还能卖几分钟，再减去到货要的时间。",
            "skill": "stock",
            "scenario": "f1@1",
            "operator": "house",
            "seed": "3",
            "minute": "25",
            "action": [json.dumps(restock), "", json.dumps({"verb": "pin", "product": "coat"})],
            "text": ["补四十条", "不动", "换讲大衣"],
            "why": ["半小时后到，还来得及", "断了就断了，先不管", "把时间给没人点的款"],
        }
        return {**data, **changes}

    def test_a_minute_is_shown_with_the_actions_that_it_takes(self, case, as_carol):
        page = as_carol.get(
            "/training/decisions/desk/new?scenario=f1@1&operator=house&seed=3&minute=25"
        )

        assert "补货 03 高腰牛仔裤" in page.text
        assert "第 25 分钟的盘面" in page.text

    def test_written_weighed_published_by_another_and_made_an_item(self, case, as_carol, app):
        assert post(as_carol, "/training/decisions/desk/new", **self.written()).status_code == 303
        made = next(one for one in queries.all_cases(fresh()) if one.code == "jeans-run")
        path = f"/training/decisions/desk/{made.public_id}"
        assert post(as_carol, f"{path}/publish").status_code == 409
        db.session().rollback()

        assert content.weigh_waiting(now=clock.now()) == 1
        assert content.weigh_waiting(now=clock.now()) == 0
        assert post(as_carol, f"{path}/publish").status_code == 403
        with transaction() as db_session:
            found = queries.case_of(db_session, made.public_id, lock=True)
            services.publish(
                db_session, found, person_id=None, actor="person:other", now=clock.now()
            )
            grant_role(
                db_session,
                accounts.person_of_account_or_none(db_session, cast.CAROL.account),
                Role.COMMITTEE_MEMBER,
                actor="cli:test",
                now=clock.now(),
            )

        page = post(as_carol, f"{path}/item")

        assert page.status_code == 303
        draft = fresh().query(ItemDraft).one()
        assert page.location.endswith(f"/drafts/{draft.public_id}")
        assert "牛仔裤近五分钟" in json.dumps(draft.sheet, ensure_ascii=False)
        assert as_carol.get(page.location).status_code == 200
        assert post(as_carol, f"{path}/item").status_code == 409

    def test_an_answer_may_have_a_second_step(self, case, as_carol):
        pin = json.dumps({"verb": "pin", "product": "jeans"})
        second = {"then_action": [pin, "", ""], "then_after": ["6", "", ""]}

        assert (
            post(as_carol, "/training/decisions/desk/new", **self.written(**second)).status_code
            == 303
        )

        made = next(one for one in queries.all_cases(fresh()) if one.code == "jeans-run")
        steps = queries.moment_of(made).choices[0].steps
        assert [(one.after_min, one.action["verb"]) for one in steps] == [
            (0, "restock"),
            (6, "pin"),
        ]

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"text": ["补四十条", "", ""]}, "选项要 3 到 5 个"),
            ({"code": "Not good"}, "小写字母"),
            ({"minute": "118"}, "离下播太近"),
            ({"action": ['{"verb": "fly"}', "", '{"verb": "unpin"}']}, "房间在这一刻不接受"),
            ({"action": ["{", "", ""]}, "选项要 3 到 5 个"),
            ({"scenario": "f7@1"}, None),
            (
                {"then_action": ['{"verb": "unpin"}', "", ""], "then_after": ["31", "", ""]},
                "隔几分钟",
            ),
        ],
        ids=["few", "code", "late", "refused", "json", "not-practice", "second-step"],
    )
    def test_what_cannot_be_is_told_and_nothing_added(self, case, as_carol, changes, words):
        page = post(as_carol, "/training/decisions/desk/new", **self.written(**changes))

        assert page.status_code == (404 if words is None else 422)
        assert words is None or words in page.text
        assert "jeans-run" not in [one.code for one in queries.all_cases(fresh())]

    def test_learners_have_no_desk(self, case, as_alice):
        assert as_alice.get("/training/decisions/desk").status_code == 403
