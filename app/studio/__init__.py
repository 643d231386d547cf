"""Scenarios of rooms in the database: versions, and what was computed for them."""
