"""定标: a panel of the committee sets a cut score, in rounds, with signed minutes."""
