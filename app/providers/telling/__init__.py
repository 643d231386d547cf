"""Mails to managers, operators and the office: queued with their cause, written when they go."""
