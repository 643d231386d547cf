"""Alice's certificate."""

from tests.app.certification.conftest import (  # noqa: F401 - fixtures
    alice_id,
    certified,
    fresh_keys,
    issuer_keys,
    programme,
)
