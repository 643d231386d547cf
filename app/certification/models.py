"""Tables of certification. Decisions, credentials, their events and files are only ever added."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id

ACTIVE = text("withdrawn_at IS NULL AND certified_at IS NULL")
PASSED_ROWS = text("verdict = 'passed'")
FINAL_KINDS = text("kind IN ('issued', 'revoked', 'superseded')")
CHANGES = text("kind <> 'issued'")
IN_SERVICE = text("retired_at IS NULL AND compromised_at IS NULL")
OPEN_PROPOSALS = text("decided_at IS NULL")
STANDING_CLAIMS = text("outcome IS NULL OR outcome = 'confirmed'")


class ProgrammeVersion(Base):
    """One version of one programme; `body` is `certificates.programmes.CertificationProgramme`."""

    __tablename__ = "programme_version"
    __table_args__ = (UniqueConstraint("programme_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[str]
    version: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    published_at: Mapped[datetime]


class Enrolment(Base):
    """A person's way through one programme, from enrolling to a credential or a withdrawal.

    The programme's version is pinned: a later version changes nothing for who is enrolled.
    `certified_at` is a projection of the credential that ended it.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        CheckConstraint("withdrawn_at IS NULL OR certified_at IS NULL", name="one_end"),
        Index(
            "uq_enrolment_active",
            "person_id",
            "programme_id",
            unique=True,
            sqlite_where=ACTIVE,
            postgresql_where=ACTIVE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    programme_id: Mapped[str]
    programme_ref: Mapped[str]  # "programme-id@version"
    enrolled_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    certified_at: Mapped[datetime | None]

    @property
    def is_active(self) -> bool:
        return self.withdrawn_at is None and self.certified_at is None

    def __repr__(self) -> str:
        return f"Enrolment({self.public_id}, person={self.person_id}, {self.programme_ref})"


@append_only
class DecisionRecord(Base):
    """One decision on an enrolment, with every reason; the next one is a new row."""

    __tablename__ = "decision_record"
    __table_args__ = (
        Index(
            "uq_decision_record_passed",
            "enrolment_id",
            unique=True,
            sqlite_where=PASSED_ROWS,
            postgresql_where=PASSED_ROWS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    programme_ref: Mapped[str]
    at: Mapped[datetime]
    verdict: Mapped[str]  # certificates.decisions.Verdict
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    evidence_ids: Mapped[list[str]] = mapped_column(JSON)

    @property
    def passed(self) -> bool:
        return self.verdict == "passed"


class EvidenceClaim(Base):
    """What somebody states of a candidate's practice, and a second person confirms or declines.

    Live sessions operated, hours of training, or a result in a contest.
    """

    __tablename__ = "evidence_claim"
    __table_args__ = (
        CheckConstraint("kind IN ('sessions', 'training', 'contest')", name="kind"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("outcome IN ('confirmed', 'declined')", name="outcome"),
        CheckConstraint(
            "(decided_at IS NULL) = (outcome IS NULL) AND (decided_at IS NULL) = (decider IS NULL)",
            name="decided_whole",
        ),
        CheckConstraint(
            "outcome IS NULL OR outcome <> 'confirmed' OR decider <> enterer", name="two_persons"
        ),
        Index(
            "uq_evidence_claim_standing",
            "person_id",
            "kind",
            "happened_on",
            "title",
            unique=True,
            sqlite_where=STANDING_CLAIMS,
            postgresql_where=STANDING_CLAIMS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))  # the candidate
    kind: Mapped[str]
    amount: Mapped[float]  # sessions, hours, or a contest's certified points
    happened_on: Mapped[date]  # the day, or the last day of a series
    title: Mapped[str]  # whose sessions, which course, which contest
    source: Mapped[str]  # where it can be looked up
    enterer: Mapped[str]  # "person:<public id>", "cli:demo"
    provider_code: Mapped[str | None] = mapped_column(index=True)  # whose manager stated it
    entered_at: Mapped[datetime]
    decider: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str | None]

    def __repr__(self) -> str:
        return f"EvidenceClaim({self.public_id}, {self.kind} {self.amount:g})"


@append_only
class RoomTextCredit(Base):
    """What a text about a room was marked with; marked again is a new row, the newest counts."""

    __tablename__ = "room_text_credit"
    __table_args__ = (CheckConstraint("credit BETWEEN 0 AND 1", name="credit_is_fraction"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    room_session_id: Mapped[int] = mapped_column(ForeignKey("room_session.id"), index=True)
    part: Mapped[str]  # diagnosis | review
    credit: Mapped[float]
    at: Mapped[datetime]


@append_only
class CredentialRecord(Base):
    """One credential: the snapshot of everything that its certificate prints.

    One enrolment and one decision issue one credential, whatever is clicked, retried or run
    twice; a result serves as evidence once (`CredentialEvidence`). A correction issues another
    one on the same decision, with the next `correction`.
    """

    __tablename__ = "credential_record"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "correction"),
        UniqueConstraint("decision_id", "correction"),
        UniqueConstraint("status_list", "status_index"),
        CheckConstraint("correction >= 0", name="correction_counted"),
        CheckConstraint("valid_until >= valid_from", name="validity_in_order"),
        Index("ix_credential_record_person_expires", "person_id", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision_record.id"))
    correction: Mapped[int] = mapped_column(default=0, server_default="0")
    programme_ref: Mapped[str]
    level: Mapped[str]
    is_demo: Mapped[bool]
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON)  # certificates.credentials.Credential
    content_hash: Mapped[str]  # of the snapshot, 64 hexadecimal digits
    template_version: Mapped[int]
    verify_base_url: Mapped[str]  # the address that the certificate prints, as it was at the issue
    issued_at: Mapped[datetime]
    valid_from: Mapped[date]
    valid_until: Mapped[date]  # the last day, Asia/Shanghai
    expires_at: Mapped[datetime]  # the first moment after that day
    # Place in the status lists; none in what was issued before there were lists.
    status_list: Mapped[int | None]
    status_index: Mapped[int | None]

    def __repr__(self) -> str:
        return f"CredentialRecord({self.number}, person={self.person_id})"


@append_only
class CredentialEvidence(Base):
    """The result that met one part; no result certifies twice."""

    __tablename__ = "credential_evidence"
    __table_args__ = (UniqueConstraint("credential_id", "part"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential_record.id"))
    part: Mapped[str]  # certificates.decisions.Part
    evidence_id: Mapped[str] = mapped_column(unique=True)  # "<part>:<public id>"


@append_only
class RefresherSitting(Base):
    """复训考试: the attempt that is to renew a credential, and what its form was made of."""

    __tablename__ = "refresher_sitting"

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential_record.id"), index=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), unique=True)
    programme_ref: Mapped[str]  # whose rules renew it: the newest version at the start
    topic_counts: Mapped[dict[str, int]] = mapped_column(JSON)  # items of each topic
    changed_ids: Mapped[list[str]] = mapped_column(JSON)  # items that are new since the issue
    began_at: Mapped[datetime]


@append_only
class CredentialRenewal(Base):
    """Which credential renewed which; the old one goes on to its own last day."""

    __tablename__ = "credential_renewal"
    __table_args__ = (CheckConstraint("successor_id <> credential_id", name="another"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential_record.id"), unique=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("credential_record.id"), unique=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("refresher_sitting.id"), unique=True)
    at: Mapped[datetime]


@append_only
class CredentialEvent(Base):
    """Something that happened to a credential; its status at a moment follows from these rows."""

    __tablename__ = "credential_event"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('issued', 'suspended', 'reinstated', 'revoked', 'superseded')", name="kind"
        ),
        CheckConstraint(
            "kind = 'issued' OR (second_person IS NOT NULL AND second_person <> actor)",
            name="two_persons",
        ),
        CheckConstraint("(kind = 'superseded') = (successor_id IS NOT NULL)", name="successor"),
        CheckConstraint("until_at IS NULL OR kind = 'suspended'", name="until_of_suspension"),
        Index(
            "uq_credential_event_final",
            "credential_id",
            "kind",
            unique=True,
            sqlite_where=FINAL_KINDS,
            postgresql_where=FINAL_KINDS,
        ),
        # A status list reads the few changes among a million issues.
        Index(
            "ix_credential_event_change",
            "id",
            "credential_id",
            sqlite_where=CHANGES,
            postgresql_where=CHANGES,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential_record.id"), index=True)
    kind: Mapped[str]
    reason: Mapped[str]  # a code of `acts`; for the issue `decision` or `demonstration`
    actor: Mapped[str]
    second_person: Mapped[str | None]
    at: Mapped[datetime]
    until_at: Mapped[datetime | None]  # planned end of a suspension
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("credential_record.id"))


@append_only
class PdfFingerprint(Base):
    """SHA-256 of the certificate as it was first rendered; every later rendering must equal it.

    What of the file cannot be drawn again from the snapshot is kept: the signature and the
    attached credential, with the keys that made them. Both are null in a file of before there
    were signatures.
    """

    __tablename__ = "pdf_fingerprint"

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential_record.id"), unique=True)
    sha256: Mapped[str] = mapped_column(unique=True)  # 64 hexadecimal digits
    byte_count: Mapped[int]
    rendered_at: Mapped[datetime]
    cms: Mapped[bytes | None] = mapped_column(LargeBinary)
    token: Mapped[str | None]  # the credential as a signed JWT
    file_kid: Mapped[str | None]
    credential_kid: Mapped[str | None]


class SigningKey(Base):
    """A key of the issuer; the private half is sealed with the instance's field key.

    A key is for one use and never changes; `retired_at` and `compromised_at` are set once.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint("use IN ('root', 'file', 'credential', 'status')", name="use"),
        CheckConstraint("not_after > not_before", name="time_in_order"),
        Index(
            "uq_signing_key_in_service",
            "use",
            unique=True,
            sqlite_where=IN_SERVICE,
            postgresql_where=IN_SERVICE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(unique=True)  # RFC 7638 thumbprint
    use: Mapped[str]  # certificates.keys.KeyUse, or `root`
    public_key: Mapped[bytes] = mapped_column(LargeBinary)  # DER, SubjectPublicKeyInfo
    private_key: Mapped[str | None]  # sealed DER, PKCS #8; null once it was taken off the machine
    chain: Mapped[list[str]] = mapped_column(JSON)  # base64 of DER certificates, its own first
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    compromised_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"SigningKey({self.kid}, {self.use})"


class ScanSigningKey(Base):
    """A key that signs the tokens in holders' codes, and nothing else; Ed25519.

    As with the other keys, the private half is sealed with the instance's field key.
    """

    __tablename__ = "scan_signing_key"
    __table_args__ = (
        CheckConstraint("use = 'scan'", name="use"),
        CheckConstraint("not_after > not_before", name="time_in_order"),
        Index(
            "uq_scan_signing_key_in_service",
            "use",
            unique=True,
            sqlite_where=IN_SERVICE,
            postgresql_where=IN_SERVICE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(unique=True)  # RFC 7638 thumbprint
    use: Mapped[str] = mapped_column(default="scan")  # one key of it is in service
    public_key: Mapped[bytes] = mapped_column(LargeBinary)  # 32 bytes
    private_key: Mapped[str]  # sealed base64 of 32 bytes
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    compromised_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"ScanSigningKey({self.kid})"


class CredentialProposal(Base):
    """An act on a credential that one person proposed and another one confirms or declines."""

    __tablename__ = "credential_proposal"
    __table_args__ = (
        CheckConstraint("act IN ('suspend', 'reinstate', 'revoke', 'correct')", name="act"),
        CheckConstraint("outcome IN ('confirmed', 'declined')", name="outcome"),
        CheckConstraint(
            "(decided_at IS NULL) = (outcome IS NULL) AND (decided_at IS NULL) = (decider IS NULL)",
            name="decided_whole",
        ),
        CheckConstraint("(act = 'correct') = (corrected_name IS NOT NULL)", name="name_of_act"),
        Index(
            "uq_credential_proposal_open",
            "credential_id",
            unique=True,
            sqlite_where=OPEN_PROPOSALS,
            postgresql_where=OPEN_PROPOSALS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential_record.id"), index=True)
    act: Mapped[str]
    reason: Mapped[str]  # a code of `reasons`
    comment: Mapped[str]
    until_at: Mapped[datetime | None]  # planned end of a suspension
    corrected_name: Mapped[str | None]
    proposer: Mapped[str]  # "person:<public id>"
    proposed_at: Mapped[datetime]
    decider: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str | None]

    def __repr__(self) -> str:
        return f"CredentialProposal({self.public_id}, {self.act})"


class ShareLink(Base):
    """A link that the holder made: whoever has it sees the full result until it ends."""

    __tablename__ = "share_link"
    __table_args__ = (CheckConstraint("expires_at > created_at", name="time_in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential_record.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)  # of >= 128 random bits
    label: Mapped[str]  # what the holder calls it
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


@append_only
class ShareLinkUse(Base):
    """One look through a share link, for the holder to see."""

    __tablename__ = "share_link_use"

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("share_link.id"), index=True)
    at: Mapped[datetime]
