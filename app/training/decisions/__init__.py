"""换你来操盘: ninety seconds for one minute of a room, and what each answer was worth."""
