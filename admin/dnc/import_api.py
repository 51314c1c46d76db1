"""/dnc/import: files of numbers for a list, imported at once or after a dry run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, BinaryIO, cast

from flask import Response, request

from admin.dnc import schema
from admin.dnc.import_progress import ImportBoard
from admin.dnc.service import DncService
from admin.dnc.views import imported_json
from admin.http import streams
from admin.http.body import copy_body, stopping
from admin.http.number_files import TYPES, need_type
from admin.http.problems import invalid, not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from ivr.domain.dnc.csv_cells import BAD_LINE_COLUMNS, bad_csv_line, csv_line
from ivr.domain.dnc.import_file import NumberFile
from ivr.domain.errors import ImportRefused
from ivr.domain.problems import BadLine, Problem
from ivr.ports.dnc import Imported

routes = Routes("do not call", {"import_name": {"type": "string", "pattern": schema.IMPORT_NAME}})

# A million lines of several columns.
MAX_FILE_BYTES = 96 * 1024 * 1024
_IN_MEMORY_BYTES = 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_TEXT = {"type": "string"}
_COUNTS = {
    "Digitree-Numbers": "numbers that were read",
    "Digitree-Added": "numbers added to the list",
    "Digitree-Bad-Lines": "lines, or numbers of a line, that are none",
}


@routes(
    "POST",
    "/dnc/import",
    scope="dnc",
    query=schema.ImportQuery,
    body=Body(raw=TYPES, max_bytes=MAX_FILE_BYTES),
    answers=(
        Answer(200, "How the file was read, and the result of its lines", schema.ImportedSchema),
        Answer(200, "The bad lines: line, number as written, reason", _TEXT, "text/csv", headers=_COUNTS),
    ),
    problems=(*BAD_BODY, 404),
)
def import_dnc(call: ApiCall) -> Response:
    """Put the numbers of a file on a list.

    The file is CSV with any separator and encoding, or a workbook (.xlsx). All columns with telephone numbers are
    found by their heading and content, or chosen by `column`; a row may have several numbers, and so may a cell. Of a
    workbook one sheet is read, the first with numbers or the one that `sheet` names. Good lines are imported. Bad
    lines are left out: `bad` has the first 1,000, and with `Accept: text/csv` the answer has all of them, as a CSV to
    correct and send again. `dry_run=true` only reports what would be done. With `strict=true` a single bad line
    refuses the file; a file without any good line is always refused (422). Numbers that are on the list already get
    no further event, so an export of GET /dnc.csv can be imported again.
    """
    need_type()
    as_csv = request.accept_mimetypes.best_match(["application/json", "text/csv"], "application/json") == "text/csv"
    # The file is closed when the answer is sent.
    bad_lines: IO[bytes] | None = tempfile.TemporaryFile() if as_csv else None  # noqa: SIM115
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        size = copy_body(file, MAX_FILE_BYTES)
        numbers, done = _import(call, cast("BinaryIO", file), size, bad_lines)
    if bad_lines is None:
        response = json_answer(imported_json(numbers, done, dry_run=call.query.dry_run))
    else:
        response = _bad_lines_answer(bad_lines, done)
    response.headers["Vary"] = "Accept"
    return response


def _import(call: ApiCall, file: BinaryIO, size: int, bad_lines: IO[bytes] | None) -> tuple[NumberFile, Imported]:
    query, service = call.query, call.service(DncService)

    def keep(bad: BadLine) -> None:
        if bad_lines is not None:
            bad_lines.write(bad_csv_line(bad).encode("utf-8", "replace"))

    numbers = NumberFile(file, service.region, query.column, query.sheet, keep)
    try:
        done = service.import_file(
            numbers,
            query.list,
            actor=call.actor,
            name=query.name,
            size=size,
            strict=query.strict,
            dry_run=query.dry_run,
            go_on=_end_if_stopping,
        )
    except ImportRefused as refused:
        faults = (Problem(f"/{bad.line}", "bad_line", f"line {bad.line}: {bad.reason}") for bad in refused.bad)
        raise invalid(*faults, code=refused.code, detail=str(refused)) from None
    return numbers, done


def _end_if_stopping() -> None:
    if streams.ending.is_set():
        raise stopping("nothing was imported; send the file again")


def _bad_lines_answer(bad_lines: IO[bytes], done: Imported) -> Response:
    bad_lines.seek(0)

    def chunks() -> Iterator[bytes]:
        with bad_lines:
            yield csv_line(BAD_LINE_COLUMNS).encode()
            while chunk := bad_lines.read(_CHUNK_BYTES):
                yield chunk

    response = Response(chunks(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="bad_lines.csv"'
    for name, count in zip(_COUNTS, (done.numbers, done.added, done.refused), strict=True):
        response.headers[name] = str(count)
    return response


@routes(
    "GET",
    "/dnc/imports/<import_name>",
    scope="dnc",
    answers=(Answer(200, "The progress of the import", schema.ImportStateSchema),),
    problems=(404, 422),
)
def watch_import(call: ApiCall) -> Response:
    """Get the progress of an import of yours by its `name`; known for a quarter of an hour."""
    found = call.service(ImportBoard).find(call.actor, call.path["import_name"])
    if found is None:
        raise not_found("there is no import of this name, or it is too long ago", "import_not_found")
    return json_answer(found)
