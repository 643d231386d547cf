"""Commands for the handbook's editors."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.handbook.errors import HandbookError
from app.handbook.linting import char_count, lint, read_prints, write_prints
from app.handbook.loading import CONTENT_DIR, load_handbook

handbook_cli = AppGroup("handbook", help="Chapters of the handbook.")


@handbook_cli.command("check")
@click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=CONTENT_DIR
)
def check(folder: Path) -> None:
    """Check chapters: form, length, parts, links, figures played again, copied text."""
    try:
        book = load_handbook(folder)
    except HandbookError as error:
        raise click.ClickException(str(error)) from error
    problems = lint(book, read_prints())
    if problems:
        raise click.ClickException("\n".join(problems))
    for chapter in book.chapters:
        click.echo(f"{chapter.number:2d} {char_count(chapter):5d} {chapter.title}")


@handbook_cli.command("prints")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def prints(files: tuple[Path, ...]) -> None:
    """Store the hashes of published texts that no chapter may copy; the texts are not kept."""
    count = write_prints(path.read_text(encoding="utf-8") for path in files)
    click.echo(f"{count} runs")
