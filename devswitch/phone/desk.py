"""All test calls of this process, and the limits on their number, their length and how long they are kept."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import gevent

from devswitch.caller import AgentBook
from devswitch.dialplan import digitree_dialplan
from devswitch.phone.call import PhoneCall, agent_of, given_agent
from devswitch.switch import DevSwitch
from ivr.clients.phone import Order
from ivr.domain.menu.given import DEFAULT_AGENT

log = logging.getLogger(__name__)

_WATCH_EVERY_S = 1.0
_LAST_WORDS_S = 3.0


class Busy(Exception):
    """The largest number of test calls is under way already."""


@dataclass(frozen=True)
class Bounds:
    """max_calls: at once; call_s: the longest call; alone_s: without a client that asks; kept_s: after the end."""

    max_calls: int = 20
    call_s: float = 900.0
    alone_s: float = 45.0
    kept_s: float = 300.0
    max_kept: int = 200


class Desk:
    """`targets` is the call server as `host:port`, `secret` what proves our calls to it, `prompts` the prompt
    directory."""

    def __init__(
        self,
        targets: str,
        secret: str,
        prompts: Path,
        bounds: Bounds | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._targets, self._secret = targets, secret
        self._prompts = prompts
        self._bounds = bounds or Bounds()
        self._clock = clock
        self._calls: dict[str, PhoneCall] = {}
        self._watcher = gevent.spawn(self._watch)

    def dial(self, order: Order) -> PhoneCall:
        """Raises Busy, and ValueError when the script cannot be read."""
        if sum(not call.over for call in self._calls.values()) >= self._bounds.max_calls:
            raise Busy
        call = PhoneCall(order, self._prompts)
        call.start(self._switch(order))
        self._calls[call.id] = call
        return call

    def find(self, call_id: str) -> PhoneCall | None:
        call = self._calls.get(call_id)
        if call is not None:
            call.touched_s = self._clock()
        return call

    def look_after(self) -> None:
        """Apply the limits; the watcher does this each second."""
        now_s, bounds = self._clock(), self._bounds
        for call in list(self._calls.values()):
            if call.ended_s is not None:
                if now_s - call.ended_s > bounds.kept_s:
                    del self._calls[call.id]
            elif now_s - call.began_s > bounds.call_s + _LAST_WORDS_S:
                call.drop()
            elif now_s - call.began_s > bounds.call_s:
                call.hang_up()
            elif not call.listeners and now_s - call.touched_s > bounds.alone_s:
                log.info("a test call has no listener any more; hanging up")
                call.hang_up()
        ended = [call for call in self._calls.values() if call.over]
        for call in ended[: max(0, len(ended) - bounds.max_kept)]:
            del self._calls[call.id]

    def close(self) -> None:
        """Hang up all calls."""
        self._watcher.kill()
        calls = [call for call in self._calls.values() if not call.over]
        for call in calls:
            call.hang_up()
        with gevent.Timeout(_LAST_WORDS_S, False):
            while any(not call.over for call in calls):
                gevent.sleep(0.02)
        for call in calls:
            call.drop()

    def _switch(self, order: Order) -> DevSwitch:
        system = self._prompts / "system"
        plays = _if_there(system / "sample_agent.wav")
        agent = agent_of(order.agent, plays, order.script is not None)
        others = {address: [given_agent(each, plays) for each in turns] for address, turns in order.agents.items()}
        usual = others.pop(DEFAULT_AGENT, [agent])
        return DevSwitch(
            digitree_dialplan(self._targets, self._secret, _if_there(system / "trouble.wav")),
            speed=math.inf if order.fast else 1.0,
            agents=AgentBook(others, usual),
            strict=False,
        )

    def _watch(self) -> None:
        while True:
            gevent.sleep(_WATCH_EVERY_S)
            self.look_after()


def _if_there(path: Path) -> str:
    return str(path) if path.exists() else ""
