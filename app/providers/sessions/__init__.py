"""Results of real sessions, and the uplift that is estimated from them."""
