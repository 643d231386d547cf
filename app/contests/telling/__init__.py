"""What contestants, jurors and organisers are told: one row, shown on the page and mailed."""
