"""/trunks: the ways by which calls come here from carriers and PBXs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Response

from admin.http.models import NamedQuery
from admin.http.preconditions import ETAG, IF_MATCH, if_match, quoted, tag_of
from admin.http.problems import not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import sorted_page_json, time_json
from admin.trunks import schema
from admin.trunks.service import TrunkDesk
from admin.trunks.standing import TrunkStanding
from ivr.domain.trunks.carriers import PRESETS
from ivr.domain.trunks.model import TRUNK_NAME, Trunk
from ivr.domain.trunks.refusals import refused, untrusted
from ivr.domain.trunks.state import Refusal
from ivr.ports.trunks import StoredTrunk, TrunkStore

routes = Routes("trunks", {"trunk": schema.TRUNK_NAME})

_THIS_TRUNK = {operation: {"trunk": "$response.body#/name"} for operation in ("get_trunk", "delete_trunk")}


@routes(
    "POST",
    "/trunks",
    scope="admin",
    body=Body(schema.CreateTrunk),
    answers=(
        Answer(
            201, "The trunk", schema.TrunkSchema, headers={"Location": "the trunk", **ETAG}, links=_THIS_TRUNK
        ),
    ),
    problems=(*BAD_BODY, 409),
)
def create_trunk(call: ApiCall) -> Response:
    """Create a trunk.

    By address, calls come from the networks that are allowed; by registration, this installation registers with a
    carrier or a PBX, which then sends calls to it. With `preset`, absent fields are as that carrier asks for.
    Passwords are stored encrypted and never shown.
    """
    body = call.body.model_dump(include=call.body.model_fields_set)
    stored = call.service(TrunkDesk).create(body.pop("name"), body, actor=call.actor)
    return _answer(stored, 201, Location=f"/trunks/{stored.trunk.name}")


@routes(
    "GET",
    "/trunks",
    scope="read",
    query=NamedQuery,
    answers=(Answer(200, "Trunks, by name", schema.TrunkPageSchema),),
    problems=(422,),
)
def list_trunks(call: ApiCall) -> Response:
    """List trunks."""
    page = call.service(TrunkStore).list(**call.query.model_dump())
    return json_answer(sorted_page_json(page, map(_trunk_json, page.items)))


@routes(
    "GET",
    "/trunks/<trunk>",
    scope="read",
    answers=(Answer(200, "The trunk", schema.TrunkSchema, headers=ETAG),),
    problems=(404, 422),
)
def get_trunk(call: ApiCall) -> Response:
    """Get a trunk."""
    return _answer(_required(call.service(TrunkStore).find(_name(call))))


@routes(
    "PATCH",
    "/trunks/<trunk>",
    scope="admin",
    body=Body(schema.PatchTrunk),
    headers=IF_MATCH,
    answers=(Answer(200, "The trunk as it is now", schema.TrunkSchema, headers=ETAG),),
    problems=(*BAD_BODY, 404, 409, 412),
)
def patch_trunk(call: ApiCall) -> Response:
    """Change a trunk.

    Absent fields stay; lists are replaced as a whole.
    """
    body = call.body.model_dump(include=call.body.model_fields_set)
    return _answer(_required(call.service(TrunkDesk).patch(_name(call), body, actor=call.actor, check=_check())))


@routes(
    "DELETE",
    "/trunks/<trunk>",
    scope="admin",
    headers=IF_MATCH,
    answers=(Answer(204, "The trunk is deleted"),),
    problems=(404, 412, 422),
)
def delete_trunk(call: ApiCall) -> Response:
    """Delete a trunk."""
    if not call.service(TrunkDesk).delete(_name(call), actor=call.actor, check=_check()):
        raise _no_trunk()
    return Response(status=204)


@routes(
    "GET",
    "/trunks/<trunk>/state",
    scope="read",
    answers=(Answer(200, "How it stands", schema.TrunkStateSchema),),
    problems=(404, 422),
)
def get_trunk_state(call: ApiCall) -> Response:
    """Get the state of a trunk.

    Whether it is registered, whether its hosts answer, when its last call came, and why it was last refused.
    """
    trunk = _required(call.service(TrunkStore).find(_name(call))).trunk
    state = call.service(TrunkStanding).find(trunk.name)
    refusal = state.refusal
    last_call_at = call.service(TrunkStore).last_call_at(trunk.name)
    return json_answer(
        {
            "standing": state.standing,
            "since": _moment(state.since),
            "last_call_at": time_json(last_call_at) if last_call_at else None,
            "last_refusal": refusal
            and {"status": refusal.status, "reason": _reason(trunk, refusal), "at": _moment(refusal.at)},
        }
    )


@routes(
    "POST",
    "/trunks/<trunk>/test",
    scope="admin",
    answers=(Answer(200, "What came of it", schema.TrunkTrialSchema),),
    problems=(404, 422),
)
def test_trunk(call: ApiCall) -> Response:
    """Test a trunk.

    One by registration registers now; the hosts of one by address are asked by OPTIONS. It takes some seconds where
    nobody answers.
    """
    trial = call.service(TrunkStanding).test(_required(call.service(TrunkStore).find(_name(call))).trunk)
    return json_answer({"works": trial.works, "said": trial.said})


@routes(
    "GET",
    "/trunk-presets",
    scope="read",
    answers=(Answer(200, "Presets of carriers and PBXs", schema.TrunkPresetsSchema),),
)
def list_trunk_presets(call: ApiCall) -> Response:
    """List the presets of trunks.

    Each has what a carrier's documentation asks of a trunk, with the pages that say so and the day they were read.
    """
    return json_answer({"items": [each.to_json() for each in PRESETS.values()]})


def _check() -> Callable[[Trunk], None]:
    wanted = if_match()
    return lambda trunk: wanted.need(tag_of(trunk.to_json()))


def _answer(stored: StoredTrunk, status: int = 200, **headers: str) -> Response:
    """The ETag changes with the password, too, which is not shown."""
    return json_answer(_trunk_json(stored), status, {"ETag": quoted(tag_of(stored.trunk.to_json())), **headers})


def _trunk_json(stored: StoredTrunk) -> dict[str, Any]:
    return {
        "name": stored.trunk.name,
        **stored.trunk.public_json(),
        "created_at": time_json(stored.created_at),
        "updated_at": time_json(stored.updated_at),
    }


def _reason(trunk: Trunk, refusal: Refusal) -> str:
    if refusal.verdict is not None:
        return untrusted(refusal.host, refusal.verdict)
    return refused(trunk, refusal.status)


def _moment(at: float | None) -> str | None:
    return time_json(datetime.fromtimestamp(at, UTC)) if at is not None else None


def _name(call: ApiCall) -> str:
    name = call.path["trunk"]
    if not TRUNK_NAME.fullmatch(name):
        raise _no_trunk()
    return name


def _required(stored: StoredTrunk | None) -> StoredTrunk:
    if stored is None:
        raise _no_trunk()
    return stored


def _no_trunk() -> Exception:
    return not_found("there is no trunk of this name", "trunk_not_found")
