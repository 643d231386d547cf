"""Tables of people and their sign-ins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.ids import new_public_id


class Person(Base):
    """Somebody with an account; signs in by e-mail or phone and password."""

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("email IS NOT NULL OR phone IS NOT NULL", name="reachable"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    email: Mapped[str | None] = mapped_column(unique=True)  # lower case
    phone: Mapped[str | None] = mapped_column(unique=True)  # digits, mainland 11
    display_name: Mapped[str]
    password_hash: Mapped[str]
    locale: Mapped[str] = mapped_column(default="zh_CN")
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    totp_sealed: Mapped[str | None]  # encrypted secret of the second factor
    totp_last_step: Mapped[int | None]  # a code is good once

    grants: Mapped[list[RoleGrant]] = relationship(foreign_keys="RoleGrant.person_id")

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants if grant.ended_at is None)

    def __repr__(self) -> str:
        return f"Person({self.public_id})"


class RoleGrant(Base):
    """A role that a person holds, or held."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("person_id", "role", "granted_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str]
    granted_at: Mapped[datetime]
    granted_by: Mapped[str]  # actor, as in the audit log
    ended_at: Mapped[datetime | None]


class WebSession(Base):
    """One sign-in; the cookie holds a random secret, the table its SHA-256.

    Deleting the row ends it at once: sign-out, a new password, disabling.
    """

    __tablename__ = "web_session"

    id_hash: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    address: Mapped[str]
    user_agent: Mapped[str]
    second_factor_at: Mapped[datetime | None]
    # Public ids, parted by blanks, of the only things that it may open; null for everything.
    limited_to: Mapped[str | None]


class SignInFailure(Base):
    """Failures in a row on one account name, and until when guessing must wait."""

    __tablename__ = "sign_in_failure"

    account_hash: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime]
    wait_until: Mapped[datetime]


class LegalIdentity(Base):
    """Who the person is by law; collected at the first enrolment, with consent.

    The number itself is encrypted; its keyed hash makes one natural person one identity.
    """

    __tablename__ = "legal_identity"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    legal_name: Mapped[str]
    number_sealed: Mapped[str]
    number_hash: Mapped[str] = mapped_column(unique=True)
    consent_text: Mapped[str]  # version of the text consented to
    collected_at: Mapped[datetime]
