"""/dnc: the do-not-call lists."""

from __future__ import annotations

import tempfile
from itertools import chain, islice

from flask import Response, render_template, request, send_file

from admin.dnc import schema as models
from admin.dnc.proof import HOW_TO_CHECK
from admin.dnc.service import DncService
from admin.dnc.views import change_json, dnc_json, event_json, list_json, listed_json, logged_json, proof_json
from admin.http.body import copy_body
from admin.http.models import PageQuery
from admin.http.path_numbers import number, path_number
from admin.http.problems import ApiError, fault, invalid, not_found
from admin.http.routing import BAD_BODY, Answer, Body, Call, Routes, json_answer
from admin.http.views import page_json
from ivr.domain.errors import ImportRefused
from ivr.domain.menu.published import PROMPT_FILE
from ivr.domain.numbers import E164
from ivr.domain.problems import Problem
from ivr.ports.dnc import DncFilter
from ivr.storage.disk.prompt_files import SYSTEM_NAME

routes = Routes("do not call")

_WAV = {"type": "string", "format": "binary"}
# A million numbers, and as much again for other columns.
MAX_CSV_BYTES = 32 * 1024 * 1024
_IN_MEMORY_BYTES = 1024 * 1024
_PROOF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@routes(
    "GET",
    "/dnc",
    scope="read",
    query=models.DncQuery,
    answers=(Answer(200, "Entries, newest first", models.SuppressionPage),),
    problems=(404, 422),
)
def list_dnc(call: Call) -> Response:
    """List the numbers that must not be called again.

    Released ones are among them, with `state` released.
    """
    query = call.query
    wanted = DncFilter(query.source, query.since, query.until, query.unidentified, query.list)
    page = call.services.dnc.list(wanted, query.limit, query.cursor)
    return json_answer(page_json(page, map(dnc_json, page.items)))


@routes(
    "POST",
    "/dnc",
    scope="write",
    body=Body(models.AddSuppression),
    answers=(
        Answer(
            201,
            "The number is on the list now",
            models.Suppression,
            headers={"Location": "the entry"},
            links={"get_dnc": {"number": "$response.body#/number"}},
        ),
        Answer(200, "It was on the list; this is another event of it", models.Suppression),
    ),
    problems=(*BAD_BODY, 404),
)
def add_dnc(call: Call) -> Response:
    """Put a number on a list by hand."""
    body = call.body
    wanted = number(body.number, "/number")
    new = call.services.dnc.add(wanted, body.source, body.list, actor=call.actor)
    entry = _entry(call.services.dnc, wanted, body.list)
    return json_answer(entry, 201 if new else 200, {"Location": f"/dnc/{wanted}"})


@routes(
    "GET",
    "/dnc/<entry:number>",
    scope="read",
    query=models.ListQuery,
    answers=(Answer(200, "The entry and its events", models.Suppression),),
    problems=(404, 422),
)
def get_dnc(call: Call) -> Response:
    """Get one number; 404 when it never was on the list."""
    return json_answer(_entry(call.services.dnc, path_number(call, "number"), call.query.list))


@routes(
    "POST",
    "/dnc/<entry:number>/release",
    scope="write",
    body=Body(models.Release),
    answers=(Answer(200, "The number may be called again", models.Suppression),),
    problems=(*BAD_BODY, 404, 409),
)
def release_dnc(call: Call) -> Response:
    """Release a number.

    An event with its actor and reason; nothing is deleted, and the next opt-out lists the number again.
    """
    dnc, wanted, body = call.services.dnc, path_number(call, "number"), call.body
    if not dnc.release(wanted, body.list, actor=call.actor, reason=body.reason):
        _entry(dnc, wanted, body.list)
        raise ApiError(409, "not_listed", f"{wanted} was released before")
    return json_answer(_entry(dnc, wanted, body.list))


