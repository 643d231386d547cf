"""The package from the shell: check certificates, sample ones, the faces, numbers, programmes.

Exit status: 0 all well, 1 checked and found wrong, 2 unusable input, 3 cannot tell.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from certificates.authority import certificates_of_pem
from certificates.credentials import Credential, Holder, new_credential
from certificates.decisions import decide
from certificates.errors import (
    CertificateError,
    CertificateNumberError,
    ContentError,
    UnusableFileError,
)
from certificates.fonts import FONTS_VARIABLE, cut_fonts, fonts_dir_from
from certificates.keys import KeySet
from certificates.labels import (
    ANSWER_LABELS,
    ASPECT_LABELS,
    LEVEL_LABELS,
    NUMBER_PROBLEM_LABELS,
    REASON_LABELS,
)
from certificates.levels import Level
from certificates.loading import PROGRAMMES_DIR, load_programmes, parse_programme
from certificates.numbers import level_of_number, new_number, normalize_number
from certificates.outcomes import RoomOutcome, TheoryOutcome
from certificates.pdf import render_certificate
from certificates.scan_tokens import ScanExamination, examine_scan, split_address
from certificates.verdicts import Answer, Finding
from certificates.verification import Examination, examine

FOUND_WRONG, UNUSABLE, CANNOT_TELL = 1, 2, 3

MAX_FILE_BYTES = 5 * 1024 * 1024
"""Largest file that is checked; a certificate is below 100 kB, a key set below 1 MB."""

EXIT_STATUS = {Answer.YES: 0, Answer.NO: FOUND_WRONG, Answer.UNKNOWN: CANNOT_TELL}
ANSWER_SIGNS = {Answer.YES: "✓", Answer.NO: "✗", Answer.UNKNOWN: "?"}

SAMPLE_DAY = date(2026, 11, 21)
SAMPLE_HOST = "verify.example.cn"
BAR_WIDTH = 24

_SAMPLE_PROGRAMME = """
lang: zh-Hans
programme: {{id: sample, version: 1, level: {level}, title: 样张认证项目,
  title_en: Sample programme, is_demo: {is_demo}, validity_years: {years},
  part_valid_months: 6, retake_days: 0, max_per_quarter: null, prerequisites: [],
  theory: {{blueprint_ref: sample@1, minutes: 60, cut_fraction: 0.6}},
  room: {{scenario_ref: sample@1, speed: 4, cut_score: 25, room_weight: 1, forecast_weight: 0}}}}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except (CertificateError, OSError) as error:
        if options.json:
            _print_json({"error": type(error).__name__, "message": str(error)})
        else:
            print(f"certificates: {error}", file=sys.stderr)
        return UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m certificates", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> Any:
        added = commands.add_parser(name, help=text, description=text)
        added.add_argument("--json", action="store_true", help="print one JSON object")
        added.set_defaults(run=run)
        return added

    verify = command("verify", _verify, "Check a certificate's PDF file or credential, offline.")
    verify.add_argument("file", type=Path, help="the PDF, or credential.jwt")
    verify.add_argument("--keys", type=Path, required=True, help="the issuer's jwks.json")
    verify.add_argument(
        "--status", type=Path, nargs="*", default=[], help="status lists, as downloaded"
    )
    verify.add_argument(
        "--tsa-roots", type=Path, help="PEM file of roots that are trusted to lead to time stamps"
    )
    verify.add_argument("--name", help="the name of who shows it")
    verify.add_argument(
        "--at", type=_moment, help="the moment asked about, ISO 8601 with a zone; default is now"
    )

    scan = command("scan", _scan, "Check a scanned code with its token, offline.")
    scan.add_argument("text", help="what the scanner read: https://HOST/v/NUMBER#TOKEN")
    scan.add_argument("--keys", type=Path, required=True, help="the issuer's jwks.json")
    scan.add_argument("--name", help="the name of who shows it")
    scan.add_argument(
        "--at", type=_moment, help="the moment asked about, ISO 8601 with a zone; default is now"
    )

    sample = command("sample", _sample, "Draw a certificate with made-up results.")
    sample.add_argument("--level", type=Level, choices=list(Level), default=Level.JUNIOR)
    sample.add_argument("-o", "--output", type=Path, required=True, help="the PDF file to write")
    sample.add_argument("--name", default="张伟", help="the holder's name")
    sample.add_argument("--name-latin", help="its Latin spelling, printed below it")
    sample.add_argument("--demo", action="store_true", help="with the mark 演示")
    sample.add_argument("--issued-on", type=date.fromisoformat, default=SAMPLE_DAY)
    sample.add_argument("--host", default=SAMPLE_HOST, help="where it is said to be verified")
    sample.add_argument("--fonts", type=Path, help=f"folder of faces (else {FONTS_VARIABLE})")

    fonts = command("fonts", _fonts, "Cut the certificate's faces from the npm packages.")
    fonts.add_argument("--source", type=Path, required=True, help="a node_modules folder")
    fonts.add_argument("--dest", type=Path, required=True, help="the folder of faces")

    number = command("number", _number, "Check a certificate number, as typed.")
    number.add_argument("action", choices=["check"])
    number.add_argument("text", help="the number")

    programmes = command("programmes", _programmes, "Check a folder of programmes.")
    programmes.add_argument("directory", type=Path, nargs="?", default=PROGRAMMES_DIR)
    return parser


