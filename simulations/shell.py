"""What the shell's commands share: reading scenarios, policies and logs; writing; progress."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from simulations import policies
from simulations.actions import parse_action
from simulations.batch import AnyPolicy
from simulations.errors import RoomError
from simulations.loading import load_scenario, shipped_scenarios
from simulations.operating import Written
from simulations.policies import Policy
from simulations.scenarios import Scenario
from simulations.states import LoggedAction

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


def policy_named(scenario: Scenario, name: str) -> AnyPolicy:
    """Return one of `POLICY_NAMES`, or `package.module:name`, a policy or a maker of one.

    Raises:
        UsageError: If there is no such policy.
    """
    if ":" in name:
        return _foreign_policy(scenario, name)
    makers: dict[str, Callable[[], Policy]] = {
        "house": policies.house,
        "random": policies.random_presses,
        "novice": lambda: policies.novice(scenario),
        "competent": lambda: policies.competent(scenario),
        "reference": lambda: policies.reference(scenario).policy,
    }
    if name not in makers:
        raise UsageError(
            f"no policy {name!r}; one of {', '.join(POLICY_NAMES)}, or MODULE:NAME of your own"
        )
    return makers[name]()


def _foreign_policy(scenario: Scenario, name: str) -> AnyPolicy:
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(f"policy {name!r}: {error}") from error
    if not isinstance(found, Policy | Written) and callable(found):
        found = found(scenario)
    if not isinstance(found, Policy | Written):
        raise UsageError(
            f"policy {name!r} is a {type(found).__name__}; it must be a Policy, a Written, or a "
            "function of the scenario that returns one"
        )
    return found


def read_log(path: str) -> list[LoggedAction]:
    """Return the action log of a JSON file: `{"actions": [{"tick": 3, "action": {...}}]}`."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        entries = list(data["actions"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: no action log: {error}") from error
    log = []
    for number, entry in enumerate(entries):
        try:
            log.append(LoggedAction(int(entry["tick"]), parse_action(entry["action"])))
        except (KeyError, TypeError, ValueError, RoomError) as error:
            raise UsageError(f"{path}: actions[{number}]: {error}") from error
    return log


def log_data(scenario: Scenario, log: Sequence[LoggedAction]) -> Json:
    """Return a log as JSON-able data; `read_log` reads it."""
    return {
        "scenario_ref": scenario.ref,
        "actions": [{"tick": entry.tick, "action": entry.action.to_dict()} for entry in log],
    }


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


def write_json(path: Path, data: Json) -> None:
    """Write a JSON file."""
    try:
        path.write_text(dumped(data), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error}") from error


def yuan(fen: float) -> str:
    """Return money for a table."""
    return f"{fen / 100:,.0f} 元"
