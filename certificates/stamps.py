"""Time stamps of an independent authority over a signature (RFC 3161): ask, read, judge.

A time stamp says that a signature existed at a moment, in somebody else's words. With it a file
stays provable after the signer's certificate has ended, and after its key was stolen.

The authority's answer is a stranger's: it is read by a reader that knows this one form, its own
signature is checked with the certificate that it brings, and whether that certificate is to be
believed is a question of its own (`is_trusted`), answered by roots that the verifier has.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1, sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, Hash, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certificates import der
from certificates.errors import DerError, HolderNameError, StampError
from certificates.keys import MIN_RSA_BITS
from certificates.names import pdf_text

MAX_ANSWER_BYTES = 64 * 1024
"""Longest answer that is read; with a chain of four certificates it has some 8 kB."""

MAX_CERTIFICATES = 12
"""Certificates in a time stamp that are looked at, and steps from one to a root."""

MAX_AUTHORITY_LENGTH = 200
"""Characters of an authority's name."""

NONCE_BITS = 64

MAX_DRIFT = timedelta(minutes=5)
"""An authority whose time is further from ours is of no use, or our own clock is wrong."""

_SIGNED_DATA, _STAMP_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
_SHA256_OID = "2.16.840.1.101.3.4.2.1"
_HASHES: dict[bytes, HashAlgorithm] = {
    der.oid(_SHA256_OID): SHA256(),
    der.oid("2.16.840.1.101.3.4.2.2"): SHA384(),
    der.oid("2.16.840.1.101.3.4.2.3"): SHA512(),
}
_RSA = der.oid("1.2.840.113549.1.1.1")
_RSA_WITH = {
    "sha256": der.oid("1.2.840.113549.1.1.11"),
    "sha384": der.oid("1.2.840.113549.1.1.12"),
    "sha512": der.oid("1.2.840.113549.1.1.13"),
}
_ECDSA_WITH = {
    "sha256": der.oid("1.2.840.10045.4.3.2"),
    "sha384": der.oid("1.2.840.10045.4.3.3"),
    "sha512": der.oid("1.2.840.10045.4.3.4"),
}
_GRANTED = (0, 1)
"""PKIStatus `granted` and `grantedWithMods`."""

_ODD_CERTIFICATE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What a certificate raises that is not what it should be: its parts are read when asked for."""

_MOMENT = re.compile(rb"(\d{14})(?:\.(\d{1,9}))?Z")


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A time stamp whose own signature is good.

    Attributes:
        at: The moment that it tells (aware).
        authority: Who stamped: the name in its certificate.
        imprint: SHA-256 of what was stamped.
        nonce: The number that the request had, if it had one.
        certificates: The authority's certificate, then the others that it brought.
        token: The bytes that go into a file.
    """

    at: datetime
    authority: str
    imprint: bytes
    nonce: int | None
    certificates: tuple[x509.Certificate, ...]
    token: bytes

    def is_over(self, value: bytes) -> bool:
        """Say whether it was given over a value, such as that of a signature."""
        return self.imprint == sha256(value).digest()


def stamp_request(value: bytes, nonce: int) -> bytes:
    """Return the request for a time stamp over a value, which the authority does not see.

    Args:
        value: What is stamped.
        nonce: A random number below 2 ** 64, so that no old answer can be sent again.
    """
    return der.element(
        der.SEQUENCE,
        der.integer(1),
        _imprint(sha256(value).digest()),
        der.integer(nonce),
        der.element(der.BOOLEAN, b"\xff"),  # with its certificates
    )


def read_answer(answer: bytes, value: bytes, nonce: int, *, now: datetime) -> TimeStamp:
    """Return the time stamp of an authority's answer.

    Args:
        answer: What it sent.
        value: What was to be stamped.
        nonce: The number that was sent.
        now: The moment (aware).

    Raises:
        StampError: If it refuses, or answers something else than it was asked.
    """
    if len(answer) > MAX_ANSWER_BYTES:
        raise StampError("too_large", f"an answer of more than {MAX_ANSWER_BYTES} bytes")
    try:
        members = der.Members(der.only(answer, der.SEQUENCE))
        status = der.Members(members.take(der.SEQUENCE).body)
        code = der.whole_number(status.take(der.INTEGER).body)
        if code not in _GRANTED:
            raise StampError("rejected", f"status {code}")
        token = members.take(der.SEQUENCE).whole
        members.end()
    except DerError as error:
        raise StampError("unreadable", str(error)) from error
    stamp = read_stamp(token)
    if not stamp.is_over(value):
        raise StampError("imprint")
    if stamp.nonce != nonce:
        raise StampError("nonce")
    if abs(stamp.at - now) > MAX_DRIFT:
        raise StampError("clock", f"it says {stamp.at:%Y-%m-%d %H:%M:%S} UTC")
    return stamp


