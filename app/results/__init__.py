"""Results of sittings: release, score report, regrading, appeals."""
