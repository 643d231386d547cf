"""Scheduled work: the scheduler says when, a claim row says who, a lease says for how long."""
