from simulations.batch import seeds, twin_outcome
from simulations.planning_search import PLAN_BASE, SEEDS, with_best_plan
from simulations.policies import Policy, competent, house
from simulations.search import gated_growth, worth_of


def worth(scenario, policy):
    keys = seeds(SEEDS, PLAN_BASE)
    houses = [twin_outcome(scenario, house(), pair) for pair in keys]
    (found,) = worth_of(scenario, gated_growth(scenario.scoring), [policy], keys, houses)
    return found


class TestWithBestPlan:
    def test_gains_and_breaks_no_rule(self, full, compiled):
        begin = Policy("bare", competent(full).theta)
        told = []

        found = with_best_plan(
            full, begin, gated_growth(full.scoring), progress=lambda *pair: told.append(pair)
        )

        full.with_plan(found.plan)
        assert found.theta == begin.theta
        assert worth(full, found) > worth(full, begin)
        assert told[-1][0] == told[-1][1]
        assert with_best_plan(full, begin, gated_growth(full.scoring)) == found

    def test_leaves_a_room_without_planning_alone(self, tiny, compiled):
        begin = competent(tiny)

        assert with_best_plan(tiny, begin, gated_growth(tiny.scoring)) is begin
