"""How far a form's score can be trusted: reliability, error, consistency of pass and fail."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, erf, pi, sqrt

import numpy as np

from question_bank.psychometrics.matrices import Floats, ResponseMatrix


@dataclass(frozen=True, slots=True)
class FormStatistics:
    """A form's figures; scores are fractions of the form, in [0, 1].

    Attributes:
        count: Persons.
        length: Items on a form (mean, where forms differ).
        mean, median, sd: Of the score fraction; sd with n - 1.
        skewness, kurtosis: From k-statistics; 0 for a normal distribution.
        alpha: Cronbach's coefficient; `None` where it cannot be worked out.
        alpha_without: By item: alpha of the form without it.
        sem: Standard error of measurement, sd * sqrt(1 - alpha), in score fraction.
    """

    count: int
    length: float
    mean: float
    median: float
    sd: float
    skewness: float | None
    kurtosis: float | None
    alpha: float | None
    alpha_without: dict[str, float | None]
    sem: float | None


def form_statistics(matrix: ResponseMatrix) -> FormStatistics:
    """Return a form's figures.

    Alpha is k c / (v + (k - 1) c) with v the mean variance of the items and c their mean
    covariance over the persons who had both; for one form for all this is Cronbach's alpha
    (Psychometrika 16, 1951) exactly.

    Raises:
        ValueError: With fewer than two persons.
    """
    scores = matrix.score_fractions
    scores = scores[~np.isnan(scores)]
    if len(scores) < 2:
        raise ValueError("a form's statistics need two persons or more")
    length = float(matrix.shown.sum(axis=1).mean())
    covariances = _covariances(matrix)
    alpha = _alpha(covariances, length)
    sd = float(scores.std(ddof=1))
    skewness, kurtosis = _shape(scores)
    return FormStatistics(
        count=len(scores),
        length=length,
        mean=float(scores.mean()),
        median=float(np.median(scores)),
        sd=sd,
        skewness=skewness,
        kurtosis=kurtosis,
        alpha=alpha,
        alpha_without={
            ref: _alpha_without(covariances, item, length)
            for item, ref in enumerate(matrix.item_refs)
        },
        sem=None if alpha is None else sd * sqrt(max(0.0, 1 - alpha)),
    )


def _covariances(matrix: ResponseMatrix) -> Floats:
    """Return covariances of items over the persons who had both, with n - 1; NaN for none."""
    shown = matrix.shown.astype(np.float64)
    filled = np.nan_to_num(matrix.credits)
    pairs = shown.T @ shown
    products = filled.T @ filled
    sums = filled.T @ shown  # of item i over the persons who had j too
    with np.errstate(invalid="ignore", divide="ignore"):
        out = (products - sums * sums.T / pairs) / (pairs - 1)
    out[pairs < 2] = np.nan
    return np.asarray(out, dtype=np.float64)


def _alpha(covariances: Floats, length: float) -> float | None:
    items = len(covariances)
    if items < 2:
        return None
    variances = np.diag(covariances)
    off = covariances[~np.eye(items, dtype=bool)]
    if np.isnan(variances).all() or np.isnan(off).all():
        return None
    variance, covariance = float(np.nanmean(variances)), float(np.nanmean(off))
    whole = variance + (length - 1) * covariance
    return None if whole <= 0 else length * covariance / whole


def _alpha_without(covariances: Floats, item: int, length: float) -> float | None:
    keep = np.arange(len(covariances)) != item
    shorter = length * (len(covariances) - 1) / len(covariances)
    return _alpha(covariances[np.ix_(keep, keep)], shorter)


def _shape(scores: Floats) -> tuple[float | None, float | None]:
    """Return k3 / k2^1.5 and k4 / k2^2 from Fisher's k-statistics."""
    n = len(scores)
    centred = scores - scores.mean()
    m2, m3, m4 = (float((centred**power).sum()) for power in (2, 3, 4))
    if n < 4 or m2 <= 0:
        return None, None
    k2 = m2 / (n - 1)
    k3 = n * m3 / ((n - 1) * (n - 2))
    k4 = n * ((n + 1) * m4 - 3 * (n - 1) * m2 * m2 / n) / ((n - 1) * (n - 2) * (n - 3))
    return k3 / k2**1.5, k4 / k2**2


