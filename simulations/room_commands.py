"""Commands about one room: run it, replay it, ask what if."""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from simulations import policies
from simulations.actions import parse_action
from simulations.engines.registry import ENGINE_VERSION, check_golden, warm_up
from simulations.errors import ReferenceMissingError, RoomError
from simulations.loading import shipped_scenarios
from simulations.operating import Written, log_of_operator
from simulations.outcomes import outcome_of
from simulations.policies import log_of, planned
from simulations.rooms import LoggedAction, RoomKeys, keys_of_seed, observe, replay
from simulations.scenarios import Scenario
from simulations.scoring import room_result
from simulations.shell import (
    Json,
    UsageError,
    log_data,
    policy_named,
    read_log,
    say,
    scenario_of,
    write_json,
    yuan,
)
from simulations.whatif import Addition, Change, Effect, Move, Removal, effects_of, ranked_effects

KINDS = {"removal": "不做", "move": "改时", "addition": "加做"}
MOST_SHOWN = 30


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


def log_of_policy(
    scenario: Scenario, name: str, keys: RoomKeys
) -> tuple[Scenario, list[LoggedAction]]:
    """Return the room as a policy planned it, and what the policy did there."""
    policy = policy_named(scenario, name)
    room = planned(scenario, policy.plan)
    if isinstance(policy, Written):
        return room, log_of_operator(room, policy, keys)
    return room, log_of(room, policy, keys)


def do_run(arguments: argparse.Namespace) -> int:
    """Run one room under a policy and score it."""
    keys = keys_of_seed(arguments.seed)
    room, log = log_of_policy(scenario_of(arguments.scenario), arguments.policy, keys)
    data = judged(room, keys, log)
    data |= {"policy": arguments.policy, "seed": arguments.seed}
    if arguments.log:
        write_json(Path(arguments.log), log_data(room, log))
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


def do_replay(arguments: argparse.Namespace) -> int:
    """Replay a log; 1 if a stated hash does not come out."""
    scenario = scenario_of(arguments.scenario)
    keys = keys_of_seed(arguments.seed)
    log = read_log(arguments.log)
    until = scenario.duration_ticks if arguments.until is None else arguments.until
    if until < 0:
        raise UsageError(f"--until {until}: a tick is 0 or more")
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
    """Rank what a session's changes would have done, on the twin."""
    scenario = scenario_of(arguments.scenario)
    keys = keys_of_seed(arguments.seed)
    if arguments.log:
        room, log = scenario, read_log(arguments.log)
    else:
        room, log = log_of_policy(scenario, arguments.policy, keys)
    changes = asked_changes(arguments, log)
    if changes:
        found = effects_of(room, keys, log, changes, noise_seeds=arguments.noise)
    else:
        noise_for = arguments.most if arguments.noise else 0
        found = ranked_effects(room, keys, log, noise_for=noise_for, noise_seeds=arguments.noise)[
            : arguments.most
        ]
    data = {"scenario_ref": room.ref, "changes": [one.to_dict() for one in found]}
    say(arguments, data, [effect_line(one) for one in found[:MOST_SHOWN]])
    return 0


def asked_changes(arguments: argparse.Namespace, log: Sequence[LoggedAction]) -> list[Change]:
    """Return the changes that the command line names; none means all.

    Raises:
        UsageError: If one names an action that the log has not, or cannot be read.
    """
    changes: list[Change] = []
    for index in arguments.remove or []:
        _check_index("--remove", index, log)
        changes.append(Removal(index))
    for text in arguments.move or []:
        index, tick = _two_numbers("--move", text)
        _check_index("--move", index, log)
        changes.append(Move(index, tick))
    for text in arguments.add or []:
        tick_text, _, action = text.partition(":")
        try:
            changes.append(Addition(int(tick_text), parse_action(_json_of(action))))
        except (ValueError, RoomError) as error:
            raise UsageError(f'--add {text!r}: {error}; write TICK:{{"verb": ...}}') from error
    return changes


def _check_index(option: str, index: int, log: Sequence[LoggedAction]) -> None:
    if not 0 <= index < len(log):
        raise UsageError(f"{option} {index}: the log has actions 0 to {len(log) - 1}")


def _two_numbers(option: str, text: str) -> tuple[int, int]:
    first, _, second = text.partition(":")
    if not first.isdecimal() or not second.isdecimal():
        raise UsageError(f"{option} {text!r}: write INDEX:TICK, two whole numbers")
    return int(first), int(second)


def _json_of(text: str) -> Json:
    data = json.loads(text)
    if isinstance(data, dict):
        return data
    raise ValueError("not a JSON object")


def effect_line(effect: Effect) -> str:
    """Return one change as a line for a person."""
    data = effect.to_dict()
    target = data["action"].get("product") or data["action"].get("incident") or ""
    moved = f" → {data['moved_to_tick']}" if data["moved_to_tick"] is not None else ""
    noise = (
        f"（实况波动 ±{effect.lived_noise_fen / 100:,.0f} 元）"
        if effect.lived_noise_fen is not None
        else ""
    )
    return (
        f"{KINDS[data['kind']]} 第 {effect.tick:>5} 拍{moved} {data['action']['verb']} {target}  "
        f"净成交 {effect.net_effect_fen / 100:>+,.0f} 元{noise}"
    )


def do_warm(arguments: argparse.Namespace) -> int:
    """Compile the engine into the cache and check its golden hash."""
    engine = warm_up()
    check_golden()
    data = {"engine_version": ENGINE_VERSION, "is_compiled": engine.is_compiled}
    say(arguments, data, ["compiled" if engine.is_compiled else "plain Python"])
    return 0
