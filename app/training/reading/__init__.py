"""Which chapters of the handbook somebody read, and where they stopped."""
