"""Service providers: staff, indicators, five-force scores."""
