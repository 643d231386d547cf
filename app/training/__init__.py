"""Training: practice, placement, courses and the way from newcomer to senior."""