def read_stamp(token: bytes) -> TimeStamp:
    """Return a time stamp whose own signature is good; who gave it is another question.

    Args:
        token: A time stamp token: signed data (RFC 5652) over a `TSTInfo`.

    Raises:
        StampError: If it is not one, or not signed by who says so; `code` says what is odd.
    """
    try:
        info, bag, signer = _taken_apart(token)
        certificates = _certificates(bag)
        own = _check_signer(signer, info, certificates)
        at, imprint, nonce = _read_info(info)
        _check_may_stamp(own, at)
        authority = _name_of(own)
    except DerError as error:
        raise StampError("unreadable", str(error)) from error
    except _ODD_CERTIFICATE as error:
        raise StampError("certificate", "one cannot be read") from error
    others = tuple(one for one in certificates if one != own)
    return TimeStamp(at, authority, imprint, nonce, (own, *others), token)


def is_trusted(stamp: TimeStamp, roots: Sequence[bytes]) -> bool:
    """Say whether the authority's certificate leads to a root, as of the moment that it stamped.

    Args:
        stamp: A time stamp that was read.
        roots: DER certificates that the verifier trusts for this.
    """
    anchors = [x509.load_der_x509_certificate(root) for root in roots]
    current = stamp.certificates[0]
    for _ in range(MAX_CERTIFICATES):
        if current in anchors:
            return True
        between = [one for one in stamp.certificates[1:] if _may_issue(one, stamp.at)]
        issuer = next((one for one in (*anchors, *between) if _has_issued(one, current)), None)
        if issuer is None:
            return False
        current = issuer
    return False


def _taken_apart(token: bytes) -> tuple[bytes, bytes, bytes]:
    """Return what was signed, the bag of certificates, and the one signer."""
    content = der.Members(der.only(token, der.SEQUENCE))
    _expect(content.take(der.OID), _SIGNED_DATA)
    signed = der.Members(der.only(content.take(der.CONTEXT).body, der.SEQUENCE))
    content.end()
    signed.take(der.INTEGER)
    signed.take(der.SET)
    held = der.Members(signed.take(der.SEQUENCE).body)
    _expect(held.take(der.OID), _STAMP_INFO)
    info = der.only(held.take(der.CONTEXT).body, der.OCTET_STRING)
    bag = signed.take(der.CONTEXT).body
    signed.take_if(der.CONTEXT + 1)  # revocation lists
    signer = der.only(signed.take(der.SET).body, der.SEQUENCE)
    signed.end()
    return info, bag, signer


def _imprint(digest: bytes) -> bytes:
    algorithm = der.element(der.SEQUENCE, der.oid(_SHA256_OID), der.element(der.NULL))
    return der.element(der.SEQUENCE, algorithm, der.element(der.OCTET_STRING, digest))


def _expect(found: der.Element, dotted: str) -> None:
    if found.whole != der.oid(dotted):
        raise DerError(f"not {dotted}")


def _certificates(bag: bytes) -> list[x509.Certificate]:
    return [
        x509.load_der_x509_certificate(one.whole)
        for one in der.elements(bag)[:MAX_CERTIFICATES]
        if one.tag == der.SEQUENCE
    ]


def _read_info(info: bytes) -> tuple[datetime, bytes, int | None]:
    """Return moment, imprint and nonce of a `TSTInfo`."""
    members = der.Members(der.only(info, der.SEQUENCE))
    if der.whole_number(members.take(der.INTEGER).body) != 1:
        raise DerError("not of version 1")
    members.take(der.OID)  # the authority's policy
    imprint = der.Members(members.take(der.SEQUENCE).body)
    algorithm = der.elements(imprint.take(der.SEQUENCE).body)
    if not algorithm or algorithm[0].whole != der.oid(_SHA256_OID):
        raise StampError("imprint", "not by SHA-256")
    digest = imprint.take(der.OCTET_STRING).body
    members.take(der.INTEGER)  # the token's own number
    at = _moment(members.take(der.GENERALIZED_TIME).body)
    members.take_if(der.SEQUENCE)  # how exact it is
    members.take_if(der.BOOLEAN)
    nonce = members.take_if(der.INTEGER)
    return at, digest, None if nonce is None else der.whole_number(nonce.body)


def _moment(text: bytes) -> datetime:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise DerError("no moment")
    fraction = (found[2] or b"0").ljust(6, b"0")[:6]
    try:
        return datetime.strptime((found[1] + fraction + b"Z").decode("ascii"), "%Y%m%d%H%M%S%f%z")
    except ValueError as error:
        raise DerError("no moment") from error


