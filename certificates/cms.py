"""The signature inside a certificate's file: a CMS as PAdES B-B wants it (ETSI EN 319 142-1).

For one signer all of it is fixed but the digest and the signature value, and RSA signatures have
one length. So it is put together from two constant halves, the room for it in the file is exact
(no padding in which something could hide), and a verifier need not parse it: what the issuer's
key would have written either is there, byte for byte, or it is not.

With a time stamp (B-T) the authority's token follows the signature value, as an attribute that is
not signed. Its length is known only when it is there, after the room was measured: the room is
longer, and what is left of it must be zeros.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from certificates import der
from certificates.errors import DerError, KeySetError, StampError
from certificates.keys import check_chain, check_strength

DIGEST_SIZE = 32

MAX_CMS_BYTES = 64 * 1024
"""A signature with its certificates has some 3 kB, with the room for a time stamp 15 kB."""

STAMP_ROOM = 12 * 1024
"""Bytes kept in a file for a time stamp; with its authority's certificates one has 3 to 8 kB."""

_DATA, _SIGNED_DATA = der.oid("1.2.840.113549.1.7.1"), der.oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE, _MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.3"), der.oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE_V2 = der.oid("1.2.840.113549.1.9.16.2.47")
_SHA256 = der.element(der.SEQUENCE, der.oid("2.16.840.1.101.3.4.2.1"))
_TIME_STAMP = der.oid("1.2.840.113549.1.9.16.2.14")
_RSA = der.element(der.SEQUENCE, der.oid("1.2.840.113549.1.1.1"), der.element(der.NULL))


@dataclass(frozen=True, slots=True)
class _Mould:
    """Everything of one signer's CMS but digest and signature value.

    Attributes:
        before: Up to the digest.
        between: From the digest to the signature value.
        after: Behind the signature value; empty without a time stamp.
        attributes_before, attributes_after: Around the digest in what is signed.
        signature_size: Bytes of the signature value.
        public: The signer's key.
    """

    before: bytes
    between: bytes
    after: bytes
    attributes_before: bytes
    attributes_after: bytes
    signature_size: int
    public: RSAPublicKey

    def signed(self, digest: bytes) -> bytes:
        return self.attributes_before + digest + self.attributes_after

    def fill(self, digest: bytes, signature: bytes) -> bytes:
        return self.before + digest + self.between + signature + self.after


class FileSigner:
    """Signs files; the private key is read once a process.

    Attributes:
        chain: DER certificates, the key's own first, the root last.
        public: The public key.
        size: Bytes of every CMS that it makes.
    """

    def __init__(self, key: RSAPrivateKey, chain: Sequence[bytes]) -> None:
        """Prepare a signer.

        Args:
            key: The private key.
            chain: DER certificates, the key's own first, the root last.

        Raises:
            KeySetError: If the key is not RSA of 2,048 to 4,096 bits, or the chain is not its.
        """
        check_chain(chain, check_strength(key.public_key()))
        self.chain = tuple(chain)
        self.public = check_strength(key.public_key())
        self._key = key
        self._mould = _mould(chain)
        self.size = len(self._mould.fill(bytes(DIGEST_SIZE), bytes(self._mould.signature_size)))

    def cms(self, digest: bytes) -> bytes:
        """Return the CMS over a SHA-256 digest; the same digest gives the same bytes."""
        return self._mould.fill(digest, self._signature(digest))

    def stamped_cms(self, digest: bytes, stamp: Callable[[bytes], bytes]) -> bytes:
        """Return the CMS over a SHA-256 digest with a time stamp over its signature value.

        Args:
            digest: Of the bytes that the signature covers.
            stamp: Gets the token of a time stamp over a value.
        """
        signature = self._signature(digest)
        return _mould(self.chain, stamp(signature)).fill(digest, signature)

    def _signature(self, digest: bytes) -> bytes:
        return self._key.sign(self._mould.signed(digest), PKCS1v15(), SHA256())


class StampingSigner:
    """A signer whose signatures carry a time stamp (PAdES B-T).

    Attributes:
        size: Bytes of every CMS that it makes, zeros at the end included.
    """

    def __init__(self, signer: FileSigner, stamp: Callable[[bytes], bytes]) -> None:
        """Prepare a signer.

        Args:
            signer: Signs.
            stamp: Gets the token of a time stamp over a value.
        """
        self.size = signer.size + STAMP_ROOM
        self._signer = signer
        self._stamp = stamp

    def cms(self, digest: bytes) -> bytes:
        """Return the CMS over a SHA-256 digest, filled up with zeros.

        Raises:
            StampError: If there is no time stamp, or none that fits into the room.
        """
        made = self._signer.stamped_cms(digest, self._stamp)
        if len(made) > self.size:
            missing = len(made) - self.size
            raise StampError("too_large", f"{missing} bytes more than the room of {STAMP_ROOM}")
        return made.ljust(self.size, b"\0")


