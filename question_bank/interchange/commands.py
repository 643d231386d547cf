"""`python -m question_bank export` and `import`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from question_bank.interchange.exchange import FORMATS, export_items, import_items
from question_bank.interchange.item_files import write
from question_bank.loading import load_bank

Parsers = argparse._SubParsersAction  # the type of what `add_subparsers` returns has no other name


def add_commands(
    commands: Parsers[argparse.ArgumentParser],
) -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """Add both commands; return their parsers."""
    exporting = commands.add_parser("export", help="write items in another format")
    exporting.add_argument("file", type=Path, help="where to")
    exporting.add_argument("--format", choices=FORMATS, required=True)
    exporting.add_argument("--only", metavar="TEXT", default="", help="ids that begin so")
    importing = commands.add_parser("import", help="read items of another format")
    importing.add_argument("file", type=Path)
    importing.add_argument("--format", choices=FORMATS, required=True)
    importing.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="for items that do not say it themselves, such as topic=traffic",
    )
    importing.add_argument("--out", type=Path, help="item file to write; without it, only check")
    return exporting, importing


def export_command(args: argparse.Namespace) -> int:
    """Write the bank in another format; tell what is left out and what is lost."""
    items = [one for one in load_bank(args.content / "items") if one.id.startswith(args.only)]
    export = export_items(items, args.format)
    args.file.write_bytes(export.data)
    if args.json:
        print(json.dumps({"left_out": export.left_out, "lost": export.lost}, ensure_ascii=False))
        return 0
    for ref in export.left_out:
        print(f"left out: {ref}: {args.format} has no such question")
    for ref, fields in export.lost.items():
        print(f"lost: {ref}: {', '.join(fields)}")
    print(f"{len(items) - len(export.left_out)} of {len(items)} items in {args.file}")
    return 0


def import_command(args: argparse.Namespace) -> int:
    """Check a file and write it as our own item file, all or nothing.

    Returns:
        0 every item is complete, 1 something is missing, 2 the file cannot be used.
    """
    given: dict[str, Any] = {}
    for setting in args.set:
        field, equals, value = setting.partition("=")
        if not equals:
            print(f"--set {setting}: FIELD=VALUE", file=sys.stderr)
            return 2
        given[field] = {"true": True, "false": False}.get(value, value)
    found = import_items(args.file.read_bytes(), args.format, given)
    remarks = {
        "fault": found.faults,
        "incomplete": found.incomplete,
        "dropped": found.dropped,
    }
    if args.json:
        told = {name: [str(one) for one in some] for name, some in remarks.items()}
        print(json.dumps({"items": len(found.items), **told}, ensure_ascii=False, indent=1))
    else:
        for name, some in remarks.items():
            for remark in some:
                print(f"{name}: {remark}", file=sys.stderr)
        print(f"{len(found.items)} items complete, {len(found.drafts)} incomplete")
    if found.faults:
        return 2
    if found.drafts:
        return 1
    if args.out:
        args.out.write_bytes(write(found.items))
    return 0
