"""The rooms from the shell: `python -m simulations COMMAND ...`.

Exit status 0: done; 1: checked and found wrong; 2: unusable input, with file, id and field named.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any

from simulations import policies
from simulations.actions import parse_action
from simulations.batch import run_policies, seeds
from simulations.calibration import calibrate, release_problems
from simulations.engines.registry import ENGINE_VERSION, check_golden, engine_is_compiled, warm_up
from simulations.errors import GoldenMismatchError, ReferenceMissingError, RoomError, ScenarioError
from simulations.loading import CONTENT_DIR, load_scenario, shipped_scenarios
from simulations.outcomes import outcome_of
from simulations.policies import Policy, log_of
from simulations.rooms import LoggedAction, RoomKeys, keys_of_seed, observe, replay
from simulations.scenarios import Scenario
from simulations.scoring import one_change_counterfactuals, room_result
from simulations.search import Effort, gated_growth, reference_data, search

Json = dict[str, Any]

POLICY_NAMES = ("house", "random", "novice", "competent", "reference")
BAR_WIDTH = 30


class UsageError(RoomError):
    """Raised when an argument or a file given on the command line cannot be used."""


def scenario_of(name: str) -> Scenario:
    """Return a shipped scenario by id, or one from a file by path."""
    if Path(name).suffix in {".yaml", ".yml"}:
        return load_scenario(name)
    shipped = shipped_scenarios()
    if name not in shipped:
        raise UsageError(f"no scenario {name!r}; shipped: {', '.join(shipped)}")
    return shipped[name]


def policy_named(scenario: Scenario, name: str) -> Policy:
    """Return one of `POLICY_NAMES`."""
    if name == "reference":
        return policies.reference(scenario).policy
    makers: dict[str, Callable[[], Policy]] = {
        "house": policies.house,
        "random": policies.random_presses,
        "novice": lambda: policies.novice(scenario),
        "competent": lambda: policies.competent(scenario),
    }
    return makers[name]()


def read_log(path: str) -> list[LoggedAction]:
    """Return the action log of a JSON file: `{"actions": [{"tick": 3, "action": {...}}]}`."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        entries = data["actions"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: no action log: {error}") from error
    log = []
    for number, entry in enumerate(entries):
        try:
            log.append(LoggedAction(int(entry["tick"]), parse_action(entry["action"])))
        except (KeyError, TypeError, ValueError, RoomError) as error:
            raise UsageError(f"{path}: actions[{number}]: {error}") from error
    return log


