"""The rooms from the shell: `python -m simulations COMMAND ...`.

Exit status 0: done; 1: checked and found wrong; 2: unusable input, with file, id and field named.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from simulations.commitments import do_commitment
from simulations.drill_commands import do_drill
from simulations.errors import GoldenMismatchError, RoomError, ScenarioError
from simulations.room_commands import do_list, do_replay, do_run, do_warm, do_whatif
from simulations.search import Effort
from simulations.study_commands import (
    do_batch,
    do_calibrate,
    do_period,
    do_preview,
    do_search,
    do_studies,
    do_transfer,
)

POLICY_HELP = "house, random, novice, competent, reference, or MODULE:NAME of your own"

Handler = Callable[[argparse.Namespace], int]


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(prog="python -m simulations", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    def command(name: str, handler: Handler, subject: str | None = "scenario") -> _Parser:
        sub = commands.add_parser(name, help=handler.__doc__, description=handler.__doc__)
        sub.set_defaults(handler=handler)
        sub.add_argument("--json", action="store_true", help="write JSON")
        if subject is not None:
            sub.add_argument(subject, help=f"id of a shipped {subject}, or a YAML file")
        return sub

    command("list", do_list, None)
    command("warm", do_warm, None)
    run = command("run", do_run)
    run.add_argument("--policy", default="house", help=POLICY_HELP)
    run.add_argument("--seed", type=int, default=1)
    run.add_argument("--log", help="write the action log to this file")
    replaying = command("replay", do_replay)
    replaying.add_argument("--log", required=True)
    replaying.add_argument("--seed", type=int, default=1)
    replaying.add_argument("--until", type=int, help="tick to stop at")
    replaying.add_argument("--expect", help="beginning of the state hash that must come out")
    _add_whatif(command("whatif", do_whatif))
    batch = command("batch", do_batch)
    batch.add_argument("--policy", action="append", help=f"{POLICY_HELP}; may be given again")
    batch.add_argument("--runs", type=positive, default=200, help="seeds")
    batch.add_argument("--base", type=int, default=1, help="base of the seeds")
    calibration = command("calibrate", do_calibrate)
    calibration.add_argument("--runs", type=positive, default=300, help="seeds")
    calibration.add_argument("--quick", action="store_true", help="no searches, no sensitivity")
    calibration.add_argument(
        "--store", action="store_true", help="write content/<id>.calibration.json"
    )
    looking = command("preview", do_preview)
    looking.add_argument("--runs", type=positive, default=300, help="seeds")
    searching = command("search", do_search)
    searching.add_argument("--rounds", type=positive, default=Effort().rounds)
    searching.add_argument("--population", type=positive, default=Effort().population)
    searching.add_argument("--seed", type=int, default=1)
    searching.add_argument("--out", help="file to write (default: beside the scenario)")
    transfer = command("transfer", do_transfer, None)
    transfer.add_argument("scenarios", nargs="*", help="ids or YAML files (default: all shipped)")
    transfer.add_argument("--runs", type=positive, default=40, help="seeds that judge")
    transfer.add_argument("--store", action="store_true", help="write content/transfer.json")
    stored = command("studies", do_studies, None)
    stored.add_argument("--renew", action="store_true", help="make what is stale anew and store it")
    period = command("period", do_period, "period")
    period.add_argument("--policy", default="competent", help=POLICY_HELP)
    period.add_argument("--seed", type=int, default=1)
    period.add_argument("--search", action="store_true", help="search and store the reference")
    sealing = command("commitment", do_commitment, None)
    sealing.add_argument("seal", help="the opened seal, a JSON file")
    sealing.add_argument("--expect", help="the commitment as it was published before the start")
    drilling = command("drill", do_drill, None)
    drilling.add_argument("drills", nargs="*", help="ids or YAML files (default: all shipped)")
    drilling.add_argument("--search", action="store_true", help="search and store the reference")
    drilling.add_argument("--store", action="store_true", help="write content/drills/<id>.*.json")
    drilling.add_argument("--runs", type=positive, default=200, help="seeds")
    drilling.add_argument("--seed", type=int, default=1, help="of the search")
    for many in (batch, calibration, looking, searching, transfer, stored, period, drilling):
        many.add_argument(
            "--executor", help="threads, processes, dask, or dask:tcp://HOST:PORT; :N for workers"
        )
        many.add_argument("--workers", type=positive, help="how many (default: the processors)")
    return top


_Parser = argparse.ArgumentParser


def _add_whatif(whatif: _Parser) -> None:
    whatif.add_argument("--log", help="a session's actions; left out, a policy plays one")
    whatif.add_argument("--policy", default="competent", help=POLICY_HELP)
    whatif.add_argument("--seed", type=int, default=1)
    whatif.add_argument("--remove", type=int, action="append", metavar="INDEX")
    whatif.add_argument("--move", action="append", metavar="INDEX:TICK")
    whatif.add_argument("--add", action="append", metavar="TICK:ACTION", help="ACTION is JSON")
    whatif.add_argument("--most", type=positive, default=200, help="effects to show")
    whatif.add_argument("--noise", type=int, default=0, help="micro seeds for the noise estimate")


def positive(text: str) -> int:
    """Return a whole number above 0; ValueError, which argparse reports, if it is none."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    arguments = parser().parse_args(argv)
    handler: Handler = arguments.handler
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