def sem_at(score_fraction: float, length: float, alpha: float, mean: float, sd: float) -> float:
    """Return the standard error of measurement at one score, in score fraction.

    Lord's binomial error sqrt(x (k - x) / (k - 1)), made consistent with the form's reliability
    by Keats' factor sqrt((1 - alpha) / (1 - KR21)) (Keats, Psychometrika 22, 1957). Partial credit
    spreads less than right-or-wrong, so there it is an upper bound.

    Args:
        score_fraction: The score asked for, in [0, 1].
        length: Items on the form, above 1.
        alpha: Reliability of the form.
        mean: Of the score fraction in the group.
        sd: Of the score fraction in the group.
    """
    kr21 = _kr21(length, mean, sd)
    scale = (1 - alpha) / (1 - kr21) if kr21 < 1 else 1.0
    lord = score_fraction * (1 - score_fraction) / (length - 1)
    return sqrt(max(0.0, lord * scale))


def _kr21(length: float, mean: float, sd: float) -> float:
    """Return Kuder & Richardson's formula 21, from a mean and sd in score fraction."""
    variance = (sd * length) ** 2
    if variance <= 0:
        return 0.0
    marks = mean * length
    return length / (length - 1) * (1 - marks * (length - marks) / (length * variance))


@dataclass(frozen=True, slots=True)
class DecisionConsistency:
    """Would the same person get the same decision on an equal form?

    Attributes:
        agreement: Probability of the same decision twice.
        kappa: The same beyond chance.
        accuracy: Probability that the decision is the one that the true score deserves.
    """

    agreement: float
    kappa: float
    accuracy: float


def decision_consistency(
    cut_score: float, mean: float, sd: float, alpha: float
) -> DecisionConsistency:
    """Return the consistency of pass and fail at a cut.

    Peng & Subkoviak's normal approximation (J. Educ. Measurement 17, 1980): two equal forms are
    bivariate normal with correlation alpha; with the true score it is sqrt(alpha).

    Args:
        cut_score: In score fraction.
        mean: Of the score fraction in the group.
        sd: Of the score fraction in the group, above 0.
        alpha: Reliability, in [0, 1].
    """
    z = (cut_score - mean) / sd
    fails = normal_cdf(z)
    agreement = _same_side(z, alpha)
    chance = fails**2 + (1 - fails) ** 2
    return DecisionConsistency(
        agreement, (agreement - chance) / (1 - chance), _same_side(z, sqrt(max(0.0, alpha)))
    )


def normal_cdf(z: float) -> float:
    """Return the standard normal distribution function."""
    return 0.5 * (1 + erf(z / sqrt(2)))


GAUSS_X, GAUSS_W = np.polynomial.legendre.leggauss(48)


def _same_side(z: float, r: float) -> float:
    """Return the probability that two standard normal values fall on one side of z.

    The bivariate distribution function by integrating over the correlation (Drezner & Wesolowsky
    1990): Phi2(z, z; r) = Phi(z)^2 + 1/(2 pi) * int_0^asin(r) exp(-z^2 / (1 + sin t)) dt.
    """
    r = min(1.0, max(0.0, r))
    top = asin(r)
    angles = (GAUSS_X + 1) * top / 2
    integral = float((GAUSS_W * np.exp(-(z**2) / (1 + np.sin(angles)))).sum() * top / 2)
    both_below = normal_cdf(z) ** 2 + integral / (2 * pi)
    return 1 - 2 * normal_cdf(z) + 2 * both_below