def _verify(options: argparse.Namespace) -> int:
    keys = KeySet.from_jwks(_read_json(options.keys))
    at = _asked_about(options)
    found = examine(
        _read(options.file),
        keys,
        at=at,
        status_lists=[
            _read(path).decode("ascii", errors="replace").strip() for path in options.status
        ],
        name=options.name,
        stamp_roots=_roots(options.tsa_roots),
    )
    if options.json:
        _print_json(_examination_json(found, at))
        return EXIT_STATUS[found.answer]
    if found.facts is not None:
        level = LEVEL_LABELS[found.facts.level]
        mark = "  演示 DEMONSTRATION" if found.facts.is_demo else ""
        print(f"{found.facts.number}  {level.zh} / {level.en}  → {found.facts.valid_until}{mark}")
    print(
        f"{at.isoformat(timespec='seconds')}  {found.facts.issuer if found.facts else ''}".rstrip()
    )
    _print_findings(found.findings)
    if found.status_as_of is not None:
        moment = found.status_as_of.isoformat(timespec="seconds")
        print(f"状态截至 Status as of: {moment}")
    if found.stamp is not None:
        moment = found.stamp.at.isoformat(timespec="seconds")
        print(f"时间戳 Time stamp: {moment}  {found.stamp.authority}")
    return EXIT_STATUS[found.answer]


def _roots(path: Path | None) -> tuple[bytes, ...]:
    try:
        return () if path is None else certificates_of_pem(_read(path))
    except ValueError as error:
        raise UnusableFileError(f"{path}: no PEM file of certificates ({error})") from error


