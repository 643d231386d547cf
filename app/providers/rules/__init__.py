"""Rules in force: versions by two persons and their effect, tiers by decision, settled scores."""