def progress_bar(title: str) -> Callable[[int, int], None]:
    """Return a reporter that draws a bar on stderr, or nothing where stderr is no terminal."""

    def report(done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        filled = BAR_WIDTH * done // max(total, 1)
        bar = "#" * filled + "." * (BAR_WIDTH - filled)
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r{title} [{bar}] {done}/{total}{end}")
        sys.stderr.flush()

    return report


def dumped(data: Any) -> str:
    """Return JSON as it is written to files and to the shell."""
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def say(arguments: argparse.Namespace, data: Any, lines: Sequence[str]) -> None:
    """Write JSON if it was asked for, else the lines."""
    sys.stdout.write(dumped(data) if arguments.json else "\n".join(lines) + "\n")


def yuan(fen: float) -> str:
    """Return money for a table."""
    return f"{fen / 100:,.0f} 元"


def do_list(arguments: argparse.Namespace) -> int:
    """List the shipped scenarios."""
    rows = [
        {
            "ref": one.ref,
            "title": one.title,
            "level": one.level,
            "duration_min": one.duration_min,
            "products": len(one.products),
            "incidents": len(one.incidents),
            "content_hash": one.content_hash(),
            "has_reference": policies.reference_path(one).exists(),
        }
        for one in shipped_scenarios().values()
    ]
    say(
        arguments,
        rows,
        [f"{row['ref']:<14}{row['duration_min']:>4} min  {row['title']}" for row in rows],
    )
    return 0


def do_run(arguments: argparse.Namespace) -> int:
    """Run one room under a policy and score it."""
    scenario = scenario_of(arguments.scenario)
    keys = keys_of_seed(arguments.seed)
    log = log_of(scenario, policy_named(scenario, arguments.policy), keys)
    data = judged(scenario, keys, log)
    data |= {"policy": arguments.policy, "seed": arguments.seed}
    if arguments.log:
        write_json(Path(arguments.log), log_data(scenario, log))
    say(arguments, data, summary_lines(data))
    return 0


def judged(scenario: Scenario, keys: RoomKeys, log: Sequence[LoggedAction]) -> Json:
    """Return a finished room's result, or its bare outcome where there is no reference."""
    state = replay(scenario, keys, log, scenario.duration_ticks)
    data: Json = {
        "scenario_ref": scenario.ref,
        "engine_version": ENGINE_VERSION,
        "actions": len(log),
        "state_hash": hashlib.sha256(state.data).hexdigest(),
    }
    try:
        data["result"] = room_result(scenario, keys, log).to_dict()
        lived = data["result"]["lived"]["candidate"]
    except ReferenceMissingError:
        data["result"] = None
        lived = outcome_of(scenario, keys, log).to_dict()
    data["outcome"] = lived
    data["gmv_fen"] = lived["gmv_fen"]
    return data


def summary_lines(data: Json) -> list[str]:
    """Return a finished room as lines for a person."""
    outcome, result = data["outcome"], data["result"]
    lines = [
        f"{data['scenario_ref']}  操作 {data['actions']} 次",
        f"成交额 {yuan(outcome['gmv_fen'])}，净成交 {yuan(outcome['net_fen'])}，"
        f"订单 {outcome['orders']}，进房 {outcome['visitors']}",
    ]
    if result is not None:
        lines.append(f"得分 {result['score']:.1f}（净成交增长 {result['uplift_ratio']:+.1%}）")
    return lines


def log_data(scenario: Scenario, log: Sequence[LoggedAction]) -> Json:
    """Return a log as JSON-able data; `read_log` reads it."""
    return {
        "scenario_ref": scenario.ref,
        "actions": [{"tick": entry.tick, "action": entry.action.to_dict()} for entry in log],
    }


def write_json(path: Path, data: Json) -> None:
    """Write a JSON file."""
    try:
        path.write_text(dumped(data), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error}") from error


def do_batch(arguments: argparse.Namespace) -> int:
    """Run policies over many seeds."""
    scenario = scenario_of(arguments.scenario)
    chosen = [policy_named(scenario, name) for name in arguments.policy or POLICY_NAMES[:4]]
    keys = seeds(arguments.runs, arguments.base)
    table = run_policies(scenario, chosen, keys, progress=progress_bar("batch"))
    rows = {
        policy.name: {
            "runs": len(runs),
            "gmv_fen": round(fmean(run.lived.gmv_fen for run in runs)),
            "net_fen": round(fmean(run.lived.net_fen for run in runs)),
            "twin_net_fen": round(fmean(run.twin.net_fen for run in runs)),
            "margin_fraction": round(fmean(run.lived.margin_fraction for run in runs), 4),
            "strikes": round(fmean(run.lived.strikes for run in runs), 3),
        }
        for policy, runs in zip(chosen, table, strict=True)
    }
    data = {"scenario_ref": scenario.ref, "is_compiled": engine_is_compiled(), "policies": rows}
    say(
        arguments,
        data,
        [
            f"{name:<11}成交 {yuan(row['gmv_fen'])}  净 {yuan(row['net_fen'])}"
            for name, row in rows.items()
        ],
    )
    return 0


def do_calibrate(arguments: argparse.Namespace) -> int:
    """Measure whether a scenario measures skill; 1 if it must not be released."""
    scenario = scenario_of(arguments.scenario)
    report = calibrate(scenario, arguments.runs, progress=progress_bar("calibrate"))
    problems = release_problems(report)
    report["problems"] = problems
    if arguments.store:
        write_json(CONTENT_DIR / f"{scenario.id}.calibration.json", report)
    lines = [
        f"{name:<11}得分 {row['score']['mean']:>6.1f} ± {row['score']['sd']:<5.1f} "
        f"净成交 ×{row['net_ratio']:.2f}"
        for name, row in report["policies"].items()
    ]
    lines.append(
        f"最佳合格线 {report['cut']['cut']:.0f}，可靠性 {report['reliability']['own_keys']:.2f}"
    )
    say(arguments, report, [*lines, *problems])
    return 1 if problems else 0


def do_replay(arguments: argparse.Namespace) -> int:
    """Replay a log; 1 if a stated hash does not come out."""
    scenario = scenario_of(arguments.scenario)
    keys = keys_of_seed(arguments.seed)
    log = read_log(arguments.log)
    until = scenario.duration_ticks if arguments.until is None else arguments.until
    state = replay(scenario, keys, log, until)
    found = hashlib.sha256(state.data).hexdigest()
    data: Json = {
        "scenario_ref": scenario.ref,
        "tick": state.tick,
        "state_hash": found,
        "observation": observe(scenario, state, exam=False),
    }
    if state.tick == scenario.duration_ticks:
        data |= judged(scenario, keys, log)
    now = data["observation"]["now"]
    lines = [f"第 {state.tick} 拍：在线 {now['online']}，成交 {yuan(now['gmv_fen'])}，{found[:16]}"]
    say(arguments, data, lines)
    if arguments.expect and not found.startswith(arguments.expect):
        sys.stderr.write(f"state hash {found} does not begin with {arguments.expect}\n")
        return 1
    return 0


def do_whatif(arguments: argparse.Namespace) -> int:
    """Rank a session's actions by what each was worth on the twin."""
    scenario = scenario_of(arguments.scenario)
    keys = keys_of_seed(arguments.seed)
    if arguments.log:
        log = read_log(arguments.log)
    else:
        log = log_of(scenario, policy_named(scenario, arguments.policy), keys)
    found = one_change_counterfactuals(
        scenario, keys, log, most=arguments.most, noise_seeds=arguments.noise
    )
    data = {"scenario_ref": scenario.ref, "changes": [asdict(one) for one in found]}
    say(
        arguments,
        data,
        [
            f"第 {one.tick:>5} 拍 {one.action['verb']:<14}"
            f"净成交 {one.net_worth_fen / 100:>+9.0f} 元"
            for one in found
        ],
    )
    return 0


def do_search(arguments: argparse.Namespace) -> int:
    """Search the reference policy of a scenario and store it."""
    scenario = scenario_of(arguments.scenario)
    effort = Effort(rounds=arguments.rounds, population=arguments.population)
    bar = progress_bar("search")
    policy = search(
        scenario,
        gated_growth(scenario.scoring),
        effort=effort,
        progress=lambda done, total, _: bar(done, total),
        seed=arguments.seed,
    )
    data = reference_data(scenario, policy, effort, arguments.seed)
    path = Path(arguments.out) if arguments.out else policies.reference_path(scenario)
    write_json(path, data)
    say(arguments, data, [f"{path}: ln N/N0 = {data['mean_span_log']:.3f}"])
    return 0


def do_warm(arguments: argparse.Namespace) -> int:
    """Compile the engine into the cache and check its golden hash."""
    engine = warm_up()
    check_golden()
    data = {"engine_version": ENGINE_VERSION, "is_compiled": engine.is_compiled}
    say(arguments, data, ["compiled" if engine.is_compiled else "plain Python"])
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(prog="python -m simulations", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    def command(
        name: str, handler: Callable[[argparse.Namespace], int], *, needs_scenario: bool = True
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=handler.__doc__)
        sub.set_defaults(handler=handler)
        sub.add_argument("--json", action="store_true", help="write JSON")
        if needs_scenario:
            sub.add_argument("scenario", help="id of a shipped scenario, or a YAML file")
        return sub

    command("list", do_list, needs_scenario=False)
    command("warm", do_warm, needs_scenario=False)
    run = command("run", do_run)
    run.add_argument("--policy", choices=POLICY_NAMES, default="house")
    run.add_argument("--seed", type=int, default=1)
    run.add_argument("--log", help="write the action log to this file")
    batch = command("batch", do_batch)
    batch.add_argument("--policy", choices=POLICY_NAMES, action="append")
    batch.add_argument("--runs", type=positive, default=200)
    batch.add_argument("--base", type=int, default=1, help="base of the seeds")
    calibration = command("calibrate", do_calibrate)
    calibration.add_argument("--runs", type=positive, default=300)
    calibration.add_argument(
        "--store", action="store_true", help="write content/<id>.calibration.json"
    )
    replaying = command("replay", do_replay)
    replaying.add_argument("--log", required=True)
    replaying.add_argument("--seed", type=int, default=1)
    replaying.add_argument("--until", type=int, help="tick to stop at")
    replaying.add_argument("--expect", help="beginning of the state hash that must come out")
    whatif = command("whatif", do_whatif)
    whatif.add_argument("--log")
    whatif.add_argument("--policy", choices=POLICY_NAMES, default="competent")
    whatif.add_argument("--seed", type=int, default=1)
    whatif.add_argument("--most", type=positive, default=200)
    whatif.add_argument("--noise", type=int, default=0, help="micro seeds for the noise estimate")
    searching = command("search", do_search)
    searching.add_argument("--rounds", type=positive, default=Effort().rounds)
    searching.add_argument("--population", type=positive, default=Effort().population)
    searching.add_argument("--seed", type=int, default=1)
    searching.add_argument("--out", help="file to write (default: beside the scenario)")
    return top


def positive(text: str) -> int:
    """Return a whole number above 0; ValueError, which argparse reports, if it is none."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    arguments = parser().parse_args(argv)
    handler: Callable[[argparse.Namespace], int] = arguments.handler
    try:
        return handler(arguments)
    except ScenarioError as error:
        sys.stderr.write("\n".join(error.problems) + "\n")
    except GoldenMismatchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except RoomError as error:
        sys.stderr.write(f"{error}\n")
    return 2
