"""严准入: an application, held against the scheme at once, decided by two people with reasons."""
