"""Sending one message to an address that a stranger chose: signed, bounded, never inwards.

The host is resolved once, every address that it has must be a public one, and the connection goes
to the address that was checked (reliability T27). Redirects are not followed. Hosts of the own
network are called only if the operator named them.
"""

from __future__ import annotations

import hmac
import http.client
import ipaddress
import ssl
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from app.core.outgoing import HostUnknownError, TimedConnection, addresses_of

WHOLE_S = 10.0
"""Longest time of a delivery, the look-up of the host included."""

SIGNATURE_HEADER = "Caopan-Signature"


class SendError(Exception):
    """Raised when a message was not delivered; the message says why, for the provider to read."""


def signature(secrets: Sequence[str], body: bytes, *, at: datetime) -> str:
    """Return the signature header: a time and an HMAC-SHA-256 for each secret.

    Signed is `<time>.<body>`, so that neither can be changed and an old message cannot be sent
    again as a new one.

    Args:
        secrets: The endpoint's, the newest first.
        body: The bytes that are sent.
        at: The moment of sending (aware).
    """
    moment = int(at.timestamp())
    signed = str(moment).encode() + b"." + body
    marks = [hmac.new(secret.encode(), signed, sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={moment}", *(f"v1={mark}" for mark in marks)])


def send(url: str, body: bytes, headers: Mapping[str, str], *, own_hosts: Collection[str]) -> None:
    """Post a message; a status of 2xx is a delivery.

    Args:
        url: The endpoint.
        body: JSON.
        headers: Besides `Content-Type` and `User-Agent`.
        own_hosts: Hosts of the own network that may be called, by http too.

    Raises:
        SendError: If it was not delivered.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_own = host in own_hosts
    if parts.scheme != "https" and not is_own:
        raise SendError("https_only")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    own = {"Content-Type": "application/json", "User-Agent": "caopan-webhook/1"}
    until = time.monotonic() + WHOLE_S
    try:
        allowed = _allowed_addresses(host, port, is_own=is_own, until=until)
        is_tls = parts.scheme == "https"
        with TimedConnection(host, port, allowed, is_tls=is_tls, until=until) as connection:
            connection.request("POST", path, body, {**own, **headers})
            status = connection.getresponse().status
    except HostUnknownError as error:
        raise SendError("unknown_host") from error
    except TimeoutError as error:
        raise SendError("timeout") from error
    except ssl.SSLError as error:
        raise SendError("tls") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SendError("no_connection") from error
    if not 200 <= status < 300:
        raise SendError(f"status_{status}")


def is_public(address: str) -> bool:
    """Say whether an IP address is one of the public network."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        # An IPv4 address in IPv6's clothes is judged as what it is.
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _allowed_addresses(host: str, port: int, *, is_own: bool, until: float) -> list[str]:
    """Return the addresses of a host, all of which must be public ones.

    Raises:
        HostUnknownError: If it has none.
        TimeoutError: If it cannot be looked up in time.
        SendError: If one is of the own network, and the host is not the operator's.
    """
    addresses = addresses_of(host, port, until=until)
    if not is_own and not all(is_public(one.partition("%")[0]) for one in addresses):
        raise SendError("private_address")
    return addresses
