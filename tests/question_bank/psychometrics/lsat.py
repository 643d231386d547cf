"""Section 6 of the LSAT: 1,000 persons, 5 items (Bock & Lieberman, Psychometrika 35, 1970)."""

import numpy as np

from question_bank.psychometrics.matrices import ResponseMatrix

FREQUENCIES = (
    *(3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15),
    *(10, 29, 14, 81, 3, 28, 15, 80, 16, 56, 21, 173, 11, 61, 28, 298),
)
"""Persons of each response pattern, from 00000 to 11111."""


def lsat() -> ResponseMatrix:
    patterns = [[int(one) for one in format(number, "05b")] for number in range(32)]
    return ResponseMatrix.of_credits(np.repeat(np.array(patterns, float), FREQUENCIES, axis=0))
