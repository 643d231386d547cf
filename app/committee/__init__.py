"""委员会首页: what waits for its members, how the bank stands, which laws changed."""
