"""Commands that run many rooms: batch, calibrate, preview, search, transfer, period."""

import argparse
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from simulations import policies
from simulations.batch import tally_policies
from simulations.calibration import Depth, calibrate
from simulations.engines.registry import engine_is_compiled, warm_up
from simulations.errors import ReferenceMissingError
from simulations.executors import Place, default_place, opened, parse_place
from simulations.linked import (
    Sitting,
    period_reference,
    period_reference_path,
    period_result,
    play_period,
    search_period,
)
from simulations.loading import CONTENT_DIR, shipped_scenarios
from simulations.periods import Period, load_period, shipped_periods
from simulations.planning_search import with_best_plan
from simulations.policies import Policy, Reference
from simulations.polishing import POLISH_EFFORT, polished
from simulations.preview import preview
from simulations.reporting import calibration_lines, wide
from simulations.scenarios import Scenario
from simulations.search import Effort, gated_growth, reference_data, search
from simulations.shell import (
    POLICY_NAMES,
    Json,
    UsageError,
    policy_named,
    progress_bar,
    say,
    scenario_of,
    write_json,
    yuan,
)
from simulations.states import keys_of_seed
from simulations.studies import DEMONSTRATION, TRANSFER_FILE, stored_faults, study_path
from simulations.transfer import transfer_study


def place_of(arguments: argparse.Namespace) -> Place:
    """Return where the command line asks to run."""
    warm_up()
    if arguments.executor is None:
        place = default_place()
        workers = arguments.workers or place.workers
        return Place(place.kind, workers)
    place = parse_place(arguments.executor)
    if arguments.workers is None or place.address:
        return place
    return Place(place.kind, arguments.workers)


def yardstick_of(scenario: Scenario) -> Reference | None:
    """Return the stored reference, or None: then there are no scores."""
    try:
        return policies.reference(scenario)
    except ReferenceMissingError:
        return None


def do_batch(arguments: argparse.Namespace) -> int:
    """Run policies over many seeds."""
    scenario = scenario_of(arguments.scenario)
    names = arguments.policy or list(POLICY_NAMES[:4])
    chosen = [policy_named(scenario, name) for name in names]
    place = place_of(arguments)
    with opened(place) as executor:
        tallies = tally_policies(
            scenario,
            chosen,
            arguments.runs,
            arguments.base,
            yardstick_of(scenario),
            executor,
            progress_bar("batch"),
        )
    rows = {name: tally.to_dict() for name, tally in zip(names, tallies, strict=True)}
    data = {
        "scenario_ref": scenario.ref,
        "is_compiled": engine_is_compiled(),
        "executor": place.kind,
        "workers": place.workers,
        "policies": rows,
    }
    say(arguments, data, [batch_line(name, row) for name, row in rows.items()])
    return 0


def batch_line(name: str, row: Json) -> str:
    """Return one policy of a batch as a line for a person."""
    score = row["score"]
    points = "" if score is None else f"  得分 {score['mean']:.1f} ± {score['sd']:.1f}"
    return f"{name:<14} 成交 {yuan(row['gmv_fen'])}  净 {yuan(row['net_fen'])}{points}"


def do_calibrate(arguments: argparse.Namespace) -> int:
    """Measure whether a scenario measures skill; 1 if it must not be released."""
    scenario = scenario_of(arguments.scenario)
    depth = Depth(keys=arguments.runs)
    if arguments.quick:
        depth = Depth(keys=arguments.runs, hunt=None, sensitivity_keys=0)
    with opened(place_of(arguments)) as executor:
        report = calibrate(scenario, depth, executor=executor, progress=progress_bar("calibrate"))
    if arguments.store:
        write_json(CONTENT_DIR / f"{scenario.id}.calibration.json", report)
    say(arguments, report, calibration_lines(report))
    return 1 if report["problems"] else 0


def do_preview(arguments: argparse.Namespace) -> int:
    """Calibrate coarsely in half a second; needs a reference, a stale one will do."""
    scenario = scenario_of(arguments.scenario)
    with opened(place_of(arguments)) as executor:
        data = preview(scenario, policies.reference(scenario), arguments.runs, executor)
    lines = [
        f"{name:<11}得分 {row['score']['mean']:>6.1f} ± {row['score']['sd']:<5.1f}"
        for name, row in data["policies"].items()
    ]
    say(arguments, data, lines)
    return 0


def do_search(arguments: argparse.Namespace) -> int:
    """Search the reference policy of a scenario and store it."""
    scenario = scenario_of(arguments.scenario)
    effort = Effort(rounds=arguments.rounds, population=arguments.population)
    with opened(place_of(arguments)) as executor:
        data = searched_reference(scenario, effort, arguments.seed, executor)
    path = Path(arguments.out) if arguments.out else policies.reference_path(scenario)
    write_json(path, data)
    say(arguments, data, [f"{path}: ln N/N0 = {data['mean_span_log']:.3f}"])
    return 0


def searched_reference(
    scenario: Scenario, effort: Effort, seed: int = 1, executor: Executor | None = None
) -> Json:
    """Return the reference that a search finds, as it is stored; says on the terminal how far."""
    bar = progress_bar("search")
    objective = gated_growth(scenario.scoring)
    begin = with_best_plan(scenario, policies.competent(scenario), objective, executor)
    found = search(
        scenario,
        objective,
        effort=effort,
        start=begin,
        progress=lambda done, total, _: bar(done, total),
        seed=seed,
        executor=executor,
    )
    # The plan once more, now for the operator that was found; then the last points.
    better = with_best_plan(scenario, found, objective, executor)
    last = Effort(
        effort.rounds, effort.population, POLISH_EFFORT.elite, POLISH_EFFORT.seeds_per_round
    )
    policy = polished(scenario, better, objective, last, seed, executor, progress_bar("polish"))
    data = reference_data(scenario, policy, effort, seed)
    data["provenance"]["polish"] = asdict(last)
    return data


