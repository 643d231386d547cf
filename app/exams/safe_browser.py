"""Safe Exam Browser: whether a request carries the hashes of a configuration that was agreed.

Each request of Safe Exam Browser carries SHA-256(URL + Config Key) in hexadecimal and, for its own
build, SHA-256(URL + Browser Exam Key); the URL is the absolute one without its fragment, as the
browser asked for it (safeexambrowser.org, developer documentation, "Config Key", "Browser Exam
Key"). The keys stand with the sitting and are pinned in the attempt. A deterrent, never a proof.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from werkzeug.datastructures import Headers

from app.core.errors import ForbiddenError, InvalidInputError

CONFIG_HEADER = "X-SafeExamBrowser-ConfigKeyHash"
BROWSER_HEADER = "X-SafeExamBrowser-RequestHash"

HEADER_OF = {"config_keys": CONFIG_HEADER, "browser_keys": BROWSER_HEADER}
"""Which header proves which list of keys; an empty list proves nothing and asks for nothing."""

KEY = re.compile(r"[0-9a-f]{64}")
MOST_KEYS = 20
"""One key for each version and platform in use."""


class SafeBrowserRequiredError(ForbiddenError):
    """Raised when a request does not come from the browser that the exam demands."""

    code = "seb_required"


def check_safe_browser(keys: Mapping[str, Sequence[str]], url: str, headers: Headers) -> None:
    """Let a request pass that carries a hash of one key of each list.

    Args:
        keys: `config_keys` and `browser_keys`, each of lower-case hexadecimal keys.
        url: The absolute address of the request, without a fragment.
        headers: Of the request.

    Raises:
        SafeBrowserRequiredError: If a header is missing or fits no key.
    """
    for name, header in HEADER_OF.items():
        wanted = keys.get(name) or ()
        given = headers.get(header, "").strip().lower().encode()
        hashes = [hashlib.sha256((url + key).encode()).hexdigest().encode() for key in wanted]
        # Every key is compared: the time taken tells nothing about which one was near.
        if wanted and not sum(hmac.compare_digest(given, one) for one in hashes):
            raise SafeBrowserRequiredError(f"{header} missing or wrong for {url}")


def read_keys(config_text: str, browser_text: str) -> dict[str, list[str]] | None:
    """Read the keys that a sitting demands, one a line.

    Returns:
        `{config_keys, browser_keys}`; None if neither is given: any browser may be used.

    Raises:
        InvalidInputError: If a line is no key of 64 hexadecimal digits, or there are too many.
    """
    keys: dict[str, list[str]] = {}
    errors: list[dict[str, object]] = []
    for name, text in (("config_keys", config_text), ("browser_keys", browser_text)):
        lines = list(dict.fromkeys(line.strip().lower() for line in text.split() if line.strip()))
        if len(lines) > MOST_KEYS or not all(KEY.fullmatch(line) for line in lines):
            errors.append({"field": name, "code": "key"})
        keys[name] = lines
    if errors:
        raise InvalidInputError("safe browser keys", errors)
    return keys if any(keys.values()) else None
