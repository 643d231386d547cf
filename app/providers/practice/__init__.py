"""Evidence of practice that a provider's manager states of own staff."""
