"""排班: planned sessions, and who may operate them."""
