"""Scenarios in the making: drafts, their calibration while they are written, review, release."""
