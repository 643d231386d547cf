"""The library of rooms: families, coverage, trials, how real people did, retirement."""
