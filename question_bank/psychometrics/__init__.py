"""What responses tell about items and forms: item statistics, response theory, cut scores.

Pure functions over arrays; nothing here knows where responses are kept.
"""
