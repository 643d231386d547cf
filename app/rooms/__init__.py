"""Simulated live rooms: plan, cockpit, result."""
