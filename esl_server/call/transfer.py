"""The hand-off of a call: the agent prepared, his addresses one after the other, and what comes after him."""

from __future__ import annotations

import logging

from esl_server.agents.dialling import OPT_OUT_REPORT
from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.opting_out import opt_out_of
from esl_server.switch import commands
from esl_server.switch.leg import find_earlier_bridge
from ivr.domain.call_records import AgentAttempt, Outcome
from ivr.domain.errors import CallerHungUp
from ivr.domain.menu import interpreter
from ivr.domain.menu.interpreter import Next
from ivr.domain.menu.moves import NoWayOn, Position
from ivr.domain.menu.transfer import AGENT_HUNG_UP, NO_AGENT, TransferNode

log = logging.getLogger(__name__)

# An answer that comes within this is not worth a sound.
_QUIET_S = 0.3
_RING_PIECE = commands.playback(commands.RING_PIECE)

# The call's end, or where the caller goes on.
After = Outcome | tuple[Position, Next]


class Transfer:
    """One transfer node of one call."""

    def __init__(self, call: Call, menu: CompiledMenu, node: TransferNode) -> None:
        self._call = call
        self._menu = menu
        self._node = node
        self._name, self._targets = menu.targets(node, call.services.agents)

    def run(self, position: Position) -> After:
        """Raises CallerHungUp."""
        self._prepare()
        return self._try(position)

    def go_on(self) -> After:
        """A bridge went on while its worker was lost."""
        call, position = self._call, self._call.state.position
        bridged = find_earlier_bridge(call.leg.channel, call.state.asked_ms, now_ms())
        if bridged is None:
            return self._try(position, position.failures)
        prepared = call.state.prepared
        targets = call.services.agents.prepared_targets(self._targets, prepared)
        at = min(position.failures, len(targets) - 1)
        attempt = targets[at].attempt(bridged, self._node.outcome, self._name, prepared)
        if self._has_answered(attempt):
            return self._after_talk(position, attempt)
        return self._try(position, at + 1)

    def _prepare(self) -> None:
        """The node's own audio, while the agent's prepare URL is asked; ringing, while it thinks longer."""
        call, node = self._call, self._node
        own_audio = self._menu.ending(node)
        asked = call.services.preparer.start(self._menu.agent(node), call.record, node.id, node.outcome)
        try:
            if own_audio is not None:
                call.leg.play(own_audio)
            if asked is None:
                call.state.prepared = None
                return
            asked.join(_QUIET_S)
            while not asked.ready():
                call.leg.play(_RING_PIECE)
            call.state.prepared = asked.value
        finally:
            if asked is not None:
                asked.kill(block=False)

    def _try(self, position: Position, first: int = 0) -> After:
        """The addresses from the position `first` on; then the fallback."""
        call, node = self._call, self._node
        agents, prepared = call.services.agents, call.state.prepared
        targets = agents.prepared_targets(self._targets, prepared)
        for at in agents.worth_trying(targets, first):
            state = call.stand(Position(position.node, at, position.steps), now_ms(), "bridging")
            call.services.recorder.with_agent(call.record)
            elapsed_s, again = int(call.elapsed_s()), bool(call.record.agent)
            bridge = targets[at].bridge(
                call.record, node.outcome, elapsed_s, self._menu.ringback(node), prepared, again=again
            )
            attempt = targets[at].attempt(call.leg.bridge(bridge, state), node.outcome, self._name, prepared)
            if self._has_answered(attempt):
                return self._after_talk(position, attempt)
        return self._without_agent(position)

    def _has_answered(self, attempt: AgentAttempt) -> bool:
        """True when the agent had the call; raises CallerHungUp when he did not and the caller is gone."""
        call = self._call
        call.state.away_ms += max(0, now_ms() - call.state.asked_ms)
        call.record.agent.append(attempt)
        if attempt.ring_ms is not None:
            call.services.counters.rang.append((attempt.result, attempt.ring_ms))
        if not call.record.test:  # who tries a menu is answered by an agent of the phone's own
            call.services.agents.health.note(attempt.uri, attempt.result)
        if attempt.result == "answered":
            return True
        if call.leg.hung_up:
            raise CallerHungUp
        log.warning("%s: agent %s: %s", call.record.call_id, attempt.result, attempt.cause)
        return False

    def _after_talk(self, position: Position, attempt: AgentAttempt) -> After:
        """What the agent reports is done: `dnc` opts the caller out as his own key would. Else a caller who is still
        there goes on at `on_agent_hangup`."""
        call = self._call
        if attempt.reported is None or attempt.reported.lower() != OPT_OUT_REPORT:
            on = None if call.leg.hung_up else self._way_on(position, AGENT_HUNG_UP)
            return on or Outcome.TRANSFERRED
        return call.record_opt_out(opt_out_of(call.record, "agent", self._node.id)) or Outcome.TRANSFERRED

    def _without_agent(self, position: Position) -> After:
        """The author's own way on, else an apology."""
        call = self._call
        on = self._way_on(position, NO_AGENT)
        if on is not None:
            return on
        call.record.outcome = Outcome.AGENT_UNAVAILABLE
        call.leg.play(call.services.prompts.apology)
        return Outcome.AGENT_UNAVAILABLE

    def _way_on(self, position: Position, result: str) -> tuple[Position, Next] | None:
        """None where nothing follows, or only a node that acted in this call: from one agent to another and back
        without a question would go round for ever."""
        position, following = interpreter.step(self._menu.tree, position, result, self._call.elapsed_s())
        if isinstance(following, NoWayOn) or self._call.acted_at(position.node):
            return None
        return position, following