def _asked_about(options: argparse.Namespace) -> datetime:
    # A person at a prompt means now; nothing below the commands reads a clock.
    return options.at or datetime.fromtimestamp(time.time_ns() // 10**9, UTC)


def _print_findings(findings: Iterable[Finding]) -> None:
    for finding in findings:
        aspect, reason = ASPECT_LABELS[finding.aspect], REASON_LABELS[finding.reason]
        answer = ANSWER_LABELS[finding.answer]
        print(f"{ANSWER_SIGNS[finding.answer]} {aspect.zh}：{answer.zh}。{reason.zh}")
        print(f"  {aspect.en}: {answer.en}. {reason.en}")


def _scan(options: argparse.Namespace) -> int:
    keys = KeySet.from_jwks(_read_json(options.keys))
    at = _asked_about(options)
    try:
        number, text = split_address(options.text)
    except CertificateNumberError as error:
        raise UnusableFileError(f"no certificate's code: {error}") from error
    found = examine_scan(number, text, keys.scan_keys, at=at, name=options.name)
    if options.json:
        _print_json(_scan_json(found, at))
        return EXIT_STATUS[found.answer]
    level = LEVEL_LABELS[found.level]
    until = f"  → {found.token.valid_until}" if found.token else ""
    print(f"{found.number}  {level.zh} / {level.en}{until}")
    print(f"{at.isoformat(timespec='seconds')}  {keys.issuer}")
    _print_findings(found.findings)
    return EXIT_STATUS[found.answer]


def _scan_json(found: ScanExamination, at: datetime) -> dict[str, Any]:
    token = found.token
    return {
        "kind": "code",
        "at": at.isoformat(),
        "answer": found.answer.value,
        "findings": {
            finding.aspect.value: {"answer": finding.answer.value, "reason": finding.reason.value}
            for finding in found.findings
        },
        "number": found.number,
        "level": found.level.value,
        "issued_on": None if token is None else token.issued_on.isoformat(),
        "valid_until": None if token is None else token.valid_until.isoformat(),
    }


def _examination_json(found: Examination, at: datetime) -> dict[str, Any]:
    facts = found.facts
    return {
        "kind": found.kind.value,
        "at": at.isoformat(),
        "answer": found.answer.value,
        "findings": {
            finding.aspect.value: {"answer": finding.answer.value, "reason": finding.reason.value}
            for finding in found.findings
        },
        "status_as_of": None if found.status_as_of is None else found.status_as_of.isoformat(),
        "time_stamp": None
        if found.stamp is None
        else {"at": found.stamp.at.isoformat(), "authority": found.stamp.authority},
        "credential": None
        if facts is None
        else {
            "number": facts.number,
            "level": facts.level.value,
            "issuer": facts.issuer,
            "issued_at": facts.issued_at.isoformat(),
            "valid_until": facts.valid_until.isoformat(),
            "results": dict(facts.results),
            "demonstration": facts.is_demo,
            "status_lists": {purpose: list(place) for purpose, place in facts.places.items()},
        },
    }


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no zone: write 2026-11-21T12:00:00+08:00")
    return moment


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise UnusableFileError(f"{path}: longer than {MAX_FILE_BYTES} bytes")
    return data


def _read_json(path: Path) -> Any:
    try:
        return json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise UnusableFileError(f"{path}: no JSON ({error})") from error


def _sample(options: argparse.Namespace) -> int:
    fonts_dir = options.fonts or fonts_dir_from(os.environ)
    credential = _sample_credential(options)
    data = render_certificate(
        credential,
        verify_url=f"https://{options.host}/v/{credential.number}",
        fonts_dir=fonts_dir,
        now=credential.issued_at,
    )
    options.output.write_bytes(data)
    facts = {
        "file": str(options.output),
        "number": credential.number,
        "fingerprint": credential.fingerprint,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    if options.json:
        _print_json(facts)
    else:
        print(f"{options.output}: {credential.number}, {len(data)} bytes")
    return 0


def _sample_credential(options: argparse.Namespace) -> Credential:
    level: Level = options.level
    text = _SAMPLE_PROGRAMME.format(
        level=level.value, is_demo=str(options.demo).lower(), years=level.number
    )
    programme = parse_programme(text, Path("sample.yaml"))
    day: date = options.issued_on
    moment = datetime(day.year, day.month, day.day, 4, 0, tzinfo=UTC)
    outcomes = (
        TheoryOutcome(
            evidence_id="sample-theory",
            blueprint_ref="sample@1",
            score_fraction=0.85,
            finished_at=moment,
        ),
        RoomOutcome(
            evidence_id="sample-room", scenario_ref="sample@1", score=62.4, finished_at=moment
        ),
    )
    steps = count(day.toordinal(), 7)
    return new_credential(
        programme,
        decide(programme, outcomes, on=moment),
        Holder(name=options.name, name_latin=options.name_latin),
        # Not drawn by chance: the same sample has the same number, and no register knows it.
        number=new_number(level, day.year, lambda bound: next(steps) % bound),
        issued_at=moment,
        is_demo=options.demo,
        salt=hashlib.sha256(b"sample").hexdigest(),
    )


def _fonts(options: argparse.Namespace) -> int:
    report = cut_fonts(options.source, options.dest, progress=_progress)
    if options.json:
        _print_json({"dest": str(options.dest), "cut": report.cut, "kept": report.kept})
    else:
        print(f"{options.dest}: {len(report.cut)} faces cut, {len(report.kept)} kept")
    return 0


def _progress(done: int, total: int, name: str) -> None:
    if total == 0 or not sys.stderr.isatty():
        return
    filled = BAR_WIDTH * done // total
    bar = "#" * filled + "." * (BAR_WIDTH - filled)
    end = "\n" if done == total else ""
    print(f"\r[{bar}] {done}/{total} {name:32}", end=end, file=sys.stderr, flush=True)


def _number(options: argparse.Namespace) -> int:
    try:
        number = normalize_number(options.text)
    except CertificateNumberError as error:
        if options.json:
            _print_json({"valid": False, "problem": error.code})
        else:
            label = NUMBER_PROBLEM_LABELS[error.code]
            print(f"{options.text}: {label.zh} / {label.en}", file=sys.stderr)
        return FOUND_WRONG
    level = level_of_number(number)
    if options.json:
        _print_json({"valid": True, "number": number, "level": level.value})
    else:
        print(number)
    return 0


def _programmes(options: argparse.Namespace) -> int:
    try:
        programmes = load_programmes(options.directory)
    except ContentError as error:
        if options.json:
            _print_json({"valid": False, "path": str(error.path), "problems": error.problems})
        else:
            print(error, file=sys.stderr)
        return FOUND_WRONG
    if options.json:
        entries = [programme.model_dump(mode="json") for programme in programmes]
        _print_json({"valid": True, "programmes": entries})
    else:
        for programme in programmes:
            print(f"{programme.ref}: {programme.title}")
    return 0


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    sys.exit(main())
