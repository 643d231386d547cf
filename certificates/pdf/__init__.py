"""The certificate as a PDF file. Only this package knows ReportLab."""

from certificates.pdf.archive import ArchiveProfile
from certificates.pdf.document import missing_characters, render_certificate
from certificates.pdf.sealing import ATTACHMENT_NAME, Seal, Signer

__all__ = [
    "ATTACHMENT_NAME",
    "ArchiveProfile",
    "Seal",
    "Signer",
    "missing_characters",
    "render_certificate",
]
