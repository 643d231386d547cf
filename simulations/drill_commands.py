"""The command that searches, measures and checks drills."""

import argparse
from pathlib import Path

from simulations.drill_checks import measure_drill, search_drill
from simulations.drill_loading import DRILLS_DIR, load_drill, shipped_drills
from simulations.executors import opened
from simulations.policies import parse_reference, reference, reference_path
from simulations.scenarios import Scenario
from simulations.shell import Json, UsageError, say, write_json
from simulations.study_commands import place_of


def calibration_path(drill: Scenario) -> Path:
    """Return where a drill's report is stored."""
    return DRILLS_DIR / f"{drill.id}.calibration.json"


def do_drill(arguments: argparse.Namespace) -> int:
    """Measure drills by their publishing checks; 1 if one must not be released."""
    reports = []
    with opened(place_of(arguments)) as executor:
        for drill in _drills_named(arguments.drills):
            if arguments.search:
                data = search_drill(drill, seed=arguments.seed, executor=executor)
                yardstick = parse_reference(drill, data)
                write_json(reference_path(drill, DRILLS_DIR), data)
            else:
                yardstick = reference(drill, DRILLS_DIR)
            report = measure_drill(drill, yardstick, arguments.runs, executor)
            if arguments.store or arguments.search:
                write_json(calibration_path(drill), report)
            reports.append(report)
    say(arguments, {"drills": reports}, [line for one in reports for line in drill_lines(one)])
    return 1 if any(one["problems"] for one in reports) else 0


def drill_lines(report: Json) -> list[str]:
    """Return a drill's report for a person."""
    scores = "  ".join(
        f"{name} {row['score']['mean']:.0f}" for name, row in report["policies"].items()
    )
    return [f"{report['scenario_ref']:<24}{scores}", *(f"  {one}" for one in report["problems"])]


def _drills_named(names: list[str]) -> list[Scenario]:
    """Return shipped drills by id and drills from files by path; all shipped ones if none."""
    shipped = shipped_drills()
    drills = []
    for name in names or shipped:
        if Path(name).suffix in {".yaml", ".yml"}:
            drills.append(load_drill(name))
        elif name in shipped:
            drills.append(shipped[name])
        else:
            raise UsageError(f"no drill {name!r}; shipped: {', '.join(shipped)}")
    return drills
