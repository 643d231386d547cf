"""`python -m question_bank`: check and use item files without the web application."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from question_bank.assembly import assemble_form
from question_bank.errors import BankError, ContentError, PackError
from question_bank.interchange import commands as interchange
from question_bank.lint import lint_bank
from question_bank.loading import CONTENT, load_bank, load_blueprints
from question_bank.packs import audit_pack, read_pack


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 done and right, 1 checked and found wrong, 2 unusable input.
    """
    parser = argparse.ArgumentParser(prog="python -m question_bank", description=__doc__)
    parser.add_argument("--content", type=Path, default=CONTENT, help="items/ and blueprints/")
    commands = parser.add_subparsers(dest="command", required=True)
    lint = commands.add_parser("lint", help="check every rule")
    lint.add_argument("--strict", action="store_true", help="warnings fail too")
    assemble = commands.add_parser("assemble", help="draw a form")
    assemble.add_argument("blueprint", help="id@version")
    assemble.add_argument("--seed", default="0", help="any text; same seed, same form")
    rescore = commands.add_parser("rescore", help="check an attempt pack and score it again")
    rescore.add_argument("file", type=Path, help="the pack")
    exporting, importing = interchange.add_commands(commands)
    for command in (lint, assemble, rescore, exporting, importing):
        command.add_argument("--json", action="store_true", help="answer as JSON")
    args = parser.parse_args(argv)
    run = {
        "lint": _lint,
        "assemble": _assemble,
        "rescore": _rescore,
        "export": interchange.export_command,
        "import": interchange.import_command,
    }[args.command]
    try:
        return run(args)
    except ContentError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return 2
    except PackError as error:
        print(error, file=sys.stderr)
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


def _rescore(args: argparse.Namespace) -> int:
    pack = read_pack(args.file)
    audit = audit_pack(pack)
    if args.json:
        print(json.dumps({**asdict(audit), "agrees": audit.agrees}, ensure_ascii=False, indent=1))
    else:
        for verdict in audit.verdicts:
            print(f"{'agrees ' if verdict.agrees else 'DIFFERS'} {verdict.name}: {verdict.detail}")
        print(
            f"{pack.attempt.public_id}: {audit.fraction:.4f} of 1, cut "
            f"{pack.attempt.cut_fraction:g}, {'passed' if audit.passed else 'not passed'}"
        )
    return 0 if audit.agrees else 1


if __name__ == "__main__":
    sys.exit(main())
