"""The engine's own arithmetic: equal bits on every IEEE 754 machine, compiled or not.

Only + - * / sqrt, floor and comparisons are used, in one fixed order. The C library's exp and log
are not: they differ between builds. Functions here are plain Python; `simulations.engines.binding`
compiles a copy of this very file. Lists become arrays there and `word` becomes a cast to uint64,
so integers above 2**63 keep their bits; nothing else differs.
"""

import math

SLOTS = 32
"""Draws of one tick. A slot has one purpose for ever; free ones are kept for later versions."""

GAMMA = 0x9E3779B97F4A7C15
MIX_1 = 0xBF58476D1CE4E5B9
MIX_2 = 0x94D049BB133111EB
WORD_MASK = 0xFFFFFFFFFFFFFFFF
SLOT_STEPS = [((slot + 1) * GAMMA) & WORD_MASK for slot in range(SLOTS)]
NO_LUCK = 0
"""The micro key of the fluid twin."""

POWERS_OF_2 = [2.0**exponent for exponent in range(-64, 65)]
RECIPROCALS = [0.0] + [1.0 / k for k in range(1, 128)]


def word(value: int) -> int:
    """Return a non-negative integer as a 64-bit word; the compiled copy casts to uint64."""
    return value


def tick_key(key: int, tick: int) -> int:
    """Return where the draws of a tick begin in the sequence of `key`.

    Args:
        key: A 64-bit secret.
        tick: The tick, >= 0; far ticks serve draws that belong to the whole session.
    """
    return (key + word(tick * SLOTS) * GAMMA) & WORD_MASK


def draw_at(base: int, slot: int) -> float:
    """Return the draw of a slot, strictly inside (0, 1), from `tick_key`'s result.

    SplitMix64 addressed by index (Steele, Lea, Flood 2014), its top 32 bits: with more, the
    cumulative sums of `poisson` would end short of draws near 1.
    """
    z = (base + SLOT_STEPS[slot]) & WORD_MASK
    z = ((z ^ (z >> 30)) * MIX_1) & WORD_MASK
    z = ((z ^ (z >> 27)) * MIX_2) & WORD_MASK
    return (((z ^ (z >> 31)) >> 32) + 0.5) * 2.3283064365386963e-10


def draw(key: int, tick: int, slot: int) -> float:
    """Return the draw that has this identity: the same whatever anybody does in the room."""
    return draw_at(tick_key(key, tick), slot)


def exp_(x: float) -> float:
    """Return e**x for |x| < 40 with a relative error below 1e-11.

    Estrin's scheme rather than Horner's: half the latency and still one order of operations.
    """
    k = math.floor(x * 1.4426950408889634 + 0.5)
    r = x - k * 0.6931471805599453
    q = r * r
    h = q * q
    p = ((1.0 + r) + q * (0.5 + r * 0.16666666666666666)) + h * (
        (
            (0.041666666666666664 + r * 0.008333333333333333)
            + q * (0.001388888888888889 + r * 0.0001984126984126984)
        )
        + h * (2.48015873015873e-05 + r * 2.7557319223985893e-06)
    )
    return p * POWERS_OF_2[int(k) + 64]


def log_(x: float) -> float:
    """Return the natural logarithm of x > 0 with an absolute error below 1e-9."""
    m, e = math.frexp(x)
    if m < 0.7071067811865476:
        m = m + m
        e = e - 1
    s = (m - 1.0) / (m + 1.0)
    q = s * s
    series = 0.1111111111111111 + q * 0.09090909090909091
    series = 0.14285714285714285 + q * series
    series = 0.3333333333333333 + q * (0.2 + q * series)
    return e * 0.6931471805599453 + 2.0 * s * (1.0 + q * series)


def normal(u: float) -> float:
    """Return the normal quantile of u in (0, 1) to seven digits (Wichura 1988, AS 241 PPND7)."""
    q = u - 0.5
    if -0.425 <= q <= 0.425:
        r = 0.180625 - q * q
        return (
            q
            * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)
            / (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0)
        )
    r = u if q < 0.0 else 1.0 - u
    r = math.sqrt(-log_(r))
    if r <= 5.0:
        r = r - 1.6
        z = (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) / (
            (0.12021132975 * r + 0.73700164250) * r + 1.0
        )
    else:
        r = r - 5.0
        z = (((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150) / (
            (0.012258202635 * r + 0.24197894225) * r + 1.0
        )
    return -z if q < 0.0 else z


def cornish_fisher(mean: float, u: float) -> float:
    """Return the Poisson quantile by the third-order expansion; for a mean of 6 or more."""
    z = normal(u)
    r = math.sqrt(mean)
    x = math.floor(mean + z * r + (z * z - 1.0) / 6.0 + (z - z * z * z) / (72.0 * r) + 0.5)
    return float(x) if x > 0 else 0.0


def poisson(mean: float, u: float) -> float:
    """Return the Poisson quantile of u; it never falls when the mean rises.

    So on the same luck more demand never sells less. By inversion below 6, by Cornish and Fisher
    above; the band below the seam is clamped so that the two join.

    Args:
        mean: The mean, >= 0.
        u: A draw in (0, 1), or a negative number, which asks for the mean itself: flows instead
            of counts, the fluid twin.
    """
    if u < 0.0:
        return mean
    # exp(-mean) >= 1 - mean, so half of all draws need no transcendental function.
    if u <= 1.0 - mean:
        return 0.0
    if mean >= 6.0:
        return cornish_fisher(mean, u)
    p = exp_(-mean)
    total = p
    k = 0
    while u > total and p > 1e-17:
        k = k + 1
        p = p * (mean * RECIPROCALS[k])
        total = total + p
    if mean > 4.5:
        top = cornish_fisher(6.0, u)
        if k > top:
            return top
    return float(k)


def against_normal(ratio: float) -> float:
    """Return how far a ratio is above or below 1, saturating at -1 and 1."""
    return (ratio - 1.0) / (ratio + 1.0)
