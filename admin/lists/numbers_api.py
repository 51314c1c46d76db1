"""/lists/{list_name}/numbers: the numbers of a list, one by one, many at once, and as files."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, BinaryIO, cast

from flask import Response

from admin.http.body import copy_body
from admin.http.models import PageQuery
from admin.http.number_files import TYPES, need_type
from admin.http.path_numbers import known_number, number, numbers, path_number
from admin.http.problems import fault, invalid, not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import encodable, maybe_time, page_json, time_json
from admin.lists import schema
from admin.lists.api import list_name
from admin.lists.incoming import EndAndNote
from admin.lists.service import NumberListService
from ivr.domain.dnc.import_file import NumberFile
from ivr.domain.errors import ImportRefused
from ivr.domain.number_lists import LONGEST_DAYS, ListedNumber
from ivr.domain.problems import BadLine, Problem
from ivr.ports.number_lists import NumberListStore, StoredListing

routes = Routes("lists", schema.LIST_PATHS)

# Twice the numbers that a list may have, with as much beside them.
MAX_FILE_BYTES = 16 * 1024 * 1024
_IN_MEMORY_BYTES = 1024 * 1024
_CSV = {"type": "string"}


@routes(
    "GET",
    "/lists/<list_name>/numbers",
    scope="read",
    query=PageQuery,
    answers=(Answer(200, "The numbers in their order", schema.ListedNumberPageSchema),),
    problems=(404, 422),
)
def list_listed_numbers(call: ApiCall) -> Response:
    """List the numbers of a list."""
    name, query = list_name(call), call.query
    page = call.service(NumberListStore).numbers(name, limit=query.limit, cursor=query.cursor)
    now = call.service(NumberListService).clock()
    return json_answer(page_json(page, (_entry_json(each, now) for each in page.items)))


@routes(
    "POST",
    "/lists/<list_name>/numbers",
    scope="write",
    body=Body(schema.AddListedNumbers),
    answers=(Answer(200, "The numbers are on the list", schema.NumbersListedSchema),),
    problems=(*BAD_BODY, 404),
)
def add_listed_numbers(call: ApiCall) -> Response:
    """Put up to 10,000 numbers on a list; those that are on it get this end and note."""
    body, name = call.body, list_name(call)
    read = numbers(call, body.numbers, "/numbers")
    given = _given(call, "")
    done = call.service(NumberListService).put(
        name, [ListedNumber(each, *given) for each in read], actor=call.actor
    )
    written = {text: each for text, each in zip(body.numbers, read, strict=True) if text != each}
    understood = [{"given": text, "number": each} for text, each in written.items()]
    return json_answer({**done._asdict(), "understood": understood})


@routes(
    "GET",
    "/lists/<list_name>/numbers/<number>",
    scope="read",
    answers=(Answer(200, "The number is on the list", schema.ListedNumberSchema),),
    problems=(404, 422),
)
def get_listed_number(call: ApiCall) -> Response:
    """Get a number of a list; 404 if it is not on it now."""
    return json_answer(_found(call))


@routes(
    "PUT",
    "/lists/<list_name>/numbers/<number>",
    scope="write",
    body=Body(schema.PutListedNumber),
    answers=(
        Answer(201, "The number is on the list now", schema.ListedNumberSchema),
        Answer(200, "It was on the list, and has this end and note now", schema.ListedNumberSchema),
    ),
    problems=(*BAD_BODY, 404),
)
def put_listed_number(call: ApiCall) -> Response:
    """Put a number on a list, for good or until a time."""
    name, wanted = list_name(call), number(call, call.path["number"], "/path/number")
    entry = ListedNumber(wanted, *_given(call, ""))
    done = call.service(NumberListService).put(name, [entry], actor=call.actor)
    return json_answer(_found(call), 201 if done.added else 200)


@routes(
    "DELETE",
    "/lists/<list_name>/numbers/<number>",
    scope="write",
    answers=(Answer(204, "The number is on the list no longer"),),
    problems=(404, 422),
)
def remove_listed_number(call: ApiCall) -> Response:
    """Take a number off a list."""
    name, wanted = list_name(call), path_number(call, "number")
    if not call.service(NumberListService).remove(name, wanted, actor=call.actor):
        raise _not_listed(wanted, name)
    return Response(status=204)


@routes(
    "POST",
    "/lists/<list_name>/import",
    scope="write",
    query=schema.ImportListedQuery,
    body=Body(raw=TYPES, max_bytes=MAX_FILE_BYTES),
    answers=(Answer(200, "The result of the file's lines", schema.ListImportedSchema),),
    problems=(*BAD_BODY, 404),
)
def import_listed_numbers(call: ApiCall) -> Response:
    """Put the numbers of a file on a list.

    The file is read as for POST /dnc/import: CSV with any separator and encoding, or a workbook, whose columns with
    telephone numbers are found. A column `expires_at` has the end of each, a column `note` its note, as in the
    export. Bad lines are left out and listed; a file without any good line is refused.
    """
    need_type()
    name, query, service = list_name(call), call.query, call.service(NumberListService)
    given = _given(call, "/query")
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        copy_body(file, MAX_FILE_BYTES)
        numbers_of_file = NumberFile(cast("BinaryIO", file), service.region, query.column, query.sheet)
        try:
            done = service.import_file(name, numbers_of_file, given, dry_run=query.dry_run, actor=call.actor)
        except ImportRefused as refused:
            faults = (Problem(f"/{bad.line}", "bad_line", f"line {bad.line}: {bad.reason}") for bad in refused.bad)
            raise invalid(*faults, code=refused.code, detail=str(refused)) from None
    return json_answer(
        {
            "numbers_count": done.numbers,
            **done.listed._asdict(),
            "dry_run": query.dry_run,
            "bad_count": done.refused,
            "bad": [_bad_json(each) for each in done.bad],
        }
    )


@routes(
    "GET",
    "/lists/<list_name>/numbers.csv",
    scope="read",
    answers=(Answer(200, "One line per number", _CSV, "text/csv"),),
    problems=(404, 422),
)
def export_listed_numbers(call: ApiCall) -> Response:
    """Export a list as CSV, which can be imported again."""
    name = list_name(call)
    lines = call.service(NumberListService).export(name)
    head = list(islice(lines, 2))  # an early error is still answered as a problem document, not as half a file
    response = Response(chain(head, lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _given(call: ApiCall, pointer: str) -> EndAndNote:
    """The end and the note of the body, or of the query with its pointer."""
    asked = call.query if pointer else call.body
    end: datetime | None = asked.expires_at
    now = call.service(NumberListService).clock()
    if asked.days is not None:
        if end is not None:
            text = "give either the days or the time at which it ends"
            raise fault(f"{pointer}/days", "days_and_expires_at", text)
        end = now + timedelta(days=asked.days)
    elif end is not None and end <= now:
        raise fault(f"{pointer}/expires_at", "moment_has_passed", "this moment has passed; name a later one")
    elif end is not None and end - now > timedelta(days=LONGEST_DAYS):
        text = f"an end may be {LONGEST_DAYS:,} days ahead; leave it out to list numbers for good"
        raise fault(f"{pointer}/expires_at", "too_far_ahead", text)
    return EndAndNote(end, getattr(asked, "note", None) or "")


def _found(call: ApiCall) -> dict[str, Any]:
    name, wanted = list_name(call), known_number(call, call.path["number"], "/path/number")
    service = call.service(NumberListService)
    found = service.find_number(name, wanted)
    if found is None:
        raise _not_listed(wanted, name)
    return _entry_json(found, service.clock())


def _not_listed(number: str, name: str) -> Exception:
    return not_found(f"{number} is not on the list {name}", "number_not_listed")


def _entry_json(each: StoredListing, now: datetime) -> dict[str, Any]:
    return {
        "number": each.listed.number,
        "expires_at": maybe_time(each.listed.expires_at),
        "expired": not each.listed.holds_at(now),
        "note": each.listed.note or None,
        "added_at": time_json(each.added_at),
    }


def _bad_json(bad: BadLine) -> dict[str, Any]:
    return {"line": bad.line, "number": encodable(bad.raw), "reason": encodable(bad.reason)}
