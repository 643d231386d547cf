"""The certificate as a PDF file. Only this package knows ReportLab."""

from certificates.pdf.archive import ArchiveProfile
from certificates.pdf.document import missing_characters, render_certificate

__all__ = ["ArchiveProfile", "missing_characters", "render_certificate"]
