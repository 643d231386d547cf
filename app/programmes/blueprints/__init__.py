"""Blueprints of exams in the browser: drafts, their check against the bank, calibrations."""
