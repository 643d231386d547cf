"""The product in a real Chromium: the journey, the exam page under bad luck, and every page's look.

A package, so that its browser and its servers end with its last test.
"""
