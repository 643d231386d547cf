"""The workshop of the expert committee: drafts, two blind readings, pilot, publication."""
