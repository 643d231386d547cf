"""A time-stamping authority of the tests: openssl's own, with a root and a certificate of its own.

Everything that is stamped here is stamped by `openssl ts`, so that what the product reads was
written by another hand.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.core import clock
from tests.certificates.issuer import private_key
from tests.certificates.pdf.test_sealing import skip_or_fail

SECTION = """
[tsa]
serial = {folder}/serial
signer_cert = {folder}/own.pem
certs = {folder}/chain.pem
signer_key = {folder}/key.pem
default_policy = 1.2.3.4.1
digests = sha256, sha512
signer_digest = {digest}
accuracy = secs:1
ess_cert_id_alg = {ess}
tsa_name = yes
"""


@dataclass(frozen=True)
class Authority:
    """Stamps by the machine's clock; `root` and `between` are DER certificates."""

    folder: Path
    root: bytes
    between: bytes

    def answer(self, request: bytes) -> bytes:
        """Return what it answers to a request."""
        query, reply = self.folder / "query", self.folder / "reply"
        query.write_bytes(request)
        subprocess.run(
            [
                *("openssl", "ts", "-reply", "-section", "tsa"),
                *("-config", self.folder / "tsa.cnf", "-queryfile", query, "-out", reply),
            ],
            check=True,
            capture_output=True,
        )
        return reply.read_bytes()


def make_authority(
    folder: Path,
    *,
    curve: bool = False,
    purposes: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.TIME_STAMPING,),
    ess: str = "sha256",
    digest: str = "sha256",
) -> Authority:
    """Make an authority whose certificate was given by an intermediate one.

    Args:
        folder: Where openssl finds its files.
        curve: Whether it signs on a curve instead of by RSA.
        purposes: What its certificate is for.
        ess: By which hash it names its certificate; sha1 gives the older attribute.
        digest: By which hash it signs.
    """
    if shutil.which("openssl") is None:
        skip_or_fail("openssl")
    folder.mkdir(parents=True, exist_ok=True)
    root_key, between_key = private_key("tsa root"), private_key("tsa between")
    own_key = ec_key(SECP256R1()) if curve else private_key("tsa own")
    root = _certificate("Root of time", root_key.public_key(), "Root of time", root_key, ca=True)
    between = _certificate(
        "Times between", between_key.public_key(), "Root of time", root_key, ca=True
    )
    own = _certificate(
        "Test time stamps", own_key.public_key(), "Times between", between_key, purposes=purposes
    )
    pem = {"own": own, "chain": between}
    for name, certificate in pem.items():
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(
        own_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (folder / "serial").write_text("01")
    (folder / "tsa.cnf").write_text(SECTION.format(folder=folder, digest=digest, ess=ess))
    return Authority(folder, root.public_bytes(Encoding.DER), between.public_bytes(Encoding.DER))


@cache
def _today() -> datetime:
    return clock.now()


def _certificate(
    name: str,
    public: object,
    issuer: str,
    issuer_key: RSAPrivateKey,
    *,
    ca: bool = False,
    purposes: tuple[x509.ObjectIdentifier, ...] = (),
) -> x509.Certificate:
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, issuer)]
    builder = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(public)  # type: ignore[arg-type]
        .serial_number(x509.random_serial_number())
        .not_valid_before(_today() - timedelta(days=30))
        .not_valid_after(_today() + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(public),  # type: ignore[arg-type]
            critical=False,
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=ca,
                crl_sign=ca,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=True)
    return builder.sign(issuer_key, SHA256())
