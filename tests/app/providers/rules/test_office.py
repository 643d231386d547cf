"""The rules' office: versions by two persons, effects, tiers that are earned, red lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import yaml
from sqlalchemy import select

from app.accounts.roles import Role
from app.accounts.services import grant_role
from app.core import clock
from app.core.db import db
from app.core.errors import NotFoundError, SecondPersonRequiredError
from app.providers import queries, services
from app.providers.models import Provider, ProviderTier
from app.providers.months import last_complete_month
from app.providers.rules import deciding, effects, standing
from app.providers.rules.models import SchemeProposal
from app.providers.schemes import Scheme
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.providers import MIDDLING, OCTOBER, report
from tests.factories.schemes import LITTLE_SCHEME, rich_body, scheme_body

BETTER = ("25", "3.5", "1800", "1.25", "6")
JANUARY = date(2027, 1, 1)
ALICE, BOB = "person:alice", "person:bob"


def version_2(**changes) -> Scheme:
    return Scheme.model_validate(scheme_body(version=2, effective_on=JANUARY, **changes))


def heavier_supply() -> Scheme:
    """Supply counts two thirds, demand one."""
    body = scheme_body(version=2, effective_on=JANUARY)
    demand, supply = body["forces"]
    for force, weights in ((demand, ("13.34", "10", "10")), (supply, ("33.33", "33.33"))):
        for module, weight in zip(force["modules"], weights, strict=True):
            module["weight"] = weight
    demand["weight"], supply["weight"] = "33.34", "66.66"
    return Scheme.model_validate(body)


@pytest.fixture
def figures(app, db_session, provider, rival):
    report(db_session, ("YF-1", OCTOBER, MIDDLING), ("LX-2", OCTOBER, BETTER), now=NOON)


class TestPublication:
    def test_needs_a_second_person(self, db_session, provider):
        proposal = deciding.propose_scheme(db_session, version_2(), "试", actor=ALICE, now=NOON)

        with pytest.raises(SecondPersonRequiredError):
            self.decide(db_session, proposal, ALICE)
        assert len(queries.schemes(db_session)) == 1

        self.decide(db_session, proposal, BOB)

        assert [one.ref for one in queries.schemes(db_session)] == ["little@1", "little@2"]
        with pytest.raises(deciding.ProposalDecidedError):
            self.decide(db_session, proposal, BOB)

    def test_declining_publishes_nothing(self, db_session, provider):
        proposal = deciding.propose_scheme(db_session, version_2(), "试", actor=ALICE, now=NOON)

        self.decide(db_session, proposal, BOB, publish=False)

        assert proposal.state == "declined"
        assert len(queries.schemes(db_session)) == 1

    @pytest.mark.parametrize("effective_on", ["2026-11-01", "2026-01-01"])
    def test_months_that_have_begun_keep_their_rules(self, db_session, provider, effective_on):
        early = version_2().model_copy(update={"effective_on": date.fromisoformat(effective_on)})

        with pytest.raises(deciding.SchemeTooEarlyError):
            deciding.propose_scheme(db_session, early, "试", actor=ALICE, now=NOON)

    def test_one_version_of_a_scheme_waits_at_a_time(self, db_session, provider):
        deciding.propose_scheme(db_session, version_2(), "试", actor=ALICE, now=NOON)

        third = version_2().model_copy(update={"version": 3})
        with pytest.raises(deciding.SchemeVersionTakenError):
            deciding.propose_scheme(db_session, third, "试", actor=BOB, now=NOON)
        with pytest.raises(deciding.SchemeVersionTakenError):
            deciding.propose_scheme(db_session, LITTLE_SCHEME, "试", actor=BOB, now=NOON)

    def decide(self, db_session, proposal, actor, publish=True):
        deciding.decide_proposal(
            db_session, proposal.public_id, publish=publish, reason="同意", actor=actor, now=NOON
        )


class TestEffect:
    def test_says_who_moves_and_by_how_much(self, db_session, figures, provider, rival):
        effect = effects.effect_of(
            db_session, heavier_supply(), OCTOBER, now=NOON, include_demo=True
        )

        # YF-1: shares 50.00, 49.83, 50.00, 50.00, 57.14 per cent of the weights, before and after.
        # Before 16.67 + 11.07 + 5.56 + 8.33 + 9.53 = 51.16; after 6.67 + 4.98 + 5 + 16.67 + 19.04.
        moved = {one.provider_id: one for one in effect.moved}
        own = moved[provider.id]
        assert (own.total_before, own.total_after) == (Decimal("51.16"), Decimal("52.36"))
        assert own.difference == Decimal("1.20")
        assert (effect.count(1) + effect.count(-1) + effect.count(0)) == 2
        assert (moved[rival.id].place_before, own.place_before) == (1, 2)
        assert (effect.before_ref, effect.after_ref) == ("little@1", "little@2")

    def test_changes_nothing(self, db_session, figures):
        effects.effect_of(db_session, heavier_supply(), OCTOBER, now=NOON, include_demo=True)

        assert len(queries.schemes(db_session)) == 1
        assert not db_session.new
        assert not db_session.dirty

    def test_the_same_rules_move_nobody(self, db_session, figures):
        effect = effects.effect_of(db_session, version_2(), OCTOBER, now=NOON, include_demo=True)

        assert effect.count(0) == len(effect.moved) == 2
        assert effect.rating_changes == effect.tier_changes == 0


@pytest.fixture
def admitted(app, db_session, figures, provider):
    """The rich scheme is in effect; figures say nothing of merchants."""
    rich = Scheme.model_validate(rich_body(effective_on=date(2026, 2, 1)))
    services.publish_schemes(db_session, [rich], actor="cli:test", now=NOON)
    return rich


def one_of(db_session, provider):
    _, rows = standing.every_standing(db_session, OCTOBER, now=NOON, include_demo=True)
    return next(row for row in rows if row.provider.id == provider.id)


class TestTiers:
    def move(self, db_session, provider, tier):
        return deciding.move_to_tier(
            db_session,
            one_of(db_session, provider),
            tier,
            scheme_ref="rich@1",
            month=OCTOBER,
            reason="季度复核",
            actor=ALICE,
            now=NOON,
        )

    def test_up_goes_only_who_meets_everything(self, db_session, admitted, provider):
        with pytest.raises(deciding.TierNotEarnedError):
            self.move(db_session, provider, ProviderTier.STRATEGIC)
        assert provider.tier == "core"

    def test_down_goes_who_no_longer_does(self, db_session, admitted, provider):
        self.move(db_session, provider, ProviderTier.QUALITY)

        assert provider.tier == "quality"
        assert [row.tier_before for row in standing.decisions_of(db_session, provider.id)] == [
            "core"
        ]

    def test_an_invitation_is_remembered(self, db_session, admitted, provider):
        deciding.invite_to_top(
            db_session,
            provider,
            scheme_ref="rich@1",
            month=OCTOBER,
            reason="全国布局",
            actor=ALICE,
            now=NOON,
        )

        assert one_of(db_session, provider).is_invited


class TestRedLines:
    def freeze(self, db_session, provider, line="forged"):
        return deciding.record_finding(
            db_session,
            provider,
            queries.schemes(db_session)[-1],
            line,
            month=OCTOBER,
            reason="核实刷单",
            actor=ALICE,
            now=NOON,
        )

    def test_freezes_until_its_last_month(self, db_session, admitted, provider):
        self.freeze(db_session, provider)

        assert one_of(db_session, provider).findings == ("forged",)
        assert standing.red_lines_in(db_session, date(2027, 4, 1)) == {provider.id: ("forged",)}
        assert standing.red_lines_in(db_session, date(2027, 5, 1)) == {}

    def test_is_taken_back_by_another_person_once(self, db_session, admitted, provider):
        finding = self.freeze(db_session, provider)

        def lift(actor):
            deciding.lift_finding(db_session, finding.id, reason="误判", actor=actor, now=NOON)

        with pytest.raises(SecondPersonRequiredError):
            lift(ALICE)
        lift(BOB)
        assert one_of(db_session, provider).findings == ()
        with pytest.raises(deciding.ProposalDecidedError):
            lift(BOB)

    def test_knows_no_other_line(self, db_session, admitted, provider):
        with pytest.raises(NotFoundError):
            self.freeze(db_session, provider, "fame")


class TestPages:
    URL = "/office/five-force"

    @pytest.fixture
    def ready(self, app, db_session, provider, rival, person_of):
        """Figures are there, and Erin reviews."""
        now = clock.now()
        grant_role(db_session, person_of(cast.ERIN), Role.REVIEWER, actor="cli:test", now=now)
        month = last_complete_month(now)
        report(db_session, ("YF-1", month, MIDDLING), ("LX-2", month, BETTER), now=now)
        db_session.commit()
        db.session.remove()

    def text(self, **changes):
        first = deciding.earliest_effect(clock.now())
        body = scheme_body(version=2, effective_on=first) | changes
        return yaml.safe_dump({"lang": "zh-Hans", "scheme": body}, allow_unicode=True)

    def test_from_the_text_to_the_published_version(self, app, ready):
        as_carol = sign_in(app, cast.CAROL)
        token = csrf_token(as_carol)
        data = {"csrf_token": token, "text": self.text(), "comment": "换一个写法"}

        made = as_carol.post(f"{self.URL}/proposals", data=data)
        page = as_carol.get(made.location)

        assert made.status_code == 303
        assert "2 家不变" in page.text
        assert "提交的人不能决定" in page.text
        answer = {"csrf_token": token, "answer": "publish", "reason": "同意发布"}
        assert as_carol.post(f"{made.location}/decide", data=answer).status_code == 403
        as_erin = sign_in(app, cast.ERIN)
        answer["csrf_token"] = csrf_token(as_erin)
        assert as_erin.post(f"{made.location}/decide", data=answer).status_code == 303
        assert len(queries.schemes(db.session())) == 2
        assert as_carol.get(f"{self.URL}/schemes/little@2.yaml").status_code == 200

    def test_says_every_fault_of_a_text_and_keeps_it(self, app, ready):
        as_carol = sign_in(app, cast.CAROL)
        bad = self.text(title="", ratings=[])
        data = {"csrf_token": csrf_token(as_carol), "text": bad, "comment": "换一个写法"}

        page = as_carol.post(f"{self.URL}/proposals", data=data)

        assert page.status_code == 422
        assert "title" in page.text
        assert "ratings" in page.text
        assert "换一个写法" in page.text
        assert db.session().scalar(select(SchemeProposal.id)) is None

    def test_a_tier_that_is_not_earned_is_refused_on_the_page(self, app, ready):
        as_carol = sign_in(app, cast.CAROL)
        public_id = db.session().scalar(select(Provider.public_id).where(Provider.code == "YF-1"))
        url = f"{self.URL}/providers/{public_id}"
        data = {"csrf_token": csrf_token(as_carol), "tier": "strategic", "reason": "试一试看"}

        page = as_carol.post(f"{url}/tier", data=data)

        assert page.status_code == 409
        assert "没有达到该层的全部要求" in page.text
        assert as_carol.get(f"{self.URL}/providers").status_code == 200

    @pytest.mark.parametrize("path", ["", "/providers", "/schemes/little@1.yaml"])
    def test_is_not_for_providers(self, app, ready, path):
        assert sign_in(app, cast.DAVE).get(self.URL + path).status_code == 403

    def test_a_frozen_rating_is_said_on_the_scorecard(self, app, db_session, ready):
        now = clock.now()
        rich = Scheme.model_validate(rich_body(effective_on=date(2026, 2, 1)))
        services.publish_schemes(db_session, [rich], actor="cli:test", now=now)
        provider = queries.provider_by_code(db_session, "YF-1")
        deciding.record_finding(
            db_session,
            provider,
            rich,
            "forged",
            month=last_complete_month(now),
            reason="核实刷单",
            actor=ALICE,
            now=now,
        )
        db_session.commit()
        db.session.remove()
        as_dave, as_erin = sign_in(app, cast.DAVE), sign_in(app, cast.ERIN)

        assert "评级冻结" in as_dave.get("/provider").text
        assert as_dave.get("/api/v1/provider/scorecard").get_json()["frozen_by"] == ["forged"]
        assert "评级冻结" not in as_erin.get("/provider").text
