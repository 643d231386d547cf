"""Groups of persons in which more stand out than chance puts there."""

from __future__ import annotations

import numpy as np
import pytest

from question_bank.group_shares import unusual_groups


def groups(sizes: list[int]) -> dict[str, range]:
    ends = np.cumsum(sizes)
    return {
        f"g{number}": range(end - size, end)
        for number, (size, end) in enumerate(zip(sizes, ends.tolist(), strict=True))
    }


def test_the_chance_is_the_hypergeometric_one():
    # 4 of 20 stand out, all of them in a group of 5: C(16, 1) / C(20, 5).
    found = unusual_groups({"a": range(5)}, [0, 1, 2, 3], persons=20)

    (share,) = found.unusual
    assert share.p_value == pytest.approx(16 / 15504)
    assert (share.size, share.flagged, share.expected) == (5, 4, 1.0)


def test_small_groups_say_nothing_and_share_no_level():
    found = unusual_groups({"a": range(4), "b": range(5, 15)}, range(4), persons=30)

    assert (found.compared, found.level, found.unusual) == (1, 0.05, ())


def test_nobody_large_enough_compares_nothing():
    assert unusual_groups({"a": [1, 2]}, [1], persons=9).compared == 0


def test_chance_alone_names_a_group_in_one_exam_of_twenty_at_most():
    rng = np.random.default_rng(5)
    members = groups([5, 8, 12, 20, 40])
    named = sum(
        bool(unusual_groups(members, rng.permutation(300)[:15].tolist(), persons=300).unusual)
        for _ in range(400)
    )

    assert named <= 0.05 * 400 + 3 * (0.05 * 0.95 * 400) ** 0.5


def test_a_group_that_passed_answers_on_is_named():
    members = groups([12, 12, 12])
    flagged = [0, 1, 2, 3, 4, 5, 40, 90, 200]

    found = unusual_groups(members, flagged, persons=300)

    assert [one.name for one in found.unusual] == ["g0"]
