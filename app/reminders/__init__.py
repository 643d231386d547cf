"""Reminders that a certificate ends soon: beside the notice on the first page, by mail."""
