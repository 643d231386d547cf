"""Compute a contest again from its logs and compare it with what is stored, to the last point."""