def _check_signer(
    body: bytes, info: bytes, certificates: Sequence[x509.Certificate]
) -> x509.Certificate:
    """Return the certificate of who signed; refuse a signature that is not by its key."""
    signer = der.Members(body)
    signer.take(der.INTEGER)
    named = signer.take_if(der.SEQUENCE) or signer.take(0x80)
    algorithm = der.elements(signer.take(der.SEQUENCE).body)
    stored = signer.take(der.CONTEXT)
    scheme = der.elements(signer.take(der.SEQUENCE).body)
    signature = signer.take(der.OCTET_STRING).body
    hashing = _HASHES.get(algorithm[0].whole) if algorithm else None
    if hashing is None or not scheme:
        raise StampError("algorithm")
    attributes = _attributes(stored.body)
    digest = Hash(hashing)
    digest.update(info)
    if attributes.get(der.oid(_CONTENT_TYPE)) != der.oid(_STAMP_INFO):
        raise StampError("signature", "over something else than a time stamp")
    expected = der.element(der.OCTET_STRING, digest.finalize())
    if attributes.get(der.oid(_MESSAGE_DIGEST)) != expected:
        raise StampError("signature", "the content is another")
    own = next((one for one in certificates if _is_named(one, named)), None)
    if own is None or not _is_bound(own, attributes):
        raise StampError("certificate", "the signer's own is not there")
    # As they are signed, the attributes have a SET's tag in place of the implicit one.
    signed = bytes((der.SET,)) + stored.whole[1:]
    if not _is_signed(own, scheme[0].whole, hashing, signature, signed):
        raise StampError("signature")
    return own


def _attributes(stored: bytes) -> dict[bytes, bytes]:
    """Return the one value of each signed attribute, by its identifier."""
    out: dict[bytes, bytes] = {}
    for one in der.elements(stored):
        members = der.Members(one.body)
        name = members.take(der.OID).whole
        value = members.take(der.SET).body
        members.end()
        if name in out:
            raise DerError("an attribute twice")
        out[name] = value
    return out


def _is_named(certificate: x509.Certificate, named: der.Element) -> bool:
    """Say whether a signer names a certificate: by issuer and number, or by its key's id."""
    if named.tag == der.SEQUENCE:
        number = der.integer(certificate.serial_number)
        return named.body == certificate.issuer.public_bytes() + number
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return False
    return found.value.digest == named.body


def _is_bound(certificate: x509.Certificate, attributes: dict[bytes, bytes]) -> bool:
    """Say whether the signed attributes hold the certificate's hash (RFC 5035, RFC 2634).

    Without that, another certificate of the same key could be put in its place.
    """
    data = certificate.public_bytes(Encoding.DER)
    by_sha256 = attributes.get(der.oid(_SIGNING_CERTIFICATE_V2))
    value, digest = by_sha256, sha256(data).digest()
    if by_sha256 is None:
        # Named by SHA-1 with the first form; the signature itself never is.
        value = attributes.get(der.oid(_SIGNING_CERTIFICATE))
        digest = sha1(data, usedforsecurity=False).digest()
    if value is None:
        return False
    listed = der.elements(der.Members(der.only(value, der.SEQUENCE)).take(der.SEQUENCE).body)
    if not listed:
        return False
    members = der.Members(listed[0].body)
    algorithm = members.take_if(der.SEQUENCE) if by_sha256 is not None else None
    if algorithm is not None:
        hashing = _HASHES.get(der.first(algorithm.body).whole)
        if hashing is None:
            raise StampError("algorithm")
        counted = Hash(hashing)
        counted.update(data)
        digest = counted.finalize()
    return members.take(der.OCTET_STRING).body == digest


def _is_signed(
    certificate: x509.Certificate,
    scheme: bytes,
    hashing: HashAlgorithm,
    signature: bytes,
    signed: bytes,
) -> bool:
    try:
        key = certificate.public_key()
        if isinstance(key, RSAPublicKey) and scheme in (_RSA, _RSA_WITH[hashing.name]):
            if key.key_size < MIN_RSA_BITS:
                raise StampError("algorithm", f"an RSA key of {key.key_size} bits")
            key.verify(signature, signed, PKCS1v15(), hashing)
        elif isinstance(key, EllipticCurvePublicKey) and scheme == _ECDSA_WITH[hashing.name]:
            key.verify(signature, signed, ECDSA(hashing))
        else:
            raise StampError("algorithm")
    except InvalidSignature:
        return False
    except (ValueError, UnsupportedAlgorithm) as error:
        raise StampError("algorithm") from error
    return True


def _check_may_stamp(certificate: x509.Certificate, at: datetime) -> None:
    """Refuse a certificate that is not for time stamps alone (RFC 3161, 2.3), or had ended."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound as error:
        raise StampError("certificate", "it is not for time stamps") from error
    if not found.critical or list(found.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise StampError("certificate", "it is not for time stamps alone")
    if not _is_valid_at(certificate, at):
        raise StampError("certificate", "it was not valid at that moment")


def _is_valid_at(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _may_issue(certificate: x509.Certificate, at: datetime) -> bool:
    """Say whether a certificate that the token brought is an authority's, valid at a moment."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        return found.value.ca and _is_valid_at(certificate, at)
    except (x509.ExtensionNotFound, *_ODD_CERTIFICATE):
        return False


def _has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *_ODD_CERTIFICATE):
        return False
    return True


def _name_of(certificate: x509.Certificate) -> str:
    """Return the authority's name as it may be shown: no stranger's control characters in it."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in certificate.subject.get_attributes_for_oid(oid):
            return _shown(str(attribute.value))
    return _shown(certificate.subject.rfc4514_string())


def _shown(name: str) -> str:
    try:
        return pdf_text(name, max_length=MAX_AUTHORITY_LENGTH)
    except HolderNameError as error:
        raise StampError("certificate", "its name cannot be shown") from error
