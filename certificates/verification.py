"""Checking a certificate's file or credential with nothing but keys and status lists at hand.

The command line, the public page's upload and a provider's program use this one function. It
reads no clock and no network: the moment, the keys and the lists are arguments.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certificates.badges import BadgeFacts, read_badge
from certificates.cms import FileSignature, read_cms
from certificates.errors import HolderNameError, StampError, StatusListError, TokenError
from certificates.jose import Token, read_token
from certificates.keys import CLOCK_SKEW, IssuerKey, KeySet, KeyUse
from certificates.names import pdf_text
from certificates.signed_files import PDF_HEAD, Shape, SignedFile, read_signed_file
from certificates.stamps import TimeStamp, is_trusted, read_stamp
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
        findings: One for each aspect, in their order; `STAMP` only of a file that has a time stamp.
        facts: What the credential says; None unless its signature is good.
        stamp: The file's time stamp; None unless its own signature is good.
        status_as_of: When the older of the status lists that were used was signed (aware): what
            happened since, nobody can tell from them. None if none was used.
    """

    kind: Kind
    findings: tuple[Finding, ...]
    facts: BadgeFacts | None
    stamp: TimeStamp | None = None
    status_as_of: datetime | None = None

    @property
    def answer(self) -> Answer:
        """The worst of the verdicts, those aside that were not asked for.

        A time stamp adds to a file; one of an authority that the verifier does not know takes
        nothing from it.
        """
        unasked = {
            Reason.NOT_LOOKED_AT,
            Reason.NO_NAME_GIVEN,
            Reason.STAMP_AUTHORITY_UNKNOWN,
        }
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
    stamp_roots: Sequence[bytes] = (),
) -> Examination:
    """Check a certificate's PDF file or its credential.

    Args:
        data: The bytes of the file: a PDF, or the text of a credential.
        keys: The issuer's keys, from the issuer and not from the message.
        at: The moment that the question is about (aware).
        status_lists: Signed status lists that are at hand.
        name: What the person who shows it is called, if it is to be compared.
        stamp_roots: DER certificates of the roots that are trusted to lead to time stamps.
    """
    kind = Kind.FILE if data.startswith(PDF_HEAD) else Kind.CREDENTIAL
    stamped: Stamped | None = None
    if kind is Kind.FILE:
        file = read_signed_file(data)
        signer, signature = _signer(file, keys)
        if signer is not None and signature is not None and signature.token:
            stamped = _stamped(signature, signer, stamp_roots)
        existed_at = None if stamped is None else stamped.proven_at
        file_finding, signer_finding = _file_findings(file, keys, signer, existed_at)
        # What the file proves of itself it proves of the credential in it.
        covered = existed_at if file_finding.answer is Answer.YES else None
        issuer, credential, facts = _credential_findings(file.token, keys, covered)
        # Two keys made the file; the less known of the two is what is told.
        issuer = max(issuer, signer_finding, key=_doubt)
    else:
        file_finding = unknown(Aspect.FILE, Reason.NOT_LOOKED_AT)
        text = data.strip().decode("ascii", errors="replace")
        issuer, credential, facts = _credential_findings(text, keys, None)
    findings = [file_finding, issuer, credential]
    stamp = None
    if stamped is not None:
        findings.append(stamped.finding)
        stamp = stamped.stamp
    if facts is None:
        findings += [
            unknown(aspect, Reason.NO_CREDENTIAL)
            for aspect in (Aspect.TIME, Aspect.REVOCATION, Aspect.SUSPENSION, Aspect.NAME)
        ]
        return Examination(kind, tuple(findings), None, stamp)
    lists = list(status_lists)
    revocation = _listed(Aspect.REVOCATION, StatusPurpose.REVOCATION, facts, keys, lists, at)
    suspension = _listed(Aspect.SUSPENSION, StatusPurpose.SUSPENSION, facts, keys, lists, at)
    findings += [
        _time_finding(facts, at),
        revocation.finding,
        suspension.finding,
        _name_finding(facts, name),
    ]
    used = [one.made_at for one in (revocation, suspension) if one.made_at is not None]
    return Examination(kind, tuple(findings), facts, stamp, min(used, default=None))


def _doubt(finding: Finding) -> int:
    return ("yes", "cannot_tell", "no").index(finding.answer.value)


@dataclass(frozen=True, slots=True)
class Stamped:
    """What a file's time stamp is worth.

    Attributes:
        finding: The verdict.
        stamp: The time stamp, if it could be read.
        proven_at: When the signature existed, if a trusted authority says so.
    """

    finding: Finding
    stamp: TimeStamp | None
    proven_at: datetime | None = None


