"""Models of the requests and answers about calls under way."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from admin.http.answers import Answered, Time
from admin.http.models import NodeId, Query, Request


class LiveEventsQuery(Query):
    seconds: Annotated[int, Field(ge=1, le=150, description="how long the stream stays open")] = 150


class MoveCall(Request):
    node: Annotated[NodeId, Field(description="a node of the version that the call began with")]


class LiveCallSchema(Answered):
    call_id: str
    did: str | None
    ani: str | None
    ivr_id: str
    ivr_version: int
    node: str
    phase: Literal["asking", "bridging", "talking", "ending"] = Field(
        description="bridging: an agent is rung; talking: the agent has answered; ending: the last prompt is played"
    )
    started_at: Time
    since: Time = Field(description="when the call came to this node and phase")
    take_overs: int
    test: bool = Field(description="true: a test call, whose agent is simulated")


class LiveCallsSchema(Answered):
    items: list[LiveCallSchema] = Field(description="newest first")
    next_cursor: str | None
