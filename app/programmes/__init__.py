"""Programmes: drafts of the next version, their publication by two persons, the public scheme."""
