"""续证: the credential that follows another one of the same person, level and programme."""

from dataclasses import replace
from datetime import date, datetime

from certificates.credentials import TEMPLATE_VERSION, Credential
from certificates.errors import CredentialError
from certificates.labels import CERTIFICATE_TITLE_EN, certificate_title
from certificates.programmes import CertificationProgramme
from certificates.validity import issue_day, months_after

REFRESHER_MET = "refresher_met"
"""Code of a decision's reason: a certificate is renewed by its refresher exam."""


def renewed_until(valid_until: date, years: int) -> date:
    """Return the last day of a renewed credential.

    The years follow on the old last day, so that nobody loses days by renewing early.

    Args:
        valid_until: Last day of the credential that is renewed.
        years: Whole years that the programme grants.
    """
    return months_after(valid_until, 12 * years)


def renewed_credential(
    old: Credential,
    programme: CertificationProgramme,
    *,
    number: str,
    issued_at: datetime,
    is_demo: bool,
    salt: str,
) -> Credential:
    """Make the snapshot of a credential renewed by a refresher exam.

    It prints the name and the results of the exams that the old one rests on: the refresher shows
    that what was certified then is still known, and is no theory exam itself.

    Args:
        old: What is renewed.
        programme: By whose rules; its newest version.
        number: A number that `numbers.new_number` drew.
        issued_at: The moment of issue (aware); fractions of a second are dropped.
        is_demo: Whether the deployment is a demonstration.
        salt: 32 random bytes in hexadecimal digits.

    Raises:
        CredentialError: If the programme is of another level.
    """
    if programme.level is not old.level:
        raise CredentialError(f"{programme.ref} renews no credential of {old.level}")
    moment = issued_at.replace(microsecond=0)
    return replace(
        old,
        number=number,
        programme_ref=programme.ref,
        title=certificate_title(programme.level),
        title_en=CERTIFICATE_TITLE_EN,
        issued_at=moment,
        valid_from=issue_day(moment),
        valid_until=renewed_until(old.valid_until, programme.validity_years),
        is_demo=is_demo or programme.is_demo or old.is_demo,
        template_version=TEMPLATE_VERSION,
        salt=salt,
    )
