"""Checking a certificate's file or credential with nothing but keys and status lists at hand.

The command line, the public page's upload and a provider's program use this one function. It
reads no clock and no network: the moment, the keys and the lists are arguments.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certificates.badges import BadgeFacts, read_badge
from certificates.cms import is_cms_of
from certificates.errors import HolderNameError, StatusListError, TokenError
from certificates.jose import Token, read_token
from certificates.keys import CLOCK_SKEW, IssuerKey, KeySet, KeyUse
from certificates.names import pdf_text
from certificates.signed_files import PDF_HEAD, Shape, SignedFile, read_signed_file
from certificates.status_lists import StatusPurpose, is_set
from certificates.verdicts import Answer, Aspect, Finding, Reason, no, unknown, worst, yes


class Kind(StrEnum):
    """What somebody gave."""

    FILE = "pdf"
    CREDENTIAL = "credential"


@dataclass(frozen=True, slots=True)
class Examination:
    """What a file or a credential turned out to be.

    Attributes:
        kind: A PDF file, or a credential by itself.
        findings: One for each aspect, in their order.
        facts: What the credential says; None unless its signature is good.
    """

    kind: Kind
    findings: tuple[Finding, ...]
    facts: BadgeFacts | None

    @property
    def answer(self) -> Answer:
        """The worst of the verdicts, those aside that were not asked for."""
        unasked = {Reason.NOT_LOOKED_AT, Reason.NO_NAME_GIVEN}
        return worst(finding for finding in self.findings if finding.reason not in unasked)

    def finding(self, aspect: Aspect) -> Finding:
        """Return the verdict on one aspect."""
        return next(finding for finding in self.findings if finding.aspect is aspect)


def examine(
    data: bytes,
    keys: KeySet,
    *,
    at: datetime,
    status_lists: Iterable[str] = (),
    name: str | None = None,
) -> Examination:
    """Check a certificate's PDF file or its credential.

    Args:
        data: The bytes of the file: a PDF, or the text of a credential.
        keys: The issuer's keys, from the issuer and not from the message.
        at: The moment that the question is about (aware).
        status_lists: Signed status lists that are at hand.
        name: What the person who shows it is called, if it is to be compared.
    """
    kind = Kind.FILE if data.startswith(PDF_HEAD) else Kind.CREDENTIAL
    if kind is Kind.FILE:
        file = read_signed_file(data)
        file_finding, signer = _file_findings(file, keys)
        issuer, credential, facts = _credential_findings(file.token, keys)
        # Two keys made the file; the less known of the two is what is told.
        issuer = max(issuer, signer, key=_doubt)
    else:
        file_finding = unknown(Aspect.FILE, Reason.NOT_LOOKED_AT)
        text = data.strip().decode("ascii", errors="replace")
        issuer, credential, facts = _credential_findings(text, keys)
    findings = [file_finding, issuer, credential]
    if facts is None:
        findings += [
            unknown(aspect, Reason.NO_CREDENTIAL)
            for aspect in (Aspect.TIME, Aspect.REVOCATION, Aspect.SUSPENSION, Aspect.NAME)
        ]
        return Examination(kind, tuple(findings), None)
    lists = list(status_lists)
    findings += [
        _time_finding(facts, at),
        _status_finding(Aspect.REVOCATION, StatusPurpose.REVOCATION, facts, keys, lists, at),
        _status_finding(Aspect.SUSPENSION, StatusPurpose.SUSPENSION, facts, keys, lists, at),
        _name_finding(facts, name),
    ]
    return Examination(kind, tuple(findings), facts)


def _doubt(finding: Finding) -> int:
    return ("yes", "cannot_tell", "no").index(finding.answer.value)


def _file_findings(file: SignedFile, keys: KeySet) -> tuple[Finding, Finding]:
    """Return the verdicts on the bytes and on the key that signed them."""
    nobody = unknown(Aspect.ISSUER, Reason.NO_SIGNATURE)
    if file.shape is Shape.UNSIGNED:
        return no(Aspect.FILE, Reason.NO_SIGNATURE), nobody
    if file.shape is Shape.ODD:
        return no(Aspect.FILE, Reason.ALTERED), nobody
    signer = next(
        (key for key in keys.of_use(KeyUse.FILE) if is_cms_of(file.cms, file.digest, key.chain)),
        None,
    )
    if signer is None:
        if any(key.chain[0] in file.cms for key in keys.of_use(KeyUse.FILE)):
            return no(Aspect.FILE, Reason.ALTERED), yes(Aspect.ISSUER, Reason.KEY_KNOWN)
        return no(Aspect.FILE, Reason.SIGNER_UNKNOWN), no(Aspect.ISSUER, Reason.KEY_UNKNOWN)
    if file.shape is Shape.EXTENDED:
        return no(Aspect.FILE, Reason.ADDED_LATER), yes(Aspect.ISSUER, Reason.KEY_KNOWN)
    if signer.compromised_at is not None:
        return (
            unknown(Aspect.FILE, Reason.KEY_COMPROMISED),
            unknown(Aspect.ISSUER, Reason.KEY_COMPROMISED),
        )
    return yes(Aspect.FILE, Reason.COVERS_WHOLE_FILE), yes(Aspect.ISSUER, Reason.KEY_KNOWN)


def _credential_findings(
    text: str | None, keys: KeySet
) -> tuple[Finding, Finding, BadgeFacts | None]:
    """Return the verdicts on the credential's key and signature, and what it says."""
    if text is None:
        return (
            unknown(Aspect.ISSUER, Reason.NO_CREDENTIAL),
            unknown(Aspect.CREDENTIAL, Reason.NO_CREDENTIAL),
            None,
        )
    try:
        token = read_token(text)
    except TokenError:
        return (
            unknown(Aspect.ISSUER, Reason.CREDENTIAL_MALFORMED),
            no(Aspect.CREDENTIAL, Reason.CREDENTIAL_MALFORMED),
            None,
        )
    key = keys.find(token.kid, KeyUse.CREDENTIAL)
    if key is None:
        return (
            no(Aspect.ISSUER, Reason.KEY_UNKNOWN),
            unknown(Aspect.CREDENTIAL, Reason.KEY_UNKNOWN),
            None,
        )
    known = yes(Aspect.ISSUER, Reason.KEY_KNOWN)
    if not token.is_signed_by(key.public):
        return known, no(Aspect.CREDENTIAL, Reason.SIGNATURE_BAD), None
    return _signed_findings(token, key, keys)


