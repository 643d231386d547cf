"""What every feature stands on; names no feature."""