@routes(
    "GET",
    "/dnc/<entry:number>/proof",
    scope="read",
    query=models.ListQuery,
    answers=(
        Answer(200, "What was heard, pressed and kept", models.Proof),
        Answer(200, "The same as a page to print", {"type": "string"}, "text/html"),
    ),
    problems=(404, 422),
)
def prove_dnc(call: Call) -> Response:
    """Prove an opt-out.

    With `Accept: text/html` a page of its own, else JSON.
    """
    wanted = path_number(call, "number")
    proof = call.services.dnc.proof(wanted, call.query.list)
    if proof is None:
        raise not_found(f"{wanted} is not on the do-not-call list", "not_suppressed")
    offered = ["application/json", "text/html"]
    if request.accept_mimetypes.best_match(offered, "application/json") != "text/html":
        response = json_answer(proof_json(proof))
    else:
        page = render_template("proof.html", proof=proof_json(proof), of=list_json(proof.list), how=HOW_TO_CHECK)
        response = Response(page, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = _PROOF_POLICY
    response.headers["Vary"] = "Accept"
    return response


@routes(
    "GET",
    "/prompts/<prompt_file>",
    scope="read",
    path_schemas={"prompt_file": {"type": "string", "pattern": f"^{PROMPT_FILE.pattern}$"}},
    answers=(Answer(200, "8 kHz mono 16-bit WAV", _WAV, "audio/wav"),),
    problems=(404, 422),
)
def hear_prompt(call: Call) -> Response:
    """Listen to a prompt by its file, as a proof names it, whatever the menus say now."""
    file = call.path["prompt_file"]
    if not PROMPT_FILE.fullmatch(file):
        raise fault("/path/prompt_file", "invalid_file", "a prompt file is 32 hex digits and .wav")
    path = call.services.dnc.prompts.path_of(file)
    if not path.is_file():
        raise not_found("there is no such prompt file", "prompt_not_found")
    return send_file(path, mimetype="audio/wav", conditional=False, max_age=0)


@routes(
    "GET",
    "/prompts/system/<prompt_name>",
    scope="read",
    path_schemas={"prompt_name": {"type": "string", "pattern": f"^{SYSTEM_NAME.pattern}$"}},
    answers=(Answer(200, "8 kHz mono 16-bit WAV", _WAV, "audio/wav"),),
    problems=(404, 422),
)
def hear_system_prompt(call: Call) -> Response:
    """Listen to a prompt of our own, such as keys read out or a goodbye: `system/goodbye.wav` in a call record is
    `/prompts/system/goodbye`."""
    name = call.path["prompt_name"]
    if not SYSTEM_NAME.fullmatch(name):
        raise fault("/path/prompt_name", "invalid_name", "small letters, digits, _ and -, 32 at most")
    path = call.services.dnc.prompts.find_system(name)
    if path is None:
        raise not_found("there is no such prompt", "prompt_not_found")
    return send_file(path, mimetype="audio/wav", conditional=False, max_age=0)


@routes(
    "POST",
    "/dnc/check",
    scope="read",
    body=Body(models.CheckNumbers),
    answers=(Answer(200, "Those that must not be called", models.Checked),),
    problems=(*BAD_BODY, 404),
)
def check_dnc(call: Call) -> Response:
    """Ask for up to 10,000 numbers at once.

    Lists of scope `all` always count, `list` and `seller` name further ones. Each check is logged.
    """
    body = call.body
    check, listed = call.services.dnc.store.check(
        body.numbers, actor=call.actor, list_id=body.list, seller=body.seller
    )
    return json_answer({**logged_json(check), "listed": [listed_json(each) for each in listed]})


@routes(
    "POST",
    "/dnc/import",
    scope="write",
    query=models.ImportQuery,
    body=Body(raw={"text/csv": {"type": "string"}}),
    answers=(Answer(200, "All of them are on the list now", models.Imported),),
    problems=(*BAD_BODY, 404),
)
def import_dnc(call: Call) -> Response:
    """Put a CSV of numbers on a list: all of them, or with a single bad line none.

    The column `number` or `phone` counts, else the first; what GET /dnc.csv gives can be given back. Numbers that are
    on the list already get no further event.
    """
    if request.mimetype != "text/csv":
        raise ApiError(415, "unsupported_media_type", "send CSV with Content-Type: text/csv")
    query = call.query
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        copy_body(file, MAX_CSV_BYTES)
        size = file.tell()
        file.seek(0)
        try:
            done = call.services.dnc.import_csv(file, query.list, actor=call.actor, name=query.name, size=size)
        except ImportRefused as refused:
            faults = (
                Problem(f"/{line}", "bad_line", f"line {line}: {reason}") for line, reason in refused.bad
            )
            raise invalid(*faults, code=refused.code, detail=str(refused)) from None
    return json_answer({"numbers_count": done.numbers, "added": done.added, "passed_over": done.passed_over})


@routes(
    "GET",
    "/dnc/imports/<import_name>",
    scope="write",
    path_schemas={"import_name": {"type": "string", "pattern": models.IMPORT_NAME}},
    answers=(Answer(200, "How far it is", models.ImportState),),
    problems=(404, 422),
)
def watch_import(call: Call) -> Response:
    """See how far an import of yours is, by the `name` that it was sent with; known for a quarter of an hour."""
    found = call.services.dnc.imports.find(call.actor, call.path["import_name"])
    if found is None:
        raise not_found("nothing is known of an import of this name", "import_not_found")
    return json_answer(found)


@routes(
    "GET",
    "/dnc/checks",
    scope="read",
    query=PageQuery,
    answers=(Answer(200, "Checks, newest first", models.CheckPage),),
    problems=(422,),
)
def list_checks(call: Call) -> Response:
    """See who checked when."""
    page = call.services.dnc.store.checks(limit=call.query.limit, cursor=call.query.cursor)
    return json_answer(page_json(page, map(logged_json, page.items)))


@routes(
    "GET",
    "/dnc/changes",
    scope="read",
    query=models.ChangesQuery,
    answers=(Answer(200, "Events in the order of the chain", models.Changes),),
    problems=(404, 422),
)
def dnc_changes(call: Call) -> Response:
    """Follow a list: every opt-out and release after `since`.

    Nothing ever comes in before an event that was given out, so `next_since` misses nothing.
    """
    query = call.query
    events = call.services.dnc.store.changes(query.list, query.since, limit=query.limit)
    next_since = events[-1].seq if events else query.since
    return json_answer({"items": [change_json(each) for each in events], "next_since": next_since})


@routes(
    "GET",
    "/dnc/lists",
    scope="read",
    answers=(Answer(200, "All lists", models.DncLists),),
    problems=(422,),
)
def list_dnc_lists(call: Call) -> Response:
    """See the lists: opt-outs of calls go to `default`, which binds everybody."""
    return json_answer({"items": list(map(list_json, call.services.dnc.store.lists())), "next_cursor": None})


@routes(
    "POST",
    "/dnc/lists",
    scope="write",
    body=Body(models.CreateList),
    answers=(Answer(201, "The list", models.DncList),),
    problems=(*BAD_BODY, 409),
)
def create_dnc_list(call: Call) -> Response:
    """Make a list. Lists cannot be changed or deleted."""
    body = call.body
    if (body.seller is not None) != (body.scope == "seller"):
        raise fault("/seller", "seller_and_scope", "a list of scope `seller` needs its seller, and no other has one")
    made = call.services.dnc.store.create_list(body.id, body.scope, body.seller, actor=call.actor)
    return json_answer(list_json(made), 201)


@routes(
    "GET",
    "/dnc.csv",
    scope="read",
    query=models.ListQuery,
    answers=(Answer(200, "One line per entry", {"type": "string"}, "text/csv"),),
    problems=(404, 422),
)
def export_dnc(call: Call) -> Response:
    """Export a list as CSV, oldest first, released entries included."""
    lines = call.services.dnc.export(call.query.list)
    head = list(islice(lines, 2))  # what fails at once is still a problem document, not half a file
    response = Response(chain(head, lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="dnc.csv"'
    return response


def _entry(dnc: DncService, wanted: E164, list_id: str) -> dict[str, object]:
    found = dnc.find(wanted, list_id)
    if found is None:
        raise not_found(f"{wanted} is not on the do-not-call list", "not_suppressed")
    entry, events = found
    return {**dnc_json(entry), "events": [event_json(event) for event in events]}
