"""`digitree dnc import`: a file of numbers onto a list."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from launcher.commands.common import fail, known_list, open_stores, progress_bar, read_settings

if TYPE_CHECKING:
    from ivr.domain.dnc.import_file import NumberFile
    from ivr.domain.problems import BadLine

ACTOR = "command line"
MAX_BAD_PRINTED = 100


def import_file(
    file: Annotated[
        Path, typer.Argument(help="CSV or .xlsx with numbers, - for the standard input.", allow_dash=True)
    ],
    list_id: Annotated[str, typer.Option("--list", help="The id of the list.")] = "default",
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="The heading of a column of numbers, or its place: 2; 1+2 for a number spread over both. May be "
            "given several times; without it all columns with telephone numbers are read."
        ),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option(help="The name or place of a workbook's sheet; without it the first with telephone numbers."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="With a single bad line import nothing.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    bad_file: Annotated[
        Path | None, typer.Option("--bad", help="Write the bad lines to this CSV, each with its reason.")
    ] = None,
) -> None:
    """Put many numbers on a list; bad lines are left out and told. Exit code 1: nothing was imported."""
    from ivr.domain.dnc.import_file import NumberFile
    from ivr.domain.errors import ImportRefused, ImportUnreadable

    settings = read_settings()
    with ExitStack() as stack:
        try:
            source = _seekable(file, stack)
            on_bad = _bad_line_writer(bad_file, stack)
        except OSError as error:
            fail(f"{error.filename or file}: {error.strerror}", 2)
        size = source.seek(0, 2)
        try:
            numbers = NumberFile(source, settings.region, column or (), sheet, on_bad)
            _print_understood(numbers)
            stores = stack.enter_context(open_stores(settings))
            stack.enter_context(known_list())
            progress = stack.enter_context(progress_bar("read"))
            done = stores.dnc.import_numbers(
                numbers,
                actor=ACTOR,
                list_id=list_id,
                strict=strict,
                dry_run=dry_run,
                progress=lambda stage, done, total: progress(done, total or size, stage),
            )
        except (ImportRefused, ImportUnreadable) as refused:
            if isinstance(refused, ImportRefused):
                _print_bad(refused.bad, refused.count)
            fail(f"{refused}")
    _print_bad(numbers.bad, done.refused)
    there = done.numbers - done.added
    text = f"{done.added} numbers added, {there} already listed or repeated, {done.passed_over} passed over"
    refused_text = f", {done.refused} bad lines left out" if done.refused else ""
    typer.echo(f"{'dry run, nothing is written: ' if dry_run else ''}{text}{refused_text}")


def _seekable(file: Path, stack: ExitStack) -> BinaryIO:
    if str(file) != "-":
        return stack.enter_context(file.open("rb"))
    copied = stack.enter_context(TemporaryFile())  # noqa: SIM115
    shutil.copyfileobj(sys.stdin.buffer, copied)
    return copied


def _bad_line_writer(file: Path | None, stack: ExitStack) -> Callable[[BadLine], None]:
    from ivr.domain.dnc.csv_cells import BAD_LINE_COLUMNS, bad_csv_line, csv_line

    if file is None:
        return lambda bad: None
    out = stack.enter_context(file.open("w", encoding="utf-8", newline=""))
    out.write(csv_line(BAD_LINE_COLUMNS))

    def write(bad: BadLine) -> None:
        out.write(bad_csv_line(bad))

    return write


def _print_understood(numbers: NumberFile) -> None:
    understood = numbers.understood
    columns = ", ".join(understood.layout.chosen_names)
    separators = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
    form = f"Excel workbook, sheet {understood.sheet}"
    if understood.form == "csv":
        separator = separators.get(understood.separator, understood.separator)
        form = f"{understood.encoding} text separated by {separator}"
    typer.echo(f"read as {form}; the numbers are in {columns}", err=True)
    for each in understood.sheets:
        if each.numbers and each.name != understood.sheet:
            typer.echo(f"sheet {each.name} has numbers, too, and is not read; --sheet chooses it", err=True)


def _print_bad(bad: Sequence[BadLine], count: int) -> None:
    for each in bad[:MAX_BAD_PRINTED]:
        typer.echo(f"line {each.line}: {each.reason}", err=True)
    if count > MAX_BAD_PRINTED:
        typer.echo(f"and {count - MAX_BAD_PRINTED} more; --bad FILE writes all of them to a file", err=True)
