"""A provider's view of its people's training: skills with consent, gaps, what was assigned."""
