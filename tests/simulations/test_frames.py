"""The film of a session: what the cockpit showed, and nothing else."""

import json

import pytest

from simulations.frames import (
    CHUNK_FRAMES,
    CHUNK_TICKS,
    FRAME_TICKS,
    chunk_count,
    chunk_of,
    frame_of,
)
from simulations.observing import observe
from simulations.policies import competent, log_of
from simulations.states import RoomKeys, replay


@pytest.fixture(scope="module")
def lived(tiny, keys, compiled):
    return log_of(tiny, competent(tiny), keys)


def whole(frames):
    made, before = [], {}
    for one in frames:
        before = before | one
        made.append(before)
    return made


class TestChunkOf:
    def test_made_whole_it_is_the_cockpit_at_every_frame(self, tiny, keys, lived):
        made = [
            frame
            for number in range(chunk_count(tiny))
            for frame in whole(chunk_of(tiny, keys, lived, number, exam=False))
        ]

        ticks = [one["tick"] for one in made]
        assert ticks == list(range(0, tiny.duration_ticks + 1, FRAME_TICKS))
        for frame in made[::7]:
            state = replay(tiny, keys, lived, frame["tick"])
            assert frame == frame_of(tiny, state, exam=False)
            seen = observe(tiny, state, exam=False)
            assert frame["now"]["gmv_fen"] == seen["now"]["gmv_fen"]
            assert [row[1] for row in frame["tray"]] == [one["stock"] for one in seen["tray"]]

    def test_every_chunk_stands_alone(self, tiny, keys, lived):
        for number in range(chunk_count(tiny)):
            first = chunk_of(tiny, keys, lived, number, exam=False)[0]
            assert set(first) == set(frame_of(tiny, replay(tiny, keys, lived, 0), exam=False))
            assert first["tick"] == number * CHUNK_TICKS

    def test_says_only_what_changed(self, tiny, keys, lived):
        frames = chunk_of(tiny, keys, lived, 0, exam=False)

        assert len(frames) <= CHUNK_FRAMES
        assert all("kpi" not in one for one in frames[1:] if one["tick"] % 12)
        for before, after in zip(whole(frames), frames[1:], strict=False):
            assert all(before[name] != part for name, part in after.items())

    def test_stays_small(self, full, keys, compiled):
        policy = competent(full)
        room = full.with_plan(policy.plan)
        log = log_of(full, policy, keys)

        sizes = [
            len(json.dumps(chunk_of(room, keys, log, number, exam=False), ensure_ascii=False))
            for number in range(chunk_count(room))
        ]

        assert max(sizes) < 80_000

    @pytest.mark.parametrize("number", [-1, 10_000])
    def test_there_is_nothing_outside_the_session(self, tiny, keys, number):
        with pytest.raises(IndexError, match=str(number)):
            chunk_of(tiny, keys, [], number, exam=False)

    def test_tells_nothing_of_what_is_still_to_come(self, tiny, keys, lived):
        """Up to a frame, another future (an action after it) changes nothing."""
        frames = chunk_of(tiny, keys, lived, 0, exam=False)
        known = [one for one in lived if one.tick <= frames[-1]["tick"]]

        assert chunk_of(tiny, keys, known, 0, exam=False) == frames

    def test_holds_no_key_and_no_hidden_figure(self, tiny, keys, lived):
        text = json.dumps(
            [chunk_of(tiny, keys, lived, number, exam=True) for number in range(chunk_count(tiny))]
        )

        for secret in (keys.macro, keys.micro):
            assert str(secret) not in text
            assert f"{secret:x}" not in text
        for hidden in ("heat", "wave", "day_", "mood_fraction", "energy_fraction", "hit"):
            assert f'"{hidden}' not in text

    def test_other_viewers_make_another_film_of_the_same_world(self, tiny, keys, lived):
        other = RoomKeys(keys.macro, keys.micro + 1)

        assert chunk_of(tiny, other, lived, 0, exam=False) != chunk_of(
            tiny, keys, lived, 0, exam=False
        )
