"""A provider's people over time: checks by random draw, growth alerts, progress by consent."""
