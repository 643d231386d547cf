"""The signature inside a certificate's file: a CMS as PAdES B-B wants it (ETSI EN 319 142-1).

For one signer all of it is fixed but the digest and the signature value, and RSA signatures have
one length. So it is put together from two constant halves, the room for it in the file is exact
(no padding in which something could hide), and a verifier need not parse it: what the issuer's
key would have written either is there, byte for byte, or it is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from certificates import der
from certificates.errors import KeySetError
from certificates.keys import check_chain, check_strength

DIGEST_SIZE = 32

_DATA, _SIGNED_DATA = der.oid("1.2.840.113549.1.7.1"), der.oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE, _MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.3"), der.oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE_V2 = der.oid("1.2.840.113549.1.9.16.2.47")
_SHA256 = der.element(der.SEQUENCE, der.oid("2.16.840.1.101.3.4.2.1"))
_RSA = der.element(der.SEQUENCE, der.oid("1.2.840.113549.1.1.1"), der.element(der.NULL))


@dataclass(frozen=True, slots=True)
class _Mould:
    """Everything of one signer's CMS but digest and signature value.

    Attributes:
        before: Up to the digest.
        between: From the digest to the signature value.
        attributes_before, attributes_after: Around the digest in what is signed.
        signature_size: Bytes of the signature value.
        public: The signer's key.
    """

    before: bytes
    between: bytes
    attributes_before: bytes
    attributes_after: bytes
    signature_size: int
    public: RSAPublicKey

    def signed(self, digest: bytes) -> bytes:
        return self.attributes_before + digest + self.attributes_after

    def fill(self, digest: bytes, signature: bytes) -> bytes:
        return self.before + digest + self.between + signature


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
        signature = self._key.sign(self._mould.signed(digest), PKCS1v15(), SHA256())
        return self._mould.fill(digest, signature)


def is_cms_of(cms: bytes, digest: bytes, chain: Sequence[bytes]) -> bool:
    """Say whether a CMS is, byte for byte, what the holder of a chain's key made of a digest.

    Args:
        cms: What stands in a file.
        digest: SHA-256 of the bytes that the signature covers.
        chain: DER certificates of one of the issuer's keys.
    """
    mould = _mould(chain)
    signature = cms[-mould.signature_size :]
    if cms != mould.fill(digest, signature):
        return False
    try:
        mould.public.verify(signature, mould.signed(digest), PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _mould(chain: Sequence[bytes]) -> _Mould:
    certificate = x509.load_der_x509_certificate(chain[0])
    public = certificate.public_key()
    if not isinstance(public, RSAPublicKey):
        raise KeySetError("the signer's certificate is of no RSA key")
    signature_size = (public.key_size + 7) // 8
    # The digest's place is found by a value that stands nowhere else.
    mark, room = b"\xa5" * DIGEST_SIZE, b"\x5a" * signature_size
    attributes = _attributes(mark, chain[0])
    info = _signer_info(certificate, attributes, room)
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
    before, after = whole.split(mark)
    between, rest = after.split(room)
    signed_before, signed_after = der.set_of(*attributes).split(mark)
    if rest:
        raise KeySetError("the signature value does not end the CMS")
    return _Mould(before, between, signed_before, signed_after, signature_size, public)


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
    certificate: x509.Certificate, attributes: Sequence[bytes], signature: bytes
) -> bytes:
    signer = der.element(
        der.SEQUENCE, certificate.issuer.public_bytes(), der.integer(certificate.serial_number)
    )
    # As they are stored, the signed attributes have an implicit tag in place of the SET's.
    stored = bytes((der.CONTEXT,)) + der.set_of(*attributes)[1:]
    value = der.element(der.OCTET_STRING, signature)
    return der.element(der.SEQUENCE, der.integer(1), signer, _SHA256, stored, _RSA, value)
