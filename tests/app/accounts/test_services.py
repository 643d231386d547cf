"""Accounts and roles: every rule on both databases."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import queries, services
from app.accounts.models import RoleGrant, WebSession
from app.accounts.roles import Role
from app.core.audit.models import AuditChain, AuditEntry
from app.core.audit.services import verify_audit
from app.core.db import db, transaction
from app.core.errors import NotFoundError
from tests import cast
from tests.conftest import NOON

pytestmark = pytest.mark.both_databases

SECURITY = "person:securityadmn"


def acts(db_session, person):
    """Return (action, details) of everything on record about a person, oldest first."""
    rows = db_session.execute(
        select(AuditEntry.action, AuditEntry.actor, AuditEntry.details)
        .join(AuditChain, AuditChain.id == AuditEntry.chain_id)
        .where(AuditChain.subject == f"person:{person.public_id}")
        .order_by(AuditEntry.sequence)
    )
    return [(action, actor, json.loads(details)) for action, actor, details in rows]


def roles_of(db_session, person):
    db_session.expire_all()
    return queries.person(db_session, person.id).roles


def register(db_session, account="frank@example.cn", **changes):
    values = {"display_name": "Frank", "password_hash": "x", "now": NOON, **changes}
    return services.register_person(db_session, account=account, **values)


class TestRegisterPerson:
    def test_opens_an_account_for_a_candidate_and_puts_it_on_record(self, db_session):
        person = register(db_session)

        assert person.roles == {"candidate"}
        assert [action for action, *_ in acts(db_session, person)] == [
            "role.granted",
            "person.registered",
        ]
        assert verify_audit(db_session)[1] == []

    def test_one_account_is_one_person_however_it_is_typed(self, db_session):
        register(db_session)
        register(db_session, "13800138000")

        for again in (
            "frank@example.cn",
            "  FRANK@Example.CN ",
            "ｆｒａｎｋ＠ｅｘａｍｐｌｅ．ｃｎ",
            "13800138000",
            "+86 138 0013 8000",
            "138-0013-8000",
            "１３８００１３８０００",
        ):
            with pytest.raises(services.AccountTakenError):
                register(db_session, again)

    def test_a_taken_account_leaves_the_transaction_usable(self, db_session):
        register(db_session)
        with pytest.raises(services.AccountTakenError):
            register(db_session)

        other = register(db_session, "grace@example.cn")

        assert queries.person_of_account_or_none(db_session, "grace@example.cn") is other


class TestGrantRole:
    def test_gives_the_role_and_says_who_and_why(self, db_session, person_of):
        alice = person_of(cast.ALICE)

        services.grant_role(
            db_session, alice, Role.REVIEWER, actor=SECURITY, reason="聘任书第 7 号", now=NOON
        )

        assert roles_of(db_session, alice) == {"candidate", "reviewer"}
        assert acts(db_session, alice)[-1] == (
            "role.granted",
            SECURITY,
            {"role": "reviewer", "reason": "聘任书第 7 号"},
        )

    def test_the_person_signs_in_again_before_using_it(self, db_session, person_of):
        alice = person_of(cast.ALICE)
        services.open_web_session(db_session, alice, address="", user_agent="", now=NOON)

        services.grant_role(db_session, alice, Role.REVIEWER, actor=SECURITY, now=NOON)

        assert db_session.scalars(select(WebSession)).all() == []

    def test_a_role_held_already_changes_nothing(self, db_session, person_of):
        alice = person_of(cast.ALICE)
        services.open_web_session(db_session, alice, address="", user_agent="", now=NOON)
        before = acts(db_session, alice)

        services.grant_role(db_session, alice, Role.CANDIDATE, actor=SECURITY, now=NOON)

        assert acts(db_session, alice) == before
        assert len(db_session.scalars(select(WebSession)).all()) == 1

    def test_nobody_gives_a_role_to_the_own_account(self, db_session, person_of):
        admin = person_of(cast.SEC)

        with pytest.raises(services.OwnAccountError):
            services.grant_role(
                db_session,
                admin,
                Role.COMMITTEE_MEMBER,
                actor=f"person:{admin.public_id}",
                now=NOON,
            )

        assert roles_of(db_session, admin) == {"security_admin"}

    def test_two_administrators_duties_never_meet(self, db_session, person_of):
        duties = [
            (cast.SYS, Role.SYSTEM_ADMIN),
            (cast.SEC, Role.SECURITY_ADMIN),
            (cast.AUD, Role.AUDIT_ADMIN),
        ]

        for member, own in duties:
            person = person_of(member)
            for _, second in duties:
                if second is own:
                    continue
                with pytest.raises(services.DutiesApartError):
                    services.grant_role(db_session, person, second, actor=SECURITY, now=NOON)
            assert roles_of(db_session, person) == {own.value}

    def test_a_duty_that_was_ended_makes_room_for_another(self, db_session, person_of):
        person = person_of(cast.SYS)
        services.end_role(
            db_session, person, Role.SYSTEM_ADMIN, actor=SECURITY, reason="轮岗", now=NOON
        )

        services.grant_role(
            db_session, person, Role.AUDIT_ADMIN, actor=SECURITY, now=NOON + timedelta(days=1)
        )

        assert roles_of(db_session, person) == {"audit_admin"}

    def test_two_administrators_at_once_cannot_give_two_duties(self, app, person_of):
        person_id = person_of(cast.ALICE).id
        db.session.rollback()
        refused = []
        start = threading.Barrier(2)

        def grant(role):
            with app.app_context():
                start.wait()
                try:
                    with transaction() as db_session:
                        person = queries.person(db_session, person_id)
                        services.grant_role(db_session, person, role, actor=SECURITY, now=NOON)
                except services.DutiesApartError:
                    refused.append(role)

        threads = [
            threading.Thread(target=grant, args=(role,))
            for role in (Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(refused) == 1


class TestEndRole:
    def test_ends_at_once_and_stays_on_record(self, db_session, person_of):
        alice = person_of(cast.ALICE)

        services.end_role(
            db_session, alice, Role.CANDIDATE, actor=SECURITY, reason="本人申请", now=NOON
        )

        assert roles_of(db_session, alice) == set()
        grant = db_session.scalar(select(RoleGrant).where(RoleGrant.person_id == alice.id))
        assert grant.ended_at == NOON
        assert acts(db_session, alice)[-1][0] == "role.ended"

    def test_a_role_that_is_not_held_is_not_found(self, db_session, person_of):
        with pytest.raises(NotFoundError):
            services.end_role(
                db_session,
                person_of(cast.ALICE),
                Role.JUROR,
                actor=SECURITY,
                reason="没有这个角色",
                now=NOON,
            )

    def test_nobody_ends_the_own_role(self, db_session, person_of):
        admin = person_of(cast.SEC)

        with pytest.raises(services.OwnAccountError):
            services.end_role(
                db_session,
                admin,
                Role.SECURITY_ADMIN,
                actor=f"person:{admin.public_id}",
                reason="离职",
                now=NOON,
            )


class TestDisablePerson:
    def test_ends_every_sign_in_and_keeps_the_rest(self, db_session, person_of):
        alice = person_of(cast.ALICE)
        for _ in range(2):
            services.open_web_session(db_session, alice, address="", user_agent="", now=NOON)

        services.disable_person(db_session, alice, actor=SECURITY, reason="违纪", now=NOON)

        assert db_session.scalars(select(WebSession)).all() == []
        assert roles_of(db_session, alice) == {"candidate"}
        with pytest.raises(services.SignInFailedError):
            services.open_web_session(db_session, alice, address="", user_agent="", now=NOON)

    def test_twice_is_on_record_once(self, db_session, person_of):
        alice = person_of(cast.ALICE)

        for _ in range(2):
            services.disable_person(db_session, alice, actor=SECURITY, reason="违纪", now=NOON)

        recorded = [action for action, *_ in acts(db_session, alice)]
        assert recorded.count("person.disabled") == 1

    def test_the_doors_open_again(self, db_session, person_of):
        alice = person_of(cast.ALICE)
        services.disable_person(db_session, alice, actor=SECURITY, reason="误报", now=NOON)

        services.enable_person(db_session, alice, actor=SECURITY, reason="复核无误", now=NOON)

        assert services.open_web_session(db_session, alice, address="", user_agent="", now=NOON)

    @pytest.mark.parametrize("act", [services.disable_person, services.enable_person])
    def test_nobody_does_it_to_the_own_account(self, db_session, person_of, act):
        admin = person_of(cast.SEC)

        with pytest.raises(services.OwnAccountError):
            act(
                db_session,
                admin,
                actor=f"person:{admin.public_id}",
                reason="试一试",
                now=NOON,
            )


class TestCloseOtherWebSessions:
    def test_keeps_the_one_that_asks(self, db_session, person_of):
        alice, bob = person_of(cast.ALICE), person_of(cast.BOB)
        for person in (alice, alice, alice, bob):
            services.open_web_session(db_session, person, address="", user_agent="", now=NOON)
        own = db_session.scalars(
            select(WebSession.id_hash).where(WebSession.person_id == alice.id)
        ).all()

        ended = services.close_other_web_sessions(db_session, alice, keep=own[1], now=NOON)

        assert ended == 2
        left = db_session.execute(select(WebSession.person_id, WebSession.id_hash)).all()
        assert {tuple(row) for row in left} >= {(alice.id, own[1])}
        assert {person_id for person_id, _ in left} == {alice.id, bob.id}


class TestCollectIdentity:
    def test_one_number_is_one_person(self, app, db_session, person_of):
        bob = person_of(cast.BOB)
        db_session.execute(
            services.LegalIdentity.__table__.delete().where(
                services.LegalIdentity.person_id == bob.id
            )
        )

        with pytest.raises(services.IdentityTakenError):
            services.collect_identity(
                db_session,
                bob.id,
                bob.public_id,
                legal_name="Bob",
                number=cast.ALICE.number.lower(),
                keys=app.extensions["field_keys"],
                now=NOON,
            )

    def test_the_number_stands_nowhere_in_plain(self, app, db_session, person_of):
        identity = queries.legal_identity_or_none(db_session, person_of(cast.ALICE).id)

        stored = " ".join(str(value) for value in vars(identity).values())

        assert cast.ALICE.number not in stored
