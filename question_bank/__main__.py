"""`python -m question_bank`: check and use item files without the web application."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

from question_bank.assembly import assemble_form
from question_bank.errors import BankError, ContentError
from question_bank.lint import lint_bank
from question_bank.loading import CONTENT, load_bank, load_blueprints


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 done and right, 1 checked and found wrong, 2 unusable input.
    """
    parser = argparse.ArgumentParser(prog="python -m question_bank", description=__doc__)
    parser.add_argument("--content", type=Path, default=CONTENT, help="items/ and blueprints/")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("lint", "check every rule"), ("assemble", "draw a form")):
        command = commands.add_parser(name, help=text)
        command.add_argument("--json", action="store_true", help="answer as JSON")
        if name == "lint":
            command.add_argument("--strict", action="store_true", help="warnings fail too")
        else:
            command.add_argument("blueprint", help="id@version")
            command.add_argument("--seed", default="0", help="any text; same seed, same form")
    args = parser.parse_args(argv)
    try:
        return _lint(args) if args.command == "lint" else _assemble(args)
    except ContentError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return 2
    except BankError as error:
        print(error, file=sys.stderr)
        return 1


def _lint(args: argparse.Namespace) -> int:
    bank = load_bank(args.content / "items")
    findings = lint_bank(bank, load_blueprints(args.content / "blueprints").values())
    errors = sum(finding.severity == "error" for finding in findings)
    if args.json:
        print(json.dumps([vars(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            print(f"{finding.severity}: {finding.item_id}: {finding.rule}: {finding.message}")
        kinds = Counter(item.kind.value for item in bank)
        print(
            f"{len(bank)} items ({', '.join(f'{n} {kind}' for kind, n in kinds.items())}), "
            f"{len(bank.cases)} cases, {errors} errors, {len(findings) - errors} warnings"
        )
    return 1 if errors or (args.strict and findings) else 0


def _assemble(args: argparse.Namespace) -> int:
    bank = load_bank(args.content / "items")
    blueprints = load_blueprints(args.content / "blueprints")
    if args.blueprint not in blueprints:
        print(f"no blueprint {args.blueprint}; there are {', '.join(blueprints)}", file=sys.stderr)
        return 2
    seed = hashlib.sha256(args.seed.encode()).digest()
    form = assemble_form(bank, blueprints[args.blueprint], seed=seed)
    if args.json:
        print(json.dumps(vars(form), ensure_ascii=False))
    else:
        for number, ref in enumerate(form.items, 1):
            print(f"{number:3} {ref} {bank.item(ref).stem[:60]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
