"""What waits for a second person: told to those who may confirm it, with where."""

from __future__ import annotations

from app.bank.services import publish_bank
from app.committee import approvals
from app.contests import planning, proposals, queries
from app.contests.models import ContestEntry
from app.programmes.blueprints import checking, drafting
from app.providers.loading import load_schemes
from app.providers.rules import deciding
from tests import cast
from tests.conftest import NOON
from tests.factories.bank import LITTLE_BLUEPRINT, little_bank
from tests.factories.contests import CLOSES, OPENS, little_rules
from tests.factories.providers import publish_little_scheme

PROPOSER = "person:proposer"


def waiting(db_session, actor="person:second", person_id=0):
    found = approvals.waiting(db_session, actor=actor, person_id=person_id)
    return [(one.endpoint, one.count) for one in found]


def propose_scheme(db_session):
    publish_little_scheme(db_session, now=NOON)
    scheme = load_schemes()[0].model_copy(
        update={"version": 9, "effective_on": deciding.earliest_effect(NOON)}
    )
    deciding.propose_scheme(db_session, scheme, "why", actor=PROPOSER, now=NOON)


def propose_blueprint(db_session):
    publish_bank(
        db_session, little_bank(), [LITTLE_BLUEPRINT], is_public=False, actor="cli:t", now=NOON
    )
    draft = drafting.open_draft(db_session, "little", actor=PROPOSER, now=NOON)
    found = checking.checked_body(db_session, draft.body, draft.revision, include_public=False)
    drafting.propose(db_session, draft, found, actor=PROPOSER, now=NOON, comment="why")


def propose_contest_act(db_session):
    queries.forget_rules()
    rules = little_rules()
    planning.publish_rules(db_session, rules, now=NOON)
    contest = planning.plan_contest(
        db_session,
        planning.NewContest("小小操盘赛", "", rules.ref, 40, NOON + OPENS, NOON + CLOSES),
        actor=PROPOSER,
        is_demo=True,
        now=NOON,
    )
    proposals.propose(db_session, contest, "cancel", reason="停电", actor=PROPOSER, now=NOON)
    return contest


def test_proposals_wait_for_others_and_not_for_who_made_them(db_session):
    assert waiting(db_session) == []

    propose_scheme(db_session)
    propose_blueprint(db_session)
    propose_contest_act(db_session)

    assert waiting(db_session) == [
        ("programmes.blueprints.index", 1),
        ("providers.office.index", 1),
        ("contests.desk", 1),
    ]
    assert waiting(db_session, PROPOSER) == []


def test_no_contestant_is_asked_about_their_own_contest(db_session, person_of):
    alice = person_of(cast.ALICE)
    entry = ContestEntry(
        contest_id=propose_contest_act(db_session).id,
        person_id=alice.id,
        code="A1",
        public_name="甲",
        consented_at=NOON,
        entered_at=NOON,
    )
    db_session.add(entry)
    db_session.flush()

    assert waiting(db_session, person_id=alice.id) == []
    entry.withdrawn_at, entry.withdrawn_reason = NOON, "own"
    db_session.flush()
    assert waiting(db_session, person_id=alice.id) == [("contests.desk", 1)]


def test_the_first_page_leads_there(db_session, as_carol):
    propose_blueprint(db_session)
    propose_scheme(db_session)
    db_session.commit()

    page = as_carol.get("/committee").text

    for path in ("/office/blueprints", "/office/five-force"):
        assert f'href="{path}"' in page
        assert as_carol.get(path).status_code == 200
