"""Benchmarks: the product beside its floor, in one run. No assertion is timed here."""
