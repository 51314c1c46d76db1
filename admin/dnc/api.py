"""/dnc: the entries of the do-not-call lists."""

from __future__ import annotations

from flask import Response, request
from flask_babel import force_locale

from admin.dnc import schema
from admin.dnc.printed import printed_proof
from admin.dnc.proof import find_proof
from admin.dnc.service import DncService
from admin.dnc.views import dnc_json, event_json, proof_json
from admin.http.path_numbers import number, path_number, wanted_digits
from admin.http.problems import ApiError, not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import sorted_page_json
from admin.http.zones import InstallationZone
from ivr.domain.numbers import E164
from ivr.ports.dnc import DncFilter, DncStore

routes = Routes("do not call", schema.DNC_PATHS)


@routes(
    "GET",
    "/dnc",
    scope="read",
    query=schema.DncQuery,
    answers=(Answer(200, "Entries, newest first", schema.SuppressionPageSchema),),
    problems=(404, 422),
)
def list_dnc(call: ApiCall) -> Response:
    """List the numbers that must not be called again.

    Released numbers are included, with `state` released.
    """
    query = call.query
    digits = None if query.search is None else wanted_digits(call, query.search, "/query/search")
    wanted = DncFilter(query.source, query.since, query.until, query.unidentified, query.list, digits)
    page = call.service(DncStore).list(
        wanted, limit=query.limit, cursor=query.cursor, sort=query.sort, total=query.total
    )
    return json_answer(sorted_page_json(page, map(dnc_json, page.items)))


@routes(
    "POST",
    "/dnc",
    scope="dnc",
    body=Body(schema.AddSuppression),
    answers=(
        Answer(
            201,
            "The number is on the list now",
            schema.SuppressionSchema,
            headers={"Location": "the entry"},
            links={"get_dnc": {"number": "$response.body#/number"}},
        ),
        Answer(200, "It was on the list already and has another event now", schema.SuppressionSchema),
    ),
    problems=(*BAD_BODY, 404),
)
def add_dnc(call: ApiCall) -> Response:
    """Put a number on a list by hand."""
    body = call.body
    wanted = number(call, body.number, "/number")
    new = call.service(DncService).add(wanted, body.number, body.source, body.list, actor=call.actor)
    entry = _entry(call.service(DncService), wanted, body.list)
    return json_answer(entry, 201 if new else 200, {"Location": f"/dnc/{wanted}"})


@routes(
    "GET",
    "/dnc/<entry:number>",
    scope="read",
    query=schema.ListQuery,
    answers=(Answer(200, "The entry and its events", schema.SuppressionSchema),),
    problems=(404, 422),
)
def get_dnc(call: ApiCall) -> Response:
    """Get one number; 404 if it was never on the list."""
    return json_answer(_entry(call.service(DncService), path_number(call, "number"), call.query.list))


@routes(
    "POST",
    "/dnc/<entry:number>/release",
    scope="dnc",
    body=Body(schema.Release),
    answers=(Answer(200, "The number may be called again", schema.SuppressionSchema),),
    problems=(*BAD_BODY, 404, 409),
)
def release_dnc(call: ApiCall) -> Response:
    """Release a number.

    Adds an event with actor and reason; nothing is deleted, and the next opt-out lists the number again.
    """
    wanted, body = path_number(call, "number"), call.body
    dnc = call.service(DncService)
    if not call.service(DncStore).release(wanted, list_id=body.list, actor=call.actor, reason=body.reason):
        _entry(dnc, wanted, body.list)
        raise ApiError(409, "not_listed", f"{wanted} was released before")
    return json_answer(_entry(dnc, wanted, body.list))


@routes(
    "GET",
    "/dnc/<entry:number>/proof",
    scope="read",
    query=schema.ProofQuery,
    answers=(
        Answer(200, "What the caller heard and pressed, and what was stored", schema.ProofSchema),
        Answer(200, "A letter to print, and below it the same", {"type": "string"}, "text/html"),
    ),
    problems=(404, 422),
)
def prove_dnc(call: ApiCall) -> Response:
    """Prove an opt-out.

    With `Accept: text/html` as a letter to print in English or Spanish, from the firm (GET /firm) to whom it may
    concern, with all of this below it; else as JSON.
    """
    wanted = path_number(call, "number")
    proof = find_proof(call.service(DncStore), wanted, call.query.list)
    if proof is None:
        raise not_found(f"{wanted} is not on the do-not-call list", "not_suppressed")
    offered = ["application/json", "text/html"]
    if request.accept_mimetypes.best_match(offered, "application/json") != "text/html":
        response = json_answer(proof_json(proof))
    else:
        with force_locale(f"{call.query.language}_US"):
            response = printed_proof(call.services, proof, call.service(InstallationZone).zone)
    response.headers["Vary"] = "Accept"
    return response


def _entry(dnc: DncService, wanted: E164, list_id: str) -> dict[str, object]:
    found = dnc.find(wanted, list_id)
    if found is None:
        raise not_found(f"{wanted} is not on the do-not-call list", "not_suppressed")
    entry, events = found
    return {**dnc_json(entry), "events": [event_json(event) for event in events]}
