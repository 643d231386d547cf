import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulations.actions import FreightCover, Pin
from simulations.counterfactuals import one_change_counterfactuals
from simulations.outcomes import outcome_of
from simulations.policies import competent, log_of, planned
from simulations.whatif import (
    Addition,
    Move,
    PathReplays,
    Removal,
    all_changes,
    changed_log,
    effects_of,
    ranked_effects,
)


@pytest.fixture(scope="module")
def lived(tiny, keys, compiled):
    return log_of(tiny, competent(tiny), keys)


class TestChangedLog:
    def test_leaves_out_moves_and_adds(self, lived):
        pin = Pin(product="jeans")

        assert changed_log(lived, Removal(1)) == [lived[0], *lived[2:]]
        assert (
            changed_log(lived, Move(1, 0))[:2]
            == [entry for entry in changed_log(lived, Move(1, 0)) if entry.tick == 0][:2]
        )
        added = changed_log(lived, Addition(7, pin))
        assert len(added) == len(lived) + 1
        assert [entry.tick for entry in added] == sorted(entry.tick for entry in added)

    def test_refuses_an_action_that_is_not_there(self, lived):
        with pytest.raises(IndexError, match="999"):
            changed_log(lived, Removal(999))
        with pytest.raises(IndexError, match="-1"):
            changed_log(lived, Move(-1, 3))


class TestEffectsOf:
    def test_is_the_difference_of_two_full_replays(self, tiny, keys, lived):
        changes = list(all_changes(tiny, keys, lived))
        base = outcome_of(tiny, keys.twin, lived)

        for change, effect in zip(changes, effects_of(tiny, keys, lived, changes), strict=True):
            other = outcome_of(tiny, keys.twin, changed_log(lived, change))
            assert effect.net_effect_fen == round(other.net_fen - base.net_fen), change
            assert effect.margin_effect_fen == round(other.margin_fen - base.margin_fen), change

    def test_holds_in_a_room_with_every_mechanism_and_a_plan(self, full, keys, compiled):
        policy = competent(full)
        room = planned(full, policy.plan)
        log = log_of(room, policy, keys)
        changes = list(all_changes(room, keys, log))[::9]
        base = outcome_of(room, keys.twin, log)

        for change, effect in zip(changes, effects_of(room, keys, log, changes), strict=True):
            other = outcome_of(room, keys.twin, changed_log(log, change))
            assert effect.net_effect_fen == round(other.net_fen - base.net_fen), change

    @settings(
        max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(data=st.data())
    def test_a_replay_from_a_snapshot_has_the_same_bits(self, tiny, keys, lived, data):
        index = data.draw(st.integers(0, len(lived) - 1))
        change = data.draw(
            st.one_of(
                st.just(Removal(index)),
                st.builds(Move, st.just(index), st.integers(0, tiny.duration_ticks - 1)),
                st.builds(
                    Addition,
                    st.integers(0, tiny.duration_ticks - 1),
                    st.sampled_from([Pin(product="jeans"), FreightCover(on=False)]),
                ),
            )
        )
        from simulations.states import rows_of
        from simulations.whatif import _changed_rows

        rows, same, tick = _changed_rows(tiny, rows_of(tiny, lived), change)
        found = PathReplays(tiny, keys, lived).with_rows(rows, same, tick)

        assert found == outcome_of(tiny, keys, changed_log(lived, change))

    def test_states_the_noise_of_the_lived_path(self, tiny, keys, lived):
        (effect,) = effects_of(tiny, keys, lived, [Removal(0)], noise_seeds=8)

        assert effect.lived_noise_fen is not None
        assert effects_of(tiny, keys, lived, [Removal(0)])[0].lived_noise_fen is None

    def test_a_session_without_actions_can_be_added_to(self, tiny, keys):
        change = Addition(10, FreightCover(on=True))

        (effect,) = effects_of(tiny, keys, [], [change])

        assert effect.net_effect_fen != 0
        assert effect.to_dict()["kind"] == "addition"


class TestRankedEffects:
    def test_puts_the_greatest_first_and_measures_its_noise(self, tiny, keys, lived):
        found = ranked_effects(tiny, keys, lived, noise_for=2, noise_seeds=4)

        sizes = [abs(effect.net_effect_fen) for effect in found]
        assert sizes == sorted(sizes, reverse=True)
        assert [effect.lived_noise_fen is not None for effect in found[:3]] == [True, True, False]

    def test_leaves_out_what_the_room_would_refuse(self, tiny, keys, lived):
        found = ranked_effects(tiny, keys, lived)

        assert all(
            effect.net_effect_fen or effect.margin_effect_fen
            for effect in found
            if isinstance(effect.change, Addition)
        )

    def test_tries_the_answer_to_what_nobody_answered(self, tiny, keys):
        kinds = {
            change.action.verb
            for change in all_changes(tiny, keys, [])
            if isinstance(change, Addition)
        }

        assert "respond" in kinds


class TestOneChangeCounterfactuals:
    def test_worth_is_what_is_lost_without(self, tiny, keys, lived):
        found = one_change_counterfactuals(tiny, keys, lived)
        effects = effects_of(tiny, keys, lived, [Removal(one.index) for one in found])

        assert [one.net_worth_fen for one in found] == [-one.net_effect_fen for one in effects]
        assert {one.index for one in found} == set(range(len(lived)))

    def test_of_a_long_log_are_spread_over_it(self, tiny, keys, lived):
        assert len(one_change_counterfactuals(tiny, keys, lived, most=3)) == 3