def _signed_findings(
    token: Token, key: IssuerKey, keys: KeySet
) -> tuple[Finding, Finding, BadgeFacts | None]:
    known = yes(Aspect.ISSUER, Reason.KEY_KNOWN)
    try:
        facts = read_badge(token.claims)
    except TokenError:
        return known, no(Aspect.CREDENTIAL, Reason.CREDENTIAL_MALFORMED), None
    if facts.issuer != keys.issuer:
        return (
            no(Aspect.ISSUER, Reason.OTHER_ISSUER),
            yes(Aspect.CREDENTIAL, Reason.SIGNATURE_GOOD),
            facts,
        )
    if facts.issued_at > key.ends_at + CLOCK_SKEW:
        # A key signs what was issued before, for example what a rotation found waiting; never
        # what was issued after its own end.
        return (
            no(Aspect.ISSUER, Reason.KEY_OUT_OF_TIME),
            yes(Aspect.CREDENTIAL, Reason.SIGNATURE_GOOD),
            facts,
        )
    if key.compromised_at is not None:
        # Only the register knows what was recorded before somebody else had the key.
        return (
            unknown(Aspect.ISSUER, Reason.KEY_COMPROMISED),
            unknown(Aspect.CREDENTIAL, Reason.KEY_COMPROMISED),
            facts,
        )
    return known, yes(Aspect.CREDENTIAL, Reason.SIGNATURE_GOOD), facts


def _time_finding(facts: BadgeFacts, at: datetime) -> Finding:
    if at < facts.issued_at - CLOCK_SKEW:
        return no(Aspect.TIME, Reason.NOT_YET)
    if at >= facts.expires_at:
        return no(Aspect.TIME, Reason.EXPIRED)
    return yes(Aspect.TIME, Reason.WITHIN)


def _status_finding(
    aspect: Aspect,
    purpose: StatusPurpose,
    facts: BadgeFacts,
    keys: KeySet,
    lists: list[str],
    at: datetime,
) -> Finding:
    """Return a verdict of a status list; a doubtful list never says that all is well."""
    place = facts.places.get(purpose.value)
    if place is None:
        return unknown(aspect, Reason.NO_LIST)
    address, index = place
    doubt = Reason.NO_LIST
    for text in lists:
        try:
            token = read_token(text)
            if token.claims.get("id") != address:
                continue
            doubt = Reason.LIST_UNUSABLE
            fresh, is_listed = _look_up(token, purpose, index, keys, at)
        except (TokenError, StatusListError):
            continue
        if not fresh:
            doubt = Reason.LIST_STALE
        elif is_listed:
            return no(aspect, Reason.LISTED)
        else:
            return yes(aspect, Reason.NOT_LISTED)
    return unknown(aspect, doubt)


def _look_up(
    token: Token, purpose: StatusPurpose, index: int, keys: KeySet, at: datetime
) -> tuple[bool, bool]:
    """Return whether a status list is fresh, and the bit.

    Raises:
        TokenError: If the list is not the issuer's, or not of this purpose.
        StatusListError: If its bits cannot be read.
    """
    key = keys.find(token.kid, KeyUse.STATUS)
    claims = token.claims
    if key is None or key.compromised_at is not None or not token.is_signed_by(key.public):
        raise TokenError("claims")
    try:
        subject = claims["credentialSubject"]
        start = datetime.fromisoformat(claims["validFrom"])
        until = datetime.fromisoformat(claims["validUntil"])
        right = (
            claims["issuer"] == claims["iss"] == keys.issuer
            and subject["statusPurpose"] == purpose.value
            and claims["nbf"] == int(start.timestamp())
            and claims["exp"] == int(until.timestamp())
            and key.might_sign_at(start)
        )
        if not right:
            raise TokenError("claims")
        fresh = start - CLOCK_SKEW <= at < until
        return fresh, is_set(subject["encodedList"], index)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TokenError("claims") from error


def _name_finding(facts: BadgeFacts, name: str | None) -> Finding:
    if name is None:
        return unknown(Aspect.NAME, Reason.NO_NAME_GIVEN)
    try:
        same = facts.is_named(pdf_text(name))
    except HolderNameError:
        same = False
    return yes(Aspect.NAME, Reason.SAME_NAME) if same else no(Aspect.NAME, Reason.OTHER_NAME)
