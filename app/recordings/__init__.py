"""Real sessions that providers and experts upload, and the rooms fitted to them."""
