"""Dave's provider and Alice's certificate."""

from tests.app.checks.conftest import (  # noqa: F401 - fixtures
    alice_id,
    certified,
    fresh_keys,
    issuer_keys,
    programme,
    provider,
    rival,
)
