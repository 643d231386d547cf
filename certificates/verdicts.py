"""What a check may find: separate verdicts, each yes, no or cannot tell, each with its reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """What one check found."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "cannot_tell"


class Aspect(StrEnum):
    """What is checked, in the order in which it is told; never one green tick for all."""

    FILE = "file_intact"
    ISSUER = "issuer_key_known"
    CREDENTIAL = "credential_signed"
    STAMP = "time_stamped"
    TIME = "in_validity"
    REVOCATION = "not_revoked"
    SUSPENSION = "not_suspended"
    NAME = "name_matches"


class Reason(StrEnum):
    """Why a verdict is what it is."""

    COVERS_WHOLE_FILE = "covers_whole_file"
    NO_SIGNATURE = "no_signature"
    ADDED_LATER = "added_later"
    ALTERED = "altered"
    SIGNER_UNKNOWN = "signer_unknown"
    NOT_LOOKED_AT = "not_looked_at"
    KEY_KNOWN = "key_known"
    KEY_UNKNOWN = "key_unknown"
    KEY_COMPROMISED = "key_compromised"
    KEY_OUT_OF_TIME = "key_out_of_time"
    OTHER_ISSUER = "other_issuer"
    SIGNATURE_GOOD = "signature_good"
    SIGNATURE_BAD = "signature_bad"
    NO_CREDENTIAL = "no_credential"
    CREDENTIAL_MALFORMED = "credential_malformed"
    STAMP_GOOD = "stamp_good"
    STAMP_BAD = "stamp_bad"
    STAMP_OF_OTHER = "stamp_of_other"
    STAMP_AUTHORITY_UNKNOWN = "stamp_authority_unknown"
    WITHIN = "within"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    NOT_LISTED = "not_listed"
    LISTED = "listed"
    NO_LIST = "no_list"
    LIST_STALE = "list_stale"
    LIST_UNUSABLE = "list_unusable"
    SAME_NAME = "same_name"
    OTHER_NAME = "other_name"
    NO_NAME_GIVEN = "no_name_given"


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict."""

    aspect: Aspect
    answer: Answer
    reason: Reason


def yes(aspect: Aspect, reason: Reason) -> Finding:
    """Return the verdict that it is so."""
    return Finding(aspect, Answer.YES, reason)


def no(aspect: Aspect, reason: Reason) -> Finding:
    """Return the verdict that it is not so."""
    return Finding(aspect, Answer.NO, reason)


def unknown(aspect: Aspect, reason: Reason) -> Finding:
    """Return the verdict that nobody can say it from what there is."""
    return Finding(aspect, Answer.UNKNOWN, reason)


def worst(findings: Iterable[Finding]) -> Answer:
    """Return `no` if any is no, else `cannot tell` if any is that, else yes."""
    answers = {finding.answer for finding in findings}
    for answer in (Answer.NO, Answer.UNKNOWN):
        if answer in answers:
            return answer
    return Answer.YES
