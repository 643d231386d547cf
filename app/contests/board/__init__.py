"""The contest's board 榜单: what the public and the jury see of a round, and how it stays apart."""