def do_transfer(arguments: argparse.Namespace) -> int:
    """Tune one routine on all rooms but one and judge it there; 1 if it passes too often."""
    names = arguments.scenarios or [
        name for name in shipped_scenarios() if not name.endswith(DEMONSTRATION)
    ]
    rooms = [(one, policies.reference(one)) for one in map(scenario_of, names)]
    if len(rooms) < 2:
        raise UsageError("transfer needs two scenarios or more, each with a reference")
    with opened(place_of(arguments)) as executor:
        data = transfer_study(
            rooms, arguments.runs, executor=executor, progress=progress_bar("transfer")
        )
    if arguments.store:
        write_json(CONTENT_DIR / TRANSFER_FILE, data)
    lines = [
        f"{row['scenario_id']:<12}{row['score']:>7.1f}  合格线 {row['cut']:g}  "
        + ("低于" if row["falls_below"] else "达到")
        for row in data["rooms"]
    ]
    lines.append(f"中级、高级房间中未达线 {data['failing_fraction']:.0%}，要求至少 50%")
    say(arguments, data, lines)
    return 0 if data["passed"] else 1


def do_studies(arguments: argparse.Namespace) -> int:
    """Say which stored studies are stale, and with --renew make them anew; 1 if some are."""
    scenarios = shipped_scenarios()
    if arguments.renew:
        with opened(place_of(arguments)) as executor:
            _renew(scenarios, executor)
    faults = stored_faults(scenarios, CONTENT_DIR)
    lines = [f"{name}: {fault}" for name, found in faults.items() for fault in found]
    say(arguments, {"stale": faults}, lines or ["参考、校准与迁移研究均与现有场景一致"])
    return 1 if faults else 0


def _renew(scenarios: Mapping[str, Scenario], executor: Executor) -> None:
    """Make every stale study anew: references first, then what is measured by them."""
    for scenario in scenarios.values():
        path = study_path(scenario, "reference", CONTENT_DIR)
        if path.name in stored_faults(scenarios, CONTENT_DIR):
            write_json(path, searched_reference(scenario, Effort(), executor=executor))
    for scenario in scenarios.values():
        path = study_path(scenario, "calibration", CONTENT_DIR)
        if path.name in stored_faults(scenarios, CONTENT_DIR):
            bar = progress_bar(f"calibrate {scenario.id}")
            write_json(path, calibrate(scenario, executor=executor, progress=bar))
    if TRANSFER_FILE in stored_faults(scenarios, CONTENT_DIR):
        rooms = [
            (one, policies.reference(one))
            for name, one in scenarios.items()
            if not name.endswith(DEMONSTRATION)
        ]
        data = transfer_study(rooms, executor=executor, progress=progress_bar("transfer"))
        write_json(CONTENT_DIR / TRANSFER_FILE, data)


def period_of(name: str) -> Period:
    """Return a shipped period by id, or one from a file by path."""
    if Path(name).suffix in {".yaml", ".yml"}:
        return load_period(name)
    shipped = shipped_periods()
    if name not in shipped:
        raise UsageError(f"no period {name!r}; shipped: {', '.join(shipped) or 'none'}")
    return shipped[name]


def do_period(arguments: argparse.Namespace) -> int:
    """Play a 营期 under a policy and judge it, or search and store its reference."""
    period = period_of(arguments.period)
    scenario = scenario_of(period.scenario)
    if arguments.search:
        return _search_period(arguments, period, scenario)
    policy = policy_named(scenario, arguments.policy)
    if not isinstance(policy, Policy):
        raise UsageError("a period is played by a parametric policy")
    keys = keys_of_seed(arguments.seed)
    yardstick = period_reference(period, scenario)
    if arguments.policy == "reference":
        policy = yardstick.policy
    run = play_period(period, scenario, keys, policy)
    sittings = [Sitting(one.sitting.log, one.sitting.plan) for one in run.sessions]
    data: dict[str, Any] = period_result(period, scenario, keys, sittings, yardstick).to_dict()
    data |= {"period_ref": period.ref, "policy": arguments.policy, "seed": arguments.seed}
    say(arguments, data, period_lines(data))
    return 0


def _search_period(arguments: argparse.Namespace, period: Period, scenario: Scenario) -> int:
    stored = yardstick_of(scenario)
    with opened(place_of(arguments)) as executor:
        data = search_period(
            period,
            scenario,
            None if stored is None else stored.policy,
            executor=executor,
            progress=progress_bar("period"),
        )
    path = period_reference_path(period)
    write_json(path, data)
    say(arguments, data, [f"{path}: ln N/N0 = {data['mean_span_log']:.3f}"])
    return 0


def period_lines(data: Json) -> list[str]:
    """Return a judged period as lines for a person."""
    lines = [
        wide("场次", 16) + "  净成交        自播          参考          粉丝     粉丝系数",
    ]
    lines += [
        wide(one["title"], 16)
        + f"{one['net_fen'] / 100:>10,.0f}{one['house_net_fen'] / 100:>14,.0f}"
        + f"{one['reference_net_fen'] / 100:>14,.0f}{one['followers']:>12,}"
        + f"{one['fans_ratio']:>9.2f}"
        for one in data["sessions"]
    ]
    lines.append(f"全营期得分 {data['score']:.1f}（净成交增长 {data['uplift_ratio']:+.1%}）")
    return lines
