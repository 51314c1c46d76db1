"""How tests that ring agents stand, for whichever process is asked: kept in Redis for an hour. One at a time for each
agent, and no more than MOST in an hour."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

import redis

from ivr.domain.agent_rings import RingState, parse_ring_state
from ivr.domain.errors import IvrError, StorageUnavailable
from ivr.domain.telephones.errors import RingLimitReached

MOST = 30
_STATE = "digitree:agent-ring:"
_UNDER_WAY = "digitree:agent-ringing:"
_COUNT = "digitree:agent-rings:"
_KEPT_S = 3600


class AgentBeingRung(IvrError):
    """A test rings this agent already."""

    code = "agent_being_rung"

    def __init__(self, agent: str) -> None:
        super().__init__(f"{agent} is being rung just now; wait until that is over, or stop it")


@dataclass(frozen=True)
class RingBoard:
    """Every method raises StorageUnavailable."""

    client: redis.Redis

    def begin(self, state: RingState, longest_s: int) -> None:
        """Raises AgentBeingRung and RingLimitReached."""
        try:
            if not self.client.set(_UNDER_WAY + state.agent, state.id, nx=True, ex=longest_s):
                raise AgentBeingRung(state.agent)
            counted = int(self.client.incr(_COUNT + state.agent))
            if counted == 1:
                self.client.expire(_COUNT + state.agent, _KEPT_S)
            if counted > MOST:
                self.client.delete(_UNDER_WAY + state.agent)
                text = f"an agent can be rung for a test {MOST} times in an hour; try again later"
                raise RingLimitReached(text, timedelta(seconds=max(1, int(self.client.ttl(_COUNT + state.agent)))))
            self._put(state)
        except redis.RedisError as error:
            raise StorageUnavailable(str(error)) from error

    def put(self, state: RingState) -> None:
        """Its new state; once it has ended the agent may be rung again."""
        try:
            self._put(state)
            if state.ended_at is not None and self.client.get(_UNDER_WAY + state.agent) == state.id.encode():
                self.client.delete(_UNDER_WAY + state.agent)
        except redis.RedisError as error:
            raise StorageUnavailable(str(error)) from error

    def find(self, ring_id: str) -> RingState | None:
        """None: there is none, or it ended long ago."""
        try:
            kept = self.client.get(_STATE + ring_id)
            return parse_ring_state(json.loads(kept)) if kept else None
        except redis.RedisError as error:
            raise StorageUnavailable(str(error)) from error
        except (ValueError, TypeError):
            return None

    def _put(self, state: RingState) -> None:
        self.client.set(_STATE + state.id, json.dumps(state.to_json()), ex=_KEPT_S)