def _stamped(signature: FileSignature, signer: IssuerKey, roots: Sequence[bytes]) -> Stamped:
    try:
        stamp = read_stamp(signature.token)
    except StampError:
        return Stamped(no(Aspect.STAMP, Reason.STAMP_BAD), None)
    if not stamp.is_over(signature.value):
        return Stamped(no(Aspect.STAMP, Reason.STAMP_OF_OTHER), None)
    if not is_trusted(stamp, roots):
        return Stamped(unknown(Aspect.STAMP, Reason.STAMP_AUTHORITY_UNKNOWN), stamp)
    if stamp.at > signer.ends_at + CLOCK_SKEW:
        return Stamped(no(Aspect.STAMP, Reason.KEY_OUT_OF_TIME), stamp)
    return Stamped(yes(Aspect.STAMP, Reason.STAMP_GOOD), stamp, stamp.at)


def _is_stolen(key: IssuerKey, existed_at: datetime | None) -> bool:
    """Say whether somebody else may have signed with a key what existed at a moment for certain.

    Without a moment only the register knows what was recorded before somebody else had the key.
    """
    since = key.compromised_at
    return since is not None and (existed_at is None or existed_at >= since)


def _signer(file: SignedFile, keys: KeySet) -> tuple[IssuerKey | None, FileSignature | None]:
    """Return which of the issuer's keys signed a file, and its signature."""
    for key in keys.of_use(KeyUse.FILE):
        signature = read_cms(file.cms, file.digest, key.chain)
        if signature is not None:
            return key, signature
    return None, None


def _file_findings(
    file: SignedFile, keys: KeySet, signer: IssuerKey | None, existed_at: datetime | None
) -> tuple[Finding, Finding]:
    """Return the verdicts on the bytes and on the key that signed them."""
    nobody = unknown(Aspect.ISSUER, Reason.NO_SIGNATURE)
    if file.shape is Shape.UNSIGNED:
        return no(Aspect.FILE, Reason.NO_SIGNATURE), nobody
    if file.shape is Shape.ODD:
        return no(Aspect.FILE, Reason.ALTERED), nobody
    if signer is None:
        if any(key.chain[0] in file.cms for key in keys.of_use(KeyUse.FILE)):
            return no(Aspect.FILE, Reason.ALTERED), yes(Aspect.ISSUER, Reason.KEY_KNOWN)
        return no(Aspect.FILE, Reason.SIGNER_UNKNOWN), no(Aspect.ISSUER, Reason.KEY_UNKNOWN)
    if file.shape is Shape.EXTENDED:
        return no(Aspect.FILE, Reason.ADDED_LATER), yes(Aspect.ISSUER, Reason.KEY_KNOWN)
    if _is_stolen(signer, existed_at):
        return (
            unknown(Aspect.FILE, Reason.KEY_COMPROMISED),
            unknown(Aspect.ISSUER, Reason.KEY_COMPROMISED),
        )
    return yes(Aspect.FILE, Reason.COVERS_WHOLE_FILE), yes(Aspect.ISSUER, Reason.KEY_KNOWN)


def _credential_findings(
    text: str | None, keys: KeySet, existed_at: datetime | None
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
    return _signed_findings(token, key, keys, existed_at)


def _signed_findings(
    token: Token, key: IssuerKey, keys: KeySet, existed_at: datetime | None
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
    if _is_stolen(key, existed_at):
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


@dataclass(frozen=True, slots=True)
class Listed:
    """What the status lists of one purpose say.

    Attributes:
        finding: The verdict.
        made_at: When the list that it rests on was signed (aware); None if it rests on none.
    """

    finding: Finding
    made_at: datetime | None = None


def _listed(
    aspect: Aspect,
    purpose: StatusPurpose,
    facts: BadgeFacts,
    keys: KeySet,
    lists: list[str],
    at: datetime,
) -> Listed:
    """Return the verdict of the newest good status list; a doubtful one never says all is well.

    An older list, though it has not ended yet, may have been kept by somebody who was revoked
    since: it never outweighs a newer one.
    """
    place = facts.places.get(purpose.value)
    if place is None:
        return Listed(unknown(aspect, Reason.NO_LIST))
    address, index = place
    doubt = Reason.NO_LIST
    good: list[tuple[datetime, bool]] = []
    for text in lists:
        try:
            token = read_token(text)
            if token.claims.get("id") != address:
                continue
            doubt = Reason.LIST_UNUSABLE
            made_at, fresh, is_listed = _look_up(token, purpose, index, keys, at)
        except (TokenError, StatusListError):
            continue
        if fresh:
            good.append((made_at, is_listed))
        else:
            doubt = Reason.LIST_STALE
    if not good:
        return Listed(unknown(aspect, doubt))
    made_at, is_listed = max(good)
    if is_listed:
        return Listed(no(aspect, Reason.LISTED), made_at)
    return Listed(yes(aspect, Reason.NOT_LISTED), made_at)


def _look_up(
    token: Token, purpose: StatusPurpose, index: int, keys: KeySet, at: datetime
) -> tuple[datetime, bool, bool]:
    """Return when a status list was signed, whether it is fresh, and the bit.

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
        return start, fresh, is_set(subject["encodedList"], index)
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
