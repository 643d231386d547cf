"""Enrolment in a programme, decisions, credentials, public verification."""
