"""Levels, programmes, decisions, credentials, certificates: pure functions of their arguments."""
