"""/agents: the agents that transfers reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response

from admin.agents import schema
from admin.agents.service import AgentService
from admin.http.models import NamedQuery
from admin.http.outbound_urls import refuse_private
from admin.http.path_numbers import number
from admin.http.preconditions import ETAG, IF_MATCH, IfMatch, if_match, quoted, tag_of
from admin.http.problems import fault, not_found
from admin.http.rank import need_rank
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import fault_json, sorted_page_json, time_json
from ivr.domain.agent_vendors import AGENT_PRESETS
from ivr.domain.agents import AGENT_NAME, TEL, Agent
from ivr.domain.problems import Problem
from ivr.ports.agents import AgentStore, StoredAgent

routes = Routes("agents", {"agent": schema.AGENT_NAME})

_THIS_AGENT = {operation: {"agent": "$response.body#/name"} for operation in ("get_agent", "delete_agent")}


@routes(
    "POST",
    "/agents",
    scope="write",
    body=Body(schema.CreateAgent),
    answers=(
        Answer(
            201, "The agent", schema.AgentSchema, headers={"Location": "the agent", **ETAG}, links=_THIS_AGENT
        ),
    ),
    problems=(*BAD_BODY, 409),
)
def create_agent(call: ApiCall) -> Response:
    """Create an agent.

    A `transfer` node reaches it by its name (`"agent": "sales"`); a node without a name reaches DIGITREE_AGENT_URI.
    A target may be a telephone number, `tel:+14155550100`: it is dialled over a trunk, as a transfer's `to` is, and
    `warnings` say if none can. Credentials are stored encrypted and never shown. An agent with a prepare URL, a
    user name, a password or addresses to send callers on to (`may_transfer_to`) also needs the scope `admin`, to be
    made, changed or deleted.
    """
    body = _with_numbers(call, call.body.model_dump())
    refuse_private(call.services, body.get("prepare_url"), "/prepare_url")
    stored, secret = call.service(AgentService).create(
        body.pop("name"), body, actor=call.actor, check=_rank_of(call)
    )
    return _answer(call, stored, secret, 201, Location=f"/agents/{stored.agent.name}")


@routes(
    "GET",
    "/agents",
    scope="read",
    query=NamedQuery,
    answers=(Answer(200, "Agents, by name", schema.AgentPageSchema),),
    problems=(422,),
)
def list_agents(call: ApiCall) -> Response:
    """List agents."""
    page = call.service(AgentStore).list(**call.query.model_dump())
    warnings = call.service(AgentService).warnings([each.agent for each in page.items])
    listed = (_agent_json(each, told) for each, told in zip(page.items, warnings, strict=True))
    return json_answer(sorted_page_json(page, listed))


@routes(
    "GET",
    "/agents/<agent>",
    scope="read",
    answers=(Answer(200, "The agent", schema.AgentSchema, headers=ETAG),),
    problems=(404, 422),
)
def get_agent(call: ApiCall) -> Response:
    """Get an agent."""
    return _answer(call, _required(call.service(AgentStore).find(_name(call))))


@routes(
    "PATCH",
    "/agents/<agent>",
    scope="write",
    body=Body(schema.PatchAgent),
    headers=IF_MATCH,
    answers=(Answer(200, "The agent as it is now", schema.AgentSchema, headers=ETAG),),
    problems=(*BAD_BODY, 404, 412),
)
def patch_agent(call: ApiCall) -> Response:
    """Change an agent, from the next call of each menu that names it.

    Absent fields stay; `targets` and `send` are replaced as a whole.
    """
    body = _with_numbers(call, call.body.model_dump(exclude_unset=True))
    refuse_private(call.services, body.get("prepare_url"), "/prepare_url")
    changed = call.service(AgentService).patch(
        _name(call), body, actor=call.actor, check=_check_of(call, if_match()), check_new=_rank_of(call)
    )
    if changed is None:
        raise _no_agent()
    return _answer(call, *changed)


@routes(
    "DELETE",
    "/agents/<agent>",
    scope="write",
    query=schema.DeleteAgentQuery,
    headers=IF_MATCH,
    answers=(Answer(204, "The agent is deleted"),),
    problems=(404, 409, 412, 422),
)
def delete_agent(call: ApiCall) -> Response:
    """Delete an agent; with `force=true` even if menus name it."""
    name, check = _name(call), _check_of(call, if_match())
    if not call.service(AgentService).delete(name, force=call.query.force, actor=call.actor, check=check):
        raise _no_agent()
    return Response(status=204)


@routes(
    "GET",
    "/agent-presets",
    scope="read",
    answers=(Answer(200, "Presets of vendors of agents", schema.AgentPresetsSchema),),
)
def list_agent_presets(call: ApiCall) -> Response:
    """List the presets of agents.

    Each has what a vendor's documentation asks of a call to its agents, with the pages that say so and the day they
    were read.
    """
    return json_answer({"items": [each.to_json() for each in AGENT_PRESETS.values()]})


def _check_of(call: ApiCall, wanted: IfMatch) -> Callable[[Agent], None]:
    rank = _rank_of(call)

    def check(agent: Agent) -> None:
        rank(agent)
        wanted.need(tag_of(agent.to_json()))

    return check


def _rank_of(call: ApiCall) -> Callable[[Agent], None]:
    return lambda agent: need_rank(call.principal, {"admin"} if agent.guarded else ())


def _with_numbers(call: ApiCall, body: dict[str, Any]) -> dict[str, Any]:
    """The body, its telephone numbers read as all numbers are."""
    for index, target in enumerate(body.get("targets", ())):
        if target["uri"].startswith(TEL):
            read = number(call, target["uri"].removeprefix(TEL), f"/targets/{index}/uri")
            target["uri"] = f"{TEL}{read}"
            for name in ("username", "password"):
                if target.get(name) is not None:
                    text = "a telephone number is dialled over a trunk, which has its own log-in; leave this out"
                    raise fault(f"/targets/{index}/{name}", "not_for_numbers", text)
    return body


def _answer(
    call: ApiCall, stored: StoredAgent, made_secret: str | None = None, status: int = 200, **headers: str
) -> Response:
    """The ETag changes with the passwords, too, which are not shown."""
    headers = {"ETag": quoted(tag_of(stored.agent.to_json())), **headers}
    (warnings,) = call.service(AgentService).warnings([stored.agent])
    return json_answer(_agent_json(stored, warnings, made_secret), status, headers)


def _agent_json(
    stored: StoredAgent, warnings: Sequence[Problem], made_secret: str | None = None
) -> dict[str, Any]:
    return {
        "name": stored.agent.name,
        **stored.agent.public_json(),
        "prepare_secret": made_secret,
        "warnings": [fault_json(each) for each in warnings],
        "created_at": time_json(stored.created_at),
        "updated_at": time_json(stored.updated_at),
    }


def _name(call: ApiCall) -> str:
    name = call.path["agent"]
    if not AGENT_NAME.fullmatch(name):
        raise _no_agent()
    return name


def _required(stored: StoredAgent | None) -> StoredAgent:
    if stored is None:
        raise _no_agent()
    return stored


def _no_agent() -> Exception:
    return not_found("no such agent", "agent_not_found")
