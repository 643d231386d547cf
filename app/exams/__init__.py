"""Sittings: forms, attempts, saving, submission, scores."""
