"""/agents: who a transfer hands its callers to."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.agents import schema as agent_models
from admin.http import models
from admin.http.problems import not_found
from admin.http.routing import BAD_BODY, Answer, Body, Call, Routes, json_answer
from admin.http.views import page_json, time_json
from ivr.domain.agents import AGENT_NAME
from ivr.ports.agents import StoredAgent

routes = Routes("agents")

_PATH = {"agent": agent_models.AGENT_NAME}
_THIS_AGENT = {operation: {"agent": "$response.body#/name"} for operation in ("get_agent", "delete_agent")}


@routes(
    "POST",
    "/agents",
    scope="write",
    body=Body(agent_models.CreateAgent),
    answers=(
        Answer(201, "The agent", agent_models.Agent, headers={"Location": "the agent"}, links=_THIS_AGENT),
    ),
    problems=(*BAD_BODY, 409),
)
def create_agent(call: Call) -> Response:
    """Create an agent.

    A `transfer` node reaches it by its name (`"agent": "sales"`); one that names none reaches DIGITREE_AGENT_URI.
    Credentials are taken, kept encrypted and never shown.
    """
    body = call.body.model_dump()
    stored, secret = call.services.agents.create(body.pop("name"), body, actor=call.actor)
    return json_answer(_agent_json(stored, secret), 201, {"Location": f"/agents/{stored.agent.name}"})


@routes(
    "GET",
    "/agents",
    scope="read",
    query=models.PageQuery,
    answers=(Answer(200, "Agents, by name", agent_models.AgentPage),),
    problems=(422,),
)
def list_agents(call: Call) -> Response:
    """List agents."""
    page = call.services.agents.list(call.query.limit, call.query.cursor)
    return json_answer(page_json(page, map(_agent_json, page.items)))


@routes(
    "GET",
    "/agents/<agent>",
    scope="read",
    path_schemas=_PATH,
    answers=(Answer(200, "The agent", agent_models.Agent),),
    problems=(404, 422),
)
def get_agent(call: Call) -> Response:
    """Get an agent."""
    return json_answer(_agent_json(_required(call.services.agents.find(_name(call)))))


@routes(
    "PATCH",
    "/agents/<agent>",
    scope="write",
    path_schemas=_PATH,
    body=Body(agent_models.PatchAgent),
    answers=(Answer(200, "The agent as it is now", agent_models.Agent),),
    problems=(*BAD_BODY, 404),
)
def patch_agent(call: Call) -> Response:
    """Change an agent; the next call of each menu that names it has the change.

    What is absent stays; `targets` and `send` are replaced as a whole.
    """
    body = call.body.model_dump(exclude_unset=True)
    changed = call.services.agents.patch(_name(call), body, actor=call.actor)
    if changed is None:
        raise _no_agent()
    return json_answer(_agent_json(*changed))


@routes(
    "DELETE",
    "/agents/<agent>",
    scope="write",
    path_schemas=_PATH,
    query=agent_models.DeleteAgentQuery,
    answers=(Answer(204, "It is gone"),),
    problems=(404, 409, 422),
)
def delete_agent(call: Call) -> Response:
    """Delete an agent; one that menus name only with `force=true`."""
    if not call.services.agents.delete(_name(call), force=call.query.force, actor=call.actor):
        raise _no_agent()
    return Response(status=204)


def _agent_json(stored: StoredAgent, made_secret: str | None = None) -> dict[str, Any]:
    return {
        "name": stored.agent.name,
        **stored.agent.public_json(),
        "prepare_secret": made_secret,
        "created_at": time_json(stored.created_at),
        "updated_at": time_json(stored.updated_at),
    }


def _name(call: Call) -> str:
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
