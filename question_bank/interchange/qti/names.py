"""Names of the versions of the standard."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """Names of one version of the standard."""

    name: str
    items: str
    packages: str
    resource_type: str
    is_kebab: bool


VERSIONS = {
    "2.1": Version(
        "2.1",
        "http://www.imsglobal.org/xsd/imsqti_v2p1",
        "http://www.imsglobal.org/xsd/imscp_v1p1",
        "imsqti_item_xmlv2p1",
        is_kebab=False,
    ),
    "2.2": Version(
        "2.2",
        "http://www.imsglobal.org/xsd/imsqti_v2p2",
        "http://www.imsglobal.org/xsd/imscp_v1p1",
        "imsqti_item_xmlv2p2",
        is_kebab=False,
    ),
    "3.0": Version(
        "3.0",
        "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
        "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
        "imsqti_item_xmlv3p0",
        is_kebab=True,
    ),
}
LOM = "http://ltsc.ieee.org/xsd/LOM"
HTML = frozenset(
    "p div ul ol li table caption thead tbody tr th td strong em code span br".split()  # noqa: SIM905
)
MATCH = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"
MAP = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"
DATE_OF_FILES = (2020, 1, 1, 0, 0, 0)
"""Time stamp inside packages, so that equal items give equal bytes."""
