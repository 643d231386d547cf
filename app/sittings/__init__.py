"""Sittings (场次): windows, seats, check-in, the invigilator's console, accommodations."""
