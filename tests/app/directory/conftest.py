"""Alice's certificate, and Dave's provider."""

from tests.app.checks.conftest import (  # noqa: F401 - fixtures
    alice_id,
    certified,
    fresh_keys,
    issuer_keys,
    programme,
    provider,
)
