"""/agents/NAME/ring and /agent-rings: a test that rings a real agent, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response

from admin.agents import schema
from admin.agents.ring_words import heard, said_of
from admin.agents.rings import AgentRingNotFound, AgentRings
from admin.agents.service import AgentService
from admin.http.language import t
from admin.http.problems import not_found
from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.views import time_json
from ivr.domain.agent_rings import RING_ID, RingState
from ivr.domain.agents import AGENT_NAME, Agent
from ivr.domain.call_records import AgentAttempt, CallRecord
from ivr.ports.agents import AgentStore

routes = Routes("agents", {"agent": schema.AGENT_NAME, "agent_ring": schema.AGENT_RING})

_THIS_RING = {operation: {"agent_ring": "$response.body#/id"} for operation in ("get_agent_ring", "stop_agent_ring")}


@routes(
    "POST",
    "/agents/<agent>/ring",
    scope="write",
    answers=(
        Answer(
            202, "The test, ringing", schema.AgentRingSchema, headers={"Location": "the test"}, links=_THIS_RING
        ),
    ),
    problems=(404, 409, 422),
)
def ring_agent(call: ApiCall) -> Response:
    """Ring the real agent, now.

    It is rung as in any call: in turn at its addresses, with its prepare URL, headers and certificates. Whoever
    answers hears nothing; some seconds show whether sound comes, then we hang up. The record is marked `test`, and
    counts in no report. One test at a time for each agent, and 30 in an hour.
    """
    name = call.path["agent"]
    state = call.service(AgentRings).ring(name, actor=call.actor) if AGENT_NAME.fullmatch(name) else None
    if state is None:
        raise not_found("no such agent", "agent_not_found")
    return json_answer(_ring_json(call, state, None), 202, {"Location": f"/agent-rings/{state.id}"})


@routes(
    "GET",
    "/agent-rings/<agent_ring>",
    scope="calls",
    answers=(Answer(200, "The test, and what came of it once it is over", schema.AgentRingSchema),),
    problems=(404, 422),
)
def get_agent_ring(call: ApiCall) -> Response:
    """Get a test that rings an agent. It is kept for an hour."""
    return json_answer(_ring_json(call, *call.service(AgentRings).get(_id(call))))


@routes(
    "DELETE",
    "/agent-rings/<agent_ring>",
    scope="write",
    answers=(Answer(204, "The test is over"),),
    problems=(404, 422),
)
def stop_agent_ring(call: ApiCall) -> Response:
    """Stop ringing an agent; doing so again has no effect."""
    call.service(AgentRings).stop(_id(call), actor=call.actor)
    return Response(status=204)


def _ring_json(call: ApiCall, state: RingState, record: CallRecord | None) -> dict[str, Any]:
    is_over = state.ended_at is not None and (record is not None or state.call_id is None)
    stored = call.service(AgentStore).find(state.agent) if record is not None else None
    agent = stored.agent if stored is not None else Agent(state.agent, ())
    attempts = [_attempt_json(call, each, agent) for each in record.agent] if record is not None else []
    return {
        "id": state.id,
        "agent": state.agent,
        "state": "ended" if is_over else "ringing",
        "said": _said(state, attempts, is_over),
        "attempts": attempts,
        "call_id": state.call_id,
        "started_at": time_json(datetime.fromisoformat(state.started_at)),
        "ended_at": None if state.ended_at is None else time_json(datetime.fromisoformat(state.ended_at)),
    }


def _said(state: RingState, attempts: list[dict[str, Any]], is_over: bool) -> str:
    if not is_over:
        return t("It is over; what came is being written down.") if state.ended_at else t("It is being rung.")
    if attempts:
        return str(attempts[-1]["said"])
    if state.by_us:
        return t("You stopped the call before anybody was rung.")
    return t("Nobody was rung: %(reason)s.", reason=state.reason or t("the call server did not take the call"))


def _attempt_json(call: ApiCall, attempt: AgentAttempt, agent: Agent) -> dict[str, Any]:
    return {
        "uri": attempt.uri,
        "result": attempt.result,
        "said": said_of(
            attempt, agent, call.service(AgentRings).host_exists, call.service(AgentService).find_refusal
        ),
        "heard": heard(attempt, agent),
        "sip_status": attempt.sip_status,
        "ring_ms": attempt.ring_ms,
        "talk_ms": attempt.talk_ms,
    }


def _id(call: ApiCall) -> str:
    text = call.path["agent_ring"]
    if not RING_ID.fullmatch(text):
        raise AgentRingNotFound
    return text
