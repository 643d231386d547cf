"""Small linear algebra in plain Python: the fits have a dozen unknowns."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt


def inverse_of(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return the inverse of a symmetric, positive definite matrix, by Cholesky.

    Raises:
        ValueError: If it is not positive definite.
    """
    count = len(matrix)
    lower = [[0.0] * count for _ in range(count)]
    for i in range(count):
        for j in range(i + 1):
            left = matrix[i][j] - sum(lower[i][k] * lower[j][k] for k in range(j))
            if i == j:
                if left <= 0.0:
                    raise ValueError("the matrix is not positive definite")
                lower[i][i] = sqrt(left)
            else:
                lower[i][j] = left / lower[j][j]
    columns = []
    for unit in range(count):
        forward = [0.0] * count
        for i in range(count):
            known = sum(lower[i][k] * forward[k] for k in range(i))
            forward[i] = ((1.0 if i == unit else 0.0) - known) / lower[i][i]
        back = [0.0] * count
        for i in reversed(range(count)):
            known = sum(lower[k][i] * back[k] for k in range(i + 1, count))
            back[i] = (forward[i] - known) / lower[i][i]
        columns.append(back)
    return columns
