"""The issuer's own root and the certificates of its file signers (RFC 5280, RFC 9336)."""

import re
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from certificates.credentials import EXPERT_COMMITTEE
from certificates.keys import CLOCK_SKEW

ROOT_BITS, SIGNER_BITS = 3072, 2048
ROOT_YEARS = 20
SIGNER_DAYS = 460
"""A year and a quarter: a new signer comes every year, and nobody has to hurry."""

DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""id-kp-documentSigning of RFC 9336."""

MAX_COMMON_NAME = 64
"""RFC 5280's upper bound, in characters."""


def make_root(key: RSAPrivateKey, *, name: str, now: datetime) -> bytes:
    """Return the DER certificate of a root that signed itself.

    Args:
        key: Its private key.
        name: Its common name, for people who look at the chain.
        now: The moment (aware).
    """
    subject = _name(name)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + timedelta(days=365.25 * ROOT_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, SHA256())
    )
    return certificate.public_bytes(Encoding.DER)


def make_signer(
    key: RSAPrivateKey, root_key: RSAPrivateKey, root: bytes, *, name: str, now: datetime
) -> bytes:
    """Return the DER certificate of a file signer, issued by a root.

    Args:
        key: The signer's private key.
        root_key: The root's private key.
        root: The root's DER certificate.
        name: The signer's common name.
        now: The moment (aware).
    """
    issuer = x509.load_der_x509_certificate(root)
    identifier = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
    purposes = x509.ExtendedKeyUsage([DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(min(now + timedelta(days=SIGNER_DAYS), issuer.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(purposes, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
        .sign(root_key, SHA256())
    )
    return certificate.public_bytes(Encoding.DER)


def certificates_of_pem(text: bytes) -> tuple[bytes, ...]:
    """Return the DER certificates of a PEM file, in its order.

    Raises:
        ValueError: If it has none, or one is unreadable.
    """
    certificates = x509.load_pem_x509_certificates(text)
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in certificates)


def to_pem(certificate: bytes) -> str:
    """Return a DER certificate as PEM text."""
    loaded = x509.load_der_x509_certificate(certificate)
    return loaded.public_bytes(Encoding.PEM).decode("ascii")


def validity_of(certificate: bytes) -> tuple[datetime, datetime]:
    """Return from when until when a DER certificate is valid (aware)."""
    loaded = x509.load_der_x509_certificate(certificate)
    return loaded.not_valid_before_utc, loaded.not_valid_after_utc


def _name(common_name: str) -> x509.Name:
    clean = re.sub(r"\s+", " ", common_name).strip()[:MAX_COMMON_NAME]
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, EXPERT_COMMITTEE.name),
            x509.NameAttribute(NameOID.COMMON_NAME, clean),
        ]
    )


def _usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