@dataclass(frozen=True, slots=True)
class FileSignature:
    """A signature that was found to be an issuer's.

    Attributes:
        value: The signature value.
        token: The time stamp over it; empty without one.
    """

    value: bytes
    token: bytes


def read_cms(cms: bytes, digest: bytes, chain: Sequence[bytes]) -> FileSignature | None:
    """Return the signature in a CMS if it is, byte for byte, what a chain's key made of a digest.

    A time stamp is any that fits there; whether it is of this signature is for `stamps` to say.

    Args:
        cms: What stands in a file.
        digest: SHA-256 of the bytes that the signature covers.
        chain: DER certificates of one of the issuer's keys.
    """
    token = _token_in(cms)
    mould = _mould(chain, token)
    start = len(mould.before) + DIGEST_SIZE + len(mould.between)
    value = cms[start : start + mould.signature_size]
    room = len(cms) if token else 0  # without a time stamp there is no padding
    if cms != mould.fill(digest, value).ljust(room, b"\0"):
        return None
    try:
        mould.public.verify(value, mould.signed(digest), PKCS1v15(), SHA256())
    except InvalidSignature:
        return None
    return FileSignature(value, token)


def _token_in(cms: bytes) -> bytes:
    """Return what stands where a time stamp would; empty if nothing does."""
    try:
        signed_data = der.elements(der.elements(der.first(cms).body)[1].body)[0]
        signers = der.elements(signed_data.body)[-1]
        last = der.elements(der.elements(signers.body)[0].body)[-1]
        if last.tag != der.CONTEXT + 1:
            return b""
        name, value = der.elements(der.elements(last.body)[0].body)
    except (DerError, IndexError, ValueError):
        return b""
    return value.body if name.whole == _TIME_STAMP else b""


def _mould(chain: Sequence[bytes], token: bytes = b"") -> _Mould:
    certificate = x509.load_der_x509_certificate(chain[0])
    public = certificate.public_key()
    if not isinstance(public, RSAPublicKey):
        raise KeySetError("the signer's certificate is of no RSA key")
    signature_size = (public.key_size + 7) // 8
    # The places are found by values that stand nowhere before; a stranger's time stamp comes last.
    mark, room = b"\xa5" * DIGEST_SIZE, b"\x5a" * signature_size
    attributes = _attributes(mark, chain[0])
    unsigned = b""
    if token:
        stamp = der.element(der.SEQUENCE, _TIME_STAMP, der.element(der.SET, token))
        unsigned = der.element(der.CONTEXT + 1, stamp)
    info = _signer_info(certificate, attributes, room, unsigned)
    # The root is left out: whoever trusts it has it, and a bag of certificates is not signed.
    bag = chain[:-1] if len(chain) > 1 else chain
    signed_data = der.element(
        der.SEQUENCE,
        der.integer(1),
        der.set_of(_SHA256),
        der.element(der.SEQUENCE, _DATA),
        der.element(der.CONTEXT, *bag),
        der.set_of(info),
    )
    whole = der.element(der.SEQUENCE, _SIGNED_DATA, der.element(der.CONTEXT, signed_data))
    before, after = whole.split(mark, 1)
    between, rest = after.split(room, 1)
    signed_before, signed_after = der.set_of(*attributes).split(mark)
    if rest != unsigned:
        raise KeySetError("the signature value is not where it should be in the CMS")
    return _Mould(before, between, rest, signed_before, signed_after, signature_size, public)


def _attributes(digest: bytes, certificate: bytes) -> list[bytes]:
    # ESSCertIDv2 with its default, SHA-256; no signing time: PAdES has it in the dictionary.
    named = der.element(der.SEQUENCE, der.element(der.OCTET_STRING, sha256(certificate).digest()))
    signing = der.element(der.SEQUENCE, der.element(der.SEQUENCE, named))
    values = (
        (_CONTENT_TYPE, _DATA),
        (_MESSAGE_DIGEST, der.element(der.OCTET_STRING, digest)),
        (_SIGNING_CERTIFICATE_V2, signing),
    )
    return [der.element(der.SEQUENCE, name, der.element(der.SET, one)) for name, one in values]


def _signer_info(
    certificate: x509.Certificate, attributes: Sequence[bytes], signature: bytes, unsigned: bytes
) -> bytes:
    signer = der.element(
        der.SEQUENCE, certificate.issuer.public_bytes(), der.integer(certificate.serial_number)
    )
    # As they are stored, the signed attributes have an implicit tag in place of the SET's.
    stored = bytes((der.CONTEXT,)) + der.set_of(*attributes)[1:]
    value = der.element(der.OCTET_STRING, signature)
    return der.element(der.SEQUENCE, der.integer(1), signer, _SHA256, stored, _RSA, value, unsigned)
