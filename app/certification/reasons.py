"""Codes of reasons for acts on credentials; every act has one, and a second person confirms it."""

from __future__ import annotations

from enum import StrEnum


class RevocationReason(StrEnum):
    """Why a credential was revoked; shown to the holder, never to strangers."""

    CHEATING = "cheating"
    ISSUED_IN_ERROR = "issued_in_error"
    HOLDER_REQUEST = "holder_request"
    SERIOUS_BREACH = "serious_breach"


class SuspensionReason(StrEnum):
    """Why a credential is without effect for a time."""

    INVESTIGATION = "investigation"
    HOLDER_REQUEST = "holder_request"


class ReinstatementReason(StrEnum):
    """Why a suspension ended before its planned end."""

    CLEARED = "cleared"
    HOLDER_REQUEST = "holder_request"


class SupersessionReason(StrEnum):
    """Why another credential took a credential's place."""

    NAME_CORRECTION = "name_correction"
    CONTENT_CORRECTION = "content_correction"
